/* SPDX-License-Identifier: MIT */
/* `ringside select`: which ring a run speaks for, and that ring as a header. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "select/selection.h"
#include "store/manifest.h"

static const char help_text[] =
    "which rounds count (each must be a level of the run)\n"
    "  --msg-bytes N  --batch N  --capacity N  --poll spin|pause|yield  --placement P:C\n"
    "  --api copy|span|held|any any (default): each candidate by the better one\n"
    "conditions that your program can meet; without them rings that ask for them are left out\n"
    "  --allow flush,nonzero    flush: it flushes before it waits; nonzero: no first word is 0\n"
    "  --allow mirrored         it maps the slots twice\n"
    "constraints\n"
    "  --max-rtt-ns X           upper end of the round trip's 95% interval, ns\n"
    "  --max-memory BYTES       struct and slots of one ring\n"
    "cost: weighted geometric mean of ns a message and ns a round trip\n"
    "  --weight-throughput W    default 1\n"
    "  --weight-rtt W           default 0: the round trip is shown and may be constrained\n"
    "decision\n"
    "  --min-margin 0.03        differences up to this are none; the A/A pair may raise it\n"
    "  --seed S                 of the bootstrap, default 1\n"
    "output\n"
    "  --out DIR                for selection.json and ring_selected.h; default: the run's DIR\n"
    "  --json                   print selection.json instead of the report\n"
    "example: ringside select results/quick --msg-bytes 64 --max-rtt-ns 200\n";

static int load(const struct select_options *o, struct samples *samples, struct summary *summary)
{
    const struct stop_rule rule = {SELECT_ROUNDS_MIN, SELECT_ROUNDS_MIN, 0, 0}; /* sets `stop` */
    struct stat status;
    char why[1024];
    bool found = stat(o->dir, &status) == 0;
    if (!found || !S_ISDIR(status.st_mode)) {
        complain("%s: %s; give the folder of a sweep", o->dir,
                 found ? "not a folder" : strerror(errno));
        return EXIT_USAGE;
    }
    int err = samples_load(o->dir, samples, why, sizeof why);
    if (err) {
        complain("%s", why);
        return cli_load_failure(err);
    }
    if (samples->n == 0)
        complain("%s has no rounds yet; `ringside resume %s` goes on with it", o->dir, o->dir);
    else if (summary_make(samples, &rule, summary) == 0)
        return EXIT_DONE;
    else
        complain("not enough memory for the rounds of %s", o->dir);
    err = samples->n == 0 ? EXIT_INVALID : EXIT_INCOMPLETE;
    samples_free(samples);
    return err;
}

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

static int print_all(const struct select_options *o, const char *text)
{
    if (text != NULL)
        puts(text);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return EXIT_DONE;
    complain("cannot write to stdout; selection.json is in %s", o->out);
    return EXIT_INCOMPLETE;
}

/* Files first: what stdout says of them is then true. */
static int publish(const struct summary *summary, const struct selection *s,
                   const struct flips *flips, const json_t *scope)
{
    const struct select_options *o = s->options;
    char header[4096], path[4096];
    const bool decided = s->chosen != SELECT_NOBODY;
    snprintf(header, sizeof header, "%s/ring_selected.h", o->out);
    snprintf(path, sizeof path, "%s/selection.json", o->out);
    if (strcmp(o->out, o->dir) != 0 && mkdir(o->out, 0777) != 0 && errno != EEXIST) {
        complain("cannot make %s: %s", o->out, strerror(errno));
        return EXIT_INCOMPLETE;
    }
    int result = decided ? write_header(s, scope, header) : EXIT_DONE;
    json_t *j = selection_json(summary, s, flips, scope, decided ? header : NULL);
    char *text = json_dumps(j, JSON_INDENT(1));
    json_decref(j);
    if (text == NULL)
        result = EXIT_INCOMPLETE;
    if (result == EXIT_DONE)
        result = write_file(path, text, strlen(text));
    if (result == EXIT_DONE && !o->json)
        selection_report(summary, s, flips, scope, decided ? header : NULL, stdout);
    if (result == EXIT_DONE)
        result = print_all(o, o->json ? text : NULL);
    free(text);
    return result;
}

static void warn(const struct select_options *o, const struct samples *samples,
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

static int answer(const struct select_options *o, const struct samples *samples,
                  const struct summary *summary)
{
    struct selection s;
    struct flips flips = {0};
    int err = selection_make(samples, summary, o, &s);
    if (err == 0 && (err = flips_make(samples, summary, &s, &flips)) != 0)
        selection_free(&s);
    if (err) {
        complain(err == -EINVAL ? "samples.jsonl has a cell without a factor that its kernel "
                                  "needs; the file is damaged or foreign"
                                : "not enough memory to compare the candidates");
        return err == -EINVAL ? EXIT_INVALID : EXIT_INCOMPLETE;
    }
    warn(o, samples, &s);
    json_t *scope = scope_json(summary, &s);
    int result = publish(summary, &s, &flips, scope);
    if (result == EXIT_DONE && s.chosen == SELECT_NOBODY)
        result = EXIT_NO_DECISION;
    json_decref(scope);
    flips_free(&flips);
    selection_free(&s);
    return result;
}

int cmd_select(int argc, char **argv)
{
    struct select_options o;
    struct samples samples;
    struct summary summary;
    bool help = false;
    if (select_parse(argc, argv, &o, &help) != 0)
        return EXIT_USAGE;
    if (help) {
        cli_help("select", help_text);
        return EXIT_DONE;
    }
    int result = load(&o, &samples, &summary);
    if (result != EXIT_DONE)
        return result;
    result = select_check_levels(&summary, &o);
    if (result == EXIT_DONE)
        result = answer(&o, &samples, &summary);
    summary_free(&summary);
    samples_free(&samples);
    return result;
}
