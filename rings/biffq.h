/* SPDX-License-Identifier: MIT */
/*
 * biffq: iffq whose producer collects a line of messages in a buffer of its own and writes them to
 * the ring in one go, so that a consumer that polls the line takes it once a line and not once a
 * message.  Messages that do not share a line go straight through.  The producer must flush before
 * it waits or goes idle.
 *
 * V. Maffione, G. Lettieri, L. Rizzo, "Cache-aware design of general-purpose Single-Producer
 * Single-Consumer queues", Software: Practice and Experience, 2018.
 *
 * Capacity, slack, messages: as iffq.
 *
 * Ordering (who, on what, why): that of iffq.h, and
 *   P3 relaxed  ring.producer.tail  the producer reads and writes its own index
 */
#ifndef RINGSIDE_BIFFQ_H
#define RINGSIDE_BIFFQ_H

#include "iffq.h"

#define RS_CAPS_biffq      (RS_POWER_OF_TWO | RS_NONZERO_ONLY | RS_COARSE | RS_PREFETCHES)
#define RS_HAS_biffq_batch 0
#define RS_HAS_biffq_spans 0
#define RS_HAS_biffq_flush 1
#define RS_HAS_biffq_slack 1
#define RS_HAS_biffq_wait  0

struct rs_biffq {
    /* The producer's alone; its slots, limit and group are those of ring.producer. */
    struct RS_SEPARATED {
        RS_PLAIN(rs_index) tail; /* next slot to fill; ring.producer.tail says what is written */
        RS_PLAIN(size_t) msg_bytes;
        unsigned char line[RS_LINE_BYTES]; /* message i at i % group * its size */
    } producer;
    struct rs_iffq ring;
};

RS_INLINE size_t rs_biffq_slack(const struct rs_config *cfg)
{
    return rs_iffq_slack(cfg);
}

RS_INLINE size_t rs_biffq_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)
{
    return rs_iffq_bytes(capacity, msg_bytes, msg_align);
}

RS_INLINE int rs_biffq_init(struct rs_biffq *r, void *mem, const struct rs_config *cfg)
{
    int err = rs_iffq_init(&r->ring, mem, cfg);
    if (err)
        return err;
    rs_set(&r->producer.tail, cfg->start);
    rs_set(&r->producer.msg_bytes, cfg->msg_bytes);
    return 0;
}

/* Writes the buffered messages up to tail to the ring. */
RS_INLINE void rs_biffq_write(struct rs_biffq *r, rs_index tail, size_t size)
{
    rs_index at = rs_load_relaxed(&r->ring.producer.tail); /* P3 relaxed: sole writer */
    rs_index group = rs_get(&r->ring.producer.group);
    /* P3 relaxed: sole writer; before the publish, so that whoever has a message has counted it. */
    rs_store_relaxed(&r->ring.producer.tail, tail);
    for (; at != tail; at++)
        rs_sentinel_put(rs_slots_at(&r->ring.producer.slots, at),
                        r->producer.line + (size_t)(at & (rs_index)(group - 1)) * size, size);
}

RS_INLINE void rs_biffq_flush(struct rs_biffq *r)
{
    rs_index tail = rs_get(&r->producer.tail);
    size_t size = rs_get(&r->producer.msg_bytes);
    rs_biffq_write(r, tail, size);
}

RS_INLINE bool rs_biffq_push(struct rs_biffq *r, const void *msg, size_t size)
{
    rs_index tail = rs_get(&r->producer.tail);
    rs_index limit = rs_get(&r->ring.producer.limit);
    rs_index last = (rs_index)(rs_get(&r->ring.producer.group) - 1);
    if (last == 0) {
        rs_set(&r->producer.tail, (rs_index)(tail + 1));
        if (rs_iffq_push(&r->ring, msg, size))
            return true;
        rs_set(&r->producer.tail, tail);
        return false;
    }
    if (rs_unlikely(!rs_sentinel_takes(msg)))
        return false;
    if (rs_unlikely(tail == limit) && !rs_iffq_enter(&r->ring, limit))
        return false; /* nothing is buffered where a group begins */
    memcpy(r->producer.line + (size_t)(tail & last) * size, msg, size);
    tail = (rs_index)(tail + 1);
    rs_set(&r->producer.tail, tail);
    if ((tail & last) == 0)
        rs_biffq_write(r, tail, size);
    rs_note(pushed, 1);
    return true;
}

RS_INLINE bool rs_biffq_pop(struct rs_biffq *r, void *msg, size_t size)
{
    return rs_iffq_pop(&r->ring, msg, size);
}

RS_INLINE void rs_biffq_close(struct rs_biffq *r)
{
    rs_iffq_close(&r->ring);
}

RS_INLINE bool rs_biffq_closed(struct rs_biffq *r)
{
    return rs_iffq_closed(&r->ring);
}

RS_INLINE size_t rs_biffq_count(struct rs_biffq *r)
{
    return rs_iffq_count(&r->ring);
}

RS_RING_DEFAULTS(biffq);

#endif
