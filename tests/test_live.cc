/* SPDX-License-Identifier: MIT */
/*
 * The live file: readers never see a mix of two payloads, whoever died is told from who runs, files
 * and folders that are not this user's are refused; a graph is there while it runs and gone after;
 * its Prometheus file stays, and one that cannot be written costs one warning.
 */
#include "graph/exposition.h"
#include "graph/live.h"
#include "tests/graph_fixture.h"

#include <array>
#include <cstdlib>
#include <dirent.h>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>

namespace
{

enum { WORDS = 32, VERSIONS = 1000000 };
using payload = std::array<uint64_t, WORDS>;

/* A folder of its own for each test. */
class Live : public testing::Test
{
  protected:
    void SetUp() override
    {
        char pattern[] = "/tmp/ringside-live-XXXXXX";
        ASSERT_NE(mkdtemp(pattern), nullptr);
        folder = pattern;
        setenv("RINGSIDE_LIVE_DIR", pattern, 1);
    }
    void TearDown() override
    {
        for (const auto &f : files())
            unlink((folder + "/" + f).c_str());
        rmdir(folder.c_str());
        unsetenv("RINGSIDE_LIVE_DIR");
    }
    std::vector<std::string> files() const
    {
        std::vector<std::string> names;
        DIR *d = opendir(folder.c_str());
        while (struct dirent *e = d != nullptr ? readdir(d) : nullptr)
            if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
                names.push_back(e->d_name);
        if (d != nullptr)
            closedir(d);
        return names;
    }
    int create(struct rs_live *l, const char *name, size_t bytes = sizeof(payload))
    {
        return rs_live_create(l, RS_LIVE_GRAPH, name, "/somewhere", bytes, why, sizeof why);
    }
    int open(struct rs_live_view *v, const std::string &path)
    {
        return rs_live_open(v, path.c_str(), why, sizeof why);
    }
    std::string folder;
    char why[1024] = "";
};

payload payload_of(uint64_t version)
{
    payload p;
    for (size_t i = 0; i < WORDS; i++)
        p[i] = version * WORDS + i;
    return p;
}

bool is_whole(const payload &p)
{
    for (size_t i = 0; i < WORDS; i++)
        if (p[i] != p[0] + i)
            return false;
    return p[0] % WORDS == 0;
}

/* Reads until `last` was seen: mixes, versions that went back, and different ones seen. */
struct reading {
    uint64_t torn = 0, backwards = 0, different = 0;
};
reading read_until(const struct rs_live_view &v, uint64_t last)
{
    reading r;
    payload p;
    for (uint64_t seen = 0; seen < last;) {
        if (rs_live_copy(&v, p.data()) != 0)
            continue;
        const uint64_t version = p[0] / WORDS;
        r.torn += !is_whole(p);
        r.backwards += version < seen;
        r.different += version != seen;
        seen = version;
    }
    return r;
}

void publish_many(struct rs_live *l, uint64_t versions)
{
    for (uint64_t v = 1; v <= versions; v++) {
        const payload p = payload_of(v);
        rs_live_publish(l, p.data());
    }
}

TEST_F(Live, AReaderNeverSeesAMixWhileAWriterHammers)
{
    struct rs_live l;
    struct rs_live_view v;
    ASSERT_EQ(create(&l, "hammer"), 0) << why;
    ASSERT_EQ(open(&v, l.path), 0) << why;
    std::thread writer([&] { publish_many(&l, VERSIONS); });
    const reading r = read_until(v, VERSIONS);
    writer.join();
    EXPECT_EQ(r.torn, 0u);
    EXPECT_EQ(r.backwards, 0u);
    EXPECT_GT(r.different, 1u);
    rs_live_close(&v);
    rs_live_remove(&l);
}

TEST_F(Live, NorDoesOneInAnotherProcess)
{
    struct rs_live l;
    ASSERT_EQ(create(&l, "hammer"), 0) << why;
    const pid_t child = fork();
    if (child == 0) {
        struct rs_live_view v;
        if (open(&v, l.path) != 0)
            _exit(2);
        const reading r = read_until(v, VERSIONS);
        _exit(r.torn == 0 && r.backwards == 0 ? 0 : 1);
    }
    publish_many(&l, VERSIONS);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0) << "2: cannot open, 1: a mix or a version that went back";
    rs_live_remove(&l);
}

