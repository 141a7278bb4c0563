/* SPDX-License-Identifier: MIT */
/* lost_publish: padded, but every 64th push is never published. */
#ifndef RINGSIDE_BROKEN_LOST_PUBLISH_H
#define RINGSIDE_BROKEN_LOST_PUBLISH_H

#include "derived.h"

#define RS_CAPS_lost_publish      RS_POWER_OF_TWO
#define RS_HAS_lost_publish_batch 0
#define RS_HAS_lost_publish_spans 0
#define RS_HAS_lost_publish_flush 0
#define RS_HAS_lost_publish_slack 0
#define RS_HAS_lost_publish_wait  0

RS_DERIVE(lost_publish, padded);

RS_INLINE bool rs_lost_publish_push(struct rs_lost_publish *r, const void *msg, size_t size)
{
    rs_index tail;
    rs_set(&r->pushes, rs_get(&r->pushes) + 1);
    if (rs_get(&r->pushes) % 64 != 0)
        return rs_padded_push(&r->ring, msg, size);
    if (rs_padded_room(&r->ring, &tail, 1) == 0)
        return false;
    rs_copy_in(rs_slots_at(&r->ring.producer.slots, tail), msg, size);
    return true; /* the bug: the slot is filled, and tail stays where it was */
}

RS_INLINE bool rs_lost_publish_pop(struct rs_lost_publish *r, void *msg, size_t size)
{
    return rs_padded_pop(&r->ring, msg, size);
}

RS_RING_DEFAULTS(lost_publish);

#endif
