/* SPDX-License-Identifier: MIT */
/* `ringside cell`: one round in this process, its result as one line of JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "factors.h"
#include "graph/sde.h"
#include "measure/round.h"
#include "rings/events.h"

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

static int prepare(int argc, char **argv, struct cell *c)
{
    struct topology topology;
    char why[512];
    int result = EXIT_DONE;
    for (int i = 1; i < argc; i++)
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
    } else if (cell_refusal(c, &topology, why, sizeof why) || !cell_place(c, &topology)) {
        complain("%s", why);
        result = EXIT_USAGE;
    }
    topology_free(&topology);
    return result;
}

static int print_round(const struct cell *c)
{
    char why[256];
    json_t *result = round_run(c, why, sizeof why);
    if (result == NULL) {
        complain("%s", why);
        return EXIT_INCOMPLETE;
    }
    json_object_set_new(result, "factors", cell_json(c));
    json_dumpf(result, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(result);
    return fflush(stdout) == 0 ? EXIT_DONE : EXIT_INCOMPLETE;
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
    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        cli_help("cell", "Factors not given are at their defaults (`ringside list factors`).\n"
                         "example: ringside cell ring=chunked api=span batch=32 seconds=0.5\n");
        return EXIT_DONE;
    }
    int err = prepare(argc, argv, &c);
    if (err != EXIT_DONE)
        return err;
    export_events(&c);
    unsigned left = alarm(LIMIT_SECONDS); /* the sweep's limit, if it set one, stays */
    if (left > 0)
        alarm(left);
    return print_round(&c);
}