/* A writer that does not give the half up before it overwrites it: the check above must fail. */
TEST_F(Live, TheCheckSeesAWriterThatTears)
{
    struct rs_live l;
    struct rs_live_view v;
    ASSERT_EQ(create(&l, "torn"), 0) << why;
    publish_many(&l, 2); /* version 2 lies in the first half */
    ASSERT_EQ(open(&v, l.path), 0) << why;
    char *half = reinterpret_cast<char *>(l.header) + l.header->header_bytes;
    std::atomic<bool> stop{false};
    std::thread writer([&] {
        for (uint64_t n = 3; !stop.load(); n++)
            for (size_t i = 0; i < WORDS; i++)
                __atomic_store_n(reinterpret_cast<uint64_t *>(half) + i, n * WORDS + i,
                                 __ATOMIC_RELAXED);
    });
    bool torn = false;
    for (uint64_t i = 0; !torn && i < 100000000; i++) {
        payload p;
        torn = rs_live_copy(&v, p.data()) == 0 && !is_whole(p);
    }
    stop = true;
    writer.join();
    EXPECT_TRUE(torn);
    rs_live_close(&v);
    rs_live_remove(&l);
}

TEST_F(Live, AWriterThatStopsInTheMiddleLeavesTheLastWholePayload)
{
    struct rs_live l;
    struct rs_live_view v;
    payload p;
    ASSERT_EQ(create(&l, "stopped"), 0) << why;
    ASSERT_EQ(open(&v, l.path), 0) << why;
    EXPECT_EQ(rs_live_copy(&v, p.data()), -EAGAIN) << "nothing was published";
    publish_many(&l, 2);
    char *first = reinterpret_cast<char *>(l.header) + l.header->header_bytes;
    memset(first + l.header->payload_bytes, 0xee, sizeof p / 2); /* half of version 3 */
    ASSERT_EQ(rs_live_copy(&v, p.data()), 0);
    EXPECT_TRUE(is_whole(p));
    EXPECT_EQ(p[0] / WORDS, 2u);
    rs_live_close(&v);
    rs_live_remove(&l);
}

TEST_F(Live, AFileIsPrivateAndGoneWhenRemoved)
{
    struct rs_live a, b;
    struct stat s;
    ASSERT_EQ(create(&a, "same/../name"), 0) << why;
    ASSERT_EQ(create(&b, "same/../name"), 0) << why;
    EXPECT_STRNE(a.path, b.path) << "two graphs of one name";
    EXPECT_EQ(files().size(), 2u) << "both in the folder, and nothing else";
    ASSERT_EQ(stat(a.path, &s), 0);
    EXPECT_EQ(s.st_mode & 0777, 0600u);
    EXPECT_EQ(static_cast<size_t>(s.st_size), a.bytes);
    rs_live_remove(&a);
    rs_live_remove(&b);
    rs_live_remove(&b); /* again: nothing */
    EXPECT_TRUE(files().empty());
}

TEST_F(Live, TheFileOfADeadProcessIsKnownAndTheNextWriterRemovesIt)
{
    const pid_t child = fork();
    if (child == 0) {
        struct rs_live l;
        _exit(create(&l, "dead") == 0 ? 0 : 1);
    }
    int status = 0;
    siginfo_t info;
    ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
    ASSERT_EQ(files().size(), 1u);
    struct rs_live_view v;
    ASSERT_EQ(open(&v, folder + "/" + files()[0]), 0) << why;
    EXPECT_EQ(rs_live_state(v.header), RS_LIVE_DEAD) << "a zombie";
    waitpid(child, &status, 0);
    ASSERT_EQ(status, 0);
    EXPECT_EQ(rs_live_state(v.header), RS_LIVE_DEAD);
    struct rs_live_header other = *v.header;
    other.pid = static_cast<uint32_t>(getpid()); /* the pid is in use again */
    EXPECT_EQ(rs_live_state(&other), RS_LIVE_DEAD) << "the start time tells";
    other.pid_space++;
    EXPECT_EQ(rs_live_state(&other), RS_LIVE_ELSEWHERE);
    other = *v.header;
    other.started_ticks = 0; /* its writer had no /proc */
    EXPECT_EQ(rs_live_state(&other), RS_LIVE_ELSEWHERE) << "not running, for all that is known";
    rs_live_close(&v);
    struct rs_live l;
    ASSERT_EQ(create(&l, "next"), 0) << why;
    EXPECT_EQ(files().size(), 1u);
    rs_live_remove(&l);
}

