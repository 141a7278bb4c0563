/* SPDX-License-Identifier: MIT */
#include "graph_round.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/allocator.h"
#include "measure/disturbance.h"
#include "measure/engine.h"
#include "measure/graph_trial.h"
#include "rings/ring.h"

enum {
    FIRST_MESSAGES = 1024, /* of the warm-up; fewer where a message may take time slices */
    FIRST_MESSAGES_CROWDED = 64,
    GROWTH = 16,      /* from one warm-up graph to the next, at most */
    WARMUPS_MAX = 16, /* graphs: each costs threads */
    TIMED_MAX = 4,    /* tries at a timed graph that lasts */
    SLOTS_TURNS = 8
};

/* ---- what it is --------------------------------------------------------------------------- */

int64_t graph_edges(const struct cell *c)
{
    const int64_t stages = c->value[FACTOR_stages];
    return c->value[FACTOR_topology] == GRAPH_DIAMOND ? 2 * (stages - 2) : stages - 1;
}

int64_t graph_hops(const struct cell *c)
{
    switch (c->value[FACTOR_topology]) {
    case GRAPH_CHAIN:
        return c->value[FACTOR_stages] - 1;
    case GRAPH_DIAMOND:
        return 2;
    default:
        return 1;
    }
}

static bool shape_refusal(const struct cell *c, char *why, size_t n)
{
    static const struct {
        int least;
        bool maps;
        const char *shape;
    } shapes[] = {[GRAPH_CHAIN] = {2, true, "a source and a sink"},
                  [GRAPH_BROADCAST] = {3, false, "a source and two sinks"},
                  [GRAPH_FAN_IN] = {3, false, "two sources and a sink"},
                  [GRAPH_DIAMOND] = {4, true, "a source, two maps and a sink"}};
    const int64_t topology = c->value[FACTOR_topology], stages = c->value[FACTOR_stages];
    const char *name = topology_name(topology);
    if (stages < shapes[topology].least) {
        snprintf(why, n,
                 "topology = %s needs %s: stages = %d at least, not %" PRId64
                 "; use more, or topology = chain",
                 name, shapes[topology].shape, shapes[topology].least, stages);
        return true;
    }
    if (c->value[FACTOR_work_ns] > 0 && (!shapes[topology].maps || stages == 2)) {
        snprintf(why, n,
                 "work_ns = %" PRId64 " is work in maps, and topology = %s with stages = %" PRId64
                 " has none; use a chain of 3 stages or more, or work_ns = 0",
                 c->value[FACTOR_work_ns], name, stages);
        return true;
    }
    return false;
}

static bool transfer_refusal(const struct cell *c, char *why, size_t n)
{
    const int64_t ring = c->value[FACTOR_ring];
    const unsigned caps = ring == FACTOR_UNUSED ? 0 : rs_ring_table[ring].ops->caps;
    if (caps & RS_NO_TRANSFER)
        snprintf(why, n,
                 "ring %s moves nothing, so a graph over it has no messages; use another ring "
                 "(`ringside list rings`)",
                 ring_name(ring));
    else if (caps & RS_NONZERO_ONLY)
        snprintf(why, n,
                 "ring %s takes no message whose first word is 0, and the edges of a graph carry "
                 "any; use a ring that `ringside list rings` does not mark nonzero-only",
                 ring_name(ring));
    return (caps & (RS_NO_TRANSFER | RS_NONZERO_ONLY)) != 0;
}

bool graph_refusal(const struct cell *c, char *why, size_t n)
{
    return shape_refusal(c, why, n) || transfer_refusal(c, why, n);
}

/* ---- how long ----------------------------------------------------------------------------- */

static uint64_t clamp(double value, uint64_t low, uint64_t high)
{
    if (value < (double)low)
        return low;
    return value > (double)high ? high : (uint64_t)value;
}

static double ns_per_message(const struct graph_trial *t)
{
    const double ns = (double)t->timed_ns / (double)t->timed_messages;
    return ns > 0 ? ns : 0.01;
}

