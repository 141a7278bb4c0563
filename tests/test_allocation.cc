/* SPDX-License-Identifier: MIT */
/*
 * Nothing is allocated while messages flow: the allocator's functions, replaced here, count by
 * thread, from a node's first call to its last and around the loops of the ring kernels.
 */
extern "C" {
#include "experiments/kernels/kernel.h"
#include "rings/mirror.h"
}
#include "graph/graph.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace
{
thread_local bool counting = false;
thread_local uint64_t allocations = 0;

void count()
{
    if (counting)
        allocations++;
}
} // namespace

extern "C" {
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void __libc_free(void *);

void *malloc(size_t n)
{
    count();
    return __libc_malloc(n);
}
void *calloc(size_t n, size_t size)
{
    count();
    return __libc_calloc(n, size);
}
void *realloc(void *p, size_t n)
{
    count();
    return __libc_realloc(p, n);
}
void free(void *p)
{
    if (p != nullptr)
        count();
    __libc_free(p);
}
void *memalign(size_t align, size_t n)
{
    count();
    return __libc_memalign(align, n);
}
void *aligned_alloc(size_t align, size_t n)
{
    count();
    return __libc_memalign(align, n);
}
int posix_memalign(void **p, size_t align, size_t n)
{
    count();
    *p = __libc_memalign(align, n);
    return *p != nullptr ? 0 : ENOMEM;
}
void *mmap(void *at, size_t n, int prot, int flags, int fd, off_t offset)
{
    count();
    return reinterpret_cast<void *>(syscall(SYS_mmap, at, n, prot, flags, fd, offset));
}
}

