/* SPDX-License-Identifier: MIT */
/*
 * stream: side 0 pushes as fast as it can, side 1 pops and checks every message.  Modes:
 * one message a call, a batch a call through a private buffer, a batch in place through spans, a
 * record of its own size in place.
 */
#ifndef STREAM_H
#define STREAM_H

#include "kernel.h"
#include "pieces.h"
#include "poll.h"
#include "rings/variant.h"
#include "shared.h"

/* Called when the ring is full (side 0) or empty (side 1), `tries` times in a row so far.  A ring
 * that defers may hold back what the other side waits for, so the producer flushes. */
SHARED void stream_stuck(struct side *s, int side, uint64_t tries)
{
    s->stuck += tries == 0;
    s->polls++;
    if (side == 0)
        RS_OP(flush)((RS_RING *)s->ring[0]);
#if RS_HAS(wait)
    if (side == 0)
        RS_OP(wait_space)((RS_RING *)s->ring[0]);
    else
        RS_OP(wait_data)((RS_RING *)s->ring[0]);
#else
    (void)side;
    poll_once(s->poll);
#endif
}

/* `message` is the side's own: where its size is a constant it is a variable of the loop, as it is
 * in a program, and small ones stay in registers. */
RS_INLINE void stream_push_one(struct side *s, uint64_t messages, size_t size, void *message)
{
    RS_RING *r = (RS_RING *)s->ring[0];
    const uint64_t end = s->seq + messages;
    for (uint64_t seq = s->seq; seq != end; seq++) {
        message_fill(message, seq, size);
        for (uint64_t tries = 0; !RS_OP(push)(r, message, size); tries++)
            stream_stuck(s, 0, tries);
    }
    RS_OP(flush)(r);
    s->seq = end;
}

RS_INLINE void stream_pop_one(struct side *s, uint64_t messages, size_t size, void *message)
{
    RS_RING *r = (RS_RING *)s->ring[0];
    const uint64_t end = s->seq + messages;
    uint64_t wrong = 0;
    for (uint64_t seq = s->seq; seq != end; seq++) {
        for (uint64_t tries = 0; !RS_OP(pop)(r, message, size); tries++)
            stream_stuck(s, 1, tries);
        wrong |= message_check(message, seq, size);
    }
    s->seq = end;
    s->mismatches |= wrong;
}

#if RS_MAY(held)
/* As stream_stuck, of a ring that neither sleeps nor holds back messages when it is full. */
SHARED void stream_wait(struct side *s, uint64_t tries)
{
    s->stuck += tries == 0;
    s->polls++;
    poll_once(s->poll);
}

/* One message a call, each side's own state in a variable of its loop. */
RS_INLINE void stream_push_held(struct side *s, uint64_t messages, size_t size, void *message)
{
    RS_RING *r = (RS_RING *)s->ring[0];
    RS_PRODUCER p;
    const uint64_t end = s->seq + messages;
    RS_OP(take_producer)(r, &p);
    for (uint64_t seq = s->seq; seq != end; seq++) {
        message_fill(message, seq, size);
        for (uint64_t tries = 0; !RS_OP(push_held)(r, &p, message, size); tries++)
            stream_wait(s, tries);
    }
    RS_OP(put_producer)(r, &p);
    RS_OP(flush)(r);
    s->seq = end;
}

RS_INLINE void stream_pop_held(struct side *s, uint64_t messages, size_t size, void *message)
{
    RS_RING *r = (RS_RING *)s->ring[0];
    RS_CONSUMER c;
    const uint64_t end = s->seq + messages;
    uint64_t wrong = 0;
    RS_OP(take_consumer)(r, &c);
    for (uint64_t seq = s->seq; seq != end; seq++) {
        for (uint64_t tries = 0; !RS_OP(pop_held)(r, &c, message, size); tries++)
            stream_wait(s, tries);
        wrong |= message_check(message, seq, size);
    }
    RS_OP(put_consumer)(r, &c);
    s->seq = end;
    s->mismatches |= wrong;
}
#endif

RS_INLINE size_t stream_next(const struct side *s, uint64_t messages)
{
    return messages < s->batch ? (size_t)messages : s->batch;
}

