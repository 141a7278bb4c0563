/* SPDX-License-Identifier: MIT */
/*
 * linepack: messages are packed into lines, seven of 8 bytes behind a header of one word, and the
 * header is all that publishes them: the index behind the last message that is there.  That names
 * the lap and the fill in one: a header that is at most a line ahead of the consumer says how many
 * messages follow, any other is of a lap ago.  The producer stores it once a line and push_n, and
 * again when it appends to the line; the consumer reads it once for all that it then shows, and
 * never writes a line.  Freed slots are given back as in credit.
 *
 * Near-empty a message costs the transfer and the upgrade of its line and 2/capacity of the
 * credit's; in a stream a full line costs as much for all its messages, however they were pushed.
 * A message of more than 56 bytes costs at least two lines always, in a stream too.
 *
 * That data and the flag for it share a line is FastForward's (J. Giacomoni, T. Moseley,
 * M. Vachharajani, PPoPP 2008).  A line whose one polled word says that the rest of it is there is
 * the message of Barrelfish's channels (A. Baumann et al., "The Multikernel: a new OS architecture
 * for scalable multicore systems", SOSP 2009); here the word also counts, so that a line can grow.
 *
 * Capacity: any.  Slack: as credit.  Memory, and messages longer than a line: lines.h.
 *
 * Ordering (who, on what, why):
 *   P1 relaxed  producer.tail    the producer reads and writes its own index
 *   P2 acquire  returned.credit  slots are free; pairs with C3
 *   P3 release  *rs_word_at      publishes messages of a line; pairs with C2
 *   C1 relaxed  consumer.head    the consumer reads and writes its own index
 *   C2 acquire  *rs_word_at      messages are there; pairs with P3
 *   C3 release  returned.credit  returns slots; pairs with P2
 *   X1 release  shared.closed    close; pairs with X2
 *   X2 acquire  shared.closed    what was pushed before the close is visible; pairs with X1
 *   N1 relaxed  consumer.head    approximate count
 *   N2 relaxed  producer.tail    approximate count
 *   I1 relaxed  all of them      before the ring is shared
 */
#ifndef RINGSIDE_LINEPACK_H
#define RINGSIDE_LINEPACK_H

#include "lines.h"

#define RS_CAPS_linepack      0u
#define RS_HAS_linepack_batch 1
#define RS_HAS_linepack_spans 0
#define RS_HAS_linepack_flush 0
#define RS_HAS_linepack_slack 1
#define RS_HAS_linepack_wait  0

struct rs_linepack {
    struct RS_SEPARATED {
        RS_ATOMIC(rs_index) tail; /* next message to write; read by count alone */
        RS_PLAIN(rs_index) limit; /* messages before it have room: the last view of credit */
        struct rs_lines_place at;
    } producer;
    struct RS_SEPARATED {
        RS_ATOMIC(rs_index) head; /* next message to read; read by count alone */
        RS_PLAIN(rs_index) seen;  /* messages before it are there: the last view of the header */
        struct rs_lines_place at;
        RS_PLAIN(rs_index) returned; /* what credit says */
    } consumer;
    struct RS_SEPARATED {
        RS_ATOMIC(rs_index) credit; /* messages before it are done with */
    } returned;
    struct RS_SEPARATED {
        RS_ATOMIC(uint32_t) closed; /* either side writes 1; read only when stuck */
    } shared;
    /* Written by init alone.  Not a copy a side: with one each, a side would not fit a line. */
    struct RS_SEPARATED {
        struct rs_lines lines;
        RS_PLAIN(rs_index) capacity;
        RS_PLAIN(rs_index) defer; /* messages read before their room is given back */
    } constant;
};

/* Messages the consumer may hold back: as configured, or an eighth of the capacity. */
RS_INLINE size_t rs_linepack_defer(const struct rs_config *cfg)
{
    size_t eighth = cfg->capacity / 8;
    size_t defer = cfg->defer > 0 ? cfg->defer : eighth;
    return defer > 0 ? defer : 1;
}

RS_INLINE size_t rs_linepack_slack(const struct rs_config *cfg)
{
    return rs_linepack_defer(cfg) - 1;
}

RS_INLINE size_t rs_linepack_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)
{
    return rs_lines_bytes(capacity, msg_bytes, msg_align);
}

/* Every header says that there is nothing behind the first message's place. */
RS_INLINE void rs_linepack_init_headers(struct rs_linepack *r, rs_index start)
{
    rs_cell *line = rs_get(&r->constant.lines.base);
    rs_cell *end = rs_get(&r->constant.lines.end);
    size_t line_bytes = rs_get(&r->constant.lines.line_bytes);
    for (; line != end; line += line_bytes)
        /* I1 relaxed: not shared yet; whatever hands the ring to the other thread orders these. */
        rs_store_relaxed(rs_word_at(line), (rs_word)start);
}

