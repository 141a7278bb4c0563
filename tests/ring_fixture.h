/* SPDX-License-Identifier: MIT */
/*
 * What the ring tests share: a ring with its memory behind rs_ring_ops, messages whose every
 * byte is known from their number, and the parameter over rs_ring_table, so that a ring is
 * tested by being in variants.def.
 */
#ifndef RINGSIDE_TESTS_RING_FIXTURE_H
#define RINGSIDE_TESTS_RING_FIXTURE_H

#include "rings/mirror.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <new>
#include <ostream>
#include <random>
#include <string>
#include <thread>
#include <vector>

inline void PrintTo(const rs_ring_entry *entry, std::ostream *out)
{
    *out << entry->name;
}

inline rs_config config_of(size_t capacity, size_t msg_bytes, size_t msg_align = 1,
                           rs_index start = 0)
{
    rs_config cfg{};
    cfg.capacity = capacity;
    cfg.msg_bytes = msg_bytes;
    cfg.msg_align = msg_align;
    cfg.start = start;
    return cfg;
}

/* Memory at an aligned address, with a margin behind it that must stay as it was. */
class Guarded
{
  public:
    Guarded(size_t bytes, size_t align) : bytes_(bytes), align_(align)
    {
        at_ =
            static_cast<unsigned char *>(::operator new(bytes + kMargin, std::align_val_t(align_)));
        std::fill(at_, at_ + bytes + kMargin, kUntouched);
    }
    ~Guarded()
    {
        EXPECT_TRUE(margin_untouched()) << "something was written behind the ring's memory";
        ::operator delete(at_, std::align_val_t(align_));
    }
    Guarded(const Guarded &) = delete;
    Guarded &operator=(const Guarded &) = delete;

    unsigned char *at() const
    {
        return at_;
    }
    bool margin_untouched() const
    {
        for (size_t i = 0; i < kMargin; i++)
            if (at_[bytes_ + i] != kUntouched)
                return false;
        return true;
    }

  private:
    static constexpr size_t kMargin = 64;
    static constexpr unsigned char kUntouched = 0xa5;
    size_t bytes_, align_;
    unsigned char *at_;
};

/* Slot memory for a ring and a cfg that it takes: guarded, or mapped twice where it must be. */
class Slots
{
  public:
    Slots(const rs_ring_ops *ops, const rs_config &cfg)
        : bytes_(ops->bytes(cfg.capacity, cfg.msg_bytes, cfg.msg_align))
    {
        const size_t align = cfg.msg_align > ops->separation ? cfg.msg_align : ops->separation;
        if ((ops->caps & RS_MIRRORED) == 0)
            guarded_ = std::make_unique<Guarded>(bytes_, align);
        else
            EXPECT_EQ(rs_mirror_map(bytes_, &mapped_), 0);
    }
    ~Slots()
    {
        if (mapped_ != nullptr)
            rs_mirror_unmap(mapped_, bytes_);
    }
    Slots(const Slots &) = delete;
    Slots &operator=(const Slots &) = delete;

    unsigned char *at() const
    {
        return guarded_ ? guarded_->at() : static_cast<unsigned char *>(mapped_);
    }

  private:
    size_t bytes_;
    std::unique_ptr<Guarded> guarded_;
    void *mapped_ = nullptr;
};

/* Message number i: `size` bytes that all depend on i; no word of 8 is 0 (RS_NONZERO_ONLY). */
inline std::vector<unsigned char> message(uint64_t i, size_t size)
{
    std::vector<unsigned char> m(size);
    uint64_t x = (i + 1) * 0x9e3779b97f4a7c15u;
    for (size_t k = 0; k < size; k++) {
        x ^= x >> 29;
        x *= 0xbf58476d1ce4e5b9u;
        m[k] = static_cast<unsigned char>(x >> 56);
    }
    return m;
}

inline std::vector<unsigned char> messages(uint64_t first, size_t n, size_t size)
{
    std::vector<unsigned char> all;
    for (size_t i = 0; i < n; i++) {
        std::vector<unsigned char> m = message(first + i, size);
        all.insert(all.end(), m.begin(), m.end());
    }
    return all;
}

/* A ring of the table, its memory, and the numbers of the next message in and out. */
class Ring
{
  public:
    Ring(const rs_ring_ops *ops, const rs_config &cfg)
        : ops_(ops), cfg_(rs_config_fit(&cfg, ops->caps)), ring_(ops->struct_bytes, 256),
          slots_(ops, cfg_)
    {
        EXPECT_EQ(ops_->init(get(), slots_.at(), &cfg_), 0);
    }

    void *get() const
    {
        return ring_.at();
    }
    const rs_ring_ops *ops() const
    {
        return ops_;
    }
    size_t capacity() const
    {
        return cfg_.capacity;
    }
    size_t size() const
    {
        return cfg_.msg_bytes;
    }
    size_t align() const
    {
        return cfg_.msg_align;
    }
    bool transfers() const
    {
        return (ops_->caps & RS_NO_TRANSFER) == 0;
    }
    /* Free slots: all, or all but those that the consumer may hold back. */
    size_t most_room() const
    {
        return capacity() - size_t(in_ - out_);
    }
    size_t least_room() const
    {
        size_t room = most_room(), slack = ops_->slack(&cfg_);
        return room > slack ? room - slack : 0;
    }
    /* How many messages an empty ring takes at least. */
    size_t least_capacity() const
    {
        return capacity() - (ops_->caps & RS_COARSE ? ops_->slack(&cfg_) : 0);
    }
    void expect_fits(size_t moved, size_t n, size_t least, size_t most) const
    {
        EXPECT_LE(moved, n < most ? n : most);
        EXPECT_GE(moved, n < least ? n : least);
    }

