/* SPDX-License-Identifier: MIT */
/*
 * naive: Lamport's ring as the textbook has it, with both indices on one line and sequentially
 * consistent stores and loads between the sides: what a first attempt looks like, and the base line
 * for the others.
 *
 * L. Lamport, "Proving the Correctness of Multiprocess Programs", IEEE TSE 3(2), 1977.
 *
 * Capacity: a power of two.  The batch operations are the default loops.
 *
 * Ordering (who, on what, why); sequential consistency is more than it needs (see padded.h):
 *   P1 relaxed  tail    the producer reads its own index
 *   P2 seq_cst  head    a slot is free; pairs with C3
 *   P3 seq_cst  tail    publishes a slot; pairs with C2
 *   C1 relaxed  head    the consumer reads its own index
 *   C2 seq_cst  tail    a slot is filled; pairs with P3
 *   C3 seq_cst  head    returns a slot; pairs with P2
 *   X1 seq_cst  closed  close; pairs with X2
 *   X2 seq_cst  closed  what was pushed before the close is visible; pairs with X1
 *   N1 relaxed  head    approximate count
 *   N2 relaxed  tail    approximate count
 *   I1 relaxed  all     before the ring is shared
 */
#ifndef RINGSIDE_NAIVE_H
#define RINGSIDE_NAIVE_H

#include "ring.h"

#define RS_CAPS_naive      RS_POWER_OF_TWO
#define RS_HAS_naive_batch 0
#define RS_HAS_naive_spans 0
#define RS_HAS_naive_flush 0
#define RS_HAS_naive_slack 0
#define RS_HAS_naive_wait  0

struct RS_SEPARATED rs_naive {
    RS_ATOMIC(rs_index) tail; /* next slot to fill; the producer writes it */
    RS_ATOMIC(rs_index) head; /* next slot to drain; the consumer writes it */
    RS_ATOMIC(uint32_t) closed;
    struct rs_slots slots;
};

RS_INLINE size_t rs_naive_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)
{
    return rs_slots_bytes(capacity, msg_bytes, msg_align);
}

RS_INLINE int rs_naive_init(struct rs_naive *r, void *mem, const struct rs_config *cfg)
{
    int err = rs_config_check(cfg, mem, RS_CAPS_naive);
    if (err)
        return err;
    rs_slots_init(&r->slots, (rs_cell *)mem, cfg);
    /* I1 relaxed: not shared yet; whatever hands the ring to the other thread orders these. */
    rs_store_relaxed(&r->tail, cfg->start);
    rs_store_relaxed(&r->head, cfg->start); /* I1 relaxed: as above */
    rs_store_relaxed(&r->closed, 0u);       /* I1 relaxed: as above */
    return 0;
}

RS_INLINE bool rs_naive_push(struct rs_naive *r, const void *msg, size_t size)
{
    rs_index tail = rs_load_relaxed(&r->tail); /* P1 relaxed: sole writer */
    /* P2 seq_cst: the consumer has read the slot; pairs with C3. Without it P overwrites a slot
     * that C still reads. */
    rs_index head = rs_load_seq_cst(&r->head);
    rs_note(refresh, 1);
    if (rs_distance(tail, head) > rs_get(&r->slots.mask)) {
        rs_note(full, 1);
        return false;
    }
    rs_copy_in(rs_slots_at(&r->slots, tail), msg, size);
    /* P3 seq_cst: publishes the slot; pairs with C2. Without it C reads a stale slot. */
    rs_store_seq_cst(&r->tail, (rs_index)(tail + 1));
    rs_note(pushed, 1);
    return true;
}

RS_INLINE bool rs_naive_pop(struct rs_naive *r, void *msg, size_t size)
{
    rs_index head = rs_load_relaxed(&r->head); /* C1 relaxed: sole writer */
    /* C2 seq_cst: the slot is filled; pairs with P3. Without it C reads a stale slot. */
    rs_index tail = rs_load_seq_cst(&r->tail);
    rs_note(refresh, 1);
    rs_note(empty, tail == head);
    if (tail == head)
        return false;
    rs_copy_out(msg, rs_slots_at(&r->slots, head), size);
    /* C3 seq_cst: the slot's loads are done; pairs with P2. Without it P overwrites a slot
     * that C still reads. */
    rs_store_seq_cst(&r->head, (rs_index)(head + 1));
    rs_note(popped, 1);
    return true;
}

RS_INLINE void rs_naive_close(struct rs_naive *r)
{
    /* X1 seq_cst: every push before it is published; pairs with X2. Without it the other side
     * sees the end but not the last messages. */
    rs_store_seq_cst(&r->closed, 1u);
}

RS_INLINE bool rs_naive_closed(struct rs_naive *r)
{
    /* X2 seq_cst: a pop after this sees the last publish; pairs with X1. Without it the tail is
     * lost. */
    return rs_load_seq_cst(&r->closed) != 0;
}

RS_INLINE size_t rs_naive_count(struct rs_naive *r)
{
    rs_index head = rs_load_relaxed(&r->head); /* N1 relaxed: approximate */
    rs_index tail = rs_load_relaxed(&r->tail); /* N2 relaxed: approximate */
    return (size_t)rs_distance(tail, head);
}

RS_RING_DEFAULTS(naive);

#endif
