/* SPDX-License-Identifier: MIT */
/*
 * chunked: cached, and the slots themselves are lent: the producer writes messages in place and
 * publishes many with one store, the consumer reads them in place.
 *
 * Spans of at most two pieces after the chunk API of rtrb (M. Geier, a Rust ring,
 * https://crates.io/crates/rtrb); the ring underneath is `cached`, and so are its indices,
 * their orders and its one-message operations.
 *
 * Capacity: a power of two.
 *
 * Ordering (who, on what, why): that of cached.h; this header makes no access of its own.
 */
#ifndef RINGSIDE_CHUNKED_H
#define RINGSIDE_CHUNKED_H

#include "cached.h"

#define RS_CAPS_chunked      (RS_POWER_OF_TWO | RS_ZERO_COPY | RS_PREFETCHES | RS_ROAMS | RS_STREAMS)
#define RS_HAS_chunked_batch 1
#define RS_HAS_chunked_spans 1
#define RS_HAS_chunked_flush 0
#define RS_HAS_chunked_slack 0
#define RS_HAS_chunked_wait  0

struct rs_chunked {
    struct rs_cached ring;
};

RS_INLINE size_t rs_chunked_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)
{
    return rs_cached_bytes(capacity, msg_bytes, msg_align);
}

RS_INLINE int rs_chunked_init(struct rs_chunked *r, void *mem, const struct rs_config *cfg)
{
    int err = rs_config_check(cfg, mem, RS_CAPS_chunked);
    if (err == 0)
        err = rs_cached_init(&r->ring, mem, cfg);
    if (err)
        return err;
    rs_set(&r->ring.producer.slots.ahead_bytes, cfg->prefetch_write * RS_LINE_BYTES);
    rs_set(&r->ring.consumer.slots.ahead_bytes, cfg->prefetch_read * RS_LINE_BYTES);
    return 0;
}

RS_INLINE size_t rs_chunked_reserve(struct rs_chunked *r, size_t n, struct rs_span *s)
{
    rs_index tail;
    n = rs_cached_room(&r->ring, &r->ring.producer, &tail, n);
    rs_slots_cut(&r->ring.producer.slots, tail, n, s);
    rs_slots_prefetch(&r->ring.producer.slots, tail, n, true);
    return n;
}

RS_INLINE void rs_chunked_commit(struct rs_chunked *r, size_t n)
{
    rs_index tail = rs_get(&r->ring.producer.tail);
    rs_cached_publish(&r->ring, &r->ring.producer, (rs_index)(tail + n));
    rs_note(pushed, n);
}

RS_INLINE size_t rs_chunked_peek(struct rs_chunked *r, size_t n, struct rs_span *s)
{
    rs_index head;
    n = rs_cached_ready(&r->ring, &r->ring.consumer, &head, n);
    rs_slots_cut(&r->ring.consumer.slots, head, n, s);
    rs_slots_prefetch(&r->ring.consumer.slots, head, n, false);
    return n;
}

RS_INLINE void rs_chunked_release(struct rs_chunked *r, size_t n)
{
    rs_index head = rs_get(&r->ring.consumer.head);
    rs_cached_return(&r->ring, &r->ring.consumer, (rs_index)(head + n));
    rs_note(popped, n);
}

RS_INLINE bool rs_chunked_push(struct rs_chunked *r, const void *msg, size_t size)
{
    return rs_cached_push(&r->ring, msg, size);
}

RS_INLINE bool rs_chunked_pop(struct rs_chunked *r, void *msg, size_t size)
{
    return rs_cached_pop(&r->ring, msg, size);
}

RS_INLINE size_t rs_chunked_push_n(struct rs_chunked *r, const void *msgs, size_t n, size_t size)
{
    return rs_cached_push_n(&r->ring, msgs, n, size);
}

RS_INLINE size_t rs_chunked_pop_n(struct rs_chunked *r, void *msgs, size_t n, size_t size)
{
    return rs_cached_pop_n(&r->ring, msgs, n, size);
}

RS_INLINE void rs_chunked_close(struct rs_chunked *r)
{
    rs_cached_close(&r->ring);
}

RS_INLINE bool rs_chunked_closed(struct rs_chunked *r)
{
    return rs_cached_closed(&r->ring);
}

RS_INLINE size_t rs_chunked_count(struct rs_chunked *r)
{
    return rs_cached_count(&r->ring);
}

RS_RING_DEFAULTS(chunked);

#endif
