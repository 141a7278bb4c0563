/* SPDX-License-Identifier: MIT */
/* The contract of ring.h, from one thread, for every ring of the table. */
#include "ring_fixture.h"

#include <deque>

class Config : public RingTest
{
  protected:
    int init(const rs_config &cfg, size_t offset_bytes = 0)
    {
        Guarded ring(ops()->struct_bytes, 256);
        if (can(RS_MIRRORED) && rs_config_refusal(&cfg, ops()->caps) == nullptr) {
            Slots mapped(ops(), cfg);
            return ops()->init(ring.at(), mapped.at() + offset_bytes, &cfg);
        }
        Guarded mem(size_t(1) << 20, 8192);
        return ops()->init(ring.at(), mem.at() + offset_bytes, &cfg);
    }
    void expect_refused(const rs_config &cfg)
    {
        EXPECT_EQ(init(cfg), -EINVAL)
            << cfg.capacity << " slots of " << cfg.msg_bytes << " at " << cfg.msg_align;
        EXPECT_NE(rs_config_refusal(&cfg, ops()->caps), nullptr);
    }
};

TEST_P(Config, TableEntryIsComplete)
{
    EXPECT_STREQ(GetParam()->name, ops()->name);
    EXPECT_STRNE(GetParam()->summary, "");
    EXPECT_EQ(ops()->separation, unsigned(RS_SEPARATION));
    EXPECT_GT(ops()->struct_bytes, 0u);
    EXPECT_EQ(can(RS_ZERO_COPY), ops()->reserve != nullptr);
    EXPECT_EQ(can(RS_ZERO_COPY), ops()->reserve_all && ops()->commit && ops()->peek &&
                                     ops()->peek_all && ops()->release);
    EXPECT_EQ(can(RS_BLOCKING), ops()->wait_space != nullptr);
    EXPECT_EQ(can(RS_BLOCKING), ops()->wait_data != nullptr);
    EXPECT_EQ(can(RS_VARLEN), ops()->claim != nullptr);
    EXPECT_EQ(can(RS_VARLEN), ops()->record_max && ops()->commit_record && ops()->abort_record &&
                                  ops()->next_record && ops()->release_record);
    EXPECT_NE(ops()->slack, nullptr);
    rs_config cfg = config_of(1024, 8);
    EXPECT_EQ(can(RS_DEFERS_CREDIT), ops()->slack(&cfg) > 0);
}

TEST_P(Config, DeferIsAtMostHalfOfTheCapacity)
{
    for (size_t capacity : {1u, 2u, 64u}) {
        rs_config cfg = fitting(capacity, 8);
        cfg.defer = capacity / 2 + 1;
        expect_refused(cfg);
        cfg.defer = capacity / 2;
        EXPECT_EQ(init(cfg), 0);
        EXPECT_LT(ops()->slack(&cfg), capacity);
    }
}

TEST_P(Config, TakesEveryCapacityThatItsCapsAllow)
{
    for (size_t capacity : {1u, 2u, 3u, 4u, 7u, 8u, 1000u, 1024u}) {
        bool power_of_two = (capacity & (capacity - 1)) == 0;
        bool whole_pages = capacity * 8 % rs_page_bytes() == 0;
        bool taken = (power_of_two || !can(RS_POWER_OF_TWO)) && (whole_pages || !can(RS_MIRRORED));
        int expected = taken ? 0 : -EINVAL;
        rs_config cfg = config_of(capacity, 8);
        EXPECT_EQ(init(cfg), expected) << capacity;
        EXPECT_EQ(rs_config_refusal(&cfg, ops()->caps) == nullptr, expected == 0) << capacity;
        EXPECT_GE(ops()->bytes(capacity, 8, 1), capacity * 8);
    }
}

TEST_P(Config, RefusesZeroesAndOddAlignments)
{
    expect_refused(config_of(0, 8));
    expect_refused(config_of(2, 0));
    for (size_t align : {0u, 3u, 12u, 65u})
        expect_refused(config_of(2, 8, align));
    EXPECT_EQ(ops()->bytes(0, 8, 1), 0u);
    if (can(RS_NONZERO_ONLY))
        expect_refused(config_of(2, sizeof(size_t) - 1));
    EXPECT_EQ(ops()->bytes(2, 0, 1), 0u);
    EXPECT_EQ(ops()->bytes(2, 8, 0), 0u);
}

