/* SPDX-License-Identifier: MIT */
/*
 * What a model of the engine consists of, and what its nodes do: they move numbers of messages,
 * whose bodies are race-checked, and check what they are sent.
 */
#ifndef RINGSIDE_MODELS_ENGINE_NODES_HPP
#define RINGSIDE_MODELS_ENGINE_NODES_HPP

#include "engine_parts.hpp"
#include "engine_scenarios.hpp"
#include "runner.hpp"

typedef uint8_t message;
enum { kMostNodes = 4, kMostEdges = 4, kMostIn = 2, kMostMessages = 8 };

struct engine {
    rl::atomic<uint32_t> never_parked;
    rs_graph graph{};
    rs_worker worker[kMostNodes]{};
    rs_node node[kMostNodes]{};
    rs_edge edge[kMostEdges]{};
    RS_RING ring[kMostEdges];
    rs_io_port in[kMostNodes][kMostIn]{}, out[kMostNodes]{};
    rs_port type[kMostIn]{};
    rs_edge *in_edge[kMostNodes][kMostIn], *out_edge[kMostNodes];
    rs_edge **in_list[kMostNodes][kMostIn], **out_list[kMostNodes];
    size_t n_in[kMostIn], n_out;
    rs_worker *workers[kMostNodes];
    rs_node *nodes[kMostNodes];

    rl::var<unsigned> body[kMostMessages], mapped[kMostMessages];
    rl::var<unsigned> taken;    /* by the reader, so far */
    rl::atomic<unsigned> heard; /* the last message that somebody did something with, plus 1 */
    rl::atomic<unsigned> said;  /* messages sent */
    unsigned sent[2], received; /* each of one worker, until all have ended */
    unsigned last[2];           /* message that the sink read of each source, plus 1 */

    void graph_begins();
    void add(unsigned i, const rs_node_ops *ops);
    void connect(unsigned e, unsigned from, unsigned to, unsigned port, size_t credits);
    void make_nodes();
    void make_ends(unsigned i);
    void run(unsigned thread);
    void graph_over();
};

static struct engine *of(rs_node *n)
{
    return static_cast<struct engine *>(rs_node_state(n));
}

/* ---- nodes -------------------------------------------------------------------------------------
 */

static unsigned message_at(const struct rs_span *s, size_t k)
{
    message m;
    memcpy(&m, rs_span_at(s, k), sizeof m);
    return m;
}

static void put_message(const struct rs_span *s, size_t k, unsigned i)
{
    message m = (message)i;
    memcpy(rs_span_at(s, k), &m, sizeof m);
}

/* Message i has not been heard of yet: goes on working, which yields here. */
static bool stays_busy(struct engine *g, unsigned i)
{
    if (now->busies != kSender || g->heard.load(rl::mo_relaxed, RL_INFO) > i)
        return false;
    rs_pause();
    return true;
}

/* Of two sources each sends every other message. */
static int source_work(rs_node *n, rs_io *io)
{
    struct engine *g = of(n);
    struct rs_span s;
    const unsigned sources = now->how == kFanIn ? 2 : 1;
    unsigned *sent = &g->sent[n == &g->node[0] ? 0 : 1];
    if (now->how == kPair && *sent > 0 && stays_busy(g, *sent - 1))
        return 1;
    if (*sent * sources >= now->total) {
        rs_pause();
        return now->busies == kEndless ? 1 : RS_EOS;
    }
    size_t got = rs_io_reserve(io, 0, now->total / sources - *sent, &s);
    for (size_t k = 0; k < got; k++, ++*sent) {
        const unsigned i = *sent * sources + (n == &g->node[0] ? 0 : 1);
        g->body[i](RL_INFO).store(100 + i);
        put_message(&s, k, i);
    }
    if (got == 0)
        return RS_IDLE;
    rs_io_commit(io, 0, got);
    if (now->busies == kReader)
        g->said.store(*sent, rl::mo_relaxed, RL_INFO);
    return 1;
}

static int map_work(rs_node *n, rs_io *io)
{
    struct engine *g = of(n);
    struct rs_span from, to;
    size_t got = rs_io_peek(io, 0, now->batch, &from);
    size_t room = got > 0 ? rs_io_reserve(io, 0, got, &to) : 0;
    for (size_t k = 0; k < room; k++) {
        unsigned i = message_at(&from, k);
        if (now->how == kLine)
            g->mapped[i](RL_INFO).store(g->body[i](RL_INFO).load() + 100);
        put_message(&to, k, i);
    }
    if (room == 0)
        return RS_IDLE;
    rs_io_commit(io, 0, room);
    rs_io_release(io, 0, room);
    return 1;
}

