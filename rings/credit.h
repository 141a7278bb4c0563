/* SPDX-License-Identifier: MIT */
/*
 * credit: cached, and the consumer gives freed slots back in batches: after capacity/8 of them, and
 * whenever it finds less than it asked for.  The index it publishes has a line of its own, so a
 * producer that polls a full ring takes that line once a batch and not once a message, and wakes
 * up to room for a batch.
 *
 * Deferred credits are from MCRingBuffer (P. Lee, T. Bu, G. Chandranmenon, "A Lock-Free,
 * Cache-Efficient Multi-Core Synchronization Mechanism for Line-Rate Network Traffic Monitoring",
 * IPDPS 2010); that it gives all back when it runs short is what keeps a message that would fit
 * from being refused for ever, which there only a timer does.
 *
 * Capacity: a power of two.  Slack: defer - 1 slots while the consumer gets what it asks for.
 *
 * Ordering (who, on what, why):
 *   P2 acquire  returned.credit  slots are free; pairs with C3
 *   P3 release  filled.tail      publishes slots; pairs with C2
 *   C1 relaxed  consumer.head    the consumer says for count how far it is
 *   C2 acquire  filled.tail      slots are filled; pairs with P3
 *   C3 release  returned.credit  returns slots; pairs with P2
 *   X1 release  shared.closed    close; pairs with X2
 *   X2 acquire  shared.closed    what was pushed before the close is visible; pairs with X1
 *   N1 relaxed  consumer.head    approximate count
 *   N2 relaxed  filled.tail      approximate count
 *   I1 relaxed  all four         before the ring is shared
 */
#ifndef RINGSIDE_CREDIT_H
#define RINGSIDE_CREDIT_H

#include "ring.h"

#define RS_CAPS_credit      (RS_POWER_OF_TWO | RS_ZERO_COPY | RS_PREFETCHES | RS_ROAMS)
#define RS_HAS_credit_batch 1
#define RS_HAS_credit_spans 1
#define RS_HAS_credit_flush 0
#define RS_HAS_credit_slack 1
#define RS_HAS_credit_wait  0
#define RS_HAS_credit_held  1

typedef struct rs_credit_producer {
    RS_PLAIN(rs_index) tail;        /* next slot to fill */
    RS_PLAIN(rs_index) credit_seen; /* the consumer has freed at least up to here */
    RS_PLAIN(rs_index) capacity;
    struct rs_slots slots;
} rs_credit_producer;

typedef struct rs_credit_consumer {
    RS_PLAIN(rs_index) head;      /* next slot to drain */
    RS_PLAIN(rs_index) tail_seen; /* the producer has filled at least up to here */
    RS_PLAIN(rs_index) returned;  /* what credit says */
    RS_PLAIN(rs_index) defer;     /* slots freed before they are given back */
    RS_PLAIN(rs_index) run_end;   /* pops before it find a message and give nothing back */
    struct rs_slots slots;
} rs_credit_consumer;

struct rs_credit {
    RS_SEPARATED struct rs_credit_producer producer;
    struct RS_SEPARATED {
        RS_ATOMIC(rs_index) tail; /* the producer's, published */
    } filled;
    struct RS_SEPARATED {
        struct rs_credit_consumer own;
        RS_ATOMIC(rs_index) head; /* own.head, for count */
    } consumer;
    struct RS_SEPARATED {
        RS_ATOMIC(rs_index) credit; /* slots before it are free */
    } returned;
    struct RS_SEPARATED {
        RS_ATOMIC(uint32_t) closed; /* either side writes 1; read only when stuck */
    } shared;
};

/* Messages a side may hold back: as configured, or an eighth of the capacity. */
RS_INLINE size_t rs_credit_defer(const struct rs_config *cfg)
{
    size_t eighth = cfg->capacity / 8;
    size_t defer = cfg->defer > 0 ? cfg->defer : eighth;
    return defer > 0 ? defer : 1;
}

