/* SPDX-License-Identifier: MIT */
/*
 * A ring that wraps a good one: RS_DERIVE(v, base) gives struct rs_<v> and every operation but
 * push and pop, which the header of <v> writes with its bug.  Batches are the default loops, so
 * the bug is in them too.
 */
#ifndef RINGSIDE_BROKEN_DERIVED_H
#define RINGSIDE_BROKEN_DERIVED_H

#include "../../rings/cached.h"
#include "../../rings/padded.h"

#define RS_DERIVE(v, base)                                                                         \
    struct rs_##v {                                                                                \
        struct rs_##base ring;                                                                     \
        RS_PLAIN(unsigned) pushes;                                                                 \
    };                                                                                             \
    RS_INLINE size_t rs_##v##_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)           \
    {                                                                                              \
        return rs_##base##_bytes(capacity, msg_bytes, msg_align);                                  \
    }                                                                                              \
    RS_INLINE int rs_##v##_init(struct rs_##v *r, void *mem, const struct rs_config *cfg)          \
    {                                                                                              \
        rs_set(&r->pushes, 0u);                                                                    \
        return rs_##base##_init(&r->ring, mem, cfg);                                               \
    }                                                                                              \
    RS_INLINE void rs_##v##_close(struct rs_##v *r)                                                \
    {                                                                                              \
        rs_##base##_close(&r->ring);                                                               \
    }                                                                                              \
    RS_INLINE bool rs_##v##_closed(struct rs_##v *r)                                               \
    {                                                                                              \
        return rs_##base##_closed(&r->ring);                                                       \
    }                                                                                              \
    RS_INLINE size_t rs_##v##_count(struct rs_##v *r)                                              \
    {                                                                                              \
        return rs_##base##_count(&r->ring);                                                        \
    }                                                                                              \
    struct rs_##v

#endif
