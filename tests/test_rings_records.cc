/* SPDX-License-Identifier: MIT */
/* Records of any length (claim, commit_record, next_record), for every ring that carries them. */
#include "ring_fixture.h"

#include <deque>
#include <thread>

namespace
{

/* The first n bytes of record i. */
void write(const rs_record &record, uint64_t i, size_t n)
{
    const std::vector<unsigned char> m = message(i, n);
    std::copy(m.begin(), m.end(), static_cast<unsigned char *>(record.data));
}

bool is(const rs_record &record, uint64_t i)
{
    const std::vector<unsigned char> m = message(i, record.bytes);
    return std::equal(m.begin(), m.end(), static_cast<unsigned char *>(record.data));
}

/* A ring of records; what is moved is numbered, and its bytes tell the number. */
class Records
{
  public:
    Records(const rs_ring_ops *ops, size_t capacity, size_t msg_bytes, size_t align = 1,
            rs_index start = 0)
        : ops_(ops), cfg_(config_of(capacity, msg_bytes, align, start)),
          ring_(ops->struct_bytes, 256), slots_(ops, cfg_)
    {
        EXPECT_EQ(ops_->init(get(), slots_.at(), &cfg_), 0);
    }
    void *get() const
    {
        return ring_.at();
    }
    size_t max() const
    {
        return ops_->record_max(&cfg_);
    }
    size_t count() const
    {
        return ops_->count(get());
    }
    /* Writes n bytes into a claim of `claimed` and publishes them, or says why not. */
    int put(size_t n, size_t claimed)
    {
        rs_record record;
        int err = ops_->claim(get(), claimed, &record);
        if (err != 0)
            return err;
        EXPECT_EQ(record.bytes, claimed);
        expect_inside(record);
        fill(record, 0xdd); /* what is not committed may be written too */
        write(record, in_, n);
        ops_->commit_record(get(), n);
        sent_.push_back(n);
        in_++;
        return 0;
    }
    int put(size_t n)
    {
        return put(n, n);
    }
    void abort(size_t n)
    {
        rs_record record;
        if (ops_->claim(get(), n, &record) != 0)
            return;
        expect_inside(record);
        fill(record, 0xab);
        ops_->abort_record(get());
    }
    /* Looks twice at the oldest record; false where there is none, as there should be. */
    bool look(rs_record *record)
    {
        rs_record again;
        bool there = ops_->next_record(get(), record);
        EXPECT_EQ(there, !sent_.empty());
        if (!there || sent_.empty())
            return false;
        EXPECT_TRUE(ops_->next_record(get(), &again));
        EXPECT_EQ(record->data, again.data);
        EXPECT_EQ(record->bytes, again.bytes);
        EXPECT_EQ(record->bytes, sent_.front());
        expect_inside(*record);
        EXPECT_TRUE(is(*record, out_)) << "record " << out_ << " of " << record->bytes << " bytes";
        return true;
    }
    bool take()
    {
        rs_record record;
        if (!look(&record))
            return false;
        ops_->release_record(get());
        sent_.pop_front();
        out_++;
        return true;
    }
    size_t held() const
    {
        return sent_.size();
    }

  private:
    static void fill(const rs_record &record, int byte)
    {
        if (record.bytes > 0)
            memset(record.data, byte, record.bytes);
    }
    void expect_inside(const rs_record &record) const
    {
        const auto *at = static_cast<unsigned char *>(record.data);
        EXPECT_GE(at, slots_.at());
        EXPECT_LE(at + record.bytes,
                  slots_.at() + ops_->bytes(cfg_.capacity, cfg_.msg_bytes, cfg_.msg_align));
        EXPECT_EQ(reinterpret_cast<uintptr_t>(at) % RS_RECORD_UNIT, 0u);
    }

    const rs_ring_ops *ops_;
    rs_config cfg_;
    Guarded ring_;
    Slots slots_;
    std::deque<size_t> sent_; /* lengths of what is in the ring */
    uint64_t in_ = 0, out_ = 0;
};

} // namespace

class RecordRing : public RingTest
{
  protected:
    /* A ring that has no records says so by its caps and its table; that is all there is to see. */
    bool has_records() const
    {
        EXPECT_EQ(can(RS_VARLEN), ops()->claim != nullptr);
        return can(RS_VARLEN);
    }
    /* Moves an empty ring on by one header. */
    static void step(Records &r)
    {
        ASSERT_EQ(r.put(0), 0);
        ASSERT_TRUE(r.take());
    }
};

