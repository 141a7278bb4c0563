/* SPDX-License-Identifier: MIT */
/*
 * Delays at every access of a ring to shared memory: none most of the time, a few pauses, the cpu
 * given away, seldom a sleep.  A window that is open for a nanosecond is so held open for as long
 * as the other side needs to fall into it.
 *
 * Threads: each has a generator of its own, or none and then no delays.  The same seed draws the
 * same delays for the same sequence of accesses; how threads interleave is the machine's affair.
 */
#ifndef RINGSIDE_TESTS_STRESS_DELAYS_H
#define RINGSIDE_TESTS_STRESS_DELAYS_H

#include "random.h"

#include <stddef.h>

struct stress_delays {
    uint64_t random;
    uint64_t accesses, yields, sleeps;
};

/* Of this thread; the seam has no argument to pass it by.  The caller owns what it points to. */
extern __thread struct stress_delays *stress_delays_mine;

/* A delay that `draw` decides on. */
void stress_delay_now(struct stress_delays *, uint64_t draw);

static inline void stress_delay(void)
{
    struct stress_delays *d = stress_delays_mine;
    uint64_t draw;
    if (d == NULL)
        return;
    d->accesses++;
    draw = random_next(&d->random);
    if (draw % 32 == 0)
        stress_delay_now(d, draw / 32);
}

#endif
