/* SPDX-License-Identifier: MIT */
/*
 * Passes messages on after a given time of work on each.
 *
 * The work is a chain of multiplications, timed on the node's own cpu when it starts: it is spent
 * even where reading a clock would take longer, and it does not run on while the thread is not on a
 * cpu, as time by the clock would.
 */
#include "graph/nodes/nodes.h"

#include <time.h>

enum { TRIALS = 9, TRIAL_LINKS = 20000 };

struct spin {
    double ns;
    uint64_t links; /* of the chain, a message */
    uint64_t value;
    size_t msg_bytes;
};

static uint64_t chain(uint64_t value, uint64_t links)
{
    for (uint64_t i = 0; i < links; i++) {
        value = value * 6364136223846793005U + 1442695040888963407U; /* Knuth's MMIX */
        __asm__ volatile("" : "+r"(value)); /* else the compiler skips ahead */
    }
    return value;
}

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

/* The fastest of some trials: the others were disturbed. */
static double link_ns(struct spin *s)
{
    uint64_t best = UINT64_MAX;
    for (int i = 0; i < TRIALS; i++) {
        uint64_t before = now_ns(), took;
        s->value = chain(s->value, TRIAL_LINKS);
        took = now_ns() - before;
        best = took < best ? took : best;
    }
    return (double)(best > 0 ? best : 1) / TRIAL_LINKS;
}

static int spin_init(rs_node *node, const rs_params *params)
{
    struct spin *s = rs_node_state(node);
    return rs_param_number(node, params, "ns", 0, 1e9, &s->ns);
}

static int spin_start(rs_node *node)
{
    struct spin *s = rs_node_state(node);
    s->msg_bytes = rs_node_in(node, 0).msg_bytes;
    s->links = (uint64_t)(s->ns / link_ns(s) + 0.5);
    return 0;
}

static int spin_batch(rs_node *node, const rs_batch *b)
{
    struct spin *s = rs_node_state(node);
    for (size_t i = 0; i < b->n; i++)
        s->value = chain(s->value, s->links);
    return (int)copy_messages(b, s->msg_bytes);
}

static const rs_port in[] = {{.name = "in"}};
static const rs_port out[] = {{.name = "out"}};
static const rs_param_spec params[] = {
    {"ns", "100", "ns", "work a message"},
    {NULL, NULL, NULL, NULL},
};

const rs_node_ops rs_kind_map_spin = {
    .abi = RS_GRAPH_ABI,
    .kind = "map.spin",
    .summary = "passes messages of any type on after a given time of work on each",
    .in = in,
    .out = out,
    .n_in = 1,
    .n_out = 1,
    .params = params,
    .state_bytes = sizeof(struct spin),
    .init = spin_init,
    .start = spin_start,
    .process_batch = spin_batch,
};
