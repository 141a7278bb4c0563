/* SPDX-License-Identifier: MIT */
/*
 * publish_first: padded, but a slot is published before it is filled, as a machine may do it where
 * the publish is no release.
 *
 * Ordering (who, on what, why): that of padded.h, and
 *   P3 release  producer.tail    publishes slots; pairs with C2
 */
#ifndef RINGSIDE_BROKEN_PUBLISH_FIRST_H
#define RINGSIDE_BROKEN_PUBLISH_FIRST_H

#include "derived.h"

#define RS_CAPS_publish_first      RS_POWER_OF_TWO
#define RS_HAS_publish_first_batch 0
#define RS_HAS_publish_first_spans 0
#define RS_HAS_publish_first_flush 0
#define RS_HAS_publish_first_slack 0
#define RS_HAS_publish_first_wait  0

RS_DERIVE(publish_first, padded);

RS_INLINE bool rs_publish_first_push(struct rs_publish_first *r, const void *msg, size_t size)
{
    rs_index tail;
    if (rs_padded_room(&r->ring, &tail, 1) == 0)
        return false;
    /* P3 release: the bug is that the slot is not filled yet; pairs with C2. Without it C reads a
     * stale slot, and with it too. */
    rs_store_release(&r->ring.producer.tail, (rs_index)(tail + 1));
    rs_copy_in(rs_slots_at(&r->ring.producer.slots, tail), msg, size);
    return true;
}

RS_INLINE bool rs_publish_first_pop(struct rs_publish_first *r, void *msg, size_t size)
{
    return rs_padded_pop(&r->ring, msg, size);
}

RS_RING_DEFAULTS(publish_first);

#endif
