/* SPDX-License-Identifier: MIT */
/* What a node may ask, and the adaptors that turn process() into work(). */
#include "internal.h"

const char *rs_node_name(const rs_node *n)
{
    return n->name;
}

rs_graph *rs_node_graph(rs_node *n)
{
    return n->graph;
}

const rs_node_ops *rs_node_kind(const rs_node *n)
{
    return n->ops;
}

size_t rs_node_batch(const rs_node *n)
{
    return n->batch;
}

rs_port rs_node_in(const rs_node *n, unsigned port)
{
    return n->in[port];
}

rs_port rs_node_out(const rs_node *n, unsigned port)
{
    return n->out[port];
}

static void set_type(rs_port *p, const char *schema, uint32_t bytes, uint32_t align)
{
    p->schema = schema;
    p->msg_bytes = bytes;
    p->msg_align = align ? align : 1;
}

void rs_node_set_in(rs_node *n, unsigned port, const char *schema, uint32_t bytes, uint32_t align)
{
    set_type(&n->in[port], schema, bytes, align);
}

void rs_node_set_out(rs_node *n, unsigned port, const char *schema, uint32_t bytes, uint32_t align)
{
    set_type(&n->out[port], schema, bytes, align);
}

/* ---- adaptors ------------------------------------------------------------------------------- */

/* The message at i of a loan, and how many from there on are neighbours; NULL without a loan. */
static unsigned char *run_at(const struct rs_span *s, size_t i, size_t *neighbours)
{
    size_t first = s->piece[0].count;
    if (s->stride_bytes == 0)
        return NULL;
    size_t left = i < first ? first - i : first + s->piece[1].count - i;
    *neighbours = left < *neighbours ? left : *neighbours;
    return (unsigned char *)rs_span_at(s, i);
}

struct loans {
    struct rs_span in, out;
    size_t n;           /* messages that may be consumed and sent */
    size_t taken, sent; /* so far */
};

static bool lend_both(rs_node *n, rs_io *io, struct loans *l)
{
    l->in.stride_bytes = l->out.stride_bytes = 0;
    l->taken = l->sent = 0;
    l->n = n->batch;
    if (n->ops->n_in > 0)
        l->n = rs_io_peek(io, 0, l->n, &l->in);
    if (l->n > 0 && n->ops->n_out > 0)
        l->n = rs_io_reserve(io, 0, l->n, &l->out);
    return l->n > 0;
}

static int settle_both(rs_node *n, rs_io *io, const struct loans *l, int result)
{
    if (n->ops->n_out > 0 && l->sent > 0)
        rs_io_commit(io, 0, l->sent);
    if (n->ops->n_in > 0 && l->taken > 0)
        rs_io_release(io, 0, l->taken);
    return result < 0 ? result : (int)l->taken;
}

int rs_work_process(rs_node *n, rs_io *io)
{
    struct loans l = {.n = 0};
    int r = 0;
    if (!lend_both(n, io, &l))
        return RS_IDLE;
    while (l.taken < l.n) {
        size_t one = 1;
        const void *in = run_at(&l.in, l.taken, &one);
        void *out = run_at(&l.out, l.sent, &one);
        r = n->ops->process(n, in, out);
        if (r < 0 || (r == 0 && n->ops->n_in == 0))
            break;
        l.taken++;
        l.sent += n->ops->n_out > 0 && r > 0;
    }
    return settle_both(n, io, &l, r);
}

int rs_work_batch(rs_node *n, rs_io *io)
{
    struct loans l = {.n = 0};
    int r = 0;
    if (!lend_both(n, io, &l))
        return RS_IDLE;
    while (l.taken < l.n) {
        rs_batch b = {.n = l.n - l.taken,
                      .in_stride_bytes = l.in.stride_bytes,
                      .out_stride_bytes = l.out.stride_bytes};
        b.in = run_at(&l.in, l.taken, &b.n);
        b.out = run_at(&l.out, l.sent, &b.n);
        r = n->ops->process_batch(n, &b);
        if (r < 0 || (r == 0 && n->ops->n_in == 0))
            break;
        l.taken += n->ops->n_in > 0 ? b.n : (size_t)r;
        l.sent += n->ops->n_out > 0 ? (size_t)r : 0;
        if (n->ops->n_in == 0 && (size_t)r < b.n)
            break;
    }
    return settle_both(n, io, &l, r);
}
