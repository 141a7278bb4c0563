/* SPDX-License-Identifier: MIT */
/*
 * padded: Lamport's ring with acquire/release order and each index on its own line.
 *
 * L. Lamport, "Proving the Correctness of Multiprocess Programs", IEEE TSE 3(2), 1977; the
 * orders are those of the C11 memory model.  Every operation looks at the other side's index,
 * so near-empty it costs two index transfers and a slot transfer a message.
 *
 * Capacity: a power of two.
 *
 * Ordering (who, on what, why):
 *   P1 relaxed  producer.tail    the producer reads its own index
 *   P2 acquire  consumer.head    slots are free; pairs with C3
 *   P3 release  producer.tail    publishes slots; pairs with C2
 *   C1 relaxed  consumer.head    the consumer reads its own index
 *   C2 acquire  producer.tail    slots are filled; pairs with P3
 *   C3 release  consumer.head    returns slots; pairs with P2
 *   X1 release  shared.closed    close; pairs with X2
 *   X2 acquire  shared.closed    what was pushed before the close is visible; pairs with X1
 *   N1 relaxed  consumer.head    approximate count
 *   N2 relaxed  producer.tail    approximate count
 *   I1 relaxed  all three        before the ring is shared
 */
#ifndef RINGSIDE_PADDED_H
#define RINGSIDE_PADDED_H

#include "ring.h"

#define RS_CAPS_padded      RS_POWER_OF_TWO
#define RS_HAS_padded_batch 1
#define RS_HAS_padded_spans 0
#define RS_HAS_padded_flush 0
#define RS_HAS_padded_slack 0
#define RS_HAS_padded_wait  0

struct rs_padded {
    struct RS_SEPARATED {
        RS_ATOMIC(rs_index) tail; /* next slot to fill */
        struct rs_slots slots;
    } producer;
    struct RS_SEPARATED {
        RS_ATOMIC(rs_index) head; /* next slot to drain */
        struct rs_slots slots;
    } consumer;
    struct RS_SEPARATED {
        RS_ATOMIC(uint32_t) closed; /* either side writes 1; read only when stuck */
    } shared;
};

RS_INLINE size_t rs_padded_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)
{
    return rs_slots_bytes(capacity, msg_bytes, msg_align);
}

RS_INLINE int rs_padded_init(struct rs_padded *r, void *mem, const struct rs_config *cfg)
{
    int err = rs_config_check(cfg, mem, RS_CAPS_padded);
    if (err)
        return err;
    rs_slots_init(&r->producer.slots, (rs_cell *)mem, cfg);
    rs_slots_init(&r->consumer.slots, (rs_cell *)mem, cfg);
    /* I1 relaxed: not shared yet; whatever hands the ring to the other thread orders these. */
    rs_store_relaxed(&r->producer.tail, cfg->start);
    rs_store_relaxed(&r->consumer.head, cfg->start); /* I1 relaxed: as above */
    rs_store_relaxed(&r->shared.closed, 0u);         /* I1 relaxed: as above */
    return 0;
}

/* How many of n slots the producer may fill from *tail on. */
RS_INLINE size_t rs_padded_room(struct rs_padded *r, rs_index *tail, size_t n)
{
    rs_index mask = rs_get(&r->producer.slots.mask);
    rs_index head;
    size_t room;
    *tail = rs_load_relaxed(&r->producer.tail); /* P1 relaxed: sole writer */
    /* P2 acquire: the consumer has read these slots; pairs with C3. Without it P overwrites a
     * slot that C still reads. */
    head = rs_load_acquire(&r->consumer.head);
    room = (size_t)mask + 1 - (size_t)rs_distance(*tail, head);
    rs_note(refresh, 1);
    rs_note(full, n > 0 && room == 0);
    return room < n ? room : n;
}

RS_INLINE bool rs_padded_push(struct rs_padded *r, const void *msg, size_t size)
{
    rs_index tail;
    if (rs_unlikely(rs_padded_room(r, &tail, 1) == 0))
        return false;
    rs_copy_in(rs_slots_at(&r->producer.slots, tail), msg, size);
    /* P3 release: publishes the slot; pairs with C2. Without it C reads a stale slot. */
    rs_store_release(&r->producer.tail, (rs_index)(tail + 1));
    rs_note(pushed, 1);
    return true;
}

RS_INLINE size_t rs_padded_push_n(struct rs_padded *r, const void *msgs, size_t n, size_t size)
{
    rs_index tail;
    struct rs_span s;
    n = rs_padded_room(r, &tail, n);
    if (n == 0)
        return 0;
    rs_slots_cut(&r->producer.slots, tail, n, &s);
    rs_span_write(&s, msgs, size);
    /* P3 release: publishes n slots at once; pairs with C2. Without it C reads stale slots. */
    rs_store_release(&r->producer.tail, (rs_index)(tail + n));
    rs_note(pushed, n);
    return n;
}

/* How many of n messages the consumer may read from *head on. */
RS_INLINE size_t rs_padded_ready(struct rs_padded *r, rs_index *head, size_t n)
{
    rs_index tail;
    size_t ready;
    *head = rs_load_relaxed(&r->consumer.head); /* C1 relaxed: sole writer */
    /* C2 acquire: the slots before tail are filled; pairs with P3. Without it C reads a stale
     * slot. */
    tail = rs_load_acquire(&r->producer.tail);
    ready = (size_t)rs_distance(tail, *head);
    rs_note(refresh, 1);
    rs_note(empty, n > 0 && ready == 0);
    return ready < n ? ready : n;
}

RS_INLINE bool rs_padded_pop(struct rs_padded *r, void *msg, size_t size)
{
    rs_index head;
    if (rs_unlikely(rs_padded_ready(r, &head, 1) == 0))
        return false;
    rs_copy_out(msg, rs_slots_at(&r->consumer.slots, head), size);
    /* C3 release: the slot's loads are done; pairs with P2. Without it P overwrites a slot that
     * C still reads. */
    rs_store_release(&r->consumer.head, (rs_index)(head + 1));
    rs_note(popped, 1);
    return true;
}

RS_INLINE size_t rs_padded_pop_n(struct rs_padded *r, void *msgs, size_t n, size_t size)
{
    rs_index head;
    struct rs_span s;
    n = rs_padded_ready(r, &head, n);
    if (n == 0)
        return 0;
    rs_slots_cut(&r->consumer.slots, head, n, &s);
    rs_span_read(msgs, &s, size);
    /* C3 release: n slots' loads are done; pairs with P2. Without it P overwrites slots that C
     * still reads. */
    rs_store_release(&r->consumer.head, (rs_index)(head + n));
    rs_note(popped, n);
    return n;
}

RS_INLINE void rs_padded_close(struct rs_padded *r)
{
    /* X1 release: every push before it is published; pairs with X2. Without it the other side
     * sees the end but not the last messages. */
    rs_store_release(&r->shared.closed, 1u);
}

RS_INLINE bool rs_padded_closed(struct rs_padded *r)
{
    /* X2 acquire: a pop after this sees the last publish; pairs with X1. Without it the tail is
     * lost. */
    return rs_load_acquire(&r->shared.closed) != 0;
}

RS_INLINE size_t rs_padded_count(struct rs_padded *r)
{
    rs_index head = rs_load_relaxed(&r->consumer.head); /* N1 relaxed: approximate */
    rs_index tail = rs_load_relaxed(&r->producer.tail); /* N2 relaxed: approximate */
    return (size_t)rs_distance(tail, head);
}

RS_RING_DEFAULTS(padded);

#endif
