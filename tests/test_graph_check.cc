/* SPDX-License-Identifier: MIT */
/* What a graph that cannot run is told, and how one is drawn. */
#include "graph_fixture.h"

using namespace fixture;

namespace
{

/* ---- what is refused ------------------------------------------------------------------------ */

struct refusal {
    const char *what;
    void (*build)(graph &, plan *);
    std::vector<std::string> says;
};

rs_edge_options edge_with(void (*set)(rs_edge_options *))
{
    rs_edge_options e = {};
    set(&e);
    return e;
}

const rs_port small_port[1] = {[] {
    rs_port p = port("in");
    p.msg_bytes = 4;
    return p;
}()};
const rs_node_ops small_sink = [] {
    rs_node_ops o = sink;
    o.in = small_port;
    return o;
}();

const refusal refusals[] = {
    {"nothing", [](graph &, plan *) {}, {"no nodes"}},
    {"dangling input",
     [](graph &g, plan *p) { g.add(sink, "sink", p); },
     {"node 'sink'", "port 'in'", "no edge leads"}},
    {"dangling output",
     [](graph &g, plan *p) { g.add(source, "src", p); },
     {"node 'src'", "port 'out'", "no edge leaves"}},
    {"type mismatch",
     [](graph &g, plan *p) {
         rs_node *s = g.add(source, "src", p);
         g.edge(s, g.add(small_sink, "small", p));
     },
     {"src.out -> small.in", "16 bytes", "4 bytes"}},
    {"batch",
     [](graph &g, plan *p) {
         rs_node_options o = RS_NODE_DEFAULTS;
         o.batch = 100;
         rs_node *s = g.add(source, "src", p, o);
         g.edge(s, g.add(sink, "sink", p), edge_with([](rs_edge_options *e) { e->capacity = 64; }));
     },
     {"node 'src'", "port 'out'", "batch = 100", "capacity = 64"}},
    {"cycle",
     [](graph &g, plan *p) {
         rs_node *s = g.add(source, "src", p), *m = g.add(mixer, "mix", p),
                 *r = g.add(relay, "rel", p);
         g.edge(s, m);
         g.edge(m, r);
         g.edge(r, m, {}, "back");
     },
     {"cycle without credits", "'mix'", "'rel'"}},
    {"credits without a cycle",
     [](graph &g, plan *p) {
         rs_node *s = g.add(source, "src", p);
         g.edge(s, g.add(sink, "sink", p), edge_with([](rs_edge_options *e) { e->credits = 4; }));
     },
     {"src.out -> sink.in", "credits"}},
    {"more credits than slots",
     [](graph &g, plan *p) {
         rs_node *s = g.add(source, "src", p), *m = g.add(mixer, "mix", p),
                 *r = g.add(relay, "rel", p);
         g.edge(s, m);
         g.edge(m, r);
         g.edge(r, m, edge_with([](rs_edge_options *e) {
                    e->credits = 128;
                    e->capacity = 64;
                }),
                "back");
     },
     {"rel.out -> mix.back", "credits = 128", "capacity = 64"}},
    {"capacity",
     [](graph &g, plan *p) {
         rs_node *s = g.add(source, "src", p);
         g.edge(s, g.add(sink, "sink", p),
                edge_with([](rs_edge_options *e) { e->capacity = 100; }));
     },
     {"src.out -> sink.in", "power of two"}},
    {"null ring",
     [](graph &g, plan *p) {
         rs_node *s = g.add(source, "src", p);
         g.edge(s, g.add(sink, "sink", p), edge_with([](rs_edge_options *e) { e->ring = "null"; }));
     },
     {"src.out -> sink.in", "ring null moves nothing"}},
    {"credits for slots that the ring may hold back",
     [](graph &g, plan *p) {
         rs_node *s = g.add(source, "src", p), *m = g.add(mixer, "mix", p),
                 *r = g.add(relay, "rel", p);
         g.edge(s, m);
         g.edge(m, r);
         g.edge(r, m, edge_with([](rs_edge_options *e) {
                    e->credits = 58;
                    e->capacity = 64;
                    e->ring = "credit";
                }),
                "back");
     },
     {"rel.out -> mix.back", "credits = 58", "57 slots", "ring credit"}},
    {"a ring that takes no zeros",
     [](graph &g, plan *p) {
         rs_node *s = g.add(source, "src", p);
         g.edge(s, g.add(sink, "sink", p), edge_with([](rs_edge_options *e) { e->ring = "iffq"; }));
     },
     {"src.out -> sink.in", "ring iffq", "first word is 0", "list rings"}},
    {"two edges into a loop",
     [](graph &g, plan *p) {
         rs_node *s = g.add(source, "src", p), *m = g.add(mixer, "mix", p),
                 *r = g.add(relay, "rel", p);
         g.edge(s, m);
         g.edge(m, r);
         g.edge(m, r);
         g.edge(r, m, edge_with([](rs_edge_options *e) { e->credits = 4; }), "back");
     },
     {"node 'mix'", "port 'out'", "fan-out inside a loop"}},
    {"drop inside a loop",
     [](graph &g, plan *p) {
         rs_node *s = g.add(source, "src", p), *m = g.add(mixer, "mix", p),
                 *r = g.add(relay, "rel", p);
         g.edge(s, m);
         g.edge(m, r, edge_with([](rs_edge_options *e) { e->drop_newest = true; }));
         g.edge(r, m, edge_with([](rs_edge_options *e) { e->credits = 4; }), "back");
     },
     {"mix.out -> rel.in", "drop = newest inside a loop"}},
    {"modes",
     [](graph &g, plan *p) {
         rs_node *s = g.add(source, "src", p);
         g.edge(s, g.add(sink, "one", p));
         g.edge(s, g.add(sink, "two", p), edge_with([](rs_edge_options *e) { e->mode = RS_HASH; }));
     },
     {"node 'src'", "port 'out'", "mode"}},
    {"key",
     [](graph &g, plan *p) {
         rs_node *s = g.add(source, "src", p);
         g.edge(s, g.add(sink, "one", p), edge_with([](rs_edge_options *e) {
                    e->mode = RS_HASH;
                    e->key_offset = 12;
                    e->key_bytes = 8;
                }));
     },
     {"src.out -> one.in", "key", "16 bytes"}},
};

TEST(Check, NamesNodePortAndRule)
{
    for (const refusal &r : refusals) {
        plan p;
        graph g(quiet());
        r.build(g, &p);
        EXPECT_GT(0, rs_graph_check(g.g)) << r.what;
        for (const std::string &part : r.says)
            expect_part(g.error(), part);
        EXPECT_GT(0, rs_graph_start(g.g)) << r.what;
    }
}

TEST(Check, NamesAreCheckedWhereTheyAreGiven)
{
    plan p;
    graph g(quiet());
    rs_node *s = g.add(source, "src", &p), *k = g.add(sink, "sink", &p);
    EXPECT_EQ(nullptr, rs_graph_add(g.g, &sink, "src", nullptr, nullptr));
    expect_part(g.error(), "taken");
    EXPECT_EQ(nullptr, rs_graph_add(g.g, &sink, "a.b", nullptr, nullptr));
    expect_part(g.error(), "letters");
    EXPECT_GT(0, rs_graph_connect(g.g, s, "ouT", k, "in", nullptr));
    expect_part(g.error(), "did you mean 'out'");
    rs_edge_options o = {};
    o.ring = "cachd";
    EXPECT_GT(0, rs_graph_connect(g.g, s, "out", k, "in", &o));
    expect_part(g.error(), "did you mean 'cached'");
    rs_node_ops old = sink;
    old.abi = 1;
    EXPECT_EQ(nullptr, rs_graph_add(g.g, &old, "old", nullptr, nullptr));
    expect_part(g.error(), "ABI");
    rs_param item = {"plam", "1"};
    rs_params params = {&item, 1};
    EXPECT_EQ(nullptr, rs_graph_add(g.g, &sink, "x", &params, nullptr));
    expect_part(g.error(), "did you mean 'plan'");
}

TEST(Dot, DrawsWorkersEdgesAndModes)
{
    plan a, m, k;
    graph g(quiet());
    rs_node *s = g.add(source, "src", &a), *mix = g.add(mixer, "mix", &m),
            *r = g.add(relay, "rel", &k);
    g.edge(s, mix);
    g.edge(mix, r);
    g.edge(r, mix, edge_with([](rs_edge_options *e) { e->credits = 4; }), "back");
    char *text = nullptr;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);
    ASSERT_NE(nullptr, f);
    EXPECT_EQ(0, rs_graph_dot(g.g, f)) << g.error();
    fclose(f);
    std::string dot(text);
    free(text);
    for (const char *part : {"digraph", "\"src\" -> \"mix\"", "credits 4", "test.relay", "}"})
        expect_part(dot, part);
}

} // namespace
