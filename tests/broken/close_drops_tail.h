/* SPDX-License-Identifier: MIT */
/* close_drops_tail: cached, but a closed ring is an empty ring. */
#ifndef RINGSIDE_BROKEN_CLOSE_DROPS_TAIL_H
#define RINGSIDE_BROKEN_CLOSE_DROPS_TAIL_H

#include "derived.h"

#define RS_CAPS_close_drops_tail      RS_POWER_OF_TWO
#define RS_HAS_close_drops_tail_batch 0
#define RS_HAS_close_drops_tail_spans 0
#define RS_HAS_close_drops_tail_flush 0
#define RS_HAS_close_drops_tail_slack 0
#define RS_HAS_close_drops_tail_wait  0

RS_DERIVE(close_drops_tail, cached);

RS_INLINE bool rs_close_drops_tail_push(struct rs_close_drops_tail *r, const void *msg, size_t size)
{
    rs_set(&r->pushes, rs_get(&r->pushes) + 1);
    return rs_cached_push(&r->ring, msg, size);
}

RS_INLINE bool rs_close_drops_tail_pop(struct rs_close_drops_tail *r, void *msg, size_t size)
{
    /* the bug: what was pushed before the close is lost */
    return !rs_cached_closed(&r->ring) && rs_cached_pop(&r->ring, msg, size);
}

RS_RING_DEFAULTS(close_drops_tail);

#endif
