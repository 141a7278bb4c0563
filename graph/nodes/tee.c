/* SPDX-License-Identifier: MIT */
/*
 * Passes messages on.  Several edges from its output make the copies: the edges' fan-out mode says
 * whether each gets all of them or a share.
 */
#include "graph/nodes/nodes.h"

struct tee {
    size_t msg_bytes;
};

static int tee_start(rs_node *node)
{
    struct tee *s = rs_node_state(node);
    s->msg_bytes = rs_node_in(node, 0).msg_bytes;
    return 0;
}

static int tee_batch(rs_node *node, const rs_batch *b)
{
    const struct tee *s = rs_node_state(node);
    return (int)copy_messages(b, s->msg_bytes);
}

static const rs_port in[] = {{.name = "in"}};
static const rs_port out[] = {{.name = "out"}};

const rs_node_ops rs_kind_tee = {
    .abi = RS_GRAPH_ABI,
    .kind = "tee",
    .summary = "one stream to several edges, as their mode says",
    .in = in,
    .out = out,
    .n_in = 1,
    .n_out = 1,
    .state_bytes = sizeof(struct tee),
    .start = tee_start,
    .process_batch = tee_batch,
};
