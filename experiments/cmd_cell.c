/* SPDX-License-Identifier: MIT */
/* `ringside cell`: one round in this process, its result as one line of JSON. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "counter_plan.h"
#include "factors.h"
#include "measure/round.h"

static const char options_help[] =
    "Factors not given are at their defaults (`ringside list factors`).\n"
    "  --counters GROUP[/PASS],...|all   counts these events (`ringside list counters`), a round "
    "a\n"
    "                                    pass; the times printed are of the first\n"
    "  --counters-file FILE              names more of them (or RINGSIDE_COUNTERS=FILE)\n"
    "example: ringside cell ring=chunked api=span batch=32 seconds=0.5\n";

enum { LIMIT_SECONDS = 300 }; /* a round that hangs ends by SIGALRM */

static int parse_assignment(const char *word, struct cell *c)
{
    char name[64], why[512];
    const char *level = strchr(word, '='), *near;
    if (level == NULL || (size_t)(level - word) >= sizeof name) {
        complain("'%s' is not FACTOR=LEVEL; `ringside list factors` shows them", word);
        return -1;
    }
    memcpy(name, word, (size_t)(level - word));
    name[level - word] = '\0';
    int f = factor_find(name, &near);
    if (f < 0) {
        complain("no factor '%s'%s%s; `ringside list factors` shows them", name,
                 near ? ", the nearest is " : "", near ? near : "");
        return -1;
    }
    if (factor_parse((enum factor)f, level + 1, &c->value[f], why, sizeof why) != 0) {
        complain("%s", why);
        return -1;
    }
    return 0;
}

static int prepare(int argc, char **argv, bool counting, struct cell *c)
{
    struct topology topology;
    char why[512];
    int result = EXIT_DONE;
    for (int i = 0; i < argc; i++)
        if (parse_assignment(argv[i], c) != 0)
            return EXIT_USAGE;
    if (topology_load(&topology) != 0) {
        complain("cannot read which cpus this process may run on");
        return EXIT_UNSUITABLE;
    }
    cell_normalise(c);
    if (c->value[FACTOR_placement] == PLACE_ALL) {
        complain("placement = all is many cells; give `cell` one pair of cpus, or use a plan");
        result = EXIT_USAGE;
    } else if (cell_refusal(c, &topology, why, sizeof why) || !cell_place(c, &topology) ||
               (counting && cell_counting_refusal(c, why, sizeof why))) {
        complain("%s", why);
        result = EXIT_USAGE;
    }
    topology_free(&topology);
    return result;
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
    while ((option = getopt_long(argc, argv, "", flags, NULL)) != -1) {
        if (option == 'c')
            *groups = optarg;
        else if (option == 'f')
            setenv("RINGSIDE_COUNTERS", optarg, 1);
        else
            return option == 'h' ? 1 : -1;
    }
    return 0;
}

int cmd_cell(int argc, char **argv)
{
    struct cell c = cell_default();
    const char *groups = NULL;
    int parsed = parse_options(argc, argv, &groups);
    if (parsed != 0) {
        if (parsed > 0)
            cli_help("cell", options_help);
        return parsed > 0 ? EXIT_DONE : EXIT_USAGE;
    }
    int err = prepare(argc - optind, argv + optind, groups != NULL, &c);
    if (err != EXIT_DONE)
        return err;
    unsigned left = alarm(LIMIT_SECONDS); /* the sweep's limit, if it set one, stays */
    if (left > 0)
        alarm(left);
    return run(&c, groups);
}
