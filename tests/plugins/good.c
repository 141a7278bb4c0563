/* SPDX-License-Identifier: MIT */
/* A plug-in as a user writes one: two kinds, one by work() and one by process(). */
#include "graph/graph.h"

static const rs_port in[] = {{"in", NULL, 8, 8, 0, 0}};
static const rs_port out[] = {{"out", NULL, 8, 8, 0, 0}};

/* ---- good.countdown: sends from, from - 1, ..., 1 ---- */

static const rs_param_spec countdown_params[] = {{"from", "10", "messages", "how many"},
                                                 {NULL, NULL, NULL, NULL}};

static int countdown_init(rs_node *n, const rs_params *params)
{
    return rs_param_integer(n, params, "from", 0, 1000000, (int64_t *)rs_node_state(n));
}

static int countdown_process(rs_node *n, const void *none, void *to)
{
    int64_t *left = (int64_t *)rs_node_state(n);
    (void)none;
    if (*left == 0)
        return RS_EOS;
    *(int64_t *)to = (*left)--;
    return 1;
}

static const rs_node_ops countdown = {.abi = RS_GRAPH_ABI,
                                      .kind = "good.countdown",
                                      .summary = "counts down to 1",
                                      .out = out,
                                      .n_out = 1,
                                      .params = countdown_params,
                                      .state_bytes = sizeof(int64_t),
                                      .init = countdown_init,
                                      .process = countdown_process};

/* ---- good.sum: logs the sum of what came ---- */

static int sum_work(rs_node *n, rs_io *io)
{
    struct rs_span s;
    size_t got = rs_io_peek(io, 0, rs_node_batch(n), &s);
    for (size_t i = 0; i < got; i++)
        *(int64_t *)rs_node_state(n) += *(const int64_t *)(const void *)rs_span_at(&s, i);
    if (got > 0)
        rs_io_release(io, 0, got);
    return (int)got;
}

static void sum_stop(rs_node *n)
{
    rs_node_log(n, RS_WARN, "sum %lld, %s", *(long long *)rs_node_state(n),
                rs_node_ended_well(n) ? "whole" : "cut short");
}

static const rs_node_ops sum = {.abi = RS_GRAPH_ABI,
                                .kind = "good.sum",
                                .summary = "adds up",
                                .in = in,
                                .n_in = 1,
                                .state_bytes = sizeof(int64_t),
                                .work = sum_work,
                                .stop = sum_stop};

/* ---- good.fail: fails at its first message ---- */

static int fail_process(rs_node *n, const void *from, void *to)
{
    (void)from;
    (void)to;
    return rs_node_fail(n, -EIO, "the planted failure");
}

static const rs_node_ops fail = {.abi = RS_GRAPH_ABI,
                                 .kind = "good.fail",
                                 .summary = "fails at once",
                                 .in = in,
                                 .n_in = 1,
                                 .process = fail_process};

static const rs_node_ops *const kinds[] = {&countdown, &sum, &fail};
extern const struct rs_plugin rs_plugin;
const struct rs_plugin rs_plugin = {RS_GRAPH_ABI, 3, kinds};
