/* SPDX-License-Identifier: MIT */
/*
 * The two ends of one edge.  A ring with spans is lent directly; one without goes through a staging
 * buffer on each side.  An end can be wrapped: drop_newest, credits, and, where membarrier is
 * missing, a fence before the sleeper is looked for.
 *
 * Ordering (who, on what, why):
 *   A2 acquire  abandoned  the reader has ended; pairs with A1 of ports.c
 *   D1 relaxed  dropped    sole writer
 *   W1 light    fence      as in graph.h; pairs with W2
 *   W3 relaxed  parked     as in graph.h
 *   W8 seq_cst  fence      the waker's own, where it is not asymmetric; pairs with W2 in wait.c
 *   I1 relaxed  all        before the edge is shared
 */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rings/mirror.h"
#include "wait.h"

void rs_io_wake(struct rs_end *e)
{
    rs_park_wake(e->parked);
}

/* ---- memory ---------------------------------------------------------------------------------- */

static size_t batch_bytes(const struct rs_edge *e, size_t batch)
{
    return rs_stride_bytes(batch * e->stride_bytes, rs_slots_align(e->msg_align));
}

static unsigned char *make_room(const struct rs_edge *e, size_t batch)
{
    return aligned_alloc(rs_slots_align(e->msg_align), batch_bytes(e, batch));
}

static unsigned char *make_staging(const struct rs_edge *e, size_t batch)
{
    unsigned char *p = make_room(e, batch);
    if (p != NULL)
        memset(p, 0, batch_bytes(e, batch));
    return p;
}

/* On the producer's worker, so that it touches the slots first. */
int rs_edge_make(struct rs_edge *e)
{
    const struct rs_config cfg = {
        .capacity = e->capacity, .msg_bytes = e->msg_bytes, .msg_align = e->msg_align};
    size_t bytes;
    int err;
    bool pow2 = (e->capacity & (e->capacity - 1)) == 0;
    if (e->local && pow2)
        e->ops = &rs_ring_ops_local;
    bytes = e->ops->bytes(e->capacity, e->msg_bytes, e->msg_align);
    e->ring = aligned_alloc(RS_SEPARATION, (e->ops->struct_bytes + RS_SEPARATION - 1) /
                                               RS_SEPARATION * RS_SEPARATION);
    err = e->ring == NULL ? -ENOMEM : rs_slots_alloc(e->ops->caps, bytes, e->msg_align, &e->slots);
    if (err != 0)
        return err;
    memset(e->slots, 0, bytes);
    rs_store_relaxed(&e->back.abandoned, 0u);            /* I1 relaxed: not shared yet */
    rs_store_relaxed(&e->producer.dropped, (uint64_t)0); /* I1 relaxed: not shared yet */
    rs_store_relaxed(&e->producer.forgone, (uint64_t)0); /* I1 relaxed: not shared yet */
    return e->ops->init(e->ring, e->slots, &cfg);
}

void rs_edge_free(struct rs_edge *e)
{
    free(e->producer.staging);
    free(e->producer.nowhere);
    free(e->consumer.staging);
    free(e->ring);
    rs_slots_free(e->ops->caps, e->slots, e->ops->bytes(e->capacity, e->msg_bytes, e->msg_align));
}

static void span_of(struct rs_span *s, unsigned char *from, size_t n, size_t stride)
{
    s->piece[0].data = from;
    s->piece[0].count = n;
    s->piece[1].data = from;
    s->piece[1].count = 0;
    s->stride_bytes = stride;
}

static RS_ATOMIC(uint32_t) * parked_of(const struct rs_edge *e, const rs_node *other)
{
    return e->local ? &rs_never_parked : &other->worker->parked.word;
}

/* ---- a ring without spans
 * ------------------------------------------------------------------------ */

