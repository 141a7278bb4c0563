/* SPDX-License-Identifier: MIT */
/*
 * The contract of ring.h between two threads, for every ring of the table.  No wait is without
 * end: a side that gets nowhere for `patience` gives up, and the test fails.
 */
#include "ring_fixture.h"

#include <thread>

namespace
{
struct Stamped {
    uint64_t number;
    uint64_t check;
};

Stamped stamped(uint64_t i)
{
    return {i + 1, (i + 1) * 0x9e3779b97f4a7c15u}; /* numbers from 1: no word is 0 */
}

enum Style { kSingles, kBatches, kSpans, kMixed };

/* One side of a run; it stops at the first thing that is wrong and says what. */
class Side
{
  public:
    Side(const Ring &r, uint64_t total, Style style, unsigned seed)
        : r_(r), ops_(r.ops()), total_(total), style_(style), random_(seed)
    {
    }
    std::string wrong;
    uint64_t moved = 0;

  protected:
    Style style()
    {
        return style_ == kMixed ? Style(random_() % ((ops_->caps & RS_ZERO_COPY) ? 3 : 2)) : style_;
    }
    size_t some()
    {
        return 1 + random_() % kMost;
    }
    void check_count()
    {
        size_t n = ops_->count(r_.get());
        if (n > r_.capacity())
            wrong = "count is " + std::to_string(n) + " of " + std::to_string(r_.capacity());
    }

    static constexpr size_t kMost = 100;
    const Ring &r_;
    const rs_ring_ops *ops_;
    uint64_t total_;
    Style style_;
    std::mt19937 random_;
};

class Producer : public Side
{
  public:
    using Side::Side;
    void run()
    {
        while (moved < total_ && wrong.empty()) {
            size_t n = some(), done = 0;
            n = n < total_ - moved ? n : size_t(total_ - moved);
            for (Retry retry; wrong.empty() && (done = put(n)) == 0;) {
                ops_->flush(r_.get());
                if (ops_->closed(r_.get()))
                    wrong = "the consumer gave up";
                else if (!retry.again())
                    wrong = "no room for message " + std::to_string(moved);
            }
            moved += done;
            check_count();
        }
        ops_->flush(r_.get());
        ops_->close(r_.get());
    }

  private:
    size_t put(size_t n)
    {
        Stamped batch[kMost];
        rs_span s;
        Style how = style();
        for (size_t i = 0; i < n && how != kSpans; i++)
            batch[i] = stamped(moved + i);
        if (how == kSingles)
            return ops_->push(r_.get(), batch, sizeof batch[0]);
        if (how == kBatches)
            return ops_->push_n(r_.get(), batch, n, sizeof batch[0]);
        n = ops_->reserve(r_.get(), n, &s);
        for (size_t i = 0; i < n; i++) {
            batch[0] = stamped(moved + i);
            memcpy(rs_span_at(&s, i), batch, sizeof batch[0]);
        }
        ops_->commit(r_.get(), n);
        return n;
    }
};

class Consumer : public Side
{
  public:
    using Side::Side;
    void run()
    {
        Retry retry;
        for (bool ended = false; wrong.empty();) {
            ended = ops_->closed(r_.get());
            if (take(some()) > 0)
                retry = Retry();
            else if (ended)
                break;
            else if (!retry.again())
                wrong = "no message after " + std::to_string(moved);
            check_count();
        }
        if (wrong.empty() && moved != total_)
            wrong = std::to_string(moved) + " messages came of " + std::to_string(total_);
        if (!wrong.empty())
            ops_->close(r_.get());
    }

