/* SPDX-License-Identifier: MIT */
/*
 * mirrored: chunked over slot memory that is mapped twice, back to back: a loan that passes the
 * last slot goes on in the second image, so it is always one piece, and a batch is one copy.
 *
 * The ring underneath is `cached`, and so are its indices, their orders and its one-message
 * operations; the mapping is that of mirror.h, the "magic ring buffer".
 *
 * Capacity: a power of two, whose slots are whole pages (rs_config_fit widens them where they are
 * not).  Slot memory: from rs_mirror_map; init looks whether it is, a byte a page.  Each slot has
 * two addresses: those of one loan are in a row, those of two loans may be in different images.
 *
 * A checker's memory is not mapped twice (RS_MEMORY_OVERRIDE): there a loan is cut at the last slot
 * as chunked's is, and any capacity will do.  Indices, orders and slots are the same.
 *
 * Ordering (who, on what, why): that of cached.h; this header makes no access of its own.
 */
#ifndef RINGSIDE_MIRRORED_H
#define RINGSIDE_MIRRORED_H

#include "cached.h"

#ifdef RS_MEMORY_OVERRIDE
#define RS_CAPS_mirrored   (RS_POWER_OF_TWO | RS_ZERO_COPY)
#define RS_MIRRORED_IMAGES 1
#else
#define RS_CAPS_mirrored   (RS_POWER_OF_TWO | RS_ZERO_COPY | RS_MIRRORED)
#define RS_MIRRORED_IMAGES 2
#endif
#define RS_HAS_mirrored_batch 1
#define RS_HAS_mirrored_spans 1
#define RS_HAS_mirrored_flush 0
#define RS_HAS_mirrored_slack 0
#define RS_HAS_mirrored_wait  0

struct rs_mirrored {
    struct rs_cached ring;
};

/* Both images, rounded up to whole pages. */
RS_INLINE size_t rs_mirrored_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)
{
    const size_t page = RS_MIRRORED_IMAGES == 2 ? rs_page_bytes() : RS_SEPARATION;
    const size_t slots = rs_slots_bytes(capacity, msg_bytes, msg_align);
    return RS_MIRRORED_IMAGES * rs_stride_bytes(slots, page);
}

RS_INLINE int rs_mirrored_init(struct rs_mirrored *r, void *mem, const struct rs_config *cfg)
{
    int err = rs_config_check(cfg, mem, RS_CAPS_mirrored);
    return err ? err : rs_cached_init(&r->ring, mem, cfg);
}

/* n slots from index `at`: one piece where the second image goes on behind the first. */
RS_INLINE void rs_mirrored_cut(struct rs_slots *slots, rs_index at, size_t n, struct rs_span *s)
{
    rs_slots_cut(slots, at, n, s);
    if (RS_MIRRORED_IMAGES == 2) {
        s->piece[0].count = n;
        s->piece[1].count = 0;
    }
}

RS_INLINE size_t rs_mirrored_reserve(struct rs_mirrored *r, size_t n, struct rs_span *s)
{
    rs_index tail;
    n = rs_cached_room(&r->ring, &r->ring.producer, &tail, n);
    rs_mirrored_cut(&r->ring.producer.slots, tail, n, s);
    return n;
}

RS_INLINE void rs_mirrored_commit(struct rs_mirrored *r, size_t n)
{
    rs_index tail = rs_get(&r->ring.producer.tail);
    rs_cached_publish(&r->ring, &r->ring.producer, (rs_index)(tail + n));
    rs_note(pushed, n);
}

RS_INLINE size_t rs_mirrored_peek(struct rs_mirrored *r, size_t n, struct rs_span *s)
{
    rs_index head;
    n = rs_cached_ready(&r->ring, &r->ring.consumer, &head, n);
    rs_mirrored_cut(&r->ring.consumer.slots, head, n, s);
    return n;
}

RS_INLINE void rs_mirrored_release(struct rs_mirrored *r, size_t n)
{
    rs_index head = rs_get(&r->ring.consumer.head);
    rs_cached_return(&r->ring, &r->ring.consumer, (rs_index)(head + n));
    rs_note(popped, n);
}

RS_INLINE bool rs_mirrored_push(struct rs_mirrored *r, const void *msg, size_t size)
{
    return rs_cached_push(&r->ring, msg, size);
}

RS_INLINE bool rs_mirrored_pop(struct rs_mirrored *r, void *msg, size_t size)
{
    return rs_cached_pop(&r->ring, msg, size);
}

RS_INLINE size_t rs_mirrored_push_n(struct rs_mirrored *r, const void *msgs, size_t n, size_t size)
{
    struct rs_span s;
    n = rs_mirrored_reserve(r, n, &s);
    if (n == 0)
        return 0;
    rs_span_write(&s, msgs, size);
    rs_mirrored_commit(r, n);
    return n;
}

RS_INLINE size_t rs_mirrored_pop_n(struct rs_mirrored *r, void *msgs, size_t n, size_t size)
{
    struct rs_span s;
    n = rs_mirrored_peek(r, n, &s);
    if (n == 0)
        return 0;
    rs_span_read(msgs, &s, size);
    rs_mirrored_release(r, n);
    return n;
}

RS_INLINE void rs_mirrored_close(struct rs_mirrored *r)
{
    rs_cached_close(&r->ring);
}

RS_INLINE bool rs_mirrored_closed(struct rs_mirrored *r)
{
    return rs_cached_closed(&r->ring);
}

RS_INLINE size_t rs_mirrored_count(struct rs_mirrored *r)
{
    return rs_cached_count(&r->ring);
}

RS_RING_DEFAULTS(mirrored);

#endif
