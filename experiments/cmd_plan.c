/* SPDX-License-Identifier: MIT */
/* `ringside plan`: what a sweep would run. */
#include <getopt.h>
#include <stdio.h>

#include "cli.h"
#include "plan.h"

enum { SET_MAX = 64 };

static void print_plan(const struct plan *p, bool cells)
{
    double pass = 0;
    char text[1024];
    for (size_t i = 0; i < p->n; i++) {
        pass += plan_round_seconds(&p->cell[i]);
        cell_format(&p->cell[i], false, text, sizeof text);
        if (cells)
            printf("%016llx %s\n", (unsigned long long)cell_id(&p->cell[i]), text);
    }
    if (cells)
        return;
    printf("%s\n%zu cells", p->title, p->n);
    if (p->left_out > 0)
        printf(" (%zu combinations left out that their ring or engine cannot run)", p->left_out);
    printf(", %d to %d rounds each: %zu to %zu rounds\n", p->rule.rounds_min, p->rule.rounds_max,
           p->n * (size_t)p->rule.rounds_min, p->n * (size_t)p->rule.rounds_max);
    printf("about %.0f s a pass: %.0f to %.0f s; disturbed rounds run again up to %d times\n", pass,
           pass * p->rule.rounds_min, pass * p->rule.rounds_max, p->rule.repeats);
}

int cmd_plan(int argc, char **argv)
{
    static const struct option options[] = {{"set", required_argument, NULL, 'S'},
                                            {"cells", no_argument, NULL, 'c'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const char *items[SET_MAX];
    struct plan_override set = {items, 0};
    struct topology t;
    struct plan p;
    char why[1024];
    bool cells = false;
    int c;
    optind = 1;
    while ((c = cli_option(argc, argv, "", options)) != -1) {
        if (c == 'S' && set.n < SET_MAX) {
            items[set.n++] = optarg;
        } else if (c == 'c') {
            cells = true;
        } else {
            if (c == 'h')
                cli_help("plan", "  --cells               list every cell with its id\n"
                                 "  --set FACTOR=LEVELS   replaces the plan's levels\n");
            return c == 'h' ? EXIT_DONE : EXIT_USAGE;
        }
    }
    if (optind + 1 != argc) {
        complain("plan takes the name of one plan; `ringside list plans` shows them");
        return EXIT_USAGE;
    }
    if (topology_load(&t) != 0) {
        complain("cannot read which cpus this process may run on");
        return EXIT_UNSUITABLE;
    }
    int err = plan_load(argv[optind], &set, &t, &p, why, sizeof why);
    if (err == 0) {
        print_plan(&p, cells);
        plan_free(&p);
    } else {
        complain("%s", why);
    }
    topology_free(&t);
    return err == 0 ? EXIT_DONE : EXIT_USAGE;
}
