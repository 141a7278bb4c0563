/* SPDX-License-Identifier: MIT */
/* `ringside simulate`: what rings cost in cache lines, counted and not measured. */
#include <errno.h>
#include <stdio.h>

#include "cli.h"
#include "simulate_command.h"

struct tally {
    size_t printed, passed_over;
    char why[512]; /* of the last one passed over */
};

static int run_one(const struct simulate_request *q, const struct cell *c,
                   const struct simulate_config *config, struct tally *t)
{
    struct simulate_result result;
    char why[256], text[512];
    int err = simulate_run(config, &result, why, sizeof why);
    if (err == 0) {
        if (t->printed++ == 0)
            simulate_print_head(q);
        simulate_print(q, c, config, &result);
        simulate_result_free(&result);
        return EXIT_DONE;
    }
    cell_format(c, true, text, sizeof text);
    complain("%s: %s", text, why);
    return err == -EILSEQ || err == -EFAULT ? EXIT_INVALID : EXIT_INCOMPLETE;
}

static int run_combination(const struct simulate_request *q, const struct cell *c, struct tally *t)
{
    struct simulate_config config = q->base;
    if (!simulate_from_cell(c, &config, t->why, sizeof t->why)) {
        t->passed_over++;
        return q->grid.levels[FACTOR_ring].wildcard ? EXIT_DONE : EXIT_USAGE;
    }
    if (q->places > 0 && q->places < config.agents) {
        snprintf(t->why, sizeof t->why, "--place names %zu places for %zu agents", q->places,
                 config.agents);
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < q->schedules; i++) {
        config.schedule = q->schedule[i];
        if (simulate_refusal(&config, t->why, sizeof t->why)) {
            t->passed_over++;
            if (!q->default_schedules)
                return EXIT_USAGE;
            continue;
        }
        const int code = run_one(q, c, &config, t);
        if (code != EXIT_DONE)
            return code;
    }
    return EXIT_DONE;
}

static int out_of_memory(void)
{
    complain("out of memory; free some and repeat");
    return EXIT_INCOMPLETE;
}

static int run_all(const struct simulate_request *q)
{
    size_t at[FACTORS] = {0};
    struct plan seen = {.n = 0}; /* combinations that differ in what their ring heeds */
    struct tally t = {0};
    int code = EXIT_DONE;
    do {
        const size_t before = seen.n;
        struct cell c;
        for (int f = 0; f < FACTORS; f++)
            c.value[f] = q->grid.levels[f].value[at[f]];
        simulate_normalise(&c);
        if (plan_add(&seen, &c) != 0)
            code = out_of_memory();
        else if (seen.n > before)
            code = run_combination(q, &c, &t);
    } while (code == EXIT_DONE && grid_next(&q->grid, at));
    plan_free(&seen);
    if (code == EXIT_USAGE || (code == EXIT_DONE && t.printed == 0)) {
        complain("%s", t.why);
        return EXIT_USAGE;
    }
    if (t.passed_over > 0)
        complain("%zu combinations passed over that cannot be run; the last one: %s", t.passed_over,
                 t.why);
    return code;
}

int cmd_simulate(int argc, char **argv)
{
    struct simulate_request q;
    if (simulate_read_arguments(argc, argv, &q) != 0)
        return EXIT_USAGE;
    if (q.help) {
        cli_help("simulate", simulate_options_help);
        return EXIT_DONE;
    }
    return run_all(&q);
}
