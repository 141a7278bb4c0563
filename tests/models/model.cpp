/* SPDX-License-Identifier: MIT */
/*
 * Model of one ring (-DRS_VARIANT=<name>) under Relacy, with the ring's unmodified header.
 *
 * usage: model [-v] [-s] [-d] [-o SCENARIO] [SITE]    see runner.hpp
 *
 * A message is the number of a body, a plain variable reused as early as the contract allows;
 * so a publish that is too weak and a return that is too weak are both races.  Every run starts
 * with a lap from one thread and its indices wrap soon after.
 */
#define RS_MEMORY_OVERRIDE "memory_relacy.hpp"
#define RS_SEPARATION      64
#ifndef RS_INDEX
#define RS_INDEX uint8_t /* the narrowest: a missing cast of a difference shows */
#endif
#define RS_WORD       uint8_t /* a message is a word and one byte more */
#define RS_LINE_BYTES 6       /* and a line two of them, and a word before or behind */
#include "variant.h"

#include "scenarios.hpp"

#include "runner.hpp"

typedef uint16_t message;
/* Or looks ahead, which comes to the same: a small ring has no room for it. */
static const bool kDefers = RS_HAS(flush) || RS_HAS(slack) || (RS_CAPS & RS_NONZERO_ONLY) != 0;
enum { kMostCapacity = 4, kMostBatch = 2, kCellBytes = 8, kMargin = 16 };
/* Records in flight: of no bytes, as many as there are headers for. */
enum { kMostBodies = 32 };
enum { kCells = kMostCapacity * kCellBytes + kMargin };
static_assert(kCells <= 64, "more than rs_relacy_cells holds");

struct model : rl::test_suite<model, 2> {
    RS_RING ring;
    rl::var<unsigned> body[kMostBodies + 1];
    rl::var<int> last_words; /* written by the side that closes, read by the one that sees it */
    rs_cell *cells;
    rl::atomic<rs_word> words[kCells];

    /* Relacy places this object at any address; slot memory must be aligned. */
    void make_cells()
    {
        cells = reinterpret_cast<rs_cell *>(rs_relacy_cells);
        rs_relacy_words = words;
        for (int i = 0; i < kCells; i++)
            ::new (static_cast<void *>(cells + i)) rs_cell();
    }

    void before()
    {
        schedule++;
        const unsigned lap_msgs = now->capacity + 1;
        struct rs_config cfg = {now->capacity, sizeof(message), now->msg_align,
                                (rs_index)(0 - lap_msgs - 2), now->capacity / 2};
        cfg.prefetch_write = cfg.prefetch_read = rs_prefetch_most(&cfg);
        make_cells();
        RL_ASSERT(RS_OP(init)(&ring, cells, &cfg) == 0);
        RL_ASSERT(!RS_OP(closed)(&ring));
        last_words(RL_INFO).store(0);
        if (now->how != kHandshake)
            lap();
        if (now->how == kAlone)
            alone();
    }

    void after()
    {
        for (int i = 0; i < kCells; i++)
            cells[i].~rs_cell();
    }

    /* Message m in these two is the word m + 1: never 0. */
    bool push_one(unsigned m)
    {
        message msg = (message)(m + 1);
        bool ok = RS_OP(push)(&ring, &msg, sizeof msg);
        RS_OP(flush)(&ring);
        return ok;
    }

    bool pop_one(unsigned m)
    {
        message msg = 0;
        bool ok = RS_OP(pop)(&ring, &msg, sizeof msg);
        RL_ASSERT(!ok || msg == m + 1);
        return ok;
    }

    static size_t slack()
    {
        struct rs_config cfg = {now->capacity, sizeof(message), now->msg_align, 0,
                                now->capacity / 2};
        return RS_OP(slack)(&cfg);
    }

