/* SPDX-License-Identifier: MIT */
/*
 * Shows that one round of every ring, kernel, mode, size and placement moves every message whole
 * and in order and reports what a record must hold, and that a round in which one did not says so.
 * Rounds are short and no figure is compared: other work may share the cpus.
 */
#include "measure/round.h"

#include "rings/ring.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <thread>
#include <utility>
#include <vector>

extern "C" {
#include "kernels/kernel.h"
#include "kernels/message.h"
#include "measure/passes.h"
}

namespace
{

using Levels = std::vector<std::pair<enum factor, std::string>>;

class Round : public testing::Test
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
    /* A short round on two cpus; where there is one, on it, and each side lets the other run. */
    struct cell cell_of(const Levels &levels)
    {
        Levels all = {{FACTOR_seconds, "0.002"}, {FACTOR_warmup, "0.001"}};
        struct cell c = cell_default();
        char why[512];
        if (topology.n_cpus < 2)
            all.insert(all.end(), {{FACTOR_placement, "same"}, {FACTOR_poll, "yield"}});
        all.insert(all.end(), levels.begin(), levels.end());
        for (const auto &level : all)
            EXPECT_EQ(factor_parse(level.first, level.second.c_str(), &c.value[level.first], why,
                                   sizeof why),
                      0)
                << why;
        cell_normalise(&c);
        return c;
    }
    /* In a thread of its own, as a round pins the thread that runs it. */
    json_t *run_placed(const struct cell &c)
    {
        json_decref(result);
        result = nullptr;
        std::thread([&] { result = round_run(&c, reason, sizeof reason); }).join();
        return result;
    }
    void expect_good(const Levels &levels)
    {
        struct cell c = cell_of(levels);
        char text[1024];
        cell_format(&c, true, text, sizeof text);
        SCOPED_TRACE(text);
        ASSERT_FALSE(cell_refusal(&c, &topology, reason, sizeof reason)) << reason;
        ASSERT_TRUE(cell_place(&c, &topology));
        ASSERT_NE(run_placed(c), nullptr) << reason;
        EXPECT_STREQ(json_string_value(json_object_get(result, "status")), "ok");
        EXPECT_TRUE(json_is_null(json_object_get(result, "reason")));
        EXPECT_TRUE(json_is_array(json_object_get(result, "disturbed")));
        expect_metrics(c);
        expect_evidence(c);
    }
    double metric(const char *name) const
    {
        return json_number_value(json_object_get(json_object_get(result, "metrics"), name));
    }
    void expect_metrics(const struct cell &c)
    {
        const struct kernel_info &kernel = kernel_table[c.value[FACTOR_kernel]];
        EXPECT_GT(metric(kernel.metric), 0);
        EXPECT_GT(metric("messages"), 0);
        EXPECT_NEAR(metric(kernel.metric) * metric("messages"), metric("timed_ns"),
                    1e-6 * metric("timed_ns"));
        EXPECT_GE(metric("warmup_ns"), 1e6) << "as long as asked for";
        if (c.value[FACTOR_messages] <= 0) {
            EXPECT_GE(metric("timed_ns"), 1e6) << "half as long as asked for, or run again";
        }
        if ((kernel.uses & USES_RING) == 0)
            return;
        EXPECT_GT(metric("ring_bytes"), 0);
        EXPECT_GE(metric("fill_mean_slots"), 0);
        if (c.value[FACTOR_sizes] != SIZES_MIXED) { /* smaller records: more of them */
            EXPECT_LE(metric("fill_mean_slots"), static_cast<double>(c.value[FACTOR_capacity]));
        }
        for (const char *name : {"full_hits", "full_polls", "empty_hits", "empty_polls"})
            EXPECT_GE(metric(name), 0) << name;
        EXPECT_GE(metric("full_polls"), metric("full_hits"));
        if (c.value[FACTOR_kernel] != KERNEL_pingpong)
            return;
        EXPECT_GT(metric("rtt_p50_ns"), 0);
        EXPECT_LE(metric("rtt_p50_ns"), metric("rtt_p99_ns"));
        EXPECT_LE(metric("rtt_p999_ns"), metric("rtt_max_ns"));
    }
    void expect_evidence(const struct cell &c)
    {
        static const char *const members[] = {
            "involuntary_switches", "voluntary_switches", "run_ns",     "wait_ns",
            "migrations",           "steal_ticks",        "gap_max_ns", "late_ns",
            "cpu_requested",        "cpu_granted"};
        const int64_t place = c.value[FACTOR_placement];
        const json_t *evidence = json_object_get(result, "evidence");
        for (int side = 0; side < 2; side++) {
            const json_t *e = json_object_get(evidence, side == 0 ? "producer" : "consumer");
            ASSERT_TRUE(json_is_object(e));
            for (const char *name : members) {
                const json_t *value = json_object_get(e, name);
                EXPECT_TRUE(json_is_integer(value) || json_is_null(value)) << name;
            }
            const int64_t asked = place == PLACE_ANY ? -1
                                  : side == 0        ? place / PLACE_CPUS
                                                     : place % PLACE_CPUS;
            EXPECT_EQ(json_integer_value(json_object_get(e, "cpu_requested")), asked);
            if (asked >= 0) {
                EXPECT_EQ(json_integer_value(json_object_get(e, "cpu_granted")), asked);
            }
        }
        /* Of a pass in which side 1 has nothing to do, its blocks tell nothing. */
        const json_t *blocks = json_object_get(evidence, "block_max_over_median");
        const int64_t kernel = c.value[FACTOR_kernel];
        if (kernel == KERNEL_memcpy || kernel == KERNEL_timer)
            EXPECT_TRUE(json_is_null(blocks));
        else
            EXPECT_GE(json_number_value(blocks), 1);
    }
    struct topology topology = {};
    json_t *result = nullptr;
    char reason[512] = "";
};