TEST_P(RecordRing, MaxIsHalfOfTheRingAndHoldsAMessage)
{
    if (!has_records())
        return;
    for (size_t capacity : {1u, 2u, 3u, 64u})
        for (size_t size : {1u, 8u, 13u, 200u})
            for (size_t align : {1u, 64u, 4096u}) {
                Records r(ops(), capacity, size, align);
                const size_t lap = (capacity + 1) * rs_record_stride_bytes(size, align);
                EXPECT_GE(r.max(), size) << capacity << " " << size << " " << align;
                EXPECT_LE(r.max() + RS_RECORD_UNIT, lap / 2);
                EXPECT_GT(rs_record_stride_bytes(r.max() + 1, align), lap / 2);
            }
}

/* In an empty ring, from wherever the last record ended, every record fits that is not too large.
 */
TEST_P(RecordRing, EverySizeFitsAtEveryOffset)
{
    if (!has_records())
        return;
    for (size_t capacity : {1u, 2u, 5u})
        for (size_t align : {1u, 32u}) {
            SCOPED_TRACE(std::to_string(capacity) + " at " + std::to_string(align));
            Records probe(ops(), capacity, 40, align);
            const size_t unit = rs_record_stride_bytes(0, align);
            const size_t lap = (capacity + 1) * rs_record_stride_bytes(40, align);
            for (size_t offset = 0; offset < lap; offset += unit)
                for (size_t n = 0; n <= probe.max() && !HasFailure(); n++) {
                    Records r(ops(), capacity, 40, align, static_cast<rs_index>(0) - 77);
                    for (size_t at = 0; at < offset; at += unit)
                        step(r);
                    EXPECT_EQ(r.put(n), 0) << n << " bytes from offset " << offset;
                    EXPECT_EQ(r.count(), 1u);
                    EXPECT_TRUE(r.take());
                    EXPECT_EQ(r.put(probe.max()), 0) << "the largest behind " << n << " bytes";
                    EXPECT_TRUE(r.take());
                    EXPECT_FALSE(r.take());
                    EXPECT_EQ(r.count(), 0u);
                }
        }
}

TEST_P(RecordRing, TooLargeIsNotFull)
{
    if (!has_records())
        return;
    Records r(ops(), 4, 24);
    for (size_t n :
         {r.max() + 1, r.max() + 8, size_t(100000), SIZE_MAX / 2, SIZE_MAX - 7, SIZE_MAX}) {
        EXPECT_EQ(r.put(0, n), -EMSGSIZE) << n;
        EXPECT_FALSE(r.take());
    }
    while (r.put(24) == 0) {
    }
    EXPECT_EQ(r.held(), 4u) << "capacity is counted in messages of msg_bytes";
    EXPECT_EQ(r.put(24), -EAGAIN);
    EXPECT_EQ(r.put(r.max()), -EAGAIN);
    EXPECT_EQ(r.put(0, r.max() + 1), -EMSGSIZE) << "too large is said of a full ring as well";
    EXPECT_TRUE(r.take());
    EXPECT_EQ(r.put(24), 0);
}

TEST_P(RecordRing, AbortedClaimsLeaveNothing)
{
    if (!has_records())
        return;
    Records r(ops(), 3, 40);
    for (int lap = 0; lap < 40; lap++) {
        r.abort(r.max());
        EXPECT_EQ(r.count(), 0u);
        EXPECT_FALSE(r.take());
        EXPECT_EQ(r.put(static_cast<size_t>(lap)), 0);
        r.abort(40);
        EXPECT_EQ(r.put(3, 30), 0) << "a claim after an abort";
        r.abort(1);
        EXPECT_TRUE(r.take());
        EXPECT_TRUE(r.take());
        EXPECT_FALSE(r.take());
    }
}

TEST_P(RecordRing, CommitOfLessThanWasClaimedGivesTheRestBack)
{
    if (!has_records())
        return;
    Records r(ops(), 4, 56); /* a lap of 320 bytes; a record of no bytes takes 8 */
    size_t n = 0;
    while (r.put(0, n % 2 ? 100 : 0) == 0)
        n++;
    EXPECT_GE(n, 20u);
    while (r.put(0) == 0)
        n++;
    EXPECT_EQ(n, 39u) << "all but the cleared header";
    while (r.take())
        n--;
    EXPECT_EQ(n, 0u);
}

/* Random operations against a queue beside the ring, and against its room by the rules of its
 * header: a claim succeeds just when the record, the padding before it and a header fit. */
