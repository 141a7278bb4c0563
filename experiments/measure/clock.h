/* SPDX-License-Identifier: MIT */
/*
 * The clock every figure is taken with, in nanoseconds, and what that clock is worth here.
 *
 * CLOCK_MONOTONIC, because it is one clock for all cpus, is read without a system call on every
 * target (vDSO), and needs no calibration.  NTP may slew it by at most 500 ppm, 0.05%, which is
 * below what a round can resolve.  Not CLOCK_MONOTONIC_RAW: older kernels and some Arm ones leave
 * it out of the vDSO, where a read costs a system call.  Not the TSC: it must be proven constant,
 * calibrated, compared between packages and fenced, Arm has another one, and all it would save is
 * some 20 ns, where a read is paid once a batch or once a round.
 *
 * Threads: any.  Errors: none; CLOCK_MONOTONIC exists on every supported kernel.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds since an arbitrary point, never decreasing. */
static inline uint64_t clock_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/*
 * The smallest step seen between successive reads: the resolution or the cost of a read,
 * whichever is larger, hence the shortest interval that can be told from nothing.  Measured, as
 * clock_getres() promises 1 ns also where the clock steps by a timer tick.  0 if it never stepped.
 */
static inline uint64_t clock_resolution_ns(void)
{
    uint64_t smallest = 0;
    uint64_t last = clock_ns();
    int steps = 0;

    for (int reads = 0; reads < 1000000 && steps < 256; reads++) {
        uint64_t now = clock_ns();
        if (now == last)
            continue;
        if (!smallest || now - last < smallest)
            smallest = now - last;
        last = now;
        steps++;
    }
    return smallest;
}

/* What one clock_ns() costs: the fastest of 16 batches, as interference only ever adds. */
static inline double clock_cost_ns(void)
{
    const int batches = 16;
    const int reads = 512;
    double best = 0;

    for (int batch = 0; batch < batches; batch++) {
        uint64_t begin = clock_ns();
        uint64_t end = begin;
        for (int i = 0; i < reads; i++)
            end = clock_ns();
        double cost = (double)(end - begin) / reads;
        if (batch == 0 || cost < best)
            best = cost;
    }
    return best;
}

#endif
