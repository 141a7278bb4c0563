/* SPDX-License-Identifier: MIT */
/*
 * iffq: FastForward, a line at a time.  The producer asks for the first slot of the line after the
 * one it is about to enter, once a line; the consumer clears a line only when it has left it.  So
 * the two sides are never at work in one line for the sake of free slots, and near-empty a message
 * costs two transfers of its line instead of four.
 *
 * V. Maffione, G. Lettieri, L. Rizzo, "Cache-aware design of general-purpose Single-Producer
 * Single-Consumer queues", Software: Practice and Experience, 2018.
 *
 * Capacity: a power of two.  A line is left empty between the two sides, and a line is returned
 * whole: of the capacity, 2 * group - 1 slots may not be usable, where a group is what fits a line
 * (at most half of the ring).  Messages: the first word is not 0 (a push of one is refused).
 *
 * Ordering (who, on what, why): that of sentinel.h, and
 *   P3 relaxed  producer.tail  the producer reads and writes its own index
 *   C3 relaxed  consumer.head  the consumer reads and writes its own index
 *   C4 relaxed  *rs_word_at    clears a slot that is returned with the line after it
 *   X1 release  shared.closed  close; pairs with X2
 *   X2 acquire  shared.closed  what was pushed before the close is visible; pairs with X1
 *   N1 relaxed  consumer.head  approximate count
 *   N2 relaxed  producer.tail  approximate count
 *   I1 relaxed  all three      before the ring is shared
 */
#ifndef RINGSIDE_IFFQ_H
#define RINGSIDE_IFFQ_H

#include "sentinel.h"

#define RS_CAPS_iffq      (RS_POWER_OF_TWO | RS_NONZERO_ONLY | RS_COARSE | RS_PREFETCHES)
#define RS_HAS_iffq_batch 0
#define RS_HAS_iffq_spans 0
#define RS_HAS_iffq_flush 0
#define RS_HAS_iffq_slack 1
#define RS_HAS_iffq_wait  0

struct rs_iffq {
    struct RS_SEPARATED {
        RS_ATOMIC(rs_index) tail; /* next slot to fill; read by count alone */
        RS_PLAIN(rs_index) limit; /* slots before it are free; the start of a group */
        RS_PLAIN(rs_index) group; /* slots that share a line */
        struct rs_slots slots;
    } producer;
    struct RS_SEPARATED {
        RS_ATOMIC(rs_index) head; /* next slot to drain; read by count alone */
        RS_PLAIN(rs_index) group;
        struct rs_slots slots;
    } consumer;
    struct RS_SEPARATED {
        RS_ATOMIC(uint32_t) closed; /* either side writes 1; read only when stuck */
    } shared;
};

RS_INLINE size_t rs_iffq_slack(const struct rs_config *cfg)
{
    size_t unused = 2 * rs_sentinel_group(cfg) - 1;
    return unused < cfg->capacity ? unused : cfg->capacity - 1;
}

RS_INLINE size_t rs_iffq_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)
{
    return rs_sentinel_bytes(capacity, msg_bytes, msg_align);
}

RS_INLINE int rs_iffq_init(struct rs_iffq *r, void *mem, const struct rs_config *cfg)
{
    int err = rs_config_check(cfg, mem, RS_CAPS_iffq);
    rs_index group;
    if (err)
        return err;
    group = (rs_index)rs_sentinel_group(cfg);
    rs_sentinel_init(&r->producer.slots, &r->consumer.slots, (rs_cell *)mem, cfg);
    rs_set(&r->producer.slots.ahead_bytes, cfg->prefetch_write * RS_LINE_BYTES);
    rs_set(&r->consumer.slots.ahead_bytes, cfg->prefetch_read * RS_LINE_BYTES);
    rs_set(&r->producer.group, group);
    rs_set(&r->consumer.group, group);
    /* the rest of the group that it starts in is free */
    rs_set(&r->producer.limit, (rs_index)((cfg->start + group - 1) & ~(rs_index)(group - 1)));
    /* I1 relaxed: not shared yet; whatever hands the ring to the other thread orders these. */
    rs_store_relaxed(&r->producer.tail, cfg->start);
    rs_store_relaxed(&r->consumer.head, cfg->start); /* I1 relaxed: as above */
    rs_store_relaxed(&r->shared.closed, 0u);         /* I1 relaxed: as above */
    return 0;
}

