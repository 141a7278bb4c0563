/* SPDX-License-Identifier: MIT */
/* Shows which groups of cpus are read out of round trips of machines that are not here, when it is
 * said that there is no telling, and what contradicts the claims. */
#include "clusters_fixture.h"
#include "topology_report.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cmath>
#include <numeric>
#include <string>

namespace
{

struct machine {
    size_t n;
    std::vector<double> ns;
    struct clusters c = {};

    machine(size_t cpus, const distance &d, double noise = 0, double told = -1, uint64_t seed = 1)
        : n(cpus), ns(cpus * cpus, NAN)
    {
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < n; k++)
                if (i != k)
                    ns[i * n + k] = d(i, k) * std::exp(noise * normal(&seed));
        find(told < 0 ? noise : told);
    }
    ~machine()
    {
        clusters_free(&c);
    }
    machine(const machine &) = delete;
    machine &operator=(const machine &) = delete;

    void find(double told)
    {
        clusters_free(&c);
        EXPECT_EQ(0, clusters_find(ns.data(), n, told, &c));
    }
    /* Is level l "cpus i and k are together if group(i) == group(k)"? */
    bool groups(size_t l, const std::function<size_t(size_t)> &group) const
    {
        if (l >= c.n_levels)
            return false;
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < n; k++)
                if ((c.level[l].member[i] == c.level[l].member[k]) != (group(i) == group(k)))
                    return false;
        return true;
    }
    std::string why() const
    {
        char text[320];
        clusters_explain(&c, text, sizeof text);
        return text;
    }
};

TEST(Clusters, EightCoresInTwoComplexes)
{
    machine m(8, nested({blocks_of(4)}, {50, 130}), 0.03);
    EXPECT_EQ(CLUSTERS_FOUND, m.c.verdict) << m.why();
    ASSERT_EQ(1u, m.c.n_levels);
    EXPECT_TRUE(m.groups(0, blocks_of(4)));
    EXPECT_NEAR(50, m.c.level[0].within_ns, 3);
    EXPECT_NEAR(130, m.c.level[0].between_ns, 6);
}

TEST(Clusters, TwoPackages)
{
    machine m(32, nested({blocks_of(16)}, {70, 280}), 0.05);
    ASSERT_EQ(1u, m.c.n_levels) << m.why();
    EXPECT_TRUE(m.groups(0, blocks_of(16)));
}

/* As the kernel numbers them: siblings are n and n + 8, so groups are not neighbours. */
TEST(Clusters, SiblingsOfCoresThatAreNumberedApart)
{
    auto core = [](size_t i) { return i % 8; };
    machine m(16, nested({core}, {20, 60}), 0.04);
    ASSERT_EQ(1u, m.c.n_levels) << m.why();
    EXPECT_TRUE(m.groups(0, core));
    EXPECT_EQ(8u, m.c.level[0].clusters);
}

/* The cpus are shuffled, so that only the distances tell. */
TEST(Clusters, SiblingsComplexesAndPackagesOf64NoisyCpus)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        uint64_t rng = seed;
        std::vector<size_t> at(64);
        std::iota(at.begin(), at.end(), 0);
        stats_shuffle(&rng, at.size(), at.data());
        auto part = [&at](size_t size) { return [&at, size](size_t i) { return at[i] / size; }; };
        machine m(64, nested({part(2), part(8), part(32)}, {22, 45, 110, 320}), 0.05, 0.05, seed);
        ASSERT_EQ(3u, m.c.n_levels) << m.why() << ", seed " << seed;
        EXPECT_TRUE(m.groups(0, part(2)));
        EXPECT_TRUE(m.groups(1, part(8)));
        EXPECT_TRUE(m.groups(2, part(32)));
    }
}

/* Noise of a tenth makes the extreme of 2016 pairs half as far again: levels must leap further. */
TEST(Clusters, SixtyFourCpusWithATenthOfNoise)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        machine m(64, nested({blocks_of(8), blocks_of(32)}, {45, 110, 320}), 0.1, 0.1, seed);
        ASSERT_EQ(2u, m.c.n_levels) << m.why() << ", seed " << seed;
        EXPECT_TRUE(m.groups(0, blocks_of(8)));
        EXPECT_TRUE(m.groups(1, blocks_of(32)));
    }
}

