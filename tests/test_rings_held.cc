/* SPDX-License-Identifier: MIT */
/* A side's own state in a local variable: rings that are RS_HELD. */
#include <gtest/gtest.h>

#include <thread>

#include "rings/cached.h"
#include "rings/credit.h"
#include "rings/lazy.h"

namespace
{

constexpr size_t kCapacity = 16;

/* A ring under one set of names: its operations are static inline functions, not members. */
#define HELD_RING(name, v)                                                                         \
    struct name {                                                                                  \
        rs_##v ring;                                                                               \
        alignas(RS_SEPARATION) unsigned char slots[2 * kCapacity * sizeof(uint64_t)];              \
        using producer = rs_##v##_producer;                                                        \
        using consumer = rs_##v##_consumer;                                                        \
        name()                                                                                     \
        {                                                                                          \
            rs_config cfg{};                                                                       \
            cfg.capacity = kCapacity, cfg.start = static_cast<rs_index>(0) - 5;                    \
            cfg.msg_bytes = sizeof(uint64_t), cfg.msg_align = 1;                                   \
            EXPECT_EQ(rs_##v##_init(&ring, slots, &cfg), 0);                                       \
        }                                                                                          \
        producer hold_producer()                                                                   \
        {                                                                                          \
            producer p;                                                                            \
            rs_##v##_take_producer(&ring, &p);                                                     \
            return p;                                                                              \
        }                                                                                          \
        consumer hold_consumer()                                                                   \
        {                                                                                          \
            consumer c;                                                                            \
            rs_##v##_take_consumer(&ring, &c);                                                     \
            return c;                                                                              \
        }                                                                                          \
        void put(producer *p)                                                                      \
        {                                                                                          \
            rs_##v##_put_producer(&ring, p);                                                       \
            rs_##v##_flush(&ring);                                                                 \
        }                                                                                          \
        void put(consumer *c)                                                                      \
        {                                                                                          \
            rs_##v##_put_consumer(&ring, c);                                                       \
        }                                                                                          \
        bool push(producer *p, uint64_t message)                                                   \
        {                                                                                          \
            return rs_##v##_push_held(&ring, p, &message, sizeof message);                         \
        }                                                                                          \
        bool pop(consumer *c, uint64_t *message)                                                   \
        {                                                                                          \
            return rs_##v##_pop_held(&ring, c, message, sizeof *message);                          \
        }                                                                                          \
        bool push(uint64_t message)                                                                \
        {                                                                                          \
            return rs_##v##_push(&ring, &message, sizeof message);                                 \
        }                                                                                          \
        bool pop(uint64_t *message)                                                                \
        {                                                                                          \
            return rs_##v##_pop(&ring, message, sizeof *message);                                  \
        }                                                                                          \
        size_t push_n(const uint64_t *messages, size_t n)                                          \
        {                                                                                          \
            return rs_##v##_push_n(&ring, messages, n, sizeof *messages);                          \
        }                                                                                          \
        size_t count()                                                                             \
        {                                                                                          \
            return rs_##v##_count(&ring);                                                          \
        }                                                                                          \
    }

HELD_RING(Cached, cached);
HELD_RING(Credit, credit);
HELD_RING(Lazy, lazy);

template <class Ring> class Held : public testing::Test
{
};
using Rings = testing::Types<Cached, Credit, Lazy>;
TYPED_TEST_SUITE(Held, Rings, );

TYPED_TEST(Held, SidesGoOnWhereTheStateThatWasPutBackIs)
{
    TypeParam r;
    uint64_t next = 1, expected = 1, got = 0;
    for (int round = 0; round < 50; round++) {
        auto p = r.hold_producer();
        while (r.push(&p, next))
            next++;
        EXPECT_EQ(next - expected, kCapacity) << "not all of the capacity, or more than it";
        r.put(&p);
        EXPECT_EQ(r.count(), kCapacity);
        EXPECT_FALSE(r.push(next)) << "the ring forgot what was pushed by a held state";

        auto c = r.hold_consumer();
        for (int i = 0; i < 5 + round % 7; i++, expected++)
            EXPECT_TRUE(r.pop(&c, &got) && got == expected);
        r.put(&c);
        EXPECT_EQ(r.count(), next - expected);

        while (r.pop(&got))
            EXPECT_EQ(got, expected++);
        EXPECT_EQ(expected, next);
        const uint64_t three[] = {next, next + 1, next + 2};
        EXPECT_EQ(r.push_n(three, 3), 3u);
        next += 3;
    }
}

TYPED_TEST(Held, TwoThreadsThatHoldTheirSidesLoseNothing)
{
    constexpr uint64_t messages = 200000;
    TypeParam r;
    std::thread producer([&r] {
        auto p = r.hold_producer();
        for (uint64_t i = 1; i <= messages; i++)
            while (!r.push(&p, i))
                std::this_thread::yield();
        r.put(&p);
    });
    auto c = r.hold_consumer();
    uint64_t wrong = 0, got = 0;
    for (uint64_t i = 1; i <= messages; i++) {
        while (!r.pop(&c, &got))
            std::this_thread::yield();
        wrong += got != i;
    }
    r.put(&c);
    producer.join();
    EXPECT_EQ(wrong, 0u);
    EXPECT_FALSE(r.pop(&got));
    EXPECT_EQ(r.count(), 0u);
}

} // namespace