/* At the limit: may the producer enter the group that begins there?  Groups are cleared in order,
 * each from its first slot on, so a first slot that is clear says that the group before it is. */
RS_INLINE bool rs_iffq_enter(struct rs_iffq *r, rs_index limit)
{
    rs_index next = (rs_index)(limit + rs_get(&r->producer.group));
    if (!rs_sentinel_free(rs_slots_at(&r->producer.slots, next))) {
        rs_note(full, 1);
        return false;
    }
    rs_set(&r->producer.limit, next);
    rs_slots_prefetch(&r->producer.slots, limit, (size_t)rs_distance(next, limit), true);
    return true;
}

RS_INLINE bool rs_iffq_push(struct rs_iffq *r, const void *msg, size_t size)
{
    rs_index tail = rs_load_relaxed(&r->producer.tail); /* P3 relaxed: sole writer */
    rs_index limit = rs_get(&r->producer.limit);
    if (rs_unlikely(!rs_sentinel_takes(msg)))
        return false;
    if (rs_unlikely(tail == limit) && !rs_iffq_enter(r, limit))
        return false;
    /* P3 relaxed: sole writer; before the publish, so that whoever has the message has counted
     * it. */
    rs_store_relaxed(&r->producer.tail, (rs_index)(tail + 1));
    rs_sentinel_put(rs_slots_at(&r->producer.slots, tail), msg, size);
    rs_note(pushed, 1);
    return true;
}

/* Clears the group that ends at `end`.  The producer enters it when the first slot of the next one
 * is clear, so the first store here returns the group before, and orders the others of this one
 * for the next. */
RS_INLINE void rs_iffq_clear(struct rs_iffq *r, rs_index end, rs_index group)
{
    rs_index at = (rs_index)(end - group);
    rs_sentinel_clear(rs_slots_at(&r->consumer.slots, at));
    for (at++; at != end; at++)
        /* C4 relaxed: the next group's first clear, a release (C2), comes after it. */
        rs_store_relaxed(rs_word_at(rs_slots_at(&r->consumer.slots, at)), (rs_word)0);
    rs_slots_prefetch(&r->consumer.slots, end, (size_t)group, false);
}

RS_INLINE bool rs_iffq_pop(struct rs_iffq *r, void *msg, size_t size)
{
    rs_index head = rs_load_relaxed(&r->consumer.head); /* C3 relaxed: sole writer */
    rs_index group = rs_get(&r->consumer.group);
    if (rs_unlikely(!rs_sentinel_take(msg, rs_slots_at(&r->consumer.slots, head), size)))
        return false;
    head = (rs_index)(head + 1);
    /* C3 relaxed: sole writer; before the return, so that whoever has the slot has counted it. */
    rs_store_relaxed(&r->consumer.head, head);
    if (rs_unlikely((head & (rs_index)(group - 1)) == 0))
        rs_iffq_clear(r, head, group);
    rs_note(popped, 1);
    return true;
}

RS_INLINE void rs_iffq_close(struct rs_iffq *r)
{
    /* X1 release: every push before it is published; pairs with X2. Without it the other side
     * sees the end but not the last messages. */
    rs_store_release(&r->shared.closed, 1u);
}

RS_INLINE bool rs_iffq_closed(struct rs_iffq *r)
{
    /* X2 acquire: a pop after this sees the last publish; pairs with X1. Without it the tail is
     * lost. */
    return rs_load_acquire(&r->shared.closed) != 0;
}

RS_INLINE size_t rs_iffq_count(struct rs_iffq *r)
{
    rs_index head = rs_load_relaxed(&r->consumer.head); /* N1 relaxed: approximate */
    rs_index tail = rs_load_relaxed(&r->producer.tail); /* N2 relaxed: approximate */
    return (size_t)rs_distance(tail, head);
}

RS_RING_DEFAULTS(iffq);

#endif