/* Two packages of two caches each: both levels, and the finer is a part of the coarser. */
TEST(Clusters, CachesWithinPackages)
{
    machine m(16, nested({blocks_of(4), blocks_of(8)}, {50, 120, 300}), 0.04);
    ASSERT_EQ(2u, m.c.n_levels) << m.why();
    EXPECT_TRUE(m.groups(0, blocks_of(4)));
    EXPECT_TRUE(m.groups(1, blocks_of(8)));
    EXPECT_EQ(4u, m.c.level[0].clusters);
    EXPECT_EQ(2u, m.c.level[1].clusters);
}

/* One pair in fifty was disturbed in most of its runs. */
TEST(Clusters, OutliersDoNotMoveTheGroups)
{
    uint64_t rng = 5;
    const distance d = nested({blocks_of(8)}, {50, 130});
    machine m(
        64, [&](size_t i, size_t k) { return d(i, k) * (stats_below(&rng, 50) == 0 ? 2.5 : 1); },
        0.03);
    ASSERT_EQ(1u, m.c.n_levels) << m.why();
    EXPECT_TRUE(m.groups(0, blocks_of(8)));
}

TEST(Clusters, UniformMachinesHaveNone)
{
    for (uint64_t seed = 1; seed <= 50; seed++)
        for (size_t n : {3u, 4u, 8u, 16u, 64u}) {
            machine m(
                n, [](size_t, size_t) { return 60.0; }, 0.05, 0.05, seed);
            EXPECT_EQ(CLUSTERS_UNIFORM, m.c.verdict) << m.why() << n << " cpus, seed " << seed;
        }
}

/* A mesh: the way grows with the distance, and no border is nearer than another. */
TEST(Clusters, AMeshHasNone)
{
    machine m(36, [](size_t i, size_t k) {
        auto d = [](size_t a, size_t b) { return std::fabs(double(a) - double(b)); };
        return 50 + 2 * (d(i % 6, k % 6) + d(i / 6, k / 6));
    });
    EXPECT_EQ(CLUSTERS_UNIFORM, m.c.verdict) << m.why();
}

TEST(Clusters, NoiseBeyondTheGapIsNoTelling)
{
    size_t told = 0;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        machine m(16, nested({blocks_of(8)}, {60, 80}), 0.3, 0.3, seed);
        told += m.c.verdict == CLUSTERS_FOUND;
        if (m.c.verdict != CLUSTERS_FOUND) {
            EXPECT_EQ(CLUSTERS_NOISY, m.c.verdict);
            EXPECT_EQ(0u, m.why().find("cannot tell; ")) << m.why();
        }
    }
    EXPECT_LE(told, 1u);
}

/* A long bus: neighbours merge first, and the distances leap, but as many neighbours were left
 * apart: groups would be made up. */
TEST(Clusters, GroupsThatOverlapAreNoTelling)
{
    machine m(16, [](size_t i, size_t k) { return 50 * std::fabs(double(i) - double(k)); });
    EXPECT_EQ(CLUSTERS_NOISY, m.c.verdict);
    EXPECT_NE(std::string::npos, m.why().find("lie on both sides of the leap")) << m.why();
}

/* As on a mesh with hashed homes: pairs differ by a tenth, and all runs agree on it. */
TEST(Clusters, PairsThatDifferEachByItselfAreNoGroups)
{
    for (uint64_t seed = 1; seed <= 30; seed++) {
        machine m(
            16, [](size_t, size_t) { return 60.0; }, 0.14, 0.02, seed);
        EXPECT_NE(CLUSTERS_FOUND, m.c.verdict) << m.why() << ", seed " << seed;
    }
}

TEST(Clusters, UnknownNoiseAndMissingPairsAndOnePairAreNoTelling)
{
    machine m(8, nested({blocks_of(4)}, {50, 130}));
    m.find(NAN);
    EXPECT_EQ(CLUSTERS_NOISY, m.c.verdict);
    m.ns[1] = m.ns[8] = NAN;
    m.find(0.01);
    EXPECT_EQ(CLUSTERS_INCOMPLETE, m.c.verdict);
    m.ns[1] = 50; /* one direction is enough */
    m.find(0.01);
    EXPECT_EQ(CLUSTERS_FOUND, m.c.verdict);
    machine two(2, [](size_t, size_t) { return 50.0; });
    EXPECT_EQ(CLUSTERS_ONE_PAIR, two.c.verdict);
    EXPECT_EQ(0u, two.c.n_levels);
    struct clusters c;
    double one = NAN;
    EXPECT_EQ(-EINVAL, clusters_find(&one, 1, 0.1, &c));
}

