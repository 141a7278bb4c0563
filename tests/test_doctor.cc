/* SPDX-License-Identifier: MIT */
/*
 * Shows which pairs of cpus `ringside doctor` measures, and that it says where measured round
 * trips contradict the claimed topology, and only there.  No clock: the figures are given.
 */
#include "../experiments/doctor.h"
#include "../experiments/measure/environment.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace
{

/* Cpus 0..n-1 in cores of `threads` siblings and packages of `cpus_per_package`. */
struct topology claimed(std::vector<struct topology_cpu> *cpus, int n, int threads,
                        int cpus_per_package)
{
    struct topology t = {};
    cpus->assign(static_cast<size_t>(n), topology_cpu{});
    for (int i = 0; i < n; i++) {
        struct topology_cpu *c = &(*cpus)[static_cast<size_t>(i)];
        c->cpu = i;
        c->core = i / threads * threads;
        c->package = c->node = i / cpus_per_package;
        c->n_caches = 1;
        c->cache[0].level = 3;
        snprintf(c->cache[0].shared_cpus, sizeof c->cache[0].shared_cpus, "package %d", c->package);
    }
    t.cpus = cpus->data();
    t.n_cpus = cpus->size();
    return t;
}

TEST(ChoosePairs, TakesAllIfThereAreFew)
{
    std::vector<struct topology_cpu> cpus;
    struct topology t = claimed(&cpus, 8, 2, 4);
    struct doctor_pair pairs[DOCTOR_PAIRS];
    size_t total = 0;
    EXPECT_EQ(doctor_choose_pairs(&t, pairs, &total), 28u);
    EXPECT_EQ(total, 28u);
}

TEST(ChoosePairs, KeepsEveryRelationIfThereAreMany)
{
    std::vector<struct topology_cpu> cpus;
    struct topology t = claimed(&cpus, 256, 2, 128);
    struct doctor_pair pairs[DOCTOR_PAIRS];
    size_t total = 0;
    ASSERT_EQ(doctor_choose_pairs(&t, pairs, &total), static_cast<size_t>(DOCTOR_PAIRS));
    EXPECT_EQ(total, 256u * 255 / 2);
    std::map<enum relation, int> count;
    std::set<std::pair<int, int>> distinct;
    for (const struct doctor_pair &p : pairs) {
        count[p.relation]++;
        distinct.insert({p.a, p.b});
        EXPECT_EQ(p.relation, topology_relation(&t, p.a, p.b));
        EXPECT_LT(p.round_trip_ns, 0) << "not measured yet";
    }
    EXPECT_EQ(distinct.size(), static_cast<size_t>(DOCTOR_PAIRS));
    EXPECT_EQ(count[RELATION_SMT], 22);
    EXPECT_EQ(count[RELATION_SHARED_L3], 21);
    EXPECT_EQ(count[RELATION_OTHER_PACKAGE], 21);
}

TEST(ChoosePairs, OneCpuHasNone)
{
    std::vector<struct topology_cpu> cpus;
    struct topology t = claimed(&cpus, 1, 1, 1);
    struct doctor_pair pairs[DOCTOR_PAIRS];
    size_t total = 9;
    EXPECT_EQ(doctor_choose_pairs(&t, pairs, &total), 0u);
    EXPECT_EQ(total, 0u);
}

/* "status: what" of every finding. */
std::vector<std::string> judge(const std::vector<struct doctor_pair> &pairs)
{
    std::vector<std::string> said;
    json_t *findings = json_array();
    doctor_judge_pairs(findings, pairs.data(), pairs.size(), pairs.size());
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const json_t *f = json_array_get(findings, i);
        said.push_back(std::string(json_string_value(json_object_get(f, "status"))) + ": " +
                       json_string_value(json_object_get(f, "what")));
    }
    json_decref(findings);
    return said;
}

size_t warnings(const std::vector<std::string> &said)
{
    size_t n = 0;
    for (const std::string &line : said)
        n += line.rfind("warn", 0) == 0;
    return n;
}

bool contains(const std::vector<std::string> &said, const std::string &words)
{
    for (const std::string &line : said)
        if (line.find(words) != std::string::npos)
            return true;
    return false;
}

