/* SPDX-License-Identifier: MIT */
/*
 * fastforward: no shared index; a slot's first word says whether it is filled.  The producer looks
 * only at the slot it is about to fill, the consumer only at the one it is about to read, and each
 * index stays in its side's cache.  Near-empty the slot's line goes to and fro four times a message
 * (fill, read, clear, fill again); it is at its best when the consumer trails by lines.
 *
 * J. Giacomoni, T. Moseley, M. Vachharajani, "FastForward for Efficient Pipeline Parallelism: A
 * Cache-Optimized Concurrent Lock-Free Queue", PPoPP 2008.
 *
 * Capacity: a power of two.  Messages: the first word is not 0 (a push of one is refused).
 *
 * Ordering (who, on what, why): that of sentinel.h, and
 *   P3 relaxed  producer.tail  the producer reads and writes its own index
 *   C3 relaxed  consumer.head  the consumer reads and writes its own index
 *   X1 release  shared.closed  close; pairs with X2
 *   X2 acquire  shared.closed  what was pushed before the close is visible; pairs with X1
 *   N1 relaxed  consumer.head  approximate count
 *   N2 relaxed  producer.tail  approximate count
 *   I1 relaxed  all three      before the ring is shared
 */
#ifndef RINGSIDE_FASTFORWARD_H
#define RINGSIDE_FASTFORWARD_H

#include "sentinel.h"

#define RS_CAPS_fastforward      (RS_POWER_OF_TWO | RS_NONZERO_ONLY)
#define RS_HAS_fastforward_batch 0
#define RS_HAS_fastforward_spans 0
#define RS_HAS_fastforward_flush 0
#define RS_HAS_fastforward_slack 0
#define RS_HAS_fastforward_wait  0

struct rs_fastforward {
    struct RS_SEPARATED {
        RS_ATOMIC(rs_index) tail; /* next slot to fill; read by count alone */
        struct rs_slots slots;
    } producer;
    struct RS_SEPARATED {
        RS_ATOMIC(rs_index) head; /* next slot to drain; read by count alone */
        struct rs_slots slots;
    } consumer;
    struct RS_SEPARATED {
        RS_ATOMIC(uint32_t) closed; /* either side writes 1; read only when stuck */
    } shared;
};

RS_INLINE size_t rs_fastforward_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)
{
    return rs_sentinel_bytes(capacity, msg_bytes, msg_align);
}

RS_INLINE int rs_fastforward_init(struct rs_fastforward *r, void *mem, const struct rs_config *cfg)
{
    int err = rs_config_check(cfg, mem, RS_CAPS_fastforward);
    if (err)
        return err;
    rs_sentinel_init(&r->producer.slots, &r->consumer.slots, (rs_cell *)mem, cfg);
    /* I1 relaxed: not shared yet; whatever hands the ring to the other thread orders these. */
    rs_store_relaxed(&r->producer.tail, cfg->start);
    rs_store_relaxed(&r->consumer.head, cfg->start); /* I1 relaxed: as above */
    rs_store_relaxed(&r->shared.closed, 0u);         /* I1 relaxed: as above */
    return 0;
}

RS_INLINE bool rs_fastforward_push(struct rs_fastforward *r, const void *msg, size_t size)
{
    rs_index tail = rs_load_relaxed(&r->producer.tail); /* P3 relaxed: sole writer */
    rs_cell *slot = rs_slots_at(&r->producer.slots, tail);
    if (rs_unlikely(!rs_sentinel_takes(msg) || !rs_sentinel_free(slot))) {
        rs_note(full, rs_sentinel_takes(msg));
        return false;
    }
    /* P3 relaxed: sole writer; before the publish, so that whoever has the message has counted
     * it. */
    rs_store_relaxed(&r->producer.tail, (rs_index)(tail + 1));
    rs_sentinel_put(slot, msg, size);
    rs_note(pushed, 1);
    return true;
}

RS_INLINE bool rs_fastforward_pop(struct rs_fastforward *r, void *msg, size_t size)
{
    rs_index head = rs_load_relaxed(&r->consumer.head); /* C3 relaxed: sole writer */
    rs_cell *slot = rs_slots_at(&r->consumer.slots, head);
    if (rs_unlikely(!rs_sentinel_take(msg, slot, size)))
        return false;
    /* C3 relaxed: sole writer; before the return, so that whoever has the slot has counted it. */
    rs_store_relaxed(&r->consumer.head, (rs_index)(head + 1));
    rs_sentinel_clear(slot);
    rs_note(popped, 1);
    return true;
}

RS_INLINE void rs_fastforward_close(struct rs_fastforward *r)
{
    /* X1 release: every push before it is published; pairs with X2. Without it the other side
     * sees the end but not the last messages. */
    rs_store_release(&r->shared.closed, 1u);
}

RS_INLINE bool rs_fastforward_closed(struct rs_fastforward *r)
{
    /* X2 acquire: a pop after this sees the last publish; pairs with X1. Without it the tail is
     * lost. */
    return rs_load_acquire(&r->shared.closed) != 0;
}

RS_INLINE size_t rs_fastforward_count(struct rs_fastforward *r)
{
    rs_index head = rs_load_relaxed(&r->consumer.head); /* N1 relaxed: approximate */
    rs_index tail = rs_load_relaxed(&r->producer.tail); /* N2 relaxed: approximate */
    return (size_t)rs_distance(tail, head);
}

RS_RING_DEFAULTS(fastforward);

#endif