RS_INLINE size_t rs_credit_slack(const struct rs_config *cfg)
{
    return rs_credit_defer(cfg) - 1;
}

RS_INLINE size_t rs_credit_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)
{
    return rs_slots_bytes(capacity, msg_bytes, msg_align);
}

RS_INLINE void rs_credit_producer_init(struct rs_credit_producer *p, rs_cell *mem,
                                       const struct rs_config *cfg)
{
    rs_slots_init(&p->slots, mem, cfg);
    rs_set(&p->slots.ahead_bytes, cfg->prefetch_write * RS_LINE_BYTES);
    rs_set(&p->capacity, (rs_index)cfg->capacity);
    rs_set(&p->tail, cfg->start);
    rs_set(&p->credit_seen, cfg->start);
}

RS_INLINE int rs_credit_init(struct rs_credit *r, void *mem, const struct rs_config *cfg)
{
    int err = rs_config_check(cfg, mem, RS_CAPS_credit);
    if (err)
        return err;
    rs_credit_producer_init(&r->producer, (rs_cell *)mem, cfg);
    rs_slots_init(&r->consumer.own.slots, (rs_cell *)mem, cfg);
    rs_set(&r->consumer.own.slots.ahead_bytes, cfg->prefetch_read * RS_LINE_BYTES);
    rs_set(&r->consumer.own.head, cfg->start);
    rs_set(&r->consumer.own.tail_seen, cfg->start);
    rs_set(&r->consumer.own.returned, cfg->start);
    rs_set(&r->consumer.own.defer, (rs_index)rs_credit_defer(cfg));
    rs_set(&r->consumer.own.run_end, cfg->start);
    /* I1 relaxed: not shared yet; whatever hands the ring to the other thread orders these. */
    rs_store_relaxed(&r->filled.tail, cfg->start);
    rs_store_relaxed(&r->consumer.head, cfg->start);   /* I1 relaxed: as above */
    rs_store_relaxed(&r->returned.credit, cfg->start); /* I1 relaxed: as above */
    rs_store_relaxed(&r->shared.closed, 0u);           /* I1 relaxed: as above */
    return 0;
}

/* How many of n slots the producer may fill from tail on; asks the consumer only if the last view
 * does not hold n. */
RS_INLINE size_t rs_credit_room(struct rs_credit *r, struct rs_credit_producer *p, rs_index tail,
                                size_t n)
{
    rs_index credit = rs_get(&p->credit_seen);
    size_t capacity = (size_t)rs_get(&p->capacity);
    size_t room = capacity - (size_t)rs_distance(tail, credit);
    if (rs_unlikely(room < n)) {
        /* P2 acquire: the consumer has read the slots before credit; pairs with C3. Without it P
         * overwrites a slot that C still reads. */
        credit = rs_load_acquire(&r->returned.credit);
        rs_set(&p->credit_seen, credit);
        room = capacity - (size_t)rs_distance(tail, credit);
        rs_note(refresh, 1);
        rs_note(full, room == 0);
    }
    return room < n ? room : n;
}

RS_INLINE void rs_credit_publish(struct rs_credit *r, struct rs_credit_producer *p, rs_index tail)
{
    rs_set(&p->tail, tail);
    /* P3 release: publishes the slots before tail; pairs with C2. Without it C reads a stale
     * slot. */
    rs_store_release(&r->filled.tail, tail);
}

RS_INLINE bool rs_credit_push_held(struct rs_credit *r, struct rs_credit_producer *p,
                                   const void *msg, size_t size)
{
    rs_index tail = rs_get(&p->tail);
    if (rs_unlikely(rs_credit_room(r, p, tail, 1) == 0))
        return false;
    rs_copy_in(rs_slots_at(&p->slots, tail), msg, size);
    rs_credit_publish(r, p, (rs_index)(tail + 1));
    rs_note(pushed, 1);
    return true;
}

