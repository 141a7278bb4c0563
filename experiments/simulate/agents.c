/* SPDX-License-Identifier: MIT */
/* What an agent does: makes or takes a batch, gives it on or checks it. */
#include "simulate/simulation.h"

#include <errno.h>

#include "kernels/message.h"

enum { SOURCE_SHIFT = 48 }; /* a message's number carries its source in the bits above */

/* ---- one operation on one ring -------------------------------------------------------------- */

static size_t push_span(const struct rs_ring_ops *ops, void *ring, const unsigned char *from,
                        size_t n, size_t size)
{
    struct rs_span span;
    n = ops->reserve(ring, n, &span);
    for (size_t i = 0; i < n; i++)
        rs_copy_in(rs_span_at(&span, i), from + i * size, size);
    if (n > 0)
        ops->commit(ring, n);
    return n;
}

static size_t pop_span(const struct rs_ring_ops *ops, void *ring, unsigned char *to, size_t n,
                       size_t size)
{
    struct rs_span span;
    n = ops->peek(ring, n, &span);
    for (size_t i = 0; i < n; i++)
        rs_copy_out(to + i * size, rs_span_at(&span, i), size);
    if (n > 0)
        ops->release(ring, n);
    return n;
}

static size_t push_some(struct agent *a, struct edge *e, const unsigned char *from, size_t n)
{
    const struct simulate_config *c = a->simulation->config;
    if (c->span)
        return push_span(c->ring, e->ring, from, n, c->msg_bytes);
    if (c->batch > 1)
        return c->ring->push_n(e->ring, from, n, c->msg_bytes);
    return c->ring->push(e->ring, from, c->msg_bytes) ? 1 : 0;
}

static size_t pop_some(struct agent *a, struct edge *e, unsigned char *to, size_t n)
{
    const struct simulate_config *c = a->simulation->config;
    if (c->span)
        return pop_span(c->ring, e->ring, to, n, c->msg_bytes);
    if (c->batch > 1)
        return c->ring->pop_n(e->ring, to, n, c->msg_bytes);
    return c->ring->pop(e->ring, to, c->msg_bytes) ? 1 : 0;
}

void agent_flush(struct agent *a)
{
    for (size_t i = 0; i < a->n_out; i++)
        a->simulation->config->ring->flush(a->out[i]->ring);
}

/* ---- a batch -------------------------------------------------------------------------------- */

static size_t least(uint64_t a, size_t b)
{
    return a < b ? (size_t)a : b;
}

static void make(struct agent *a, size_t n)
{
    const size_t size = a->simulation->config->msg_bytes;
    for (size_t i = 0; i < n; i++, a->next[0]++)
        message_fill(a->buffer + i * size, ((uint64_t)a->index << SOURCE_SHIFT) + a->next[0], size);
    a->held = n;
}

/* From the edge whose turn it is. */
static void take(struct agent *a, size_t most)
{
    struct edge *e = a->in[a->in_at];
    a->held = pop_some(a, e, a->buffer, least(a->in_left, most));
    e->delivered += a->simulation->counting ? a->held : 0;
    a->in_left -= a->held;
}

static void check(struct agent *a)
{
    struct simulation *s = a->simulation;
    const size_t size = s->config->msg_bytes;
    const size_t source = s->sources > 1 ? a->in[a->in_at]->from : 0;
    uint64_t wrong = 0;
    for (size_t i = 0; i < a->held; i++, a->next[source]++)
        wrong |= message_check(a->buffer + i * size,
                               ((uint64_t)source << SOURCE_SHIFT) + a->next[source], size);
    if (wrong != 0 && (s->config->ring->caps & RS_NO_TRANSFER) == 0)
        s->err = -EILSEQ;
    a->held = 0;
}

static void next_input(struct agent *a)
{
    if (a->n_in == 0 || a->in_left > 0)
        return;
    a->in_at = (a->in_at + 1) % a->n_in;
    a->in_left = a->simulation->config->batch;
}

static bool acquire(struct agent *a, uint64_t most)
{
    const size_t n = least(most, a->simulation->config->batch);
    if (n == 0)
        return false;
    if (a->n_in == 0)
        make(a, n);
    else
        take(a, n);
    const bool progress = a->held > 0;
    a->moved += a->held;
    if (progress && a->n_out == 0)
        check(a);
    next_input(a);
    return progress;
}

/* The whole batch to one edge after the other. */
static bool give_to_all(struct agent *a)
{
    const size_t size = a->simulation->config->msg_bytes;
    size_t n = push_some(a, a->out[a->out_at], a->buffer + a->given * size, a->held - a->given);
    a->given += n;
    if (a->given == a->held) {
        a->given = 0;
        a->out_at = (a->out_at + 1) % a->n_out;
        a->held = a->out_at == 0 ? 0 : a->held;
    }
    return n > 0;
}

/* A batch to each edge in turn. */
static bool give_in_turn(struct agent *a)
{
    const size_t size = a->simulation->config->msg_bytes;
    size_t n = push_some(a, a->out[a->out_at], a->buffer + a->given * size,
                         least(a->out_left, a->held - a->given));
    a->given += n;
    a->out_left -= n;
    if (a->out_left == 0) {
        a->out_at = (a->out_at + 1) % a->n_out;
        a->out_left = a->simulation->config->batch;
    }
    if (a->given == a->held)
        a->given = a->held = 0;
    return n > 0;
}

bool agent_step(struct agent *a, uint64_t most)
{
    bool progress = false;
    if (a->held == 0)
        progress = acquire(a, most);
    if (a->held > 0 && a->n_out > 0)
        progress =
            (a->simulation->config->shape == SHAPE_BROADCAST ? give_to_all(a) : give_in_turn(a)) ||
            progress;
    return progress;
}
