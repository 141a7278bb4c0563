/* SPDX-License-Identifier: MIT */
#include "wake_round.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/graph.h"
#include "measure/clock.h"
#include "measure/graph_trial.h"
#include "measure/histogram.h"

enum { EVERY_NS = 2 * 1000 * 1000, WARMUP_MESSAGES = 8 };

struct wake {
    uint64_t messages, done, due_ns;
    struct histogram *late; /* sink */
};

static int source_work(rs_node *node, rs_io *io)
{
    struct wake *w = (struct wake *)rs_node_state(node);
    struct rs_span span;
    if (w->done == w->messages)
        return RS_EOS;
    if (clock_ns() < w->due_ns)
        return RS_IDLE; /* without a port that refused: the worker naps */
    if (rs_io_reserve(io, 0, 1, &span) == 0)
        return RS_IDLE;
    uint64_t now = clock_ns();
    memcpy(span.piece[0].data, &now, sizeof now);
    rs_io_commit(io, 0, 1);
    w->due_ns = now + EVERY_NS;
    w->done++;
    return 1;
}

static int sink_work(rs_node *node, rs_io *io)
{
    struct wake *w = (struct wake *)rs_node_state(node);
    struct rs_span span;
    uint64_t sent;
    if (rs_io_peek(io, 0, 1, &span) == 0)
        return RS_IDLE;
    uint64_t now = clock_ns();
    memcpy(&sent, span.piece[0].data, sizeof sent);
    rs_io_release(io, 0, 1);
    if (w->done++ >= WARMUP_MESSAGES)
        histogram_record(w->late, now > sent ? now - sent : 0);
    return 1;
}

static const rs_port out_port = {.name = "out", .msg_bytes = sizeof(uint64_t)};
static const rs_port in_port = {.name = "in", .msg_bytes = sizeof(uint64_t)};
static const rs_node_ops source = {.abi = RS_GRAPH_ABI,
                                   .kind = "wake.source",
                                   .out = &out_port,
                                   .n_out = 1,
                                   .state_bytes = sizeof(struct wake),
                                   .work = source_work};
static const rs_node_ops sink = {.abi = RS_GRAPH_ABI,
                                 .kind = "wake.sink",
                                 .in = &in_port,
                                 .n_in = 1,
                                 .state_bytes = sizeof(struct wake),
                                 .work = sink_work};

static int run(const struct graph_plan *p, uint64_t messages, struct histogram *late, char *why,
               size_t n)
{
    const rs_graph_options options = {
        .wait = (rs_wait)p->cell.value[FACTOR_wait], .report_s = -1, .stall_s = -1};
    rs_node_options place[2] = {RS_NODE_DEFAULTS, RS_NODE_DEFAULTS};
    rs_graph *g = rs_graph_new(&options);
    place[0].cpu = p->cpu[0];
    place[1].cpu = p->cpu[1];
    rs_node *from = g ? rs_graph_add(g, &source, "source", NULL, &place[0]) : NULL;
    rs_node *to = g ? rs_graph_add(g, &sink, "sink", NULL, &place[1]) : NULL;
    int err = from && to ? rs_graph_connect(g, from, "out", to, "in", NULL) : -ENOMEM;
    if (err == 0) {
        *(struct wake *)rs_node_state(from) = (struct wake){.messages = messages};
        *(struct wake *)rs_node_state(to) = (struct wake){.late = late};
        err = rs_graph_run(g);
    }
    if (err != 0)
        snprintf(why, n, "%s", g ? rs_graph_error(g) : "out of memory");
    rs_graph_free(g);
    return err;
}

static json_t *result_json(const struct histogram *late, uint64_t messages)
{
    const bool good = histogram_count(late) == messages - WARMUP_MESSAGES;
    return json_pack(
        "{s:s, s:o, s:{s:f, s:f, s:f, s:I}, s:{s:n, s:n}, s:[]}", "status", good ? "ok" : "failed",
        "reason", good ? json_null() : json_string("a message was lost"), "metrics", "wake_p50_ns",
        histogram_quantile_ns(late, 0.5), "wake_p99_ns", histogram_quantile_ns(late, 0.99),
        "wake_max_ns", histogram_max_ns(late), "messages", (json_int_t)histogram_count(late),
        "evidence", "producer", "consumer", "disturbed");
}

json_t *wake_round_run(const struct cell *c, char *why, size_t n)
{
    struct graph_plan p;
    const uint64_t messages = WARMUP_MESSAGES + 1 + (uint64_t)c->value[FACTOR_seconds] / EVERY_NS;
    struct histogram *late = malloc(sizeof *late);
    json_t *result = NULL;
    char reason[512] = "out of memory";
    int err = late ? graph_plan_make(c, &p) : -ENOMEM;
    if (err == 0) {
        p.cell = *c;
        histogram_reset(late);
        err = run(&p, messages, late, reason, sizeof reason);
    }
    if (err == 0)
        result = result_json(late, messages);
    else
        snprintf(why, n, "cannot set up the round: %s", reason);
    free(late);
    return result;
}
