/* SPDX-License-Identifier: MIT */
/* What a graph counts, PAPI reads under the name that says it, while the graph lives and after. */
#include "graph/sde.h"
#include "graph_fixture.h"
#include "papi_fixture.h"

#include <cstdlib>
#include <memory>
#include <thread>

using namespace fixture;

namespace
{

constexpr long long NOBODY = -1; /* PAPI's value for a name that no library has registered */

class Sde : public testing::Test
{
  protected:
    void SetUp() override
    {
        SKIP_WITHOUT_PAPI();
    }
};

rs_graph_options named(const char *name, bool sde = true)
{
    rs_graph_options o = {};
    o.name = name;
    o.report_s = -1;
    o.sde = sde;
    return o;
}

/* src -> dst.  The graph goes before the plans that its nodes look at. */
struct pair {
    plan a, b;
    graph g;
    explicit pair(const rs_graph_options &o) : g(o)
    {
        rs_node *src = g.add(source, "src", &a);
        g.edge(src, g.add(sink, "dst", &b));
    }
};

/* It has sent `count` messages and ended. */
std::unique_ptr<pair> run_pair(const rs_graph_options &o, uint64_t count)
{
    auto p = std::make_unique<pair>(o);
    p->a.count = count;
    EXPECT_EQ(0, p->g.run()) << p->g.error();
    EXPECT_EQ(count, p->b.seen);
    return p;
}

using Values = std::vector<long long>;

TEST_F(Sde, MessagesReadThroughPapiAreThoseSent)
{
    PapiReader papi({"exact.src.out_msgs", "exact.dst.in_msgs", "exact.dst.out_msgs"});
    papi.start();
    auto p = run_pair(named("exact"), 12345);
    EXPECT_EQ((Values{12345, 12345, 0}), papi.read());
}

TEST_F(Sde, EveryCounterOfTheSnapshotIsTheSameThroughPapi)
{
    PapiReader papi({"same.dst.in_msgs", "same.dst.calls", "same.dst.empty_stalls",
                     "same.dst.full_stalls", "same.dst.parks", "same.dst.dropped_msgs"});
    papi.start();
    auto p = run_pair(named("same"), 50000);
    rs_node_metrics m[2];
    ASSERT_EQ(2u, rs_graph_snapshot(p->g.g, m, 2));
    const rs_node_metrics &d = m[1];
    const Values want = {(long long)d.in_msgs,     (long long)d.calls, (long long)d.empty_stalls,
                         (long long)d.full_stalls, (long long)d.parks, (long long)d.dropped_msgs};
    EXPECT_EQ(want, papi.read());
    EXPECT_GT(d.calls, 0u);
}

TEST_F(Sde, SumsAreOverAllNodes)
{
    PapiReader papi({"nodes.in_msgs", "nodes.out_msgs"});
    ASSERT_EQ(nullptr, rs_sde_open());
    papi.start();
    plan a, m, b;
    a.count = 1000;
    graph g(named("sums"));
    rs_node *r = g.add(relay, "mid", &m);
    g.edge(g.add(source, "src", &a), r);
    g.edge(r, g.add(sink, "dst", &b));
    ASSERT_EQ(0, g.run()) << g.error();
    EXPECT_EQ((Values{2000, 2000}), papi.read());
}

TEST_F(Sde, DroppedMessagesAreRead)
{
    PapiReader papi({"drop.src.dropped_msgs", "drop.dst.in_msgs"});
    papi.start();
    plan a, b;
    a.count = 4000;
    b.us_per_batch = 200;
    rs_graph_options o = named("drop");
    o.capacity = 64;
    o.placement = RS_PLACE_FREE;
    graph g(o);
    rs_edge_options drop = {};
    drop.drop_newest = true;
    g.edge(g.add(source, "src", &a), g.add(sink, "dst", &b), drop);
    ASSERT_EQ(0, g.run()) << g.error();
    const Values v = papi.read();
    EXPECT_GT(v[0], 0);
    EXPECT_EQ(4000, v[0] + v[1]);
}

/* Two sinks on one worker sleep as one: both say so, the sum has it once. */
TEST_F(Sde, AParkedWorkerIsReadWhileItSleeps)
{
    PapiReader papi({"asleep.k0.parks", "asleep.k1.parks", "nodes.parks", "asleep.src.parks"});
    ASSERT_EQ(nullptr, rs_sde_open());
    papi.start();
    std::atomic<bool> dry{true};
    plan a, k[2];
    a.count = 10;
    a.dry = &dry;
    rs_graph_options o = named("asleep");
    o.wait = RS_WAIT_PARK;
    graph g(o);
    rs_node_options fused = RS_NODE_DEFAULTS;
    fused.fuse = "sinks";
    rs_node *src = g.add(source, "src", &a);
    g.edge(src, g.add(sink, "k0", &k[0], fused));
    g.edge(src, g.add(sink, "k1", &k[1], fused));
    ASSERT_EQ(0, rs_graph_start(g.g)) << g.error();
    for (int i = 0; i < 5000 && papi.read()[0] < 1; i++)
        usleep(1000);
    EXPECT_GE(papi.read()[0], 1) << "a worker without input did not park within 5 s";
    dry = false;
    ASSERT_EQ(0, rs_graph_wait(g.g, 60)) << g.error();
    const Values v = papi.read();
    EXPECT_EQ(v[0], v[1]);
    EXPECT_EQ(v[0] + v[3], v[2]);
}

TEST_F(Sde, CountsStayWhenTheGraphIsFreedAndGoOnWithTheNext)
{
    PapiReader papi({"again.dst.in_msgs", "nodes.in_msgs"});
    papi.start();
    run_pair(named("again"), 300).reset();
    EXPECT_EQ((Values{300, 300}), papi.read());
    auto second = run_pair(named("again"), 40);
    EXPECT_EQ((Values{340, 340}), papi.read());
    second.reset();
    EXPECT_EQ((Values{340, 340}), papi.read());
    EXPECT_EQ(0u, run_pair(named("again"), 1)->g.log.with("software-defined"));
}

TEST_F(Sde, AGraphThatDoesNotAskExportsNothing)
{
    PapiReader papi({"silent.dst.in_msgs", "nodes.in_msgs"});
    ASSERT_EQ(nullptr, rs_sde_open());
    papi.start();
    auto p = run_pair(named("silent", false), 100);
    EXPECT_EQ((Values{NOBODY, 0}), papi.read());
}

TEST_F(Sde, TheEnvironmentAsksForEveryGraph)
{
    for (const char *no : {"", "0"}) {
        setenv("RINGSIDE_SDE", no, 1);
        EXPECT_FALSE(rs_sde_wanted()) << "'" << no << "'";
    }
    PapiCount count("environment.dst.in_msgs");
    setenv("RINGSIDE_SDE", "1", 1);
    EXPECT_TRUE(rs_sde_wanted());
    auto p = run_pair(named("environment", false), 77);
    unsetenv("RINGSIDE_SDE");
    EXPECT_EQ(77, count());
}

TEST_F(Sde, NamesAreWhatPapiCanParse)
{
    PapiCount count("a_b_c_d_e-f.dst.in_msgs");
    auto p = run_pair(named("a:b=c d.e-f"), 5);
    EXPECT_EQ(5, count());
}

TEST_F(Sde, ASecondGraphOfTheNameIsRefusedAloudAndRuns)
{
    PapiCount count("twin.dst.in_msgs");
    auto first = run_pair(named("twin"), 10);
    EXPECT_EQ(0u, first->g.log.with("software-defined"));
    auto second = run_pair(named("twin"), 20);
    EXPECT_EQ(1u, second->g.log.with("give each its own")) << "it must say what to do";
    EXPECT_EQ(10, count());
    second.reset();
    EXPECT_EQ(10, count()) << "what was not exported must not be added";
}

/* A callback must never look at a node that is freed; AddressSanitizer sees it if one does. */
TEST_F(Sde, ReadingGoesOnWhileGraphsComeAndGo)
{
    run_pair(named("churn"), 1).reset(); /* registers: PAPI looks names up without a lock */
    PapiReader papi({"churn.dst.in_msgs", "churn.src.out_msgs", "nodes.in_msgs"});
    papi.start();
    std::atomic<bool> over{false};
    std::thread graphs([&] {
        for (int i = 0; i < 30; i++)
            run_pair(named("churn"), 200).reset();
        over = true;
    });
    Values last = {0, 0, 0};
    while (!over) {
        const Values now = papi.read();
        for (size_t i = 0; i < now.size(); i++)
            EXPECT_GE(now[i], last[i]) << "event " << i << " went back";
        last = now;
    }
    graphs.join();
    EXPECT_EQ((Values{6000, 6000, 6000}), papi.read());
}

/* In any build: where there is no PAPI, the graph says why, once, and runs. */
TEST(SdeWithoutPapi, AskingIsAnsweredAndTheGraphRuns)
{
    const char *why = rs_sde_open();
    auto p = run_pair(named("anywhere"), 9);
    EXPECT_EQ(why != nullptr ? 1u : 0u, p->g.log.with("not all counters are software-defined"));
    if (why != nullptr) {
        EXPECT_EQ(1u, p->g.log.with("libpapi-dev")) << "it must say what to install";
    }
}

} // namespace
