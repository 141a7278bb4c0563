/* SPDX-License-Identifier: MIT */
/* selection.json and ring_selected.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "select/selection.h"
#include "store/manifest.h"

static int write_file(const char *path, const char *text, size_t length)
{
    int err = file_replace(path, text, length);
    if (err == 0)
        return EXIT_DONE;
    complain("cannot write %s: %s; free the disk, or write elsewhere with --out DIR", path,
             strerror(-err));
    return EXIT_INCOMPLETE;
}

static int write_header(const struct selection *s, const json_t *scope, const char *path)
{
    char *text = NULL;
    size_t length = 0;
    FILE *to = open_memstream(&text, &length);
    int err = to ? header_write(s, scope, to) : -ENOMEM;
    if (to != NULL && fclose(to) != 0 && err == 0)
        err = -ENOMEM;
    int result = EXIT_INCOMPLETE;
    if (err)
        complain("cannot make ring_selected.h: %s",
                 err == -ENOENT ? "this build carries no LICENSE or not the ring's header; see "
                                  "RESOURCES in the Makefile, and build again"
                                : strerror(-err));
    else
        result = write_file(path, text, length);
    free(text);
    return result;
}

const char *selection_header(const struct selection *s, char *path, size_t n)
{
    snprintf(path, n, "%s/ring_selected.h", s->options->out);
    return s->chosen != SELECT_NOBODY ? path : NULL;
}

int selection_write_json(const char *out, json_t *j, char **text)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/selection.json", out);
    *text = json_dumps(j, JSON_INDENT(1));
    json_decref(j);
    return *text != NULL ? write_file(path, *text, strlen(*text)) : EXIT_INCOMPLETE;
}

int selection_write(const struct summary *summary, const struct selection *s,
                    const struct flips *flips, const json_t *scope, char **text)
{
    const struct select_options *o = s->options;
    char path[4096];
    const char *header = selection_header(s, path, sizeof path);
    *text = NULL;
    if (strcmp(o->out, o->dir) != 0 && mkdir(o->out, 0777) != 0 && errno != EEXIST) {
        complain("cannot make %s: %s", o->out, strerror(errno));
        return EXIT_INCOMPLETE;
    }
    int result = header != NULL ? write_header(s, scope, header) : EXIT_DONE;
    if (result == EXIT_DONE)
        result =
            selection_write_json(o->out, selection_json(summary, s, flips, scope, header), text);
    return result;
}

void selection_warn(const struct select_options *o, const struct samples *samples,
                    const struct selection *s)
{
    char header[4096];
    struct stat status;
    if (samples->torn)
        complain("the last line of samples.jsonl is torn and left out; `ringside resume %s` "
                 "measures that round again",
                 o->dir);
    if (s->noise.why != NULL)
        complain("noise floor unknown: %s; the margin is --min-margin alone", s->noise.why);
    snprintf(header, sizeof header, "%s/ring_selected.h", o->out);
    if (s->chosen == SELECT_NOBODY && stat(header, &status) == 0)
        complain("%s is from an earlier selection; this one does not support it", header);
}

int selection_decide(const struct select_options *o, const struct samples *samples,
                     struct summary *summary, struct selection *s, struct flips *flips)
{
    const struct stop_rule rule = {SELECT_ROUNDS_MIN, SELECT_ROUNDS_MIN, 0, 0}; /* sets `stop` */
    *flips = (struct flips){0};
    if (summary_make(samples, &rule, summary) != 0) {
        complain("not enough memory for the rounds of %s", o->dir);
        return EXIT_INCOMPLETE;
    }
    int err = select_check_levels(summary, o) == 0 ? 0 : -ENOENT;
    if (err == 0)
        err = selection_make(samples, summary, o, s);
    if (err == 0 && (err = flips_make(samples, summary, s, flips)) != 0)
        selection_free(s);
    if (err == 0)
        return EXIT_DONE;
    summary_free(summary);
    if (err == -ENOENT)
        return EXIT_USAGE;
    complain(err == -EINVAL ? "samples.jsonl has a cell without a factor that its kernel "
                              "needs; the file is damaged or foreign"
                            : "not enough memory to compare the candidates");
    return err == -EINVAL ? EXIT_INVALID : EXIT_INCOMPLETE;
}
