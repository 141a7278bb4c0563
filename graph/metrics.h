/* SPDX-License-Identifier: MIT */
/*
 * Counters in the worker's loop.  Compiled out with RS_METRICS = 0.  Private to the engine.
 *
 * No clock is read while a worker makes progress: time is read when it begins to wait, and at each
 * poll while it waits, where nothing is lost by it.
 *
 * Ordering (who, on what, why):
 *   M1 relaxed  counters  sole writer; the reader may see an old value
 */
#ifndef RINGSIDE_METRICS_H
#define RINGSIDE_METRICS_H

#include "internal.h"

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

/* A cheap constant-rate clock; the reporter learns its rate from CLOCK_MONOTONIC. */
RS_INLINE uint64_t rs_ticks(void)
{
#if defined(__x86_64__)
    return __rdtsc();
#elif defined(__aarch64__)
    uint64_t t;
    __asm__ __volatile__("mrs %0, cntvct_el0" : "=r"(t));
    return t;
#else
    return rs_now_ns();
#endif
}

/* A single-writer counter that another thread reads. */
RS_INLINE void rs_count(RS_ATOMIC(uint64_t) * counter, uint64_t more)
{
#if RS_METRICS
    uint64_t now = rs_load_relaxed(counter); /* M1 relaxed: sole writer */
    rs_store_relaxed(counter, now + more);   /* M1 relaxed: sole writer */
#else
    (void)counter;
    (void)more;
#endif
}

/* The worker begins to wait, goes on waiting, and has waited. */
void rs_wait_begins(struct rs_worker *);
void rs_wait_goes_on(struct rs_worker *);
void rs_wait_ends(struct rs_worker *);

#endif
