/* SPDX-License-Identifier: MIT */
/* Every topology delivers every message, on every ring that can carry an edge. */
#include "graph_fixture.h"

using namespace fixture;

namespace
{

std::vector<std::string> rings()
{
    std::vector<std::string> names;
    for (size_t i = 0; i < rs_ring_table_count; i++)
        if (!(rs_ring_table[i].ops->caps & (RS_NO_TRANSFER | RS_NONZERO_ONLY)))
            names.push_back(rs_ring_table[i].name);
    return names;
}

/* ring, fused on one worker or not */
class Topology : public testing::TestWithParam<std::tuple<std::string, rs_placement>>
{
  protected:
    rs_graph_options options()
    {
        rs_graph_options o = {};
        ring = std::get<0>(GetParam());
        o.ring = ring.c_str();
        o.placement = std::get<1>(GetParam());
        o.capacity = 64;
        o.report_s = -1;
        return o;
    }
    std::string ring;
    static constexpr uint64_t N = 20000;
};

TEST_P(Topology, ChainDeliversAllInOrder)
{
    plan a, b, c, d;
    a.count = N;
    a.delay_seed = 1;
    b.delay_seed = 2;
    c.delay_seed = 3;
    d.delay_seed = 4;
    graph g(options());
    rs_node *s = g.add(source, "s", &a), *m = g.add(relay, "m", &b), *m2 = g.add(relay_n, "m2", &c),
            *k = g.add(sink, "k", &d);
    g.edge(s, m);
    g.edge(m, m2);
    g.edge(m2, k);
    ASSERT_EQ(0, g.run()) << g.error();
    EXPECT_EQ(N, b.seen);
    EXPECT_EQ(N, c.seen);
    EXPECT_EQ(N, d.seen);
    EXPECT_TRUE(b.in_order && c.in_order && d.in_order);
    EXPECT_TRUE(a.ended_well && d.ended_well);
    EXPECT_EQ(1, a.stops);
    EXPECT_EQ(1, d.starts);
}

TEST_P(Topology, BroadcastGivesEachEdgeEveryMessage)
{
    plan a, k[3];
    a.count = N;
    graph g(options());
    rs_node *s = g.add(source, "s", &a);
    for (int i = 0; i < 3; i++) {
        k[i].delay_seed = static_cast<unsigned>(i);
        g.edge(s, g.add(sink, ("k" + std::to_string(i)).c_str(), &k[i]));
    }
    ASSERT_EQ(0, g.run()) << g.error();
    for (plan &p : k) {
        EXPECT_EQ(N, p.seen);
        EXPECT_TRUE(p.in_order);
    }
}

TEST_P(Topology, RoundRobinGivesEachMessageToOneEdge)
{
    plan a, k[3];
    rs_edge_options o = {};
    o.mode = RS_FAN_ROUND_ROBIN;
    a.count = N;
    graph g(options());
    rs_node *s = g.add(source, "s", &a);
    for (int i = 0; i < 3; i++) {
        k[i].delay_seed = static_cast<unsigned>(i + 1);
        g.edge(s, g.add(sink, ("k" + std::to_string(i)).c_str(), &k[i]), o);
    }
    ASSERT_EQ(0, g.run()) << g.error();
    EXPECT_EQ(N, k[0].seen + k[1].seen + k[2].seen);
    for (plan &p : k) {
        EXPECT_GT(p.seen, 0u);
        EXPECT_TRUE(p.in_order);
    }
}

TEST_P(Topology, HashKeepsAKeyOnOneEdge)
{
    plan a[8], m, k[3];
    rs_edge_options o = {};
    o.mode = RS_HASH;
    o.key_bytes = 8; /* the source's number */
    graph g(options());
    rs_node *fan = g.add(relay, "fan", &m);
    for (unsigned i = 0; i < 8; i++) {
        a[i].count = N / 8;
        a[i].source = i;
        g.edge(g.add(source, ("s" + std::to_string(i)).c_str(), &a[i]), fan);
    }
    for (int i = 0; i < 3; i++)
        g.edge(fan, g.add(sink, ("k" + std::to_string(i)).c_str(), &k[i]), o);
    ASSERT_EQ(0, g.run()) << g.error();
    uint64_t all = 0;
    std::map<uint64_t, int> edges;
    for (plan &p : k) {
        all += p.seen;
        EXPECT_TRUE(p.in_order);
        for (auto &s : p.last)
            edges[s.first]++;
    }
    EXPECT_EQ(N, all);
    for (auto &e : edges)
        EXPECT_EQ(1, e.second) << "source " << e.first << " on two edges";
}

TEST_P(Topology, FanInTakesFromEveryEdge)
{
    plan a[3], k;
    graph g(options());
    rs_node *to = g.add(sink, "k", &k);
    for (unsigned i = 0; i < 3; i++) {
        a[i].count = N / (i + 1);
        a[i].source = i;
        a[i].delay_seed = i + 1;
        g.edge(g.add(source, ("s" + std::to_string(i)).c_str(), &a[i]), to);
    }
    ASSERT_EQ(0, g.run()) << g.error();
    EXPECT_TRUE(k.in_order);
    for (unsigned i = 0; i < 3; i++)
        EXPECT_EQ(N / (i + 1), k.last[i]);
}

TEST_P(Topology, FanInByPriorityLosesNothing)
{
    plan a[2], k;
    graph g(options());
    rs_node *to = g.add(sink, "k", &k);
    for (unsigned i = 0; i < 2; i++) {
        rs_edge_options o = {};
        o.merge = RS_MERGE_PRIORITY;
        o.priority = static_cast<int>(1 - i);
        a[i].count = N;
        a[i].source = i;
        g.edge(g.add(source, ("s" + std::to_string(i)).c_str(), &a[i]), to, o);
    }
    ASSERT_EQ(0, g.run()) << g.error();
    EXPECT_EQ(2 * N, k.seen);
    EXPECT_TRUE(k.in_order);
}

TEST_P(Topology, DiamondDeliversTwice)
{
    plan a, l, r, k;
    a.count = N;
    l.delay_seed = 1;
    r.delay_seed = 7;
    graph g(options());
    rs_node *s = g.add(source, "s", &a), *left = g.add(relay, "left", &l),
            *right = g.add(relay_n, "right", &r), *to = g.add(sink, "k", &k);
    g.edge(s, left);
    g.edge(s, right);
    g.edge(left, to);
    g.edge(right, to);
    ASSERT_EQ(0, g.run()) << g.error();
    EXPECT_EQ(2 * N, k.seen);
    EXPECT_EQ(N, l.seen);
    EXPECT_EQ(N, r.seen);
}

TEST_P(Topology, FeedbackWithCreditsComesRoundAndEnds)
{
    plan a, m, r;
    rs_edge_options back = {};
    back.credits = 16;
    a.count = N;
    r.delay_seed = 3;
    graph g(options());
    rs_node *s = g.add(source, "s", &a), *mix = g.add(mixer, "mix", &m),
            *rel = g.add(relay, "rel", &r);
    g.edge(s, mix);
    g.edge(mix, rel);
    g.edge(rel, mix, back, "back");
    ASSERT_EQ(0, g.run()) << g.error();
    EXPECT_EQ(N, r.seen);
    EXPECT_EQ(N, m.seen);
    EXPECT_TRUE(m.in_order);
}

/* As many messages in the loop as its ring always has room for; both sides sleep when they wait. */
TEST_P(Topology, FeedbackThatFillsItsRingComesRound)
{
    plan a, m, r;
    rs_edge_options back = {};
    rs_config cfg = {};
    cfg.capacity = 64, cfg.msg_bytes = sizeof(message), cfg.msg_align = 8;
    rs_graph_options o = options();
    for (size_t i = 0; i < rs_ring_table_count; i++)
        if (ring == rs_ring_table[i].name)
            back.credits = cfg.capacity - rs_ring_table[i].ops->slack(&cfg);
    o.wait = RS_WAIT_PARK;
    a.count = N;
    graph g(o);
    rs_node *s = g.add(source, "s", &a), *mix = g.add(mixer, "mix", &m),
            *rel = g.add(relay, "rel", &r);
    g.edge(s, mix);
    g.edge(mix, rel);
    g.edge(rel, mix, back, "back");
    ASSERT_EQ(0, g.run()) << g.error();
    EXPECT_EQ(N, r.seen);
    EXPECT_EQ(N, m.seen);
}

TEST_P(Topology, FeedbackThatForgoesEnds)
{
    plan a, m, x;
    rs_edge_options back = {};
    back.credits = 8;
    a.count = N;
    graph g(options());
    rs_node *s = g.add(source, "s", &a), *mix = g.add(mixer, "mix", &m),
            *split = g.add(splitter, "split", &x);
    g.edge(s, mix);
    g.edge(mix, split);
    g.edge(split, mix, back, "back");
    ASSERT_EQ(0, g.run()) << g.error();
    EXPECT_EQ(N / 2, m.seen);
    EXPECT_EQ(N / 2, x.seen);
}

TEST_P(Topology, ASinkThatEndsFirstEndsItsSource)
{
    plan a, m, k;
    k.end_at = 1000;
    graph g(options());
    rs_node *s = g.add(source, "s", &a), *r = g.add(relay, "r", &m), *to = g.add(sink, "k", &k);
    g.edge(s, r);
    g.edge(r, to);
    ASSERT_EQ(0, g.run()) << g.error();
    EXPECT_GE(k.seen, 1000u);
    EXPECT_TRUE(a.ended_well);
}

TEST_P(Topology, ABroadcastGoesOnWhenOneReaderHasEnded)
{
    plan a, k[2];
    a.count = N;
    k[0].end_at = 100;
    graph g(options());
    rs_node *s = g.add(source, "s", &a);
    g.edge(s, g.add(sink, "k0", &k[0]));
    g.edge(s, g.add(sink, "k1", &k[1]));
    ASSERT_EQ(0, g.run()) << g.error();
    EXPECT_EQ(N, k[1].seen);
}

TEST_P(Topology, ADropEdgeWhoseReaderHasEndedEndsItsSource)
{
    plan a, k;
    rs_edge_options o = {};
    o.drop_newest = true;
    k.end_at = 100;
    graph g(options());
    rs_node *s = g.add(source, "s", &a);
    g.edge(s, g.add(sink, "k", &k), o);
    ASSERT_EQ(0, g.run()) << g.error();
    EXPECT_GE(k.seen, 100u);
}

TEST_P(Topology, AFanOutWhoseReadersHaveAllEndedEndsItsSource)
{
    plan a, k[2];
    graph g(options());
    rs_node *s = g.add(source, "s", &a);
    for (int i = 0; i < 2; i++) {
        k[i].end_at = 100;
        g.edge(s, g.add(sink, ("k" + std::to_string(i)).c_str(), &k[i]));
    }
    ASSERT_EQ(0, g.run()) << g.error();
    EXPECT_TRUE(a.ended_well);
}

/* Edges end with fewer messages than the port takes at once: drain has the rest of each. */
TEST_P(Topology, FanInByLeastBatchesDrainsEveryTail)
{
    plan a[3], k;
    graph g(options());
    rs_node *to = g.add(batch_sink, "k", &k);
    for (unsigned i = 0; i < 3; i++) {
        a[i].count = 1000 + i;
        a[i].source = i;
        g.edge(g.add(source, ("s" + std::to_string(i)).c_str(), &a[i]), to);
    }
    ASSERT_EQ(0, g.run()) << g.error();
    EXPECT_EQ(3003u, k.seen);
    EXPECT_TRUE(k.in_order);
    EXPECT_GT(k.drains, 0);
}

TEST_P(Topology, DropNewestCountsWhatItDrops)
{
    plan a, k;
    rs_edge_options o = {};
    o.drop_newest = true;
    a.count = N;
    k.us_per_batch = 200;
    graph g(options());
    rs_node *s = g.add(source, "s", &a), *to = g.add(sink, "k", &k);
    g.edge(s, to, o);
    ASSERT_EQ(0, rs_graph_start(g.g)) << g.error();
    rs_node_metrics last[2] = {}, now[2] = {};
    while (rs_graph_wait(g.g, 0.0005) == -ETIMEDOUT) {
        rs_graph_snapshot(g.g, now, 2);
        if (now[0].dropped_msgs > 0)
            memcpy(last, now, sizeof now);
    }
    EXPECT_TRUE(k.in_order); /* no message twice, none out of order */
    EXPECT_LE(k.seen + last[0].dropped_msgs, N);
    if (std::get<1>(GetParam()) == RS_PLACE_FREE) {
        EXPECT_LT(k.seen, N); /* a sink that sleeps cannot have kept up */
    }
}

TEST_P(Topology, BackpressureBoundsWhatIsInFlight)
{
    plan a, k;
    std::atomic<bool> hold{true};
    k.hold = &hold;
    a.count = N;
    rs_graph_options o = options();
    o.placement = RS_PLACE_FREE; /* on one worker the sink that holds would hold its source */
    graph g(o);
    rs_node *s = g.add(source, "s", &a), *to = g.add(sink, "k", &k);
    g.edge(s, to);
    ASSERT_EQ(0, rs_graph_start(g.g)) << g.error();
    usleep(20000);
    EXPECT_LE(a.seen, 64u + 64u); /* the ring, and a batch where a ring has no spans */
    hold = false;
    EXPECT_EQ(0, rs_graph_wait(g.g, 60)) << g.error();
    EXPECT_EQ(N, k.seen);
}

INSTANTIATE_TEST_SUITE_P(EveryRing, Topology,
                         testing::Combine(testing::ValuesIn(rings()),
                                          testing::Values(RS_PLACE_AUTO, RS_PLACE_FREE)),
                         [](const auto &at) {
                             return std::get<0>(at.param) +
                                    (std::get<1>(at.param) == RS_PLACE_AUTO ? "_auto" : "_free");
                         });

/* Each wait strategy, more threads than cpus, batch 1 and capacity 1: nothing hangs. */
class Waiting : public testing::TestWithParam<std::tuple<rs_wait, size_t>>
{
};

TEST_P(Waiting, AChainOfFiveThreadsDelivers)
{
    plan a, m[3], k;
    rs_graph_options o = {};
    o.wait = std::get<0>(GetParam());
    o.capacity = std::get<1>(GetParam());
    o.batch = o.capacity < 16 ? o.capacity : 16;
    o.placement = RS_PLACE_THREADS;
    o.report_s = -1;
    a.count = o.capacity == 1 ? 300 : 30000;
    graph g(o);
    rs_node *from = g.add(source, "s", &a);
    for (int i = 0; i < 3; i++) {
        rs_node *r = g.add(relay, ("m" + std::to_string(i)).c_str(), &m[i]);
        g.edge(from, r);
        from = r;
    }
    g.edge(from, g.add(sink, "k", &k));
    ASSERT_EQ(0, g.run()) << g.error();
    EXPECT_EQ(a.count, k.seen);
    EXPECT_TRUE(k.in_order);
}

INSTANTIATE_TEST_SUITE_P(EveryStrategy, Waiting,
                         testing::Combine(testing::Values(RS_WAIT_AUTO, RS_WAIT_SPIN, RS_WAIT_PAUSE,
                                                          RS_WAIT_YIELD, RS_WAIT_PARK,
                                                          RS_WAIT_SLEEP),
                                          testing::Values(1, 4, 256)));

/* Sends one message, if there is room. */
bool send_one(rs_node *n, rs_io *io, unsigned port)
{
    state *s = static_cast<state *>(rs_node_state(n));
    struct rs_span span;
    message m = {s->p->source, s->sent};
    if (rs_io_reserve(io, port, 1, &span) == 0)
        return false;
    std::memcpy(rs_span_at(&span, 0), &m, sizeof m);
    rs_io_commit(io, port, 1);
    s->sent++;
    return true;
}

/* Sends `count` messages, is idle while it is dry, and ends. */
int drip_work(rs_node *n, rs_io *io)
{
    state *s = static_cast<state *>(rs_node_state(n));
    if (s->sent < s->p->count)
        return send_one(n, io, 0) ? 1 : RS_IDLE;
    return s->p->dry->load() ? RS_IDLE : RS_EOS;
}

/* Is never idle: one message goes to `rare`, all that there is room for to `out`, while it is dry.
 */
int busy_work(rs_node *n, rs_io *io)
{
    state *s = static_cast<state *>(rs_node_state(n));
    if (!s->p->dry->load())
        return RS_EOS;
    send_one(n, io, s->sent == 0 ? 1 : 0);
    return 1;
}

const rs_port busy_ports[2] = {port("out"), port("rare")};
const rs_node_ops drip = with_work(kind("test.drip", 0, 1), drip_work);
const rs_node_ops busy = [] {
    rs_node_ops o = with_work(kind("test.busy", 0, 2), busy_work);
    o.out = busy_ports;
    return o;
}();

/* False after 10 s. */
bool comes_to(const std::atomic<uint64_t> &seen, uint64_t wanted)
{
    for (int i = 0; i < 10000 && seen.load() < wanted; i++)
        usleep(1000);
    return seen.load() >= wanted;
}

/* Deferred messages arrive though nothing follows them. */
TEST(Flush, WhatAnIdleNodeHasSentArrives)
{
    for (const std::string &ring : rings())
        for (rs_wait wait : {RS_WAIT_YIELD, RS_WAIT_PARK}) {
            SCOPED_TRACE(ring);
            std::atomic<bool> dry{true};
            plan a, k;
            rs_graph_options o = {};
            o.ring = ring.c_str();
            o.wait = wait;
            o.placement = RS_PLACE_FREE;
            o.report_s = -1;
            a.count = 3;
            a.dry = &dry;
            graph g(o);
            g.edge(g.add(drip, "s", &a), g.add(sink, "k", &k));
            ASSERT_EQ(0, rs_graph_start(g.g)) << g.error();
            EXPECT_TRUE(comes_to(k.seen, 3));
            dry = false;
            EXPECT_EQ(0, rs_graph_wait(g.g, 20)) << g.error();
            EXPECT_EQ(3u, k.seen);
        }
}

TEST(Flush, WhatABusyNodeSendsRarelyArrives)
{
    for (const std::string &ring : rings()) {
        SCOPED_TRACE(ring);
        std::atomic<bool> dry{true};
        plan a, often, rare;
        rs_edge_options e = {};
        rs_graph_options o = {};
        o.ring = ring.c_str();
        o.wait = RS_WAIT_YIELD;
        o.placement = RS_PLACE_FREE;
        o.report_s = -1;
        a.dry = &dry;
        graph g(o);
        rs_node *s = g.add(busy, "s", &a), *to = g.add(sink, "rare", &rare);
        g.edge(s, g.add(sink, "often", &often));
        ASSERT_EQ(0, rs_graph_connect(g.g, s, "rare", to, "in", &e)) << g.error();
        ASSERT_EQ(0, rs_graph_start(g.g)) << g.error();
        EXPECT_TRUE(comes_to(rare.seen, 1));
        dry = false;
        EXPECT_EQ(0, rs_graph_wait(g.g, 20)) << g.error();
    }
}

/* Looks at 60 messages of a ring of 64 and returns 3 of them, fewer than a ring may hold back. */
int window_work(rs_node *n, rs_io *io)
{
    struct rs_span in;
    if (rs_io_peek(io, 0, 60, &in) == 0)
        return RS_IDLE;
    plan_of(n)->seen += 3;
    rs_io_release(io, 0, 3);
    if (plan_of(n)->seen < 300)
        usleep(1000); /* so that the source has looked in vain, and sleeps again */
    return 1;
}

int window_drain(rs_node *, rs_io *)
{
    return RS_EOS;
}

const rs_port window_port[1] = {[] {
    rs_port p = port("in");
    p.batch_min = 60;
    return p;
}()};
const rs_node_ops window = [] {
    rs_node_ops o = with_work(kind("test.window", 1, 0), window_work);
    o.in = window_port;
    o.drain = window_drain;
    return o;
}();

/* A look that finds too little gives back what was held; who sleeps for want of room is woken. */
TEST(Wake, ASlidingWindowMovesOnOverEveryRing)
{
    for (const std::string &ring : rings()) {
        SCOPED_TRACE(ring);
        plan a, k;
        rs_graph_options o = {};
        o.wait = RS_WAIT_PARK;
        o.ring = ring.c_str();
        o.capacity = 64;
        o.placement = RS_PLACE_FREE;
        o.report_s = -1;
        a.count = 3000;
        graph g(o);
        g.edge(g.add(source, "s", &a), g.add(window, "k", &k));
        ASSERT_EQ(0, g.run(20)) << g.error();
        EXPECT_GE(k.seen, 2940u);
    }
}

/* Without membarrier the fence is the waker's: the same handshake. */
TEST(Wake, ParkingWorksWithoutMembarrier)
{
    setenv("RS_NO_MEMBARRIER", "1", 1);
    for (const char *ring : {"chunked", "cached", "credit", "lazy"}) {
        plan a, k;
        rs_graph_options o = {};
        o.wait = RS_WAIT_PARK;
        o.ring = ring;
        o.capacity = 4;
        o.batch = 2;
        o.placement = RS_PLACE_FREE;
        o.report_s = -1;
        a.count = 20000;
        a.delay_seed = 5;
        graph g(o);
        g.edge(g.add(source, "s", &a), g.add(sink, "k", &k));
        EXPECT_EQ(0, g.run()) << g.error();
        EXPECT_EQ(a.count, k.seen);
    }
    unsetenv("RS_NO_MEMBARRIER");
}

} // namespace