class EachRing : public Round, public testing::WithParamInterface<size_t>
{
  protected:
    std::string name() const
    {
        return rs_ring_table[GetParam()].name;
    }
    bool can(unsigned cap) const
    {
        return (rs_ring_table[GetParam()].ops->caps & cap) != 0;
    }
    /* Every mode of the stream kernel that the ring has. */
    std::vector<Levels> modes() const
    {
        std::vector<Levels> list = {{{FACTOR_ring, name()}},
                                    {{FACTOR_ring, name()}, {FACTOR_batch, "7"}}};
        if (can(RS_ZERO_COPY)) {
            list.push_back({{FACTOR_ring, name()}, {FACTOR_api, "span"}});
            list.push_back({{FACTOR_ring, name()}, {FACTOR_api, "span"}, {FACTOR_batch, "7"}});
        }
        if (can(RS_VARLEN))
            list.push_back({{FACTOR_ring, name()}, {FACTOR_sizes, "mixed"}});
        return list;
    }
    /* With the slots that the ring takes, where those asked for would not fill its pages. */
    void expect_good(Levels levels)
    {
        const unsigned caps = rs_ring_table[GetParam()].ops->caps;
        const struct cell c = cell_of(levels);
        rs_config cfg{};
        cfg.capacity = static_cast<size_t>(c.value[FACTOR_capacity]);
        cfg.msg_bytes = static_cast<size_t>(c.value[FACTOR_msg_bytes]);
        cfg.msg_align = static_cast<size_t>(c.value[FACTOR_msg_align]);
        if (rs_config_refusal(&cfg, caps) != nullptr)
            levels.push_back(
                {FACTOR_msg_align, std::to_string(rs_config_fit(&cfg, caps).msg_align)});
        Round::expect_good(levels);
    }
    void expect_good_with(const Levels &mode, const Levels &more)
    {
        Levels all = mode;
        all.insert(all.end(), more.begin(), more.end());
        expect_good(all);
    }
};

TEST_P(EachRing, EveryKernelAtEverySeparation)
{
    for (const char *separation : {"64", "128", "256"})
        for (const char *kernel : {"stream", "pingpong"})
            expect_good(
                {{FACTOR_ring, name()}, {FACTOR_kernel, kernel}, {FACTOR_separation, separation}});
}

/* Which separations a build has is the Makefile's choice, and 128 is among them. */
TEST(Separations, WhatIsNotBuiltIsRefusedAndWhatIsIsNamed)
{
    char why[256] = "";
    EXPECT_FALSE(kernels_separation_refusal(128, why, sizeof why)) << why;
    EXPECT_STREQ(why, "");
    EXPECT_TRUE(kernels_separation_refusal(512, why, sizeof why));
    EXPECT_NE(std::string(why).find("without separation = 512, and has"), std::string::npos) << why;
    EXPECT_NE(std::string(why).find(" 128"), std::string::npos) << why;
    for (int64_t separation : {64, 128, 256})
        EXPECT_EQ(kernels_separation_refusal(separation, why, sizeof why),
                  kernels_find("cached", separation) == nullptr)
            << separation;
}