    /* Each moves numbered messages and says whether, or how many. */
    bool push()
    {
        bool ok = ops_->push(get(), message(in_, size()).data(), size());
        ops_->flush(get());
        in_ += ok;
        return ok;
    }
    size_t push_n(size_t n)
    {
        size_t done = ops_->push_n(get(), messages(in_, n, size()).data(), n, size());
        ops_->flush(get());
        in_ += done;
        return done;
    }
    bool pop()
    {
        std::vector<unsigned char> m(size(), 0xee);
        if (!ops_->pop(get(), m.data(), size())) {
            EXPECT_EQ(m, std::vector<unsigned char>(size(), 0xee)) << "an empty pop wrote";
            return false;
        }
        check(m.data(), 1);
        return true;
    }
    size_t pop_n(size_t n)
    {
        std::vector<unsigned char> m(n * size() + 1);
        size_t done = ops_->pop_n(get(), m.data(), n, size());
        EXPECT_LE(done, n);
        check(m.data(), done);
        return done;
    }
    /* Writes the first n lent slots in place and publishes them. */
    void commit(const rs_span &s, size_t n)
    {
        for (size_t i = 0; i < n; i++)
            memcpy(rs_span_at(&s, i), message(in_ + i, size()).data(), size());
        ops_->commit(get(), n);
        ops_->flush(get());
        in_ += n;
    }
    /* Checks the first n lent messages in place and returns their slots. */
    void release(const rs_span &s, size_t n)
    {
        for (size_t i = 0; i < n; i++)
            check(rs_span_at(&s, i), 1);
        ops_->release(get(), n);
    }
    size_t count() const
    {
        return ops_->count(get());
    }
    void close() const
    {
        ops_->close(get());
    }
    bool closed() const
    {
        return ops_->closed(get());
    }
    uint64_t pushed() const
    {
        return in_;
    }
    uint64_t popped() const
    {
        return out_;
    }

  private:
    void check(const unsigned char *m, size_t n)
    {
        if (transfers() && n > 0) {
            EXPECT_EQ(std::vector<unsigned char>(m, m + n * size()), messages(out_, n, size()))
                << "messages from number " << out_;
        }
        out_ += n;
    }

    const rs_ring_ops *ops_;
    rs_config cfg_;
    Guarded ring_;
    Slots slots_;
    uint64_t in_ = 0, out_ = 0;
};

/* Messages in a long run are divided by this: a thread sanitizer slows every access. */
#if defined(__SANITIZE_THREAD__)
constexpr uint64_t kScale = 10;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
constexpr uint64_t kScale = 10;
#else
constexpr uint64_t kScale = 1;
#endif
#else
constexpr uint64_t kScale = 1;
#endif

constexpr std::chrono::seconds patience{20};

/* Tries again, giving the CPU away, for both sides may share one; no wait is without end. */
class Retry
{
  public:
    /* False when it is time to give up. */
    bool again()
    {
        if (++spins_ < 64)
            return true;
        std::this_thread::yield();
        return spins_ % 64 != 0 || std::chrono::steady_clock::now() < end_;
    }

  private:
    unsigned spins_ = 0;
    std::chrono::steady_clock::time_point end_ = std::chrono::steady_clock::now() + patience;
};

/* A seed to vary random tests; RS_TEST_SEED=<n> repeats one. */
inline unsigned test_seed()
{
    const char *given = std::getenv("RS_TEST_SEED");
    return given ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : std::random_device()();
}

#define TRACE_SEED(seed) SCOPED_TRACE("repeat with RS_TEST_SEED=" + std::to_string(seed))

/* The parameter: one ring of the table. */
class RingTest : public ::testing::TestWithParam<const rs_ring_entry *>
{
  protected:
    const rs_ring_ops *ops() const
    {
        return GetParam()->ops;
    }
    bool can(unsigned cap) const
    {
        return (ops()->caps & cap) != 0;
    }
    bool transfers() const
    {
        return !can(RS_NO_TRANSFER);
    }
    /* A cfg that the ring takes: with wider slots where those of align 1 would not fill a page. */
    rs_config fitting(size_t capacity, size_t msg_bytes) const
    {
        rs_config cfg = config_of(capacity, msg_bytes);
        return rs_config_fit(&cfg, ops()->caps);
    }
    std::vector<size_t> sizes() const
    {
        return can(RS_NONZERO_ONLY) ? std::vector<size_t>{8, 12, 64, 200}
                                    : std::vector<size_t>{1, 8, 12, 64, 200};
    }
    std::vector<size_t> capacities() const
    {
        return can(RS_POWER_OF_TWO) ? std::vector<size_t>{1, 2, 4, 64}
                                    : std::vector<size_t>{1, 2, 3, 4, 64, 1000};
    }
};

inline std::vector<const rs_ring_entry *> every_ring()
{
    std::vector<const rs_ring_entry *> all;
    for (size_t i = 0; i < rs_ring_table_count; i++)
        all.push_back(&rs_ring_table[i]);
    return all;
}

inline std::string ring_name(const ::testing::TestParamInfo<const rs_ring_entry *> &info)
{
    return info.param->name;
}

#define EVERY_RING(suite)                                                                          \
    INSTANTIATE_TEST_SUITE_P(Every, suite, ::testing::ValuesIn(every_ring()), ring_name)

#endif