    /* Of n messages, as many as fit went into a ring that was empty and held nothing back. */
    static bool fits(size_t moved, size_t n)
    {
        const size_t most = now->capacity;
        const size_t least = (RS_CAPS & RS_COARSE) == 0 ? most : most - slack();
        return moved <= (n < most ? n : most) && moved >= (n < least ? n : least);
    }

    /* One of n by the scheduler, or what a plain scenario has. */
    static unsigned choice(unsigned n, unsigned plain)
    {
        return now->plain ? plain : rl::rand(n);
    }

    /* Exactly `capacity` messages fit, in order.  No race finds a ring that wastes a slot; and
     * from here on every cell has been written, so the first write to it is checked too. */
    void lap()
    {
        unsigned in = 0, out = 0;
        RL_ASSERT(!pop_one(0));
        for (; push_one(in); in++)
            RL_ASSERT(RS_OP(count)(&ring) == in + 1);
        RL_ASSERT(fits(in, now->capacity + 1));
        do
            RL_ASSERT(out <= slack() && pop_one(out++));
        while (!push_one(in));
        RL_ASSERT(RS_OP(count)(&ring) == in + 1 - out);
        while (out <= in)
            RL_ASSERT(pop_one(out++));
        RL_ASSERT(!pop_one(0));
        RL_ASSERT(RS_OP(count)(&ring) == 0);
    }

    /* What is held back without a flush is less than was agreed, and nothing once it is full. */
    void alone_unflushed()
    {
        const size_t defer = now->capacity / 2;
        unsigned in = 1;
        RL_ASSERT(!pop_one(0) && push_one(0)); /* so that the last batch is not complete */
        for (message msg = 2; RS_OP(push)(&ring, &msg, sizeof msg); in++, msg++)
            RL_ASSERT(RS_OP(count)(&ring) + (defer > 0 ? defer : 1) > in + 1);
        RL_ASSERT(fits(in, now->capacity + 1));
        for (unsigned i = 0; i < in; i++)
            RL_ASSERT(pop_one(i));
    }

    /* Batches and loans of every size at every slot, from one thread. */
    void alone()
    {
        const message none = 0;
        alone_unflushed();
        alone_records();
        RL_ASSERT((RS_CAPS & RS_NONZERO_ONLY) == 0 || !RS_OP(push)(&ring, &none, sizeof none));
        for (unsigned at = 0; at <= now->capacity; at++)
            for (size_t n = 0; n <= now->capacity + 1; n++) {
                alone_batch(n);
                alone_span(n);
                RL_ASSERT(push_one(at) && pop_one(at));
            }
    }

    void alone_batch(size_t n)
    {
        message in[kMostCapacity + 1] = {11, 12, 13, 14, 15}, out[kMostCapacity + 1] = {0};
        RL_ASSERT(!pop_one(0)); /* gives back what was deferred */
        size_t first = RS_OP(push_n)(&ring, in, n, sizeof in[0]);
        RS_OP(flush)(&ring);
        RL_ASSERT(fits(first, n) && RS_OP(count)(&ring) == first);
        size_t held = first + RS_OP(push_n)(&ring, in + first, 5 - first, sizeof in[0]);
        RS_OP(flush)(&ring);
        RL_ASSERT(fits(held, 5));
        RL_ASSERT(RS_OP(pop_n)(&ring, out, n, sizeof out[0]) == (n < held ? n : held));
        first = n < held ? n : held;
        RL_ASSERT(RS_OP(pop_n)(&ring, out + first, 5 - first, sizeof out[0]) == held - first);
        RL_ASSERT(memcmp(in, out, held * sizeof in[0]) == 0);
        RL_ASSERT(RS_OP(pop_n)(&ring, out, 1, sizeof out[0]) == 0);
    }

#if RS_HAS(spans)
    void alone_span(size_t n)
    {
        size_t fits = n < now->capacity ? n : now->capacity;
        struct rs_span s;
        RL_ASSERT(!pop_one(0));
        RL_ASSERT(RS_OP(reserve_all)(&ring, now->capacity + 1, &s) == 0);
        RL_ASSERT(RS_OP(reserve)(&ring, n, &s) == fits);
        fill(&s, fits);
        RS_OP(commit)(&ring, fits);
        RS_OP(flush)(&ring);
        RL_ASSERT(RS_OP(count)(&ring) == fits);
        RL_ASSERT(RS_OP(peek_all)(&ring, fits + 1, &s) == 0);
        RL_ASSERT(RS_OP(peek)(&ring, n, &s) == fits);
        for (size_t i = 0; i < fits; i++)
            RL_ASSERT(lent(&s, i) == i + 1);
        RS_OP(release)(&ring, fits);
        RL_ASSERT(RS_OP(count)(&ring) == 0);
    }