TEST_P(EachRing, EveryModeAndSize)
{
    for (const Levels &mode : modes())
        for (const char *size : {"8", "9", "12", "16", "32", "63", "64", "128", "256", "1000"})
            expect_good_with(mode, {{FACTOR_msg_bytes, size}});
    for (const char *size : {"9", "12", "63", "1000"})
        expect_good({{FACTOR_ring, name()}, {FACTOR_kernel, "pingpong"}, {FACTOR_msg_bytes, size}});
}

TEST_P(EachRing, EveryModeAndAlignment)
{
    for (const Levels &mode : modes())
        for (const char *align : {"64", "4096"})
            for (const char *size : {"8", "63", "100"})
                expect_good_with(
                    mode,
                    {{FACTOR_msg_align, align}, {FACTOR_msg_bytes, size}, {FACTOR_capacity, "16"}});
}

/* Sizes that are constants of their loops, at every way slots can lie. */
TEST_P(EachRing, LargeMessages)
{
    std::vector<Levels> all = modes();
    all.push_back({{FACTOR_ring, name()}, {FACTOR_kernel, "pingpong"}});
    for (const Levels &mode : all)
        for (const char *size : {"256", "1024", "4096"})
            for (const char *align : {"1", "64", "4096"})
                expect_good_with(
                    mode,
                    {{FACTOR_msg_bytes, size}, {FACTOR_msg_align, align}, {FACTOR_capacity, "16"}});
}

TEST_P(EachRing, WhatOnlySomeRingsHeed)
{
    for (const char *kernel : {"stream", "pingpong"})
        for (const char *defer : {"1", "7", "512"})
            expect_good({{FACTOR_ring, name()}, {FACTOR_kernel, kernel}, {FACTOR_defer, defer}});
    for (const Levels &mode : modes())
        for (const char *lines : {"1", "64"})
            expect_good_with(mode, {{FACTOR_prefetch_write, lines}, {FACTOR_prefetch_read, lines}});
    for (const Levels &mode : modes())
        for (const char *size : {"1024", "1027", "4096"})
            if (RS_STREAMS_HERE)
                expect_good_with(
                    mode,
                    {{FACTOR_copy, "stream"}, {FACTOR_msg_bytes, size}, {FACTOR_capacity, "16"}});
}

TEST_P(EachRing, TheSmallestRings)
{
    for (const char *capacity : {"1", "2"})
        for (const char *kernel : {"stream", "pingpong"})
            expect_good({{FACTOR_ring, name()},
                         {FACTOR_kernel, kernel},
                         {FACTOR_capacity, capacity},
                         {FACTOR_poll, "yield"}});
    expect_good({{FACTOR_ring, name()},
                 {FACTOR_batch, "2"},
                 {FACTOR_capacity, "2"},
                 {FACTOR_poll, "yield"}});
}

TEST_P(EachRing, EveryPlacementAndPoll)
{
    for (const char *place : {"same", "any"})
        for (const char *kernel : {"stream", "pingpong"})
            expect_good({{FACTOR_ring, name()},
                         {FACTOR_kernel, kernel},
                         {FACTOR_placement, place},
                         {FACTOR_poll, "yield"}});
    for (int64_t poll = 0; poll_name(poll) != nullptr; poll++)
        expect_good({{FACTOR_ring, name()}, {FACTOR_poll, poll_name(poll)}});
}

INSTANTIATE_TEST_SUITE_P(Rings, EachRing, testing::Range(size_t(0), rs_ring_table_count),
                         [](const testing::TestParamInfo<size_t> &at) {
                             return std::string(rs_ring_table[at.param].name);
                         });

