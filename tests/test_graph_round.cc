/* SPDX-License-Identifier: MIT */
/*
 * Shows that one round of the graph kernel moves every message through every topology, ring, size
 * and way of waiting and reports what a record must hold; that a lost, damaged or misplaced
 * message fails it; and that what cannot run is refused in words.  Rounds are short and no figure
 * is compared: other work may share the cpus.
 */
#include "measure/round.h"

#include "kernels/graph_nodes.h"
#include "kernels/message.h"
#include "rings/ring.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

extern "C" {
#include "measure/graph_round.h"
}

namespace
{

using Levels = std::vector<std::pair<enum factor, std::string>>;

class GraphRound : public testing::Test
{
  protected:
    void SetUp() override
    {
        ASSERT_EQ(topology_load(&topology), 0);
    }
    void TearDown() override
    {
        json_decref(result);
        topology_free(&topology);
    }
    struct cell cell_of(const Levels &levels)
    {
        Levels all = {
            {FACTOR_kernel, "graph"}, {FACTOR_seconds, "0.002"}, {FACTOR_warmup, "0.001"}};
        struct cell c = cell_default();
        char why[512];
        if (topology.n_cpus < 2)
            all.push_back({FACTOR_placement, "same"});
        all.insert(all.end(), levels.begin(), levels.end());
        for (const auto &level : all)
            EXPECT_EQ(factor_parse(level.first, level.second.c_str(), &c.value[level.first], why,
                                   sizeof why),
                      0)
                << why;
        cell_normalise(&c);
        return c;
    }
    std::string refusal(const Levels &levels)
    {
        struct cell c = cell_of(levels);
        char why[512] = "";
        return cell_refusal(&c, &topology, why, sizeof why) ? why : "";
    }
    /* On a thread of its own, as rounds pin the caller. */
    void run(const Levels &levels)
    {
        struct cell c = cell_of(levels);
        char text[1024];
        cell_format(&c, true, text, sizeof text);
        trace = text;
        ASSERT_FALSE(cell_refusal(&c, &topology, reason, sizeof reason)) << reason;
        ASSERT_TRUE(cell_place(&c, &topology));
        json_decref(result);
        std::thread([&] { result = round_run(&c, reason, sizeof reason); }).join();
        ASSERT_NE(result, nullptr) << trace << ": " << reason;
    }
    double metric(const char *name)
    {
        return json_number_value(json_object_get(json_object_get(result, "metrics"), name));
    }
    void expect_good(const Levels &levels)
    {
        ASSERT_NO_FATAL_FAILURE(run(levels));
        EXPECT_STREQ(json_string_value(json_object_get(result, "status")), "ok") << trace;
        EXPECT_TRUE(json_is_null(json_object_get(result, "reason"))) << trace;
        EXPECT_GT(metric("ns_per_msg"), 0) << trace;
        EXPECT_GT(metric("messages"), 0) << trace;
        EXPECT_GT(metric("timed_ns"), 0) << trace;
        EXPECT_GE(metric("workers"), 1) << trace;
        EXPECT_GE(metric("hops"), 1) << trace;
        EXPECT_NEAR(metric("ns_per_hop") * metric("hops"), metric("ns_per_msg"),
                    1e-6 * metric("ns_per_msg"));
        for (const char *side : {"producer", "consumer"})
            EXPECT_TRUE(json_is_object(json_object_get(json_object_get(result, "evidence"), side)))
                << trace;
        EXPECT_TRUE(json_is_array(json_object_get(result, "disturbed")));
    }
    struct topology topology = {};
    json_t *result = nullptr;
    char reason[512] = "";
    std::string trace;
};

TEST_F(GraphRound, EveryRingWithAndWithoutBatches)
{
    for (size_t i = 0; i < rs_ring_table_count; i++) {
        if (rs_ring_table[i].ops->caps & (RS_NO_TRANSFER | RS_NONZERO_ONLY))
            continue;
        for (const char *batch : {"1", "7", "64"})
            expect_good({{FACTOR_ring, rs_ring_table[i].name},
                         {FACTOR_batch, batch},
                         {FACTOR_wait, "park"}});
    }
}

TEST_F(GraphRound, EveryTopologyHowManyStages)
{
    const struct {
        const char *topology, *stages;
        double hops;
    } list[] = {{"chain", "2", 1},  {"chain", "3", 2},     {"chain", "64", 63},
                {"fan-in", "3", 1}, {"broadcast", "3", 1}, {"broadcast", "9", 1},
                {"fan-in", "9", 1}, {"diamond", "4", 2},   {"diamond", "9", 2}};
    for (const auto &l : list) {
        expect_good({{FACTOR_topology, l.topology}, {FACTOR_stages, l.stages}});
        EXPECT_EQ(metric("hops"), l.hops) << trace;
    }
}

TEST_F(GraphRound, EverySizeAndAlignment)
{
    for (const char *size : {"8", "9", "16", "32", "56", "64", "128", "256", "1000"})
        for (const char *align : {"1", "64"})
            expect_good({{FACTOR_msg_bytes, size},
                         {FACTOR_msg_align, align},
                         {FACTOR_batch, "8"},
                         {FACTOR_stages, "3"}});
}

TEST_F(GraphRound, EveryWayToWaitAndToFuse)
{
    for (int64_t wait = 0; wait_name(wait) != nullptr; wait++)
        for (int64_t fuse = 0; fuse_name(fuse) != nullptr; fuse++)
            for (const char *stages : {"2", "5"})
                expect_good({{FACTOR_wait, wait_name(wait)},
                             {FACTOR_fuse, fuse_name(fuse)},
                             {FACTOR_batch, "16"},
                             {FACTOR_stages, stages}});
    expect_good({{FACTOR_fuse, "all"}, {FACTOR_stages, "5"}});
    EXPECT_EQ(metric("workers"), 1);
    expect_good({{FACTOR_fuse, "none"}, {FACTOR_stages, "5"}});
    EXPECT_EQ(metric("workers"), 5);
}

TEST_F(GraphRound, EveryPlacement)
{
    for (const char *place : {"same", "any"})
        for (const char *stages : {"2", "3"})
            expect_good({{FACTOR_placement, place}, {FACTOR_stages, stages}});
}

TEST_F(GraphRound, OneSlotAndOneMessage)
{
    expect_good({{FACTOR_capacity, "1"}, {FACTOR_ring, "cached"}});
    for (const char *messages : {"1", "2", "63", "64", "65", "1000"})
        expect_good({{FACTOR_messages, messages}, {FACTOR_batch, "8"}});
}

TEST_F(GraphRound, BusyMapsTakeTheTime)
{
    expect_good({{FACTOR_stages, "3"}, {FACTOR_work_ns, "2000"}});
    EXPECT_GT(metric("ns_per_msg"), 500);
}

TEST_F(GraphRound, NodesReportToAFileAndIntoTheResult)
{
    const std::string path = testing::TempDir() + "/nodes_of_test_graph_round.jsonl";
    std::remove(path.c_str());
    setenv("RINGSIDE_NODE_METRICS", path.c_str(), 1);
    setenv("RINGSIDE_NODE_SNAPSHOT", "1", 1);
    expect_good({{FACTOR_stages, "3"}});
    unsetenv("RINGSIDE_NODE_METRICS");
    unsetenv("RINGSIDE_NODE_SNAPSHOT");
    const json_t *nodes = json_object_get(json_object_get(result, "metrics"), "nodes");
    EXPECT_EQ(json_array_size(nodes), 3u);
    std::ifstream file(path);
    size_t lines = 0;
    for (std::string line; std::getline(file, line); lines++) {
        json_t *j = json_loads(line.c_str(), 0, nullptr);
        ASSERT_NE(j, nullptr) << line;
        EXPECT_EQ(std::string(json_string_value(json_object_get(j, "graph"))).size(), 16u);
        EXPECT_TRUE(json_is_string(json_object_get(j, "node")));
        json_decref(j);
    }
    EXPECT_GE(lines, 3u);
    std::remove(path.c_str());
}

TEST_F(GraphRound, WhatCannotRunIsRefusedInWords)
{
    const struct {
        Levels levels;
        const char *says;
    } list[] = {
        {{{FACTOR_ring, "null"}}, "moves nothing"},
        {{{FACTOR_ring, "bqueue"}}, "first word is 0"},
        {{{FACTOR_batch, "64"}, {FACTOR_capacity, "32"}}, "larger than capacity"},
        {{{FACTOR_topology, "fan-in"}}, "stages = 3 at least"},
        {{{FACTOR_topology, "broadcast"}}, "stages = 3 at least"},
        {{{FACTOR_topology, "diamond"}, {FACTOR_stages, "3"}}, "stages = 4 at least"},
        {{{FACTOR_work_ns, "10"}}, "has none"},
        {{{FACTOR_engine, "tbb-flow"}, {FACTOR_topology, "diamond"}, {FACTOR_stages, "4"}},
         "chain only"},
        {{{FACTOR_engine, "crossbeam"}, {FACTOR_msg_bytes, "24"}}, "8, 16, 32"},
        {{{FACTOR_engine, "crossbeam"}}, "make peers"},
        {{{FACTOR_stages, "4096"}, {FACTOR_capacity, "1048576"}, {FACTOR_msg_bytes, "64"}}, "MiB"},
    };
    for (const auto &l : list)
        EXPECT_NE(refusal(l.levels).find(l.says), std::string::npos)
            << l.says << " / " << refusal(l.levels);
    EXPECT_EQ(refusal({}), "");
}

/* A graph with a map that does to the stream what `harm` says. */
enum Harm { NOTHING, FLIP_A_BIT, LOSE_ONE, SWAP_TWO };

struct Vandal {
    Harm harm;
    uint64_t seen;
    unsigned char kept[8];
};

int vandal_process(rs_node *node, const void *in, void *out)
{
    Vandal *v = static_cast<Vandal *>(rs_node_state(node));
    const uint64_t number = v->seen++;
    memcpy(out, in, 8);
    if (number == 500 && v->harm == FLIP_A_BIT)
        static_cast<unsigned char *>(out)[0] ^= 1;
    if (number == 500 && v->harm == LOSE_ONE)
        return 0;
    if (v->harm == SWAP_TWO && (number == 500 || number == 501)) {
        uint64_t other = message_word(number ^ 1);
        memcpy(out, &other, 8);
    }
    return 1;
}

bool sink_is_content(Harm harm, enum graph_order order)
{
    static const rs_port in = {"in", nullptr, 8, 0, 0, 0}, out = {"out", nullptr, 8, 0, 0, 0};
    static rs_node_ops vandal = {};
    vandal.abi = RS_GRAPH_ABI;
    vandal.kind = "test.vandal";
    vandal.in = &in;
    vandal.out = &out;
    vandal.n_in = vandal.n_out = 1;
    vandal.state_bytes = sizeof(Vandal);
    vandal.process = vandal_process;
    const rs_param item = {"msg_bytes", "8"};
    const rs_params params = {&item, 1};
    rs_graph_options options = {};
    options.report_s = -1;
    rs_graph *g = rs_graph_new(&options);
    rs_node *a = rs_graph_add(g, graph_source_ops(8), "a", &params, nullptr);
    rs_node *b = rs_graph_add(g, &vandal, "b", nullptr, nullptr);
    rs_node *c = rs_graph_add(g, graph_sink_ops(8), "c", &params, nullptr);
    EXPECT_TRUE(a && b && c) << rs_graph_error(g);
    if (!a || !b || !c)
        return false;
    auto *source = static_cast<struct graph_node *>(rs_node_state(a));
    auto *sink = static_cast<struct graph_node *>(rs_node_state(c));
    source->messages = sink->messages = 1000;
    static_cast<Vandal *>(rs_node_state(b))->harm = harm;
    sink->order = order;
    sink->sources = order == ORDER_SOURCES ? 1 : 0;
    EXPECT_EQ(rs_graph_connect(g, a, "out", b, "in", nullptr), 0) << rs_graph_error(g);
    EXPECT_EQ(rs_graph_connect(g, b, "out", c, "in", nullptr), 0) << rs_graph_error(g);
    EXPECT_EQ(rs_graph_run(g), 0) << rs_graph_error(g);
    const bool content = sink->done == 1000 && sink->wrong == 0 &&
                         (order != ORDER_NONE || sink->sum == 1000u * 999 / 2);
    rs_graph_free(g);
    return content;
}

/* Each way of waiting: every message counts, and the 99th in a hundred is no earlier than the 50th.
 */
TEST_F(GraphRound, AWakeUpIsTimedUnderEveryWait)
{
    for (const char *wait : {"auto", "pause", "yield", "park", "sleep"}) {
        run({{FACTOR_kernel, "wake"}, {FACTOR_wait, wait}, {FACTOR_seconds, "0.02"}});
        EXPECT_STREQ(json_string_value(json_object_get(result, "status")), "ok") << wait;
        EXPECT_EQ(metric("messages"), 11) << wait;
        EXPECT_GT(metric("wake_p50_ns"), 0) << wait;
        EXPECT_GE(metric("wake_p99_ns"), metric("wake_p50_ns")) << wait;
    }
}

TEST(GraphSink, SeesAFlippedBitALossAndAnotherOrder)
{
    for (enum graph_order order : {ORDER_ONE, ORDER_SOURCES, ORDER_NONE}) {
        EXPECT_TRUE(sink_is_content(NOTHING, order)) << order;
        EXPECT_FALSE(sink_is_content(FLIP_A_BIT, order)) << order;
        EXPECT_FALSE(sink_is_content(LOSE_ONE, order)) << order;
        EXPECT_EQ(sink_is_content(SWAP_TWO, order), order == ORDER_NONE) << order;
    }
}

} // namespace
