/* SPDX-License-Identifier: MIT */
/*
 * What every ring marks (RS_EVENTS = 1), read through PAPI: exact counts of a script, the same
 * contract for each ring of the table, and threads that come and go.
 */
#include "graph/sde.h"
#include "papi_fixture.h"
#include "rings/events.h"
#include "rings/mirror.h"

#include <array>
#include <cstdlib>
#include <memory>
#include <ostream>
#include <thread>

#if !RS_EVENTS
#error "build it with EVENTS=1"
#endif

namespace
{

struct Counts {
    long long full, empty, refresh, pushed, popped;
    bool operator==(const Counts &o) const
    {
        return full == o.full && empty == o.empty && refresh == o.refresh && pushed == o.pushed &&
               popped == o.popped;
    }
};

std::ostream &operator<<(std::ostream &to, const Counts &c)
{
    return to << "full " << c.full << " empty " << c.empty << " refresh " << c.refresh << " pushed "
              << c.pushed << " popped " << c.popped;
}

/* What all rings marked since it was made or read last. */
class Marks
{
  public:
    Marks()
    {
        read();
    }
    Counts read()
    {
        std::array<uint64_t, RS_EVENT_KINDS> now;
        for (size_t i = 0; i < RS_EVENT_KINDS; i++)
            now[i] = rs_events_sum(static_cast<rs_event>(i));
        auto since = [&](rs_event e) { return static_cast<long long>(now[e] - last[e]); };
        const Counts c = {since(RS_EVENT_full), since(RS_EVENT_empty), since(RS_EVENT_refresh),
                          since(RS_EVENT_pushed), since(RS_EVENT_popped)};
        last = now;
        return c;
    }

  private:
    std::array<uint64_t, RS_EVENT_KINDS> last{};
};

/* A ring of the table behind its pointers, 8-byte messages. */
class Ring
{
  public:
    explicit Ring(const rs_ring_ops *ops, size_t capacity = 4) : op(ops)
    {
        rs_config cfg{};
        cfg.capacity = capacity, cfg.msg_bytes = sizeof(uint64_t), cfg.msg_align = 1;
        cfg = rs_config_fit(&cfg, op->caps);
        bytes = op->bytes(capacity, sizeof(uint64_t), cfg.msg_align);
        ring = std::aligned_alloc(RS_SEPARATION, (op->struct_bytes + RS_SEPARATION - 1) /
                                                     RS_SEPARATION * RS_SEPARATION);
        EXPECT_EQ(0, rs_slots_alloc(op->caps, bytes, cfg.msg_align, &slots));
        std::fill(std::begin(messages), std::end(messages), 7u);
        EXPECT_EQ(0, op->init(ring, slots, &cfg));
    }
    ~Ring()
    {
        std::free(ring);
        rs_slots_free(op->caps, slots, bytes);
    }
    Ring(const Ring &) = delete;
    Ring &operator=(const Ring &) = delete;

    bool push()
    {
        return op->push(ring, &message, sizeof message);
    }
    bool pop()
    {
        return op->pop(ring, &message, sizeof message);
    }
    size_t push_n(size_t n)
    {
        return op->push_n(ring, messages, n, sizeof message);
    }
    size_t pop_n(size_t n)
    {
        return op->pop_n(ring, messages, n, sizeof message);
    }
    void flush()
    {
        op->flush(ring);
    }

    const rs_ring_ops *op;
    void *ring, *slots = nullptr;
    size_t bytes;
    rs_span span;

