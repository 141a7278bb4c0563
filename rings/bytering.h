/* SPDX-License-Identifier: MIT */
/*
 * bytering: records of any length one after the other in a ring of bytes.  The word in a record's
 * header says how long it is, and that it is there: it is stored last, and 0 means not yet.  So the
 * producer shares no index; the consumer's is read only when the space known to be free is used up.
 *
 * After the one-to-one ring buffer of Aeron and Agrona (T. Montgomery, M. Thompson,
 * https://github.com/aeron-io/agrona, OneToOneRingBuffer): the length is the commit, padding ends a
 * lap that the next record does not fit, and the producer clears the header behind the record that
 * it publishes.  Clearing ahead costs one store to a line that the producer is about to write,
 * where a consumer that cleared behind would write all that it read.  A tag of the lap in the
 * length would not do instead: a header may lie where the last lap had a message's bytes, and those
 * can look like any tag.
 *
 * Layout: a header of RS_RECORD_UNIT bytes, then the bytes, rounded up to the unit and msg_align.
 * The ring has room for capacity + 1 messages of msg_bytes, so messages of that size never need
 * padding, and exactly `capacity` of them fit beside the cleared header.
 *
 * The largest record is half of these bytes, less its header.  In an empty ring a record of R bytes
 * with its header goes where the producer stands, t, if it fits before the end, R <= B - t; else to
 * the start, behind which the cleared header must not pass t: R + unit <= t.  Both fail only if
 * B - R < t < R + unit, and as t is a multiple of the unit, that has no solution if 2 R <= B.  The
 * consumer gives back every record as it releases it, and padding with the record behind it, which
 * is published with it; so a record that is not too large fits sooner or later.
 *
 * Capacity: any; indices count bytes, of which there are at most half the index type's range. claim
 * and next_record are wait-free, as all operations are.
 *
 * Ordering (who, on what, why):
 *   P1 acquire  consumer.head     bytes are free; pairs with C2
 *   P2 release  *rs_word_at       publishes a record; pairs with C1
 *   P3 release  *rs_word_at       publishes padding and the record at the start; pairs with C1
 *   P4 relaxed  *rs_word_at       clears the next header, writes the one behind padding
 *   P5 relaxed  producer.records  the producer counts what it publishes
 *   C1 acquire  *rs_word_at       a record is whole; pairs with P2 and P3
 *   C2 release  consumer.head     returns bytes; pairs with P1
 *   C3 relaxed  *rs_word_at       the length behind padding: C1 has seen P3
 *   C4 relaxed  consumer.head     the consumer reads its own index
 *   C5 relaxed  consumer.records  the consumer counts what it returns
 *   X1 release  shared.closed     close; pairs with X2
 *   X2 acquire  shared.closed     what was pushed before the close is visible; pairs with X1
 *   N1 relaxed  consumer.records  approximate count
 *   N2 relaxed  producer.records  approximate count
 *   I1 relaxed  all               before the ring is shared
 */
#ifndef RINGSIDE_BYTERING_H
#define RINGSIDE_BYTERING_H

#include "ring.h"

#define RS_CAPS_bytering       0u
#define RS_HAS_bytering_batch  0
#define RS_HAS_bytering_spans  0
#define RS_HAS_bytering_flush  0
#define RS_HAS_bytering_slack  0
#define RS_HAS_bytering_wait   0
#define RS_HAS_bytering_varlen 1

/* A header's word: 0, padding to the end, or bytes + RS_BYTERING_RECORD. */
enum { RS_BYTERING_PADDING = 1, RS_BYTERING_RECORD = 2 };

/* One side's private view of the bytes; constant after init. */
struct rs_bytering_lap {
    RS_PLAIN(rs_cell *) base;
    RS_PLAIN(size_t) size; /* a multiple of align */
    RS_PLAIN(size_t) align;
};

struct rs_bytering {
    struct RS_SEPARATED {
        RS_PLAIN(size_t) at;          /* the header of the next record, 0..size - 1 */
        RS_PLAIN(size_t) padding;     /* bytes before the claimed record, which is then at 0 */
        RS_PLAIN(rs_index) tail;      /* bytes used since the start */
        RS_PLAIN(rs_index) head_seen; /* the consumer has returned at least so many of them */
        RS_ATOMIC(rs_index) records;  /* published; read by count alone */
        struct rs_bytering_lap lap;
    } producer;
    struct RS_SEPARATED {
        RS_ATOMIC(rs_index) head;    /* bytes returned since the start */
        RS_PLAIN(size_t) at;         /* the header to look at */
        RS_PLAIN(size_t) lent;       /* bytes to return with the lent record, padding included */
        RS_ATOMIC(rs_index) records; /* returned; read by count alone */
        struct rs_bytering_lap lap;
    } consumer;
    struct RS_SEPARATED {
        RS_ATOMIC(uint32_t) closed; /* either side writes 1; read only when stuck */
    } shared;
};

RS_INLINE size_t rs_bytering_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)
{
    return rs_records_bytes(capacity, msg_bytes, msg_align);
}