    static void fill(struct rs_span *s, size_t n)
    {
        for (size_t i = 0; i < n; i++) {
            message m = (message)(i + 1);
            rs_copy_in(rs_span_at(s, i), &m, sizeof m);
        }
    }

    static message lent(struct rs_span *s, size_t i)
    {
        message m = 0;
        rs_copy_out(&m, rs_span_at(s, i), sizeof m);
        return m;
    }
#else
    void alone_span(size_t)
    {
    }
#endif

#if RS_MAY(varlen)
    static size_t most_bytes()
    {
        struct rs_config cfg = {now->capacity, sizeof(message), now->msg_align, 0, 0};
        return RS_OP(record_max)(&cfg);
    }

    /* Bytes of record i: all lengths come, neighbours differ. */
    static size_t record_bytes(unsigned i)
    {
        return now->plain ? most_bytes() : (i * 5 + 2) % (most_bytes() + 1);
    }

    /* Byte k of record i. */
    static unsigned char record_byte(unsigned i, size_t k)
    {
        return (unsigned char)(number(i) + 3 * k);
    }

    void write_record(const struct rs_record *r, unsigned i)
    {
        for (size_t k = 0; k < r->bytes; k++) {
            unsigned char byte = record_byte(i, k);
            rs_copy_in(r->data + k, &byte, 1);
        }
    }

    static void check_record(const struct rs_record *r, unsigned i, size_t bytes)
    {
        RL_ASSERT(r->bytes == bytes);
        for (size_t k = 0; k < bytes; k++) {
            unsigned char byte = 0;
            rs_copy_out(&byte, r->data + k, 1);
            RL_ASSERT(byte == record_byte(i, k));
        }
    }

    /* Published, looked at twice, and released: i-th record of n bytes, of more that were claimed.
     */
    void alone_record(unsigned i, size_t n, size_t claimed)
    {
        struct rs_record r;
        RL_ASSERT(RS_OP(claim)(&ring, claimed, &r) == 0 && r.bytes == claimed);
        write_record(&r, i);
        RS_OP(commit_record)(&ring, n);
        RL_ASSERT(RS_OP(count)(&ring) == 1);
        for (int twice = 0; twice < 2; twice++) {
            RL_ASSERT(RS_OP(next_record)(&ring, &r));
            check_record(&r, i, n);
        }
        RS_OP(release_record)(&ring);
        RL_ASSERT(RS_OP(count)(&ring) == 0 && !RS_OP(next_record)(&ring, &r));
    }

    /* From wherever the last one ended every record fits that is not too large; what was dropped
     * leaves nothing; headers alone fill the ring to the last but one. */
    void alone_records()
    {
        const size_t most = most_bytes();
        const unsigned lap =
            (now->capacity + 1) * (unsigned)rs_record_stride_bytes(sizeof(message), now->msg_align);
        const unsigned step = (unsigned)rs_record_stride_bytes(0, now->msg_align);
        struct rs_record r;
        for (unsigned at = 0, i = 0; at < lap; at += step)
            for (size_t n = 0; n <= most; n++) {
                RL_ASSERT(RS_OP(claim)(&ring, most + 1, &r) == -EMSGSIZE);
                RL_ASSERT(RS_OP(claim)(&ring, (size_t)-1, &r) == -EMSGSIZE);
                RL_ASSERT(RS_OP(claim)(&ring, most, &r) == 0);
                write_record(&r, 9);
                RS_OP(abort_record)(&ring);
                alone_record(i++, n, n);
                alone_record(i++, n, most);
            }
        unsigned held = 0;
        for (; RS_OP(claim)(&ring, 0, &r) == 0; held++)
            RS_OP(commit_record)(&ring, 0);
        RL_ASSERT(held == lap / step - 1);
        RL_ASSERT(RS_OP(claim)(&ring, 0, &r) == -EAGAIN);
        for (; RS_OP(next_record)(&ring, &r); held--)
            RS_OP(release_record)(&ring);
        RL_ASSERT(held == 0);
    }

