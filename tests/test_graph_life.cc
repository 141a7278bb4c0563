/* SPDX-License-Identifier: MIT */
/* How graphs start, end, stop, fail, stall and report. */
#include "graph_fixture.h"

#include <csignal>
#include <cstdlib>
#include <dirent.h>
#include <fstream>
#include <jansson.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <thread>

#include "graph/placement.h"

using namespace fixture;

namespace
{

struct pair_of {
    plan a, k;
    graph g;
    explicit pair_of(rs_graph_options o, uint64_t count = 0) : g(o)
    {
        a.count = count;
    }
    void connect(rs_edge_options e = {})
    {
        rs_node *s = g.add(source, "source", &a);
        g.edge(s, g.add(sink, "sink", &k), e);
    }
};

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
const unsigned short_graphs = 1000;
#else
const unsigned short_graphs = 10000;
#endif

/* A graph that is over before its threads have warmed up: the end overtakes no message. */
TEST(End, ThousandsOfShortGraphsLoseNothing)
{
    const char *const rings[] = {"chunked", "cached", "padded", "naive"};
    const unsigned n = getenv("RINGSIDE_EMULATOR") ? 1000 : short_graphs;
    for (unsigned i = 0; i < n; i++) {
        rs_graph_options o = quiet();
        o.ring = rings[i % 4];
        o.capacity = 1u << (i % 5);
        o.batch = 1 + i % o.capacity;
        o.wait = static_cast<rs_wait>(i % RS_WAITS);
        o.placement = i % 8 == 0 ? RS_PLACE_AUTO : RS_PLACE_FREE;
        pair_of p(o, 1 + i % 37);
        p.a.delay_seed = i % 3 == 0 ? i + 1 : 0;
        p.k.delay_seed = i % 5 == 0 ? i + 1 : 0;
        p.connect();
        ASSERT_EQ(0, p.g.run()) << p.g.error();
        ASSERT_EQ(p.a.count, p.k.seen) << "graph " << i;
        ASSERT_TRUE(p.k.in_order) << "graph " << i;
    }
}

TEST(Stop, DrainDeliversWhatWasSent)
{
    pair_of p(quiet());
    p.connect();
    ASSERT_EQ(0, rs_graph_start(p.g.g)) << p.g.error();
    usleep(20000);
    rs_graph_stop(p.g.g, RS_STOP_DRAIN);
    ASSERT_EQ(0, rs_graph_wait(p.g.g, 20)) << p.g.error();
    EXPECT_GT(p.k.seen, 0u);
    EXPECT_EQ(p.a.seen, p.k.seen);
    EXPECT_TRUE(p.k.ended_well);
}

TEST(Stop, NowEndsEveryStrategyAndRunsTheHooks)
{
    for (int w = RS_WAIT_AUTO; w < RS_WAITS; w++) {
        rs_graph_options o = quiet();
        std::atomic<bool> dry{w % 2 == 0}; /* asleep, or in full flow */
        o.wait = static_cast<rs_wait>(w);
        pair_of p(o);
        p.a.dry = &dry;
        p.connect();
        ASSERT_EQ(0, rs_graph_start(p.g.g)) << p.g.error();
        usleep(5000);
        rs_graph_stop(p.g.g, RS_STOP_NOW);
        ASSERT_EQ(0, rs_graph_wait(p.g.g, 20)) << p.g.error();
        EXPECT_EQ(1, p.a.stops);
        EXPECT_EQ(1, p.k.stops);
        EXPECT_FALSE(p.k.ended_well);
    }
}

TEST(Stop, FreeingARunningGraphStopsIt)
{
    pair_of p(quiet());
    p.connect();
    ASSERT_EQ(0, rs_graph_start(p.g.g)) << p.g.error();
    usleep(1000); /* the destructor frees it and expects 0 */
}

TEST(Fail, TheFirstErrorNamesItsNodeAndEndsAll)
{
    for (int who = 0; who < 2; who++) {
        pair_of p(quiet());
        (who == 0 ? p.a : p.k).fail_at = 5000;
        p.connect();
        EXPECT_EQ(-EPROTO, p.g.run());
        expect_part(p.g.error(), who == 0 ? "node 'source'" : "node 'sink'");
        expect_part(p.g.error(), "after 5000 messages");
        EXPECT_EQ(1, p.a.stops);
        EXPECT_EQ(1, p.k.stops);
        EXPECT_FALSE(p.k.ended_well);
    }
}

TEST(Fail, ANodeThatCannotStartStopsTheOthersAgain)
{
    pair_of p(quiet());
    p.k.fail_start = true;
    p.connect();
    EXPECT_EQ(-EIO, rs_graph_start(p.g.g));
    expect_part(p.g.error(), "node 'sink': told to fail at start");
    EXPECT_EQ(0, p.k.stops); /* its start did not succeed */
    EXPECT_EQ(p.a.starts.load(), p.a.stops.load());
}

TEST(Watchdog, SpeaksOfANodeThatDoesNotReturn)
{
    rs_graph_options o = {};
    std::atomic<bool> hold{true};
    o.report_s = 0.1;
    o.stall_s = 0.3;
    pair_of p(o, 1000);
    p.k.hold = &hold;
    p.connect();
    ASSERT_EQ(0, rs_graph_start(p.g.g)) << p.g.error();
    EXPECT_EQ(-ETIMEDOUT, rs_graph_wait(p.g.g, 1.0));
    expect_part(p.g.error(), "'sink' is in its work hook");
    EXPECT_EQ(1u, p.g.log.with("no progress for")) << "once, not every second";
    EXPECT_GE(p.g.log.with("'sink' is in its work hook"), 1u);
    hold = false;
    EXPECT_EQ(0, rs_graph_wait(p.g.g, 20)) << p.g.error();
    EXPECT_EQ(1000u, p.k.seen);
}

/* Report lines come while nothing moves, and say who waits for whom. */
TEST(Report, LinesComeWhileStalled)
{
    rs_graph_options o = {};
    std::atomic<bool> dry{true};
    std::string path = testing::TempDir() + "ringside-node-lines.jsonl";
    unlink(path.c_str());
    o.report_s = 0.1;
    o.metrics_path = path.c_str();
    pair_of p(o, 1000);
    p.a.dry = &dry;
    p.connect();
    ASSERT_EQ(0, rs_graph_start(p.g.g)) << p.g.error();
    EXPECT_EQ(-ETIMEDOUT, rs_graph_wait(p.g.g, 0.55));
    expect_part(p.g.error(), "'sink' waits for source.out");
    EXPECT_GE(p.g.log.with("2 sink: in 0/s"), 4u);
    EXPECT_GE(p.g.log.with("rx-wait 100%"), 3u);
    EXPECT_GE(p.g.log.with("waits on source.out"), 3u);
    dry = false;
    EXPECT_EQ(0, rs_graph_wait(p.g.g, 20)) << p.g.error();
    std::ifstream file(path);
    std::string line;
    size_t whole = 0;
    while (std::getline(file, line))
        whole += line.front() == '{' && line.back() == '}' &&
                 line.find("\"rx_wait_pct\":") != std::string::npos;
    EXPECT_GE(whole, 8u);
    unlink(path.c_str());
}

/* Whatever a graph is called, its lines are JSON and say so. */
TEST(Report, LinesAreJsonWhateverTheName)
{
    std::string path = testing::TempDir() + "ringside-names.jsonl";
    const std::string names[][2] = {
        {"a\"b\\c\n\033[31m", "a\"b\\c\n\033[31m"},
        {"gr\xc3\xb6\xc3\x9f\x65 \xf0\x9f\x94\x94", "gr\xc3\xb6\xc3\x9f\x65 \xf0\x9f\x94\x94"},
        {"x\xff\xc3 \xed\xa0\x80", "x?? ???"},
        {std::string(62, '\1') + "\xc3\xa9", std::string(62, '\1') + "?"}};
    for (const auto &name : names) {
        rs_graph_options o = {};
        unlink(path.c_str());
        o.report_s = 0.1;
        o.name = o.host = name[0].c_str();
        o.metrics_path = path.c_str();
        pair_of p(o, 10);
        p.connect();
        ASSERT_EQ(0, rs_graph_run(p.g.g)) << p.g.error();
        std::ifstream file(path);
        std::string line;
        for (const char *node : {"source", "sink"}) {
            ASSERT_TRUE(std::getline(file, line));
            json_t *j = json_loads(line.c_str(), 0, nullptr);
            ASSERT_NE(nullptr, j) << line;
            EXPECT_EQ(name[1], json_string_value(json_object_get(j, "graph")));
            EXPECT_EQ(name[1], json_string_value(json_object_get(j, "host")));
            EXPECT_STREQ(node, json_string_value(json_object_get(j, "node")));
            json_decref(j);
        }
    }
    unlink(path.c_str());
}

TEST(Report, ASnapshotAddsUp)
{
    rs_graph_options o = quiet();
    rs_node_metrics m[2] = {};
    pair_of p(o);
    p.connect();
    ASSERT_EQ(0, rs_graph_start(p.g.g)) << p.g.error();
    usleep(100000);
    ASSERT_EQ(2u, rs_graph_snapshot(p.g.g, m, 2));
    EXPECT_STREQ("source", m[0].name);
    EXPECT_GT(m[0].out_msgs, 0u);
    EXPECT_EQ(m[0].out_msgs * sizeof(message), m[0].out_bytes);
    EXPECT_LE(m[1].in_msgs, m[0].out_msgs + 100000000); /* read one after the other */
    EXPECT_GT(m[1].calls, 0u);
    EXPECT_LE(m[1].fill, 1.0);
    uint64_t parts = m[1].rx_wait_ns + m[1].tx_wait_ns + m[1].work_ns;
    EXPECT_NEAR(1.0, static_cast<double>(parts) / 1e8, 0.5) << "waits and work are the time";
    rs_graph_stop(p.g.g, RS_STOP_DRAIN);
    ASSERT_EQ(0, rs_graph_wait(p.g.g, 20));
    ASSERT_EQ(2u, rs_graph_snapshot(p.g.g, m, 2)); /* the totals stay */
    EXPECT_EQ(p.a.seen, m[0].out_msgs);
    EXPECT_EQ(p.k.seen, m[1].in_msgs);
    EXPECT_TRUE(m[0].ended && m[1].ended);
}

TEST(Threads, NamesAndMasksAreReadBack)
{
    rs_cpus cpus;
    rs_graph_options o = quiet();
    std::atomic<bool> dry{true};
    ASSERT_EQ(0, rs_cpus_load(&cpus, ""));
    pair_of p(o, 10);
    p.a.dry = &dry;
    rs_node_options first = RS_NODE_DEFAULTS, last = RS_NODE_DEFAULTS;
    first.cpu = 0;
    last.cpu = static_cast<int>(cpus.n - 1);
    rs_node *s = p.g.add(source, "a-source-with-a-very-long-name-17", &p.a, first);
    p.g.edge(s, p.g.add(sink, "sink", &p.k, last));
    ASSERT_EQ(0, rs_graph_start(p.g.g)) << p.g.error();
    int found = 0;
    DIR *tasks = opendir("/proc/self/task");
    ASSERT_NE(nullptr, tasks);
    while (struct dirent *d = readdir(tasks)) {
        std::ifstream comm(std::string("/proc/self/task/") + d->d_name + "/comm");
        std::string name;
        std::getline(comm, name);
        if (name != p.a.thread && name != "sink")
            continue;
        found++;
        cpu_set_t mask;
        ASSERT_EQ(0, sched_getaffinity(std::stoi(d->d_name), sizeof mask, &mask));
        EXPECT_EQ(1, CPU_COUNT(&mask));
        EXPECT_TRUE(CPU_ISSET(cpus.cpu[name == "sink" ? cpus.n - 1 : 0], &mask)) << name;
    }
    closedir(tasks);
    EXPECT_EQ(2, found);
    EXPECT_EQ(15u, strlen(p.a.thread));
    expect_part(p.a.thread, "17"); /* the end tells it from its neighbours */
    dry = false;
    EXPECT_EQ(0, rs_graph_wait(p.g.g, 20)) << p.g.error();
    rs_cpus_free(&cpus);
}

TEST(Threads, ACpuOutsideTheMaskIsAWarning)
{
    pair_of p(quiet(), 100);
    rs_node_options o = RS_NODE_DEFAULTS;
    o.cpu = 4000;
    rs_node *s = p.g.add(source, "source", &p.a, o);
    p.g.edge(s, p.g.add(sink, "sink", &p.k));
    EXPECT_EQ(0, p.g.run()) << p.g.error();
    EXPECT_EQ(1u, p.g.log.with("cpu = 4000"));
    EXPECT_EQ(100u, p.k.seen);
}

TEST(Many, SixtyFourThreadsOnFewCpusFinish)
{
    plan a, k, m[62];
    rs_graph_options o = quiet();
    o.placement = RS_PLACE_THREADS;
    a.count = 20000;
    graph g(o);
    rs_node *from = g.add(source, "source", &a);
    for (int i = 0; i < 62; i++) {
        rs_node *r = g.add(relay_n, ("m" + std::to_string(i)).c_str(), &m[i]);
        g.edge(from, r);
        from = r;
    }
    g.edge(from, g.add(sink, "sink", &k));
    EXPECT_EQ(0, g.run()) << g.error();
    EXPECT_EQ(a.count, k.seen);
}

size_t resident_bytes()
{
    size_t pages = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> pages >> resident;
    return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

/* A thousand nodes; beyond rings and stacks each takes little memory. */
TEST(Many, AThousandNodesBuildRunAndStop)
{
    std::vector<plan> m(998);
    plan a, k;
    rs_graph_options o = quiet();
    o.capacity = 16;
    o.batch = 16;
    a.count = 1000;
    size_t before = resident_bytes();
    graph g(o);
    rs_node *from = g.add(source, "source", &a);
    for (size_t i = 0; i < m.size(); i++) {
        rs_node *r = g.add(relay_n, ("m" + std::to_string(i)).c_str(), &m[i]);
        g.edge(from, r);
        from = r;
    }
    g.edge(from, g.add(sink, "sink", &k));
    ASSERT_EQ(0, rs_graph_start(g.g)) << g.error();
    size_t bytes = (resident_bytes() - before) / 1000;
    printf("# a node with its ring of 16 slots: %zu bytes\n", bytes);
    EXPECT_LT(bytes, 64u * 1024);
    EXPECT_EQ(0, rs_graph_wait(g.g, 60)) << g.error();
    EXPECT_EQ(a.count, k.seen);
}

void ignore(int)
{
}

/* Signals interrupt the futex; the sleeper goes back to sleep and misses nothing. */
TEST(Park, SignalsWhileParkedLoseNothing)
{
    struct sigaction act = {};
    rs_graph_options o = quiet();
    o.wait = RS_WAIT_PARK;
    o.placement = RS_PLACE_FREE;
    o.capacity = 2;
    o.batch = 1;
    act.sa_handler = ignore; /* without SA_RESTART */
    sigaction(SIGALRM, &act, nullptr);
    pair_of p(o, 20000);
    p.connect();
    const struct itimerval every = {{0, 1000}, {0, 1000}}, never = {};
    setitimer(ITIMER_REAL, &every, nullptr);
    EXPECT_EQ(0, p.g.run()) << p.g.error();
    setitimer(ITIMER_REAL, &never, nullptr);
    EXPECT_EQ(20000u, p.k.seen);
    EXPECT_TRUE(p.k.in_order);
}

double cpu_seconds()
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return static_cast<double>(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           static_cast<double>(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* Tells parking from polling; the figure itself goes to the log. */
TEST(Park, AnIdleGraphUsesNoCpu)
{
    rs_graph_options o = quiet();
    std::atomic<bool> hold{true};
    o.wait = RS_WAIT_PARK;
    o.placement = RS_PLACE_FREE;
    plan a, m, k;
    a.count = 1;
    a.hold = &hold;
    graph g(o);
    rs_node *s = g.add(source, "source", &a), *r = g.add(relay, "relay", &m);
    g.edge(s, r);
    g.edge(r, g.add(sink, "sink", &k));
    ASSERT_EQ(0, rs_graph_start(g.g)) << g.error();
    usleep(20000);
    double before = cpu_seconds();
    usleep(500000);
    double used = (cpu_seconds() - before) / 0.5 / 3;
    printf("# an idle node under park: %.3f%% of a cpu\n", used * 100);
    EXPECT_LT(used, 0.03);
    hold = false;
    EXPECT_EQ(0, rs_graph_wait(g.g, 20)) << g.error();
}

} // namespace
