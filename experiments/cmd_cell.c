/* SPDX-License-Identifier: MIT */
/* `ringside cell`: one round in this process, its result as one line of JSON. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cell_words.h"
#include "cli.h"
#include "counter_plan.h"
#include "graph/sde.h"
#include "measure/round.h"
#include "rings/events.h"

static const char options_help[] =
    "Factors not given are at their defaults (`ringside list factors`).\n"
    "  --counters GROUP[/PASS],...|all   counts these events (`ringside list counters`), a round "
    "a\n"
    "                                    pass; the times printed are of the first\n"
    "  --counters-file FILE              names more of them (or RINGSIDE_COUNTERS=FILE)\n"
    "A round that does not end within 300 s is given up: exit 7.\n"
    "example: ringside cell ring=chunked api=span batch=32 seconds=0.5\n";

enum { LIMIT_SECONDS = 300 };
#define LIMIT_WORDS "300"

/* In a signal handler: nothing but write() and _exit() is safe. */
static void end_hung_round(int number)
{
    static const char words[] =
        "ringside: the round did not end within " LIMIT_WORDS
        " s and is given up: its ring or graph hangs, or its cpus are taken by others "
        "(`ringside doctor`)\n";
    (void)number;
    ssize_t written = write(STDERR_FILENO, words, sizeof words - 1);
    _exit(written >= 0 ? EXIT_HUNG : EXIT_INCOMPLETE);
}

/* A limit that the sweep has set stays, and ends the round by its signal, which the sweep knows. */
static void limit_time(void)
{
    unsigned left = alarm(LIMIT_SECONDS);
    if (left > 0)
        alarm(left);
    else
        signal(SIGALRM, end_hung_round);
}

static int print_round(const struct cell *c, json_t *result)
{
    json_object_set_new(result, "factors", cell_json(c));
    json_dumpf(result, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(result);
    return fflush(stdout) == 0 ? EXIT_DONE : EXIT_INCOMPLETE;
}

/* The threads of `more` join those of `all`; which pass it was has no one answer then. */
static void merge(json_t *all, const json_t *more)
{
    const char *key;
    json_t *thread;
    json_object_foreach((json_t *)more, key, thread)
    {
        json_t *to = json_object_get(all, key);
        if (json_is_object(thread) && json_is_object(to))
            json_object_update(to, thread);
        else if (json_is_object(thread))
            json_object_set(all, key, thread);
        else if (!json_equal(to, thread))
            json_object_set_new(all, key, json_null());
    }
}

/* A round a pass, one after the other: the hardware counts only so many events at once. */
static json_t *count_all(const struct cell *c, const struct counter_plan *p, char *why, size_t n)
{
    json_t *first = NULL;
    for (size_t i = 0; i < p->n; i++) {
        json_t *result = round_count(c, &p->pass[i], why, n);
        if (result == NULL) {
            json_decref(first);
            return NULL;
        }
        if (first == NULL) {
            first = result;
            continue;
        }
        merge(json_object_get(first, "counters"), json_object_get(result, "counters"));
        json_decref(result);
    }
    return first;
}

static int add_groups(struct counter_plan *p, const char *groups, char *why, size_t n)
{
    int err = counter_plan_add(p, groups, why, n);
    if (err == 0 && p->n == 0) {
        snprintf(why, n,
                 "no event of %.60s on cpu family %s; `ringside list counters` shows what "
                 "there is",
                 groups, p->family->name);
        err = -EINVAL;
    }
    return err;
}

/* NULL, with the exit code in *code, if it failed. */
static json_t *count_groups(const struct cell *c, const char *groups, int *code, char *why,
                            size_t n)
{
    struct counter_plan p;
    json_t *result = NULL;
    *code = EXIT_USAGE;
    if (counter_plan_open(&p, why, n) != 0)
        return NULL;
    if (add_groups(&p, groups, why, n) == 0) {
        result = count_all(c, &p, why, n);
        *code = EXIT_INCOMPLETE;
    }
    counter_plan_close(&p);
    return result;
}

/* groups NULL = a timing round. */
static int run(const struct cell *c, const char *groups)
{
    char why[1024] = "";
    int code = EXIT_INCOMPLETE;
    json_t *result =
        groups ? count_groups(c, groups, &code, why, sizeof why) : round_run(c, why, sizeof why);
    if (result != NULL)
        return print_round(c, result);
    complain("%s", why);
    return code;
}

/* 0, 1 = help was asked for, -1 = refused. */
static int parse_options(int argc, char **argv, const char **groups)
{
    static const struct option flags[] = {{"counters", required_argument, NULL, 'c'},
                                          {"counters-file", required_argument, NULL, 'f'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    int option;
    optind = 1;
    while ((option = cli_option(argc, argv, "", flags)) != -1) {
        if (option == 'c')
            *groups = optarg;
        else if (option == 'f')
            setenv("RINGSIDE_COUNTERS", optarg, 1);
        else
            return option == 'h' ? 1 : -1;
    }
    return 0;
}

/* Graphs ask for themselves, each again.  In other rounds the events of rings are all there are. */
static void export_events(const struct cell *c)
{
    const unsigned uses = kernel_table[c->value[FACTOR_kernel]].uses;
    if (!rs_sde_wanted() || (uses & (USES_GRAPH | USES_RING)) == 0)
        return;
    const char *why = rs_sde_open();
    if (why != NULL) {
        complain("no software-defined events: %s", why);
        unsetenv("RINGSIDE_SDE");
    } else if (!RS_EVENTS && (uses & USES_GRAPH) == 0) {
        complain("RINGSIDE_SDE: the rings of this command count no events; `make events` builds "
                 "ringside-events, whose rings do");
    }
}

int cmd_cell(int argc, char **argv)
{
    struct cell c = cell_default();
    const char *groups = NULL;
    char why[512];
    int parsed = parse_options(argc, argv, &groups);
    if (parsed != 0) {
        if (parsed > 0)
            cli_help("cell", options_help);
        return parsed > 0 ? EXIT_DONE : EXIT_USAGE;
    }
    if (cell_take_words((size_t)(argc - optind), argv + optind, &c) != 0)
        return EXIT_USAGE;
    int err = cell_prepare(&c);
    if (err == EXIT_DONE && groups != NULL && cell_counting_refusal(&c, why, sizeof why)) {
        complain("%s", why);
        err = EXIT_USAGE;
    }
    if (err != EXIT_DONE)
        return err;
    export_events(&c);
    limit_time();
    return run(&c, groups);
}