TEST_F(Round, EveryBound)
{
    for (int k = 0; k < KERNELS; k++)
        if (bound_find(static_cast<enum kernel>(k)) != nullptr)
            expect_good({{FACTOR_kernel, kernel_table[k].name}});
    expect_good({{FACTOR_kernel, "line-stream"}});
    const json_t *metrics = json_object_get(result, "metrics");
    const json_t *tried = json_object_get(metrics, "settings_ns");
    EXPECT_EQ(json_object_size(tried), bound_find(KERNEL_line_stream)->settings);
    const char *chosen = json_string_value(json_object_get(metrics, "setting"));
    ASSERT_NE(chosen, nullptr);
    const char *setting;
    json_t *ns;
    json_object_foreach(const_cast<json_t *>(tried), setting, ns)
            EXPECT_GE(json_number_value(ns), json_number_value(json_object_get(tried, chosen)))
        << "the best of its settings";
}

TEST_F(Round, RefusesInWordsWhatARingCannotHoldBackOrFetch)
{
    const std::pair<Levels, const char *> refused[] = {
        {{{FACTOR_ring, "lazy"}, {FACTOR_defer, "513"}}, "defer is more than half"},
        {{{FACTOR_ring, "iffq"}, {FACTOR_prefetch_write, "65"}},
         "prefetch is more lines than half"},
        {{{FACTOR_ring, "chunked"}, {FACTOR_api, "span"}, {FACTOR_prefetch_read, "65"}},
         "prefetch is more lines than half"}};
    for (const auto &each : refused) {
        struct cell c = cell_of(each.first);
        EXPECT_TRUE(cell_refusal(&c, &topology, reason, sizeof reason));
        EXPECT_NE(std::string(reason).find(each.second), std::string::npos) << reason;
    }
    struct cell c = cell_of({{FACTOR_msg_bytes, "4096"}, {FACTOR_copy, "stream"}});
    EXPECT_EQ(cell_refusal(&c, &topology, reason, sizeof reason), !RS_STREAMS_HERE) << reason;
}

TEST_F(Round, RunsAsManyMessagesAsAskedFor)
{
    for (const char *messages : {"1", "63", "64", "65", "100000"}) {
        expect_good({{FACTOR_messages, messages}, {FACTOR_batch, "32"}});
        EXPECT_EQ(metric("messages"), std::stod(messages));
    }
}

/* Two spinning threads on one cpu change places once a time slice: the round must still end. */
TEST_F(Round, SpinningOnOneCpuEnds)
{
    for (const char *kernel : {"pingpong", "line-pingpong"})
        expect_good({{FACTOR_kernel, kernel}, {FACTOR_placement, "same"}, {FACTOR_poll, "spin"}});
    EXPECT_LT(metric("timed_ns") + metric("warmup_ns"), 8e9) << "well within a plan's limit";
}

/* Nothing is left open or closed that was not: descriptor 0 belongs to the caller. */
TEST_F(Round, OnACpuThatIsNotThereSaysSo)
{
    struct cell c = cell_of({});
    const int input = fcntl(0, F_GETFD);
    c.value[FACTOR_placement] = PLACE(60000, 60001);
    EXPECT_EQ(run_placed(c), nullptr);
    EXPECT_NE(std::string(reason).find("cannot set up the round"), std::string::npos) << reason;
    EXPECT_EQ(fcntl(0, F_GETFD), input);
}

TEST(Result, ADamagedMessageFailsTheRound)
{
    alignas(256) static struct run run;
    for (size_t ring = 0; ring < rs_ring_table_count; ring++)
        for (int side = 0; side < 2; side++) {
            const bool moves = (rs_ring_table[ring].ops->caps & RS_NO_TRANSFER) == 0;
            run = {};
            run.cell = cell_default();
            run.cell.value[FACTOR_ring] = static_cast<int64_t>(ring);
            run.timed_ns = run.timed_messages = 1000;
            run.side[side].mismatches = 4;
            json_t *j = passes_json(&run);
            EXPECT_STREQ(json_string_value(json_object_get(j, "status")), moves ? "failed" : "ok");
            EXPECT_EQ(json_is_null(json_object_get(j, "metrics")), moves);
            EXPECT_EQ(json_is_string(json_object_get(j, "reason")), moves);
            json_decref(j);
        }
}

