/* SPDX-License-Identifier: MIT */
/* Takes everything, looks at nothing, and says how much it was. */
#include "graph/nodes/nodes.h"

#include <inttypes.h>

struct null {
    uint64_t messages;
};

static int null_work(rs_node *node, rs_io *io)
{
    struct null *s = rs_node_state(node);
    struct rs_span span;
    size_t n = rs_io_peek(io, 0, SIZE_MAX, &span);
    if (n == 0)
        return RS_IDLE;
    rs_io_release(io, 0, n);
    s->messages += n;
    return (int)n;
}

static void null_stop(rs_node *node)
{
    const struct null *s = rs_node_state(node);
    rs_node_log(node, RS_INFO, "%" PRIu64 " messages", s->messages);
}

static const rs_port in[] = {{.name = "in"}};

const rs_node_ops rs_kind_sink_null = {
    .abi = RS_GRAPH_ABI,
    .kind = "sink.null",
    .summary = "discards messages of any type and counts them",
    .in = in,
    .n_in = 1,
    .state_bytes = sizeof(struct null),
    .work = null_work,
    .stop = null_stop,
};
