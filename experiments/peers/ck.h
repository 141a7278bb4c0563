/* SPDX-License-Identifier: MIT */
/*
 * ck: ck_ring of Concurrency Kit, one producer and one consumer, with messages in the slots by
 * CK_RING_PROTOTYPE (BSD-2-Clause).
 *
 * It moves one message a call; a batch is a loop of these.  It has no loans of several messages.
 *
 * Capacity: its sizes are powers of two and one slot stays free, so it is given the next one above
 * the capacity and can hold up to twice as many messages less one.
 */
#ifndef PEER_CK_H
#define PEER_CK_H

#include <ck_ring.h>

#include "peer.h"

#define RS_CAPS_ck      RS_PEER
#define RS_HAS_ck_batch 0
#define RS_HAS_ck_spans 0
#define RS_HAS_ck_flush 0
#define RS_HAS_ck_slack 0
#define RS_HAS_ck_wait  0

#define CK_TYPED(n) CK_RING_PROTOTYPE(peer_##n, peer_message_##n)
PEER_SIZE_LIST(CK_TYPED)
#undef CK_TYPED

struct rs_ck {
    struct RS_SEPARATED {
        struct ck_ring ring;
        void *slots;
    } shared;
    struct peer_end end;
};

/* The next power of two above the capacity; 0 if it has no such size. */
RS_INLINE unsigned ck_size(size_t capacity)
{
    unsigned size = 1;
    while (size <= capacity && size != 0)
        size *= 2;
    return size;
}

RS_INLINE size_t rs_ck_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)
{
    return rs_slots_bytes(ck_size(capacity), msg_bytes, msg_align);
}

RS_INLINE int rs_ck_init(struct rs_ck *r, void *mem, const struct rs_config *cfg)
{
    int err = peer_check(cfg, mem, RS_CAPS_ck);
    if (err)
        return err;
    ck_ring_init(&r->shared.ring, ck_size(cfg->capacity));
    r->shared.slots = mem;
    rs_store_relaxed(&r->end.closed, 0u);
    return 0;
}

RS_INLINE bool rs_ck_push(struct rs_ck *r, const void *msg, size_t size)
{
    switch (size) {
#define CK_PUSH(n)                                                                                 \
    case n:                                                                                        \
        return ck_ring_enqueue_spsc_peer_##n(&r->shared.ring,                                      \
                                             (struct peer_message_##n *)r->shared.slots,           \
                                             (struct peer_message_##n *)(uintptr_t)msg);
        PEER_SIZE_LIST(CK_PUSH)
#undef CK_PUSH
    }
    return false;
}

RS_INLINE bool rs_ck_pop(struct rs_ck *r, void *msg, size_t size)
{
    switch (size) {
#define CK_POP(n)                                                                                  \
    case n:                                                                                        \
        return ck_ring_dequeue_spsc_peer_##n(&r->shared.ring,                                      \
                                             (struct peer_message_##n *)r->shared.slots,           \
                                             (struct peer_message_##n *)msg);
        PEER_SIZE_LIST(CK_POP)
#undef CK_POP
    }
    return false;
}

RS_INLINE size_t rs_ck_count(struct rs_ck *r)
{
    return ck_ring_size(&r->shared.ring);
}

PEER_CLOSE(ck);
RS_RING_DEFAULTS(ck);

#endif
