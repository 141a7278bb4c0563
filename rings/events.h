/* SPDX-License-Identifier: MIT */
/*
 * Events: what a ring marks at the sites where it happens, as `rs_note(full, 1);`.
 *
 * RS_EVENTS = 0 (the default): rs_note is nothing and its arguments are not evaluated; no code, no
 * data, no symbol.  RS_EVENTS = 1: each thread counts for itself, a load and a store of a line that
 * no other thread writes, and the program links rings/events.c.  A ring's layout is the same either
 * way, so files compiled with different values may be linked together; those with 0 count nothing.
 *
 * Threads: any thread may note, any may sum.  A thread that has ended keeps its counts.
 * Units: operations for full, empty and refresh; messages for pushed and popped.
 * Errors: where memory is out when a thread notes its first event, that thread is not counted.
 * Ownership: a thread's counters are allocated at its first event, are handed on when it ends, and
 * are never freed, so a reader may come at any time.
 *
 * Per-thread counters that a reader adds up are those of P. McKenney, "Is Parallel Programming
 * Hard, And, If So, What Can You Do About It?", chapter 5 (statistical counters).
 *
 * A checker that replaces memory.h (RS_MEMORY_OVERRIDE) sees no events unless it defines rs_note.
 *
 * Ordering (who, on what, why):
 *   E1 relaxed  counter  sole writer; whoever sums may see an old value
 */
#ifndef RINGSIDE_EVENTS_H
#define RINGSIDE_EVENTS_H

#include "memory.h"

#ifndef RS_EVENTS
#define RS_EVENTS 0
#endif

/* The only list: X(mark, name, "what is counted"). */
#define RS_EVENT_LIST(X)                                                                           \
    X(full, full_hits, "times a producer asked for room and got none")                             \
    X(empty, empty_hits, "times a consumer asked for messages and got none")                       \
    X(refresh, index_refreshes, "times a side read the other side's index")                        \
    X(pushed, pushed_msgs, "messages pushed or committed")                                         \
    X(popped, popped_msgs, "messages popped or released")

#define RS_EVENT_ENUM(mark, name, text) RS_EVENT_##mark,
enum rs_event { RS_EVENT_LIST(RS_EVENT_ENUM) RS_EVENT_KINDS };
#undef RS_EVENT_ENUM

/* One thread's counters. */
struct rs_event_counts {
    RS_ATOMIC(uint64_t) n[RS_EVENT_KINDS];
};

#ifndef rs_note
#if RS_EVENTS && !defined RS_MEMORY_OVERRIDE

#ifdef __cplusplus
extern "C" {
#endif
extern __thread struct rs_event_counts *rs_events_mine; /* NULL before the first event */
struct rs_event_counts *rs_events_join(void);           /* never NULL */
#ifdef __cplusplus
}
#endif

RS_INLINE void rs_events_add(enum rs_event event, uint64_t more)
{
    struct rs_event_counts *mine = rs_events_mine;
    uint64_t now;
    if (rs_unlikely(mine == NULL))
        mine = rs_events_join();
    now = rs_load_relaxed(&mine->n[event]);        /* E1 relaxed: sole writer */
    rs_store_relaxed(&mine->n[event], now + more); /* E1 relaxed: sole writer */
}

#define rs_note(mark, count) rs_events_add(RS_EVENT_##mark, (uint64_t)(count))
#else
#define rs_note(mark, count) ((void)0)
#endif
#endif

/* Of all threads since the program began.  In rings/events.c: with RS_EVENTS = 1 only. */
#ifdef __cplusplus
extern "C" {
#endif
uint64_t rs_events_sum(enum rs_event event);
#ifdef __cplusplus
}
#endif

#endif
