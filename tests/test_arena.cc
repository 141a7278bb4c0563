/* SPDX-License-Identifier: MIT */
/* With jemalloc preloaded each worker allocates in an arena of its own.  The test starts itself
 * again with the library. */
#include "graph/graph.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unistd.h>

extern "C" int mallctl(const char *, void *, size_t *, void *, size_t) __attribute__((weak));

namespace
{
struct Place {
    unsigned arena_of_block = ~0u, arena_of_thread = ~0u;
};
Place places[2];
std::atomic<int> warnings{0};

int note(rs_node *n)
{
    Place &p = places[std::strcmp(rs_node_name(n), "b") == 0];
    size_t bytes = sizeof(unsigned);
    void *block = std::malloc(100);
    int err = mallctl("arenas.lookup", &p.arena_of_block, &bytes, &block, sizeof block);
    std::free(block);
    return err ? -err : -mallctl("thread.arena", &p.arena_of_thread, &bytes, nullptr, 0);
}

int nothing(rs_node *n)
{
    (void)n;
    return 0;
}

int finish(rs_node *, rs_io *)
{
    return RS_EOS;
}

const rs_port byte_port[] = {{"p", nullptr, 8, 1, 0, 0}};

rs_node_ops kind(const char *name, bool source, int (*start)(rs_node *))
{
    rs_node_ops ops{};
    ops.abi = RS_GRAPH_ABI;
    ops.kind = name;
    ops.summary = "for the test";
    ops.n_in = !source;
    ops.n_out = source;
    (source ? ops.out : ops.in) = byte_port;
    ops.state_bytes = 8;
    ops.start = start;
    ops.work = finish;
    return ops;
}

void count_warnings(void *, rs_level level, const char *, const char *text)
{
    warnings += level == RS_WARN && std::strstr(text, "arena") != nullptr;
}

int run(bool arenas, int (*start)(rs_node *))
{
    const rs_node_ops source = kind("a.source", true, start), sink = kind("b.sink", false, start);
    rs_graph_options options{};
    options.arenas = arenas;
    options.placement = RS_PLACE_FREE;
    options.log = count_warnings;
    rs_graph *g = rs_graph_new(&options);
    rs_node *a = rs_graph_add(g, &source, "a", nullptr, nullptr);
    rs_node *b = rs_graph_add(g, &sink, "b", nullptr, nullptr);
    int err = rs_graph_connect(g, a, "p", b, "p", nullptr);
    err = err ? err : rs_graph_start(g);
    err = err ? err : rs_graph_wait(g, 10);
    EXPECT_EQ(err, 0) << rs_graph_error(g);
    rs_graph_free(g);
    return err;
}
} // namespace

TEST(Arenas, TwoWorkersAllocateInTwo)
{
    if (mallctl == nullptr)
        GTEST_SKIP() << "libjemalloc.so.2 is not installed (Debian: libjemalloc2)";
    warnings = 0;
    ASSERT_EQ(run(true, note), 0);
    EXPECT_EQ(warnings, 0);
    for (const Place &p : places) {
        EXPECT_EQ(p.arena_of_block, p.arena_of_thread);
        EXPECT_NE(p.arena_of_thread, 0u) << "arena 0 is the builder's";
    }
    EXPECT_NE(places[0].arena_of_block, places[1].arena_of_block);
}

TEST(Arenas, WithoutJemallocAWarningAndTheGraphRuns)
{
    warnings = 0;
    EXPECT_EQ(run(true, nothing), 0);
    EXPECT_EQ(warnings, 2) << "one a worker";
    warnings = 0;
    EXPECT_EQ(run(false, nothing), 0);
    EXPECT_EQ(warnings, 0) << "not asked for";
}

/* First as it is; then, in a program of its own, with jemalloc.  Or what is asked for. */
int main(int argc, char **argv)
{
    ::testing::InitGoogleTest(&argc, argv);
    if (::testing::GTEST_FLAG(filter) != "*")
        return RUN_ALL_TESTS();
    const bool again = std::getenv("TEST_ARENA_AGAIN") != nullptr;
    ::testing::GTEST_FLAG(filter) = again ? "Arenas.Two*" : "Arenas.Without*";
    int failed = RUN_ALL_TESTS();
    if (failed || again)
        return failed;
    setenv("TEST_ARENA_AGAIN", "1", 1);
    setenv("LD_PRELOAD", "libjemalloc.so.2", 1);
    execv("/proc/self/exe", argv);
    return 1;
}
