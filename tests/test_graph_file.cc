/* SPDX-License-Identifier: MIT */
/*
 * Shows that a graph file becomes the graph it describes, in whatever order its sections stand;
 * that one which cannot run is refused with its line and the way out; and that no damage to its
 * text does worse.
 */
#include "graph_file.h"
#include "measure/statistics.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

namespace
{

void collect(void *user, rs_level, const char *node, const char *text)
{
    *static_cast<std::string *>(user) += std::string(node) + ": " + text + "\n";
}

/* A graph from text; built unless reading failed. */
class File
{
  public:
    explicit File(const std::string &text, std::vector<const char *> set = {})
    {
        char buffer[2048] = "";
        struct graph_file_options o = {};
        o.set = set.data();
        o.sets = set.size();
        o.silent = true;
        o.log = collect;
        o.log_user = &log;
        err = graph_file_parse(&f, "dir/x.graph", text.data(), text.size(), &o, buffer,
                               sizeof buffer);
        if (err == 0)
            err = graph_file_build(&f, buffer, sizeof buffer);
        why = buffer;
    }
    ~File()
    {
        EXPECT_EQ(graph_file_free(&f), 0);
    }
    File(const File &) = delete;
    File &operator=(const File &) = delete;

    std::string dot() const
    {
        char *text = nullptr;
        size_t length = 0;
        FILE *to = open_memstream(&text, &length);
        EXPECT_EQ(rs_graph_dot(f.graph, to), 0);
        fclose(to);
        std::string all(text, length);
        free(text);
        return all;
    }

