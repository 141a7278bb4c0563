/* SPDX-License-Identifier: MIT */
/*
 * full_off_by_one: padded, but takes one message more than it has slots.
 *
 * Ordering (who, on what, why): that of padded.h, and
 *   P3 release  producer.tail    publishes slots; pairs with C2
 */
#ifndef RINGSIDE_BROKEN_FULL_OFF_BY_ONE_H
#define RINGSIDE_BROKEN_FULL_OFF_BY_ONE_H

#include "derived.h"

#define RS_CAPS_full_off_by_one      RS_POWER_OF_TWO
#define RS_HAS_full_off_by_one_batch 0
#define RS_HAS_full_off_by_one_spans 0
#define RS_HAS_full_off_by_one_flush 0
#define RS_HAS_full_off_by_one_slack 0
#define RS_HAS_full_off_by_one_wait  0

RS_DERIVE(full_off_by_one, padded);

RS_INLINE bool rs_full_off_by_one_push(struct rs_full_off_by_one *r, const void *msg, size_t size)
{
    size_t capacity = (size_t)rs_get(&r->ring.producer.slots.mask) + 1;
    size_t held = rs_padded_count(&r->ring);
    rs_index tail;
    rs_set(&r->pushes, rs_get(&r->pushes) + 1);
    if (held < capacity)
        return rs_padded_push(&r->ring, msg, size);
    if (held > capacity) /* the bug: not `held == capacity`, so one more overwrites the oldest */
        return false;
    (void)rs_padded_room(&r->ring, &tail, 1);
    rs_copy_in(rs_slots_at(&r->ring.producer.slots, tail), msg, size);
    /* P3 release: publishes the slot; pairs with C2. Without it C reads a stale slot. */
    rs_store_release(&r->ring.producer.tail, (rs_index)(tail + 1));
    return true;
}

RS_INLINE bool rs_full_off_by_one_pop(struct rs_full_off_by_one *r, void *msg, size_t size)
{
    return rs_padded_pop(&r->ring, msg, size);
}

RS_RING_DEFAULTS(full_off_by_one);

#endif
