/* SPDX-License-Identifier: MIT */
/*
 * Shows that the parts of the coherence simulator do what they claim: kinds of lines, protocols,
 * pairs of lines, graphs, costs, and what is refused.
 */
#include "simulate_fixture.h"

#include <utility>

namespace
{

TEST(Lines, AreToldByWhoWritesThem)
{
    for (const char *ring : {"naive", "mutex"}) {
        const Simulated run(config_of(ring, "lockstep"));
        EXPECT_GT(run.misses(LINE_SHARED), 0) << ring;
        EXPECT_EQ(run.misses(LINE_PRODUCER) + run.misses(LINE_CONSUMER), 0) << ring;
        EXPECT_GT(run.misses(LINE_SLOTS), 0) << ring;
    }
    for (const char *ring : {"padded", "cached", "chunked"})
        for (unsigned separation : {64u, 128u, 256u}) {
            const Simulated run(config_of(ring, "lockstep", separation));
            EXPECT_GT(run.misses(LINE_PRODUCER), 0) << ring;
            EXPECT_GT(run.misses(LINE_CONSUMER), 0) << ring;
            EXPECT_GT(run.misses(LINE_SLOTS), 0) << ring;
            EXPECT_EQ(run.misses(LINE_SHARED) + run.misses(LINE_SENTINEL), 0) << ring;
        }
}

TEST(Null, TouchesNothing)
{
    for (const char *schedule : {"lockstep", "backlog:8", "random"}) {
        const Simulated run(config_of("null", schedule));
        EXPECT_EQ(run.per_msg(EVENT_ACCESS), 0);
        EXPECT_GT(run.result.total.messages, 0u);
    }
}

/* ---- protocols and pairs of lines ------------------------------------------------------------ */

TEST(Protocol, MesiWritesBackWhereMoesiDoesNot)
{
    struct simulate_config c = config_of("padded", "lockstep");
    const Simulated mesi(c);
    c.protocol = PROTOCOL_MOESI;
    const Simulated moesi(c);
    EXPECT_EQ(mesi.misses(), moesi.misses());
    EXPECT_EQ(mesi.per_msg(EVENT_WRITEBACK), 3); /* tail, head and slot, each read by the other */
    EXPECT_EQ(moesi.per_msg(EVENT_WRITEBACK), 0);
}

TEST(Protocol, StatesOfOneLine)
{
    struct coherence c = {PROTOCOL_MESI, {}};
    struct coherence_line l = {0, NO_CACHE, false};
    c.distance[0][1] = c.distance[1][0] = DISTANCE_SAME_L3;
    c.distance[0][2] = c.distance[2][0] = c.distance[1][2] = c.distance[2][1] =
        DISTANCE_OTHER_SOCKET;
    struct coherence_effect e = coherence_access(&c, &l, 0, false);
    EXPECT_TRUE(e.memory_read && !e.transfer) << "nobody had it";
    e = coherence_access(&c, &l, 0, true);
    EXPECT_FALSE(e.transfer || e.upgrade || e.invalidations) << "exclusive becomes modified alone";
    e = coherence_access(&c, &l, 1, false);
    EXPECT_TRUE(e.transfer && e.writeback && e.distance == DISTANCE_SAME_L3);
    e = coherence_access(&c, &l, 2, false);
    EXPECT_TRUE(e.transfer && !e.writeback && e.distance == DISTANCE_OTHER_SOCKET);
    e = coherence_access(&c, &l, 1, true);
    EXPECT_TRUE(e.upgrade && !e.transfer && e.invalidations == 2);
    EXPECT_EQ(e.distance, DISTANCE_OTHER_SOCKET) << "the farthest sharer is waited for";
    e = coherence_access(&c, &l, 0, true);
    EXPECT_TRUE(e.transfer && !e.upgrade && e.invalidations == 1 && !e.writeback);
}

TEST(Protocol, MoesiOwnerServesReadersWithoutMemory)
{
    struct coherence c = {PROTOCOL_MOESI, {}};
    struct coherence_line l = {0, NO_CACHE, false};
    coherence_access(&c, &l, 0, true);
    EXPECT_FALSE(coherence_access(&c, &l, 1, false).writeback);
    EXPECT_EQ(l.owner, 0) << "owned, still dirty";
    EXPECT_TRUE(l.dirty);
    EXPECT_TRUE(coherence_access(&c, &l, 0, true).upgrade) << "an owned line is not exclusive";
}

/* What a pair prefetcher does to 64 bytes of separation, and that 128 are enough for it: where the
 * line beside a side's own is not its own too, as in `cached`. */
TEST(Pairs, SixtyFourBytesApartIsFalseSharingWherePairsMove)
{
    struct simulate_config near = config_of("iffq", "backlog:64", 64);
    struct simulate_config apart = config_of("iffq", "backlog:64", 128);
    EXPECT_LT(Simulated(near).misses(), 0.6);
    near.granule = apart.granule = 128;
    const Simulated paired(near), separate(apart);
    printf("# iffq, pairs of lines, backlog 64: %.3f misses a message at separation 64, %.3f at "
           "128\n",
           paired.misses(), separate.misses());
    EXPECT_GT(paired.misses(), 2);
    EXPECT_LT(separate.misses(), 0.6);
}

TEST(Graph, EveryEdgeOfAChainCostsWhatOneRingDoes)
{
    struct simulate_config c = config_of("cached", "lockstep");
    const double alone = Simulated(c).misses();
    c.agents = 5;
    const Simulated run(c);
    ASSERT_EQ(run.result.edges, 4u);
    for (size_t e = 0; e < 4; e++)
        EXPECT_NEAR((double)traffic_misses(&run.result.edge[e].traffic) /
                        (double)run.result.edge[e].traffic.messages,
                    alone, 1e-9);
    EXPECT_NEAR(run.misses(), 4 * alone, 1e-9);
}

TEST(Graph, EdgesAndAgentsSumToTheWhole)
{
    for (enum shape shape : {SHAPE_CHAIN, SHAPE_BROADCAST, SHAPE_FAN_IN, SHAPE_DIAMOND})
        for (const char *schedule : {"lockstep", "backlog:20", "burst:8", "random"}) {
            struct simulate_config c = config_of("cached", schedule);
            c.shape = shape;
            c.agents = 6;
            c.batch = 4;
            c.capacity = 64;
            const Simulated run(c);
            uint64_t edges = 0, agents = 0, distances = 0;
            for (size_t e = 0; e < run.result.edges; e++)
                edges += traffic_misses(&run.result.edge[e].traffic);
            for (size_t a = 0; a < run.result.agents; a++)
                agents += traffic_misses(&run.result.agent[a]);
            for (uint64_t misses : run.result.total.misses_at)
                distances += misses;
            EXPECT_EQ(edges, traffic_misses(&run.result.total));
            EXPECT_EQ(agents, edges);
            EXPECT_EQ(distances, edges);
        }
}

TEST(Graph, CostFollowsTheDistance)
{
    struct simulate_config c = config_of("padded", "lockstep");
    const double cost_ns[DISTANCES] = {0, 10, 100, 1000};
    const Simulated near(c);
    EXPECT_DOUBLE_EQ(traffic_cost_ns(&near.result.total, cost_ns), 60);
    c.place[1].l3 = 1;
    const Simulated other_l3(c);
    EXPECT_DOUBLE_EQ(traffic_cost_ns(&other_l3.result.total, cost_ns), 600);
    c.place[1].socket = 1;
    const Simulated far(c);
    EXPECT_DOUBLE_EQ(traffic_cost_ns(&far.result.total, cost_ns), 6000);
    EXPECT_EQ(near.misses(), far.misses());
}

/* However many edges share a sink's messages, each has gone around before anything is counted. */
TEST(Graph, AnEdgeOfAnyShapeCostsWhatOneRingDoes)
{
    for (const char *schedule : {"lockstep", "backlog:16", "burst:32"})
        for (enum shape shape : {SHAPE_CHAIN, SHAPE_BROADCAST, SHAPE_FAN_IN, SHAPE_DIAMOND}) {
            struct simulate_config c = config_of("padded", schedule);
            const Simulated pair(c);
            c.shape = shape;
            c.agents = 9;
            const Simulated graph(c);
            EXPECT_EQ(traffic_events(&graph.result.total, EVENT_MEMORY_READ), 0u)
                << schedule << " " << shape;
            for (size_t e = 0; e < graph.result.edges; e++) {
                const struct traffic *t = &graph.result.edge[e].traffic;
                EXPECT_NEAR(static_cast<double>(traffic_misses(t)) /
                                static_cast<double>(t->messages),
                            pair.misses(), 0.01)
                    << schedule << " " << shape << ", edge " << e;
            }
        }
}

/* ---- refusals -------------------------------------------------------------------------------- */

std::string refusal(const struct simulate_config &c)
{
    char why[256] = "";
    return simulate_refusal(&c, why, sizeof why) ? why : "";
}

TEST(Refusal, SaysWhatCannotBe)
{
    const std::pair<const char *, void (*)(struct simulate_config *)> cases[] = {
        {"backlog",
         [](auto *c) {
             c->schedule = {SCHEDULE_BACKLOG, 1024};
         }},
        {"burst",
         [](auto *c) {
             c->schedule = {SCHEDULE_BURST, 1025};
         }},
        {"power of two", [](auto *c) { c->capacity = 1000; }},
        {"spans", [](auto *c) { c->span = true; }},
        {"batch", [](auto *c) { c->batch = 2048; }},
        {"granule", [](auto *c) { c->granule = 32; }},
        {"agents", [](auto *c) { c->agents = 65; }},
        {"diamond", [](auto *c) { c->shape = SHAPE_DIAMOND; }},
        {"MiB", [](auto *c) { c->capacity = 1 << 28; }},
        {"messages", [](auto *c) { c->messages = 0; }},
        {"msg_bytes", [](auto *c) { c->msg_bytes = 4; }}};
    for (const auto &[word, change] : cases) {
        struct simulate_config c = config_of("cached", "lockstep");
        change(&c);
        EXPECT_NE(refusal(c).find(word), std::string::npos) << word << ": " << refusal(c);
    }
    for (const char *bad : {"backlog", "backlog:0", "backlog:x", "burst:-1", "random:100",
                            "random:", "lockstep:3", "lock", ""}) {
        struct schedule s;
        char why[256] = "";
        EXPECT_NE(schedule_parse(bad, &s, why, sizeof why), 0) << bad;
        EXPECT_NE(why[0], '\0');
    }
}

} /* namespace */
