/* SPDX-License-Identifier: MIT */
/*
 * Rings that are correct and cost more coherence traffic than the ring they come from, over the
 * seam of the simulator: its counts must show them.
 */
#ifndef WORSE_RINGS_H
#define WORSE_RINGS_H

#define RS_INDEX           uint64_t
#define RS_MEMORY_OVERRIDE "experiments/simulate/memory_sim.h"
#include "rings/cached.h"
#include "rings/padded.h"

/* uncached: cached, but the producer looks at the consumer's index before every push. */
static inline bool worse_uncached_push(void *ring, const void *msg, size_t size)
{
    struct rs_cached *r = static_cast<struct rs_cached *>(ring);
    rs_index head = rs_load_acquire(&r->freed.head);
    rs_set(&r->producer.head_seen, head);
    return rs_cached_push(r, msg, size);
}

static inline bool worse_uncached_pop(void *ring, void *msg, size_t size)
{
    return rs_cached_pop(static_cast<struct rs_cached *>(ring), msg, size);
}

/* meddling: padded, but the consumer writes into the producer's line. */
static inline bool worse_meddling_push(void *ring, const void *msg, size_t size)
{
    return rs_padded_push(static_cast<struct rs_padded *>(ring), msg, size);
}

static inline bool worse_meddling_pop(void *ring, void *msg, size_t size)
{
    struct rs_padded *r = static_cast<struct rs_padded *>(ring);
    size_t stride_bytes = rs_get(&r->consumer.slots.stride_bytes);
    if (!rs_padded_pop(r, msg, size))
        return false;
    rs_set(&r->producer.slots.stride_bytes, stride_bytes);
    return true;
}

/* The rest of the contract, one message after the other. */
#define WORSE_RING(v, base)                                                                        \
    static inline size_t worse_##v##_push_n(void *r, const void *msgs, size_t n, size_t size)      \
    {                                                                                              \
        size_t i = 0;                                                                              \
        while (i < n && worse_##v##_push(r, (const unsigned char *)msgs + i * size, size))         \
            i++;                                                                                   \
        return i;                                                                                  \
    }                                                                                              \
    static inline size_t worse_##v##_pop_n(void *r, void *msgs, size_t n, size_t size)             \
    {                                                                                              \
        size_t i = 0;                                                                              \
        while (i < n && worse_##v##_pop(r, (unsigned char *)msgs + i * size, size))                \
            i++;                                                                                   \
        return i;                                                                                  \
    }                                                                                              \
    static inline int worse_##v##_init(void *r, void *mem, const struct rs_config *cfg)            \
    {                                                                                              \
        return rs_##base##_init(static_cast<struct rs_##base *>(r), mem, cfg);                     \
    }                                                                                              \
    static inline size_t worse_##v##_bytes(size_t capacity, size_t msg_bytes, size_t align)        \
    {                                                                                              \
        return rs_##base##_bytes(capacity, msg_bytes, align);                                      \
    }                                                                                              \
    static inline void worse_##v##_flush(void *)                                                   \
    {                                                                                              \
    }                                                                                              \
    static inline struct rs_ring_ops worse_##v##_ops()                                             \
    {                                                                                              \
        struct rs_ring_ops ops = {};                                                               \
        ops.name = #v;                                                                             \
        ops.caps = RS_CAPS_##base;                                                                 \
        ops.separation = RS_SEPARATION;                                                            \
        ops.struct_bytes = sizeof(struct rs_##base);                                               \
        ops.bytes = worse_##v##_bytes;                                                             \
        ops.init = worse_##v##_init;                                                               \
        ops.push = worse_##v##_push;                                                               \
        ops.pop = worse_##v##_pop;                                                                 \
        ops.push_n = worse_##v##_push_n;                                                           \
        ops.pop_n = worse_##v##_pop_n;                                                             \
        ops.flush = worse_##v##_flush;                                                             \
        return ops;                                                                                \
    }                                                                                              \
    static const struct rs_ring_ops worse_ops_##v = worse_##v##_ops()

WORSE_RING(uncached, cached);
WORSE_RING(meddling, padded);

#endif
