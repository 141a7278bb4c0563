/* SPDX-License-Identifier: MIT */
#include "measurement_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "plot.h"
#include "store/folder.h"
#include "store/manifest.h"

/* A sweep's folder too has a manifest, and is worth nothing without its own. */
static bool holds_a_run(const char *dir)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/manifest.json", dir);
    return access(path, F_OK) == 0;
}

int measurement_open(const char *name, const char *out, int argc, char **argv, uint64_t seed,
                     const struct topology *t, char *dir, size_t n)
{
    int err = 0;
    if (out != NULL && holds_a_run(out)) {
        complain("%s holds a run already; use another --out", out);
        return EXIT_USAGE;
    }
    if (out == NULL)
        err = folder_make_default(name, dir, n);
    else if ((size_t)snprintf(dir, n, "%s", out) >= n)
        err = -ENAMETOOLONG;
    else
        err = folder_make(dir);
    if (err == 0)
        err = manifest_write_apart(dir, name, argc, argv, seed, t);
    if (err)
        complain("cannot write to the folder %s: %s; give another by --out", dir, strerror(-err));
    return err ? EXIT_INCOMPLETE : EXIT_DONE;
}

static bool write_file(const char *dir, const char *name, const char *suffix, const char *text,
                       size_t length)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/%s%s", dir, name, suffix);
    int err = text ? file_replace(path, text, length) : -ENOMEM;
    if (err)
        complain("cannot write %s: %s; make room or permit it, or give another folder by --out",
                 path, strerror(-err));
    return err == 0;
}

static bool write_rows(const struct measurement *m, const char *dir)
{
    char *text = NULL;
    size_t length = 0;
    FILE *to = open_memstream(&text, &length);
    if (to != NULL) {
        m->write_rows(m->what, to);
        fclose(to);
    }
    bool good = write_file(dir, m->name, ".csv", text, length);
    free(text);
    return good;
}

static bool write_summary(const struct measurement *m, const char *dir)
{
    char *text = json_dumps(m->summary, JSON_INDENT(1));
    bool good = write_file(dir, "summary", ".json", text, text ? strlen(text) : 0);
    free(text);
    return good;
}

static int draw(const struct measurement *m, const struct topology *t, const char *dir)
{
    struct manifest here = {0};
    char path[4200], *text = NULL;
    size_t length = 0;
    FILE *to = open_memstream(&text, &length);
    if (to == NULL)
        return EXIT_INCOMPLETE;
    manifest_here(t, &here);
    m->write_plot(m->what, here.machine, to);
    fclose(to);
    snprintf(path, sizeof path, "%s/plots", dir);
    int code = text ? plot_write_apart(m->name, text, length, path) : EXIT_INCOMPLETE;
    free(text);
    return code;
}

int measurement_write(const struct measurement *m, const struct topology *t, const char *dir)
{
    return write_rows(m, dir) && write_summary(m, dir) ? draw(m, t, dir) : EXIT_INCOMPLETE;
}