TEST(Clusters, TheOrderKeepsEveryClusterTogether)
{
    auto core = [](size_t i) { return i % 8; };
    auto package = [](size_t i) { return i % 2; };
    machine m(16, nested({core, package}, {20, 60, 200}));
    ASSERT_EQ(2u, m.c.n_levels);
    std::vector<size_t> order(16);
    clusters_order(&m.c, order.data());
    for (size_t i = 0; i < 16; i++) {
        EXPECT_EQ(i / 8, package(order[i]));
        EXPECT_EQ(core(order[i]), core(order[i - i % 2]));
    }
}

/* ---- against the claims ------------------------------------------------------------------- */

struct findings {
    json_t *list = json_array();
    findings(const claimed &k, const machine &m)
    {
        topology_judge_clusters(list, &k.t, k.numbers.data(), m.ns.data(), &m.c);
    }
    ~findings()
    {
        json_decref(list);
    }
    findings(const findings &) = delete;
    findings &operator=(const findings &) = delete;

    size_t with(const char *status, const std::string &part = "") const
    {
        size_t n = 0, i;
        json_t *f;
        json_array_foreach(list, i, f)
        {
            std::string what = json_string_value(json_object_get(f, "what"));
            n += json_string_value(json_object_get(f, "status")) == std::string(status) &&
                 what.find(part) != std::string::npos;
        }
        return n;
    }
};

TEST(Claims, ThatFitAreConfirmed)
{
    machine m(16, nested({blocks_of(2), blocks_of(8)}, {20, 60, 200}), 0.02);
    findings f(claimed(16, 2, 8, 8), m);
    EXPECT_EQ(1u, f.with("ok", "are the claimed 'SMT siblings'"));
    EXPECT_EQ(1u, f.with("ok", "are the claimed 'shared L3'"));
    EXPECT_EQ(0u, f.with("warn"));
}

TEST(Claims, ACacheClaimedForAllThatOnlyHalvesShare)
{
    machine m(8, nested({blocks_of(4)}, {50, 130}), 0.02);
    findings f(claimed(8, 1, 8, 8), m);
    EXPECT_EQ(1u, f.with("warn", "level 1: 2 clusters"));
    EXPECT_GE(f.with("warn", "are claimed to be shared L3 and take 1"), 1u);
}

TEST(Claims, PackagesThatMakeNoDifference)
{
    machine m(
        8, [](size_t, size_t) { return 60.0; }, 0.02);
    findings f(claimed(8, 1, 4, 4), m);
    EXPECT_EQ(1u, f.with("warn", "'shared L3' show in no level"));
}

TEST(Claims, SiblingsThatAreNone)
{
    machine m(8, nested({blocks_of(4)}, {50, 130}), 0.02);
    findings f(claimed(8, 2, 4, 8), m);
    EXPECT_EQ(1u, f.with("ok", "are the claimed 'shared L3'"));
    EXPECT_EQ(1u, f.with("warn", "'SMT siblings' show in no level"));
}

/* Numbered n and n + 4 by the machine, n and n + 1 by the claim: each claimed core is two. */
TEST(Claims, SiblingsThatAreOthers)
{
    auto core = [](size_t i) { return i % 4; };
    machine m(8, nested({core}, {20, 60}), 0.02);
    findings f(claimed(8, 2, 8, 8), m);
    EXPECT_EQ(1u, f.with("warn", "come nearest to the claimed 'SMT siblings'"));
    EXPECT_EQ(1u, f.with("warn", "cpus 0 and 1 are claimed to be SMT siblings and take 6"));
    EXPECT_EQ(1u, f.with("warn", "cpus 0 and 4 are claimed to be shared L3 and take 2"));
}

/* One cpu of a cache is as far from the others as if it stood beyond: only its pairs are named. */
TEST(Claims, AFarPairIsNamed)
{
    const distance d = nested({blocks_of(4)}, {50, 130});
    machine m(
        8, [&](size_t i, size_t k) { return i == 3 || k == 3 ? 130 : d(i, k); }, 0.02);
    findings f(claimed(8, 1, 4, 8), m);
    EXPECT_EQ(1u, f.with("warn", "level 1: 3 clusters"));
    EXPECT_EQ(1u, f.with("warn", "cpus 0 and 3 are claimed to be shared L3 and take 1"));
    EXPECT_EQ(3u, f.with("warn", "are claimed to be"));
}

TEST(Claims, NothingIsSaidWhereNothingCanBeTold)
{
    machine m(8, nested({blocks_of(4)}, {50, 130}));
    m.find(NAN);
    findings f(claimed(8, 1, 8, 8), m);
    EXPECT_EQ(0u, json_array_size(f.list));
}

} // namespace
