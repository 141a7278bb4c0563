/* SPDX-License-Identifier: MIT */
/* Rings that go round in more slots than their capacity (rs_config.slots), and those that refuse.
 */
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "ring_fixture.h"

namespace
{

rs_config roaming(size_t capacity, size_t slots, rs_index start)
{
    rs_config cfg{};
    cfg.capacity = capacity, cfg.slots = slots, cfg.start = start;
    cfg.msg_bytes = sizeof(uint64_t), cfg.msg_align = 1;
    return cfg;
}

class Roaming : public testing::Test
{
  protected:
    void make(const rs_ring_ops *ring_ops, const rs_config &cfg)
    {
        ops = ring_ops;
        const size_t bytes = ops->bytes(rs_config_slots(&cfg), cfg.msg_bytes, cfg.msg_align);
        ring.assign(ops->struct_bytes / sizeof(Line) + 1, Line{});
        memory.assign(bytes / sizeof(Line) + 1, Line{});
        ASSERT_EQ(ops->init(ring.data(), memory.data(), &cfg), 0) << ops->name;
    }
    bool push(uint64_t message)
    {
        return ops->push(ring.data(), &message, sizeof message);
    }
    bool pop(uint64_t *message)
    {
        return ops->pop(ring.data(), message, sizeof *message);
    }

    struct alignas(256) Line {
        unsigned char byte[256];
    };
    const rs_ring_ops *ops = nullptr;
    std::vector<Line> ring, memory;
};

TEST_F(Roaming, HoldsItsCapacityAndGoesRoundInAllSlots)
{
    for (size_t i = 0; i < rs_ring_table_count; i++) {
        if ((rs_ring_table[i].ops->caps & RS_ROAMS) == 0)
            continue;
        make(rs_ring_table[i].ops, roaming(4, 16, static_cast<rs_index>(0) - 5));
        uint64_t next = 1, expected = 1, got;
        for (int lap = 0; lap < 20; lap++) {
            for (int k = 0; k < 4; k++)
                ASSERT_TRUE(push(next++)) << ops->name;
            ASSERT_FALSE(push(0)) << ops->name << " takes more than its capacity";
            ops->flush(ring.data());
            for (int k = 0; k < 4; k++) {
                ASSERT_TRUE(pop(&got)) << ops->name;
                ASSERT_EQ(got, expected++) << ops->name;
            }
            ASSERT_FALSE(pop(&got)) << ops->name;
        }
        /* The last 16 messages still lie in their slots: none was written twice in a lap. */
        const uint64_t *word = reinterpret_cast<const uint64_t *>(memory.data());
        for (uint64_t message = expected - 16; message < expected; message++)
            EXPECT_EQ(std::count(word, word + 16, message), 1) << ops->name << ' ' << message;
    }
}

TEST_F(Roaming, SlotsThatDoNotHoldTheCapacityAreRefused)
{
    for (size_t i = 0; i < rs_ring_table_count; i++) {
        const unsigned caps = rs_ring_table[i].ops->caps;
        for (size_t slots : {size_t(8), size_t(24), SIZE_MAX / 2 + 1}) {
            const rs_config cfg = roaming(16, slots, 0);
            EXPECT_NE(rs_config_refusal(&cfg, caps), nullptr) << rs_ring_table[i].name << slots;
        }
        const rs_config more = roaming(16, 64, 0);
        EXPECT_EQ(rs_config_refusal(&more, caps & ~(unsigned)RS_MIRRORED) == nullptr,
                  (caps & RS_ROAMS) != 0)
            << rs_ring_table[i].name;
    }
}

} /* namespace */
