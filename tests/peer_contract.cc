/* SPDX-License-Identifier: MIT */
/*
 * What the kernels take for granted of a peer, of every peer of the command it is linked as that
 * has operations on single messages (those in Rust have loops only, see peer_loops.cc): the
 * capacity rule, order and content over many laps, batches and loans cut at the end of the slots,
 * and the end of a stream.  On one thread: the kernels' own check is made on two.
 */
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "experiments/kernels/message.h"
#include "experiments/peers/sizes.h"
#include "rings/ring.h"

namespace
{

std::vector<const rs_ring_entry *> peers()
{
    std::vector<const rs_ring_entry *> all;
    for (size_t i = 0; i < rs_ring_table_count; i++)
        if ((rs_ring_table[i].ops->caps & RS_PEER) && rs_ring_table[i].ops->push != nullptr)
            all.push_back(&rs_ring_table[i]);
    return all;
}

struct Free {
    void operator()(void *p) const
    {
        std::free(p);
    }
};
using Memory = std::unique_ptr<unsigned char, Free>;

Memory memory(size_t bytes)
{
    const size_t page = 4096;
    return Memory(
        static_cast<unsigned char *>(std::aligned_alloc(page, (bytes + page - 1) / page * page)));
}

/* A peer of one shape, and messages for it. */
struct Peer {
    const rs_ring_ops *ops;
    size_t size;
    Memory ring, slots, buffer;
    int err;

