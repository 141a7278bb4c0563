/* SPDX-License-Identifier: MIT */
/*
 * Model of the engine over one ring (-DRS_VARIANT=<name>) under Relacy: workers that run the
 * unmodified loop of graph/worker.c over a node each, park and wake each other, end their streams,
 * and are stopped.
 *
 * usage: engine [-v] [-s] [-d] [-o SCENARIO] [SITE]    see runner.hpp
 *
 * Shown: no message is lost, doubled, reordered or read before it was written, over all edges; who
 * sleeps is woken, for a lost wake-up is a deadlock here; every worker ends when its stream does,
 * whoever began it; a writer that learns that its reader has ended knows what that one read.
 * Not shown: what a node keeps for itself is plain C, whose races only ThreadSanitizer would see.
 */
#define RS_MEMORY_OVERRIDE "memory_engine.hpp"
#define RS_SEPARATION      64
#define RS_INDEX           uint8_t
#define RS_METRICS         0
#include "ops.c"

#include "engine_nodes.hpp"

/* As rs_graph_add and rs_partition: a worker a node. */
void engine::add(unsigned i, const rs_node_ops *ops)
{
    rs_node *n = &node[i];
    rs_worker *w = &worker[i];
    n->state = this;
    n->graph = &graph;
    n->ops = ops;
    n->batch = now->batch;
    n->worker = w;
    n->in = n->out = type;
    for (unsigned p = 0; p < kMostIn; p++) {
        in_list[i][p] = &in_edge[i][p];
        n_in[p] = 1;
    }
    n_out = 1;
    out_list[i] = &out_edge[i];
    n->in_edge = in_list[i];
    n->out_edge = &out_list[i];
    n->n_in_edges = n_in;
    n->n_out_edges = &n_out;
    n->call = work_of(ops);
    rs_store_relaxed(&n->counters.ended_ns, (uint64_t)0);
    nodes[i] = n;
    workers[i] = w;
    w->graph = &graph;
    w->index = i;
    w->n = w->live = 1;
    w->node = &nodes[i];
    w->crowded = true;
    rs_store_relaxed(&w->parked.word, 0u);
    graph.n_workers = graph.n_nodes = i + 1;
}

/* As rs_graph_connect and rs_edge_make, but for the memory. */
void engine::connect(unsigned e, unsigned from, unsigned to, unsigned port, size_t credits)
{
    struct rs_config cfg = {now->capacity, sizeof(message), 1, (rs_index)(0 - 1u),
                            now->capacity / 2};
    rs_edge *at = &edge[e];
    at->graph = &graph;
    at->from = &node[from];
    at->to = &node[to];
    at->opt.credits = credits;
    at->opt.drop_newest = now->drops;
    at->feedback = credits > 0;
    at->capacity = now->capacity;
    at->msg_bytes = at->msg_align = at->stride_bytes = sizeof(message);
    at->ops = &RS_PASTE(rs_ring_ops_, RS_VARIANT);
    at->ring = &ring[e];
    at->slots = rs_relacy_take(64);
    rs_store_relaxed(&at->back.abandoned, 0u);
    rs_store_relaxed(&at->producer.dropped, (uint64_t)0);
    rs_store_relaxed(&at->producer.forgone, (uint64_t)0);
    RL_ASSERT(at->ops->init(at->ring, at->slots, &cfg) == 0);
    out_edge[from] = in_edge[to][port] = at;
}

/* As rs_ends_make, but for the memory of ports, which hold atomics. */
void engine::make_ends(unsigned i)
{
    rs_node *n = &node[i];
    RL_ASSERT(make_credits(n) == 0);
    n->in_joint = rs_relacy_take((kMostIn + 1) * sizeof *n->in_joint);
    n->out_joint = n->in_joint + kMostIn;
    n->io.node = n;
    n->io.in = in[i];
    n->io.out = &out[i];
    for (unsigned p = 0; p < n->ops->n_in; p++) {
        set_port(&n->io.in[p], n, &n->in[p]);
        RL_ASSERT(make_end(n, false, p, &n->io.in[p].end) == 0);
    }
    if (n->ops->n_out > 0) {
        set_port(&n->io.out[0], n, &n->out[0]);
        RL_ASSERT(make_nowhere(n, 0) == 0);
        RL_ASSERT(make_end(n, true, 0, &n->io.out[0].end) == 0);
        limit_port(n, 0, &n->io.out[0].end);
        n->defers = holds_back(n->out_edge[0][0]);
    }
    RL_ASSERT(check_buffers(n) == 0);
}

