/* SPDX-License-Identifier: MIT */
/* Nodes that count, check and misbehave, for the tests of the engine. */
#ifndef GRAPH_FIXTURE_H
#define GRAPH_FIXTURE_H

#include "graph/graph.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <map>
#include <mutex>
#include <sched.h>
#include <string>
#include <unistd.h>
#include <vector>

namespace fixture
{

struct message {
    uint64_t source, seq;
};

/* What a node of these tests is told by its test: one struct for all kinds. */
struct plan {
    uint64_t count = 0;      /* source: messages */
    uint64_t source = 0;     /* source: its number */
    unsigned delay_seed = 0; /* 0 = none */
    uint64_t fail_at = 0;    /* after so many messages */
    uint64_t end_at = 0;     /* sink: RS_EOS after so many */
    bool fail_start = false;
    std::atomic<bool> *hold = nullptr; /* work does not return while it is true */
    std::atomic<bool> *dry = nullptr;  /* source: idle while it is true */
    unsigned us_per_batch = 0;         /* sink: slow */
    /* results, read after the graph has ended */
    std::atomic<uint64_t> seen{0};
    std::map<uint64_t, uint64_t> last; /* by source: messages seen */
    bool in_order = true, ended_well = false;
    std::atomic<int> starts{0}, stops{0}, finis{0}, drains{0};
    char thread[16] = "";
    cpu_set_t mask;
    std::vector<uint64_t> log; /* sources in the order they came, if keep_log */
    bool keep_log = false;
};

struct state {
    plan *p;
    uint64_t sent, random, out_of_loop;
};

inline plan *plan_of(rs_node *n)
{
    return static_cast<state *>(rs_node_state(n))->p;
}

inline void sometimes_wait(rs_node *n)
{
    state *s = static_cast<state *>(rs_node_state(n));
    if (s->p->delay_seed == 0)
        return;
    s->random = s->random * 6364136223846793005u + 1442695040888963407u;
    unsigned r = static_cast<unsigned>(s->random >> 33);
    if (r % 64 == 0)
        sched_yield();
    else if (r % 1024 == 1)
        usleep(1);
}

inline int init(rs_node *n, const rs_params *params)
{
    state *s = static_cast<state *>(rs_node_state(n));
    const char *address = nullptr;
    int err = rs_param_text(n, params, "plan", &address);
    if (err)
        return err;
    s->p = reinterpret_cast<plan *>(std::strtoull(address, nullptr, 16));
    s->random = s->p->delay_seed;
    return 0;
}

inline int start(rs_node *n)
{
    plan *p = plan_of(n);
    p->starts++;
    pthread_getname_np(pthread_self(), p->thread, sizeof p->thread);
    sched_getaffinity(0, sizeof p->mask, &p->mask);
    return p->fail_start ? rs_node_fail(n, -EIO, "told to fail at start") : 0;
}

inline void stop(rs_node *n)
{
    plan_of(n)->stops++;
    plan_of(n)->ended_well = rs_node_ended_well(n);
}

inline void fini(rs_node *n)
{
    plan_of(n)->finis++;
}

inline int source_work(rs_node *n, rs_io *io)
{
    state *s = static_cast<state *>(rs_node_state(n));
    plan *p = s->p;
    struct rs_span span;
    while (p->hold != nullptr && p->hold->load())
        usleep(2000);
    if (p->dry != nullptr && p->dry->load())
        return RS_IDLE;
    if (p->fail_at > 0 && s->sent >= p->fail_at)
        return rs_node_fail(n, -EPROTO, "told to fail after %llu messages",
                            static_cast<unsigned long long>(p->fail_at));
    if (p->count > 0 && s->sent == p->count)
        return RS_EOS;
    sometimes_wait(n);
    size_t want = p->count > 0 ? static_cast<size_t>(p->count - s->sent) : SIZE_MAX;
    size_t k = rs_io_reserve(io, 0, want, &span);
    for (size_t i = 0; i < k; i++) {
        message m = {p->source, s->sent++};
        std::memcpy(rs_span_at(&span, i), &m, sizeof m);
    }
    if (k > 0)
        rs_io_commit(io, 0, k);
    p->seen = s->sent;
    return static_cast<int>(k);
}

inline void note(plan *p, const message &m)
{
    uint64_t &next = p->last[m.source];
    p->in_order &= m.seq >= next;
    next = m.seq + 1;
    p->seen++;
    if (p->keep_log)
        p->log.push_back(m.source);
}

inline int sink_work(rs_node *n, rs_io *io)
{
    plan *p = plan_of(n);
    struct rs_span span;
    while (p->hold != nullptr && p->hold->load())
        usleep(100);
    sometimes_wait(n);
    size_t k = rs_io_peek(io, 0, SIZE_MAX, &span);
    for (size_t i = 0; i < k; i++) {
        message m;
        std::memcpy(&m, rs_span_at(&span, i), sizeof m);
        note(p, m);
    }
    if (k > 0)
        rs_io_release(io, 0, k);
    if (k > 0 && p->us_per_batch > 0)
        usleep(p->us_per_batch);
    if (p->fail_at > 0 && p->seen >= p->fail_at)
        return rs_node_fail(n, -EPROTO, "told to fail after %llu messages",
                            static_cast<unsigned long long>(p->fail_at));
    if (p->end_at > 0 && p->seen >= p->end_at)
        return RS_EOS;
    return static_cast<int>(k);
}

inline int relay_process(rs_node *n, const void *in, void *out)
{
    plan *p = plan_of(n);
    message m;
    std::memcpy(&m, in, sizeof m);
    sometimes_wait(n);
    note(p, m);
    std::memcpy(out, &m, sizeof m);
    return 1;
}

inline int relay_batch(rs_node *n, const rs_batch *b)
{
    sometimes_wait(n);
    for (size_t i = 0; i < b->n; i++) {
        message m;
        std::memcpy(&m, static_cast<const char *>(b->in) + i * b->in_stride_bytes, sizeof m);
        note(plan_of(n), m);
        std::memcpy(static_cast<char *>(b->out) + i * b->out_stride_bytes, &m, sizeof m);
    }
    return static_cast<int>(b->n);
}

/* Two inputs: new work and what comes round; everything goes into the loop. */
inline int mixer_work(rs_node *n, rs_io *io)
{
    struct rs_span in, out;
    int moved = 0;
    for (unsigned port = 2; port-- > 0;) { /* what comes round leaves room for nothing new */
        size_t k = rs_io_peek(io, port, SIZE_MAX, &in);
        if (port == 1) { /* it has been round: done */
            for (size_t i = 0; i < k; i++) {
                message m;
                std::memcpy(&m, rs_span_at(&in, i), sizeof m);
                note(plan_of(n), m);
            }
            if (k > 0)
                rs_io_release(io, 1, k);
            moved += static_cast<int>(k);
            continue;
        }
        k = k > 0 ? rs_io_reserve(io, 0, k, &out) : 0;
        for (size_t i = 0; i < k; i++)
            std::memcpy(rs_span_at(&out, i), rs_span_at(&in, i), sizeof(message));
        if (k > 0) {
            rs_io_commit(io, 0, k);
            rs_io_release(io, 0, k);
        }
        moved += static_cast<int>(k);
    }
    return moved;
}

/* Sends even numbers back into the loop; odd ones leave it. */
inline int splitter_work(rs_node *n, rs_io *io)
{
    struct rs_span in, back;
    size_t k = rs_io_peek(io, 0, 1, &in);
    message m;
    if (k == 0)
        return RS_IDLE;
    std::memcpy(&m, rs_span_at(&in, 0), sizeof m);
    if (m.seq % 2 == 0) {
        if (rs_io_reserve(io, 0, 1, &back) == 0)
            return RS_IDLE;
        std::memcpy(rs_span_at(&back, 0), &m, sizeof m);
        rs_io_commit(io, 0, 1);
    } else {
        note(plan_of(n), m);
        rs_io_forgo(io, 0, 1);
    }
    rs_io_release(io, 0, 1);
    return 1;
}

inline rs_port port(const char *name)
{
    rs_port p = {};
    p.name = name;
    p.msg_bytes = sizeof(message);
    p.msg_align = 8;
    return p;
}

inline const rs_port in_port[2] = {port("in"), port("back")};
inline const rs_port out_port[1] = {port("out")};
inline const rs_param_spec specs[] = {{"plan", nullptr, "", "address of the test's plan"},
                                      {nullptr, nullptr, nullptr, nullptr}};

inline rs_node_ops kind(const char *name, uint16_t n_in, uint16_t n_out)
{
    rs_node_ops o = {};
    o.abi = RS_GRAPH_ABI;
    o.kind = name;
    o.in = in_port;
    o.out = out_port;
    o.n_in = n_in;
    o.n_out = n_out;
    o.params = specs;
    o.state_bytes = sizeof(state);
    o.init = init;
    o.start = start;
    o.stop = stop;
    o.fini = fini;
    return o;
}

inline rs_node_ops with_work(rs_node_ops o, int (*work)(rs_node *, rs_io *))
{
    o.work = work;
    return o;
}
inline rs_node_ops with_process(rs_node_ops o, int (*process)(rs_node *, const void *, void *))
{
    o.process = process;
    return o;
}
inline rs_node_ops with_batch(rs_node_ops o, int (*batch)(rs_node *, const rs_batch *))
{
    o.process_batch = batch;
    return o;
}

inline const rs_node_ops source = with_work(kind("test.source", 0, 1), source_work);
inline const rs_node_ops sink = with_work(kind("test.sink", 1, 0), sink_work);
inline const rs_node_ops relay = with_process(kind("test.relay", 1, 1), relay_process);
inline const rs_node_ops relay_n = with_batch(kind("test.relay_n", 1, 1), relay_batch);
inline const rs_node_ops mixer = with_work(kind("test.mixer", 2, 1), mixer_work);
inline const rs_node_ops splitter = with_work(kind("test.splitter", 1, 1), splitter_work);

/* Takes 16 at once, and what is left at the end. */
inline int tail_drain(rs_node *n, rs_io *io)
{
    plan_of(n)->drains++;
    return sink_work(n, io) > 0 ? 1 : RS_EOS;
}
inline const rs_port batch_port[1] = {[] {
    rs_port p = port("in");
    p.batch_min = 16;
    return p;
}()};
inline const rs_node_ops batch_sink = [] {
    rs_node_ops o = sink;
    o.in = batch_port;
    o.drain = tail_drain;
    return o;
}();

/* A log that is kept. */
struct lines {
    std::mutex lock;
    std::vector<std::string> text;
    static void take(void *user, rs_level level, const char *node, const char *text)
    {
        lines *l = static_cast<lines *>(user);
        std::lock_guard<std::mutex> guard(l->lock);
        l->text.push_back(std::to_string(level) + " " + node + ": " + text);
    }
    size_t with(const std::string &part)
    {
        std::lock_guard<std::mutex> guard(lock);
        size_t n = 0;
        for (const auto &t : text)
            n += t.find(part) != std::string::npos;
        return n;
    }
};

/* A graph of one test. */
struct graph {
    lines log;
    rs_graph *g;
    explicit graph(rs_graph_options o = {})
    {
        o.log = lines::take;
        o.log_user = &log;
        g = rs_graph_new(&o);
    }
    ~graph()
    {
        EXPECT_EQ(0, rs_graph_free(g));
    }
    graph(const graph &) = delete;
    graph &operator=(const graph &) = delete;