/* After an index was stored outside of a settle: the sleeper at the other end. */
static void tell(const struct rs_edge *e, const rs_node *other)
{
    struct rs_end end = {NULL, NULL, NULL, parked_of(e, other)};
    if (e->graph->asymmetric)
        /* W1 light: as in graph.h; pairs with W2. Without it the sleeper misses the message. */
        rs_fence_light();
    else
        /* W8 seq_cst: the index is stored before the sleeper is looked for; pairs with W2. Without
         * it the sleeper misses the message and sleeps on. */
        rs_fence_seq_cst();
    if (rs_load_relaxed(end.parked) != 0) /* W3 relaxed: ordered by the fence and W2 */
        rs_io_wake(&end);
}

/* push_n and pop_n take packed messages; staging is packed. */
bool rs_edge_push_staged(struct rs_edge *e)
{
    size_t left = e->producer.staged - e->producer.sent;
    if (left > 0) {
        size_t sent = e->ops->push_n(e->ring, e->producer.staging + e->producer.sent * e->msg_bytes,
                                     left, e->msg_bytes);
        e->producer.sent += sent;
        if (sent > 0)
            tell(e, e->to);
        if (sent < left)
            return false;
    }
    e->producer.staged = e->producer.sent = 0;
    return true;
}

/* Every idle pass comes here: where nothing can be held back nobody is woken for nothing. */
void rs_edge_flush(struct rs_edge *e)
{
    if (!(e->ops->caps & RS_NEEDS_FLUSH))
        return;
    e->ops->flush(e->ring);
    tell(e, e->to);
}

static size_t reserve_staged(void *self, size_t n, struct rs_span *s)
{
    struct rs_edge *e = (struct rs_edge *)self;
    if (!rs_edge_push_staged(e))
        return 0;
    span_of(s, e->producer.staging, n, e->msg_bytes);
    return n;
}

static void commit_staged(void *self, size_t n)
{
    struct rs_edge *e = (struct rs_edge *)self;
    if (n == 0)
        return; /* after a refusal the buffer still holds what the ring had no room for */
    e->producer.staged = n;
    rs_edge_push_staged(e);
}

/* Tops the buffer up to a batch, its messages moved to the front first. */
static size_t refill(struct rs_edge *e)
{
    const size_t bytes = e->msg_bytes;
    size_t have = e->consumer.staged - e->consumer.taken, more;
    if (have > 0 && e->consumer.taken > 0)
        memmove(e->consumer.staging, e->consumer.staging + e->consumer.taken * bytes, have * bytes);
    more = e->ops->pop_n(e->ring, e->consumer.staging + have * bytes, e->to->batch - have, bytes);
    e->consumer.taken = 0;
    e->consumer.staged = have + more;
    if (more > 0)
        tell(e, e->from);
    return have + more;
}

static size_t peek_staged(void *self, size_t n, struct rs_span *s)
{
    struct rs_edge *e = (struct rs_edge *)self;
    size_t have = e->consumer.staged - e->consumer.taken;
    if (have < n)
        have = refill(e);
    n = n < have ? n : have;
    span_of(s, e->consumer.staging + e->consumer.taken * e->msg_bytes, n, e->msg_bytes);
    return n;
}

static void release_staged(void *self, size_t n)
{
    struct rs_edge *e = (struct rs_edge *)self;
    e->consumer.taken += n;
}

/* ---- wrappers
 * -------------------------------------------------------------------------------------- */

static size_t reserve_drop(void *self, size_t n, struct rs_span *s)
{
    struct rs_edge *e = (struct rs_edge *)self;
    size_t got = e->producer.discard ? 0 : e->producer.inner.lend(e->producer.inner.self, n, s);
    e->producer.scratch = got == 0;
    if (got > 0)
        return got;
    /* A2 acquire: pairs with A1. Without it the end of the reader is seen later. */
    if (rs_load_acquire(&e->back.abandoned) != 0 && !e->producer.discard)
        return 0; /* refused once, so that the worker looks whether anybody is left */
    span_of(s, e->producer.nowhere, n, e->stride_bytes);
    return n;
}