TEST_F(Live, WhatIsNoLiveFileIsRefused)
{
    struct rs_live l;
    struct rs_live_view v;
    const std::string path = folder + "/1-x";
    ASSERT_EQ(create(&l, "good"), 0) << why;
    EXPECT_EQ(open(&v, folder + "/nothere"), -ENOENT);
    std::ofstream(path) << "";
    EXPECT_EQ(open(&v, path), -EBADMSG) << why;
    std::ofstream(path) << std::string(8000, 'x');
    EXPECT_EQ(open(&v, path), -EBADMSG) << why;
    struct rs_live_header h = *l.header;
    h.version++;
    std::ofstream(path).write(reinterpret_cast<char *>(&h), sizeof h);
    EXPECT_EQ(open(&v, path), -EPROTO);
    EXPECT_NE(std::string(why).find("another version"), std::string::npos) << why;
    h.version--;
    std::ofstream(path).write(reinterpret_cast<char *>(&h), sizeof h);
    EXPECT_EQ(open(&v, path), -EBADMSG) << "without its payloads";
    unlink(path.c_str());
    ASSERT_EQ(symlink(l.path, path.c_str()), 0);
    EXPECT_EQ(open(&v, path), -ELOOP) << "a link is not followed";
    rs_live_remove(&l);
}

TEST_F(Live, AFolderThatOthersMayWriteToIsRefused)
{
    struct rs_live l;
    ASSERT_EQ(chmod(folder.c_str(), 0777), 0);
    EXPECT_EQ(create(&l, "x"), -EPERM);
    EXPECT_NE(std::string(why).find("others may write"), std::string::npos) << why;
    EXPECT_EQ(l.header, nullptr);
    EXPECT_TRUE(files().empty());
}

/* A path that was cut would name another file: one that nobody removes, or that is not ours. */
TEST_F(Live, AFolderIsUsedWithItsWholeNameOrNotAtAll)
{
    const auto look = [](void *paths, const char *path) {
        static_cast<std::vector<std::string> *>(paths)->push_back(path);
        return true;
    };
    const size_t most = RS_LIVE_FOLDER_MOST;
    for (size_t length : {most, most + 1}) {
        const std::string parent = folder + "/" + std::string(200, 'p'),
                          deep = parent + "/" + std::string(length - parent.size() - 1, 'd');
        std::vector<std::string> paths;
        struct rs_live l;
        struct rs_live_view v;
        ASSERT_EQ(mkdir(parent.c_str(), 0700), 0);
        ASSERT_EQ(mkdir(deep.c_str(), 0700), 0);
        setenv("RINGSIDE_LIVE_DIR", deep.c_str(), 1);
        const bool fits = length <= most;
        ASSERT_EQ(create(&l, "x"), fits ? 0 : -ENAMETOOLONG) << why;
        rs_live_each(look, &paths);
        ASSERT_EQ(paths.size(), fits ? 1u : 0u);
        if (fits) {
            EXPECT_EQ(paths[0], l.path);
            EXPECT_EQ(open(&v, paths[0]), 0) << why;
            rs_live_close(&v);
        }
        rs_live_remove(&l);
        rmdir(deep.c_str());
        EXPECT_EQ(rmdir(parent.c_str()), 0) << "nothing is left there";
        setenv("RINGSIDE_LIVE_DIR", folder.c_str(), 1);
    }
}

/* ---- a graph ---- */

/* Two nodes; the source runs dry when told. */
struct pair_of_nodes {
    fixture::plan from, to;
    fixture::lines log;
    rs_graph *graph = nullptr;
    void build(rs_graph_options options)
    {
        options.log = fixture::lines::take;
        options.log_user = &log;
        graph = rs_graph_new(&options);
        ASSERT_NE(graph, nullptr);
        rs_node *a = add("src", fixture::source, &from), *b = add("dst", fixture::sink, &to);
        ASSERT_EQ(rs_graph_connect(graph, a, "out", b, "in", nullptr), 0) << rs_graph_error(graph);
    }
    rs_node *add(const char *name, const rs_node_ops &ops, fixture::plan *p)
    {
        char address[32];
        snprintf(address, sizeof address, "%llx",
                 static_cast<unsigned long long>(reinterpret_cast<uintptr_t>(p)));
        const rs_param item = {"plan", address};
        const rs_params params = {&item, 1};
        return rs_graph_add(graph, &ops, name, &params, nullptr);
    }
};

