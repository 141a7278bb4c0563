/* SPDX-License-Identifier: MIT */
/* Multiplies samples by a constant. */
#include "graph/nodes/nodes.h"

#include <float.h>

struct gain {
    float factor;
};

static int gain_init(rs_node *node, const rs_params *params)
{
    struct gain *s = rs_node_state(node);
    double factor = 1;
    int err = rs_param_number(node, params, "gain", -FLT_MAX, FLT_MAX, &factor);
    s->factor = (float)factor;
    return err;
}

static void packed(float factor, const float *x, float *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = factor * x[i];
}

static void strided(float factor, const rs_batch *b)
{
    const unsigned char *from = b->in;
    unsigned char *to = b->out;
    for (size_t i = 0; i < b->n; i++) {
        float x;
        memcpy(&x, from + i * b->in_stride_bytes, sizeof x);
        x *= factor;
        memcpy(to + i * b->out_stride_bytes, &x, sizeof x);
    }
}

static int gain_batch(rs_node *node, const rs_batch *b)
{
    const struct gain *s = rs_node_state(node);
    if (b->in_stride_bytes == sizeof(float) && b->out_stride_bytes == sizeof(float))
        packed(s->factor, b->in, b->out, b->n);
    else
        strided(s->factor, b);
    return (int)b->n;
}

static const rs_port in[] = {
    {.name = "in", .schema = "f32", .msg_bytes = sizeof(float), .msg_align = sizeof(float)}};
static const rs_port out[] = {
    {.name = "out", .schema = "f32", .msg_bytes = sizeof(float), .msg_align = sizeof(float)}};
static const rs_param_spec params[] = {
    {"gain", "1", "factor", "what each sample is multiplied by"},
    {NULL, NULL, NULL, NULL},
};

const rs_node_ops rs_kind_map_gain = {
    .abi = RS_GRAPH_ABI,
    .kind = "map.gain",
    .summary = "multiplies f32 samples by a constant",
    .in = in,
    .out = out,
    .n_in = 1,
    .n_out = 1,
    .params = params,
    .state_bytes = sizeof(struct gain),
    .init = gain_init,
    .process_batch = gain_batch,
};