RS_INLINE bool rs_credit_push(struct rs_credit *r, const void *msg, size_t size)
{
    return rs_credit_push_held(r, &r->producer, msg, size);
}

RS_INLINE size_t rs_credit_reserve(struct rs_credit *r, size_t n, struct rs_span *s)
{
    rs_index tail = rs_get(&r->producer.tail);
    n = rs_credit_room(r, &r->producer, tail, n);
    rs_slots_cut(&r->producer.slots, tail, n, s);
    rs_slots_prefetch(&r->producer.slots, tail, n, true);
    return n;
}

RS_INLINE void rs_credit_commit(struct rs_credit *r, size_t n)
{
    rs_index tail = rs_get(&r->producer.tail);
    rs_credit_publish(r, &r->producer, (rs_index)(tail + n));
    rs_note(pushed, n);
}

RS_INLINE size_t rs_credit_push_n(struct rs_credit *r, const void *msgs, size_t n, size_t size)
{
    struct rs_span s;
    n = rs_credit_reserve(r, n, &s);
    if (n == 0)
        return 0;
    rs_span_write(&s, msgs, size);
    rs_credit_commit(r, n);
    return n;
}

/* Gives the slots before head back, those that were held back too. */
RS_INLINE void rs_credit_return(struct rs_credit *r, struct rs_credit_consumer *c, rs_index head)
{
    rs_set(&c->returned, head);
    /* C3 release: the loads of the slots before head are done; pairs with P2. Without it P
     * overwrites a slot that C still reads. */
    rs_store_release(&r->returned.credit, head);
}

/* Gives back what is held back of the slots before head: the consumer got less than it asked for,
 * and the producer may be waiting for just these. */
RS_INLINE void rs_credit_return_kept(struct rs_credit *r, struct rs_credit_consumer *c,
                                     rs_index head)
{
    if (rs_get(&c->returned) != head)
        rs_credit_return(r, c, head);
}

/* How many of n messages the consumer may read from *head on; asks the producer only if the last
 * view does not hold n. */
RS_INLINE size_t rs_credit_ready(struct rs_credit *r, struct rs_credit_consumer *c, rs_index *head,
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
        if (ready < n)
            rs_credit_return_kept(r, c, *head);
        rs_note(refresh, 1);
        rs_note(empty, ready == 0);
    }
    return ready < n ? ready : n;
}

/* The consumer is at head: before anything is given back, so that whoever has a slot has counted
 * it.  Of a state that is held, nobody is told. */
RS_INLINE void rs_credit_move(struct rs_credit *r, struct rs_credit_consumer *c, rs_index head)
{
    rs_set(&c->head, head);
    if (c == &r->consumer.own)
        rs_store_relaxed(&r->consumer.head, head); /* C1 relaxed: sole writer */
}

/* The messages before head are done with. */
RS_INLINE void rs_credit_advance(struct rs_credit *r, struct rs_credit_consumer *c, rs_index head)
{
    rs_index returned = rs_get(&c->returned);
    rs_index defer = rs_get(&c->defer);
    rs_credit_move(r, c, head);
    rs_set(&c->run_end, head);
    if (rs_unlikely(rs_distance(head, returned) >= defer))
        rs_credit_return(r, c, head);
}

/* As rs_credit_advance, and pops up to the next return or the end of what was seen are a run: they
 * compare one index. */
RS_INLINE void rs_credit_begin_run(struct rs_credit *r, struct rs_credit_consumer *c, rs_index head)
{
    rs_index tail = rs_get(&c->tail_seen);
    rs_index defer = rs_get(&c->defer);
    rs_index returned, seen, kept;
    rs_credit_advance(r, c, head);
    returned = rs_get(&c->returned);
    seen = rs_distance(tail, head);
    kept = (rs_index)(defer - 1 - rs_distance(head, returned));
    seen = seen < kept ? seen : kept;
    rs_set(&c->run_end, (rs_index)(head + seen));
    rs_slots_prefetch(&c->slots, head, (size_t)seen, false);
}