/* The size of the ring that records go round in. */
RS_INLINE size_t rs_bytering_lap_bytes(const struct rs_config *cfg)
{
    return (cfg->capacity + 1) * rs_record_stride_bytes(cfg->msg_bytes, cfg->msg_align);
}

RS_INLINE size_t rs_bytering_record_max(const struct rs_config *cfg)
{
    const size_t align = rs_record_stride_bytes(0, cfg->msg_align);
    return rs_bytering_lap_bytes(cfg) / 2 / align * align - RS_RECORD_UNIT;
}

RS_INLINE void rs_bytering_lap_init(struct rs_bytering_lap *b, rs_cell *mem,
                                    const struct rs_config *cfg)
{
    rs_set(&b->base, mem);
    rs_set(&b->size, rs_bytering_lap_bytes(cfg));
    rs_set(&b->align, rs_record_stride_bytes(0, cfg->msg_align));
}

RS_INLINE int rs_bytering_init(struct rs_bytering *r, void *mem, const struct rs_config *cfg)
{
    int err = rs_config_check(cfg, mem, RS_VARLEN);
    if (err)
        return err;
    rs_bytering_lap_init(&r->producer.lap, (rs_cell *)mem, cfg);
    rs_bytering_lap_init(&r->consumer.lap, (rs_cell *)mem, cfg);
    rs_set(&r->producer.at, (size_t)0);
    rs_set(&r->producer.padding, (size_t)0);
    rs_set(&r->producer.tail, cfg->start);
    rs_set(&r->producer.head_seen, cfg->start);
    rs_set(&r->consumer.at, (size_t)0);
    rs_set(&r->consumer.lent, (size_t)0);
    /* I1 relaxed: not shared yet; whatever hands the ring to the other thread orders these. */
    rs_store_relaxed(rs_word_at((rs_cell *)mem), (rs_word)0);
    rs_store_relaxed(&r->producer.records, cfg->start); /* I1 relaxed: as above */
    rs_store_relaxed(&r->consumer.records, cfg->start); /* I1 relaxed: as above */
    rs_store_relaxed(&r->consumer.head, cfg->start);    /* I1 relaxed: as above */
    rs_store_relaxed(&r->shared.closed, 0u);            /* I1 relaxed: as above */
    return 0;
}

/* Bytes of a record of n, header included. */
RS_INLINE size_t rs_bytering_stride(struct rs_bytering_lap *b, size_t n)
{
    return rs_stride_bytes(n + RS_RECORD_UNIT, rs_get(&b->align));
}

/* Whether the producer may fill `need` more bytes; asks the consumer only if the last view does
 * not hold them. */
RS_INLINE bool rs_bytering_room(struct rs_bytering *r, size_t need)
{
    size_t size = rs_get(&r->producer.lap.size);
    rs_index tail = rs_get(&r->producer.tail);
    rs_index head = rs_get(&r->producer.head_seen);
    if (rs_unlikely(size - (size_t)rs_distance(tail, head) < need)) {
        /* P1 acquire: the consumer has read the bytes before head; pairs with C2. Without it P
         * overwrites a record that C still reads. */
        head = rs_load_acquire(&r->consumer.head);
        rs_set(&r->producer.head_seen, head);
        rs_note(refresh, 1);
    }
    return size - (size_t)rs_distance(tail, head) >= need;
}

RS_INLINE int rs_bytering_claim(struct rs_bytering *r, size_t n, struct rs_record *record)
{
    size_t size = rs_get(&r->producer.lap.size), at = rs_get(&r->producer.at);
    size_t stride = rs_bytering_stride(&r->producer.lap, n), padding = 0;
    if (rs_unlikely(n > size / 2 || stride > size / 2))
        return -EMSGSIZE;
    if (stride > size - at)
        padding = size - at;
    if (rs_unlikely(!rs_bytering_room(r, padding + stride + RS_RECORD_UNIT))) {
        rs_note(full, 1);
        return -EAGAIN;
    }
    rs_set(&r->producer.padding, padding);
    record->data = rs_get(&r->producer.lap.base) + (padding ? 0 : at) + RS_RECORD_UNIT;
    record->bytes = n;
    return 0;
}

/* Stores the word at `at` so that it publishes the record there or, if it is padding, at 0. */
RS_INLINE void rs_bytering_publish(rs_cell *base, size_t at, bool padded, rs_word word)
{
    if (rs_unlikely(padded)) {
        rs_store_relaxed(rs_word_at(base), word); /* P4 relaxed: P3 publishes it */
        /* P3 release: publishes the record at the start; pairs with C1. Without it C reads a stale
         * length or record there. */
        rs_store_release(rs_word_at(base + at), (rs_word)RS_BYTERING_PADDING);
    } else {
        /* P2 release: publishes the record and the clear header behind it; pairs with C1. Without
         * it C reads a stale record. */
        rs_store_release(rs_word_at(base + at), word);
    }
}