    struct graph_file f = {};
    int err = 0;
    std::string why, log;
};

void expect_refused(const std::string &text, const std::vector<std::string> &says,
                    const std::vector<const char *> &set = {})
{
    File file(text, set);
    EXPECT_EQ(file.err, -EINVAL) << text;
    for (const std::string &words : says)
        EXPECT_NE(file.why.find(words), std::string::npos) << words << "\nis not in\n"
                                                           << file.why << "\nof\n"
                                                           << text;
}

const std::string nodes = "[node src]\nkind = source.counter\ncount = 1000\n" /* 1..3 */
                          "[node dst]\nkind = sink.null\n";                   /* 4..5 */
const std::string edge = "[edge src.out -> dst.in]\n";                        /* 6 */

/* ---- what is good ---- */

TEST(Good, SectionsMayStandInAnyOrder)
{
    for (const std::string &text :
         {nodes + edge, edge + nodes, "# note\n\n" + edge + "\n" + nodes}) {
        File file(text);
        ASSERT_EQ(file.err, 0) << file.why;
        EXPECT_NE(rs_graph_find(file.f.graph, "src"), nullptr);
        EXPECT_NE(rs_graph_find(file.f.graph, "dst"), nullptr);
        EXPECT_NE(file.dot().find("\"src\" -> \"dst\""), std::string::npos) << file.dot();
    }
}

TEST(Good, RunsToItsEnd)
{
    File file(nodes + edge);
    ASSERT_EQ(file.err, 0) << file.why;
    ASSERT_EQ(rs_graph_run(file.f.graph), 0) << rs_graph_error(file.f.graph);
    EXPECT_NE(file.log.find("dst: 1000 messages"), std::string::npos) << file.log;
}

TEST(Good, EveryKeyOfTheGraph)
{
    for (const char *key : {"name = a name with blanks",
                            "wait = auto",
                            "wait = spin",
                            "wait = pause",
                            "wait = yield",
                            "wait = park",
                            "wait = sleep",
                            "placement = auto",
                            "placement = threads",
                            "placement = free",
                            "priority = none",
                            "priority = nice",
                            "ring = cached",
                            "capacity = 512",
                            "batch = 32",
                            "report = 0",
                            "report = 0.5",
                            "stall = 0",
                            "stall = 30",
                            "metrics = /tmp/never.jsonl"}) {
        File file("[graph]\n" + std::string(key) + "\n" + nodes + edge);
        EXPECT_EQ(file.err, 0) << key << ": " << file.why;
    }
}

TEST(Good, EveryKeyOfNodesAndEdges)
{
    File file("[node src]\nkind = source.counter\ncpu = 0\nbatch = 8\ncost = 2.5\n"
              "[node a]\nkind = sink.null\nfuse = sinks\n[node b]\nkind = sink.null\nfuse = sinks\n"
              "[edge src.out -> a.in]\nring = padded\ncapacity = 64\nalign = 64\nmode = hash\n"
              "key = 0:4\nmerge = round-robin\n"
              "[edge src.out -> b.in]\nmode = hash\nkey = 0:4\ndrop = newest\npriority = -3\n"
              "merge = priority\n");
    ASSERT_EQ(file.err, 0) << file.why;
    EXPECT_NE(file.dot().find("64 x 8 B"), std::string::npos) << file.dot();
    EXPECT_NE(file.dot().find("hash"), std::string::npos) << file.dot();
}

TEST(Good, ALongEdgeIsNotCut)
{
    const std::string a(63, 'a'), b(63, 'b');
    File file("[node " + a + "]\nkind = source.counter\n[node " + b +
              "]\nkind = sink.null\n[edge " + a + ".out -> " + b + ".in]\n");
    ASSERT_EQ(file.err, 0) << file.why;
    EXPECT_NE(file.dot().find(a + "\" -> \"" + b), std::string::npos);
}

TEST(Good, AValueGoesOnInIndentedLines)
{
    struct graph_file f;
    char why[256] = "";
    const std::string text = "[node f]\ntaps = 0.5,\n  0.25,\n  0.125\n";
    ASSERT_EQ(graph_file_parse(&f, "x", text.data(), text.size(), nullptr, why, sizeof why), 0);
    EXPECT_STREQ(graph_section_key(&f.section[0], "taps")->value, "0.5, 0.25, 0.125");
    EXPECT_EQ(graph_section_key(&f.section[0], "taps")->line, 2);
    graph_file_free(&f);
}

TEST(Set, ReplacesAndAdds)
{
    File file(nodes + edge + "[graph]\ncapacity = 64\nbatch = 1\n",
              {"graph.capacity=128", "src.count=7", "dst.cost=3", "src.count=8"});
    ASSERT_EQ(file.err, 0) << file.why;
    EXPECT_NE(file.dot().find("128 x 8 B"), std::string::npos) << file.dot();
    ASSERT_EQ(rs_graph_run(file.f.graph), 0);
    EXPECT_NE(file.log.find("dst: 8 messages"), std::string::npos) << "the last counts";
}

TEST(Set, NeedsNoGraphSection)
{
    File file(nodes + edge, {"graph.capacity=128"});
    ASSERT_EQ(file.err, 0) << file.why;
    EXPECT_NE(file.dot().find("128 x 8 B"), std::string::npos) << file.dot();
}

TEST(Set, IsRefusedAsTheFileIs)
{
    expect_refused(nodes + edge, {"--set: ", "NODE.KEY=VALUE"}, {"src"});
    expect_refused(nodes + edge, {"--set: ", "NODE.KEY=VALUE"}, {"src=3"});
    expect_refused(nodes + edge, {"--set: ", "did you mean 'src'"}, {"scr.count=3"});
    expect_refused(nodes + edge, {"--set: ", "did you mean 'count'"}, {"src.cuont=3"});
    expect_refused(nodes + edge, {"--set: ", "count = 'x'"}, {"src.count=x"});
    expect_refused(nodes + edge, {"--set: ", "capacity = '0'"}, {"graph.capacity=0"});
}

/* ---- what is refused ---- */

TEST(Refused, WhatIsNotAGraphFile)
{
    expect_refused(std::string("[graph]\nna\0me = x\n", 17), {"x.graph:1: ", "not text"});
    expect_refused("[graph]\nname\n", {"x.graph:2: ", "key = value"});
    expect_refused("[graph\n", {"x.graph:1: "});
    expect_refused("name = x\n", {"x.graph:1: ", "before the first section"});
    expect_refused("", {"x.graph: ", "no nodes"});
    expect_refused("[nodes a]\n", {"x.graph:1: ", "[nodes a] is none of"});
    expect_refused("[graph a]\n", {"x.graph:1: ", "none of"});
    expect_refused("[node]\n", {"x.graph:1: ", "[node NAME]"});
    expect_refused("[node " + std::string(64, 'x') + "]\n", {"x.graph:1: ", "63 bytes"});
    for (const char *text : {"", "a", "a -> b", "a.x -> b", "a -> b.x", "a.x > b.y", ".x -> b.y",
                             "a. -> b.y", "->", "a.x ->", "a.x -> .y"})
        expect_refused("\n[edge " + std::string(text) + "]\n", {"x.graph:2: ", "NODE.PORT"});
}

TEST(Refused, WhatIsGivenAgain)
{
    expect_refused(nodes + "[node src]\nkind = tee\n", {"x.graph:6: ", "stands in line 1"});
    expect_refused(edge + nodes + "[edge src.out->dst.in]\n", {"x.graph:7: ", "line 1"});
    expect_refused("[graph]\n[graph]\n", {"x.graph:2: ", "line 1"});
    expect_refused("[graph]\nwait = spin\nwait = park\n", {"x.graph:3: ", "line 2"});
}

TEST(Refused, KindsAndTheirParameters)
{
    expect_refused("[node a]\n\n", {"x.graph:1: ", "has no kind", "graph kinds"});
    expect_refused("[node a]\nkind = sink.nul\n", {"x.graph:2: ", "did you mean 'sink.null'"});
    expect_refused("[node a]\nkind = qqqqqqqqqqqqqqqqq\n", {"x.graph:2: ", "graph kinds"});
    expect_refused("[node a]\nkind = source.counter\ncuont = 3\n",
                   {"x.graph:3: ", "unknown key 'cuont'", "did you mean 'count'"});
    expect_refused("[node a]\nkind = source.counter\nfuze = 3\n", {"x.graph:3: ", "'fuse'"});
    expect_refused("[node a]\nkind = source.counter\nqqqqqqqqqqq = 3\n",
                   {"x.graph:3: ", "valid: count", "cost"});
    expect_refused("[node a]\nkind = source.counter\ncpu = 0\ncount = many\n",
                   {"x.graph:4: ", "'a'", "count = 'many'", "valid: "});
    expect_refused("[node a]\nkind = source.counter\ncount = -1\n",
                   {"x.graph:3: ", "out of range"});
    expect_refused("[node a b]\nkind = source.counter\n", {"x.graph:1: ", "letters"});
}

TEST(Refused, ValuesOfOptions)
{
    for (const char *key : {"cpu = -1", "cpu = x", "cpu = 1.5", "batch = 0", "batch = 1e99",
                            "cost = 0", "cost = nan", "fuse ="})
        expect_refused("[node a]\nkind = sink.null\n" + std::string(key) + "\n", {"x.graph:3: "});
    for (const char *key : {"capacity = 0", "capacity = 1k", "batch = -1", "report = -1",
                            "report = x", "stall = inf", "metrics ="})
        expect_refused("[graph]\n" + std::string(key) + "\n" + nodes + edge, {"x.graph:2: "});
    expect_refused("[graph]\nwait = sppin\n", {"x.graph:2: ", "did you mean 'spin'", "park"});
    expect_refused("[graph]\nplacement = thread\n", {"x.graph:2: ", "'threads'"});
    expect_refused("[graph]\npriority = high\n", {"x.graph:2: ", "none, nice, fifo"});
    expect_refused("[graph]\nring = cachd\n", {"x.graph:2: ", "did you mean 'cached'"});
    expect_refused("[graph]\ncapcity = 3\n", {"x.graph:2: ", "did you mean 'capacity'"});
    for (const char *key : {"capacity = 0", "align = 48", "align = 0", "mode = all", "merge = x",
                            "priority = high", "drop = oldest", "key = 4", "key = 0:9", "key = 0:0",
                            "key = a:b", "credits = 0", "ring = x", "rings = cached"})
        expect_refused(nodes + edge + key + "\n", {"x.graph:7: "});
}

TEST(Refused, EdgesToNowhere)
{
    expect_refused(nodes + "[edge scr.out -> dst.in]\n", {"x.graph:6: ", "did you mean 'src'"});
    expect_refused(nodes + "[edge src.out -> qqqqqqqq.in]\n", {"x.graph:6: ", "[node qqqqqqqq]"});
    expect_refused(nodes + "[edge src.ot -> dst.in]\n", {"x.graph:6: ", "did you mean 'out'"});
    expect_refused(nodes + "[edge src.out -> dst.inn]\n", {"x.graph:6: ", "did you mean 'in'"});
    expect_refused(nodes + "[edge dst.out -> dst.in]\n", {"x.graph:6: ", "output"});
}

/* Errors that only the whole graph has still lead to a line. */
TEST(Refused, WhatTheEngineFinds)
{
    expect_refused(nodes, {"x.graph:1: ", "'src'"});
    expect_refused(nodes + edge + "capacity = 1000\nring = cached\n", {"x.graph:6: "});
    expect_refused(nodes + edge +
                       "[node g]\nkind = map.gain\n[edge src.out -> g.in]\n"
                       "[node h]\nkind = sink.null\n[edge g.out -> h.in]\n",
                   {"x.graph:9: "});
    expect_refused("[node g]\nkind = map.gain\n[node h]\nkind = map.gain\n[edge g.out -> h.in]\n"
                   "[edge h.out -> g.in]\n",
                   {"x.graph:1: ", "cycle", "credits"});
    expect_refused(nodes + edge + "capacity = 16\n[graph]\nbatch = 64\n", {"x.graph:1: ", "64"});
}

TEST(Refused, PluginsThatAreNotThere)
{
    expect_refused("[graph]\nplugin = ./no.so\n", {"x.graph:2: ", "dir/./no.so", "No such file"});
    expect_refused("[graph]\nplugin = no.so\n", {"x.graph:2: ", "no.so", "a path with a slash"});
    expect_refused("[graph]\nplugin = /no/no.so\n", {"x.graph:2: ", "/no/no.so"});
    expect_refused("[graph]\nplugin =\n", {"x.graph:2: ", "no path"});
}

TEST(Kinds, NothingIsSearched)
{
    char why[512];
    rs_kinds *k = rs_kinds_new();
    ASSERT_NE(k, nullptr);
    EXPECT_EQ(rs_kinds_load(k, "libm.so.6", why, sizeof why), -EINVAL);
    EXPECT_NE(std::string(why).find("./libm.so.6"), std::string::npos) << why;
    EXPECT_EQ(rs_kinds_load(k, "/", why, sizeof why), -ENOENT);
    rs_kinds_free(k);
    rs_kinds_free(nullptr);
}

TEST(Kinds, AreListedAndFound)
{
    rs_kinds *k = rs_kinds_new();
    size_t n = 0;
    for (const rs_node_ops *ops; (ops = rs_kinds_at(k, n)) != nullptr; n++) {
        const char *nearest = nullptr;
        EXPECT_EQ(rs_kinds_find(k, ops->kind, &nearest), ops);
        EXPECT_EQ(ops->abi, static_cast<uint32_t>(RS_GRAPH_ABI)) << ops->kind;
        EXPECT_NE(ops->summary, nullptr) << ops->kind;
    }
    EXPECT_GT(n, 5u);
    EXPECT_EQ(rs_kinds_find(k, "x", nullptr), nullptr);
    rs_kinds_free(k);
}

TEST(Load, AFileOnDisk)
{
    char path[] = "/tmp/test_graph_file.XXXXXX", why[1024] = "";
    close(mkstemp(path));
    std::ofstream(path) << nodes << edge;
    struct graph_file f;
    ASSERT_EQ(graph_file_load(&f, path, nullptr, why, sizeof why), 0) << why;
    EXPECT_EQ(f.n, 3u);
    EXPECT_EQ(graph_file_free(&f), 0);
    unlink(path);
    EXPECT_EQ(graph_file_load(&f, path, nullptr, why, sizeof why), -ENOENT);
    EXPECT_NE(std::string(why).find("cannot read graph file " + std::string(path)),
              std::string::npos)
        << why;
}

/* Files with random damage are good or are refused with a reason; nothing else may happen. */
TEST(Damaged, NeverCrashesAndAlwaysSaysWhy)
{
    const std::string whole = "[graph]\nname = x\nwait = park\n" + edge +
                              "capacity = 64\nring = cached\n" + nodes +
                              "[node t]\nkind = tee\n[edge src.out -> t.in]\nmode = broadcast\n"
                              "[node e]\nkind = sink.null\n[edge t.out -> e.in]\n";
    uint64_t rng = 1;
    ASSERT_EQ(File(whole).err, 0) << File(whole).why;
    for (int i = 0; i < 2000; i++) {
        std::string text = whole;
        for (uint64_t k = stats_below(&rng, 4) + 1; k > 0; k--) {
            size_t from = static_cast<size_t>(stats_below(&rng, text.size()));
            if (stats_below(&rng, 2))
                text[from] = static_cast<char>(stats_below(&rng, 256));
            else
                text.erase(from, static_cast<size_t>(stats_below(&rng, 8)));
        }
        File file(text);
        ASSERT_TRUE(file.err == 0 || file.err == -EINVAL) << file.err << "\n" << text;
        ASSERT_EQ(file.err == 0, file.why.empty()) << file.why << "\n" << text;
    }
}

} /* namespace */
