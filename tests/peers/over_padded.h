/* SPDX-License-Identifier: MIT */
/*
 * A peer over the ring `padded` that may do wrong to two messages, FAULT_AT and the next:
 *
 *     PEER_OVER_PADDED(name, fault)
 *
 * with bool fault(struct over_padded *p, const void *msg, size_t size), which pushes these.
 */
#ifndef PEER_OVER_PADDED_H
#define PEER_OVER_PADDED_H

#include "experiments/kernels/message.h"
#include "peer.h"
#include "rings/padded.h"

enum { FAULT_AT = 100, FAULT_BYTES_MAX = 4096 };

struct over_padded {
    struct rs_padded ring;
    uint64_t pushed; /* the producer's */
};

RS_INLINE bool over_padded_push(struct over_padded *p, const void *msg, size_t size,
                                bool (*fault)(struct over_padded *, const void *, size_t))
{
    const bool now = p->pushed == FAULT_AT || p->pushed == FAULT_AT + 1;
    const bool done = now ? fault(p, msg, size) : rs_padded_push(&p->ring, msg, size);
    p->pushed += done;
    return done;
}

#define PEER_OVER_PADDED(name, fault)                                                              \
    struct rs_##name {                                                                             \
        struct over_padded over;                                                                   \
        struct peer_end end;                                                                       \
    };                                                                                             \
    RS_INLINE size_t rs_##name##_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)        \
    {                                                                                              \
        return rs_padded_bytes(capacity, msg_bytes, msg_align);                                    \
    }                                                                                              \
    RS_INLINE int rs_##name##_init(struct rs_##name *r, void *mem, const struct rs_config *cfg)    \
    {                                                                                              \
        int err = peer_check(cfg, mem, RS_POWER_OF_TWO);                                           \
        r->over.pushed = 0;                                                                        \
        rs_store_relaxed(&r->end.closed, 0u);                                                      \
        return err ? err : rs_padded_init(&r->over.ring, mem, cfg);                                \
    }                                                                                              \
    RS_INLINE bool rs_##name##_push(struct rs_##name *r, const void *msg, size_t size)             \
    {                                                                                              \
        return over_padded_push(&r->over, msg, size, fault);                                       \
    }                                                                                              \
    RS_INLINE bool rs_##name##_pop(struct rs_##name *r, void *msg, size_t size)                    \
    {                                                                                              \
        return rs_padded_pop(&r->over.ring, msg, size);                                            \
    }                                                                                              \
    RS_INLINE size_t rs_##name##_count(struct rs_##name *r)                                        \
    {                                                                                              \
        return rs_padded_count(&r->over.ring);                                                     \
    }                                                                                              \
    PEER_CLOSE(name);                                                                              \
    RS_RING_DEFAULTS(name)

#endif
