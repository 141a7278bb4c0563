/* SPDX-License-Identifier: MIT */
#include "graph_nodes.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"
#include "measure/clock.h"
#include "measure/graph_counting.h"
#include "pieces.h"

/* ---- evidence and the clock --------------------------------------------------------------- */

/* The cpu this thread was pinned to, by its mask. */
static int pinned_cpu(void)
{
    cpu_set_t mask;
    int cpu = 0;
    if (sched_getaffinity(0, sizeof mask, &mask) != 0 || CPU_COUNT(&mask) != 1)
        return DISTURBANCE_ANY_CPU;
    while (!CPU_ISSET((size_t)cpu, &mask))
        cpu++;
    return cpu;
}

static uint64_t block_end(const struct graph_node *g)
{
    const uint64_t blocks = GRAPH_BLOCKS, b = g->block + 1;
    return g->messages / blocks * b + g->messages % blocks * b / blocks;
}

static void begin(struct graph_node *g)
{
    if (g->meter_open)
        disturbance_start(&g->meter);
    if (g->counter != NULL)
        graph_counter_start(g->counter);
    g->next_block = block_end(g);
    g->begin_ns = clock_ns();
}

static void pass_blocks(struct graph_node *g)
{
    const uint64_t now = clock_ns();
    while (g->block < GRAPH_BLOCKS && g->done >= block_end(g)) {
        g->block_ns[g->block] = now;
        g->block_msgs[g->block++] = g->done;
    }
    g->next_block = g->block < GRAPH_BLOCKS ? block_end(g) : UINT64_MAX;
    if (g->meter_open)
        disturbance_mark(&g->meter);
}

static int node_start(rs_node *node)
{
    struct graph_node *g = (struct graph_node *)rs_node_state(node);
    if (g->sources > 0) {
        g->next = (uint64_t *)calloc(g->sources, sizeof *g->next);
        if (g->next == NULL)
            return rs_node_fail(node, -ENOMEM, "out of memory for %zu sources", g->sources);
    }
    if (g->counting != NULL)
        g->counter = graph_counting_join(g->counting, rs_node_name(node));
    if (g->counter != NULL && g->messages == 0) /* a map, whose loop does not look for its first */
        graph_counter_start(g->counter);
    if (!g->watched)
        return 0;
    int err = disturbance_open(&g->meter, pinned_cpu());
    g->meter_open = err == 0;
    return err ? rs_node_fail(node, err, "cannot watch for disturbance: %s", strerror(-err)) : 0;
}

static void node_stop(rs_node *node)
{
    struct graph_node *g = (struct graph_node *)rs_node_state(node);
    if (g->counter != NULL)
        graph_counter_leave(g->counter);
    g->counter = NULL;
    if (g->meter_open && g->begin_ns != 0) {
        disturbance_stop(&g->meter, &g->disturbance);
        g->disturbance.gap_max_ns = DISTURBANCE_NO_GAP;
        g->disturbance_known = true;
    }
    if (g->meter_open)
        disturbance_close(&g->meter);
    free(g->next);
    g->next = NULL;
    g->meter_open = false;
}

static int node_init(rs_node *node, const rs_params *params)
{
    struct graph_node *g = (struct graph_node *)rs_node_state(node);
    int64_t bytes = 0;
    int err = rs_param_integer(node, params, "msg_bytes", 8, 1 << 20, &bytes);
    g->msg_bytes = (size_t)bytes;
    return err;
}

static int source_init(rs_node *node, const rs_params *params)
{
    int err = node_init(node, params);
    const struct graph_node *g = (const struct graph_node *)rs_node_state(node);
    if (err == 0)
        rs_node_set_out(node, 0, "numbered", (uint32_t)g->msg_bytes, 1);
    return err;
}

static int map_init(rs_node *node, const rs_params *params)
{
    int err = source_init(node, params);
    const struct graph_node *g = (const struct graph_node *)rs_node_state(node);
    if (err == 0)
        rs_node_set_in(node, 0, "numbered", (uint32_t)g->msg_bytes, 1);
    return err;
}

static int sink_init(rs_node *node, const rs_params *params)
{
    int err = node_init(node, params);
    const struct graph_node *g = (const struct graph_node *)rs_node_state(node);
    if (err == 0)
        rs_node_set_in(node, 0, "numbered", (uint32_t)g->msg_bytes, 1);
    return err;
}

/* ---- busy work ---------------------------------------------------------------------------- */

void graph_busy(uint64_t turns)
{
    uint64_t x = turns;
    for (uint64_t i = 0; i < turns; i++) {
        x = x * 6364136223846793005u + 1;
        __asm__ __volatile__("" : "+r"(x));
    }
}

uint64_t graph_busy_turns(uint64_t ns)
{
    const uint64_t turns = 50000;
    uint64_t best = UINT64_MAX;
    for (int i = 0; ns > 0 && i < 8; i++) {
        const uint64_t start = clock_ns();
        graph_busy(turns);
        const uint64_t took = clock_ns() - start;
        best = took < best ? took : best;
    }
    return ns == 0 ? 0 : ns * turns / (best ? best : 1) + 1;
}

/* ---- the loops ---------------------------------------------------------------------------- */