namespace
{
constexpr uint64_t kMessages = 200000;

/* What the nodes of one graph found. */
struct Found {
    std::atomic<uint64_t> allocations{0}, nodes{0}, messages{0};
    bool node_allocates = false;
};
Found *found;

struct State {
    uint64_t moved;
    bool begun;
};

State *begin(rs_node *n)
{
    State *s = static_cast<State *>(rs_node_state(n));
    if (!s->begun) {
        s->begun = true;
        allocations = counting ? allocations : 0;
        counting = true;
    }
    return s;
}

/* On the node's worker, before anything is torn down.  Fused nodes share a count. */
void end(rs_node *)
{
    counting = false;
    found->allocations += allocations;
    allocations = 0;
    found->nodes++;
}

int emit(rs_node *n, rs_io *io)
{
    State *s = begin(n);
    rs_span span;
    if (s->moved == kMessages)
        return end(n), RS_EOS;
    size_t want = kMessages - s->moved;
    size_t k = rs_io_reserve(io, 0, want < 64 ? want : 64, &span);
    for (size_t i = 0; i < k; i++)
        std::memcpy(rs_span_at(&span, i), &s->moved, sizeof s->moved);
    rs_io_commit(io, 0, k);
    s->moved += k;
    return static_cast<int>(k);
}

int pass_on(rs_node *n, rs_io *io)
{
    begin(n);
    rs_span in, out;
    size_t k = rs_io_peek(io, 0, 64, &in);
    if (k > 0)
        k = rs_io_reserve(io, 0, k, &out);
    if (k == 0)
        return RS_IDLE;
    for (size_t i = 0; i < k; i++)
        std::memcpy(rs_span_at(&out, i), rs_span_at(&in, i), 8);
    if (found->node_allocates)
        std::free(std::malloc(64 + k));
    rs_io_commit(io, 0, k);
    rs_io_release(io, 0, k);
    return static_cast<int>(k);
}

int take(rs_node *n, rs_io *io)
{
    begin(n);
    rs_span in;
    size_t k = rs_io_peek(io, 0, 64, &in);
    rs_io_release(io, 0, k);
    found->messages += k;
    return static_cast<int>(k);
}

/* Ends early, and leaves its port of the source without a reader. */
int take_few(rs_node *n, rs_io *io)
{
    begin(n);
    rs_span in;
    size_t k = rs_io_peek(io, 0, 64, &in);
    rs_io_release(io, 0, k);
    State *s = static_cast<State *>(rs_node_state(n));
    s->moved += k;
    return s->moved > kMessages / 8 ? (end(n), RS_EOS) : static_cast<int>(k);
}

/* The same to both ports. */
int emit_twice(rs_node *n, rs_io *io)
{
    State *s = begin(n);
    rs_span span[2];
    if (s->moved == kMessages)
        return end(n), RS_EOS;
    size_t k = rs_io_reserve(io, 0, 1, &span[0]) == 1 ? rs_io_reserve(io, 1, 1, &span[1]) : 0;
    for (unsigned p = 0; k == 1 && p < 2; p++) {
        std::memcpy(rs_span_at(&span[p], 0), &s->moved, sizeof s->moved);
        rs_io_commit(io, p, 1);
    }
    s->moved += k;
    return static_cast<int>(k);
}

int drained(rs_node *n, rs_io *)
{
    end(n);
    return RS_EOS;
}

const rs_port in_port[] = {{"in", nullptr, 8, 8, 0, 0}};
const rs_port out_port[] = {{"out", nullptr, 8, 8, 0, 0}, {"more", nullptr, 8, 8, 0, 0}};

rs_node_ops kind(const char *name, bool in, bool out, int (*work)(rs_node *, rs_io *))
{
    rs_node_ops ops{};
    ops.abi = RS_GRAPH_ABI;
    ops.kind = name;
    ops.summary = "for the test";
    ops.in = in ? in_port : nullptr;
    ops.out = out ? out_port : nullptr;
    ops.n_in = in;
    ops.n_out = out;
    ops.state_bytes = sizeof(State);
    ops.work = work;
    ops.drain = in ? drained : nullptr;
    return ops;
}
const rs_node_ops source = kind("test.source", false, true, emit);
const rs_node_ops map = kind("test.map", true, true, pass_on);
const rs_node_ops sink = kind("test.sink", true, false, take);

enum Shape { kChain, kBroadcast, kDiamond, kFanIn };
const char *const shapes[] = {"Chain", "Broadcast", "Diamond", "FanIn"};

/* source(s) -> two maps, or one -> sink(s) */
int build(rs_graph *g, Shape shape)
{
    auto add = [&](const rs_node_ops &ops, const char *name) {
        return rs_graph_add(g, &ops, name, nullptr, nullptr);
    };
    rs_node *a = add(source, "a"), *b = add(shape == kFanIn ? source : map, "b");
    rs_node *c = shape == kChain ? nullptr : add(map, "c");
    rs_node *d = add(sink, "d"), *e = shape == kBroadcast ? add(sink, "e") : nullptr;
    rs_edge_options share{};
    share.mode = shape == kDiamond ? RS_FAN_ROUND_ROBIN : RS_BROADCAST;
    auto join = [&](rs_node *from, rs_node *to) {
        return rs_graph_connect(g, from, "out", to, "in", &share);
    };
    switch (shape) {
    case kChain:
        return join(a, b) ? -1 : join(b, d);
    case kBroadcast:
        return join(a, b) || join(a, c) || join(b, d) || join(c, e) ? -1 : 0;
    case kDiamond:
        return join(a, b) || join(a, c) || join(b, d) || join(c, d) ? -1 : 0;
    default:
        return join(a, c) || join(b, c) || join(c, d) ? -1 : 0;
    }
}

void run(Found *f, Shape shape, rs_wait wait, const char *ring, bool fused)
{
    rs_graph_options options{};
    found = f;
    options.ring = ring;
    options.wait = wait;
    options.placement = fused ? RS_PLACE_AUTO : RS_PLACE_FREE;
    options.capacity = 256;
    options.report_s = -1;
    rs_graph *g = rs_graph_new(&options);
    ASSERT_EQ(build(g, shape), 0) << rs_graph_error(g);
    ASSERT_EQ(rs_graph_start(g), 0) << rs_graph_error(g);
    ASSERT_EQ(rs_graph_wait(g, 60), 0) << rs_graph_error(g);
    rs_graph_free(g);
    EXPECT_GE(f->messages, kMessages);
    EXPECT_GE(f->nodes, 3u);
}
} // namespace

class Graphs : public ::testing::TestWithParam<int>
{
};

TEST_P(Graphs, AllocateNothingWhileMessagesFlow)
{
    for (rs_wait wait : {RS_WAIT_AUTO, RS_WAIT_YIELD, RS_WAIT_PARK, RS_WAIT_SLEEP})
        for (bool fused : {false, true}) {
            SCOPED_TRACE("wait " + std::to_string(wait) + (fused ? " fused" : ""));
            Found f;
            run(&f, static_cast<Shape>(GetParam()), wait, "chunked", fused);
            EXPECT_EQ(f.allocations, 0u);
        }
}

TEST_P(Graphs, AllocateNothingOnAnyRing)
{
    for (size_t i = 0; i < rs_ring_table_count; i++) {
        if (rs_ring_table[i].ops->caps & (RS_NO_TRANSFER | RS_NONZERO_ONLY))
            continue;
        SCOPED_TRACE(rs_ring_table[i].name);
        Found f;
        run(&f, static_cast<Shape>(GetParam()), RS_WAIT_AUTO, rs_ring_table[i].name, false);
        EXPECT_EQ(f.allocations, 0u);
    }
}