TEST_F(Live, AGraphShowsItsNodesWhileItRunsAndNotAfter)
{
    pair_of_nodes g;
    rs_graph_options o = fixture::quiet(); /* nothing but this needs the reporter */
    o.publish = true;
    o.name = "shown";
    g.build(o);
    ASSERT_EQ(rs_graph_start(g.graph), 0) << rs_graph_error(g.graph);
    ASSERT_EQ(files().size(), 1u) << "at once";
    struct rs_live_view v;
    ASSERT_EQ(open(&v, folder + "/" + files()[0]), 0) << why;
    EXPECT_STREQ(v.header->name, "shown");
    EXPECT_EQ(rs_live_state(v.header), RS_LIVE_RUNS);
    std::vector<uint64_t> room(static_cast<size_t>(v.header->payload_bytes) / 8);
    const auto *head = reinterpret_cast<struct rs_live_graph *>(room.data());
    const auto *node = reinterpret_cast<const struct rs_live_node *>(head + 1);
    ASSERT_EQ(rs_live_copy(&v, room.data()), 0);
    ASSERT_EQ(head->n_nodes, 2u);
    ASSERT_EQ(head->node_bytes, sizeof *node);
    EXPECT_STREQ(node[1].now.name, "dst");
    EXPECT_EQ(rs_node_rates_between(&node[1].then, &node[1].now).interval_s, 0);
    for (int i = 0; i < 500 && node[1].now.in_msgs == 0; i++) {
        usleep(10000);
        ASSERT_EQ(rs_live_copy(&v, room.data()), 0);
    }
    const rs_node_rates r = rs_node_rates_between(&node[1].then, &node[1].now);
    EXPECT_GT(r.in_msgs_per_s, 0);
    EXPECT_NEAR(r.in_bytes_per_s, r.in_msgs_per_s * sizeof(fixture::message), 1);
    rs_graph_stop(g.graph, RS_STOP_DRAIN);
    EXPECT_EQ(rs_graph_wait(g.graph, -1), 0);
    EXPECT_TRUE(files().empty());
    ASSERT_EQ(rs_live_copy(&v, room.data()), 0) << "a view that is open stays valid";
    EXPECT_EQ(head->ended, 1u);
    EXPECT_EQ(node[1].now.in_msgs, g.to.seen.load()) << "the last word is exact";
    rs_live_close(&v);
    rs_graph_free(g.graph);
}

TEST_F(Live, AGraphThatWasNotAskedShowsNothing)
{
    pair_of_nodes g;
    g.build({});
    ASSERT_EQ(rs_graph_start(g.graph), 0);
    EXPECT_TRUE(files().empty());
    rs_graph_free(g.graph);
}

TEST_F(Live, AGraphThatCannotStartLeavesNothing)
{
    pair_of_nodes g;
    rs_graph_options o = fixture::quiet();
    o.publish = true;
    g.from.fail_start = true;
    g.build(o);
    EXPECT_EQ(rs_graph_start(g.graph), -EIO);
    EXPECT_TRUE(files().empty());
    rs_graph_free(g.graph);
}

TEST_F(Live, WhereNothingCanBeShownTheGraphRunsAllTheSame)
{
    pair_of_nodes g;
    rs_graph_options o = fixture::quiet();
    o.publish = true;
    o.prometheus_path = "/nonexistent/folder/x.prom";
    g.from.count = 100;
    setenv("RINGSIDE_LIVE_DIR", "/nonexistent/folder", 1);
    g.build(o);
    EXPECT_EQ(rs_graph_run(g.graph), 0) << rs_graph_error(g.graph);
    EXPECT_EQ(g.to.seen.load(), 100u);
    EXPECT_EQ(g.log.with("`ringside top` will not see"), 1u);
    EXPECT_EQ(g.log.with("no more metrics go there"), 1u);
    rs_graph_free(g.graph);
    setenv("RINGSIDE_LIVE_DIR", folder.c_str(), 1);
}

/* ---- Prometheus ---- */

std::string read_file(const std::string &path)
{
    std::stringstream all;
    all << std::ifstream(path).rdbuf();
    return all.str();
}

TEST_F(Live, ThePrometheusFileStaysWithTheLastValues)
{
    pair_of_nodes g;
    rs_graph_options o = fixture::quiet();
    const std::string path = folder + "/g.prom";
    o.prometheus_path = path.c_str();
    o.name = "a \"quoted\\ name\n";
    g.from.count = 1000;
    g.build(o);
    EXPECT_EQ(rs_graph_run(g.graph), 0) << rs_graph_error(g.graph);
    rs_graph_free(g.graph);
    const std::string text = read_file(path);
    const std::string graph = "{graph=\"a \\\"quoted\\\\ name\\n\"";
    EXPECT_NE(text.find("ringside_graph_running" + graph + "} 0\n"), std::string::npos) << text;
    EXPECT_NE(text.find("ringside_node_messages_total" + graph +
                        ",node=\"dst\",direction=\"in\"} 1000\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("ringside_edge_capacity_messages" + graph + ",edge=\"src.out -> dst.in\"}"),
              std::string::npos)
        << text;
    EXPECT_EQ(files().size(), 1u) << "and nothing beside it";
}

} // namespace
