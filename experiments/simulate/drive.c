/* SPDX-License-Identifier: MIT */
/* Runs the agents by the schedule, and says when counting begins and ends. */
#include <errno.h>

#include "simulate/simulation.h"

#include "measure/statistics.h"

/* Looks without a message at the slowest sink after which a ring is taken to have lost some. */
enum { PATIENCE = 1 << 20 };

/* ---- when to count -------------------------------------------------------------------------- */

static uint64_t slowest_sink(const struct simulation *s)
{
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < s->agents; i++)
        if (s->agent[i].n_out == 0 && s->agent[i].moved < least)
            least = s->agent[i].moved;
    return least;
}

/* Every ring of the slowest sink has its share of what the sink sees: each goes around twice. */
static uint64_t warm_up_messages(const struct simulation *s)
{
    return 2 * (uint64_t)s->config->capacity * s->agent[s->agents - 1].n_in;
}

/* Between two steps: begins to count after the warm-up, ends when there are enough messages. */
static void watch(struct simulation *s)
{
    const uint64_t seen = slowest_sink(s);
    s->unmoved = seen == s->last_seen ? s->unmoved + 1 : 0;
    s->last_seen = seen;
    if (s->finished)
        return;
    if (s->unmoved > PATIENCE)
        s->err = -EILSEQ;
    if (!s->counting && seen >= warm_up_messages(s)) {
        s->counting = true;
        s->counting_from = seen;
        for (size_t i = 0; i < s->agents; i++)
            s->agent[i].moved_before = s->agent[i].moved;
    } else if ((s->counting && seen - s->counting_from >= s->config->messages) || s->err != 0) {
        s->counting = false;
        s->finished = true;
        for (size_t i = 0; i < s->agents; i++)
            s->agent[i].counted = s->agent[i].moved - s->agent[i].moved_before;
    }
}

/* ---- an operation at a time ------------------------------------------------------------------ */

/* Lets the agent do what it can of what it should have done by now. */
static void turn(struct simulation *s, struct agent *a)
{
    const enum schedule_kind kind = s->config->schedule.kind;
    bool progress = true;
    s->running = a;
    while (progress && (a->moved < a->target || a->held > 0))
        progress = agent_step(a, a->target - a->moved);
    if (!progress || kind != SCHEDULE_BACKLOG)
        agent_flush(a);
}

/* Leaves the backlog in every edge: those farthest from the sources first. */
static void fill_edges(struct simulation *s, uint64_t backlog)
{
    for (size_t level = s->agent[s->agents - 1].level; level > 0; level--)
        for (size_t i = 0; i < s->agents; i++)
            if (s->agent[i].level < level) {
                s->agent[i].target += backlog * s->agent[i].weight;
                turn(s, &s->agent[i]);
            }
}

static void run_rounds(struct simulation *s)
{
    const struct schedule *how = &s->config->schedule;
    const uint64_t unit = how->kind == SCHEDULE_BURST ? how->amount : s->config->batch;
    if (how->kind == SCHEDULE_BACKLOG)
        fill_edges(s, how->amount);
    while (!s->finished) {
        for (size_t i = 0; i < s->agents; i++) {
            s->agent[i].target += unit * s->agent[i].weight;
            turn(s, &s->agent[i]);
        }
        watch(s);
    }
}

/* ---- an access at a time --------------------------------------------------------------------- */

static size_t draw(struct simulation *s)
{
    const uint64_t percent = s->config->schedule.amount;
    if (percent == 0)
        return (size_t)stats_below(&s->rng, s->agents);
    if (stats_below(&s->rng, 100) < percent)
        return (size_t)stats_below(&s->rng, s->sources);
    return s->sources + (size_t)stats_below(&s->rng, s->agents - s->sources);
}

/* When all is counted, agents only have to return; one may hold a lock that another waits for. */
static size_t next_living(const struct simulation *s)
{
    size_t i = s->running->index;
    do
        i = (i + 1) % s->agents;
    while (s->agent[i].returned);
    return i;
}

static void switch_to(struct simulation *s, size_t next)
{
    struct agent *me = s->running;
    s->running = &s->agent[next];
    s->way->hand_over(s->set, next);
    s->running = me;
}

void simulation_switch(struct simulation *s, bool idle)
{
    if (s->set == NULL)
        return;
    if (!s->finished)
        switch_to(s, draw(s));
    else if (idle)
        switch_to(s, next_living(s));
}

static void live(struct coroutines *set, void *user, size_t index)
{
    struct simulation *s = user;
    struct agent *a = &s->agent[index];
    simulation_bind(s);
    s->set = set;
    s->running = a;
    while (!s->finished) {
        if (!agent_step(a, UINT64_MAX))
            agent_flush(a);
        watch(s);
        simulation_switch(s, true);
    }
    a->returned = true;
}

int simulation_drive(struct simulation *s)
{
    if (s->config->schedule.kind == SCHEDULE_RANDOM)
        return s->way->run(s->agents, live, s);
    run_rounds(s);
    return 0;
}
