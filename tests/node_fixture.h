/* SPDX-License-Identifier: MIT */
/*
 * What the tests of ready-made nodes share: a graph that is built by names and settings and run in
 * one call, a node that sends given samples, one that keeps what comes, and a folder of its own.
 */
#ifndef RINGSIDE_TESTS_NODE_FIXTURE_H
#define RINGSIDE_TESTS_NODE_FIXTURE_H

#include "graph/graph.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <map>
#include <string>
#include <vector>

using samples = std::vector<float>;
using bytes = std::string;
using settings = std::map<std::string, std::string>;

/* ---- nodes at the ends of a graph under test ------------------------------------------------- */

struct feed {
    const samples *from;
    size_t at;
};

inline int feed_process(rs_node *node, const void *, void *out)
{
    auto *f = (feed *)rs_node_state(node);
    if (f->at == f->from->size())
        return RS_EOS;
    std::memcpy(out, &(*f->from)[f->at++], sizeof(float));
    return 1;
}

struct collect {
    bytes *to;
    uint32_t msg_bytes;
};

inline int collect_start(rs_node *node)
{
    ((collect *)rs_node_state(node))->msg_bytes = rs_node_in(node, 0).msg_bytes;
    return 0;
}

inline int collect_process(rs_node *node, const void *in, void *)
{
    auto *c = (collect *)rs_node_state(node);
    c->to->append((const char *)in, c->msg_bytes);
    return 0;
}

inline rs_port port(const char *name, const char *schema, uint32_t size)
{
    rs_port p = {};
    p.name = name;
    p.schema = schema;
    p.msg_bytes = p.msg_align = size;
    return p;
}

const rs_port feed_out = port("out", "f32", sizeof(float));
const rs_port collect_in = port("in", nullptr, 0);

inline rs_node_ops feed_ops()
{
    rs_node_ops ops = {};
    ops.abi = RS_GRAPH_ABI;
    ops.kind = "test.feed";
    ops.summary = "sends samples";
    ops.out = &feed_out;
    ops.n_out = 1;
    ops.state_bytes = sizeof(feed);
    ops.process = feed_process;
    return ops;
}

inline rs_node_ops collect_ops()
{
    rs_node_ops ops = {};
    ops.abi = RS_GRAPH_ABI;
    ops.kind = "test.collect";
    ops.summary = "keeps what comes";
    ops.in = &collect_in;
    ops.n_in = 1;
    ops.state_bytes = sizeof(collect);
    ops.start = collect_start;
    ops.process = collect_process;
    return ops;
}

const rs_node_ops test_feed = feed_ops(), test_collect = collect_ops();

/* ---- a graph ----------------------------------------------------------------------------------
 */

inline void no_log(void *, rs_level, const char *, const char *)
{
}

class Nodes : public testing::Test
{
  protected:
    rs_kinds *kinds = rs_kinds_new();
    rs_graph *graph = nullptr;
    std::string dir;

    void SetUp() override
    {
        char name[] = "/tmp/test_nodes.XXXXXX";
        ASSERT_NE(nullptr, mkdtemp(name));
        dir = name + std::string("/");
        begin();
    }
    void TearDown() override
    {
        rs_graph_free(graph);
        rs_kinds_free(kinds);
        EXPECT_EQ(0, system(("rm -rf " + dir).c_str()));
    }
    /* Another graph in the place of the last. */
    void begin()
    {
        rs_graph_options o = {};
        rs_graph_free(graph);
        o.report_s = -1;
        o.log = no_log;
        graph = rs_graph_new(&o);
    }
    rs_node *add(const char *name, const char *kind, const settings &with = {})
    {
        std::vector<rs_param> list;
        for (const auto &s : with)
            list.push_back({s.first.c_str(), s.second.c_str()});
        const rs_params params = {list.data(), list.size()};
        const rs_node_ops *ops = rs_kinds_find(kinds, kind, nullptr);
        return ops == nullptr ? nullptr : rs_graph_add(graph, ops, name, &params, nullptr);
    }
    rs_node *add_feed(const samples *from)
    {
        rs_node *n = rs_graph_add(graph, &test_feed, "feed", nullptr, nullptr);
        ((feed *)rs_node_state(n))->from = from;
        return n;
    }
    rs_node *add_collect(bytes *to, const char *name = "collect")
    {
        rs_node *n = rs_graph_add(graph, &test_collect, name, nullptr, nullptr);
        ((collect *)rs_node_state(n))->to = to;
        return n;
    }
    int connect(rs_node *from, rs_node *to, const rs_edge_options *o = nullptr)
    {
        return rs_graph_connect(graph, from, "out", to, "in", o);
    }
    /* Connects each to the next and runs; the error in words, "" if there was none. */
    std::string run(std::initializer_list<rs_node *> chain, const rs_edge_options *o = nullptr)
    {
        rs_node *last = nullptr;
        for (rs_node *n : chain) {
            if (n == nullptr || (last != nullptr && connect(last, n, o) != 0))
                return rs_graph_error(graph);
            last = n;
        }
        return rs_graph_run(graph) == 0 ? "" : rs_graph_error(graph);
    }
    std::string error()
    {
        return rs_graph_error(graph);
    }
    std::string write(const char *name, const bytes &content)
    {
        std::ofstream(dir + name, std::ios::binary) << content;
        return dir + name;
    }
    static bytes read(const std::string &path)
    {
        std::ifstream f(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(f), {}};
    }
    static bool exists(const std::string &path)
    {
        struct stat st;
        return lstat(path.c_str(), &st) == 0;
    }
};

inline samples floats(const bytes &b)
{
    samples s(b.size() / sizeof(float));
    if (!s.empty())
        std::memcpy(s.data(), b.data(), s.size() * sizeof(float));
    return s;
}

inline std::vector<uint64_t> numbers(const bytes &b, size_t msg_bytes = 8)
{
    std::vector<uint64_t> n(b.size() / msg_bytes);
    for (size_t i = 0; i < n.size(); i++)
        std::memcpy(&n[i], &b[i * msg_bytes], sizeof n[i]);
    return n;
}

inline samples ramp(size_t n)
{
    samples x(n);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)i;
    return x;
}

inline testing::AssertionResult says(const std::string &text,
                                     std::initializer_list<const char *> words)
{
    for (const char *word : words)
        if (text.find(word) == std::string::npos)
            return testing::AssertionFailure() << "\"" << text << "\" does not say " << word;
    return testing::AssertionSuccess();
}

#endif
