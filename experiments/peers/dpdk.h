/* SPDX-License-Identifier: MIT */
/*
 * dpdk: rte_ring of DPDK with one producer and one consumer and elements of the message's size
 * (BSD-3-Clause).
 *
 * One at a time rte_ring_sp_enqueue_elem and sc_dequeue_elem, in batches their bursts, in place the
 * zero-copy bursts.  Everything that runs is inline in its headers; the environment abstraction
 * layer is neither started nor linked, so the public struct is filled here as rte_ring_init would.
 *
 * A loan is not dropped by asking again but by a commit or release of 0.
 *
 * Capacity: any, exact (RING_F_EXACT_SZ).  Message sizes: multiples of 4 bytes.
 */
#ifndef PEER_DPDK_H
#define PEER_DPDK_H

#define ALLOW_EXPERIMENTAL_API /* rte_ring_*_zc_* */
#include <rte_config.h>
#include <rte_ring.h>
#include <rte_ring_elem.h>

#include "peer.h"

#define RS_CAPS_dpdk      (RS_PEER | RS_ZERO_COPY)
#define RS_HAS_dpdk_batch 1
#define RS_HAS_dpdk_spans 1
#define RS_HAS_dpdk_flush 0
#define RS_HAS_dpdk_slack 0
#define RS_HAS_dpdk_wait  0

struct rs_dpdk {
    struct RS_SEPARATED {
        struct rte_ring *ring; /* in the slot memory: its elements follow it */
        unsigned msg_bytes;
    } constant;
    struct peer_end end;
};

RS_INLINE size_t rs_dpdk_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)
{
    if (capacity >= RTE_RING_SZ_MASK / 2)
        return 0;
    const size_t slots =
        rs_slots_bytes(rte_align32pow2((uint32_t)capacity + 1), msg_bytes, msg_align);
    return slots == 0 ? 0 : sizeof(struct rte_ring) + slots;
}

RS_INLINE int rs_dpdk_init(struct rs_dpdk *r, void *mem, const struct rs_config *cfg)
{
    struct rte_ring *ring = (struct rte_ring *)mem;
    int err = peer_check(cfg, mem, RS_CAPS_dpdk);
    if (err || rs_dpdk_bytes(cfg->capacity, cfg->msg_bytes, 1) == 0)
        return -EINVAL;
    memset(ring, 0, sizeof *ring);
    ring->flags = RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ;
    ring->prod.sync_type = RTE_RING_SYNC_ST;
    ring->cons.sync_type = RTE_RING_SYNC_ST;
    ring->size = rte_align32pow2((uint32_t)cfg->capacity + 1);
    ring->mask = ring->size - 1;
    ring->capacity = (uint32_t)cfg->capacity;
    r->constant.ring = ring;
    r->constant.msg_bytes = (unsigned)cfg->msg_bytes;
    rs_store_relaxed(&r->end.closed, 0u);
    return 0;
}

RS_INLINE bool rs_dpdk_push(struct rs_dpdk *r, const void *msg, size_t size)
{
    /* It takes the element as not const, and reads it. */
    return rte_ring_sp_enqueue_elem(r->constant.ring, (void *)(uintptr_t)msg, (unsigned)size) == 0;
}

RS_INLINE bool rs_dpdk_pop(struct rs_dpdk *r, void *msg, size_t size)
{
    return rte_ring_sc_dequeue_elem(r->constant.ring, msg, (unsigned)size) == 0;
}

/* What a call moves at most: it counts in 32 bits. */
RS_INLINE unsigned dpdk_most(size_t n)
{
    return n < RTE_RING_SZ_MASK ? (unsigned)n : RTE_RING_SZ_MASK;
}

RS_INLINE size_t rs_dpdk_push_n(struct rs_dpdk *r, const void *msgs, size_t n, size_t size)
{
    return rte_ring_sp_enqueue_burst_elem(r->constant.ring, msgs, (unsigned)size, dpdk_most(n),
                                          NULL);
}

RS_INLINE size_t rs_dpdk_pop_n(struct rs_dpdk *r, void *msgs, size_t n, size_t size)
{
    return rte_ring_sc_dequeue_burst_elem(r->constant.ring, msgs, (unsigned)size, dpdk_most(n),
                                          NULL);
}

RS_INLINE void dpdk_span(const struct rte_ring_zc_data *lent, unsigned n, unsigned msg_bytes,
                         struct rs_span *s)
{
    s->piece[0].data = lent->ptr1;
    s->piece[0].count = n > 0 ? lent->n1 : 0;
    s->piece[1].data = lent->ptr2;
    s->piece[1].count = n - s->piece[0].count;
    s->stride_bytes = msg_bytes;
}

RS_INLINE size_t rs_dpdk_reserve(struct rs_dpdk *r, size_t n, struct rs_span *s)
{
    struct rte_ring_zc_data lent = {NULL, NULL, 0};
    const unsigned bytes = r->constant.msg_bytes;
    unsigned got =
        rte_ring_enqueue_zc_burst_elem_start(r->constant.ring, bytes, dpdk_most(n), &lent, NULL);
    dpdk_span(&lent, got, bytes, s);
    return got;
}

RS_INLINE void rs_dpdk_commit(struct rs_dpdk *r, size_t n)
{
    rte_ring_enqueue_zc_elem_finish(r->constant.ring, (unsigned)n);
}

RS_INLINE size_t rs_dpdk_peek(struct rs_dpdk *r, size_t n, struct rs_span *s)
{
    struct rte_ring_zc_data lent = {NULL, NULL, 0};
    const unsigned bytes = r->constant.msg_bytes;
    unsigned got =
        rte_ring_dequeue_zc_burst_elem_start(r->constant.ring, bytes, dpdk_most(n), &lent, NULL);
    dpdk_span(&lent, got, bytes, s);
    return got;
}

RS_INLINE void rs_dpdk_release(struct rs_dpdk *r, size_t n)
{
    rte_ring_dequeue_zc_elem_finish(r->constant.ring, (unsigned)n);
}

RS_INLINE size_t rs_dpdk_count(struct rs_dpdk *r)
{
    return rte_ring_count(r->constant.ring);
}

PEER_CLOSE(dpdk);
RS_RING_DEFAULTS(dpdk);

#endif