static void check_message(struct engine *g, unsigned i)
{
    const unsigned source = now->how == kFanIn ? i % 2 : 0, step = now->how == kFanIn ? 2 : 1;
    unsigned *last = &g->last[source];
    RL_ASSERT(i < now->total && (now->drops ? i >= *last : i == *last));
    if (now->how != kLoop)
        RL_ASSERT(g->body[i](RL_INFO).load() == 100 + i);
    if (now->how == kLine || now->how == kLoop)
        RL_ASSERT(g->mapped[now->how == kLoop ? 0 : i](RL_INFO).load() == 200 + i);
    *last = i + step;
    g->received++;
}

/* With the loan in its buffer, the ring full, and a message in the sender's buffer. */
static bool keeps_its_loan(struct engine *g)
{
    const unsigned most = g->received + now->capacity + 2;
    if (now->busies != kReader || (g->edge[0].ops->caps & RS_ZERO_COPY) != 0 ||
        g->said.load(rl::mo_relaxed, RL_INFO) >= (most < now->total ? most : now->total))
        return false;
    rs_pause();
    return true;
}

static int sink_work(rs_node *n, rs_io *io)
{
    struct engine *g = of(n);
    struct rs_span s;
    size_t got = rs_io_peek(io, 0, now->batch, &s);
    if (got > 0 && keeps_its_loan(g))
        return 1;
    for (size_t k = 0; k < got; k++)
        check_message(g, message_at(&s, k));
    if (got > 0)
        rs_io_release(io, 0, got);
    g->taken(RL_INFO).store(g->received);
    if (now->busies == kSender && got > 0)
        g->heard.store(g->last[0], rl::mo_relaxed, RL_INFO);
    if (now->stop_after > 0 && g->received >= now->stop_after)
        return RS_EOS;
    return got > 0 ? 1 : RS_IDLE;
}

/* One message at a time may be in the loop, so all are written to one body. */
static int entering_work(rs_node *n, rs_io *io)
{
    struct engine *g = of(n);
    struct rs_span back, from, to;
    size_t moved = rs_io_peek(io, 1, 1, &back);
    if (moved > 0)
        rs_io_release(io, 1, 1);
    if (rs_io_peek(io, 0, 1, &from) == 0 || rs_io_reserve(io, 0, 1, &to) == 0)
        return moved > 0 ? 1 : RS_IDLE;
    unsigned i = message_at(&from, 0);
    if (now->busies == kSender)
        g->heard.store(i + 1, rl::mo_relaxed, RL_INFO);
    g->mapped[0](RL_INFO).store(g->body[i](RL_INFO).load() + 100);
    put_message(&to, 0, i);
    rs_io_commit(io, 0, 1);
    rs_io_release(io, 0, 1);
    return 1;
}

/* Returns every other message, and lets the rest leave the loop. */
static int leaving_work(rs_node *n, rs_io *io)
{
    struct engine *g = of(n);
    struct rs_span from, to;
    if (g->received > 0 && g->received < now->total && stays_busy(g, g->received))
        return 1; /* until the entry has used the credit */
    if (rs_io_peek(io, 0, 1, &from) == 0)
        return RS_IDLE;
    unsigned i = message_at(&from, 0);
    if (i % 2 == 1 && rs_io_reserve(io, 0, 1, &to) == 0)
        return RS_IDLE;
    check_message(g, i);
    if (i % 2 == 1) {
        put_message(&to, 0, i);
        rs_io_commit(io, 0, 1);
    } else {
        rs_io_forgo(io, 0, 1);
    }
    rs_io_release(io, 0, 1);
    return 1;
}

static rs_node_ops ops_of(uint16_t n_in, uint16_t n_out, int (*work)(rs_node *, rs_io *))
{
    rs_node_ops ops = rs_node_ops();
    ops.abi = RS_GRAPH_ABI;
    ops.kind = "model";
    ops.n_in = n_in;
    ops.n_out = n_out;
    ops.work = work;
    return ops;
}
static const rs_node_ops kSource = ops_of(0, 1, source_work), kMap = ops_of(1, 1, map_work),
                         kSink = ops_of(1, 0, sink_work), kEntering = ops_of(2, 1, entering_work),
                         kLeaving = ops_of(1, 1, leaving_work);

#endif
