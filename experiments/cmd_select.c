/* SPDX-License-Identifier: MIT */
/* `ringside select`: which ring a run speaks for, and that ring as a header. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "select/machines.h"

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
    "A merged run of unlike machines is judged kind by kind, each in a folder of its name; then:\n"
    "what one ring everywhere costs, and which. Exit 6 if a kind has no decision.\n"
    "example: ringside select results/quick --msg-bytes 64 --max-rtt-ns 200\n";

static int load(const struct select_options *o, struct samples *samples)
{
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
    if (samples->n > 0)
        return EXIT_DONE;
    complain("%s has no rounds yet; `ringside resume %s` goes on with it", o->dir, o->dir);
    samples_free(samples);
    return EXIT_INVALID;
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
    char path[4096], *text;
    int result = selection_write(summary, s, flips, scope, &text);
    if (result == EXIT_DONE && !o->json)
        selection_report(summary, s, flips, scope, selection_header(s, path, sizeof path), stdout);
    if (result == EXIT_DONE)
        result = print_all(o, o->json ? text : NULL);
    free(text);
    return result;
}

static int answer(const struct select_options *o, const struct samples *samples)
{
    struct summary summary;
    struct selection s;
    struct flips flips;
    int result = selection_decide(o, samples, &summary, &s, &flips);
    if (result != EXIT_DONE)
        return result;
    selection_warn(o, samples, &s);
    json_t *scope = scope_json(&summary, &s);
    result = publish(&summary, &s, &flips, scope);
    if (result == EXIT_DONE && s.chosen == SELECT_NOBODY)
        result = EXIT_NO_DECISION;
    json_decref(scope);
    flips_free(&flips);
    selection_free(&s);
    summary_free(&summary);
    return result;
}

/* Each kind of machine by itself, then one ring for all; files of a kind are in a folder of its
 * name. */
static int answer_by_machine(const struct select_options *o, const struct samples_part *part,
                             size_t parts)
{
    struct select_machines all;
    struct everywhere everywhere;
    char *text = NULL;
    int result = select_machines_make(o, part, parts, &all);
    if (result == EXIT_DONE && everywhere_make(all.machine, all.n, &everywhere) != 0) {
        complain("not enough memory to compare the kinds of machine");
        result = EXIT_INCOMPLETE;
    } else if (result == EXIT_DONE) {
        result = select_machines_write(&all, o->json ? NULL : stdout);
        if (result == EXIT_DONE)
            result = selection_write_json(o->out, select_machines_json(&all, &everywhere), &text);
        if (result == EXIT_DONE && !o->json)
            everywhere_report(&everywhere, stdout);
        if (result == EXIT_DONE)
            result = print_all(o, o->json ? text : NULL);
        everywhere_free(&everywhere);
    }
    if (result == EXIT_DONE && !select_machines_decided(&all))
        result = EXIT_NO_DECISION;
    select_machines_free(&all);
    free(text);
    return result;
}

int cmd_select(int argc, char **argv)
{
    struct select_options o;
    struct samples samples;
    struct samples_part *part;
    size_t parts;
    bool help = false;
    if (select_parse(argc, argv, &o, &help) != 0)
        return EXIT_USAGE;
    if (help) {
        cli_help("select", help_text);
        return EXIT_DONE;
    }
    int result = load(&o, &samples);
    if (result != EXIT_DONE)
        return result;
    if (samples_split(&samples, &part, &parts) != 0) {
        complain("not enough memory for the rounds of %s", o.dir);
        result = EXIT_INCOMPLETE;
    } else {
        result = parts == 1 ? answer(&o, &samples) : answer_by_machine(&o, part, parts);
        free(part);
    }
    samples_free(&samples);
    return result;
}