    Peer(const rs_ring_entry *entry, size_t capacity, size_t msg_bytes)
        : ops(entry->ops), size(msg_bytes), ring(memory(ops->struct_bytes)),
          slots(memory(ops->bytes(capacity, msg_bytes, 1))), buffer(memory(64 * msg_bytes))
    {
        rs_config cfg{};
        cfg.capacity = capacity, cfg.msg_bytes = msg_bytes, cfg.msg_align = 1;
        err = ops->init(ring.get(), slots.get(), &cfg);
    }
    bool push(uint64_t seq)
    {
        message_fill(buffer.get(), seq, size);
        return ops->push(ring.get(), buffer.get(), size);
    }
    /* Pops a message: 0 if it is whole and number seq, else what differs. */
    uint64_t pop(uint64_t seq)
    {
        memset(buffer.get(), 0, size);
        return ops->pop(ring.get(), buffer.get(), size) ? message_check(buffer.get(), seq, size)
                                                        : UINT64_MAX;
    }
};

const size_t capacities[] = {1, 2, 16, 1000, 1024, 4096, 65536};
#define SIZE(n) n,
const size_t sizes[] = {PEER_SIZE_LIST(SIZE)};
#undef SIZE

class EachPeer : public testing::TestWithParam<const rs_ring_entry *>
{
  protected:
    /* Every shape that the peer takes; how many there were. */
    template <typename Check> size_t each(Check check)
    {
        size_t taken = 0;
        for (size_t capacity : capacities)
            for (size_t size : sizes) {
                if (GetParam()->ops->bytes(capacity, size, 1) == 0)
                    continue;
                SCOPED_TRACE("capacity " + std::to_string(capacity) + ", bytes " +
                             std::to_string(size));
                if (capacity * size > (8u << 20)) /* the pages of a test */
                    continue;
                Peer p(GetParam(), capacity, size);
                if (p.err == -EINVAL && (capacity & (capacity - 1)) != 0)
                    continue; /* a power of two only */
                EXPECT_EQ(p.err, 0);
                check(p, capacity);
                taken++;
            }
        return taken;
    }
};

TEST_P(EachPeer, HoldsWhatTheCapacitySaysAndAtMostTwiceAsMuch)
{
    const size_t taken = each([](Peer &p, size_t capacity) {
        size_t held = 0;
        while (held <= 2 * capacity && p.push(held))
            held++;
        EXPECT_GE(held, capacity);
        EXPECT_LE(held, 2 * capacity);
        EXPECT_EQ(p.ops->count(p.ring.get()), held);
        for (size_t i = 0; i < held; i++)
            ASSERT_EQ(p.pop(i), 0u) << "message " << i;
        EXPECT_EQ(p.pop(held), UINT64_MAX) << "it is empty";
    });
    EXPECT_GT(taken, 0u);
}

TEST_P(EachPeer, KeepsOrderAndContentOverManyLaps)
{
    each([](Peer &p, size_t capacity) {
        uint64_t pushed = 0, popped = 0;
        const size_t laps = capacity > 4096 ? 2 : 5;
        while (popped < laps * capacity + 7) {
            for (size_t i = 0; i < capacity / 2 + 1 && p.push(pushed); i++)
                pushed++;
            for (size_t i = 0; i < capacity / 3 + 1 && popped < pushed; i++, popped++)
                ASSERT_EQ(p.pop(popped), 0u) << "message " << popped;
        }
    });
}

TEST_P(EachPeer, BatchesAreCutWhereTheyMustBe)
{
    each([](Peer &p, size_t) {
        uint64_t pushed = 0, popped = 0;
        for (int round = 0; round < 200; round++) {
            const size_t n = 1 + (size_t)round * 7 % 31;
            for (size_t i = 0; i < n; i++)
                message_fill(p.buffer.get() + i * p.size, pushed + i, p.size);
            const size_t moved = p.ops->push_n(p.ring.get(), p.buffer.get(), n, p.size);
            ASSERT_LE(moved, n);
            pushed += moved;
            const size_t most = 1 + (size_t)round * 5 % 29;
            const size_t got = p.ops->pop_n(p.ring.get(), p.buffer.get(), most, p.size);
            ASSERT_LE(got, most);
            ASSERT_EQ(got, std::min<uint64_t>(most, pushed - popped));
            for (size_t i = 0; i < got; i++)
                ASSERT_EQ(message_check(p.buffer.get() + i * p.size, popped + i, p.size), 0u);
            popped += got;
        }
        EXPECT_GT(popped, 0u);
    });
}

TEST_P(EachPeer, LoansAreCutAtTheEndOfTheSlots)
{
    if ((GetParam()->ops->caps & RS_ZERO_COPY) == 0)
        GTEST_SKIP() << "it has no spans";
    each([](Peer &p, size_t) {
        uint64_t pushed = 0, popped = 0;
        for (int round = 0; round < 300; round++) {
            rs_span s;
            const size_t lent = p.ops->reserve(p.ring.get(), 1 + (size_t)round % 13, &s);
            for (size_t i = 0; i < lent; i++)
                message_fill(rs_span_at(&s, i), pushed + i, p.size);
            ASSERT_EQ(s.piece[0].count + s.piece[1].count, lent);
            p.ops->commit(p.ring.get(), lent);
            pushed += lent;
            const size_t ready = p.ops->peek(p.ring.get(), 1 + (size_t)round % 11, &s);
            for (size_t i = 0; i < ready; i++)
                ASSERT_EQ(message_check(rs_span_at(&s, i), popped + i, p.size), 0u);
            p.ops->release(p.ring.get(), ready);
            popped += ready;
        }
        EXPECT_GT(popped, 0u);
    });
}

TEST_P(EachPeer, TellsTheEnd)
{
    Peer p(GetParam(), 1024, 8);
    ASSERT_EQ(p.err, 0);
    EXPECT_FALSE(p.ops->closed(p.ring.get()));
    p.ops->close(p.ring.get());
    EXPECT_TRUE(p.ops->closed(p.ring.get()));
}

TEST_P(EachPeer, RefusesASizeItHasNoTypeFor)
{
    Memory ring = memory(GetParam()->ops->struct_bytes), slots = memory(1 << 16);
    rs_config cfg{};
    cfg.capacity = 1024, cfg.msg_bytes = 40, cfg.msg_align = 1;
    EXPECT_EQ(GetParam()->ops->init(ring.get(), slots.get(), &cfg), -EINVAL);
}

INSTANTIATE_TEST_SUITE_P(Peers, EachPeer, testing::ValuesIn(peers()),
                         [](const testing::TestParamInfo<const rs_ring_entry *> &at) {
                             return std::string(at.param->name);
                         });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(EachPeer);

} // namespace
