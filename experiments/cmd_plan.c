/* SPDX-License-Identifier: MIT */
/* `ringside plan`: what a sweep would run. */
#include <getopt.h>
#include <stdio.h>

#include "cli.h"
#include "peer_rules.h"
#include "plan.h"

enum { SET_MAX = 64 };
enum output { OUTPUT_SUM, OUTPUT_CELLS, OUTPUT_LEFT_OUT };

static void print_cells(const struct plan *p)
{
    char text[1024];
    for (size_t i = 0; i < p->n; i++) {
        cell_format(&p->cell[i], false, text, sizeof text);
        printf("%016llx %s\n", (unsigned long long)cell_id(&p->cell[i]), text);
    }
}

/* What a `*` passed over, and the peers that it could not stand for. */
static void print_left_out(const struct plan *p)
{
    size_t i;
    json_t *words;
    char why[256];
    json_array_foreach(p->left_out_reasons, i, words) puts(json_string_value(words));
    for (i = 0; peer_name(i) != NULL; i++)
        if (peer_absent(peer_name(i), why, sizeof why))
            puts(why);
}

static void print_sum(const struct plan *p)
{
    double pass = 0;
    for (size_t i = 0; i < p->n; i++)
        pass += plan_round_seconds(&p->cell[i]);
    printf("%s\n%zu cells", p->title, p->n);
    if (p->left_out > 0)
        printf(" (%zu combinations left out that their ring or engine cannot run)", p->left_out);
    printf(", %d to %d rounds each: %zu to %zu rounds\n", p->rule.rounds_min, p->rule.rounds_max,
           p->n * (size_t)p->rule.rounds_min, p->n * (size_t)p->rule.rounds_max);
    printf("about %.0f s a pass: %.0f to %.0f s; disturbed rounds run again up to %d times\n", pass,
           pass * p->rule.rounds_min, pass * p->rule.rounds_max, p->rule.repeats);
}

static void print_plan(const struct plan *p, enum output output)
{
    if (output == OUTPUT_CELLS)
        print_cells(p);
    else if (output == OUTPUT_LEFT_OUT)
        print_left_out(p);
    else
        print_sum(p);
}

int cmd_plan(int argc, char **argv)
{
    static const struct option options[] = {{"set", required_argument, NULL, 'S'},
                                            {"cells", no_argument, NULL, 'c'},
                                            {"left-out", no_argument, NULL, 'l'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const char *items[SET_MAX];
    struct plan_override set = {items, 0};
    struct topology t;
    struct plan p;
    char why[1024];
    enum output output = OUTPUT_SUM;
    int c;
    optind = 1;
    while ((c = cli_option(argc, argv, "", options)) != -1) {
        if (c == 'S' && set.n < SET_MAX) {
            items[set.n++] = optarg;
        } else if (c == 'c' || c == 'l') {
            output = c == 'c' ? OUTPUT_CELLS : OUTPUT_LEFT_OUT;
        } else {
            if (c == 'h')
                cli_help("plan", "  --cells               list every cell with its id\n"
                                 "  --left-out            list what a `*` passed over, and why\n"
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
        print_plan(&p, output);
        plan_free(&p);
    } else {
        complain("%s", why);
    }
    topology_free(&t);
    return err == 0 ? EXIT_DONE : EXIT_USAGE;
}
