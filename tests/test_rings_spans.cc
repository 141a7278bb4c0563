/* SPDX-License-Identifier: MIT */
/* Loans of slots (reserve/commit, peek/release), from one thread, for every ring that lends. */
#include "ring_fixture.h"

class Spans : public RingTest
{
  protected:
    /* A ring that does not lend says so by its caps and its table; that is all there is to see. */
    bool lends() const
    {
        EXPECT_EQ(can(RS_ZERO_COPY), ops()->reserve != nullptr);
        return can(RS_ZERO_COPY);
    }
    size_t reserve(const Ring &r, size_t n, rs_span *s) const
    {
        size_t lent = ops()->reserve(r.get(), n, s);
        expect_pieces(r, lent, *s);
        return lent;
    }
    size_t peek(const Ring &r, size_t n, rs_span *s) const
    {
        size_t lent = ops()->peek(r.get(), n, s);
        expect_pieces(r, lent, *s);
        return lent;
    }
    /* Moves the ring n slots on, so that the next loan starts at slot n. */
    static void skip(Ring &r, size_t n)
    {
        EXPECT_EQ(r.push_n(n), n);
        EXPECT_EQ(r.pop_n(n), n);
    }

  private:
    static void expect_pieces(const Ring &r, size_t lent, const rs_span &s)
    {
        EXPECT_LE(lent, r.capacity());
        EXPECT_EQ(s.piece[0].count + s.piece[1].count, lent);
        EXPECT_GE(s.stride_bytes, r.size());
        EXPECT_FALSE(s.piece[0].count == 0 && s.piece[1].count > 0);
    }
};

TEST_P(Spans, PartialAndAllOrNothing)
{
    if (!lends())
        return;
    Ring r(ops(), config_of(4, 8));
    rs_span s;
    EXPECT_EQ(ops()->peek(r.get(), 4, &s), 0u);
    EXPECT_EQ(ops()->peek_all(r.get(), 1, &s), 0u);
    EXPECT_EQ(reserve(r, 0, &s), 0u);
    EXPECT_EQ(reserve(r, 9, &s), 4u);
    EXPECT_EQ(ops()->reserve_all(r.get(), 5, &s), 0u);
    EXPECT_EQ(ops()->reserve_all(r.get(), 3, &s), 3u);
    r.commit(s, 3);
    EXPECT_EQ(r.count(), 3u);
    EXPECT_EQ(ops()->reserve_all(r.get(), 2, &s), 0u);
    EXPECT_EQ(reserve(r, 2, &s), 1u);
    EXPECT_EQ(ops()->peek_all(r.get(), 4, &s), 0u);
    EXPECT_EQ(ops()->peek_all(r.get(), 3, &s), 3u);
    EXPECT_EQ(peek(r, 9, &s), 3u);
    r.release(s, 3);
    EXPECT_EQ(r.count(), 0u);
    EXPECT_EQ(reserve(r, 9, &s), 4u);
}

/* Where slots are mapped twice the second piece goes on behind the first. */
TEST_P(Spans, TwoPiecesAtTheWrap)
{
    if (!lends())
        return;
    const rs_index top = static_cast<rs_index>(0) - 6; /* the indices wrap on the way too */
    for (size_t at = 0; at < 8; at++) {
        SCOPED_TRACE(at);
        Ring r(ops(), config_of(8, 12, 1, static_cast<rs_index>(top & ~rs_index(7))));
        skip(r, at);
        rs_span s;
        ASSERT_EQ(reserve(r, 8, &s), 8u);
        const size_t first = can(RS_MIRRORED) ? 8 : 8 - at;
        EXPECT_EQ(s.piece[0].count, first);
        EXPECT_EQ(s.piece[1].count, 8 - first);
        unsigned char *second = static_cast<unsigned char *>(s.piece[1].data);
        if (first < 8) {
            EXPECT_EQ(second + at * s.stride_bytes, s.piece[0].data) << "piece 2 is at slot 0";
        }
        r.commit(s, 8);
        ASSERT_EQ(peek(r, 8, &s), 8u);
        EXPECT_EQ(s.piece[0].count, first);
        r.release(s, 8);
        EXPECT_EQ(r.count(), 0u);
    }
}

