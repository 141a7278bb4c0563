/* SPDX-License-Identifier: MIT */
/* Where the taps of a filter come from. */
#include "graph/nodes/fir.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846

void fir_lowpass(float *taps, size_t n_taps, double cutoff_hz, double rate_hz)
{
    double middle = (double)(n_taps - 1) / 2, sum = 0;
    for (int pass = 0; pass < 2; pass++) {
        double scale = pass == 0 ? 1 : 1 / sum;
        for (size_t i = 0; i < n_taps; i++) {
            double t = ((double)i - middle) * 2 * cutoff_hz / rate_hz;
            double sinc = fabs(t) < 1e-12 ? 1 : sin(PI * t) / (PI * t);
            double turn = n_taps > 1 ? (double)i / (double)(n_taps - 1) : 0.5;
            double tap = sinc * (0.54 - 0.46 * cos(2 * PI * turn));
            if (pass == 0)
                sum += tap;
            taps[i] = (float)(tap * scale);
        }
    }
}

/* ---- taps as text -----------------------------------------------------------------------------
 */

static const char *skip_blank(const char *s)
{
    for (;;) {
        s += strspn(s, " \t\r\n,;");
        if (*s != '#')
            return s;
        s += strcspn(s, "\n");
    }
}

static int parse_one(const char **at, float *to, size_t number, char *why, size_t n_why)
{
    char *end;
    float value = strtof(*at, &end);
    if (end == *at || !isfinite(value) || strchr(" \t\r\n,;#", *end) == NULL) {
        snprintf(why, n_why, "tap %zu, '%.*s', is not a finite number", number,
                 (int)strcspn(*at, " \t\r\n,;#"), *at);
        return -EINVAL;
    }
    *to = value;
    *at = skip_blank(end);
    return 0;
}

static int parse_all(const char *at, float *to, size_t *n_taps, char *why, size_t n_why)
{
    size_t n = 0;
    for (at = skip_blank(at); *at != '\0'; n++) {
        int err;
        if (n == FIR_TAPS_MAX) {
            snprintf(why, n_why, "there are more than %d taps", FIR_TAPS_MAX);
            return -E2BIG;
        }
        err = parse_one(&at, to + n, n + 1, why, n_why);
        if (err != 0)
            return err;
    }
    *n_taps = n;
    if (n > 0)
        return 0;
    snprintf(why, n_why, "there are no taps; give at least one number");
    return -EINVAL;
}

int fir_taps_parse(const char *text, float **taps, size_t *n_taps, char *why, size_t n_why)
{
    size_t most = strlen(text) / 2 + 1; /* a number and a separator are two characters */
    int err;
    *taps = malloc(most * sizeof **taps);
    if (*taps == NULL) {
        snprintf(why, n_why, "no memory for the taps");
        return -ENOMEM;
    }
    err = parse_all(text, *taps, n_taps, why, n_why);
    if (err != 0) {
        free(*taps);
        *taps = NULL;
    }
    return err;
}

/* ---- taps from a file -------------------------------------------------------------------------
 */

enum { TEXT_MAX = 32 * 1024 * 1024 };

/* The rest of the file as a string; NULL with errno set. */
static char *read_text(FILE *f)
{
    size_t n = 0, room = 4096;
    char *text = malloc(room);
    while (text != NULL) {
        char *larger;
        n += fread(text + n, 1, room - 1 - n, f);
        if (n < room - 1)
            break;
        room *= 2;
        errno = EFBIG;
        larger = room > TEXT_MAX ? NULL : realloc(text, room);
        if (larger == NULL)
            free(text);
        text = larger;
    }
    if (text != NULL && ferror(f)) {
        free(text);
        text = NULL;
    }
    if (text != NULL)
        text[n] = '\0';
    return text;
}

/* The same of a file by its name. */
static char *read_file(const char *path)
{
    FILE *f = fopen(path, "re");
    char *text;
    int err;
    if (f == NULL)
        return NULL;
    text = read_text(f);
    err = errno;
    fclose(f);
    errno = err;
    return text;
}

int fir_taps_read(const char *path, float **taps, size_t *n_taps, char *why, size_t n_why)
{
    char *text = read_file(path);
    int err;
    *taps = NULL;
    if (text == NULL) {
        err = -errno;
        snprintf(why, n_why, "the file cannot be read: %s", strerror(-err));
        return err;
    }
    err = fir_taps_parse(text, taps, n_taps, why, n_why);
    free(text);
    return err;
}