TEST_P(Config, RefusesWhatCannotBeAddressed)
{
    const size_t half = SIZE_MAX / 2 + 1;
    expect_refused(config_of(half, 1));     /* over half of the index range */
    expect_refused(config_of(half / 4, 8)); /* capacity * size overflows to 0 */
    expect_refused(config_of(half / 64, 1, 4096));
    expect_refused(config_of(1, SIZE_MAX));
    expect_refused(config_of(1, SIZE_MAX - 7, 64));
    expect_refused(config_of(1, 1, half));
    EXPECT_EQ(ops()->bytes(half, 1, 1), 0u);
    EXPECT_EQ(ops()->bytes(half / 4, 8, 1), 0u);
    EXPECT_EQ(ops()->bytes(half / 64, 1, 4096), 0u);
    EXPECT_EQ(ops()->bytes(1, SIZE_MAX, 1), 0u);
}

TEST_P(Config, RefusesMissingOrMisalignedMemory)
{
    Guarded ring(ops()->struct_bytes, 256);
    rs_config cfg = fitting(2, 8);
    EXPECT_EQ(ops()->init(ring.at(), nullptr, &cfg), -EINVAL);
    EXPECT_EQ(ops()->init(ring.at(), ring.at(), nullptr), -EINVAL);
    EXPECT_EQ(init(cfg, 0), 0);
    for (size_t offset : {1u, 8u, 32u})
        EXPECT_EQ(init(cfg, offset), -EINVAL) << offset;
    EXPECT_EQ(init(config_of(2, 8, 4096), ops()->separation), -EINVAL);
    if (can(RS_MIRRORED))
        return; /* a mapping has one address; see test_rings_mirrored.cc */
    EXPECT_EQ(init(cfg, ops()->separation), 0);
    EXPECT_EQ(init(config_of(2, 8, 4096), 4096), 0);
}
EVERY_RING(Config);

class Fifo : public RingTest
{
  protected:
    /* A ring that moves nothing takes and yields anything at any time, and stays empty. */
    static void exercise_without_transfer(Ring &r)
    {
        for (size_t i = 0; i < 2 * r.capacity(); i++) {
            EXPECT_TRUE(r.pop());
            EXPECT_TRUE(r.push());
        }
        EXPECT_EQ(r.push_n(r.capacity() + 1), r.capacity() + 1);
        EXPECT_EQ(r.pop_n(r.capacity() + 1), r.capacity() + 1);
        EXPECT_EQ(r.count(), 0u);
    }
    /* Fills to the last slot, is refused one more, drains in order; `laps` times. */
    static void fill_and_drain(Ring &r, int laps)
    {
        if (!r.transfers())
            return exercise_without_transfer(r);
        for (int lap = 0; lap < laps && !::testing::Test::HasFailure(); lap++) {
            EXPECT_FALSE(r.pop());
            size_t taken = 0;
            for (; r.push(); taken++)
                EXPECT_EQ(r.count(), taken + 1);
            EXPECT_GE(taken, r.least_capacity());
            EXPECT_LE(taken, r.capacity());
            EXPECT_FALSE(r.push());
            take_until_one_fits(r);
            size_t held = r.count();
            for (size_t i = 0; i < held; i++)
                EXPECT_TRUE(r.pop());
            EXPECT_FALSE(r.pop());
        }
    }
    /* From full: a returned slot is taken again, at once or when the slack is used up. */
    static void take_until_one_fits(Ring &r)
    {
        while (r.least_room() == 0)
            ASSERT_TRUE(r.pop());
        EXPECT_TRUE(r.push()) << "a returned slot is not taken again";
        const size_t least = r.count() + r.least_room();
        while (r.push()) {
        }
        EXPECT_LE(r.count(), r.capacity());
        EXPECT_GE(r.count(), least);
    }
};

TEST_P(Fifo, EverySlotIsUsable)
{
    for (size_t capacity : capacities()) {
        SCOPED_TRACE(capacity);
        Ring r(ops(), config_of(capacity, 8));
        fill_and_drain(r, 3);
    }
}

TEST_P(Fifo, MessageSizesAndAlignments)
{
    for (size_t size : sizes())
        for (size_t align : {1u, 64u, 128u, 4096u}) {
            SCOPED_TRACE(std::to_string(size) + " bytes at " + std::to_string(align));
            Ring r(ops(), config_of(8, size, align));
            fill_and_drain(r, 2);
            EXPECT_EQ(r.push_n(1), 1u);
            EXPECT_EQ(r.pop_n(3), r.transfers() ? 1u : 3u);
        }
}