RS_INLINE int rs_linepack_init(struct rs_linepack *r, void *mem, const struct rs_config *cfg)
{
    int err = rs_config_check(cfg, mem, RS_CAPS_linepack);
    if (err)
        return err;
    if (rs_linepack_bytes(cfg->capacity, cfg->msg_bytes, cfg->msg_align) == 0)
        return -EINVAL;
    rs_lines_init(&r->constant.lines, (rs_cell *)mem, cfg);
    rs_lines_begin(&r->constant.lines, &r->producer.at);
    rs_lines_begin(&r->constant.lines, &r->consumer.at);
    rs_linepack_init_headers(r, cfg->start);
    rs_set(&r->producer.limit, (rs_index)(cfg->start + cfg->capacity));
    rs_set(&r->constant.capacity, (rs_index)cfg->capacity);
    rs_set(&r->consumer.seen, cfg->start);
    rs_set(&r->consumer.returned, cfg->start);
    rs_set(&r->constant.defer, (rs_index)rs_linepack_defer(cfg));
    /* I1 relaxed: not shared yet; whatever hands the ring to the other thread orders these. */
    rs_store_relaxed(&r->producer.tail, cfg->start);
    rs_store_relaxed(&r->consumer.head, cfg->start);   /* I1 relaxed: as above */
    rs_store_relaxed(&r->returned.credit, cfg->start); /* I1 relaxed: as above */
    rs_store_relaxed(&r->shared.closed, 0u);           /* I1 relaxed: as above */
    return 0;
}

/* How many of n messages the producer may write from tail on; asks the consumer only if the last
 * view does not hold n. */
RS_INLINE size_t rs_linepack_room(struct rs_linepack *r, rs_index tail, size_t n)
{
    rs_index limit = rs_get(&r->producer.limit);
    size_t room = (size_t)rs_distance(limit, tail);
    if (rs_unlikely(room < n)) {
        /* P2 acquire: the consumer has read the messages before credit; pairs with C3. Without it
         * P overwrites a message that C still reads. */
        rs_index credit = rs_load_acquire(&r->returned.credit);
        limit = (rs_index)(credit + rs_get(&r->constant.capacity));
        rs_set(&r->producer.limit, limit);
        room = (size_t)rs_distance(limit, tail);
        rs_note(refresh, 1);
        rs_note(full, room == 0);
    }
    return room < n ? room : n;
}

/* The messages before tail are about to be published: first, so that whoever has one has counted
 * it. */
RS_INLINE void rs_linepack_announce(struct rs_linepack *r, rs_index tail)
{
    rs_store_relaxed(&r->producer.tail, tail); /* P1 relaxed: sole writer */
}

/* The producer's line is written up to message tail, which is `used` messages of it. */
RS_INLINE void rs_linepack_publish(struct rs_linepack *r, rs_index tail, size_t used)
{
    rs_cell *line = rs_get(&r->producer.at.line);
    /* P3 release: publishes the messages of the line before tail; pairs with C2. Without it C reads
     * a stale message. */
    rs_store_release(rs_word_at(line), (rs_word)tail);
    rs_lines_pass(&r->constant.lines, &r->producer.at, used);
}

RS_INLINE bool rs_linepack_push(struct rs_linepack *r, const void *msg, size_t size)
{
    rs_index tail = rs_load_relaxed(&r->producer.tail); /* P1 relaxed: sole writer */
    size_t used = rs_get(&r->producer.at.used);
    if (rs_unlikely(rs_linepack_room(r, tail, 1) == 0))
        return false;
    rs_linepack_announce(r, (rs_index)(tail + 1));
    rs_copy_in(rs_lines_cell(&r->constant.lines, &r->producer.at, used), msg, size);
    rs_linepack_publish(r, (rs_index)(tail + 1), used + 1);
    rs_note(pushed, 1);
    return true;
}

/* Of n packed messages, writes what the line still holds, and publishes that; how many. */
RS_INLINE size_t rs_linepack_fill(struct rs_linepack *r, rs_index tail, const unsigned char *msgs,
                                  size_t n, size_t size)
{
    size_t used = rs_get(&r->producer.at.used);
    size_t left = rs_get(&r->constant.lines.per_line) - used;
    struct rs_span s;
    n = n < left ? n : left;
    rs_lines_cut(&r->constant.lines, &r->producer.at, used, n, &s);
    rs_span_write(&s, msgs, size);
    rs_linepack_publish(r, (rs_index)(tail + n), used + n);
    return n;
}

/* One look for room a batch, one release a line. */
RS_INLINE size_t rs_linepack_push_n(struct rs_linepack *r, const void *msgs, size_t n, size_t size)
{
    const unsigned char *m = (const unsigned char *)msgs;
    rs_index tail = rs_load_relaxed(&r->producer.tail); /* P1 relaxed: sole writer */
    size_t done = 0;
    n = rs_linepack_room(r, tail, n);
    if (n == 0)
        return 0;
    rs_linepack_announce(r, (rs_index)(tail + n));
    while (done < n)
        done += rs_linepack_fill(r, (rs_index)(tail + done), m + done * size, n - done, size);
    rs_note(pushed, n);
    return n;
}

/* How many messages of its line the consumer may read from head on; reads the header only if the
 * last view of it is used up. */
