/* SPDX-License-Identifier: MIT */
/* Turns complex frames into power frames: the squared magnitude of each bin, not scaled. */
#include "graph/nodes/frame.h"
#include "graph/nodes/nodes.h"
#include "graph/nodes/power.h"

struct power {
    struct frame_type from, to;
};

static int power_init(rs_node *node, const rs_params *params)
{
    struct power *s = rs_node_state(node);
    int64_t size = 0;
    int err = rs_param_integer(node, params, "size", FRAME_SIZE_MIN, FRAME_SIZE_MAX, &size);
    if (err != 0)
        return err;
    s->from = frame_type_of("c32", 2 * sizeof(float), size);
    s->to = frame_type_of("f32", sizeof(float), size);
    rs_node_set_in(node, 0, s->from.schema, s->from.bytes, sizeof(float));
    rs_node_set_out(node, 0, s->to.schema, s->to.bytes, sizeof(float));
    return 0;
}

static int power_process(rs_node *node, const void *in, void *out)
{
    const struct power *s = rs_node_state(node);
    power_of(in, out, s->to.bins);
    return 1;
}

static const rs_port in[] = {{.name = "in"}};
static const rs_port out[] = {{.name = "out"}};
static const rs_param_spec params[] = {
    {"size", "512", "samples", "of the transform that made the frames"},
    {NULL, NULL, NULL, NULL},
};

const rs_node_ops rs_kind_map_power = {
    .abi = RS_GRAPH_ABI,
    .kind = "map.power",
    .summary = "squared magnitude of complex frames",
    .in = in,
    .out = out,
    .n_in = 1,
    .n_out = 1,
    .params = params,
    .state_bytes = sizeof(struct power),
    .init = power_init,
    .process = power_process,
};
