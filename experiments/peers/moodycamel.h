/* SPDX-License-Identifier: MIT */
/*
 * moodycamel: ReaderWriterQueue of Cameron Desrochers (BSD-2-Clause), by try_enqueue and
 * try_dequeue, which never allocate.
 *
 * It moves one message a call; a batch is a loop of these.  It has no loans of several messages.
 * Its blocks are its own memory, from malloc: bytes() says how much, and what the caller gives
 * stays unused.
 *
 * Capacity: any; a block is a power of two with a slot that stays free, and above 1023 messages it
 * is several blocks and one more, so it can hold up to twice as many messages.
 */
#ifndef PEER_MOODYCAMEL_H
#define PEER_MOODYCAMEL_H

#include <new>

#include <readerwriterqueue/readerwriterqueue.h>

#include "peer.h"

#define RS_CAPS_moodycamel      RS_PEER
#define RS_HAS_moodycamel_batch 0
#define RS_HAS_moodycamel_spans 0
#define RS_HAS_moodycamel_flush 0
#define RS_HAS_moodycamel_slack 0
#define RS_HAS_moodycamel_wait  0

template <typename T> using moodycamel_queue = moodycamel::ReaderWriterQueue<T>;

struct rs_moodycamel {
    struct RS_SEPARATED {
        unsigned char queue[sizeof(moodycamel_queue<peer_message_8>)];
    } shared;
    struct RS_SEPARATED {
        size_t msg_bytes;
    } constant;
    struct peer_end end;
};

template <typename T> RS_INLINE moodycamel_queue<T> *moodycamel_of(struct rs_moodycamel *r)
{
    static_assert(sizeof(moodycamel_queue<T>) == sizeof r->shared.queue, "a layout of its own");
    return reinterpret_cast<moodycamel_queue<T> *>(r->shared.queue);
}

/* Slots of all its blocks. */
RS_INLINE size_t moodycamel_slots(size_t capacity)
{
    const size_t block = 512; /* MAX_BLOCK_SIZE */
    size_t single = 1;
    while (single < capacity + 1)
        single *= 2;
    return single <= 2 * block ? single : (capacity + 2 * block - 3) / (block - 1) * block;
}

RS_INLINE size_t rs_moodycamel_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)
{
    if (rs_slots_bytes(capacity, msg_bytes, msg_align) == 0)
        return 0;
    return rs_slots_bytes(moodycamel_slots(capacity), msg_bytes, msg_align);
}

RS_INLINE int rs_moodycamel_init(struct rs_moodycamel *r, void *mem, const struct rs_config *cfg)
{
    int err = peer_check(cfg, mem, RS_CAPS_moodycamel);
    if (err)
        return err;
    r->constant.msg_bytes = cfg->msg_bytes;
    rs_store_relaxed(&r->end.closed, 0u);
    switch (cfg->msg_bytes) {
#define MOODYCAMEL_INIT(n)                                                                         \
    case n:                                                                                        \
        new (r->shared.queue) moodycamel_queue<peer_message_##n>(cfg->capacity);                   \
        break;
        PEER_SIZE_LIST(MOODYCAMEL_INIT)
#undef MOODYCAMEL_INIT
    }
    return 0;
}

RS_INLINE bool rs_moodycamel_push(struct rs_moodycamel *r, const void *msg, size_t size)
{
    switch (size) {
#define MOODYCAMEL_PUSH(n)                                                                         \
    case n:                                                                                        \
        return moodycamel_of<peer_message_##n>(r)->try_enqueue(*(const peer_message_##n *)msg);
        PEER_SIZE_LIST(MOODYCAMEL_PUSH)
#undef MOODYCAMEL_PUSH
    }
    return false;
}

RS_INLINE bool rs_moodycamel_pop(struct rs_moodycamel *r, void *msg, size_t size)
{
    switch (size) {
#define MOODYCAMEL_POP(n)                                                                          \
    case n:                                                                                        \
        return moodycamel_of<peer_message_##n>(r)->try_dequeue(*(peer_message_##n *)msg);
        PEER_SIZE_LIST(MOODYCAMEL_POP)
#undef MOODYCAMEL_POP
    }
    return false;
}

RS_INLINE size_t rs_moodycamel_count(struct rs_moodycamel *r)
{
    switch (r->constant.msg_bytes) {
#define MOODYCAMEL_COUNT(n)                                                                        \
    case n:                                                                                        \
        return moodycamel_of<peer_message_##n>(r)->size_approx();
        PEER_SIZE_LIST(MOODYCAMEL_COUNT)
#undef MOODYCAMEL_COUNT
    }
    return 0;
}

PEER_CLOSE(moodycamel);
RS_RING_DEFAULTS(moodycamel);

#endif
