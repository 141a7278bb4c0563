/* SPDX-License-Identifier: MIT */
/*
 * boost: boost::lockfree::spsc_queue with its capacity given at run time (Boost.Lockfree, BSL-1.0).
 *
 * One at a time push and pop, in batches its push and pop of an array.  It has no loans of several
 * messages.  The queue is in the struct, its slots in the caller's memory.
 *
 * Capacity: any, exact.
 */
#ifndef PEER_BOOST_H
#define PEER_BOOST_H

#include <new>

#include <boost/lockfree/spsc_queue.hpp>

#include "peer.h"
#include "peer_memory.h"

#define RS_CAPS_boost      RS_PEER
#define RS_HAS_boost_batch 1
#define RS_HAS_boost_spans 0
#define RS_HAS_boost_flush 0
#define RS_HAS_boost_slack 0
#define RS_HAS_boost_wait  0

template <typename T>
using boost_queue = boost::lockfree::spsc_queue<T, boost::lockfree::allocator<peer_memory<T>>>;

struct rs_boost {
    struct RS_SEPARATED {
        unsigned char queue[sizeof(boost_queue<peer_message_8>)];
    } shared;
    struct RS_SEPARATED {
        size_t msg_bytes;
    } constant;
    struct peer_end end;
};

template <typename T> RS_INLINE boost_queue<T> *boost_queue_of(struct rs_boost *r)
{
    static_assert(sizeof(boost_queue<T>) == sizeof r->shared.queue, "a queue of its own layout");
    return reinterpret_cast<boost_queue<T> *>(r->shared.queue);
}

RS_INLINE size_t rs_boost_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)
{
    return rs_slots_bytes(capacity + 1, msg_bytes, msg_align); /* it keeps a slot free */
}

RS_INLINE int rs_boost_init(struct rs_boost *r, void *mem, const struct rs_config *cfg)
{
    int err = peer_check(cfg, mem, RS_CAPS_boost);
    if (err)
        return err;
    r->constant.msg_bytes = cfg->msg_bytes;
    rs_store_relaxed(&r->end.closed, 0u);
    switch (cfg->msg_bytes) {
#define BOOST_INIT(n)                                                                              \
    case n:                                                                                        \
        new (r->shared.queue)                                                                      \
            boost_queue<peer_message_##n>(cfg->capacity, peer_memory<peer_message_##n>(mem));      \
        break;
        PEER_SIZE_LIST(BOOST_INIT)
#undef BOOST_INIT
    }
    return 0;
}

RS_INLINE bool rs_boost_push(struct rs_boost *r, const void *msg, size_t size)
{
    switch (size) {
#define BOOST_PUSH(n)                                                                              \
    case n:                                                                                        \
        return boost_queue_of<peer_message_##n>(r)->push(*(const peer_message_##n *)msg);
        PEER_SIZE_LIST(BOOST_PUSH)
#undef BOOST_PUSH
    }
    return false;
}

RS_INLINE bool rs_boost_pop(struct rs_boost *r, void *msg, size_t size)
{
    switch (size) {
#define BOOST_POP(n)                                                                               \
    case n:                                                                                        \
        return boost_queue_of<peer_message_##n>(r)->pop(*(peer_message_##n *)msg);
        PEER_SIZE_LIST(BOOST_POP)
#undef BOOST_POP
    }
    return false;
}

RS_INLINE size_t rs_boost_push_n(struct rs_boost *r, const void *msgs, size_t n, size_t size)
{
    switch (size) {
#define BOOST_PUSH_N(bytes)                                                                        \
    case bytes:                                                                                    \
        return boost_queue_of<peer_message_##bytes>(r)->push((const peer_message_##bytes *)msgs, n);
        PEER_SIZE_LIST(BOOST_PUSH_N)
#undef BOOST_PUSH_N
    }
    return 0;
}

RS_INLINE size_t rs_boost_pop_n(struct rs_boost *r, void *msgs, size_t n, size_t size)
{
    switch (size) {
#define BOOST_POP_N(bytes)                                                                         \
    case bytes:                                                                                    \
        return boost_queue_of<peer_message_##bytes>(r)->pop((peer_message_##bytes *)msgs, n);
        PEER_SIZE_LIST(BOOST_POP_N)
#undef BOOST_POP_N
    }
    return 0;
}

RS_INLINE size_t rs_boost_count(struct rs_boost *r)
{
    switch (r->constant.msg_bytes) {
#define BOOST_COUNT(n)                                                                             \
    case n:                                                                                        \
        return boost_queue_of<peer_message_##n>(r)->read_available();
        PEER_SIZE_LIST(BOOST_COUNT)
#undef BOOST_COUNT
    }
    return 0;
}

PEER_CLOSE(boost);
RS_RING_DEFAULTS(boost);

#endif
