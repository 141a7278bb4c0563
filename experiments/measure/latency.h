/* SPDX-License-Identifier: MIT */
/*
 * Load latency by size of the working set, and the levels of memory that it shows.
 *
 * Every run walks all sizes in ascending order, in a buffer of its own with a cycle of its own, so
 * that what disturbs the machine for a while falls on one run of many sizes, where the median
 * passes over it, and the spread includes what pages the kernel happened to give.
 *
 * Threads: one, pinned by the caller.
 */
#ifndef LATENCY_H
#define LATENCY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { LATENCY_PER_DOUBLING = 4, LATENCY_RUNS_MAX = 101, LATENCY_LEVELS_MAX = 16 };

/* Called before each size of each run; not 0 stops the measurement. */
typedef int latency_progress(void *user, int run, size_t bytes, size_t done, size_t of);

struct latency_plan {
    size_t min_bytes, max_bytes, stride_bytes;
    size_t warm_bytes; /* as in chase_time() */
    int runs;
    bool huge_pages;
    uint64_t seed;
    double seconds_min; /* of a timed walk */
    latency_progress *progress;
    void *user;
};

struct latency_point {
    size_t bytes;
    double median_ns, lo_ns, hi_ns; /* of all runs; lo and hi: the least and the most */
};

struct latency {
    size_t n;
    int runs;
    struct latency_point *point; /* [n], ascending */
    double *ns;                  /* [run * n + point] */
    uint64_t *steps;             /* likewise */
    int64_t huge_bytes;          /* of the last run's buffer; < 0 = not told */
    double noise;                /* relative sigma of one run: median over all sizes; NaN below
                                    3 runs */
};

/* Fills everything; latency_free() frees.  0, -errno, or what progress returned. */
int latency_measure(const struct latency_plan *p, struct latency *l);
void latency_free(struct latency *l);

/* LATENCY_PER_DOUBLING sizes a doubling from min to max, in multiples of the stride.  With sizes =
 * NULL only their number. */
size_t latency_sizes(size_t min_bytes, size_t max_bytes, size_t stride_bytes, size_t *sizes);

/*
 * A level: sizes over which the latency hardly rises, up to where it begins to.
 *
 * As Saavedra and Smith ("Measuring Cache and TLB Performance and Their Effect on Benchmark
 * Runtimes", IEEE ToC 44(10), 1995), lmbench (McVoy and Staelin, USENIX 1996) and X-Ray (Yotov,
 * Pingali, Stodghill, SIGMETRICS 2005) read the curve: plateaus are levels, jumps their
 * capacities.  Caches that are indexed by physical address, replace at random or are shared do not
 * jump but rise, so a capacity is given as the rise: the last size of the plateau and the first of
 * the next one.  The method: medians smoothed by a running median of 3; a step to the next size is
 * steep if it adds 5%, or three times the standard error of a median where that is more; steep
 * steps with at most one flat one between them make a rise; a rise counts if it adds a quarter.
 */
struct latency_level {
    size_t from_bytes, to_bytes; /* the plateau */
    size_t next_bytes;           /* where the next begins; 0 = the rise, or the plateau, goes on
                                    beyond what was measured */
    double ns;                   /* median over the plateau */
    bool last;                   /* nothing rises after it */
};

/* Levels of the curve, at most `room`, ascending; how many.  noise: NaN = not known, then a step of
 * 5% is taken for steep whatever made it. */
size_t latency_levels(const struct latency_point *point, size_t n, double noise, int runs,
                      struct latency_level *level, size_t room);

#ifdef __cplusplus
}
#endif

#endif