RS_INLINE void stream_push_batch(struct side *s, uint64_t messages, size_t size)
{
    RS_RING *r = (RS_RING *)s->ring[0];
    unsigned char *buffer = (unsigned char *)s->buffer;
    while (messages > 0) {
        const size_t n = stream_next(s, messages);
        uint64_t tries = 0;
        messages_fill(buffer, s->seq, n, size);
        for (size_t done = 0; done < n;) {
            size_t moved = RS_OP(push_n)(r, buffer + done * size, n - done, size);
            done += moved;
            if (moved > 0)
                tries = 0;
            else
                stream_stuck(s, 0, tries++);
        }
        s->seq += n;
        messages -= n;
    }
    RS_OP(flush)(r);
}

RS_INLINE void stream_pop_batch(struct side *s, uint64_t messages, size_t size)
{
    RS_RING *r = (RS_RING *)s->ring[0];
    unsigned char *buffer = (unsigned char *)s->buffer;
    uint64_t tries = 0, wrong = 0;
    while (messages > 0) {
        size_t moved = RS_OP(pop_n)(r, buffer, stream_next(s, messages), size);
        if (moved == 0) {
            stream_stuck(s, 1, tries++);
            continue;
        }
        tries = 0;
        wrong |= messages_check(buffer, s->seq, moved, size);
        s->seq += moved;
        messages -= moved;
    }
    s->mismatches |= wrong;
}

#if RS_HAS(spans)
RS_INLINE void stream_push_span(struct side *s, uint64_t messages, size_t size)
{
    RS_RING *r = (RS_RING *)s->ring[0];
    uint64_t tries = 0;
    while (messages > 0) {
        struct rs_span span;
        size_t n = RS_OP(reserve)(r, stream_next(s, messages), &span);
        if (n == 0) {
            stream_stuck(s, 0, tries++);
            continue;
        }
        tries = 0;
        piece_fill(&span.piece[0], span.stride_bytes, s->seq, size);
        piece_fill(&span.piece[1], span.stride_bytes, s->seq + span.piece[0].count, size);
        RS_OP(commit)(r, n);
        s->seq += n;
        messages -= n;
    }
    RS_OP(flush)(r);
}

RS_INLINE void stream_pop_span(struct side *s, uint64_t messages, size_t size)
{
    RS_RING *r = (RS_RING *)s->ring[0];
    uint64_t tries = 0, wrong = 0;
    while (messages > 0) {
        struct rs_span span;
        size_t n = RS_OP(peek)(r, stream_next(s, messages), &span);
        if (n == 0) {
            stream_stuck(s, 1, tries++);
            continue;
        }
        tries = 0;
        wrong |= piece_check(&span.piece[0], span.stride_bytes, s->seq, size);
        wrong |= piece_check(&span.piece[1], span.stride_bytes, s->seq + span.piece[0].count, size);
        RS_OP(release)(r, n);
        s->seq += n;
        messages -= n;
    }
    s->mismatches |= wrong;
}
#endif

#if RS_MAY(varlen)
/* A record in place at a time; `most` bytes at most. */
RS_INLINE void stream_push_mixed(struct side *s, uint64_t messages, size_t most)
{
    RS_RING *r = (RS_RING *)s->ring[0];
    const uint64_t end = s->seq + messages;
    for (uint64_t seq = s->seq; seq != end; seq++) {
        const size_t size = record_bytes(seq, most);
        struct rs_record record;
        for (uint64_t tries = 0; RS_OP(claim)(r, size, &record) != 0; tries++)
            stream_stuck(s, 0, tries);
        message_fill(record.data, seq, size);
        RS_OP(commit_record)(r, size);
    }
    RS_OP(flush)(r);
    s->seq = end;
}

RS_INLINE void stream_pop_mixed(struct side *s, uint64_t messages, size_t most)
{
    RS_RING *r = (RS_RING *)s->ring[0];
    const uint64_t end = s->seq + messages;
    uint64_t wrong = 0;
    for (uint64_t seq = s->seq; seq != end; seq++) {
        const size_t size = record_bytes(seq, most);
        struct rs_record record;
        for (uint64_t tries = 0; !RS_OP(next_record)(r, &record); tries++)
            stream_stuck(s, 1, tries);
        wrong |= record.bytes ^ size;
        if (record.bytes == size)
            wrong |= record_check(record.data, seq, size);
        RS_OP(release_record)(r);
    }
    s->seq = end;
    s->mismatches |= wrong;
}
#endif

#endif
