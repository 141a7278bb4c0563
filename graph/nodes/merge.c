/* SPDX-License-Identifier: MIT */
/*
 * Passes messages on.  Several edges into its input are joined: the edges' merge mode says in which
 * order.
 */
#include "graph/nodes/nodes.h"

struct merge {
    size_t msg_bytes;
};

static int merge_start(rs_node *node)
{
    struct merge *s = rs_node_state(node);
    s->msg_bytes = rs_node_in(node, 0).msg_bytes;
    return 0;
}

static int merge_batch(rs_node *node, const rs_batch *b)
{
    const struct merge *s = rs_node_state(node);
    return (int)copy_messages(b, s->msg_bytes);
}

static const rs_port in[] = {{.name = "in"}};
static const rs_port out[] = {{.name = "out"}};

const rs_node_ops rs_kind_merge = {
    .abi = RS_GRAPH_ABI,
    .kind = "merge",
    .summary = "several edges to one stream, as their merge says",
    .in = in,
    .out = out,
    .n_in = 1,
    .n_out = 1,
    .state_bytes = sizeof(struct merge),
    .start = merge_start,
    .process_batch = merge_batch,
};
