/* SPDX-License-Identifier: MIT */
/*
 * pingpong: side 0 sends a message through ring[0] and waits for its answer through ring[1];
 * side 1 checks it and sends it back.  One message is in flight.
 */
#ifndef PINGPONG_H
#define PINGPONG_H

#include "kernel.h"
#include "measure/clock.h"
#include "message.h"
#include "poll.h"
#include "rings/variant.h"

RS_INLINE void pingpong_push(struct side *s, RS_RING *r, const void *message, size_t size)
{
    while (!RS_OP(push)(r, message, size)) {
        s->polls++;
        poll_once(s->poll);
    }
    RS_OP(flush)(r); /* the other side waits for this very message */
}

RS_INLINE void pingpong_pop(struct side *s, RS_RING *r, void *message, size_t size)
{
    while (!RS_OP(pop)(r, message, size)) {
        s->polls++;
#if RS_HAS(wait)
        RS_OP(wait_data)(r);
#else
        poll_once(s->poll);
#endif
    }
}

RS_INLINE void pingpong_ask(struct side *s, uint64_t round_trips, size_t size, void *message)
{
    RS_RING *there = (RS_RING *)s->ring[0], *back = (RS_RING *)s->ring[1];
    uint64_t wrong = 0, before = s->round_trips ? clock_ns() : 0;
    for (uint64_t i = 0; i < round_trips; i++, s->seq++) {
        message_fill(message, s->seq, size);
        pingpong_push(s, there, message, size);
        memset(message, 0, sizeof s->seq); /* the answer must come from the ring */
        pingpong_pop(s, back, message, size);
        wrong |= message_check(message, s->seq, size);
        if (rs_unlikely(s->round_trips != NULL)) {
            uint64_t now = clock_ns();
            histogram_record(s->round_trips, now - before);
            before = now;
        }
    }
    s->mismatches |= wrong;
}

RS_INLINE void pingpong_answer(struct side *s, uint64_t round_trips, size_t size, void *message)
{
    RS_RING *there = (RS_RING *)s->ring[0], *back = (RS_RING *)s->ring[1];
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < round_trips; i++, s->seq++) {
        pingpong_pop(s, there, message, size);
        wrong |= message_check(message, s->seq, size);
        pingpong_push(s, back, message, size);
    }
    s->mismatches |= wrong;
}

#endif
