/* SPDX-License-Identifier: MIT */
#include "sweep_live.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "graph/exposition.h"
#include "measure/clock.h"
#include "progress.h"

enum { EXPOSE_NS = 1000000000 };

/* ---- the state --------------------------------------------------------------------------------
 */

static struct sweep_state state_of(const struct sweep *s)
{
    const struct progress_left left = progress_left(s);
    struct sweep_state state = {.at_ns = clock_ns(),
                                .begun_ns = s->begun_ns,
                                .done = s->done,
                                .left = left.rounds,
                                .disturbed = s->disturbed,
                                .failed = s->failed,
                                .cells = s->plan->n,
                                .left_s = left.seconds,
                                .rounds_min = s->plan->rule.rounds_min,
                                .rounds_max = s->plan->rule.rounds_max};
    snprintf(state.title, sizeof state.title, "%s", s->plan->title);
    return state;
}

static void add_round(struct sweep_state *state, int round, int attempt, const struct cell *c)
{
    const int64_t ring = c->value[FACTOR_ring];
    state->round = round;
    state->attempt = attempt;
    state->is_graph = c->value[FACTOR_kernel] == KERNEL_graph;
    cell_format(c, true, state->cell, sizeof state->cell);
    snprintf(state->ring, sizeof state->ring, "%s", ring == FACTOR_UNUSED ? "-" : ring_name(ring));
}

/* ---- Prometheus -------------------------------------------------------------------------------
 */

struct exposed {
    const char *name, *type, *help;
    double value;
};

static void write_exposed(FILE *to, const struct sweep *s, const struct sweep_state *state)
{
    const struct exposed list[] = {
        {"ringside_sweep_running", "gauge", "1 while the sweep runs, 0 once it has ended.",
         !state->ended},
        {"ringside_sweep_interrupted", "gauge",
         "1 once it has ended before its plan was done: `ringside resume` goes on.",
         state->ended == 2},
        {"ringside_sweep_rounds_total", "counter", "Rounds recorded, of earlier parts too.",
         (double)state->done},
        {"ringside_sweep_disturbed_rounds_total", "counter", "Of these, disturbed.",
         (double)state->disturbed},
        {"ringside_sweep_failed_rounds_total", "counter", "Of these, without a result.",
         (double)state->failed},
        {"ringside_sweep_cells", "gauge", "Cells of the plan.", (double)state->cells},
        {"ringside_sweep_rounds_left", "gauge", "Rounds to go, at most.",
         state->ended ? 0 : (double)state->left},
        {"ringside_sweep_counter_rounds_left", "gauge", "Counter rounds to go, at most; 0 before.",
         (double)state->count_left},
        {"ringside_sweep_left_seconds", "gauge", "Time to go, at most.",
         state->ended ? 0 : state->left_s},
        {"ringside_sweep_last_update_timestamp_seconds", "gauge",
         "Unix time of these values; they change between rounds.", rs_unix_s()},
    };
    const struct rs_label plan = {"plan", s->plan->name};
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        rs_exposition_family(to, list[i].name, list[i].type, list[i].help);
        rs_exposition_sample(to, list[i].name, &plan, 1, list[i].value);
    }
}

static void expose(struct sweep_live *l, const struct sweep *s, const struct sweep_state *state)
{
    char *text = NULL;
    size_t length = 0;
    if (l->prometheus == NULL ||
        (!state->ended && l->exposed_ns != 0 && state->at_ns - l->exposed_ns < EXPOSE_NS))
        return;
    FILE *to = open_memstream(&text, &length);
    int err = to != NULL ? 0 : -ENOMEM;
    if (to != NULL) {
        write_exposed(to, s, state);
        err = fclose(to) == 0 ? rs_exposition_replace(l->prometheus, text, length) : -ENOMEM;
    }
    free(text);
    l->exposed_ns = state->at_ns;
    if (err == 0)
        return;
    complain("cannot replace %s: %s; no more metrics go there, the sweep goes on", l->prometheus,
             rs_exposition_why(err));
    free(l->prometheus);
    l->prometheus = NULL;
}

/* ---- both -------------------------------------------------------------------------------------
 */

static void show(struct sweep_live *l, const struct sweep *s, const struct sweep_state *state)
{
    if (l->file.header != NULL)
        rs_live_publish(&l->file, state);
    expose(l, s, state);
}

void sweep_live_open(struct sweep_live *l, const struct sweep *s, const char *prometheus)
{
    char folder[PATH_MAX], why[1024];
    *l = (struct sweep_live){.exposed_ns = 0};
    if (prometheus != NULL && (l->prometheus = strdup(prometheus)) == NULL)
        complain("out of memory; nothing goes to %s", prometheus);
    if (realpath(s->dir, folder) == NULL)
        snprintf(folder, sizeof folder, "%s", s->dir);
    if (rs_live_create(&l->file, RS_LIVE_SWEEP, s->plan->name, folder, sizeof(struct sweep_state),
                       why, sizeof why) != 0)
        complain("`ringside top` will not see this sweep: %s", why);
}

void sweep_live_show(const struct sweep *s, int round, int attempt, const struct cell *c)
{
    if (s->live == NULL)
        return;
    struct sweep_state state = state_of(s);
    add_round(&state, round, attempt, c);
    show(s->live, s, &state);
}

void sweep_live_count(const struct sweep *s, const struct sweep_counting *now, const struct cell *c)
{
    if (s->live == NULL)
        return;
    struct sweep_state state = state_of(s);
    add_round(&state, now->round, 0, c);
    state.left = 0;
    state.left_s = now->left_s;
    state.counting = 1;
    state.counted = now->done;
    state.count_left = now->left;
    state.rounds_each = (uint64_t)s->plan->counter_rounds;
    show(s->live, s, &state);
}

void sweep_live_close(struct sweep_live *l, const struct sweep *s, bool complete)
{
    struct sweep_state state = state_of(s);
    state.ended = complete ? 1 : 2;
    show(l, s, &state);
    rs_live_remove(&l->file);
    free(l->prometheus);
    l->prometheus = NULL;
}
