/* SPDX-License-Identifier: MIT */
/*
 * stale_index: cached, but never asks the consumer again once it looks full.
 *
 * Ordering (who, on what, why): that of cached.h, and
 *   P2 acquire  freed.head       slots are free; pairs with C3
 */
#ifndef RINGSIDE_BROKEN_STALE_INDEX_H
#define RINGSIDE_BROKEN_STALE_INDEX_H

#include "derived.h"

#define RS_CAPS_stale_index      RS_POWER_OF_TWO
#define RS_HAS_stale_index_batch 0
#define RS_HAS_stale_index_spans 0
#define RS_HAS_stale_index_flush 0
#define RS_HAS_stale_index_slack 0
#define RS_HAS_stale_index_wait  0

RS_DERIVE(stale_index, cached);

RS_INLINE bool rs_stale_index_push(struct rs_stale_index *r, const void *msg, size_t size)
{
    size_t capacity = (size_t)rs_get(&r->ring.producer.slots.mask) + 1;
    rs_index head = rs_get(&r->ring.producer.head_seen);
    rs_index tail = rs_get(&r->ring.producer.tail);
    rs_set(&r->pushes, rs_get(&r->pushes) + 1);
    /* the bug: the view of head is renewed by a push that succeeds, so never again when full */
    if (rs_distance(tail, head) >= capacity)
        return false;
    (void)rs_cached_push(&r->ring, msg, size);
    /* P2 acquire: the consumer has read the slots before head; pairs with C3. Without it P
     * overwrites a slot that C still reads. */
    head = rs_load_acquire(&r->ring.freed.head);
    rs_set(&r->ring.producer.head_seen, head);
    return true;
}

RS_INLINE bool rs_stale_index_pop(struct rs_stale_index *r, void *msg, size_t size)
{
    return rs_cached_pop(&r->ring, msg, size);
}

RS_RING_DEFAULTS(stale_index);

#endif
