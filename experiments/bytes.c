/* SPDX-License-Identifier: MIT */
#include "bytes.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
enum { UNITS = sizeof units / sizeof *units };

/* 1 for "", "b" and "bytes"; 1024 for "k", "kb" and "kib"; …; 0 for what is no unit. */
static double unit_of(const char *text)
{
    double factor = 1;
    if (*text == '\0' || strcasecmp(text, "b") == 0 || strcasecmp(text, "bytes") == 0)
        return factor;
    for (int u = 1; u < UNITS; u++) {
        const char brief[] = {units[u][0], '\0'}, decimal[] = {units[u][0], 'B', '\0'};
        factor *= 1024;
        if (strcasecmp(text, brief) == 0 || strcasecmp(text, decimal) == 0 ||
            strcasecmp(text, units[u]) == 0)
            return factor;
    }
    return 0;
}

bool bytes_parse(const char *text, size_t *bytes)
{
    char *end;
    if (!isdigit((unsigned char)*text))
        return false;
    double number = strtod(text, &end);
    double value = number * unit_of(end + strspn(end, " "));
    if (!(value > 0) || value > (double)(SIZE_MAX / 2) || value != floor(value))
        return false;
    *bytes = (size_t)value;
    return true;
}

const char *bytes_format(size_t bytes, char *text, size_t n)
{
    double value = (double)bytes;
    int u = 0;
    while (u + 1 < UNITS && value >= 1024) {
        value /= 1024;
        u++;
    }
    snprintf(text, n, "%.3g %s", value, units[u]);
    if (value >= 1000) /* where %.3g would turn to an exponent */
        snprintf(text, n, "%.0f %s", value, units[u]);
    return text;
}
