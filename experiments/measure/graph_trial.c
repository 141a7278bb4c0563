/* SPDX-License-Identifier: MIT */
#include "graph_trial.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/clock.h"
#include "measure/graph_round.h"
#include "measure/statistics.h"
#include "measure/topology.h"

enum { TIMED_FROM_BLOCK = GRAPH_BLOCKS / 16 };

/* A graph in the making. */
struct build {
    const struct graph_plan *plan;
    rs_graph *graph;
    rs_node **node; /* [stages] */
    size_t stages;
    size_t sources, sinks; /* at the start and the end of `node`; maps are between */
    uint64_t messages;
};

/* ---- placement ---------------------------------------------------------------------------- */

static int index_of(const int *cpus, size_t n, int64_t cpu)
{
    for (size_t i = 0; i < n; i++)
        if (cpus[i] == cpu)
            return (int)i;
    return -EINVAL;
}

/* Pinned only where every node can have a cpu; the engine knows better otherwise. */
static bool wants_pins(const struct cell *c, size_t cpus)
{
    const int64_t *v = c->value;
    if (v[FACTOR_kernel] == KERNEL_wake)
        return v[FACTOR_placement] != PLACE_ANY;
    return v[FACTOR_placement] != PLACE_ANY && v[FACTOR_fuse] != FUSE_ALL &&
           (v[FACTOR_stages] == 2 || (uint64_t)v[FACTOR_stages] <= cpus);
}

int graph_plan_make(const struct cell *c, struct graph_plan *p)
{
    const int64_t place = c->value[FACTOR_placement];
    int *allowed;
    *p = (struct graph_plan){.cell = *c, .cpu = {RS_ANY_CPU, RS_ANY_CPU}};
    snprintf(p->name, sizeof p->name, "%016" PRIx64, cell_id(c));
    int err = topology_allowed(&allowed, &p->cpus);
    if (err)
        return err;
    if (place >= 0) {
        const int source = index_of(allowed, p->cpus, place / PLACE_CPUS);
        const int sink = index_of(allowed, p->cpus, place % PLACE_CPUS);
        err = source < 0 || sink < 0 ? -EINVAL : 0;
        if (wants_pins(c, p->cpus)) {
            p->cpu[0] = source;
            p->cpu[1] = sink;
        } else if (c->value[FACTOR_fuse] == FUSE_ALL) {
            p->cpu[0] = p->cpu[1] = source;
        }
    }
    free(allowed);
    if (c->value[FACTOR_work_ns] > 0)
        p->work = graph_busy_turns((uint64_t)c->value[FACTOR_work_ns]);
    return err;
}

/* ---- building ----------------------------------------------------------------------------- */

static void count_ends(struct build *b)
{
    const int64_t topology = b->plan->cell.value[FACTOR_topology];
    b->stages = (size_t)b->plan->cell.value[FACTOR_stages];
    b->sources = topology == GRAPH_FAN_IN ? b->stages - 1 : 1;
    b->sinks = topology == GRAPH_BROADCAST ? b->stages - 1 : 1;
}

/* Warnings only: a round's output is its line. */
static void log_warning(void *user, rs_level level, const char *node, const char *text)
{
    (void)user;
    if (level <= RS_WARN)
        fprintf(stderr, "ringside: %s%s%s\n", node, node[0] ? ": " : "", text);
}

static rs_graph *new_graph(const struct graph_plan *p, const char *metrics_path)
{
    static const rs_placement placements[] = {
        [FUSE_AUTO] = RS_PLACE_AUTO, [FUSE_NONE] = RS_PLACE_THREADS, [FUSE_ALL] = RS_PLACE_THREADS};
    const int64_t *v = p->cell.value;
    const bool loose = v[FACTOR_placement] == PLACE_ANY && v[FACTOR_fuse] != FUSE_AUTO;
    const rs_graph_options options = {
        .name = p->name,
        .wait = (rs_wait)v[FACTOR_wait],
        .placement = loose ? RS_PLACE_FREE : placements[v[FACTOR_fuse]],
        .ring = ring_name(v[FACTOR_ring]),
        .capacity = (size_t)v[FACTOR_capacity],
        .batch = (size_t)v[FACTOR_batch],
        .report_s = metrics_path ? 1 : -1,
        .stall_s = -1,
        .metrics_path = metrics_path,
        .arenas = v[FACTOR_allocator] == ALLOCATOR_JEMALLOC,
        .log = log_warning,
    };
    return rs_graph_new(&options);
}