    size_t put_record(unsigned i)
    {
        const size_t n = record_bytes(i), more = choice(2, 0);
        struct rs_record r;
        if (RS_OP(claim)(&ring, n < most_bytes() ? n + more : n, &r) != 0)
            return 0;
        write(i);
        write_record(&r, i);
        if (choice(2, 0) == 1) { /* what is dropped may be claimed at once */
            RS_OP(abort_record)(&ring);
            RL_ASSERT(RS_OP(claim)(&ring, n, &r) == 0);
            write_record(&r, i);
        }
        RS_OP(commit_record)(&ring, n);
        return 1;
    }

    size_t take_record(unsigned i)
    {
        struct rs_record r;
        if (!RS_OP(next_record)(&ring, &r))
            return 0;
        RL_ASSERT(i < now->total);
        check_record(&r, i, record_bytes(i));
        check(i, number(i));
        RS_OP(release_record)(&ring);
        return 1;
    }
#else
    void alone_records()
    {
    }
    size_t put_record(unsigned)
    {
        return 0;
    }
    size_t take_record(unsigned)
    {
        return 0;
    }
#endif

    /* Message i reuses the body of message i - bodies().  With batches of b on both sides, the
     * push of message i - 1 tells that those up to i - capacity - b - 1 are done with. */
    static unsigned bodies()
    {
        if (now->how == kRecords)
            return kMostBodies;
        return now->capacity + 2 * (now->how == kSingles ? 1u : (unsigned)kMostBatch);
    }
    static message number(unsigned i)
    {
        return (message)(i % bodies() + 1);
    }
    message write(unsigned i)
    {
        body[number(i)](RL_INFO).store(1000 + i);
        return number(i);
    }
    void check(unsigned i, message m)
    {
        RL_ASSERT(i < now->total);
        RL_ASSERT(m == number(i));
        RL_ASSERT(body[m](RL_INFO).load() == 1000 + i);
    }

    /* Sizes are the scheduler's choice: 1 or 2, never beyond what is left. */
    static size_t some(unsigned left)
    {
        size_t n = 1 + choice(kMostBatch, kMostBatch - 1);
        return n < left ? n : left;
    }

    size_t put(unsigned i)
    {
        size_t n = now->how == kSingles ? 1 : some(now->total - i);
        message m[kMostBatch];
        for (size_t k = 0; k < n; k++)
            m[k] = write(i + (unsigned)k);
        if (now->how == kSingles)
            return RS_OP(push)(&ring, m, sizeof m[0]);
#if RS_HAS(spans)
        if (now->how == kSpans) {
            struct rs_span s;
            n = RS_OP(reserve)(&ring, n, &s);
            for (size_t k = 0; k < n; k++)
                rs_copy_in(rs_span_at(&s, k), &m[k], sizeof m[k]);
            n = n > 1 ? n - choice(2, 0) : n; /* commit less than was lent */
            if (n > 0)
                RS_OP(commit)(&ring, n);
            return n;
        }
#endif
        return RS_OP(push_n)(&ring, m, n, sizeof m[0]);
    }