  private:
    uint64_t message = 7, messages[64]; /* no word is 0 */
};

const rs_ring_ops *ops_of(const std::string &name)
{
    for (size_t i = 0; i < rs_ring_table_count; i++)
        if (name == rs_ring_table[i].name)
            return rs_ring_table[i].ops;
    ADD_FAILURE() << "no ring " << name;
    return nullptr;
}

/* ---- exact counts ---------------------------------------------------------------------------- */

/* Pops from an empty ring of 4, fills it and pushes once more, drains it and pops once more. */
void fill_and_drain(Ring &r)
{
    EXPECT_FALSE(r.pop());
    for (int i = 0; i < 4; i++)
        EXPECT_TRUE(r.push());
    EXPECT_FALSE(r.push());
    for (int i = 0; i < 4; i++)
        EXPECT_TRUE(r.pop());
    EXPECT_FALSE(r.pop());
}

/* 6 into a ring of 4 that has been filled and drained, and out again. */
void batch(Ring &r)
{
    EXPECT_EQ(4u, r.push_n(6));
    EXPECT_EQ(4u, r.pop_n(6));
}

struct Script {
    const char *ring;
    Counts singles, batch;
};

void PrintTo(const Script &s, std::ostream *to)
{
    *to << s.ring;
}

/* naive and padded look at the other side at each of the 11 calls; cached when its view shows no
 * room or no message: at the first and last pop, the pop after the fill, and the refused push.  The
 * batches of naive are loops: the call that finds the ring full, or empty, is one of their own. */
const Script scripts[] = {
    {"naive", {1, 2, 11, 4, 4}, {1, 1, 10, 4, 4}}, {"padded", {1, 2, 11, 4, 4}, {0, 0, 2, 4, 4}},
    {"cached", {1, 2, 4, 4, 4}, {0, 0, 2, 4, 4}},  {"chunked", {1, 2, 4, 4, 4}, {0, 0, 2, 4, 4}},
    {"mutex", {1, 2, 0, 4, 4}, {0, 0, 0, 4, 4}},   {"mirrored", {1, 2, 4, 4, 4}, {0, 0, 2, 4, 4}},
};

class Exact : public testing::TestWithParam<Script>
{
};

TEST_P(Exact, CountsOfAScript)
{
    Ring r(ops_of(GetParam().ring));
    Marks marks;
    fill_and_drain(r);
    EXPECT_EQ(GetParam().singles, marks.read());
    batch(r);
    EXPECT_EQ(GetParam().batch, marks.read());
}

TEST_P(Exact, PapiReadsTheSame)
{
    SKIP_WITHOUT_PAPI();
    ASSERT_EQ(nullptr, rs_sde_open());
    PapiReader papi({"rings.full_hits", "rings.empty_hits", "rings.index_refreshes",
                     "rings.pushed_msgs", "rings.popped_msgs"});
    Ring r(ops_of(GetParam().ring));
    papi.start();
    fill_and_drain(r);
    const std::vector<long long> v = papi.read();
    EXPECT_EQ(GetParam().singles, (Counts{v[0], v[1], v[2], v[3], v[4]}));
}

INSTANTIATE_TEST_SUITE_P(Rings, Exact, testing::ValuesIn(scripts),
                         [](const auto &p) { return std::string(p.param.ring); });

TEST(Spans, AreMarkedAsTheyAreLentAndSettled)
{
    Ring r(ops_of("chunked"));
    Marks marks;
    EXPECT_EQ(0u, r.op->peek(r.ring, 1, &r.span));
    EXPECT_EQ((Counts{0, 1, 1, 0, 0}), marks.read()) << "peek of an empty ring";
    EXPECT_EQ(4u, r.op->reserve(r.ring, 8, &r.span));
    EXPECT_EQ((Counts{0, 0, 1, 0, 0}), marks.read()) << "a loan moves nothing";
    r.op->commit(r.ring, 3);
    EXPECT_EQ((Counts{0, 0, 0, 3, 0}), marks.read()) << "what is committed, not what was lent";
    EXPECT_EQ(0u, r.op->reserve_all(r.ring, 2, &r.span));
    EXPECT_EQ((Counts{1, 0, 1, 0, 0}), marks.read()) << "1 slot is free, 2 were asked for";
    EXPECT_EQ(0u, r.op->peek_all(r.ring, 4, &r.span));
    EXPECT_EQ((Counts{0, 1, 1, 0, 0}), marks.read()) << "3 messages are there, 4 were asked for";
    EXPECT_EQ(3u, r.op->peek(r.ring, 3, &r.span));
    r.op->release(r.ring, 2);
    EXPECT_EQ((Counts{0, 0, 0, 0, 2}), marks.read());
}

/* The null ring moves nothing, and counts what its caller believes. */
TEST(Null, CountsWhatItWasGiven)
{
    Ring r(ops_of("null"));
    Marks marks;
    r.push();
    r.push_n(3);
    r.pop_n(2);
    EXPECT_EQ((Counts{0, 0, 0, 4, 2}), marks.read());
}

/* ---- every ring of the table ----------------------------------------------------------------- */

class EveryRing : public testing::TestWithParam<const rs_ring_ops *>
{
  protected:
    const rs_ring_ops *ops = GetParam();
};
class EveryRealRing : public EveryRing /* moves what it is given */
{
};
class EverySpanRing : public EveryRing
{
};

std::vector<const rs_ring_ops *> rings_with(unsigned caps, unsigned without = 0)
{
    std::vector<const rs_ring_ops *> found;
    for (size_t i = 0; i < rs_ring_table_count; i++)
        if ((rs_ring_table[i].ops->caps & caps) == caps && !(rs_ring_table[i].ops->caps & without))
            found.push_back(rs_ring_table[i].ops);
    return found;
}

std::string ring_name(const testing::TestParamInfo<const rs_ring_ops *> &p)
{
    return p.param->name;
}

TEST_P(EveryRealRing, MarksFullEmptyAndEachMessageOnce)
{
    Ring r(ops, 8);
    Marks marks;
    long long moved = 0;
    while (r.push())
        moved++;
    r.flush();
    const Counts filled = marks.read();
    EXPECT_EQ(1, filled.full) << "the push that was refused, and no other: rs_note(full, 1)";
    EXPECT_EQ(moved, filled.pushed) << "rs_note(pushed, 1) where a message is published";
    while (r.pop())
        ;
    const Counts drained = marks.read();
    EXPECT_EQ(1, drained.empty) << "the pop that was refused, and no other: rs_note(empty, 1)";
    EXPECT_EQ(moved, drained.popped) << "rs_note(popped, 1) where a slot is returned";
    EXPECT_EQ(0, filled.popped + drained.pushed + filled.empty + drained.full);
}

TEST_P(EveryRing, MarksBatchesAsMessages)
{
    Ring r(ops, 64);
    Marks marks;
    EXPECT_EQ(5u, r.push_n(5));
    r.flush();
    EXPECT_EQ(5u, r.pop_n(5));
    const Counts c = marks.read();
    EXPECT_EQ(5, c.pushed);
    EXPECT_EQ(5, c.popped);
    EXPECT_EQ(0, r.op->caps & RS_NO_TRANSFER ? 0 : c.full + c.empty);
}

TEST_P(EverySpanRing, MarksSpansAsMessages)
{
    Ring r(ops, 8);
    Marks marks;
    ASSERT_EQ(8u, ops->reserve(r.ring, 8, &r.span));
    ops->commit(r.ring, 8);
    EXPECT_EQ(0u, ops->reserve(r.ring, 1, &r.span));
    r.flush();
    ASSERT_EQ(8u, ops->peek(r.ring, 8, &r.span));
    ops->release(r.ring, 8);
    EXPECT_EQ(0u, ops->peek(r.ring, 1, &r.span));
    const Counts c = marks.read();
    EXPECT_EQ(8, c.pushed);
    EXPECT_EQ(8, c.popped);
    EXPECT_EQ(1, c.full);
    EXPECT_EQ(1, c.empty);
}

/* Asking for nothing finds nothing full. */
TEST_P(EveryRing, MarksNothingForNothing)
{
    Ring r(ops, 8);
    Marks marks;
    EXPECT_EQ(0u, r.pop_n(0));
    EXPECT_LT(0u, r.push_n(8));
    marks.read();
    EXPECT_EQ(0u, r.push_n(0));
    const Counts c = marks.read();
    EXPECT_EQ(0, c.full + c.empty + c.pushed + c.popped);
}

INSTANTIATE_TEST_SUITE_P(Table, EveryRing, testing::ValuesIn(rings_with(0)), ring_name);
INSTANTIATE_TEST_SUITE_P(Table, EveryRealRing, testing::ValuesIn(rings_with(0, RS_NO_TRANSFER)),
                         ring_name);
INSTANTIATE_TEST_SUITE_P(Table, EverySpanRing, testing::ValuesIn(rings_with(RS_ZERO_COPY)),
                         ring_name);

/* ---- threads --------------------------------------------------------------------------------- */

void stream(Ring &r, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        EXPECT_TRUE(r.push());
        EXPECT_TRUE(r.pop());
    }
}