/* What is sent to a port whose reader has gone goes nowhere, and that is there from the start. */
TEST(Ports, AReaderThatEndsCostsNoAllocation)
{
    rs_node_ops twice = kind("test.twice", false, true, emit_twice);
    twice.n_out = 2;
    const rs_node_ops few = kind("test.few", true, false, take_few);
    for (const char *ring : {"chunked", "padded"}) {
        Found f;
        found = &f;
        rs_graph_options options{};
        options.ring = ring;
        options.report_s = -1;
        rs_graph *g = rs_graph_new(&options);
        rs_node *a = rs_graph_add(g, &twice, "a", nullptr, nullptr);
        rs_node *b = rs_graph_add(g, &few, "b", nullptr, nullptr);
        rs_node *c = rs_graph_add(g, &sink, "c", nullptr, nullptr);
        ASSERT_EQ(rs_graph_connect(g, a, "out", b, "in", nullptr), 0) << rs_graph_error(g);
        ASSERT_EQ(rs_graph_connect(g, a, "more", c, "in", nullptr), 0) << rs_graph_error(g);
        ASSERT_EQ(rs_graph_run(g), 0) << rs_graph_error(g);
        rs_graph_free(g);
        EXPECT_EQ(f.messages, kMessages) << "the other port went on";
        EXPECT_EQ(f.allocations, 0u) << ring;
    }
}

/* The count counts: a node that allocates twice a call, on its own and on a shared worker. */
TEST_P(Graphs, ANodeThatAllocatesIsNoticed)
{
    if (GetParam() == kFanIn)
        return; /* its maps are those of the chain */
    for (bool fused : {false, true}) {
        Found f;
        f.node_allocates = true;
        run(&f, static_cast<Shape>(GetParam()), RS_WAIT_AUTO, "chunked", fused);
        EXPECT_GE(f.allocations, kMessages / 64);
    }
}
INSTANTIATE_TEST_SUITE_P(Every, Graphs, ::testing::Range(0, 4),
                         [](const auto &p) { return shapes[p.param]; });

namespace
{
/* A side of a kernel, as the harness makes it; it counts around its loop. */
uint64_t run_side(kernel_function *loop, struct side *side, uint64_t messages)
{
    allocations = 0;
    counting = true;
    loop(side, messages);
    counting = false;
    return allocations;
}
} // namespace

TEST(Kernels, AllocateNothingInTheirLoops)
{
    for (size_t i = 0; i < rs_ring_table_count; i++) {
        const struct ring_kernels *k = kernels_find(rs_ring_table[i].name, 128);
        const rs_ring_ops *ops = rs_ring_table[i].ops;
        ASSERT_NE(k, nullptr);
        for (int mode = 0; mode < MODES; mode++) {
            SCOPED_TRACE(std::string(k->ring) + " mode " + std::to_string(mode));
            kernel_function *const *loop = k->stream[mode][kernel_size_index(8)];
            if (loop[0] == nullptr)
                continue;
            rs_config cfg{};
            cfg.capacity = 256, cfg.msg_bytes = 8, cfg.msg_align = 1;
            void *ring = std::aligned_alloc(256, (k->struct_bytes + 255) / 256 * 256);
            cfg = rs_config_fit(&cfg, ops->caps);
            const size_t bytes = ops->bytes(256, 8, cfg.msg_align);
            void *mem = nullptr;
            ASSERT_EQ(rs_slots_alloc(ops->caps, bytes, 256, &mem), 0);
            ASSERT_EQ(k->init(ring, mem, &cfg), 0);
            alignas(256) struct side sides[2] = {};
            std::vector<uint64_t> buffer[2] = {std::vector<uint64_t>(512),
                                               std::vector<uint64_t>(512)};
            for (int s = 0; s < 2; s++) {
                sides[s].ring[0] = ring;
                sides[s].msg_bytes = 8;
                sides[s].batch = 32;
                sides[s].poll = POLL_YIELD;
                sides[s].buffer = buffer[s].data();
            }
            uint64_t seen[2];
            std::thread other([&] { seen[1] = run_side(loop[1], &sides[1], kMessages); });
            seen[0] = run_side(loop[0], &sides[0], kMessages);
            other.join();
            EXPECT_EQ(seen[0], 0u);
            EXPECT_EQ(seen[1], 0u);
            EXPECT_EQ(sides[1].seq, kMessages);
            std::free(ring);
            rs_slots_free(ops->caps, mem, bytes);
        }
    }
}
