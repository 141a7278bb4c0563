/* SPDX-License-Identifier: MIT */
/*
 * return_first: padded, but a slot is returned before it is read, as a machine may do it where the
 * return is no release.
 *
 * Ordering (who, on what, why): that of padded.h, and
 *   C3 release  consumer.head    returns slots; pairs with P2
 */
#ifndef RINGSIDE_BROKEN_RETURN_FIRST_H
#define RINGSIDE_BROKEN_RETURN_FIRST_H

#include "derived.h"

#define RS_CAPS_return_first      RS_POWER_OF_TWO
#define RS_HAS_return_first_batch 0
#define RS_HAS_return_first_spans 0
#define RS_HAS_return_first_flush 0
#define RS_HAS_return_first_slack 0
#define RS_HAS_return_first_wait  0

RS_DERIVE(return_first, padded);

RS_INLINE bool rs_return_first_push(struct rs_return_first *r, const void *msg, size_t size)
{
    return rs_padded_push(&r->ring, msg, size);
}

RS_INLINE bool rs_return_first_pop(struct rs_return_first *r, void *msg, size_t size)
{
    rs_index head;
    if (rs_padded_ready(&r->ring, &head, 1) == 0)
        return false;
    /* C3 release: the bug is that the slot is not read yet; pairs with P2. Without it P overwrites
     * a slot that C still reads, and with it too. */
    rs_store_release(&r->ring.consumer.head, (rs_index)(head + 1));
    rs_copy_out(msg, rs_slots_at(&r->ring.consumer.slots, head), size);
    return true;
}

RS_RING_DEFAULTS(return_first);

#endif