  private:
    void check(const void *at)
    {
        Stamped m, want = stamped(moved);
        memcpy(&m, at, sizeof m);
        if (wrong.empty() && (m.number != want.number || m.check != want.check))
            wrong = "message " + std::to_string(moved) + " came as " + std::to_string(m.number) +
                    (m.check == stamped(m.number - 1).check ? "" : ", torn");
        moved++;
    }
    size_t take(size_t n)
    {
        Stamped batch[kMost];
        rs_span s;
        Style how = style();
        if (how == kSpans) {
            n = ops_->peek(r_.get(), n, &s);
            for (size_t i = 0; i < n; i++)
                check(rs_span_at(&s, i));
            ops_->release(r_.get(), n);
            return n;
        }
        if (how == kSingles)
            n = ops_->pop(r_.get(), batch, sizeof batch[0]);
        else
            n = ops_->pop_n(r_.get(), batch, n, sizeof batch[0]);
        for (size_t i = 0; i < n; i++)
            check(&batch[i]);
        return n;
    }
};
} // namespace

class Threads : public RingTest
{
  protected:
    void run(Style style, size_t capacity, uint64_t total)
    {
        unsigned seed = test_seed();
        TRACE_SEED(seed);
        SCOPED_TRACE("capacity " + std::to_string(capacity));
        Ring r(ops(), config_of(capacity, sizeof(Stamped), 1, static_cast<rs_index>(0) - 1000));
        Producer producer(r, total, style, seed);
        Consumer consumer(r, total, style, seed + 1);
        std::thread other([&] { producer.run(); });
        consumer.run();
        other.join();
        EXPECT_EQ(consumer.wrong, "") << "(consumer)";
        EXPECT_EQ(producer.wrong, "") << "(producer)";
        EXPECT_EQ(consumer.moved, total);
    }
    void run_all(Style style)
    {
        if (!transfers())
            return exercise_without_transfer();
        run(style, 1, 20000 / kScale);
        run(style, 2, 20000 / kScale);
        run(style, 64, 200000 / kScale);
    }
    /* What can be seen of a ring that moves nothing: neither side ever waits or sees a count. */
    void exercise_without_transfer()
    {
        Ring r(ops(), config_of(2, sizeof(Stamped)));
        auto all = [&](auto &&operation) {
            uint64_t done = 0;
            for (int i = 0; i < 10000; i++)
                done += operation() && ops()->count(r.get()) == 0;
            return done;
        };
        uint64_t pushed = 0;
        Stamped in = stamped(0), out = in;
        std::thread other([&] {
            pushed = all([&] { return ops()->push(r.get(), &in, sizeof in); });
            ops()->close(r.get());
        });
        EXPECT_EQ(all([&] { return ops()->pop(r.get(), &out, sizeof out); }), 10000u);
        other.join();
        EXPECT_EQ(pushed, 10000u);
        EXPECT_TRUE(ops()->closed(r.get()));
    }
};

TEST_P(Threads, Singles)
{
    run_all(kSingles);
}

TEST_P(Threads, Batches)
{
    run_all(kBatches);
}

TEST_P(Threads, SpansWhereItLends)
{
    run_all(can(RS_ZERO_COPY) ? kSpans : kBatches);
}

TEST_P(Threads, EverythingMixed)
{
    run_all(kMixed);
}

TEST_P(Threads, ProducerClosesWithMessagesInFlight)
{
    for (uint64_t total = 0; total < 100 && transfers() && !HasFailure(); total++)
        run(kSingles, 64, total);
    if (!transfers())
        exercise_without_transfer();
}

TEST_P(Threads, ConsumerClosesWithMessagesInFlight)
{
    for (int round = 0; round < 50 && !HasFailure(); round++) {
        Ring r(ops(), config_of(4, sizeof(Stamped)));
        int last_words = 0; /* plain: close must make it visible */
        bool gave_up = false;
        std::thread producer([&] {
            Stamped m = stamped(0);
            for (Retry retry; !ops()->closed(r.get()) && !gave_up; gave_up = !retry.again())
                (void)ops()->push(r.get(), &m, sizeof m);
            if (!gave_up) {
                EXPECT_EQ(last_words, round + 1);
            }
        });
        Stamped m;
        Retry retry;
        for (int taken = 0; taken < round && retry.again();)
            taken += ops()->pop(r.get(), &m, sizeof m);
        last_words = round + 1;
        ops()->close(r.get());
        producer.join();
        EXPECT_FALSE(gave_up) << "the producer never saw the close";
    }
}

EVERY_RING(Threads);