RS_INLINE size_t rs_linepack_ready(struct rs_linepack *r, rs_index head)
{
    rs_index seen = rs_get(&r->consumer.seen);
    rs_cell *line = rs_get(&r->consumer.at.line);
    rs_word header, ahead;
    if (seen != head)
        return (size_t)rs_distance(seen, head);
    /* C2 acquire: the messages of the line before the header's index are there; pairs with P3.
     * Without it C reads a stale message. */
    header = rs_load_acquire(rs_word_at(line));
    ahead = (rs_word)rs_distance((rs_index)header, head);
    if (ahead > rs_get(&r->constant.lines.per_line))
        return 0; /* of a lap ago: behind head */
    rs_set(&r->consumer.seen, (rs_index)(head + ahead));
    return (size_t)ahead;
}

/* Gives the room of the messages before head back, what was held back too. */
RS_INLINE void rs_linepack_return(struct rs_linepack *r, rs_index head)
{
    rs_set(&r->consumer.returned, head);
    /* C3 release: the loads of the messages before head are done; pairs with P2. Without it P
     * overwrites a message that C still reads. */
    rs_store_release(&r->returned.credit, head);
}

/* The messages before head are done with. */
RS_INLINE void rs_linepack_advance(struct rs_linepack *r, rs_index head)
{
    rs_index returned = rs_get(&r->consumer.returned);
    rs_index defer = rs_get(&r->constant.defer);
    /* C1 relaxed: sole writer; before the return, so that whoever has the room has counted it. */
    rs_store_relaxed(&r->consumer.head, head);
    if (rs_unlikely(rs_distance(head, returned) >= defer))
        rs_linepack_return(r, head);
}

/* The consumer got less than it asked for: the producer may be waiting for what is held back. */
RS_INLINE void rs_linepack_short(struct rs_linepack *r, rs_index head)
{
    if (rs_get(&r->consumer.returned) != head)
        rs_linepack_return(r, head);
}

RS_INLINE bool rs_linepack_pop(struct rs_linepack *r, void *msg, size_t size)
{
    rs_index head = rs_load_relaxed(&r->consumer.head); /* C1 relaxed: sole writer */
    size_t used = rs_get(&r->consumer.at.used);
    if (rs_unlikely(rs_linepack_ready(r, head) == 0)) {
        rs_linepack_short(r, head);
        rs_note(empty, 1);
        return false;
    }
    rs_copy_out(msg, rs_lines_cell(&r->constant.lines, &r->consumer.at, used), size);
    rs_lines_pass(&r->constant.lines, &r->consumer.at, used + 1);
    rs_linepack_advance(r, (rs_index)(head + 1));
    rs_note(popped, 1);
    return true;
}

/* Reads up to n messages of the line, packed; how many. */
RS_INLINE size_t rs_linepack_drain(struct rs_linepack *r, rs_index head, unsigned char *msgs,
                                   size_t n, size_t size)
{
    size_t ready = rs_linepack_ready(r, head);
    size_t used = rs_get(&r->consumer.at.used);
    struct rs_span s;
    n = n < ready ? n : ready;
    rs_lines_cut(&r->constant.lines, &r->consumer.at, used, n, &s);
    rs_span_read(msgs, &s, size);
    rs_lines_pass(&r->constant.lines, &r->consumer.at, used + n);
    return n;
}

/* One store of the index, and one thought of the credit, a batch. */
RS_INLINE size_t rs_linepack_pop_n(struct rs_linepack *r, void *msgs, size_t n, size_t size)
{
    unsigned char *m = (unsigned char *)msgs;
    rs_index head = rs_load_relaxed(&r->consumer.head); /* C1 relaxed: sole writer */
    size_t done = 0, more = 1;
    while (done < n && more > 0) {
        more = rs_linepack_drain(r, (rs_index)(head + done), m + done * size, n - done, size);
        done += more;
    }
    if (done > 0)
        rs_linepack_advance(r, (rs_index)(head + done));
    if (done < n)
        rs_linepack_short(r, (rs_index)(head + done));
    rs_note(empty, done == 0 && n > 0);
    rs_note(popped, done);
    return done;
}

RS_INLINE void rs_linepack_close(struct rs_linepack *r)
{
    /* X1 release: every push before it is published; pairs with X2. Without it the other side
     * sees the end but not the last messages. */
    rs_store_release(&r->shared.closed, 1u);
}

RS_INLINE bool rs_linepack_closed(struct rs_linepack *r)
{
    /* X2 acquire: a pop after this sees the last publish; pairs with X1. Without it the tail is
     * lost. */
    return rs_load_acquire(&r->shared.closed) != 0;
}

RS_INLINE size_t rs_linepack_count(struct rs_linepack *r)
{
    rs_index head = rs_load_relaxed(&r->consumer.head); /* N1 relaxed: approximate */
    rs_index tail = rs_load_relaxed(&r->producer.tail); /* N2 relaxed: approximate */
    return (size_t)rs_distance(tail, head);
}

RS_RING_DEFAULTS(linepack);

#endif