RS_INLINE bool rs_credit_pop_held(struct rs_credit *r, struct rs_credit_consumer *c, void *msg,
                                  size_t size)
{
    rs_index head = rs_get(&c->head);
    rs_index run_end = rs_get(&c->run_end);
    const bool last = head == run_end;
    if (rs_unlikely(last) && rs_credit_ready(r, c, &head, 1) == 0)
        return false;
    rs_copy_out(msg, rs_slots_at(&c->slots, head), size);
    if (rs_unlikely(last))
        rs_credit_begin_run(r, c, (rs_index)(head + 1));
    else
        rs_credit_move(r, c, (rs_index)(head + 1));
    rs_note(popped, 1);
    return true;
}

RS_INLINE bool rs_credit_pop(struct rs_credit *r, void *msg, size_t size)
{
    return rs_credit_pop_held(r, &r->consumer.own, msg, size);
}

RS_INLINE size_t rs_credit_peek(struct rs_credit *r, size_t n, struct rs_span *s)
{
    rs_index head;
    n = rs_credit_ready(r, &r->consumer.own, &head, n);
    rs_slots_cut(&r->consumer.own.slots, head, n, s);
    rs_slots_prefetch(&r->consumer.own.slots, head, n, false);
    return n;
}

RS_INLINE void rs_credit_release(struct rs_credit *r, size_t n)
{
    rs_index head = rs_get(&r->consumer.own.head);
    rs_credit_advance(r, &r->consumer.own, (rs_index)(head + n));
    rs_note(popped, n);
}

RS_INLINE size_t rs_credit_pop_n(struct rs_credit *r, void *msgs, size_t n, size_t size)
{
    struct rs_span s;
    size_t ready = rs_credit_peek(r, n, &s);
    if (ready == 0)
        return 0;
    rs_span_read(msgs, &s, size);
    rs_credit_release(r, ready);
    if (rs_unlikely(ready < n)) {
        rs_index head = rs_get(&r->consumer.own.head);
        rs_credit_return_kept(r, &r->consumer.own, head);
    }
    return ready;
}

RS_INLINE void rs_credit_close(struct rs_credit *r)
{
    /* X1 release: every push before it is published; pairs with X2. Without it the other side
     * sees the end but not the last messages. */
    rs_store_release(&r->shared.closed, 1u);
}

RS_INLINE bool rs_credit_closed(struct rs_credit *r)
{
    /* X2 acquire: a pop after this sees the last publish; pairs with X1. Without it the tail is
     * lost. */
    return rs_load_acquire(&r->shared.closed) != 0;
}

RS_INLINE void rs_credit_take_producer(struct rs_credit *r, struct rs_credit_producer *p)
{
    rs_assign(p, &r->producer);
}

RS_INLINE void rs_credit_put_producer(struct rs_credit *r, struct rs_credit_producer *p)
{
    rs_assign(&r->producer, p);
}

RS_INLINE void rs_credit_take_consumer(struct rs_credit *r, struct rs_credit_consumer *c)
{
    rs_assign(c, &r->consumer.own);
}

RS_INLINE void rs_credit_put_consumer(struct rs_credit *r, struct rs_credit_consumer *c)
{
    rs_assign(&r->consumer.own, c);
    rs_store_relaxed(&r->consumer.head, rs_get(&c->head)); /* C1 relaxed: sole writer */
}

RS_INLINE size_t rs_credit_count(struct rs_credit *r)
{
    rs_index head = rs_load_relaxed(&r->consumer.head); /* N1 relaxed: approximate */
    rs_index tail = rs_load_relaxed(&r->filled.tail);   /* N2 relaxed: approximate */
    return (size_t)rs_distance(tail, head);
}

RS_RING_DEFAULTS(credit);

#endif