TEST_P(Fifo, IndicesWrap)
{
    const rs_index top = static_cast<rs_index>(0) - 3;
    for (rs_index start : {top, static_cast<rs_index>(0xfffffffd), static_cast<rs_index>(0)})
        for (size_t capacity : capacities()) {
            SCOPED_TRACE(std::to_string(start) + " capacity " + std::to_string(capacity));
            Ring r(ops(), config_of(capacity, 8, 1, start));
            fill_and_drain(r, 5);
            for (int i = 0; i < 9; i++) {
                size_t moved = r.push_n(capacity);
                EXPECT_GE(moved, r.least_capacity());
                EXPECT_EQ(r.pop_n(moved), moved);
            }
        }
}

/* A message that looks like an empty slot is refused, and nothing is written. */
TEST_P(Fifo, ZeroesAreMessagesOrRefused)
{
    Ring r(ops(), config_of(8, 24));
    std::vector<unsigned char> zeroes(24), got(24, 1);
    zeroes[12] = 7;
    EXPECT_EQ(ops()->push(r.get(), zeroes.data(), 24), !can(RS_NONZERO_ONLY));
    ops()->flush(r.get());
    EXPECT_EQ(ops()->pop(r.get(), got.data(), 24), !can(RS_NONZERO_ONLY));
    if (!can(RS_NONZERO_ONLY) && transfers()) {
        EXPECT_EQ(got, zeroes);
    }
    EXPECT_EQ(ops()->push_n(r.get(), zeroes.data(), 1, 24), can(RS_NONZERO_ONLY) ? 0u : 1u);
}

TEST_P(Fifo, InitMakesAnEmptyOpenRingAgain)
{
    rs_config cfg = fitting(2, 8);
    Guarded ring(ops()->struct_bytes, 256);
    Slots mem(ops(), cfg);
    uint64_t msg = 7;
    for (int life = 0; life < 2; life++) {
        ASSERT_EQ(ops()->init(ring.at(), mem.at(), &cfg), 0);
        EXPECT_FALSE(ops()->closed(ring.at()));
        EXPECT_EQ(ops()->count(ring.at()), 0u);
        if (transfers()) {
            EXPECT_FALSE(ops()->pop(ring.at(), &msg, 8));
        }
        EXPECT_TRUE(ops()->push(ring.at(), &msg, 8));
        ops()->close(ring.at());
    }
}

TEST_P(Fifo, BatchesOfEverySizeMixedWithSingles)
{
    for (size_t capacity : capacities()) {
        SCOPED_TRACE(capacity);
        Ring r(ops(), config_of(capacity, 12, 1, static_cast<rs_index>(0) - 5));
        if (!r.transfers()) {
            exercise_without_transfer(r);
            continue;
        }
        for (size_t n : {size_t(0), size_t(1), capacity - 1, capacity, capacity + 1}) {
            EXPECT_EQ(r.pop_n(n), 0u);
            size_t held = r.push_n(n);
            r.expect_fits(held, n, r.least_capacity(), capacity);
            EXPECT_EQ(r.count(), held);
            size_t more = held + r.push() + r.push_n(n);
            r.expect_fits(more, held + 1 + n, r.least_capacity(), capacity);
            EXPECT_EQ(r.pop(), more > 0);
            held = r.count();
            EXPECT_EQ(r.pop_n(n), n < held ? n : held);
            EXPECT_EQ(r.pop_n(capacity + 1), held - (n < held ? n : held));
            EXPECT_EQ(r.count(), 0u);
        }
    }
}

