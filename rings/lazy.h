/* SPDX-License-Identifier: MIT */
/*
 * lazy: both sides of the ring work in batches whatever their callers do: the producer publishes
 * after capacity/8 messages (64 at most), when it is full and when it is flushed, and the consumer
 * gives slots back as in `credit`.  A message waits in the ring until its batch is complete, so the
 * producer must flush before it waits for an answer or goes idle.
 *
 * MCRingBuffer: P. Lee, T. Bu, G. Chandranmenon, "A Lock-Free, Cache-Efficient Multi-Core
 * Synchronization Mechanism for Line-Rate Network Traffic Monitoring", IPDPS 2010.  There a timer
 * frees what is stuck; here a producer that finds no room publishes everything and a consumer that
 * runs short returns everything, so neither waits for what the other holds back.
 *
 * Capacity: a power of two.  Slack: as credit.
 *
 * Ordering (who, on what, why): that of credit.h; this header makes no access of its own.
 */
#ifndef RINGSIDE_LAZY_H
#define RINGSIDE_LAZY_H

#include "credit.h"

#define RS_CAPS_lazy      (RS_POWER_OF_TWO | RS_ZERO_COPY | RS_PREFETCHES | RS_ROAMS)
#define RS_HAS_lazy_batch 1
#define RS_HAS_lazy_spans 1
#define RS_HAS_lazy_flush 1
#define RS_HAS_lazy_slack 1
#define RS_HAS_lazy_wait  0
#define RS_HAS_lazy_held  1

typedef struct rs_lazy_producer {
    struct rs_credit_producer ring; /* its tail says what is published */
    RS_PLAIN(rs_index) tail;        /* next slot to fill */
    RS_PLAIN(rs_index) defer;       /* messages filled before they are published */
    RS_PLAIN(rs_index) run_end;     /* pushes before it find room and publish nothing */
} rs_lazy_producer;

typedef struct rs_credit_consumer rs_lazy_consumer;

struct rs_lazy {
    RS_SEPARATED struct rs_lazy_producer producer;
    struct rs_credit ring; /* all but its producer */
};

RS_INLINE size_t rs_lazy_slack(const struct rs_config *cfg)
{
    return rs_credit_slack(cfg);
}

RS_INLINE size_t rs_lazy_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)
{
    return rs_credit_bytes(capacity, msg_bytes, msg_align);
}

RS_INLINE int rs_lazy_init(struct rs_lazy *r, void *mem, const struct rs_config *cfg)
{
    const size_t most = cfg != NULL && cfg->defer > 0 ? SIZE_MAX : 64;
    int err = rs_credit_init(&r->ring, mem, cfg);
    size_t defer;
    if (err)
        return err;
    defer = rs_credit_defer(cfg);
    rs_credit_producer_init(&r->producer.ring, (rs_cell *)mem, cfg);
    rs_set(&r->producer.tail, cfg->start);
    rs_set(&r->producer.run_end, cfg->start);
    rs_set(&r->producer.defer, (rs_index)(defer < most ? defer : most));
    return 0;
}

/* Publishes what is held back. */
RS_INLINE void rs_lazy_flush_held(struct rs_lazy *r, struct rs_lazy_producer *p)
{
    rs_index tail = rs_get(&p->tail);
    rs_index published = rs_get(&p->ring.tail);
    if (published != tail)
        rs_credit_publish(&r->ring, &p->ring, tail);
}

RS_INLINE void rs_lazy_flush(struct rs_lazy *r)
{
    rs_lazy_flush_held(r, &r->producer);
}

/* How many of n slots the producer may fill from tail on.  If not all, the consumer must get what
 * there is, or it never makes room. */
RS_INLINE size_t rs_lazy_room(struct rs_lazy *r, struct rs_lazy_producer *p, rs_index tail,
                              size_t n)
{
    size_t room = rs_credit_room(&r->ring, &p->ring, tail, n);
    if (rs_unlikely(room < n))
        rs_lazy_flush_held(r, p);
    return room;
}

/* The slots before tail are filled. */
RS_INLINE void rs_lazy_advance(struct rs_lazy *r, struct rs_lazy_producer *p, rs_index tail)
{
    rs_index published = rs_get(&p->ring.tail);
    rs_index defer = rs_get(&p->defer);
    rs_set(&p->tail, tail);
    rs_set(&p->run_end, tail);
    if (rs_unlikely(rs_distance(tail, published) >= defer))
        rs_credit_publish(&r->ring, &p->ring, tail);
}

/* As rs_lazy_advance, and pushes up to the next publish or the end of the room are a run: they
 * compare one index. */
