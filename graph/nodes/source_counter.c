/* SPDX-License-Identifier: MIT */
/* Numbers its messages 0, 1, 2 ... in their first eight bytes; the rest is zero. */
#include "graph/nodes/nodes.h"

struct counter {
    uint64_t next, count; /* count = 0: for ever */
    size_t msg_bytes;
};

enum { MSG_BYTES_MAX = 1 << 24 };

static int counter_init(rs_node *node, const rs_params *params)
{
    struct counter *c = rs_node_state(node);
    int64_t msg_bytes, count;
    int err = rs_param_integer(node, params, "msg_bytes", 8, MSG_BYTES_MAX, &msg_bytes);
    if (err == 0)
        err = rs_param_integer(node, params, "count", 0, INT64_MAX, &count);
    if (err != 0)
        return err;
    c->msg_bytes = (size_t)msg_bytes;
    c->count = (uint64_t)count;
    rs_node_set_out(node, 0, NULL, (uint32_t)msg_bytes, msg_bytes % 8 == 0 ? 8 : 1);
    return 0;
}

static void number_words(unsigned char *to, uint64_t first, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const uint64_t number = first + i;
        memcpy(to + i * sizeof number, &number, sizeof number);
    }
}

static void number_messages(unsigned char *to, uint64_t first, size_t n, size_t bytes,
                            size_t stride)
{
    for (size_t i = 0; i < n; i++, to += stride) {
        const uint64_t number = first + i;
        memcpy(to, &number, sizeof number);
        memset(to + sizeof number, 0, bytes - sizeof number);
    }
}

static int counter_batch(rs_node *node, const rs_batch *b)
{
    struct counter *c = rs_node_state(node);
    uint64_t left = c->count - c->next;
    size_t n = c->count == 0 || left > b->n ? b->n : (size_t)left;
    if (n == 0)
        return b->n == 0 ? 0 : RS_EOS;
    if (c->msg_bytes == sizeof c->next && b->out_stride_bytes == sizeof c->next)
        number_words(b->out, c->next, n); /* a call a message would cost more than the rest */
    else
        number_messages(b->out, c->next, n, c->msg_bytes, b->out_stride_bytes);
    c->next += n;
    return (int)n;
}

static const rs_port out[] = {{.name = "out"}};
static const rs_param_spec params[] = {
    {"count", "0", "messages", "how many are sent; 0 = for ever"},
    {"msg_bytes", "8", "bytes", "size of a message, 8 or more"},
    {NULL, NULL, NULL, NULL},
};

const rs_node_ops rs_kind_source_counter = {
    .abi = RS_GRAPH_ABI,
    .kind = "source.counter",
    .summary = "messages that carry their number",
    .out = out,
    .n_out = 1,
    .params = params,
    .state_bytes = sizeof(struct counter),
    .init = counter_init,
    .process_batch = counter_batch,
};