/* For planning: what waits in the rings of a long chain reaches the sink in one burst, and a short
 * graph would seem to be faster than it is. */
static double planned_ns_per_message(const struct graph_trial *t)
{
    const double whole = (double)t->elapsed_ns / (double)t->messages, timed = ns_per_message(t);
    return whole > timed ? whole : timed;
}

/* Enough for `seconds`, and, as long as that does not take SLOTS_TURNS times as long, to fill and
 * empty all rings so many times: what they hold at the start of the timed part is not paid for. */
static uint64_t timed_messages(const struct graph_plan *p, const struct graph_trial *t,
                               uint64_t least)
{
    const int64_t *v = p->cell.value;
    const double by_time = (double)v[FACTOR_seconds] * 16 / 15 / planned_ns_per_message(t);
    const double slots = (double)graph_edges(&p->cell) * (double)v[FACTOR_capacity] * SLOTS_TURNS;
    const double most = SLOTS_TURNS * by_time, want = slots < most ? slots : most;
    return clamp(want > by_time ? want : by_time, least, (uint64_t)1 << (GRAPH_SOURCE_SHIFT - 1));
}

static uint64_t first_messages(const struct graph_plan *p)
{
    const int64_t *v = p->cell.value;
    const bool crowded =
        (uint64_t)v[FACTOR_stages] > p->cpus || (p->cpu[0] >= 0 && p->cpu[0] == p->cpu[1]);
    const uint64_t least = 4 * (uint64_t)v[FACTOR_batch];
    const uint64_t first = crowded ? FIRST_MESSAGES_CROWDED : FIRST_MESSAGES;
    return first > least ? first : least;
}

struct round {
    struct graph_plan plan;
    struct graph_trial trial;             /* the last one */
    const struct counters_pass *counting; /* in the timed graph; NULL = a timing round */
    uint64_t warmup_ns;
};

static int run_trial(struct round *r, uint64_t messages, bool timed, char *why, size_t n)
{
    const char *path = timed ? getenv("RINGSIDE_NODE_METRICS") : NULL;
    json_decref(r->trial.nodes);
    json_decref(r->trial.counters);
    r->plan.counting = timed ? r->counting : NULL;
    return graph_trial_run(&r->plan, messages, path && path[0] ? path : NULL,
                           timed && getenv("RINGSIDE_NODE_SNAPSHOT") != NULL, &r->trial, why, n);
}

static int warm_up(struct round *r, char *why, size_t n)
{
    const uint64_t first = first_messages(&r->plan);
    const uint64_t enough = (uint64_t)r->plan.cell.value[FACTOR_warmup];
    uint64_t messages = first;
    int err = 0;
    for (int i = 0; err == 0 && i < WARMUPS_MAX && r->warmup_ns < enough; i++) {
        err = run_trial(r, messages, false, why, n);
        if (err || !r->trial.good)
            break;
        r->warmup_ns += r->trial.elapsed_ns;
        messages = clamp((double)(enough - r->warmup_ns) / planned_ns_per_message(&r->trial), first,
                         GROWTH * messages);
    }
    return err;
}

/* A warm-up that was disturbed gives too low a speed; then the timed graph is over too soon,
 * counts as warm-up, and a longer one is timed. */
static int run_timed(struct round *r, char *why, size_t n)
{
    const int64_t *v = r->plan.cell.value;
    const double wanted = (double)v[FACTOR_seconds];
    const uint64_t least = first_messages(&r->plan);
    uint64_t messages = v[FACTOR_messages] > 0 ? (uint64_t)v[FACTOR_messages]
                                               : timed_messages(&r->plan, &r->trial, least);
    for (int i = 0;; i++) {
        int err = run_trial(r, messages, true, why, n);
        const double ns = (double)r->trial.timed_ns;
        if (err || !r->trial.good || v[FACTOR_messages] > 0 || ns >= wanted / 2 ||
            i + 1 == TIMED_MAX)
            return err;
        r->warmup_ns += r->trial.elapsed_ns;
        messages = clamp((double)messages * wanted / (ns > 0 ? ns : 1), least, 100 * messages);
    }
}