TEST(Threads, WhatAThreadCountedStaysWhenItEnds)
{
    Ring r(ops_of("cached"));
    Marks marks;
    for (uint64_t i = 0; i < 100; i++)
        std::thread(stream, std::ref(r), i).join();
    EXPECT_EQ(4950, marks.read().pushed);
}

TEST(Threads, ThatCountAtTheSameTimeLoseNothing)
{
    enum { THREADS = 8, MESSAGES = 50000 };
    Marks marks;
    std::vector<std::thread> threads;
    for (int t = 0; t < THREADS; t++)
        threads.emplace_back([] {
            Ring r(ops_of("padded"));
            stream(r, MESSAGES);
        });
    long long last = 0;
    for (int i = 0; i < 1000; i++) {
        const long long now = static_cast<long long>(rs_events_sum(RS_EVENT_pushed));
        EXPECT_GE(now, last) << "a sum goes back";
        last = now;
    }
    for (std::thread &t : threads)
        t.join();
    const Counts c = marks.read();
    EXPECT_EQ(THREADS * MESSAGES, c.pushed);
    EXPECT_EQ(THREADS * MESSAGES, c.popped);
    EXPECT_EQ(2 * THREADS * MESSAGES, c.refresh);
}

/* Between two threads: what one side was refused and the other did is all there. */
TEST(Threads, TheTwoSidesOfARingCountTogether)
{
    Ring r(ops_of("padded"), 8);
    Marks marks;
    long long refused[2] = {0, 0};
    std::thread producer([&] {
        for (uint64_t i = 0; i < 20000; i++)
            while (!r.op->push(r.ring, &i, sizeof i))
                refused[0]++;
    });
    uint64_t got;
    for (int i = 0; i < 20000; i++)
        while (!r.op->pop(r.ring, &got, sizeof got))
            refused[1]++;
    producer.join();
    const Counts c = marks.read();
    EXPECT_EQ((Counts{refused[0], refused[1], 40000 + refused[0] + refused[1], 20000, 20000}), c);
}

} // namespace