RS_INLINE int source_work(rs_node *node, rs_io *io, size_t size)
{
    struct graph_node *g = (struct graph_node *)rs_node_state(node);
    struct rs_span span;
    if (g->done == g->messages)
        return RS_EOS;
    const uint64_t left = g->messages - g->done, seq = g->first + g->done;
    const size_t n = rs_io_reserve(io, 0, left < SIZE_MAX ? (size_t)left : SIZE_MAX, &span);
    if (n == 0)
        return RS_IDLE;
    if (rs_unlikely(g->begin_ns == 0))
        begin(g);
    piece_fill(&span.piece[0], span.stride_bytes, seq, size);
    piece_fill(&span.piece[1], span.stride_bytes, seq + span.piece[0].count, size);
    rs_io_commit(io, 0, n);
    g->done += n;
    if (rs_unlikely(g->done >= g->next_block))
        pass_blocks(g);
    return 1;
}

RS_INLINE int map_work(rs_node *node, rs_io *io, size_t size)
{
    struct graph_node *g = (struct graph_node *)rs_node_state(node);
    struct rs_span in, out;
    size_t n = rs_io_peek(io, 0, SIZE_MAX, &in);
    if (n == 0)
        return RS_IDLE;
    n = rs_io_reserve(io, 0, n, &out);
    if (n == 0)
        return RS_IDLE;
    span_copy(&out, &in, n, size);
    if (g->work > 0)
        graph_busy(g->work * n);
    rs_io_commit(io, 0, n);
    rs_io_release(io, 0, n);
    return 1;
}

/* Where messages come by several ways. */
RS_INLINE void check_mixed(struct graph_node *g, const struct rs_span *span, size_t n, size_t size)
{
    for (size_t i = 0; i < n; i++) {
        const void *message = rs_span_at(span, i);
        uint64_t seq = message_seq(message);
        const uint64_t source = seq >> GRAPH_SOURCE_SHIFT;
        if (g->order == ORDER_NONE)
            g->sum += seq;
        else if (source < g->sources)
            seq = source << GRAPH_SOURCE_SHIFT | g->next[source]++;
        else
            g->wrong = 1;
        g->wrong |= message_check(message, seq, size);
    }
}

RS_INLINE int sink_work(rs_node *node, rs_io *io, size_t size)
{
    struct graph_node *g = (struct graph_node *)rs_node_state(node);
    struct rs_span span;
    const size_t n = rs_io_peek(io, 0, SIZE_MAX, &span);
    if (n == 0)
        return RS_IDLE;
    if (rs_unlikely(g->begin_ns == 0))
        begin(g);
    if (g->order == ORDER_ONE) {
        g->wrong |= piece_check(&span.piece[0], span.stride_bytes, g->done, size);
        g->wrong |=
            piece_check(&span.piece[1], span.stride_bytes, g->done + span.piece[0].count, size);
    } else {
        check_mixed(g, &span, n, size);
    }
    rs_io_release(io, 0, n);
    g->done += n;
    if (rs_unlikely(g->done >= g->next_block))
        pass_blocks(g);
    return 1;
}

#define SIZED(loop, size)                                                                          \
    static int loop##_##size(rs_node *node, rs_io *io)                                             \
    {                                                                                              \
        return loop(node, io, size);                                                               \
    }
#define UNSIZED(loop)                                                                              \
    static int loop##_any(rs_node *node, rs_io *io)                                                \
    {                                                                                              \
        return loop(node, io, ((const struct graph_node *)rs_node_state(node))->msg_bytes);        \
    }
#define SOURCE(size) SIZED(source_work, size)
#define MAP(size)    SIZED(map_work, size)
#define SINK(size)   SIZED(sink_work, size)

/* clang-format off */
KERNEL_SIZE_LIST(SOURCE) UNSIZED(source_work)
KERNEL_SIZE_LIST(MAP) UNSIZED(map_work)
KERNEL_SIZE_LIST(SINK) UNSIZED(sink_work)
    /* clang-format on */

    /* ---- the kinds ----------------------------------------------------------------------------
     */

    static const rs_port port_in = {.name = "in"},
                         port_out = {.name = "out"};
static const rs_param_spec specs[] = {{"msg_bytes", "8", "bytes", "size of a message"},
                                      {NULL, NULL, NULL, NULL}};

#define KIND(what, summary_text, init_hook, work_hook, ...)                                        \
    {                                                                                              \
        .abi = RS_GRAPH_ABI, .kind = "bench." what, .summary = summary_text, .params = specs,      \
        .state_bytes = sizeof(struct graph_node), .init = init_hook, .start = node_start,          \
        .work = work_hook, .stop = node_stop, __VA_ARGS__                                          \
    }
#define SOURCE_KIND(size)                                                                          \
    KIND("source", "writes numbered messages", source_init, source_work_##size, .out = &port_out,  \
         .n_out = 1),
#define MAP_KIND(size)                                                                             \
    KIND("map", "copies messages", map_init, map_work_##size, .in = &port_in, .n_in = 1,           \
         .out = &port_out, .n_out = 1),
#define SINK_KIND(size)                                                                            \
    KIND("sink", "checks numbered messages", sink_init, sink_work_##size, .in = &port_in,          \
         .n_in = 1),

static const rs_node_ops source_ops[] = {KERNEL_SIZE_LIST(SOURCE_KIND) SOURCE_KIND(any)};
static const rs_node_ops map_ops[] = {KERNEL_SIZE_LIST(MAP_KIND) MAP_KIND(any)};
static const rs_node_ops sink_ops[] = {KERNEL_SIZE_LIST(SINK_KIND) SINK_KIND(any)};

const rs_node_ops *graph_source_ops(size_t msg_bytes)
{
    return &source_ops[kernel_size_index(msg_bytes)];
}

const rs_node_ops *graph_map_ops(size_t msg_bytes)
{
    return &map_ops[kernel_size_index(msg_bytes)];
}

const rs_node_ops *graph_sink_ops(size_t msg_bytes)
{
    return &sink_ops[kernel_size_index(msg_bytes)];
}
