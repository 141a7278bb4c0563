/* SPDX-License-Identifier: MIT */
/*
 * mutex: a control.  A bounded queue under a POSIX mutex, with a condition variable a side: what
 * people use where they do not use a lock-free ring.  A side that cannot go on sleeps in
 * wait_space or wait_data (BLOCKING); a signal is sent only when somebody waits.
 *
 * The monitor is C. A. R. Hoare's bounded buffer, CACM 17(10), 1974.
 *
 * Capacity: any.  init may also return the error of pthread_mutex_init, negated.
 *
 * Ordering: every field is read and written under `lock`, which orders it; no atomic access.
 */
#ifndef RINGSIDE_MUTEX_H
#define RINGSIDE_MUTEX_H

#include "ring.h"

#define RS_CAPS_mutex      (RS_CONTROL | RS_BLOCKING)
#define RS_HAS_mutex_batch 1
#define RS_HAS_mutex_spans 0
#define RS_HAS_mutex_flush 0
#define RS_HAS_mutex_slack 0
#define RS_HAS_mutex_wait  1

struct RS_SEPARATED rs_mutex {
    rs_lock lock;
    rs_condition space, data;
    RS_PLAIN(rs_cell *) base;
    RS_PLAIN(size_t) capacity;
    RS_PLAIN(size_t) stride_bytes;
    RS_PLAIN(size_t) head;  /* slot of the oldest message */
    RS_PLAIN(size_t) count; /* messages in the ring */
    RS_PLAIN(bool) producer_waits;
    RS_PLAIN(bool) consumer_waits;
    RS_PLAIN(bool) closed;
};

RS_INLINE size_t rs_mutex_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)
{
    return rs_slots_bytes(capacity, msg_bytes, msg_align);
}

RS_INLINE int rs_mutex_init(struct rs_mutex *r, void *mem, const struct rs_config *cfg)
{
    int err = rs_config_check(cfg, mem, RS_CAPS_mutex);
    if (err)
        return err;
    err = rs_lock_init(&r->lock);
    if (!err)
        err = rs_condition_init(&r->space);
    if (!err)
        err = rs_condition_init(&r->data);
    rs_set(&r->base, (rs_cell *)mem);
    rs_set(&r->capacity, cfg->capacity);
    rs_set(&r->stride_bytes, rs_stride_bytes(cfg->msg_bytes, cfg->msg_align));
    rs_set(&r->head, (size_t)0);
    rs_set(&r->count, (size_t)0);
    rs_set(&r->producer_waits, false);
    rs_set(&r->consumer_waits, false);
    rs_set(&r->closed, false);
    return -err;
}

/* Cuts n slots, `skip` after the oldest message, into pieces.  Under the lock. */
RS_INLINE void rs_mutex_cut(struct rs_mutex *r, size_t skip, size_t n, struct rs_span *out)
{
    size_t capacity = rs_get(&r->capacity);
    size_t stride = rs_get(&r->stride_bytes);
    size_t at = rs_get(&r->head) + skip;
    rs_cell *base = rs_get(&r->base);
    at = at >= capacity ? at - capacity : at;
    out->piece[0].data = base + at * stride;
    out->piece[0].count = n < capacity - at ? n : capacity - at;
    out->piece[1].data = base;
    out->piece[1].count = n - out->piece[0].count;
    out->stride_bytes = stride;
}

RS_INLINE size_t rs_mutex_push_n(struct rs_mutex *r, const void *msgs, size_t n, size_t size)
{
    struct rs_span s;
    size_t count, room;
    rs_lock_take(&r->lock);
    count = rs_get(&r->count);
    room = rs_get(&r->capacity) - count;
    rs_note(full, n > 0 && room == 0);
    n = n < room ? n : room;
    if (n > 0) {
        rs_mutex_cut(r, count, n, &s);
        rs_span_write(&s, msgs, size);
        rs_set(&r->count, count + n);
        rs_note(pushed, n);
        if (rs_get(&r->consumer_waits))
            rs_condition_signal(&r->data);
    }
    rs_lock_drop(&r->lock);
    return n;
}

RS_INLINE size_t rs_mutex_pop_n(struct rs_mutex *r, void *msgs, size_t n, size_t size)
{
    struct rs_span s;
    size_t count, head, capacity;
    rs_lock_take(&r->lock);
    count = rs_get(&r->count);
    rs_note(empty, n > 0 && count == 0);
    n = n < count ? n : count;
    if (n > 0) {
        rs_mutex_cut(r, 0, n, &s);
        rs_span_read(msgs, &s, size);
        capacity = rs_get(&r->capacity);
        head = rs_get(&r->head) + n;
        rs_set(&r->head, head >= capacity ? head - capacity : head);
        rs_set(&r->count, count - n);
        rs_note(popped, n);
        if (rs_get(&r->producer_waits))
            rs_condition_signal(&r->space);
    }
    rs_lock_drop(&r->lock);
    return n;
}

RS_INLINE bool rs_mutex_push(struct rs_mutex *r, const void *msg, size_t size)
{
    return rs_mutex_push_n(r, msg, 1, size) == 1;
}

RS_INLINE bool rs_mutex_pop(struct rs_mutex *r, void *msg, size_t size)
{
    return rs_mutex_pop_n(r, msg, 1, size) == 1;
}

RS_INLINE void rs_mutex_wait_space(struct rs_mutex *r)
{
    rs_lock_take(&r->lock);
    rs_set(&r->producer_waits, true);
    while (rs_get(&r->count) == rs_get(&r->capacity) && !rs_get(&r->closed))
        rs_condition_wait(&r->space, &r->lock);
    rs_set(&r->producer_waits, false);
    rs_lock_drop(&r->lock);
}

RS_INLINE void rs_mutex_wait_data(struct rs_mutex *r)
{
    rs_lock_take(&r->lock);
    rs_set(&r->consumer_waits, true);
    while (rs_get(&r->count) == 0 && !rs_get(&r->closed))
        rs_condition_wait(&r->data, &r->lock);
    rs_set(&r->consumer_waits, false);
    rs_lock_drop(&r->lock);
}

RS_INLINE void rs_mutex_close(struct rs_mutex *r)
{
    rs_lock_take(&r->lock);
    rs_set(&r->closed, true);
    rs_condition_signal(&r->space);
    rs_condition_signal(&r->data);
    rs_lock_drop(&r->lock);
}

RS_INLINE bool rs_mutex_closed(struct rs_mutex *r)
{
    bool closed;
    rs_lock_take(&r->lock);
    closed = rs_get(&r->closed);
    rs_lock_drop(&r->lock);
    return closed;
}

RS_INLINE size_t rs_mutex_count(struct rs_mutex *r)
{
    size_t count;
    rs_lock_take(&r->lock);
    count = rs_get(&r->count);
    rs_lock_drop(&r->lock);
    return count;
}

RS_RING_DEFAULTS(mutex);

#endif
