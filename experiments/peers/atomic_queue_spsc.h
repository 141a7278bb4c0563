/* SPDX-License-Identifier: MIT */
/*
 * Both adapters of atomic_queue (Maxim Egorushkin, MIT), SPSC = true: AtomicQueueB, whose elements
 * are atomic, for 8 bytes, and AtomicQueueB2, which keeps a state beside each element, for others.
 *
 * It moves one message a call; a batch is a loop of these.  It has no loans of several messages.  A
 * message of 8 bytes is never 0, its sign of an empty slot.  Its slots are its own memory, aligned
 * to a line: bytes() says how much, and what the caller gives stays unused.
 *
 * Capacity: rounded up by it to a power of two, at least 64 for 8 bytes and 4096 for others, so it
 * takes capacities from 32 and from 2048 on.
 */
#ifndef PEER_ATOMIC_QUEUE_SPSC_H
#define PEER_ATOMIC_QUEUE_SPSC_H

#include <cstdlib>
#include <new>

#include <atomic_queue/atomic_queue.h>

#include "peer.h"

/* It makes its allocator itself, so that one has no state. */
template <typename T> struct atomic_queue_memory {
    using value_type = T;
    atomic_queue_memory() = default;
    template <typename U> atomic_queue_memory(const atomic_queue_memory<U> &)
    {
    }
    static T *allocate(std::size_t n)
    {
        const std::size_t line = PEER_LINE_BYTES;
        void *p = std::aligned_alloc(line, (n * sizeof(T) + line - 1) / line * line);
        if (p == nullptr)
            std::abort(); /* as new in a noexcept constructor */
        return static_cast<T *>(p);
    }
    static void deallocate(T *p, std::size_t)
    {
        std::free(p);
    }
};

template <typename T, bool throughput> struct atomic_queue_for {
    using type = atomic_queue::AtomicQueueB2<T, atomic_queue_memory<T>, throughput, false, true>;
    using element = T;
    static constexpr size_t least = 4096;
};
template <bool throughput> struct atomic_queue_for<peer_message_8, throughput> {
    using element = uint64_t;
    using type = atomic_queue::AtomicQueueB<element, atomic_queue_memory<element>, element{},
                                            throughput, false, true>;
    static constexpr size_t least = 64;
};

struct atomic_queue_place {
    struct RS_SEPARATED {
        unsigned char queue[256];
    } shared;
    struct RS_SEPARATED {
        size_t msg_bytes;
    } constant;
};

template <typename T, bool throughput>
RS_INLINE typename atomic_queue_for<T, throughput>::type *
atomic_queue_of(struct atomic_queue_place *p)
{
    using queue = typename atomic_queue_for<T, throughput>::type;
    static_assert(sizeof(queue) <= sizeof p->shared.queue, "more room for the queue");
    return reinterpret_cast<queue *>(p->shared.queue);
}

/* Its slots: the next power of two; 0 if that is more than twice the capacity. */
RS_INLINE size_t atomic_queue_slots(size_t capacity, size_t msg_bytes)
{
    size_t slots = msg_bytes == 8 ? atomic_queue_for<peer_message_8, true>::least
                                  : atomic_queue_for<peer_message_16, true>::least;
    while (slots < capacity)
        slots *= 2;
    return slots > 2 * capacity || slots > UINT32_MAX / 2 ? 0 : slots;
}

RS_INLINE size_t atomic_queue_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)
{
    if (rs_slots_bytes(capacity, msg_bytes, msg_align) == 0)
        return 0;
    const size_t slots = atomic_queue_slots(capacity, msg_bytes);
    return slots == 0 ? 0 : rs_slots_bytes(slots, msg_bytes + (msg_bytes != 8), 1);
}

template <bool throughput>
RS_INLINE int atomic_queue_init(struct atomic_queue_place *p, const struct rs_config *cfg)
{
    if (atomic_queue_bytes(cfg->capacity, cfg->msg_bytes, 1) == 0)
        return -EINVAL;
    p->constant.msg_bytes = cfg->msg_bytes;
    switch (cfg->msg_bytes) {
#define ATOMIC_QUEUE_INIT(n)                                                                       \
    case n:                                                                                        \
        new (p->shared.queue) typename atomic_queue_for<peer_message_##n, throughput>::type(       \
            (unsigned)cfg->capacity);                                                              \
        break;
        PEER_SIZE_LIST(ATOMIC_QUEUE_INIT)
#undef ATOMIC_QUEUE_INIT
    }
    return 0;
}

