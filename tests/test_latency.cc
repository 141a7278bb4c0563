/* SPDX-License-Identifier: MIT */
/* Shows which levels, and agreement with claims, are read out of a curve, and what is said of the
 * noise of few runs. */
#include "bytes.h"
#include "measure/latency_claims.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cmath>
#include <string>
#include <vector>

namespace
{

TEST(Latency, NoiseOfTooFewRunsIsNotKnownRatherThanNone)
{
    for (int runs : {1, 2, 3}) {
        struct latency_plan p = {};
        p.min_bytes = 1024;
        p.max_bytes = 4096;
        p.stride_bytes = 64;
        p.runs = runs;
        struct latency l;
        ASSERT_EQ(0, latency_measure(&p, &l));
        EXPECT_EQ(runs < 3, std::isnan(l.noise)) << runs;
        for (size_t i = 0; i < l.n * static_cast<size_t>(runs); i++)
            EXPECT_GT(l.ns[i], 0);
        latency_free(&l);
    }
}

TEST(Latency, AProgressThatStopsEndsIt)
{
    struct latency_plan p = {};
    p.min_bytes = 1024;
    p.max_bytes = 4096;
    p.stride_bytes = 64;
    p.runs = 3;
    p.progress = [](void *, int run, size_t, size_t, size_t) { return run == 1 ? -EINTR : 0; };
    struct latency l;
    EXPECT_EQ(-EINTR, latency_measure(&p, &l));
}

/* ---- sizes -------------------------------------------------------------------------------- */

TEST(Sizes, NoneWhereNoMultipleOfTheStrideLies)
{
    EXPECT_EQ(0u, latency_sizes(1250, 1260, 64, nullptr));
    EXPECT_EQ(1u, latency_sizes(1280, 1281, 64, nullptr));
}

TEST(Sizes, FourADoublingFromLeastToMost)
{
    size_t n = latency_sizes(4096, 256 << 20, 64, nullptr);
    EXPECT_EQ(16u * 4 + 1, n);
    std::vector<size_t> sizes(n);
    latency_sizes(4096, 256 << 20, 64, sizes.data());
    EXPECT_EQ(4096u, sizes.front());
    EXPECT_EQ(256u << 20, sizes.back());
    for (size_t i = 1; i < n; i++) {
        EXPECT_LT(sizes[i - 1], sizes[i]);
        EXPECT_EQ(0u, sizes[i] % 64);
    }
    size_t coarse = latency_sizes(4096, 16384, 2048, nullptr);
    EXPECT_LT(coarse, 9u); /* steps below the stride fall together */
}

TEST(Bytes, AsPeopleWriteThem)
{
    const struct {
        const char *text;
        size_t bytes;
    } good[] = {{"4096", 4096},         {"4k", 4096},       {"4KiB", 4096}, {"4 kib", 4096},
                {"256MiB", 256u << 20}, {"1.5M", 3u << 19}, {"64b", 64}};
    for (const auto &g : good) {
        size_t bytes = 0;
        EXPECT_TRUE(bytes_parse(g.text, &bytes)) << g.text;
        EXPECT_EQ(g.bytes, bytes) << g.text;
    }
    size_t bytes = 5;
    for (const char *bad : {"", "k", "-4k", "4x", "4kk", "0", "1.0001k", "99999999999T", "4 k b"})
        EXPECT_FALSE(bytes_parse(bad, &bytes)) << bad;
    EXPECT_EQ(5u, bytes);
    char text[32];
    EXPECT_STREQ("32 KiB", bytes_format(32768, text, sizeof text));
    EXPECT_STREQ("1.19 MiB", bytes_format(1248000, text, sizeof text));
    EXPECT_STREQ("1020 KiB", bytes_format(1020 * 1024, text, sizeof text));
}

/* ---- levels ------------------------------------------------------------------------------- */

struct curve {
    std::vector<struct latency_point> points;
    std::vector<struct latency_level> levels;

