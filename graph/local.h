/* SPDX-License-Identifier: MIT */
/*
 * local: the ring of an edge whose both ends run on one worker.  chunked without its orders: one
 * thread writes both indices, so relaxed accesses (plain moves) are enough; they are atomic only
 * for the reporter, which reads the fill from another thread.  Not in variants.def: it carries
 * nothing from one thread to another.
 *
 * Capacity: a power of two.
 *
 * Ordering (who, on what, why):
 *   L1 relaxed  tail    one thread; the reporter's count is approximate
 *   L2 relaxed  head    one thread; the reporter's count is approximate
 *   L3 relaxed  closed  one thread
 */
#ifndef RINGSIDE_LOCAL_H
#define RINGSIDE_LOCAL_H

#include "rings/ring.h"

#define RS_CAPS_local      (RS_POWER_OF_TWO | RS_ZERO_COPY)
#define RS_HAS_local_batch 1
#define RS_HAS_local_spans 1
#define RS_HAS_local_flush 0
#define RS_HAS_local_slack 0
#define RS_HAS_local_wait  0

struct RS_SEPARATED rs_local {
    RS_ATOMIC(rs_index) tail;
    RS_ATOMIC(rs_index) head;
    RS_ATOMIC(uint32_t) closed;
    struct rs_slots slots;
};

RS_INLINE size_t rs_local_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)
{
    return rs_slots_bytes(capacity, msg_bytes, msg_align);
}

RS_INLINE int rs_local_init(struct rs_local *r, void *mem, const struct rs_config *cfg)
{
    int err = rs_config_check(cfg, mem, RS_CAPS_local);
    if (err)
        return err;
    rs_store_relaxed(&r->tail, cfg->start); /* L1 relaxed: not shared yet */
    rs_store_relaxed(&r->head, cfg->start); /* L2 relaxed: not shared yet */
    rs_store_relaxed(&r->closed, 0u);       /* L3 relaxed: not shared yet */
    rs_slots_init(&r->slots, (rs_cell *)mem, cfg);
    return 0;
}

RS_INLINE size_t rs_local_count(struct rs_local *r)
{
    rs_index head = rs_load_relaxed(&r->head); /* L2 relaxed: one thread, or approximate */
    rs_index tail = rs_load_relaxed(&r->tail); /* L1 relaxed: one thread, or approximate */
    return (size_t)rs_distance(tail, head);
}

RS_INLINE size_t rs_local_reserve(struct rs_local *r, size_t n, struct rs_span *s)
{
    size_t room = (size_t)rs_get(&r->slots.mask) + 1 - rs_local_count(r);
    rs_index tail = rs_load_relaxed(&r->tail); /* L1 relaxed: one thread */
    rs_note(full, n > 0 && room == 0);
    n = n < room ? n : room;
    rs_slots_cut(&r->slots, tail, n, s);
    return n;
}

RS_INLINE void rs_local_commit(struct rs_local *r, size_t n)
{
    rs_index tail = rs_load_relaxed(&r->tail);        /* L1 relaxed: one thread */
    rs_store_relaxed(&r->tail, (rs_index)(tail + n)); /* L1 relaxed: one thread */
    rs_note(pushed, n);
}

RS_INLINE size_t rs_local_peek(struct rs_local *r, size_t n, struct rs_span *s)
{
    size_t ready = rs_local_count(r);
    rs_index head = rs_load_relaxed(&r->head); /* L2 relaxed: one thread */
    rs_note(empty, n > 0 && ready == 0);
    n = n < ready ? n : ready;
    rs_slots_cut(&r->slots, head, n, s);
    return n;
}

RS_INLINE void rs_local_release(struct rs_local *r, size_t n)
{
    rs_index head = rs_load_relaxed(&r->head);        /* L2 relaxed: one thread */
    rs_store_relaxed(&r->head, (rs_index)(head + n)); /* L2 relaxed: one thread */
    rs_note(popped, n);
}

RS_INLINE size_t rs_local_push_n(struct rs_local *r, const void *msgs, size_t n, size_t size)
{
    struct rs_span s;
    n = rs_local_reserve(r, n, &s);
    if (n > 0)
        rs_span_write(&s, msgs, size);
    rs_local_commit(r, n);
    return n;
}

RS_INLINE size_t rs_local_pop_n(struct rs_local *r, void *msgs, size_t n, size_t size)
{
    struct rs_span s;
    n = rs_local_peek(r, n, &s);
    if (n > 0)
        rs_span_read(msgs, &s, size);
    rs_local_release(r, n);
    return n;
}

RS_INLINE bool rs_local_push(struct rs_local *r, const void *msg, size_t size)
{
    return rs_local_push_n(r, msg, 1, size) == 1;
}

RS_INLINE bool rs_local_pop(struct rs_local *r, void *msg, size_t size)
{
    return rs_local_pop_n(r, msg, 1, size) == 1;
}

RS_INLINE void rs_local_close(struct rs_local *r)
{
    rs_store_relaxed(&r->closed, 1u); /* L3 relaxed: one thread */
}

RS_INLINE bool rs_local_closed(struct rs_local *r)
{
    return rs_load_relaxed(&r->closed) != 0; /* L3 relaxed: one thread */
}

RS_RING_DEFAULTS(local);

#endif
