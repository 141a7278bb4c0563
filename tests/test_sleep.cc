/* SPDX-License-Identifier: MIT */
/* Nodes that wait for something outside the graph: what wakes their worker, and what idling costs.
 */
#include "graph_fixture.h"

#include <chrono>
#include <ctime>
#include <sys/eventfd.h>
#include <thread>

using namespace fixture;

namespace
{

/* What a node of these tests waits for: an eventfd whose count is how many messages it sends. */
struct outside {
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    uint64_t left = 0; /* messages until it ends */
    uint64_t due = 0;  /* messages that were asked for and not sent */
    int64_t most_ns = -1;
    std::atomic<uint64_t> calls{0}, seen{0};
    std::chrono::steady_clock::time_point woken;

    explicit outside(uint64_t messages) : left(messages)
    {
    }
    ~outside()
    {
        close(fd);
    }
    void ask(uint64_t messages)
    {
        EXPECT_EQ((ssize_t)sizeof messages, write(fd, &messages, sizeof messages));
    }
};

int take_address(rs_node *n, const rs_params *params)
{
    const char *address = nullptr;
    int err = rs_param_text(n, params, "plan", &address);
    if (err == 0)
        *static_cast<outside **>(rs_node_state(n)) =
            reinterpret_cast<outside *>(std::strtoull(address, nullptr, 16));
    return err;
}

outside *of(rs_node *n)
{
    return *static_cast<outside **>(rs_node_state(n));
}

int send_when_asked(rs_node *n, rs_io *io)
{
    outside *o = of(n);
    struct rs_span s;
    uint64_t more = 0;
    o->calls++;
    if (read(o->fd, &more, sizeof more) == (ssize_t)sizeof more)
        o->due += more;
    if (o->left == 0)
        return RS_EOS;
    if (o->due == 0 || rs_io_reserve(io, 0, 1, &s) == 0)
        return RS_IDLE;
    const message m = {0, o->seen};
    std::memcpy(rs_span_at(&s, 0), &m, sizeof m);
    rs_io_commit(io, 0, 1);
    o->due--;
    o->left--;
    o->seen++;
    return 1;
}

/* Takes what comes; its descriptor is never readable, so only its ring wakes it. */
int take(rs_node *n, rs_io *io)
{
    outside *o = of(n);
    struct rs_span s;
    const size_t k = rs_io_peek(io, 0, SIZE_MAX, &s);
    o->calls++;
    if (k == 0)
        return RS_IDLE;
    rs_io_release(io, 0, k);
    o->seen += k;
    o->woken = std::chrono::steady_clock::now();
    return (int)k;
}

void sleep_on(rs_node *n, struct rs_sleep *s)
{
    EXPECT_EQ(0u, s->fds);
    EXPECT_EQ(-1, s->most_ns);
    s->fd[s->fds++] = of(n)->fd;
    s->most_ns = of(n)->most_ns;
}

const rs_port port_of_message = {"out", nullptr, sizeof(message), 8, 0, 0};
const rs_port port_in = {"in", nullptr, sizeof(message), 8, 0, 0};
const rs_param_spec plan_param[] = {{"plan", nullptr, "", ""},
                                    {nullptr, nullptr, nullptr, nullptr}};

rs_node_ops make_ops(bool sends)
{
    rs_node_ops ops = {};
    ops.abi = RS_GRAPH_ABI;
    ops.kind = sends ? "test.asked" : "test.taker";
    ops.params = plan_param;
    ops.state_bytes = sizeof(outside *);
    ops.init = take_address;
    ops.work = sends ? send_when_asked : take;
    ops.sleeps = sleep_on;
    (sends ? ops.out : ops.in) = sends ? &port_of_message : &port_in;
    (sends ? ops.n_out : ops.n_in) = 1;
    return ops;
}
const rs_node_ops asked = make_ops(true), taker = make_ops(false);

rs_node *add(graph &g, const rs_node_ops &ops, const char *name, outside *o, const char *fuse)
{
    rs_node_options options = RS_NODE_DEFAULTS;
    options.fuse = fuse;
    char address[32];
    std::snprintf(address, sizeof address, "%llx", (unsigned long long)(uintptr_t)o);
    rs_param item = {"plan", address};
    rs_params params = {&item, 1};
    rs_node *n = rs_graph_add(g.g, &ops, name, &params, &options);
    EXPECT_NE(nullptr, n) << rs_graph_error(g.g);
    return n;
}

rs_graph_options waiting(rs_wait wait)
{
    rs_graph_options o = quiet();
    o.wait = wait;
    o.placement = RS_PLACE_FREE;
    return o;
}

double cpu_s()
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

class Outside : public testing::TestWithParam<std::tuple<rs_wait, bool>>
{
  protected:
    outside from{3000}, to{0};
    void run(bool in_ones)
    {
        graph g(waiting(std::get<0>(GetParam())));
        const bool fused = std::get<1>(GetParam());
        rs_node *a = add(g, asked, "asked", &from, fused ? "x" : nullptr);
        g.edge(a, add(g, taker, "taker", &to, fused ? "x" : nullptr));
        ASSERT_EQ(0, rs_graph_start(g.g)) << g.error();
        for (unsigned i = 0; i < 3000; i += in_ones ? 1 : 100) {
            from.ask(in_ones ? 1 : 100);
            if (i % 50 == 0)
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        ASSERT_EQ(0, rs_graph_wait(g.g, 60)) << g.error();
        EXPECT_EQ(3000u, to.seen);
    }
};

TEST_P(Outside, ADescriptorWakesAndSoDoesTheRing)
{
    run(true);
}

TEST_P(Outside, BatchesArriveToo)
{
    run(false);
}

INSTANTIATE_TEST_SUITE_P(Waits, Outside,
                         testing::Combine(testing::Values(RS_WAIT_AUTO, RS_WAIT_PARK, RS_WAIT_SLEEP,
                                                          RS_WAIT_YIELD),
                                          testing::Bool()));

TEST(OutsideIdle, CostsNothing)
{
    outside from(1), to(0);
    graph g(waiting(RS_WAIT_AUTO));
    g.edge(add(g, asked, "asked", &from, nullptr), add(g, taker, "taker", &to, nullptr));
    ASSERT_EQ(0, rs_graph_start(g.g)) << g.error();
    uint64_t calls = UINT64_MAX;
    for (int i = 0; i < 100 && calls != from.calls + to.calls; i++) {
        calls = from.calls + to.calls;
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
    const double before = cpu_s();
    std::this_thread::sleep_for(std::chrono::seconds(1));
    EXPECT_EQ(calls, from.calls + to.calls) << "nobody wakes, nobody looks";
    EXPECT_LT(cpu_s() - before, 0.01);
    from.ask(1);
    ASSERT_EQ(0, rs_graph_wait(g.g, 20)) << g.error();
    EXPECT_EQ(1u, to.seen);
}

TEST(OutsideTime, TheLongestSleepIsKept)
{
    outside from(1), to(0);
    from.most_ns = 20000000;
    graph g(waiting(RS_WAIT_PARK));
    g.edge(add(g, asked, "asked", &from, nullptr), add(g, taker, "taker", &to, nullptr));
    ASSERT_EQ(0, rs_graph_start(g.g)) << g.error();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    const uint64_t before = from.calls, taken = to.calls;
    std::this_thread::sleep_for(std::chrono::seconds(1));
    EXPECT_GT(from.calls, before + 5) << "it is asked again without any descriptor";
    EXPECT_LT(to.calls, taken + 10) << "and wakes nobody while it has nothing";
    from.ask(1);
    ASSERT_EQ(0, rs_graph_wait(g.g, 20)) << g.error();
}

TEST(OutsideStop, WakesWhoSleeps)
{
    outside from(1000), to(0);
    graph g(waiting(RS_WAIT_AUTO));
    g.edge(add(g, asked, "asked", &from, nullptr), add(g, taker, "taker", &to, nullptr));
    ASSERT_EQ(0, rs_graph_start(g.g)) << g.error();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    rs_graph_stop(g.g, RS_STOP_DRAIN);
    EXPECT_EQ(0, rs_graph_wait(g.g, 20)) << g.error();
}

} // namespace