    size_t take(unsigned i)
    {
        message m[kMostBatch];
        size_t n;
        memset(m, 0xff, sizeof m); /* what is not copied shows */
        if (now->how == kSingles) {
            n = RS_OP(pop)(&ring, m, sizeof m[0]);
#if RS_HAS(spans)
        } else if (now->how == kSpans) {
            return take_span(i);
#endif
        } else {
            n = RS_OP(pop_n)(&ring, m, some(kMostBatch), sizeof m[0]);
        }
        for (size_t k = 0; k < n; k++)
            check(i + (unsigned)k, m[k]);
        return n;
    }

#if RS_HAS(spans)
    size_t take_span(unsigned i)
    {
        struct rs_span s;
        size_t n = RS_OP(peek)(&ring, some(kMostBatch), &s);
        n = n > 1 ? n - choice(2, 0) : n; /* release less than was lent */
        for (size_t k = 0; k < n; k++)
            check(i + (unsigned)k, lent(&s, k));
        if (n > 0)
            RS_OP(release)(&ring, n);
        return n;
    }
#endif

    void wait_for_space()
    {
        RS_OP(flush)(&ring);
#if RS_HAS(wait)
        if (now->waits) {
            RS_OP(wait_space)(&ring);
            RL_ASSERT(RS_OP(count)(&ring) < now->capacity || RS_OP(closed)(&ring));
            return;
        }
#endif
        rs_pause();
    }

    void wait_for_data()
    {
#if RS_HAS(wait)
        if (now->waits) {
            RS_OP(wait_data)(&ring);
            RL_ASSERT(RS_OP(count)(&ring) > 0 || RS_OP(closed)(&ring));
            return;
        }
#endif
        rs_pause();
    }

    /* `most`: no side sees more than it knows can be there. */
    void look_at_count(unsigned most)
    {
        size_t n = now->counts ? RS_OP(count)(&ring) : 0;
        RL_ASSERT((n <= now->capacity || now->how == kRecords) && n <= most);
    }

    void say_and_close(unsigned side)
    {
        last_words(RL_INFO).store(1);
        if (side == 0)
            RS_OP(flush)(&ring); /* the producer's alone */
        RS_OP(close)(&ring);
    }

    bool heard_the_end()
    {
        bool ended = RS_OP(closed)(&ring);
        if (ended)
            RL_ASSERT(last_words(RL_INFO).load() == 1);
        return ended;
    }

    void produce()
    {
        for (unsigned i = 0; i < now->total || now->stop_after > 0;) {
            if (now->stop_after > 0 && heard_the_end())
                return;
            size_t n = i >= now->total ? 0 : now->how == kRecords ? put_record(i) : put(i);
            if (n == 0)
                wait_for_space();
            i += (unsigned)n;
            look_at_count(i);
        }
        say_and_close(0);
    }

    void consume()
    {
        unsigned i = 0;
        for (;;) {
            bool ended = now->stop_after == 0 && heard_the_end();
            size_t n = now->how == kRecords ? take_record(i) : take(i);
            i += (unsigned)n;
            look_at_count(now->total - i);
            if (now->stop_after > 0 && i >= now->stop_after)
                return say_and_close(1);
            if (n == 0 && ended)
                break;
            if (n == 0)
                wait_for_data();
        }
        RL_ASSERT(i == now->total);
    }

    /* A ring that moves nothing has only its close to model. */
    void handshake(unsigned side)
    {
        if (side == 0)
            return say_and_close(0);
        while (!heard_the_end())
            rs_pause();
    }

    void thread(unsigned side)
    {
        if (now->how == kAlone)
            return;
        if (now->how == kHandshake)
            handshake(side);
        else if (side == 0)
            produce();
        else
            consume();
    }
};

static bool applies_here(const scenario &s)
{
    return applies(s, RS_CAPS | (RS_MAY(varlen) ? RS_VARLEN : 0u), RS_HAS(batch), RS_HAS(wait),
                   kDefers);
}

int main(int argc, char **argv)
{
    const options o = read_options(argc, argv);
    finish(o, all_hold(o, scenarios, applies_here, holds<model>));
}
