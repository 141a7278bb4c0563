/* SPDX-License-Identifier: MIT */
/* Shows that every pair is measured as often as asked for, in orders of its own, that what failed
 * is missing, and that big machines are reported and drawn. */
#include "cli.h"
#include "clusters_fixture.h"
#include "plot.h"
#include "topology_report.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace
{

/* ---- the matrix --------------------------------------------------------------------------- */

struct calls {
    std::vector<std::pair<int, int>> made;
    std::map<std::pair<int, int>, int> count;
    static double measure(void *user, int a, int b, double)
    {
        calls *c = static_cast<calls *>(user);
        c->made.push_back({a, b});
        c->count[{a, b}]++;
        return a == 9 || b == 9 ? -1 : 100 * a + b;
    }
};

struct pair_plan plan_for(const std::vector<int> &cpus, calls *c)
{
    struct pair_plan p = {};
    p.cpus = cpus.data();
    p.n = cpus.size();
    p.runs = 3;
    p.seconds = 0.01;
    p.seed = 1;
    p.measure = calls::measure;
    p.user = c;
    return p;
}

TEST(Matrix, EveryRunTakesEveryPairOnceInAnOrderOfItsOwn)
{
    const std::vector<int> cpus = {1, 2, 5, 7, 8};
    calls c;
    struct pair_plan p = plan_for(cpus, &c);
    p.ordered = true;
    struct pair_matrix m;
    ASSERT_EQ(0, pair_matrix_measure(&p, &m));
    ASSERT_EQ(60u, c.made.size());
    std::set<std::vector<std::pair<int, int>>> orders;
    for (size_t run = 0; run < 3; run++) {
        std::vector<std::pair<int, int>> o(c.made.begin() + static_cast<long>(run) * 20,
                                           c.made.begin() + static_cast<long>(run + 1) * 20);
        EXPECT_EQ(20u, (std::set<std::pair<int, int>>(o.begin(), o.end()).size()));
        orders.insert(o);
    }
    EXPECT_EQ(3u, orders.size());
    EXPECT_EQ(507, m.median_ns[2 * 5 + 3]); /* row 5 begins */
    EXPECT_EQ(705, m.median_ns[3 * 5 + 2]);
    EXPECT_TRUE(std::isnan(m.median_ns[0]));
    EXPECT_EQ(0, m.noise);
    pair_matrix_free(&m);
}

TEST(Matrix, UnorderedRunsTakeTurnsInWhoBegins)
{
    const std::vector<int> cpus = {0, 1};
    calls c;
    struct pair_plan p = plan_for(cpus, &c);
    p.runs = 4;
    struct pair_matrix m;
    ASSERT_EQ(0, pair_matrix_measure(&p, &m));
    EXPECT_EQ(2, (c.count[{0, 1}]));
    EXPECT_EQ(2, (c.count[{1, 0}]));
    EXPECT_EQ(m.median_ns[1], m.median_ns[2]);
    EXPECT_EQ(1, m.lo_ns[1]);
    EXPECT_EQ(100, m.hi_ns[1]);
    pair_matrix_free(&m);
}

TEST(Matrix, APairThatFailsIsMissingNotZero)
{
    const std::vector<int> cpus = {0, 1, 9};
    calls c;
    struct pair_plan p = plan_for(cpus, &c);
    struct pair_matrix m;
    ASSERT_EQ(0, pair_matrix_measure(&p, &m));
    EXPECT_EQ(2u, m.failed);
    EXPECT_TRUE(std::isnan(m.median_ns[2]));
    EXPECT_FALSE(std::isnan(m.median_ns[1]));
    pair_matrix_free(&m);
}

TEST(Matrix, ASampleIsAsLargeAsAskedFor)
{
    std::vector<int> cpus(256);
    std::iota(cpus.begin(), cpus.end(), 10);
    calls c;
    struct pair_plan p = plan_for(cpus, &c);
    EXPECT_EQ(256u * 255 / 2, pair_matrix_pairs(&p));
    p.most = 100;
    EXPECT_EQ(100u, pair_matrix_pairs(&p));
    EXPECT_LT(pair_matrix_seconds(&p), 60);
    struct pair_matrix m;
    ASSERT_EQ(0, pair_matrix_measure(&p, &m));
    EXPECT_EQ(300u, c.made.size());
    EXPECT_EQ(100u, m.pairs);
    EXPECT_EQ(256u * 255 / 2, m.of);
    struct clusters k;
    ASSERT_EQ(0, clusters_find(m.median_ns, m.n, m.noise, &k));
    EXPECT_EQ(CLUSTERS_INCOMPLETE, k.verdict);
    clusters_free(&k);
    pair_matrix_free(&m);
}

/* ---- the report and its picture ----------------------------------------------------------- */

/* A machine of 64 cpus whose measurement is made up: no figure that is drawn is a claim. */
struct big {
    std::vector<int> cpus;
    claimed k{64, 2, 16, 32};
    struct pair_plan p = {};
    struct pair_matrix m = {};
    struct topology_report r = {};
    uint64_t rng = 9;
    distance d = nested({blocks_of(2), blocks_of(16), blocks_of(32)}, {22, 55, 120, 300});

    static double measure(void *user, int a, int b, double)
    {
        big *x = static_cast<big *>(user);
        return x->d(static_cast<size_t>(a), static_cast<size_t>(b)) *
               std::exp(0.04 * normal(&x->rng));
    }
    big() : cpus(64)
    {
        std::iota(cpus.begin(), cpus.end(), 0);
        p.cpus = cpus.data();
        p.n = 64;
        p.runs = 5;
        p.seconds = 0.01;
        p.measure = measure;
        p.user = this;
        EXPECT_EQ(0, pair_matrix_measure(&p, &m));
        EXPECT_EQ(0, topology_report_make(&r, &k.t, &p, &m));
    }
    ~big()
    {
        topology_report_free(&r);
        pair_matrix_free(&m);
    }
    big(const big &) = delete;
    big &operator=(const big &) = delete;
};

TEST(Report, JsonHasEveryCpuLevelAndFinding)
{
    big b;
    json_t *j = topology_report_json(&b.r);
    ASSERT_NE(nullptr, j);
    EXPECT_EQ(64u, json_array_size(json_object_get(j, "cpus")));
    EXPECT_EQ(64u, json_array_size(json_object_get(j, "round_trip_ns")));
    EXPECT_TRUE(
        json_is_null(json_array_get(json_array_get(json_object_get(j, "round_trip_ns"), 3), 3)));
    EXPECT_STREQ("found", json_string_value(json_object_get(j, "verdict")));
    ASSERT_EQ(3u, json_array_size(json_object_get(j, "levels")));
    EXPECT_EQ(32u, json_array_size(json_object_get(json_array_get(json_object_get(j, "levels"), 0),
                                                   "clusters")));
    EXPECT_GT(json_array_size(json_object_get(j, "findings")), 3u);
    json_decref(j);
}

TEST(Report, SixtyFourCpusAreDrawn)
{
    big b;
    char dir[] = "/tmp/ringside-topology-XXXXXX", *text = nullptr;
    size_t length = 0;
    ASSERT_NE(nullptr, mkdtemp(dir));
    FILE *to = open_memstream(&text, &length);
    topology_write_plot(&b.r, "a made-up machine of 64 cpus", to);
    std::fclose(to);
    EXPECT_EQ(EXIT_DONE, plot_write_apart("topology", text, length, dir));
    std::free(text);
    std::string csv = std::string(dir) + "/topology.csv", svg = std::string(dir) + "/topology.svg";
    size_t fields = 0;
    std::ifstream rows(csv);
    for (std::string line; std::getline(rows, line);)
        fields += line.compare(0, 2, "0,") == 0;
    EXPECT_EQ(64u * 64, fields);
    const char *keep = std::getenv("RINGSIDE_KEEP");
    if (std::system("command -v gnuplot >/dev/null") == 0) {
        struct stat there;
        ASSERT_EQ(0, stat(svg.c_str(), &there));
        EXPECT_GT(there.st_size, 64 * 64 * 20); /* a box a pair takes so many bytes at least */
    }
    if (keep == nullptr) {
        EXPECT_EQ(0, std::system(("rm -r " + std::string(dir)).c_str()));
    }
}

} // namespace