    rs_node *add(const rs_node_ops &ops, const char *name, plan *p,
                 rs_node_options o = RS_NODE_DEFAULTS)
    {
        char address[32];
        std::snprintf(address, sizeof address, "%llx",
                      static_cast<unsigned long long>(reinterpret_cast<uintptr_t>(p)));
        rs_param item = {"plan", address};
        rs_params params = {&item, 1};
        rs_node *n = rs_graph_add(g, &ops, name, &params, &o);
        EXPECT_NE(nullptr, n) << rs_graph_error(g);
        return n;
    }
    void edge(rs_node *a, rs_node *b, rs_edge_options o = {}, const char *in = "in")
    {
        EXPECT_EQ(0, rs_graph_connect(g, a, "out", b, in, &o)) << rs_graph_error(g);
    }
    int run(double seconds = 60)
    {
        int err = rs_graph_start(g);
        return err ? err : rs_graph_wait(g, seconds);
    }
    std::string error() const
    {
        return rs_graph_error(g);
    }
};

inline void expect_part(const std::string &text, const std::string &part)
{
    EXPECT_NE(std::string::npos, text.find(part)) << "'" << part << "' is not in: " << text;
}

/* Speaks of nothing by itself. */
inline rs_graph_options quiet()
{
    rs_graph_options o = {};
    o.report_s = -1;
    o.stall_s = -1;
    return o;
}

} // namespace fixture

#endif
