/* SPDX-License-Identifier: MIT */
/* Pictures by inferno's programs, which are run and never linked. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "flame.h"
#include "program.h"
#include "store/manifest.h"

enum { PATH_BYTES = 4400 };

static const char beside[] = "inferno/bin"; /* where `make flamegraph` puts it */

static bool find(const char *name, char *path, size_t n)
{
    return program_find(name, beside, path, n);
}

bool flame_can_draw(void)
{
    char path[4096];
    return find("inferno-flamegraph", path, sizeof path) &&
           find("inferno-diff-folded", path, sizeof path);
}

int flame_write(const char *dir, const char *name, const char *suffix, const char *text,
                size_t length)
{
    char path[PATH_BYTES];
    int err = -ENAMETOOLONG;
    if ((size_t)snprintf(path, sizeof path, "%s/%s%s", dir, name, suffix) < sizeof path)
        err = file_replace(path, text, length);
    if (err == 0)
        return EXIT_DONE;
    complain("cannot write %s: %s; make room or permit it, or give another folder by --out", path,
             strerror(-err));
    return EXIT_INCOMPLETE;
}

/* Runs a program of inferno; what it printed, or NULL after a complaint. */
static char *run(char *const argv[])
{
    struct program_result p;
    size_t length = 0;
    char *text = NULL;
    int err = program_run(argv, &p);
    if (err == 0 && p.exit_code == 0 && !p.interrupted)
        text = flame_slurp(p.out, &length);
    if (err == 0)
        fclose(p.out);
    if (text != NULL && length > 0)
        return text;
    free(text);
    complain("%s drew nothing: %s", argv[0],
             err != 0        ? strerror(-err)
             : p.interrupted ? "it was interrupted"
             : *p.said       ? p.said
                             : "no reason given");
    return NULL;
}

/* A file without a name for what a program is to read: path is of this process's folder of open
 * files, which the program inherits by the same number. */
static FILE *lend(const char *text, char path[32])
{
    FILE *f = tmpfile();
    if (f == NULL || fputs(text, f) < 0 || fflush(f) != 0) {
        complain("cannot write a file for a moment: %s; make room in /tmp", strerror(errno));
        if (f != NULL)
            fclose(f);
        return NULL;
    }
    rewind(f);
    snprintf(path, 32, "/proc/self/fd/%d", fileno(f));
    return f;
}

char *flame_draw(const char *folded, const struct flame_style *style)
{
    char program[4096], title[600], subtitle[600], unit[40], path[32];
    char width[] = "--minwidth=0.1", quiet[] = "--quiet", same[] = "--deterministic";
    char colors[] = "--colors=java", text_right[] = "--truncate-text-right";
    char negate[] = "--negate", end[] = "--";
    char *argv[16];
    int n = 0;
    FILE *in = NULL;
    if (!find("inferno-flamegraph", program, sizeof program) || (in = lend(folded, path)) == NULL)
        return NULL;
    snprintf(title, sizeof title, "--title=%s", style->title);
    snprintf(subtitle, sizeof subtitle, "--subtitle=%s", style->subtitle);
    snprintf(unit, sizeof unit, "--countname=%s", style->unit);
    char *const always[] = {program, quiet, width, same, text_right, title, subtitle, unit, NULL};
    for (int i = 0; always[i] != NULL; i++)
        argv[n++] = always[i];
    if (!style->differential)
        argv[n++] = colors;
    if (style->negate)
        argv[n++] = negate;
    argv[n++] = end;
    argv[n++] = path;
    argv[n] = NULL;
    char *svg = run(argv);
    fclose(in);
    return svg;
}

/* rs_padded_push to rs_padded|cached_push, in a new text. */
static char *rename_ring(const char *folded, const char *ring, const char *a, const char *b)
{
    char own[80], both[160], *text = NULL;
    size_t length = 0;
    FILE *to = open_memstream(&text, &length);
    int own_bytes = snprintf(own, sizeof own, "rs_%s_", ring);
    snprintf(both, sizeof both, "rs_%s|%s_", a, b);
    if (to == NULL)
        return NULL;
    for (const char *hit; (hit = strstr(folded, own)) != NULL; folded = hit + own_bytes)
        fprintf(to, "%.*s%s", (int)(hit - folded), folded, both);
    fputs(folded, to);
    return fclose(to) == 0 ? text : NULL;
}

static char *compare(const char *a, const char *b)
{
    char program[4096], path_a[32], path_b[32];
    char quiet[] = "--quiet", normalise[] = "--normalize";
    char *const argv[] = {program, quiet, normalise, path_a, path_b, NULL};
    FILE *fa = lend(a, path_a), *fb = fa != NULL ? lend(b, path_b) : NULL;
    char *both = NULL;
    if (fb != NULL && find("inferno-diff-folded", program, sizeof program))
        both = run(argv);
    if (fa != NULL)
        fclose(fa);
    if (fb != NULL)
        fclose(fb);
    return both;
}

char *flame_compare(const struct flame_target *ta, const char *a, const struct flame_target *tb,
                    const char *b)
{
    if (*ta->ring == '\0' || strcmp(ta->ring, tb->ring) == 0)
        return compare(a, b);
    const bool ordered = strcmp(ta->ring, tb->ring) < 0; /* one name, whichever comes first */
    const char *first = ordered ? ta->ring : tb->ring, *second = ordered ? tb->ring : ta->ring;
    char *ra = rename_ring(a, ta->ring, first, second),
         *rb = rename_ring(b, tb->ring, first, second);
    char *both = ra != NULL && rb != NULL ? compare(ra, rb) : NULL;
    free(ra);
    free(rb);
    return both;
}