TEST_P(RecordRing, RandomOperationsFollowTheModel)
{
    if (!has_records())
        return;
    const unsigned seed = test_seed();
    TRACE_SEED(seed);
    std::mt19937 random(seed);
    for (size_t capacity : {1u, 2u, 3u, 10u, 100u})
        for (size_t align : {1u, 16u}) {
            SCOPED_TRACE(std::to_string(capacity) + " at " + std::to_string(align));
            Records r(ops(), capacity, 24, align, static_cast<rs_index>(0) - 999);
            const size_t lap = (capacity + 1) * rs_record_stride_bytes(24, align);
            size_t at = 0, used = 0;
            std::deque<size_t> taken; /* bytes of the ring, by record */
            for (int step = 0; step < 20000 && !HasFailure(); step++) {
                const size_t claimed = random() % (r.max() + 3), n = random() % (claimed + 1);
                const size_t whole = rs_record_stride_bytes(claimed, align);
                const size_t padding = whole > lap - at ? lap - at : 0;
                const bool fits = used + padding + whole + RS_RECORD_UNIT <= lap;
                switch (random() % 5) {
                case 0:
                case 1:
                    ASSERT_EQ(r.put(n, claimed), claimed > r.max() ? -EMSGSIZE
                                                 : fits            ? 0
                                                                   : -EAGAIN);
                    if (claimed <= r.max() && fits) {
                        taken.push_back(padding + rs_record_stride_bytes(n, align));
                        used += taken.back();
                        at = (at + taken.back()) % lap;
                    }
                    break;
                case 2:
                    r.abort(claimed);
                    break;
                default:
                    if (r.take()) {
                        used -= taken.front();
                        taken.pop_front();
                    }
                }
                EXPECT_EQ(r.count(), r.held());
            }
        }
}

/* Two threads, records of 0 to the largest, some claimed larger and some dropped. */
TEST_P(RecordRing, ArriveWholeAndInOrderBetweenThreads)
{
    if (!has_records())
        return;
    const unsigned seed = test_seed();
    TRACE_SEED(seed);
    for (size_t capacity : {1u, 2u, 64u}) {
        SCOPED_TRACE(capacity);
        const uint64_t total = (capacity < 64 ? 10000 : 50000) / kScale;
        const rs_config cfg = config_of(capacity, 40, 1, static_cast<rs_index>(0) - 1000);
        Guarded ring(ops()->struct_bytes, 256);
        Slots slots(ops(), cfg);
        ASSERT_EQ(ops()->init(ring.at(), slots.at(), &cfg), 0);
        const size_t most = ops()->record_max(&cfg);
        auto size_of = [&](uint64_t i) {
            return size_t((i * 2654435761u + seed) >> 3) % (most + 1);
        };
        std::string producer_wrong, wrong;
        std::thread producer([&] {
            Retry retry;
            for (uint64_t i = 0; i < total && producer_wrong.empty();) {
                const size_t n = size_of(i);
                rs_record record;
                int err = ops()->claim(ring.at(), i % 3 ? n : most, &record);
                if (err != 0) {
                    if (err != -EAGAIN || ops()->closed(ring.at()) || !retry.again())
                        producer_wrong = "record " + std::to_string(i) + " gave up";
                    continue;
                }
                retry = Retry();
                if (i % 7 == 0 && record.bytes > 0) {
                    memset(record.data, 0xab, record.bytes);
                    ops()->abort_record(ring.at());
                    if (ops()->claim(ring.at(), n, &record) != 0)
                        producer_wrong = "no room for less than was dropped";
                }
                write(record, i, n);
                ops()->commit_record(ring.at(), n);
                i++;
            }
            ops()->close(ring.at());
        });
        uint64_t got = 0;
        Retry retry;
        while (wrong.empty()) {
            const bool ended = ops()->closed(ring.at());
            rs_record record;
            if (ops()->next_record(ring.at(), &record)) {
                retry = Retry();
                if (record.bytes != size_of(got) || !is(record, got))
                    wrong = "record " + std::to_string(got) + " is torn or not the next";
                got++;
                ops()->release_record(ring.at());
            } else if (ended) {
                break;
            } else if (!retry.again()) {
                wrong = "no record after " + std::to_string(got);
            }
        }
        ops()->close(ring.at());
        producer.join();
        EXPECT_EQ(wrong, "");
        EXPECT_EQ(producer_wrong, "");
        EXPECT_EQ(got, total);
    }
}

EVERY_RING(RecordRing);