static void set_up_node(const struct build *b, size_t i, struct graph_node *g)
{
    const int64_t topology = b->plan->cell.value[FACTOR_topology];
    const bool source = i < b->sources, sink = i >= b->stages - b->sinks;
    g->watched = i == 0 || i == b->stages - 1;
    if (source) {
        g->first = (uint64_t)i << GRAPH_SOURCE_SHIFT;
        g->messages = b->messages / b->sources;
    } else if (sink) {
        g->messages = b->messages;
        g->order = topology == GRAPH_FAN_IN    ? ORDER_SOURCES
                   : topology == GRAPH_DIAMOND ? ORDER_NONE
                                               : ORDER_ONE;
        g->sources = topology == GRAPH_FAN_IN ? b->sources : 0;
    } else {
        g->work = b->plan->work;
    }
}

static int add_node(struct build *b, size_t i, const rs_params *params)
{
    const bool source = i < b->sources, sink = i >= b->stages - b->sinks;
    const size_t bytes = (size_t)b->plan->cell.value[FACTOR_msg_bytes];
    const bool fused = b->plan->cell.value[FACTOR_fuse] == FUSE_ALL;
    rs_node_options options = RS_NODE_DEFAULTS;
    char name[32];
    options.cpu = source && i == 0     ? b->plan->cpu[0]
                  : i == b->stages - 1 ? b->plan->cpu[1]
                                       : RS_ANY_CPU;
    options.fuse = fused ? "all" : NULL;
    if (fused)
        options.cpu = b->plan->cpu[0];
    snprintf(name, sizeof name, "%s-%zu", source ? "source" : sink ? "sink" : "map", i);
    b->node[i] = rs_graph_add(b->graph,
                              source ? graph_source_ops(bytes)
                              : sink ? graph_sink_ops(bytes)
                                     : graph_map_ops(bytes),
                              name, params, &options);
    if (b->node[i] == NULL)
        return -EINVAL;
    set_up_node(b, i, (struct graph_node *)rs_node_state(b->node[i]));
    return 0;
}

static int connect(const struct build *b, size_t from, size_t to)
{
    const int64_t *v = b->plan->cell.value;
    const rs_edge_options options = {
        .align = (size_t)v[FACTOR_msg_align],
        .mode = v[FACTOR_topology] == GRAPH_DIAMOND ? RS_FAN_ROUND_ROBIN : RS_BROADCAST,
        .merge = RS_MERGE_ROUND_ROBIN};
    return rs_graph_connect(b->graph, b->node[from], "out", b->node[to], "in", &options);
}

static int connect_all(const struct build *b)
{
    const size_t last = b->stages - 1;
    int err = 0;
    for (size_t i = 1; err == 0 && i <= last; i++)
        switch (b->plan->cell.value[FACTOR_topology]) {
        case GRAPH_BROADCAST:
            err = connect(b, 0, i);
            break;
        case GRAPH_FAN_IN:
            err = connect(b, i - 1, last);
            break;
        case GRAPH_DIAMOND:
            if (i < last)
                err = connect(b, 0, i);
            if (err == 0 && i < last)
                err = connect(b, i, last);
            break;
        default:
            err = connect(b, i - 1, i);
        }
    return err;
}

static int build(struct build *b, const char *metrics_path)
{
    char bytes[32];
    const rs_param item = {"msg_bytes", bytes};
    const rs_params params = {&item, 1};
    int err = 0;
    snprintf(bytes, sizeof bytes, "%" PRId64, b->plan->cell.value[FACTOR_msg_bytes]);
    b->node = (rs_node **)calloc(b->stages, sizeof(*b->node));
    b->graph = new_graph(b->plan, metrics_path);
    if (b->node == NULL || b->graph == NULL)
        return -ENOMEM;
    for (size_t i = 0; err == 0 && i < b->stages; i++)
        err = add_node(b, i, &params);
    return err ? err : connect_all(b);
}

/* ---- judging ------------------------------------------------------------------------------ */

static const struct graph_node *state_of(const struct build *b, size_t i)
{
    return (const struct graph_node *)rs_node_state(b->node[i]);
}

/* The numbers 0..n-1, modulo 2^64. */
static uint64_t sum_below(uint64_t n)
{
    return n % 2 ? n * ((n - 1) / 2) : n / 2 * (n - 1);
}

static bool all_good(const struct build *b)
{
    for (size_t i = b->stages - b->sinks; i < b->stages; i++) {
        const struct graph_node *g = state_of(b, i);
        if (g->done != g->messages || g->wrong != 0 ||
            (g->order == ORDER_NONE && g->sum != sum_below(g->messages)))
            return false;
    }
    return true;
}

/* The sink that ended last. */
static const struct graph_node *slowest(const struct build *b)
{
    const struct graph_node *last = state_of(b, b->stages - 1);
    for (size_t i = b->stages - b->sinks; i < b->stages; i++)
        if (state_of(b, i)->block_ns[GRAPH_BLOCKS - 1] > last->block_ns[GRAPH_BLOCKS - 1])
            last = state_of(b, i);
    return last;
}