    /* latency(bytes) at the usual sizes, each off by a factor from exp(-noise) to exp(noise). */
    template <typename F> explicit curve(F latency, double noise = 0)
    {
        std::vector<size_t> sizes(latency_sizes(4096, 256 << 20, 64, nullptr));
        latency_sizes(4096, 256 << 20, 64, sizes.data());
        uint64_t random = 1;
        for (size_t bytes : sizes) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            double u = static_cast<double>(random >> 33) / 2147483648.0 * 2 - 1;
            double y = latency(static_cast<double>(bytes)) * std::exp(noise * u);
            points.push_back({bytes, y, y, y});
        }
        levels.resize(LATENCY_LEVELS_MAX);
        levels.resize(
            latency_levels(points.data(), points.size(), noise, 5, levels.data(), levels.size()));
    }
    std::vector<double> ns() const
    {
        std::vector<double> all;
        for (const auto &l : levels)
            all.push_back(l.ns);
        return all;
    }
};

double steps(double bytes)
{
    return bytes <= 32768 ? 1.1 : bytes <= 1 << 20 ? 3.8 : bytes <= 32 << 20 ? 15 : 95;
}

/* As caches that replace at random do: what does not fit misses in part. */
double ramps(double bytes)
{
    double y = 1.1;
    const double capacity[] = {32768, 1 << 20, 32 << 20}, more[] = {2.7, 11.2, 80};
    for (int i = 0; i < 3; i++)
        if (bytes > capacity[i])
            y += more[i] * (1 - std::pow(capacity[i] / bytes, 2));
    return y;
}

struct topology_cpu claims(std::vector<size_t> sizes)
{
    struct topology_cpu cpu = {};
    for (size_t bytes : sizes) {
        cpu.cache[cpu.n_caches].level = static_cast<int>(cpu.n_caches) + 1;
        cpu.cache[cpu.n_caches++].size_bytes = bytes;
    }
    return cpu;
}

std::vector<enum claim_verdict> judge(const curve &c, std::vector<size_t> sizes,
                                      std::vector<bool> *explained = nullptr,
                                      size_t max_bytes = 256 << 20)
{
    struct latency_claim claim[TOPOLOGY_CACHES];
    bool known[LATENCY_LEVELS_MAX];
    struct topology_cpu cpu = claims(sizes);
    size_t n = latency_judge(c.levels.data(), c.levels.size(), &cpu, max_bytes, claim, known);
    std::vector<enum claim_verdict> verdicts;
    for (size_t i = 0; i < n; i++)
        verdicts.push_back(claim[i].verdict);
    if (explained != nullptr)
        explained->assign(known, known + c.levels.size());
    return verdicts;
}

TEST(Levels, ASteppedCurveGivesCapacitiesAndLatencies)
{
    curve c(steps);
    ASSERT_EQ(4u, c.levels.size());
    EXPECT_EQ((std::vector<double>{1.1, 3.8, 15, 95}), c.ns());
    EXPECT_EQ(32768u, c.levels[0].to_bytes);
    EXPECT_EQ(1u << 20, c.levels[1].to_bytes);
    EXPECT_EQ(32u << 20, c.levels[2].to_bytes);
    EXPECT_TRUE(c.levels[3].last);
    EXPECT_EQ(0u, c.levels[3].next_bytes);
}

TEST(Levels, RampsAreRisesThatBeginAtTheCapacity)
{
    for (double noise : {0.0, 0.02}) {
        curve c(ramps, noise);
        ASSERT_EQ(4u, c.levels.size()) << noise;
        EXPECT_EQ((std::vector<enum claim_verdict>{CLAIM_AGREES, CLAIM_AGREES, CLAIM_AGREES}),
                  judge(c, {32768, 1 << 20, 32 << 20}));
        EXPECT_NEAR(1.1, c.levels[0].ns, 0.05);
        EXPECT_NEAR(3.8, c.levels[1].ns, 0.3);
        EXPECT_NEAR(15, c.levels[2].ns, 1);
    }
}

TEST(Levels, OneDisturbedSizeIsNoLevel)
{
    curve c([](double bytes) { return steps(bytes) * (bytes == 131072 ? 6 : 1); });
    EXPECT_EQ(4u, c.levels.size());
}

TEST(Levels, StepsStandOutOfNoise)
{
    for (double noise : {0.02, 0.05, 0.1}) {
        curve c(steps, noise);
        ASSERT_EQ(4u, c.levels.size()) << noise;
        EXPECT_EQ(32768u, c.levels[0].to_bytes);
        EXPECT_EQ(1u << 20, c.levels[1].to_bytes);
        EXPECT_EQ(32u << 20, c.levels[2].to_bytes);
    }
}