/* Random operations against a count kept beside the ring. */
TEST_P(Fifo, RandomOperationsFollowTheModel)
{
    unsigned seed = test_seed();
    TRACE_SEED(seed);
    std::mt19937 random(seed);
    for (size_t capacity : capacities()) {
        SCOPED_TRACE(capacity);
        Ring r(ops(), config_of(capacity, 8, 1, static_cast<rs_index>(0) - 1000));
        if (!r.transfers()) {
            exercise_without_transfer(r);
            continue;
        }
        for (int step = 0; step < 3000 && !HasFailure(); step++) {
            size_t held = static_cast<size_t>(r.pushed() - r.popped());
            size_t least = r.least_room(), most = r.most_room();
            size_t n = random() % (capacity + 2);
            switch (random() % 5) {
            case 0:
                r.expect_fits(r.push(), 1, least, most);
                break;
            case 1:
                EXPECT_EQ(r.pop(), held > 0);
                break;
            case 2:
                r.expect_fits(r.push_n(n), n, least, most);
                break;
            case 3:
                EXPECT_EQ(r.pop_n(n), n < held ? n : held);
                break;
            default:
                EXPECT_EQ(r.count(), held);
            }
        }
    }
}
/* Both ways of copying in, at sizes around where the second begins, at odd addresses and not. */
TEST_P(Fifo, LargeMessagesByEitherCopy)
{
    for (bool stream : {false, true})
        for (size_t size : {1016u, 1023u, 1024u, 1025u, 1031u, 4096u})
            for (size_t align : {1u, 64u, 4096u}) {
                SCOPED_TRACE(size);
                rs_config cfg = config_of(4, size, align);
                cfg.stream = stream;
                Ring r(ops(), cfg);
                for (int lap = 0; lap < 3; lap++) {
                    EXPECT_TRUE(r.push());
                    EXPECT_TRUE(r.pop());
                    const size_t n = r.push_n(3);
                    EXPECT_GE(n, r.least_capacity() < 3 ? r.least_capacity() : 3);
                    EXPECT_EQ(r.pop_n(n), n);
                }
            }
}

EVERY_RING(Fifo);

class Close : public Fifo
{
  protected:
    /* The drain protocol of ring.h. */
    static size_t drain(Ring &r)
    {
        for (size_t n = 0;; n++) {
            bool ended = r.closed();
            if (!r.pop() && ended)
                return n;
            if (n > r.capacity() || !ended)
                return SIZE_MAX; /* would never end */
        }
    }
};

TEST_P(Close, StartsOpenAndIsIdempotent)
{
    Ring r(ops(), config_of(2, 8));
    EXPECT_FALSE(r.closed());
    for (int i = 0; i < 3; i++) {
        r.close();
        EXPECT_TRUE(r.closed());
        EXPECT_TRUE(r.closed());
    }
}

TEST_P(Close, LosesNothingPushedBefore)
{
    for (size_t capacity : capacities())
        for (size_t held : {size_t(0), size_t(1), capacity}) {
            Ring r(ops(), config_of(capacity, 8));
            size_t moved = r.push_n(held);
            r.expect_fits(moved, held, r.least_capacity(), capacity);
            r.close();
            if (r.transfers()) {
                EXPECT_EQ(drain(r), moved);
                EXPECT_EQ(r.popped(), moved);
                EXPECT_FALSE(r.pop());
            }
            EXPECT_EQ(r.count(), 0u);
            EXPECT_TRUE(r.closed());
        }
}

TEST_P(Close, BatchesDrainToo)
{
    Ring r(ops(), config_of(8, 8));
    EXPECT_EQ(r.push_n(3), 3u);
    r.close();
    EXPECT_EQ(r.pop_n(2), 2u);
    EXPECT_EQ(r.pop_n(2), r.transfers() ? 1u : 2u);
    EXPECT_EQ(r.pop_n(2), r.transfers() ? 0u : 2u);
}

TEST_P(Close, FlushIsHarmlessAtAnyTime)
{
    Ring r(ops(), config_of(2, 8));
    ops()->flush(r.get());
    EXPECT_TRUE(r.push());
    ops()->flush(r.get());
    ops()->flush(r.get());
    EXPECT_EQ(r.count(), r.transfers() ? 1u : 0u);
    EXPECT_TRUE(r.pop());
    ops()->flush(r.get());
    EXPECT_EQ(r.count(), 0u);
    r.close();
    ops()->flush(r.get());
    EXPECT_TRUE(r.closed());
}

/* wait_* return at once where there is something to do, or nothing more to come. */
TEST_P(Close, WaitsReturnWhenThereIsNothingToWaitFor)
{
    Ring r(ops(), config_of(1, 8));
    if (!can(RS_BLOCKING)) {
        EXPECT_EQ(ops()->wait_space, nullptr);
        return;
    }
    ops()->wait_space(r.get());
    EXPECT_TRUE(r.push());
    ops()->wait_data(r.get());
    r.close();
    ops()->wait_space(r.get());
    EXPECT_TRUE(r.pop());
    ops()->wait_data(r.get());
}
EVERY_RING(Close);