RS_INLINE void rs_bytering_commit_record(struct rs_bytering *r, size_t n)
{
    rs_cell *base = rs_get(&r->producer.lap.base);
    size_t size = rs_get(&r->producer.lap.size), at = rs_get(&r->producer.at);
    size_t padding = rs_get(&r->producer.padding);
    size_t stride = rs_bytering_stride(&r->producer.lap, n);
    size_t next = (padding ? 0 : at) + stride;
    rs_index tail = rs_get(&r->producer.tail);
    rs_index records = rs_load_relaxed(&r->producer.records); /* P5 relaxed: sole writer */
    next = next == size ? 0 : next;
    /* P4 relaxed: the publish below orders it, and C looks there after this record. */
    rs_store_relaxed(rs_word_at(base + next), (rs_word)0);
    /* P5 relaxed: before the publish, so that whoever has the record has counted it. */
    rs_store_relaxed(&r->producer.records, (rs_index)(records + 1));
    rs_set(&r->producer.at, next);
    rs_set(&r->producer.tail, (rs_index)(tail + padding + stride));
    rs_bytering_publish(base, at, padding != 0, (rs_word)(n + RS_BYTERING_RECORD));
    rs_note(pushed, 1);
}

/* Nothing was published of it, and the next claim sets all that this one did. */
RS_INLINE void rs_bytering_abort_record(struct rs_bytering *r)
{
    (void)r;
}

RS_INLINE bool rs_bytering_next_record(struct rs_bytering *r, struct rs_record *record)
{
    rs_cell *base = rs_get(&r->consumer.lap.base);
    size_t at = rs_get(&r->consumer.at), padding = 0, n;
    /* C1 acquire: the record is whole; pairs with P2 and P3. Without it C reads a stale record. */
    rs_word word = rs_load_acquire(rs_word_at(base + at));
    if (rs_unlikely(word == 0)) {
        rs_note(empty, 1);
        return false;
    }
    if (rs_unlikely(word == RS_BYTERING_PADDING)) {
        padding = rs_get(&r->consumer.lap.size) - at;
        at = 0;
        word = rs_load_relaxed(rs_word_at(base)); /* C3 relaxed: ordered by C1 */
    }
    n = (size_t)word - RS_BYTERING_RECORD;
    rs_set(&r->consumer.lent, padding + rs_bytering_stride(&r->consumer.lap, n));
    record->data = base + at + RS_RECORD_UNIT;
    record->bytes = n;
    return true;
}

RS_INLINE void rs_bytering_release_record(struct rs_bytering *r)
{
    size_t size = rs_get(&r->consumer.lap.size);
    size_t lent = rs_get(&r->consumer.lent);
    size_t at = rs_get(&r->consumer.at) + lent;
    rs_index head = rs_load_relaxed(&r->consumer.head);       /* C4 relaxed: sole writer */
    rs_index records = rs_load_relaxed(&r->consumer.records); /* C5 relaxed: sole writer */
    rs_set(&r->consumer.at, at >= size ? at - size : at);
    /* C5 relaxed: before the return, so that whoever has the bytes has counted the record. */
    rs_store_relaxed(&r->consumer.records, (rs_index)(records + 1));
    /* C2 release: the loads of the record are done; pairs with P1. Without it P overwrites a
     * record that C still reads. */
    rs_store_release(&r->consumer.head, (rs_index)(head + lent));
    rs_note(popped, 1);
}

RS_INLINE bool rs_bytering_push(struct rs_bytering *r, const void *msg, size_t size)
{
    struct rs_record record;
    if (rs_unlikely(rs_bytering_claim(r, size, &record) != 0))
        return false;
    rs_copy_in((rs_cell *)record.data, msg, size);
    rs_bytering_commit_record(r, size);
    return true;
}

RS_INLINE bool rs_bytering_pop(struct rs_bytering *r, void *msg, size_t size)
{
    struct rs_record record;
    if (rs_unlikely(!rs_bytering_next_record(r, &record)))
        return false;
    rs_copy_out(msg, (const rs_cell *)record.data, size);
    rs_bytering_release_record(r);
    return true;
}

RS_INLINE void rs_bytering_close(struct rs_bytering *r)
{
    /* X1 release: every push before it is published; pairs with X2. Without it the other side
     * sees the end but not the last messages. */
    rs_store_release(&r->shared.closed, 1u);
}

RS_INLINE bool rs_bytering_closed(struct rs_bytering *r)
{
    /* X2 acquire: a pop after this sees the last publish; pairs with X1. Without it the tail is
     * lost. */
    return rs_load_acquire(&r->shared.closed) != 0;
}

RS_INLINE size_t rs_bytering_count(struct rs_bytering *r)
{
    rs_index head = rs_load_relaxed(&r->consumer.records); /* N1 relaxed: approximate */
    rs_index tail = rs_load_relaxed(&r->producer.records); /* N2 relaxed: approximate */
    return (size_t)rs_distance(tail, head);
}

RS_RING_DEFAULTS(bytering);

#endif
