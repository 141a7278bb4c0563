/* SPDX-License-Identifier: MIT */
/*
 * cached: padded, and each side keeps its last view of the other's index, so it touches the
 * other side's line only when that view says full (producer) or empty (consumer).
 *
 * The cached index is from P. Lee, T. Bu, G. Chandranmenon, "A Lock-Free, Cache-Efficient
 * Multi-Core Synchronization Mechanism for Line-Rate Network Traffic Monitoring" (MCRingBuffer),
 * IPDPS 2010.  At a backlog of B messages an index transfer is shared by B+1 of them.
 *
 * Each side publishes its index on a line that holds nothing else and that it only stores to; what
 * it reads itself, its index too, lies on a line that the other side never touches.  A look at a
 * line that its owner has modified may take the line away altogether, so an owner that keeps its
 * own state there would miss at every operation after it was looked at.
 *
 * Capacity: a power of two.
 *
 * Ordering (who, on what, why):
 *   P2 acquire  freed.head       slots are free; pairs with C3
 *   P3 release  filled.tail      publishes slots; pairs with C2
 *   C2 acquire  filled.tail      slots are filled; pairs with P3
 *   C3 release  freed.head       returns slots; pairs with P2
 *   X1 release  shared.closed    close; pairs with X2
 *   X2 acquire  shared.closed    what was pushed before the close is visible; pairs with X1
 *   N1 relaxed  freed.head       approximate count
 *   N2 relaxed  filled.tail      approximate count
 *   I1 relaxed  all three        before the ring is shared
 */
#ifndef RINGSIDE_CACHED_H
#define RINGSIDE_CACHED_H

#include "stream_copy.h"

#define RS_CAPS_cached      (RS_POWER_OF_TWO | RS_ROAMS | RS_STREAMS)
#define RS_HAS_cached_batch 1
#define RS_HAS_cached_spans 0
#define RS_HAS_cached_flush 0
#define RS_HAS_cached_slack 0
#define RS_HAS_cached_wait  0
#define RS_HAS_cached_held  1

typedef struct rs_cached_producer {
    RS_PLAIN(rs_index) tail;      /* next slot to fill */
    RS_PLAIN(rs_index) head_seen; /* the consumer has freed at least up to here */
    RS_PLAIN(bool) stream;        /* large messages go past the caches */
    RS_PLAIN(rs_index) capacity;
    struct rs_slots slots;
} rs_cached_producer;

typedef struct rs_cached_consumer {
    RS_PLAIN(rs_index) head;      /* next slot to drain */
    RS_PLAIN(rs_index) tail_seen; /* the producer has filled at least up to here */
    struct rs_slots slots;
} rs_cached_consumer;

struct rs_cached {
    RS_SEPARATED struct rs_cached_producer producer;
    struct RS_SEPARATED {
        RS_ATOMIC(rs_index) tail; /* the producer's, published */
    } filled;
    RS_SEPARATED struct rs_cached_consumer consumer;
    struct RS_SEPARATED {
        RS_ATOMIC(rs_index) head; /* the consumer's, published */
    } freed;
    struct RS_SEPARATED {
        RS_ATOMIC(uint32_t) closed; /* either side writes 1; read only when stuck */
    } shared;
};

RS_INLINE size_t rs_cached_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)
{
    return rs_slots_bytes(capacity, msg_bytes, msg_align);
}

RS_INLINE int rs_cached_init(struct rs_cached *r, void *mem, const struct rs_config *cfg)
{
    int err = rs_config_check(cfg, mem, RS_CAPS_cached);
    if (err)
        return err;
    rs_slots_init(&r->producer.slots, (rs_cell *)mem, cfg);
    rs_slots_init(&r->consumer.slots, (rs_cell *)mem, cfg);
    rs_set(&r->producer.stream, cfg->stream);
    rs_set(&r->producer.capacity, (rs_index)cfg->capacity);
    rs_set(&r->producer.tail, cfg->start);
    rs_set(&r->producer.head_seen, cfg->start);
    rs_set(&r->consumer.head, cfg->start);
    rs_set(&r->consumer.tail_seen, cfg->start);
    /* I1 relaxed: not shared yet; whatever hands the ring to the other thread orders these. */
    rs_store_relaxed(&r->filled.tail, cfg->start);
    rs_store_relaxed(&r->freed.head, cfg->start); /* I1 relaxed: as above */
    rs_store_relaxed(&r->shared.closed, 0u);      /* I1 relaxed: as above */
    return 0;
}

/* How many of n slots the producer may fill from *tail on; asks the consumer only if the last
 * view does not hold n. */
RS_INLINE size_t rs_cached_room(struct rs_cached *r, struct rs_cached_producer *p, rs_index *tail,
                                size_t n)
{
    size_t capacity = (size_t)rs_get(&p->capacity);
    rs_index head = rs_get(&p->head_seen);
    size_t room;
    *tail = rs_get(&p->tail);
    room = capacity - (size_t)rs_distance(*tail, head);
    if (rs_unlikely(room < n)) {
        /* P2 acquire: the consumer has read the slots before head; pairs with C3. Without it P
         * overwrites a slot that C still reads. */
        head = rs_load_acquire(&r->freed.head);
        rs_set(&p->head_seen, head);
        room = capacity - (size_t)rs_distance(*tail, head);
        rs_note(refresh, 1);
        rs_note(full, room == 0);
    }
    return room < n ? room : n;
}

