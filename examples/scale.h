/* SPDX-License-Identifier: MIT */
/* A node of one's own: multiplies each message, a float, by `by`. */
#ifndef SCALE_H
#define SCALE_H

#include <graph/graph.h>

struct scale {
    double by;
};

static int scale_init(rs_node *node, const rs_params *params)
{
    struct scale *s = (struct scale *)rs_node_state(node);
    return rs_param_number(node, params, "by", -1e6, 1e6, &s->by);
}

static int scale_batch(rs_node *node, const rs_batch *b)
{
    const struct scale *s = (const struct scale *)rs_node_state(node);
    for (size_t i = 0; i < b->n; i++) {
        float x;
        memcpy(&x, (const char *)b->in + i * b->in_stride_bytes, sizeof x);
        x *= (float)s->by;
        memcpy((char *)b->out + i * b->out_stride_bytes, &x, sizeof x);
    }
    return (int)b->n;
}

static const rs_port scale_in[] = {{.name = "in", .schema = "f32", .msg_bytes = 4}};
static const rs_port scale_out[] = {{.name = "out", .schema = "f32", .msg_bytes = 4}};
static const rs_param_spec scale_params[] = {{"by", "2", "", "factor"}, {NULL, NULL, NULL, NULL}};

static const rs_node_ops scale_ops = {
    .abi = RS_GRAPH_ABI,
    .kind = "map.scale",
    .summary = "multiplies each float",
    .in = scale_in,
    .n_in = 1,
    .out = scale_out,
    .n_out = 1,
    .params = scale_params,
    .state_bytes = sizeof(struct scale),
    .init = scale_init,
    .process_batch = scale_batch,
};

#endif