RS_INLINE void rs_lazy_begin_run(struct rs_lazy *r, struct rs_lazy_producer *p, rs_index tail)
{
    rs_index capacity = rs_get(&p->ring.capacity);
    rs_index credit = rs_get(&p->ring.credit_seen);
    rs_index defer = rs_get(&p->defer);
    rs_index published, room, kept;
    rs_lazy_advance(r, p, tail);
    published = rs_get(&p->ring.tail);
    room = (rs_index)(capacity - rs_distance(tail, credit));
    kept = (rs_index)(defer - 1 - rs_distance(tail, published));
    room = room < kept ? room : kept;
    rs_set(&p->run_end, (rs_index)(tail + room));
    rs_slots_prefetch(&p->ring.slots, tail, (size_t)room, true);
}

RS_INLINE bool rs_lazy_push_held(struct rs_lazy *r, struct rs_lazy_producer *p, const void *msg,
                                 size_t size)
{
    rs_index tail = rs_get(&p->tail);
    rs_index run_end = rs_get(&p->run_end);
    const bool last = tail == run_end;
    if (rs_unlikely(last) && rs_lazy_room(r, p, tail, 1) == 0)
        return false;
    rs_copy_in(rs_slots_at(&p->ring.slots, tail), msg, size);
    if (rs_unlikely(last))
        rs_lazy_begin_run(r, p, (rs_index)(tail + 1));
    else
        rs_set(&p->tail, (rs_index)(tail + 1));
    rs_note(pushed, 1);
    return true;
}

RS_INLINE bool rs_lazy_push(struct rs_lazy *r, const void *msg, size_t size)
{
    return rs_lazy_push_held(r, &r->producer, msg, size);
}

RS_INLINE size_t rs_lazy_reserve(struct rs_lazy *r, size_t n, struct rs_span *s)
{
    rs_index tail = rs_get(&r->producer.tail);
    n = rs_lazy_room(r, &r->producer, tail, n);
    rs_slots_cut(&r->producer.ring.slots, tail, n, s);
    rs_slots_prefetch(&r->producer.ring.slots, tail, n, true);
    return n;
}

RS_INLINE void rs_lazy_commit(struct rs_lazy *r, size_t n)
{
    rs_index tail = rs_get(&r->producer.tail);
    rs_lazy_advance(r, &r->producer, (rs_index)(tail + n));
    rs_note(pushed, n);
}

RS_INLINE size_t rs_lazy_push_n(struct rs_lazy *r, const void *msgs, size_t n, size_t size)
{
    struct rs_span s;
    size_t room = rs_lazy_reserve(r, n, &s);
    if (room == 0)
        return 0;
    rs_span_write(&s, msgs, size);
    rs_lazy_commit(r, room);
    if (rs_unlikely(room < n))
        rs_lazy_flush(r); /* it is full */
    return room;
}

RS_INLINE bool rs_lazy_pop(struct rs_lazy *r, void *msg, size_t size)
{
    return rs_credit_pop(&r->ring, msg, size);
}

RS_INLINE bool rs_lazy_pop_held(struct rs_lazy *r, struct rs_credit_consumer *c, void *msg,
                                size_t size)
{
    return rs_credit_pop_held(&r->ring, c, msg, size);
}

RS_INLINE size_t rs_lazy_peek(struct rs_lazy *r, size_t n, struct rs_span *s)
{
    return rs_credit_peek(&r->ring, n, s);
}

RS_INLINE void rs_lazy_release(struct rs_lazy *r, size_t n)
{
    rs_credit_release(&r->ring, n);
}

RS_INLINE size_t rs_lazy_pop_n(struct rs_lazy *r, void *msgs, size_t n, size_t size)
{
    return rs_credit_pop_n(&r->ring, msgs, n, size);
}

RS_INLINE void rs_lazy_close(struct rs_lazy *r)
{
    rs_credit_close(&r->ring);
}

RS_INLINE bool rs_lazy_closed(struct rs_lazy *r)
{
    return rs_credit_closed(&r->ring);
}

RS_INLINE void rs_lazy_take_producer(struct rs_lazy *r, struct rs_lazy_producer *p)
{
    rs_assign(p, &r->producer);
}

RS_INLINE void rs_lazy_put_producer(struct rs_lazy *r, struct rs_lazy_producer *p)
{
    rs_assign(&r->producer, p);
}

RS_INLINE void rs_lazy_take_consumer(struct rs_lazy *r, struct rs_credit_consumer *c)
{
    rs_credit_take_consumer(&r->ring, c);
}

RS_INLINE void rs_lazy_put_consumer(struct rs_lazy *r, struct rs_credit_consumer *c)
{
    rs_credit_put_consumer(&r->ring, c);
}

RS_INLINE size_t rs_lazy_count(struct rs_lazy *r)
{
    return rs_credit_count(&r->ring);
}

RS_RING_DEFAULTS(lazy);

#endif