TEST(Message, EveryDamagedBitIsSeen)
{
    for (size_t size = 8; size <= 72; size++)
        for (uint64_t seq : {UINT64_C(0), UINT64_C(1), UINT64_C(0x0123456789abcdef), UINT64_MAX}) {
            std::vector<unsigned char> m(size + 1, 0xa5);
            unsigned char *at = m.data() + seq % 2; /* aligned and not */
            message_fill(at, seq, size);
            ASSERT_EQ(message_check(at, seq, size), 0u) << size;
            EXPECT_EQ(m[seq % 2 ? 0 : size], 0xa5) << "nothing is written beside it";
            for (size_t bit = 0; bit < 8 * size; bit++) {
                at[bit / 8] ^= static_cast<unsigned char>(1u << bit % 8);
                ASSERT_NE(message_check(at, seq, size), 0u) << size << ", bit " << bit;
                at[bit / 8] ^= static_cast<unsigned char>(1u << bit % 8);
            }
        }
}

/* Records under 8 bytes are all number; of those above, message_check sees to every bit. */
TEST(Record, EveryDamagedBitIsSeen)
{
    for (size_t size = 0; size <= 40; size++)
        for (uint64_t seq : {UINT64_C(0), UINT64_C(1), UINT64_C(0x0123456789abcdef)}) {
            std::vector<unsigned char> m(size + 1, 0xa5);
            message_fill(m.data(), seq, size);
            ASSERT_EQ(record_check(m.data(), seq, size), 0u) << size;
            EXPECT_EQ(m[size], 0xa5) << "nothing is written beside it";
            for (size_t bit = 0; bit < 8 * size; bit++) {
                m[bit / 8] ^= static_cast<unsigned char>(1u << bit % 8);
                ASSERT_NE(record_check(m.data(), seq, size), 0u) << size << ", bit " << bit;
                m[bit / 8] ^= static_cast<unsigned char>(1u << bit % 8);
            }
        }
}

TEST(Record, SizesComeAllAlikeOften)
{
    std::vector<int> times(65);
    for (uint64_t seq = 0; seq < 65000; seq++) {
        ASSERT_LE(record_bytes(seq, 64), 64u);
        times[record_bytes(seq, 64)]++;
    }
    for (int n : times)
        EXPECT_NEAR(n, 1000, 200);
    EXPECT_EQ(record_bytes(12345, 0), 0u);
    EXPECT_LE(record_bytes(UINT64_MAX, 1 << 20), size_t(1) << 20);
}

/* What cannot carry records says so, and what to do instead. */
TEST_F(Round, MixedSizesAreRefusedWithWords)
{
    const struct {
        Levels levels;
        const char *words;
    } list[] = {{{{FACTOR_ring, "cached"}, {FACTOR_sizes, "mixed"}}, "messages of one size"},
                {{{FACTOR_ring, "bytering"}, {FACTOR_sizes, "mixed"}, {FACTOR_batch, "4"}},
                 "a record at a time"}};
    for (const auto &l : list) {
        struct cell c = cell_of(l.levels);
        ASSERT_TRUE(cell_refusal(&c, &topology, reason, sizeof reason));
        EXPECT_NE(std::string(reason).find(l.words), std::string::npos) << reason;
    }
}

TEST(Message, AnotherNumberIsSeen)
{
    for (size_t size : {8u, 9u, 12u, 63u, 64u, 1000u}) {
        std::vector<unsigned char> m(size);
        message_fill(m.data(), 1000, size);
        for (uint64_t seq = 0; seq < 3000; seq++)
            ASSERT_EQ(message_check(m.data(), seq, size) == 0, seq == 1000) << size;
    }
}

/* A read that is torn between two neighbours or two laps, at whatever byte. */
TEST(Message, AMixtureOfTwoIsSeen)
{
    for (size_t size : {9u, 12u, 16u, 63u, 64u, 72u})
        for (uint64_t other : {UINT64_C(0x101), UINT64_C(0x100) + 1024, UINT64_C(0x10100)})
            for (size_t cut = 1; cut < size; cut++) {
                std::vector<unsigned char> a(size), b(size);
                message_fill(a.data(), 0x100, size);
                message_fill(b.data(), other, size);
                std::vector<unsigned char> m(a.begin(), a.begin() + static_cast<long>(cut));
                m.insert(m.end(), b.begin() + static_cast<long>(cut), b.end());
                ASSERT_EQ(message_check(m.data(), 0x100, size) == 0, m == a) << size << ' ' << cut;
                ASSERT_EQ(message_check(m.data(), other, size) == 0, m == b) << size << ' ' << cut;
            }
}

} /* namespace */