TEST(Levels, OneSizeIsOneLevelAndNoneIsNone)
{
    struct latency_point p[2] = {{4096, 5, 5, 5}, {8192, 50, 50, 50}};
    struct latency_level l[LATENCY_LEVELS_MAX];
    EXPECT_EQ(0u, latency_levels(p, 0, 0, 5, l, LATENCY_LEVELS_MAX));
    ASSERT_EQ(1u, latency_levels(p, 1, 0, 5, l, LATENCY_LEVELS_MAX));
    EXPECT_EQ(4096u, l[0].from_bytes);
    EXPECT_EQ(4096u, l[0].to_bytes);
    EXPECT_EQ(5, l[0].ns);
    ASSERT_EQ(1u, latency_levels(p, 2, NAN, 1, l, LATENCY_LEVELS_MAX));
    EXPECT_FALSE(l[0].last); /* where the rise ends is not known */
    EXPECT_EQ(0u, l[0].next_bytes);
}

TEST(Levels, ASteepRampIsOneRiseWithoutAnEnd)
{
    curve c([](double bytes) { return std::pow(bytes / 4096, 0.8); });
    ASSERT_EQ(1u, c.levels.size());
    EXPECT_EQ(4096u, c.levels[0].to_bytes);
    EXPECT_FALSE(c.levels[0].last);
    EXPECT_EQ(0u, c.levels[0].next_bytes);
}

TEST(Levels, NoMoreThanThereIsRoomFor)
{
    curve c(steps);
    struct latency_level l[2];
    EXPECT_EQ(2u, latency_levels(c.points.data(), c.points.size(), 0, 5, l, 2));
    EXPECT_EQ(1u << 20, l[1].to_bytes);
}

TEST(Levels, NoiseAloneMakesNone)
{
    curve flat([](double) { return 5.0; }, 0.1);
    EXPECT_EQ(1u, flat.levels.size());
    EXPECT_TRUE(flat.levels[0].last);
}

TEST(Levels, ARiseOfLessThanAQuarterIsNoLevel)
{
    curve c([](double bytes) { return bytes <= 1 << 20 ? 5.0 : 5.9; });
    EXPECT_EQ(1u, c.levels.size());
    curve more([](double bytes) { return bytes <= 1 << 20 ? 5.0 : 6.4; });
    EXPECT_EQ(2u, more.levels.size());
}

TEST(Levels, ASlowDriftIsNoJump)
{
    curve c([](double bytes) { return std::pow(bytes / 4096, 0.15); }); /* 2.6% a size */
    EXPECT_EQ(1u, c.levels.size());
}

TEST(Levels, ARiseThatDoesNotEndIsLeftOpen)
{
    curve c([](double bytes) { return bytes < (128 << 20) ? 5.0 : bytes / (128 << 20) * 8; });
    ASSERT_EQ(1u, c.levels.size());
    EXPECT_FALSE(c.levels[0].last);
    EXPECT_EQ(0u, c.levels[0].next_bytes);
}

TEST(Claims, WhatIsClaimedAndDoesNotShowIsDisputed)
{
    std::vector<bool> explained;
    /* A virtual machine claims 32 MiB and gives 4. */
    curve c([](double bytes) { return bytes > 4 << 20 ? 95 : steps(bytes); });
    EXPECT_EQ((std::vector<enum claim_verdict>{CLAIM_AGREES, CLAIM_AGREES, CLAIM_DISPUTED}),
              judge(c, {32768, 1 << 20, 32 << 20}, &explained));
    EXPECT_EQ((std::vector<bool>{true, true, false, false}), explained);
}

TEST(Claims, WhatIsLargerThanWhatWasMeasuredStaysOpen)
{
    curve c(steps);
    EXPECT_EQ((std::vector<enum claim_verdict>{CLAIM_AGREES, CLAIM_NOT_TOLD, CLAIM_BEYOND}),
              judge(c, {32768, 0, static_cast<size_t>(512) << 20}));
}

TEST(Claims, ARiseWithoutAnEndSaysNothingOfWhatLiesFurther)
{
    struct latency_level open = {};
    open.from_bytes = 4096;
    open.to_bytes = 512 << 10;
    open.ns = 4;
    curve c(steps);
    c.levels = {open};
    EXPECT_EQ((std::vector<enum claim_verdict>{CLAIM_DISPUTED, CLAIM_AGREES, CLAIM_BEYOND}),
              judge(c, {32768, 1 << 20, 32 << 20}, nullptr, 1 << 20));
}

} // namespace