TEST_P(Spans, CommitAndReleaseLessThanLent)
{
    if (!lends())
        return;
    Ring r(ops(), config_of(4, 8, 1, static_cast<rs_index>(0) - 2));
    rs_span s;
    ASSERT_EQ(reserve(r, 4, &s), 4u);
    r.commit(s, 1);
    EXPECT_EQ(r.count(), 1u);
    ASSERT_EQ(reserve(r, 4, &s), 3u);
    r.commit(s, 0);
    EXPECT_EQ(r.count(), 1u);
    ASSERT_EQ(reserve(r, 3, &s), 3u);
    r.commit(s, 3);
    ASSERT_EQ(peek(r, 4, &s), 4u);
    r.release(s, 1);
    EXPECT_EQ(r.count(), 3u);
    ASSERT_EQ(peek(r, 4, &s), 3u);
    r.release(s, 0);
    EXPECT_EQ(r.pop_n(3), 3u) << "pop goes on where release stopped";
    EXPECT_FALSE(r.pop());
}

TEST_P(Spans, DroppedLoansChangeNothing)
{
    if (!lends())
        return;
    Ring r(ops(), config_of(4, 8));
    rs_span first, again;
    ASSERT_EQ(reserve(r, 3, &first), 3u);
    ASSERT_EQ(reserve(r, 2, &again), 2u);
    EXPECT_EQ(first.piece[0].data, again.piece[0].data);
    EXPECT_EQ(r.count(), 0u);
    EXPECT_TRUE(r.push()) << "push drops the loan";
    EXPECT_EQ(peek(r, 4, &first), 1u);
    EXPECT_EQ(peek(r, 4, &again), 1u);
    EXPECT_EQ(first.piece[0].data, again.piece[0].data);
    EXPECT_EQ(r.count(), 1u);
    EXPECT_TRUE(r.pop()) << "pop drops the loan";
    EXPECT_EQ(r.count(), 0u);
}

TEST_P(Spans, SlotsAreAtTheAlignedAddresses)
{
    if (!lends())
        return;
    for (size_t align : {1u, 64u, 128u, 4096u})
        for (size_t size : {1u, 8u, 12u, 64u, 200u}) {
            Ring r(ops(), config_of(4, size, align));
            rs_span s;
            skip(r, 3);
            ASSERT_EQ(reserve(r, 4, &s), 4u);
            EXPECT_EQ(s.stride_bytes, (size + r.align() - 1) / r.align() * r.align());
            for (size_t i = 0; i < 4; i++)
                EXPECT_EQ(reinterpret_cast<uintptr_t>(rs_span_at(&s, i)) % align, 0u);
            r.commit(s, 4);
            ASSERT_EQ(peek(r, 4, &s), 4u);
            r.release(s, 4);
        }
}

TEST_P(Spans, DrainAfterClose)
{
    if (!lends())
        return;
    Ring r(ops(), config_of(4, 8));
    rs_span s;
    ASSERT_EQ(reserve(r, 3, &s), 3u);
    r.commit(s, 2);
    r.close();
    EXPECT_TRUE(r.closed());
    ASSERT_EQ(peek(r, 4, &s), 2u) << "what was lent but not committed is not there";
    r.release(s, 2);
    EXPECT_EQ(peek(r, 4, &s), 0u);
}

/* Spans, batches and singles mixed at random against a count kept beside the ring. */
TEST_P(Spans, RandomOperationsFollowTheModel)
{
    if (!lends())
        return;
    unsigned seed = test_seed();
    TRACE_SEED(seed);
    std::mt19937 random(seed);
    for (size_t capacity : capacities()) {
        SCOPED_TRACE(capacity);
        rs_config cfg = config_of(capacity, 8, 16, static_cast<rs_index>(0) - 999);
        cfg.prefetch_write = rs_prefetch_most(&cfg); /* may not reach beyond the slots */
        cfg.prefetch_read = cfg.prefetch_write / 2;
        Ring r(ops(), cfg);
        for (int step = 0; step < 3000 && !HasFailure(); step++) {
            size_t held = static_cast<size_t>(r.pushed() - r.popped());
            size_t least = r.least_room(), most = r.most_room();
            size_t n = random() % (capacity + 2);
            rs_span s;
            if (random() % 2) {
                size_t lent = reserve(r, n, &s);
                r.expect_fits(lent, n, least, most);
                r.commit(s, random() % (lent + 1));
            } else {
                size_t lent = peek(r, n, &s);
                EXPECT_EQ(lent, n < held ? n : held);
                r.release(s, random() % (lent + 1));
            }
            if (random() % 4 == 0)
                random() % 2 ? (void)r.push_n(n) : (void)r.pop_n(n);
        }
    }
}
EVERY_RING(Spans);