/* An element of 8 bytes is a number, others are the message. */
template <typename T, bool throughput>
RS_INLINE bool atomic_queue_push_as(struct atomic_queue_place *p, const void *msg)
{
    using element = typename atomic_queue_for<T, throughput>::element;
    if constexpr (sizeof(T) == 8) {
        element e;
        memcpy(&e, msg, sizeof e);
        return atomic_queue_of<T, throughput>(p)->try_push(e);
    } else {
        return atomic_queue_of<T, throughput>(p)->try_push(*(const element *)msg);
    }
}

template <typename T, bool throughput>
RS_INLINE bool atomic_queue_pop_as(struct atomic_queue_place *p, void *msg)
{
    using element = typename atomic_queue_for<T, throughput>::element;
    if constexpr (sizeof(T) == 8) {
        element e;
        if (!atomic_queue_of<T, throughput>(p)->try_pop(e))
            return false;
        memcpy(msg, &e, sizeof e);
        return true;
    } else {
        return atomic_queue_of<T, throughput>(p)->try_pop(*(element *)msg);
    }
}

template <bool throughput>
RS_INLINE bool atomic_queue_push(struct atomic_queue_place *p, const void *msg, size_t size)
{
    switch (size) {
#define ATOMIC_QUEUE_PUSH(n)                                                                       \
    case n:                                                                                        \
        return atomic_queue_push_as<peer_message_##n, throughput>(p, msg);
        PEER_SIZE_LIST(ATOMIC_QUEUE_PUSH)
#undef ATOMIC_QUEUE_PUSH
    }
    return false;
}

template <bool throughput>
RS_INLINE bool atomic_queue_pop(struct atomic_queue_place *p, void *msg, size_t size)
{
    switch (size) {
#define ATOMIC_QUEUE_POP(n)                                                                        \
    case n:                                                                                        \
        return atomic_queue_pop_as<peer_message_##n, throughput>(p, msg);
        PEER_SIZE_LIST(ATOMIC_QUEUE_POP)
#undef ATOMIC_QUEUE_POP
    }
    return false;
}

template <bool throughput> RS_INLINE size_t atomic_queue_count(struct atomic_queue_place *p)
{
    switch (p->constant.msg_bytes) {
#define ATOMIC_QUEUE_COUNT(n)                                                                      \
    case n:                                                                                        \
        return atomic_queue_of<peer_message_##n, throughput>(p)->was_size();
        PEER_SIZE_LIST(ATOMIC_QUEUE_COUNT)
#undef ATOMIC_QUEUE_COUNT
    }
    return 0;
}

/* The contract of peer `name`. */
#define ATOMIC_QUEUE_PEER(name, throughput)                                                        \
    struct rs_##name {                                                                             \
        struct atomic_queue_place place;                                                           \
        struct peer_end end;                                                                       \
    };                                                                                             \
    RS_INLINE size_t rs_##name##_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)        \
    {                                                                                              \
        return atomic_queue_bytes(capacity, msg_bytes, msg_align);                                 \
    }                                                                                              \
    RS_INLINE int rs_##name##_init(struct rs_##name *r, void *mem, const struct rs_config *cfg)    \
    {                                                                                              \
        int err = peer_check(cfg, mem, RS_CAPS_##name);                                            \
        rs_store_relaxed(&r->end.closed, 0u);                                                      \
        return err ? err : atomic_queue_init<throughput>(&r->place, cfg);                          \
    }                                                                                              \
    RS_INLINE bool rs_##name##_push(struct rs_##name *r, const void *msg, size_t size)             \
    {                                                                                              \
        return atomic_queue_push<throughput>(&r->place, msg, size);                                \
    }                                                                                              \
    RS_INLINE bool rs_##name##_pop(struct rs_##name *r, void *msg, size_t size)                    \
    {                                                                                              \
        return atomic_queue_pop<throughput>(&r->place, msg, size);                                 \
    }                                                                                              \
    RS_INLINE size_t rs_##name##_count(struct rs_##name *r)                                        \
    {                                                                                              \
        return atomic_queue_count<throughput>(&r->place);                                          \
    }                                                                                              \
    PEER_CLOSE(name);                                                                              \
    RS_RING_DEFAULTS(name)

#endif