static void commit_drop(void *self, size_t n)
{
    struct rs_edge *e = (struct rs_edge *)self;
    if (!e->producer.scratch) {
        rs_end_settle(&e->producer.inner, n);
        return;
    }
    uint64_t dropped = rs_load_relaxed(&e->producer.dropped); /* D1 relaxed: sole writer */
    rs_store_relaxed(&e->producer.dropped, dropped + n);      /* D1 relaxed: sole writer */
}

/* A waker whose fence is its own: W8 stands where W1 would. */
static size_t lend_fenced_out(void *self, size_t n, struct rs_span *s)
{
    struct rs_edge *e = (struct rs_edge *)self;
    return e->ops->reserve(e->ring, n, s);
}

static void commit_fenced(void *self, size_t n)
{
    struct rs_edge *e = (struct rs_edge *)self;
    e->ops->commit(e->ring, n);
    /* W8 seq_cst: the index is stored before the sleeper is looked for; pairs with W2. Without it
     * the sleeper misses the message and sleeps on. */
    rs_fence_seq_cst();
}

static size_t lend_fenced_in(void *self, size_t n, struct rs_span *s)
{
    struct rs_edge *e = (struct rs_edge *)self;
    return e->ops->peek(e->ring, n, s);
}

static void release_fenced(void *self, size_t n)
{
    struct rs_edge *e = (struct rs_edge *)self;
    e->ops->release(e->ring, n);
    /* W8 seq_cst: as in commit_fenced, for room; pairs with W2. Without it the producer sleeps on
     * with room. */
    rs_fence_seq_cst();
}

/* A short loan makes a ring that defers returns give them all back, and no settle follows that
 * would wake the producer. */
static size_t lend_returning(void *self, size_t n, struct rs_span *s)
{
    struct rs_edge *e = (struct rs_edge *)self;
    size_t got = e->ops->peek(e->ring, n, s);
    if (got < n)
        tell(e, e->from);
    return got;
}

static void release_returning(void *self, size_t n)
{
    struct rs_edge *e = (struct rs_edge *)self;
    e->ops->release(e->ring, n);
}

/* ---- ends
 * ------------------------------------------------------------------------------------------ */

struct rs_end rs_edge_out(struct rs_edge *e)
{
    struct rs_end end = {e->ops->reserve, e->ops->commit, e->ring, parked_of(e, e->to)};
    if (!(e->ops->caps & RS_ZERO_COPY))
        end = (struct rs_end){reserve_staged, commit_staged, e, end.parked};
    else if (!e->graph->asymmetric && !e->local)
        end = (struct rs_end){lend_fenced_out, commit_fenced, e, end.parked};
    if (!(e->ops->caps & RS_ZERO_COPY) && e->producer.staging == NULL)
        e->producer.staging = make_staging(e, e->from->batch);
    e->producer.inner = end;
    return e->opt.drop_newest ? rs_edge_drop(e) : end;
}

/* Not touched: most edges never need it. */
int rs_edge_make_nowhere(struct rs_edge *e)
{
    if (e->producer.nowhere == NULL)
        e->producer.nowhere = make_room(e, e->from->batch);
    return e->producer.nowhere != NULL ? 0 : -ENOMEM;
}

/* An end that takes everything: what the ring does not take goes nowhere. */
struct rs_end rs_edge_drop(struct rs_edge *e)
{
    return (struct rs_end){reserve_drop, commit_drop, e, &rs_never_parked};
}

struct rs_end rs_edge_in(struct rs_edge *e)
{
    struct rs_end end = {e->ops->peek, e->ops->release, e->ring, parked_of(e, e->from)};
    if (!(e->ops->caps & RS_ZERO_COPY)) {
        e->consumer.staging = make_staging(e, e->to->batch);
        e->consumer.inner = (struct rs_end){peek_staged, release_staged, e, end.parked};
        return e->consumer.inner;
    }
    if (e->ops->caps & RS_DEFERS_CREDIT)
        return (struct rs_end){lend_returning,
                               e->graph->asymmetric ? release_returning : release_fenced, e,
                               end.parked};
    if (!e->graph->asymmetric && !e->local)
        return (struct rs_end){lend_fenced_in, release_fenced, e, end.parked};
    return end;
}
