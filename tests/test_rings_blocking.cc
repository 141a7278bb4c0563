/* SPDX-License-Identifier: MIT */
/* wait_space and wait_data: a thread sleeps in them no longer than it must, for every BLOCKING
 * ring. */
#include "ring_fixture.h"

#include <atomic>
#include <thread>

/* A thread that sleeps in a wait must be let out; if close cannot do it, nothing can. */
class Sleeper
{
  public:
    Sleeper(const Ring &r, void (*wait)(void *))
        : r_(r), thread_([this, wait] {
              wait(r_.get());
              awake_ = true;
          })
    {
    }
    bool awake_within(std::chrono::milliseconds time) const
    {
        for (auto end = std::chrono::steady_clock::now() + time;
             !awake_ && std::chrono::steady_clock::now() < end;)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return awake_;
    }
    ~Sleeper()
    {
        if (!awake_within(patience)) {
            ADD_FAILURE() << "never woke up";
            r_.close();
            if (!awake_within(patience)) {
                puts("[  FAILED  ] a thread sleeps for ever, even after close");
                std::_Exit(1);
            }
        }
        thread_.join();
    }

  private:
    const Ring &r_;
    std::atomic<bool> awake_{false};
    std::thread thread_;
};

class Blocking : public RingTest
{
  protected:
    /* A ring that does not block has nothing to wake. */
    bool blocks() const
    {
        EXPECT_EQ(can(RS_BLOCKING), ops()->wait_data != nullptr);
        return can(RS_BLOCKING);
    }
    static constexpr auto a_while = std::chrono::milliseconds(20);
};

TEST_P(Blocking, PushWakesTheConsumer)
{
    if (!blocks())
        return;
    Ring r(ops(), config_of(2, 8));
    Sleeper consumer(r, ops()->wait_data);
    EXPECT_FALSE(consumer.awake_within(a_while));
    EXPECT_TRUE(r.push());
}

TEST_P(Blocking, PopWakesTheProducer)
{
    if (!blocks())
        return;
    Ring r(ops(), config_of(2, 8));
    EXPECT_EQ(r.push_n(2), 2u);
    Sleeper producer(r, ops()->wait_space);
    EXPECT_FALSE(producer.awake_within(a_while));
    EXPECT_TRUE(r.pop());
}

TEST_P(Blocking, CloseWakesBoth)
{
    if (!blocks())
        return;
    Ring empty(ops(), config_of(2, 8)), full(ops(), config_of(2, 8));
    EXPECT_EQ(full.push_n(2), 2u);
    Sleeper consumer(empty, ops()->wait_data), producer(full, ops()->wait_space);
    EXPECT_FALSE(consumer.awake_within(a_while));
    EXPECT_FALSE(producer.awake_within(std::chrono::milliseconds(0)));
    empty.close();
    full.close();
}

/* Every message is waited for, so one lost wake-up stops the run. */
TEST_P(Blocking, NoWakeUpIsLost)
{
    if (!blocks())
        return;
    Ring r(ops(), config_of(1, 8));
    const uint64_t total = 20000 / kScale;
    std::atomic<bool> finished{false};
    std::thread watch([&] {
        for (Retry retry; !finished && retry.again();)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        if (!finished) {
            ADD_FAILURE() << "a wake-up was lost";
            r.close();
        }
    });
    std::thread producer([&] {
        for (uint64_t i = 0; i < total && !ops()->closed(r.get());)
            if (ops()->push(r.get(), &i, sizeof i))
                i++;
            else
                ops()->wait_space(r.get());
        ops()->close(r.get());
    });
    uint64_t got = 0;
    for (bool ended = false; !ended;) {
        uint64_t m = 0;
        ended = ops()->closed(r.get());
        for (; ops()->pop(r.get(), &m, sizeof m); got++)
            EXPECT_EQ(m, got);
        if (!ended)
            ops()->wait_data(r.get());
    }
    producer.join();
    finished = true;
    watch.join();
    EXPECT_EQ(got, total);
}
EVERY_RING(Blocking);
