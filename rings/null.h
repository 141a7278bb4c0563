/* SPDX-License-Identifier: MIT */
/*
 * null: a control that moves nothing.  push and pop always succeed and touch no shared memory, so
 * a kernel run on it shows what the kernel itself costs: filling and checking messages, counting,
 * looping.  What pop yields is not what was pushed (NO_TRANSFER), so the check's verdict is
 * computed and ignored.
 *
 * After `noring` of the ring benchmark in the Linux tree (tools/virtio/ringtest).
 *
 * Capacity: any.
 *
 * Ordering (who, on what, why):
 *   X1 release  closed  close; pairs with X2
 *   X2 acquire  closed  pairs with X1
 *   I1 relaxed  closed  before the ring is shared
 */
#ifndef RINGSIDE_NULL_H
#define RINGSIDE_NULL_H

#include "ring.h"

#define RS_CAPS_null      (RS_CONTROL | RS_NO_TRANSFER)
#define RS_HAS_null_batch 1
#define RS_HAS_null_spans 0
#define RS_HAS_null_flush 0
#define RS_HAS_null_slack 0
#define RS_HAS_null_wait  0

struct RS_SEPARATED rs_null {
    RS_ATOMIC(uint32_t) closed;
};

RS_INLINE size_t rs_null_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)
{
    return rs_slots_bytes(capacity, msg_bytes, msg_align);
}

RS_INLINE int rs_null_init(struct rs_null *r, void *mem, const struct rs_config *cfg)
{
    int err = rs_config_check(cfg, mem, RS_CAPS_null);
    if (err)
        return err;
    rs_store_relaxed(&r->closed, 0u); /* I1 relaxed: not shared yet */
    return 0;
}

RS_INLINE bool rs_null_push(struct rs_null *r, const void *msg, size_t size)
{
    (void)r;
    (void)size;
    rs_opaque(msg);
    rs_note(pushed, 1);
    return true;
}

RS_INLINE bool rs_null_pop(struct rs_null *r, void *msg, size_t size)
{
    (void)r;
    (void)size;
    rs_opaque(msg);
    rs_note(popped, 1);
    return true;
}

RS_INLINE size_t rs_null_push_n(struct rs_null *r, const void *msgs, size_t n, size_t size)
{
    (void)r;
    (void)size;
    rs_opaque(msgs);
    rs_note(pushed, n);
    return n;
}

RS_INLINE size_t rs_null_pop_n(struct rs_null *r, void *msgs, size_t n, size_t size)
{
    (void)r;
    (void)size;
    rs_opaque(msgs);
    rs_note(popped, n);
    return n;
}

RS_INLINE void rs_null_close(struct rs_null *r)
{
    /* X1 release: as in every ring; pairs with X2. Without it work before the close may be
     * unseen. */
    rs_store_release(&r->closed, 1u);
}

RS_INLINE bool rs_null_closed(struct rs_null *r)
{
    /* X2 acquire: as in every ring; pairs with X1. Without it work before the close may be
     * unseen. */
    return rs_load_acquire(&r->closed) != 0;
}

RS_INLINE size_t rs_null_count(struct rs_null *r)
{
    (void)r;
    return 0;
}

RS_RING_DEFAULTS(null);

#endif
