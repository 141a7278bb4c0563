/* SPDX-License-Identifier: MIT */
/* Shows that a chase visits every line of every prefix once, in no order that can be guessed. */
#include "measure/chase.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <map>
#include <set>
#include <vector>

namespace
{

struct mapped {
    struct chase c = {};
    int err;
    mapped(size_t bytes, size_t stride, uint64_t seed = 7, bool huge = false)
        : err(chase_map(&c, bytes, stride, huge, seed))
    {
    }
    ~mapped()
    {
        chase_unmap(&c);
    }
    mapped(const mapped &) = delete;
    mapped &operator=(const mapped &) = delete;

    /* The lines in the order they are visited, from line 0 until it comes round. */
    std::vector<size_t> cycle() const
    {
        std::vector<size_t> order;
        const unsigned char *at = c.memory;
        do {
            order.push_back(static_cast<size_t>(at - c.memory) / c.stride_bytes);
            at = *reinterpret_cast<unsigned char *const *>(at);
        } while (at != c.memory && order.size() <= c.lines);
        return order;
    }
};

TEST(Chase, EveryPrefixIsOneCycleOverAllItsLines)
{
    mapped m(1 << 20, 64);
    ASSERT_EQ(0, m.err);
    for (size_t lines : {1u, 2u, 3u, 64u, 65u, 1000u, 16384u}) {
        chase_grow(&m.c, lines * 64);
        std::vector<size_t> order = m.cycle();
        ASSERT_EQ(lines, order.size());
        EXPECT_EQ(lines, std::set<size_t>(order.begin(), order.end()).size());
        EXPECT_LT(*std::max_element(order.begin(), order.end()), lines);
    }
}

TEST(Chase, EveryCountOfLinesAndEveryStrideIsOneCycle)
{
    for (size_t stride : {8u, 64u, 128u, 4096u}) {
        mapped m(131 * stride, stride);
        ASSERT_EQ(0, m.err);
        for (size_t lines = 1; lines <= 131; lines++) {
            chase_grow(&m.c, lines * stride);
            std::vector<size_t> order = m.cycle();
            ASSERT_EQ(lines, order.size()) << stride;
            EXPECT_EQ(lines, std::set<size_t>(order.begin(), order.end()).size());
        }
    }
}

TEST(Chase, GrowsNoFurtherThanItsRoomAndNeverShrinks)
{
    mapped m(4096, 64);
    chase_grow(&m.c, 1 << 20);
    EXPECT_EQ(64u, m.c.lines);
    chase_grow(&m.c, 64);
    EXPECT_EQ(64u, m.cycle().size());
}

/* A cycle that went along the lines would let a prefetcher run ahead: of 4096 random steps about
 * one leads to the next line and one to the line before. */
TEST(Chase, StepsHaveNoStrideToGuess)
{
    mapped m(4096 * 64, 64);
    chase_grow(&m.c, 4096 * 64);
    std::vector<size_t> order = m.cycle();
    size_t neighbours = 0;
    std::map<long, size_t> strides;
    for (size_t i = 0; i < order.size(); i++) {
        long step = static_cast<long>(order[(i + 1) % order.size()]) - static_cast<long>(order[i]);
        neighbours += std::labs(step) == 1;
        strides[step]++;
    }
    EXPECT_LT(neighbours, 16u);
    for (const auto &s : strides)
        EXPECT_LT(s.second, 16u) << "stride " << s.first;
}

/* Of three lines there are two cycles; a uniform draw takes each half the time. */
TEST(Chase, AllCyclesAreAsLikely)
{
    const int trials = 2000;
    int forward = 0;
    for (int seed = 0; seed < trials; seed++) {
        mapped m(4096, 64, static_cast<uint64_t>(seed));
        chase_grow(&m.c, 3 * 64);
        forward += m.cycle()[1] == 1;
    }
    EXPECT_NEAR(trials / 2, forward, 5 * std::sqrt(trials) / 2);
}

TEST(Chase, TheSeedGivesTheCycle)
{
    mapped a(65536, 64, 3), b(65536, 64, 3), other(65536, 64, 4);
    for (struct chase *c : {&a.c, &b.c, &other.c})
        chase_grow(c, 65536);
    EXPECT_EQ(a.cycle(), b.cycle());
    EXPECT_NE(a.cycle(), other.cycle());
}

TEST(Chase, WalksAsFarAsItSays)
{
    mapped m(1000 * 64, 64);
    chase_grow(&m.c, 1000 * 64);
    std::vector<size_t> order = m.cycle();
    uint64_t gone = chase_walk(&m.c, 5);
    EXPECT_EQ(16u, gone);
    EXPECT_EQ(m.c.memory + order[16] * 64, m.c.at);
    uint64_t steps = 0;
    EXPECT_GT(chase_time(&m.c, 1 << 20, 0, &steps), 0);
    EXPECT_GE(steps, static_cast<uint64_t>(CHASE_STEPS_MIN));
    EXPECT_GE(steps, 100000u);
}

TEST(Chase, RefusesAStrideThatHoldsNoPointer)
{
    EXPECT_EQ(-EINVAL, mapped(4096, 4).err);
    EXPECT_EQ(-EINVAL, mapped(4096, 96).err);
    EXPECT_EQ(-EINVAL, mapped(64, 128).err);
}

TEST(Chase, PlainPagesWhereNoHugeOnesWereAsked)
{
    mapped m(8 << 20, 64);
    chase_grow(&m.c, 8 << 20);
    EXPECT_LE(chase_huge_bytes(&m.c), 0);
}

} // namespace