RS_INLINE void rs_cached_publish(struct rs_cached *r, struct rs_cached_producer *p, rs_index tail)
{
    rs_set(&p->tail, tail);
    /* P3 release: publishes the slots before tail; pairs with C2. Without it C reads a stale
     * slot. */
    rs_store_release(&r->filled.tail, tail);
}

RS_INLINE bool rs_cached_push_held(struct rs_cached *r, struct rs_cached_producer *p,
                                   const void *msg, size_t size)
{
    rs_index tail;
    if (rs_unlikely(rs_cached_room(r, p, &tail, 1) == 0))
        return false;
    rs_stream_put(rs_slots_at(&p->slots, tail), msg, size, &p->stream);
    rs_cached_publish(r, p, (rs_index)(tail + 1));
    rs_note(pushed, 1);
    return true;
}

RS_INLINE bool rs_cached_push(struct rs_cached *r, const void *msg, size_t size)
{
    return rs_cached_push_held(r, &r->producer, msg, size);
}

RS_INLINE size_t rs_cached_push_n(struct rs_cached *r, const void *msgs, size_t n, size_t size)
{
    rs_index tail;
    struct rs_span s;
    n = rs_cached_room(r, &r->producer, &tail, n);
    if (n == 0)
        return 0;
    rs_slots_cut(&r->producer.slots, tail, n, &s);
    rs_stream_put_n(&s, msgs, size, &r->producer.stream);
    rs_cached_publish(r, &r->producer, (rs_index)(tail + n));
    rs_note(pushed, n);
    return n;
}

/* How many of n messages the consumer may read from *head on; asks the producer only if the
 * last view does not hold n. */
RS_INLINE size_t rs_cached_ready(struct rs_cached *r, struct rs_cached_consumer *c, rs_index *head,
                                 size_t n)
{
    rs_index tail = rs_get(&c->tail_seen);
    size_t ready;
    *head = rs_get(&c->head);
    ready = (size_t)rs_distance(tail, *head);
    if (rs_unlikely(ready < n)) {
        /* C2 acquire: the slots before tail are filled; pairs with P3. Without it C reads a
         * stale slot. */
        tail = rs_load_acquire(&r->filled.tail);
        rs_set(&c->tail_seen, tail);
        ready = (size_t)rs_distance(tail, *head);
        rs_note(refresh, 1);
        rs_note(empty, ready == 0);
    }
    return ready < n ? ready : n;
}

RS_INLINE void rs_cached_return(struct rs_cached *r, struct rs_cached_consumer *c, rs_index head)
{
    rs_set(&c->head, head);
    /* C3 release: the loads of the slots before head are done; pairs with P2. Without it P
     * overwrites a slot that C still reads. */
    rs_store_release(&r->freed.head, head);
}

RS_INLINE bool rs_cached_pop_held(struct rs_cached *r, struct rs_cached_consumer *c, void *msg,
                                  size_t size)
{
    rs_index head;
    if (rs_unlikely(rs_cached_ready(r, c, &head, 1) == 0))
        return false;
    rs_copy_out(msg, rs_slots_at(&c->slots, head), size);
    rs_cached_return(r, c, (rs_index)(head + 1));
    rs_note(popped, 1);
    return true;
}

RS_INLINE bool rs_cached_pop(struct rs_cached *r, void *msg, size_t size)
{
    return rs_cached_pop_held(r, &r->consumer, msg, size);
}

RS_INLINE size_t rs_cached_pop_n(struct rs_cached *r, void *msgs, size_t n, size_t size)
{
    rs_index head;
    struct rs_span s;
    n = rs_cached_ready(r, &r->consumer, &head, n);
    if (n == 0)
        return 0;
    rs_slots_cut(&r->consumer.slots, head, n, &s);
    rs_span_read(msgs, &s, size);
    rs_cached_return(r, &r->consumer, (rs_index)(head + n));
    rs_note(popped, n);
    return n;
}

RS_INLINE void rs_cached_close(struct rs_cached *r)
{
    /* X1 release: every push before it is published; pairs with X2. Without it the other side
     * sees the end but not the last messages. */
    rs_store_release(&r->shared.closed, 1u);
}

RS_INLINE bool rs_cached_closed(struct rs_cached *r)
{
    /* X2 acquire: a pop after this sees the last publish; pairs with X1. Without it the tail is
     * lost. */
    return rs_load_acquire(&r->shared.closed) != 0;
}

RS_INLINE void rs_cached_take_producer(struct rs_cached *r, struct rs_cached_producer *p)
{
    rs_assign(p, &r->producer);
}

RS_INLINE void rs_cached_put_producer(struct rs_cached *r, struct rs_cached_producer *p)
{
    rs_assign(&r->producer, p);
}

RS_INLINE void rs_cached_take_consumer(struct rs_cached *r, struct rs_cached_consumer *c)
{
    rs_assign(c, &r->consumer);
}

RS_INLINE void rs_cached_put_consumer(struct rs_cached *r, struct rs_cached_consumer *c)
{
    rs_assign(&r->consumer, c);
}

RS_INLINE size_t rs_cached_count(struct rs_cached *r)
{
    rs_index head = rs_load_relaxed(&r->freed.head);  /* N1 relaxed: approximate */
    rs_index tail = rs_load_relaxed(&r->filled.tail); /* N2 relaxed: approximate */
    return (size_t)rs_distance(tail, head);
}

RS_RING_DEFAULTS(cached);

#endif
