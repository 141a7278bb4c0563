/* SPDX-License-Identifier: MIT */
/*
 * Shows that the coherence simulator counts what theory and published measurements say of rings,
 * that runs repeat, and that its parts do what they claim.
 */
#include <gtest/gtest.h>

#include <cinttypes>
#include <cmath>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "rings/ring.h"
#include "simulate/simulate.h"

namespace
{

struct simulate_config config_of(const char *ring, const char *schedule, unsigned separation = 128)
{
    struct simulate_config c = simulate_config_default(simulated_ring(ring, separation));
    char why[256] = "";
    EXPECT_EQ(schedule_parse(schedule, &c.schedule, why, sizeof why), 0) << why;
    return c;
}

struct Simulated {
    explicit Simulated(const struct simulate_config &c)
    {
        char why[256] = "";
        EXPECT_FALSE(simulate_refusal(&c, why, sizeof why)) << why;
        err = simulate_run(&c, &result, why, sizeof why);
        EXPECT_EQ(err, 0) << why;
    }
    ~Simulated()
    {
        simulate_result_free(&result);
    }
    Simulated(const Simulated &) = delete;
    Simulated &operator=(const Simulated &) = delete;
    double per_msg(enum event e) const
    {
        return (double)traffic_events(&result.total, e) / (double)result.total.messages;
    }
    double misses() const
    {
        return (double)traffic_misses(&result.total) / (double)result.total.messages;
    }
    double misses(enum line_class c) const
    {
        return (double)traffic_class_misses(&result.total, c) / (double)result.total.messages;
    }
    int err;
    struct simulate_result result = {};
};

std::string refusal(const struct simulate_config &c)
{
    char why[256] = "";
    return simulate_refusal(&c, why, sizeof why) ? why : "";
}

std::vector<std::string> moving_rings()
{
    std::vector<std::string> names;
    for (size_t i = 0; i < rs_ring_table_count; i++)
        if ((rs_ring_table[i].ops->caps & RS_NO_TRANSFER) == 0)
            names.push_back(rs_ring_table[i].name);
    return names;
}

/* ---- against the literature ----------------------------------------------------------------- */

/* L1 misses a message near-empty: V. Maffione, G. Lettieri, L. Rizzo, "Cache-aware design of
 * general-purpose Single-Producer-Single-Consumer queues", Software: Practice and Experience, 2018.
 * By the name that a ring of that design has or would have here. */
const std::map<std::string, double> published = {
    {"padded", 6.0}, {"cached", 4.0}, {"fastforward", 4.6}, {"iffq", 2.16}, {"biffq", 2.16}};

TEST(Published, MissesNearEmptyAreWithin15Percent)
{
    size_t checked = 0;
    for (const auto &[ring, misses] : published) {
        if (simulated_ring(ring.c_str(), 128) == nullptr)
            continue;
        const Simulated run(config_of(ring.c_str(), "lockstep"));
        printf("# %s: %.3f misses a message, published %.2f\n", ring.c_str(), run.misses(), misses);
        EXPECT_NEAR(run.misses(), misses, 0.15 * misses) << ring;
        checked++;
    }
    EXPECT_GE(checked, 2u);
}

TEST(Published, OrderIsReproduced)
{
    for (const auto &[more, many] : published)
        for (const auto &[fewer, few] : published) {
            if (many < few * 1.15 || !simulated_ring(more.c_str(), 128) ||
                !simulated_ring(fewer.c_str(), 128))
                continue;
            EXPECT_GT(Simulated(config_of(more.c_str(), "lockstep")).misses(),
                      Simulated(config_of(fewer.c_str(), "lockstep")).misses())
                << more << " against " << fewer;
        }
}

/* Misses a message over a steady backlog of b messages, k of them a line: the two indices, and
 * slots, which bounce while both sides are in one line.  The producer fetches the consumer's index
 * once in capacity - b messages, the consumer the producer's once in b + 1. */
double slots_form(double k, double b)
{
    return 2 * std::fmax(1, k - b) / k;
}

double expected_misses(const std::string &ring, double k, double b, double capacity)
{
    const double index = ring == "padded" ? 4 : 2 / (b + 1) + 2 / (capacity - b);
    return index + slots_form(k, b);
}

TEST(ClosedForm, FitsEveryPointOfAGrid)
{
    double worst = 0;
    std::string where;
    size_t points = 0;
    for (const char *ring : {"padded", "cached"})
        for (size_t capacity : {64u, 256u, 1024u})
            for (size_t k : {1u, 2u, 4u, 8u})
                for (size_t b : {0u, 1u, 2u, 3u, 5u, 8u, 16u, 32u, 48u}) {
                    struct simulate_config c = config_of(
                        ring, b == 0 ? "lockstep" : ("backlog:" + std::to_string(b)).c_str());
                    c.capacity = capacity;
                    c.msg_bytes = 64 / k;
                    c.messages = 64 * capacity;
                    const double off =
                        std::fabs(Simulated(c).misses() -
                                  expected_misses(ring, (double)k, (double)b, (double)capacity));
                    points++;
                    if (off >= worst) {
                        worst = off;
                        where = std::string(ring) + ", capacity " + std::to_string(capacity) +
                                ", " + std::to_string(k) + " a line, backlog " + std::to_string(b);
                    }
                }
    printf("# %zu points, the largest deviation %.5f misses a message (%s)\n", points, worst,
           where.c_str());
    EXPECT_GE(points, 100u);
    EXPECT_LT(worst, 0.002) << where;
}

/* ---- the same, every time ------------------------------------------------------------------- */

std::string trace_of(const struct simulate_config &c)
{
    const Simulated run(c);
    std::string text = std::to_string(run.result.total.messages);
    for (size_t e = 0; e < run.result.edges; e++)
        for (const auto &events : run.result.edge[e].traffic.event)
            for (uint64_t count : events)
                text += "," + std::to_string(count);
    for (uint64_t misses : run.result.total.misses_at)
        text += "," + std::to_string(misses);
    return text;
}

TEST(Repeat, SameSeedSameCounts)
{
    for (const std::string &ring : moving_rings()) {
        struct simulate_config c = config_of(ring.c_str(), "random");
        const std::string first = trace_of(c);
        for (int i = 0; i < 9; i++)
            EXPECT_EQ(trace_of(c), first) << ring;
        c.seed = 2;
        EXPECT_NE(trace_of(c), first) << ring << ": the seed does nothing";
    }
}

TEST(Coroutines, BothWaysOfSwitchingCountAlike)
{
    if (coroutine_ucontext == nullptr)
        GTEST_SKIP() << "this libc has no ucontext";
    for (const std::string &ring : moving_rings())
        for (enum shape shape : {SHAPE_CHAIN, SHAPE_DIAMOND}) {
            struct simulate_config c = config_of(ring.c_str(), "random:40");
            c.messages = 300;
            c.capacity = 64;
            c.shape = shape;
            c.agents = shape == SHAPE_CHAIN ? 2 : 4;
            c.way = coroutine_ucontext;
            const std::string by_ucontext = trace_of(c);
            c.way = &coroutine_threads;
            EXPECT_EQ(trace_of(c), by_ucontext) << ring;
        }
}

void visit(struct coroutines *set, void *user, size_t index)
{
    auto *trace = static_cast<std::pair<const struct coroutine_way *, std::string> *>(user);
    for (size_t step = 0; step < 2; step++) {
        trace->second += (char)('a' + index);
        trace->first->hand_over(set, (index + 1) % 3);
    }
    trace->second += (char)('A' + index);
}

TEST(Coroutines, OneRunsAtATimeAndWhoReturnsMakesWay)
{
    for (const struct coroutine_way *way : {coroutine_ucontext, &coroutine_threads}) {
        if (way == nullptr)
            continue;
        std::pair<const struct coroutine_way *, std::string> trace = {way, ""};
        ASSERT_EQ(way->run(3, visit, &trace), 0);
        EXPECT_EQ(trace.second, "abcabcABC") << way->name;
    }
}

/* ---- every ring ----------------------------------------------------------------------------- */

class EveryRing : public testing::TestWithParam<std::string>
{
};

TEST_P(EveryRing, DeliversUnderEverySchedule)
{
    for (unsigned separation : {64u, 128u, 256u})
        for (const char *schedule : {"lockstep", "backlog:7", "burst:16", "random", "random:90"})
            for (size_t batch : {1u, 5u, 16u}) {
                struct simulate_config c = config_of(GetParam().c_str(), schedule, separation);
                c.batch = batch;
                c.capacity = 32;
                c.msg_bytes = 24;
                c.messages = 500;
                const Simulated run(c);
                EXPECT_GE(run.result.total.messages, 500u);
                EXPECT_GT(run.misses(), 0);
                EXPECT_EQ(run.per_msg(EVENT_MEMORY_READ), 0) << "not warm: " << schedule;
                if (simulated_ring(GetParam().c_str(), separation)->caps & RS_ZERO_COPY) {
                    c.span = true;
                    EXPECT_GT(Simulated(c).misses(), 0);
                }
            }
}

TEST_P(EveryRing, ConsecutiveThreadsOfOneCoreMoveNothing)
{
    struct simulate_config c = config_of(GetParam().c_str(), "random");
    c.place[1] = c.place[0];
    EXPECT_EQ(Simulated(c).misses(), 0);
}

INSTANTIATE_TEST_SUITE_P(Rings, EveryRing, testing::ValuesIn(moving_rings()),
                         [](const auto &ring) { return ring.param; });

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

/* What a pair prefetcher does to 64 bytes of separation, and that 128 are enough for it. */
TEST(Pairs, SixtyFourBytesApartIsFalseSharingWherePairsMove)
{
    struct simulate_config near = config_of("cached", "backlog:64", 64);
    struct simulate_config apart = config_of("cached", "backlog:64", 128);
    EXPECT_LT(Simulated(near).misses(), 0.3);
    near.granule = apart.granule = 128;
    const Simulated paired(near), separate(apart);
    printf("# cached, pairs of lines, backlog 64: %.3f misses a message at separation 64, %.3f at "
           "128\n",
           paired.misses(), separate.misses());
    EXPECT_GT(paired.misses(), 2);
    EXPECT_LT(separate.misses(), 0.3);
}

/* ---- graphs ---------------------------------------------------------------------------------- */

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

/* ---- refusals -------------------------------------------------------------------------------- */

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