/* Blocks that ended together are a batch larger than a block: they tell nothing. */
static double block_spread(const struct graph_node *sink)
{
    double each[GRAPH_BLOCKS], most = 0;
    size_t n = 0;
    for (size_t i = TIMED_FROM_BLOCK; i < GRAPH_BLOCKS; i++) {
        const uint64_t messages = sink->block_msgs[i] - sink->block_msgs[i - 1];
        if (messages == 0)
            return 0;
        each[n] = (double)(sink->block_ns[i] - sink->block_ns[i - 1]) / (double)messages;
        most = each[n] > most ? each[n] : most;
        n++;
    }
    const double median = stats_median(each, n);
    return median > 0 ? most / median : 0;
}

static void read_times(const struct build *b, struct graph_trial *t)
{
    const struct graph_node *sink = slowest(b), *source = state_of(b, 0);
    const uint64_t end = sink->block_ns[GRAPH_BLOCKS - 1];
    t->messages = b->messages;
    t->elapsed_ns = end > source->begin_ns ? end - source->begin_ns : 0;
    t->timed_messages = b->messages - sink->block_msgs[TIMED_FROM_BLOCK - 1];
    t->timed_ns = end - sink->block_ns[TIMED_FROM_BLOCK - 1];
    if (t->timed_messages == 0 || t->timed_ns == 0) { /* they came in one go */
        t->timed_messages = b->messages;
        t->timed_ns = t->elapsed_ns;
    }
    t->block_max_over_median = block_spread(sink);
    for (int side = 0; side < 2; side++) {
        const struct graph_node *g = state_of(b, side == 0 ? 0 : b->stages - 1);
        t->known[side] = g->disturbance_known;
        t->disturbance[side] = g->disturbance;
        t->side_ns[side] = g->begin_ns != 0 && end > g->begin_ns ? end - g->begin_ns : 0;
    }
}

static json_t *node_json(const rs_node_metrics *m)
{
    return json_pack("{s:s, s:i, s:i, s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "node",
                     m->name, "worker", m->worker, "cpu", m->cpu, "fused", m->fused, "in_msgs",
                     (json_int_t)m->in_msgs, "out_msgs", (json_int_t)m->out_msgs, "calls",
                     (json_int_t)m->calls, "empty_stalls", (json_int_t)m->empty_stalls,
                     "full_stalls", (json_int_t)m->full_stalls, "rx_wait_ns",
                     (json_int_t)m->rx_wait_ns, "tx_wait_ns", (json_int_t)m->tx_wait_ns, "work_ns",
                     (json_int_t)m->work_ns, "parks", (json_int_t)m->parks);
}

/* The first node of each worker speaks for it. */
static void read_workers(const rs_node_metrics *m, size_t n, const struct graph_plan *p,
                         struct graph_trial *t)
{
    bool shared = false;
    for (size_t i = 0; i < n; i++) {
        bool first = true;
        for (size_t k = 0; k < i && first; k++) {
            first = m[k].worker != m[i].worker;
            shared = shared || (first && m[i].cpu >= 0 && m[k].cpu == m[i].cpu);
        }
        t->workers += first;
        t->parks += first ? m[i].parks : 0;
    }
    t->shares_cpu = shared || t->workers > p->cpus;
}

static int read_counters(const struct build *b, bool snapshot, struct graph_trial *t)
{
    rs_node_metrics *m = (rs_node_metrics *)calloc(b->stages, sizeof *m);
    if (m == NULL)
        return -ENOMEM;
    rs_graph_snapshot(b->graph, m, b->stages);
    read_workers(m, b->stages, b->plan, t);
    t->nodes = snapshot ? json_array() : NULL;
    for (size_t i = 0; snapshot && i < b->stages; i++)
        json_array_append_new(t->nodes, node_json(&m[i]));
    free(m);
    return 0;
}

static int run(struct build *b)
{
    int err = rs_graph_start(b->graph);
    return err ? err : rs_graph_wait(b->graph, -1);
}

int graph_trial_run(const struct graph_plan *p, uint64_t messages, const char *metrics_path,
                    bool snapshot, struct graph_trial *t, char *why, size_t n)
{
    struct build b = {.plan = p};
    *t = (struct graph_trial){0};
    count_ends(&b);
    b.messages = (messages + b.sources - 1) / b.sources * b.sources;
    int err = build(&b, metrics_path);
    if (err == 0)
        err = run(&b);
    if (err == 0) {
        read_times(&b, t);
        t->good = all_good(&b);
        err = read_counters(&b, snapshot, t);
    }
    if (err)
        snprintf(why, n, "%s",
                 b.graph && rs_graph_error(b.graph)[0] ? rs_graph_error(b.graph) : strerror(-err));
    rs_graph_free(b.graph);
    free(b.node);
    return err;
}