/* ---- the result --------------------------------------------------------------------------- */

static json_t *metrics_json(const struct round *r)
{
    const struct graph_trial *t = &r->trial;
    const double ns = ns_per_message(t), hops = (double)graph_hops(&r->plan.cell);
    json_t *m =
        json_pack("{s:f, s:I, s:I, s:I, s:I, s:f, s:I, s:o}", "ns_per_msg", ns, "messages",
                  (json_int_t)t->timed_messages, "timed_ns", (json_int_t)t->timed_ns, "warmup_ns",
                  (json_int_t)r->warmup_ns, "hops", (json_int_t)graph_hops(&r->plan.cell),
                  "ns_per_hop", ns / hops, "workers", (json_int_t)t->workers, "parks",
                  RS_METRICS ? json_integer((json_int_t)t->parks) : json_null());
    if (t->nodes != NULL)
        json_object_set(m, "nodes", t->nodes);
    return m;
}

static json_t *evidence_json(const struct graph_trial *t)
{
    static const char *const names[2] = {"producer", "consumer"};
    json_t *e = json_object();
    for (int i = 0; i < 2; i++)
        json_object_set_new(e, names[i],
                            t->known[i] ? disturbance_json(&t->disturbance[i]) : json_null());
    json_object_set_new(e, "allocator", json_string(allocator_name(allocator_live())));
    json_object_set_new(e, "block_max_over_median",
                        t->block_max_over_median > 0 ? json_real(t->block_max_over_median)
                                                     : json_null());
    return e;
}

static json_t *disturbed_json(const struct graph_trial *t)
{
    static const char *const names[2] = {"producer", "consumer"};
    json_t *list = json_array();
    for (int i = 0; i < 2; i++) {
        const char *reasons[DISTURBANCE_REASONS];
        size_t n = t->known[i] ? disturbance_verdict(&t->disturbance[i], t->side_ns[i],
                                                     t->shares_cpu, reasons, DISTURBANCE_REASONS)
                               : 0;
        for (size_t k = 0; k < n; k++)
            json_array_append_new(list, json_sprintf("%s: %s", names[i], reasons[k]));
    }
    return list;
}

static json_t *result_json(const struct round *r)
{
    const bool good = r->trial.good;
    json_t *result = json_pack(
        "{s:s, s:o, s:o, s:o, s:o}", "status", good ? "ok" : "failed", "reason",
        good ? json_null() : json_string("a message was lost, or arrived damaged or out of order"),
        "metrics", good ? metrics_json(r) : json_null(), "evidence", evidence_json(&r->trial),
        "disturbed", disturbed_json(&r->trial));
    if (good && r->trial.counters != NULL)
        json_object_set(result, "counters", r->trial.counters);
    return result;
}

json_t *graph_round_run(const struct cell *c, const struct counters_pass *counting, char *why,
                        size_t n)
{
    static const char sorry[] = "cannot set up the round: ";
    struct round r = {.counting = counting};
    json_t *result = NULL;
    char reason[1024] = "";
    if (!engine_is_this(c->value[FACTOR_engine])) {
        engine_become(c, why, n);
        return NULL;
    }
    if (allocator_become(c, why, n) != 0)
        return NULL;
    int err = graph_plan_make(c, &r.plan);
    if (err)
        snprintf(reason, sizeof reason, "%s", strerror(-err));
    else
        err = warm_up(&r, reason, sizeof reason);
    if (err == 0 && r.trial.good)
        err = run_timed(&r, reason, sizeof reason);
    if (err == 0)
        result = result_json(&r);
    else
        snprintf(why, n, "%s%s", sorry, reason);
    json_decref(r.trial.nodes);
    json_decref(r.trial.counters);
    return result;
}
