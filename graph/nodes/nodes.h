/* SPDX-License-Identifier: MIT */
/* What the ready-made nodes share: their declarations, and copying messages through. */
#ifndef RINGSIDE_NODES_NODES_H
#define RINGSIDE_NODES_NODES_H

#include "graph/graph.h"

#include <string.h>

#define NODE(id, kind) extern const rs_node_ops rs_kind_##id;
#include "graph/nodes/nodes.def"
#undef NODE

static inline size_t copy_messages(const rs_batch *b, size_t msg_bytes)
{
    const unsigned char *from = (const unsigned char *)b->in;
    unsigned char *to = (unsigned char *)b->out;
    if (b->in_stride_bytes == msg_bytes && b->out_stride_bytes == msg_bytes) {
        memcpy(to, from, b->n * msg_bytes);
        return b->n;
    }
    for (size_t i = 0; i < b->n; i++)
        memcpy(to + i * b->out_stride_bytes, from + i * b->in_stride_bytes, msg_bytes);
    return b->n;
}

#endif