void engine::make_nodes()
{
    static const rs_node_ops *const kinds[][kMostNodes] = {
        {&kSource, &kSink},
        {&kSource, &kMap, &kSink},
        {&kSource, &kSource, &kSink},
        {&kSource, &kEntering, &kMap, &kLeaving},
    };
    for (unsigned i = 0; i < kMostNodes && kinds[now->how][i] != NULL; i++)
        add(i, kinds[now->how][i]);
    for (unsigned i = 1; now->how != kFanIn && i < graph.n_workers; i++)
        connect(i - 1, i - 1, i, 0, 0);
    for (unsigned i = 0; now->how == kFanIn && i < 2; i++)
        connect(i, i, 2, i, 0);
    if (now->how == kFanIn)
        n_in[0] = 2;
    if (now->how == kLoop)
        connect(3, 3, 1, 1, 1);
}

void engine::graph_begins()
{
    rs_relacy_taken = 0;
    rs_relacy_forget();
    rs_model_never_parked = &never_parked;
    rs_store_relaxed(&never_parked, 0u);
    rs_store_relaxed(&graph.control.stop, 0u);
    graph.asymmetric = now->asymmetric;
    graph.worker = workers;
    graph.node = nodes;
    graph.opt.wait = RS_WAIT_PARK;
    taken(RL_INFO).store(0);
    sent[0] = sent[1] = received = last[0] = 0;
    last[1] = 1;
    heard.store(0, rl::mo_relaxed, RL_INFO);
    said.store(0, rl::mo_relaxed, RL_INFO);
    make_nodes();
    for (unsigned i = 0; i < graph.n_workers; i++)
        make_ends(i);
}

/* What its reader read before it ended is known to a writer that knows that it has ended. */
static void check_abandoned(struct engine *g, rs_edge *e)
{
    if (e->producer.discard && now->how == kPair && !now->drops)
        RL_ASSERT(g->sent[0] - g->taken(RL_INFO).load() >= e->ops->count(e->ring));
}

void engine::run(unsigned thread)
{
    if (thread == graph.n_workers)
        return rs_graph_stop(&graph, now->stops == kNow ? RS_STOP_NOW : RS_STOP_DRAIN);
    loop(&worker[thread]);
    if (thread == 0)
        check_abandoned(this, &edge[0]);
}

void engine::graph_over()
{
    const unsigned all = sent[0] + sent[1];
    for (unsigned i = 0; now->stops != kNow && i < graph.n_workers; i++)
        RL_ASSERT(node[i].status == RS_NODE_ENDED && worker[i].live == 0);
    if (now->stops == kNever && now->stop_after == 0)
        RL_ASSERT(all == now->total && (now->drops || received == all));
    if (now->stops == kDrain)
        RL_ASSERT(received == all);
    RL_ASSERT(received >= now->stop_after && received <= all);
}

template <unsigned threads> struct engine_of : rl::test_suite<engine_of<threads>, threads>, engine {
    void before()
    {
        schedule++;
        graph_begins();
    }
    void thread(unsigned t)
    {
        run(t);
    }
    void after()
    {
        graph_over();
    }
};

static bool holds_one(const scenario *s, bool verbose)
{
    return s->threads == 2   ? holds<engine_of<2>>(s, verbose)
           : s->threads == 3 ? holds<engine_of<3>>(s, verbose)
                             : holds<engine_of<4>>(s, verbose);
}

static scenario deeper(const scenario &s, unsigned schedules)
{
    scenario d = s;
    d.total = s.deep_total;
    d.bound = s.deep_bound;
    d.schedules = s.deep_bound > 0 ? 0 : schedules;
    return d;
}

static bool applies_here(const scenario &)
{
    return true;
}

int main(int argc, char **argv)
{
    const options o = read_options(argc, argv);
    finish(o, all_hold(o, scenarios, applies_here, holds_one));
}
