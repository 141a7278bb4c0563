/* SPDX-License-Identifier: MIT */
/*
 * bqueue: FastForward whose sides look ahead: one look at the slot a batch away tells that all
 * before it are free (producer) or filled (consumer).  A look that fails is repeated at half the
 * distance, down to the next slot, so no message waits for a batch to complete and every slot is
 * usable.  The sides keep apart by up to a batch while there is work for both.
 *
 * J. Wang, K. Zhang, X. Tang, B. Hua, "B-Queue: Efficient and Practical Queuing for Fast
 * Core-to-Core Communication", International Journal of Parallel Programming 41, 2013.  There only
 * the consumer backtracks.
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
#ifndef RINGSIDE_BQUEUE_H
#define RINGSIDE_BQUEUE_H

#include "sentinel.h"

#define RS_CAPS_bqueue      (RS_POWER_OF_TWO | RS_NONZERO_ONLY)
#define RS_HAS_bqueue_batch 0
#define RS_HAS_bqueue_spans 0
#define RS_HAS_bqueue_flush 0
#define RS_HAS_bqueue_slack 0
#define RS_HAS_bqueue_wait  0

struct rs_bqueue {
    struct RS_SEPARATED {
        RS_ATOMIC(rs_index) tail; /* next slot to fill; read by count alone */
        RS_PLAIN(rs_index) limit; /* slots before it are free */
        RS_PLAIN(rs_index) batch; /* how far it looks ahead, slots */
        struct rs_slots slots;
    } producer;
    struct RS_SEPARATED {
        RS_ATOMIC(rs_index) head; /* next slot to drain; read by count alone */
        RS_PLAIN(rs_index) limit; /* slots before it are filled */
        RS_PLAIN(rs_index) batch;
        struct rs_slots slots;
    } consumer;
    struct RS_SEPARATED {
        RS_ATOMIC(uint32_t) closed; /* either side writes 1; read only when stuck */
    } shared;
};

RS_INLINE size_t rs_bqueue_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)
{
    return rs_sentinel_bytes(capacity, msg_bytes, msg_align);
}

/* A look-ahead of a power of two, at most half of the ring and 64 slots. */
RS_INLINE rs_index rs_bqueue_batch(size_t capacity)
{
    size_t half = capacity / 2;
    if (half == 0)
        return 1;
    return (rs_index)(half < 64 ? half : 64);
}

RS_INLINE int rs_bqueue_init(struct rs_bqueue *r, void *mem, const struct rs_config *cfg)
{
    int err = rs_config_check(cfg, mem, RS_CAPS_bqueue);
    if (err)
        return err;
    rs_sentinel_init(&r->producer.slots, &r->consumer.slots, (rs_cell *)mem, cfg);
    rs_set(&r->producer.batch, rs_bqueue_batch(cfg->capacity));
    rs_set(&r->consumer.batch, rs_bqueue_batch(cfg->capacity));
    rs_set(&r->producer.limit, cfg->start);
    rs_set(&r->consumer.limit, cfg->start);
    /* I1 relaxed: not shared yet; whatever hands the ring to the other thread orders these. */
    rs_store_relaxed(&r->producer.tail, cfg->start);
    rs_store_relaxed(&r->consumer.head, cfg->start); /* I1 relaxed: as above */
    rs_store_relaxed(&r->shared.closed, 0u);         /* I1 relaxed: as above */
    return 0;
}

/* At the limit: looks for free slots.  Slots are returned in order. */
RS_INLINE bool rs_bqueue_room(struct rs_bqueue *r, rs_index tail)
{
    rs_index ahead = rs_get(&r->producer.batch);
    for (; ahead > 0; ahead /= 2)
        if (rs_sentinel_free(rs_slots_at(&r->producer.slots, (rs_index)(tail + ahead - 1)))) {
            rs_set(&r->producer.limit, (rs_index)(tail + ahead));
            return true;
        }
    rs_note(full, 1);
    return false;
}

RS_INLINE bool rs_bqueue_push(struct rs_bqueue *r, const void *msg, size_t size)
{
    rs_index tail = rs_load_relaxed(&r->producer.tail); /* P3 relaxed: sole writer */
    rs_index limit = rs_get(&r->producer.limit);
    if (rs_unlikely(!rs_sentinel_takes(msg)))
        return false;
    if (rs_unlikely(tail == limit) && !rs_bqueue_room(r, tail))
        return false;
    /* P3 relaxed: sole writer; before the publish, so that whoever has the message has counted
     * it. */
    rs_store_relaxed(&r->producer.tail, (rs_index)(tail + 1));
    rs_sentinel_put(rs_slots_at(&r->producer.slots, tail), msg, size);
    rs_note(pushed, 1);
    return true;
}

/* At the limit: looks for messages.  Slots are filled in order. */
RS_INLINE bool rs_bqueue_ready(struct rs_bqueue *r, rs_index head)
{
    rs_index ahead = rs_get(&r->consumer.batch);
    for (; ahead > 0; ahead /= 2)
        if (rs_sentinel_filled(rs_slots_at(&r->consumer.slots, (rs_index)(head + ahead - 1)))) {
            rs_set(&r->consumer.limit, (rs_index)(head + ahead));
            return true;
        }
    rs_note(empty, 1);
    return false;
}

RS_INLINE bool rs_bqueue_pop(struct rs_bqueue *r, void *msg, size_t size)
{
    rs_index head = rs_load_relaxed(&r->consumer.head); /* C3 relaxed: sole writer */
    rs_index limit = rs_get(&r->consumer.limit);
    rs_cell *slot = rs_slots_at(&r->consumer.slots, head);
    if (rs_unlikely(head == limit) && !rs_bqueue_ready(r, head))
        return false;
    rs_sentinel_read(msg, slot, size);
    /* C3 relaxed: sole writer; before the return, so that whoever has the slot has counted it. */
    rs_store_relaxed(&r->consumer.head, (rs_index)(head + 1));
    rs_sentinel_clear(slot);
    rs_note(popped, 1);
    return true;
}

RS_INLINE void rs_bqueue_close(struct rs_bqueue *r)
{
    /* X1 release: every push before it is published; pairs with X2. Without it the other side
     * sees the end but not the last messages. */
    rs_store_release(&r->shared.closed, 1u);
}

RS_INLINE bool rs_bqueue_closed(struct rs_bqueue *r)
{
    /* X2 acquire: a pop after this sees the last publish; pairs with X1. Without it the tail is
     * lost. */
    return rs_load_acquire(&r->shared.closed) != 0;
}

RS_INLINE size_t rs_bqueue_count(struct rs_bqueue *r)
{
    rs_index head = rs_load_relaxed(&r->consumer.head); /* N1 relaxed: approximate */
    rs_index tail = rs_load_relaxed(&r->producer.tail); /* N2 relaxed: approximate */
    return (size_t)rs_distance(tail, head);
}

RS_RING_DEFAULTS(bqueue);

#endif