TEST(JudgePairs, OnePairCannotBeCompared)
{
    auto said = judge({{0, 1, RELATION_SHARED_L3, 60}});
    EXPECT_TRUE(contains(said, "ok: shared L3: 60 ns over 1 pair; 20..150 ns would be usual"));
    EXPECT_TRUE(contains(said, "note: only one pair of cpus: nothing can be compared"));
    EXPECT_EQ(warnings(said), 0u);
}

TEST(JudgePairs, OnePairMayStillBeImplausible)
{
    EXPECT_EQ(warnings(judge({{0, 1, RELATION_SHARED_L3, 286}})), 1u);
    EXPECT_EQ(warnings(judge({{0, 1, RELATION_SHARED_L3, 8}})), 1u);
    EXPECT_EQ(warnings(judge({{0, 1, RELATION_UNKNOWN, 286}})), 0u) << "nothing was claimed";
}

TEST(JudgePairs, AgreementIsSaid)
{
    auto said = judge({{0, 1, RELATION_SMT, 30},
                       {0, 2, RELATION_SHARED_L3, 90},
                       {1, 2, RELATION_SHARED_L3, 100},
                       {0, 3, RELATION_OTHER_PACKAGE, 300}});
    EXPECT_EQ(warnings(said), 0u);
    EXPECT_TRUE(contains(said, "ok: 4 of 4 pairs measured; none contradicts the claims"));
}

TEST(JudgePairs, APairUnlikeItsKindIsNamed)
{
    auto said = judge({{0, 1, RELATION_SHARED_L3, 60},
                       {0, 2, RELATION_SHARED_L3, 62},
                       {0, 3, RELATION_SHARED_L3, 64},
                       {1, 2, RELATION_SHARED_L3, 140}});
    EXPECT_EQ(warnings(said), 1u);
    EXPECT_TRUE(contains(said, "cpus 1 and 2 (shared L3) take 140 ns, the median is 63 ns"));
    EXPECT_FALSE(contains(said, "none contradicts"));
}

TEST(JudgePairs, ANearerRelationThatIsSlowerIsNamed)
{
    auto said = judge({{0, 1, RELATION_SHARED_L3, 140}, {0, 2, RELATION_OTHER_PACKAGE, 110}});
    EXPECT_EQ(warnings(said), 1u);
    EXPECT_TRUE(
        contains(said, "shared L3 (140 ns) is measured slower than other package (110 ns)"));
}

TEST(JudgePairs, ManyUnlikePairsAreSummedUp)
{
    std::vector<struct doctor_pair> pairs;
    for (int i = 0; i < 30; i++)
        pairs.push_back({0, i + 1, RELATION_SHARED_L3, i < 10 ? 140.0 : 50.0});
    auto said = judge(pairs);
    EXPECT_EQ(warnings(said), 5u) << "four, and one that counts the rest";
    EXPECT_TRUE(contains(said, "6 more pairs"));
}

TEST(JudgePairs, WhatCouldNotBeMeasuredIsSaidAndNotCounted)
{
    auto said = judge({{0, 1, RELATION_SHARED_L3, -1}, {0, 2, RELATION_SHARED_L3, 60}});
    EXPECT_TRUE(contains(said, "warn: 1 of 2 pairs could not be measured"));
    EXPECT_TRUE(contains(said, "over 1 pair"));
    EXPECT_EQ(judge({}).size(), 0u);
}

/* ---- what the machine says of itself ---- */

TEST(Machine, APairPrefetcherIsNamedWhereTheMakeHasOne)
{
    const std::pair<const char *, const char *> makes[] = {{"GenuineIntel 6 85 4", "in pairs"},
                                                           {"AuthenticAMD 25 17 1", "neighbour"},
                                                           {"0x41 0x3 0xd0c 1", ""}};
    struct topology t;
    ASSERT_EQ(topology_load(&t), 0);
    for (const auto &[signature, says] : makes) {
        json_t *env = environment_json(&t), *findings = json_array(), *one;
        json_object_set_new(env, "cpu_signature", json_string(signature));
        doctor_machine(findings, &t, env);
        size_t i;
        std::string what;
        json_array_foreach(findings, i, one) if (std::string(json_string_value(
                                                     json_object_get(one, "topic"))) == "prefetch")
            what += json_string_value(json_object_get(one, "what"));
        EXPECT_EQ(what.empty(), *says == '\0') << signature << ": " << what;
        EXPECT_NE(what.find(says), std::string::npos) << what;
        json_decref(findings);
        json_decref(env);
    }
    topology_free(&t);
}

} // namespace
