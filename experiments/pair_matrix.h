/* SPDX-License-Identifier: MIT */
/*
 * Round trips of one cache line between cpus, all with all.
 *
 * One pair at a time, both sides pinned, in a process of its own, as nothing else may move lines
 * meanwhile.  Every run takes all pairs once, in an order of its own, so that a disturbed while
 * falls on different pairs of different runs, where the median passes over it.
 *
 * Threads: main thread.  Ownership: pair_matrix_measure() allocates, pair_matrix_free() frees.
 */
#ifndef PAIR_MATRIX_H
#define PAIR_MATRIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { PAIR_RUNS_MAX = 101 };

/* Round trip that cpu_a begins, in ns, measured for about `seconds`; < 0 = could not run. */
typedef double pair_measure(void *user, int cpu_a, int cpu_b, double seconds);
/* Before each measurement; not 0 stops. */
typedef int pair_progress(void *user, size_t done, size_t of, int run);

struct pair_plan {
    const int *cpus;
    size_t n;
    bool ordered; /* both directions apart; else runs take turns in who begins */
    size_t most;  /* pairs, drawn at random if there are more; 0 = all */
    int runs;
    double seconds;
    uint64_t seed;
    pair_measure *measure; /* NULL = line_round_trip_ns() */
    pair_progress *progress;
    void *user;
};

struct pair_trial {
    int run, cpu_a, cpu_b; /* a began */
    double ns;             /* < 0 = could not run */
};

struct pair_matrix {
    size_t n, pairs, of;               /* measured, of how many there are */
    size_t failed;                     /* pairs without any value */
    double *median_ns, *lo_ns, *hi_ns; /* [row * n + column], row began; NaN = not measured */
    double noise;                      /* relative standard error of a median; NaN below 3 runs */
    size_t trials;
    struct pair_trial *trial; /* in the order they ran */
};

/* 0, -errno, or what progress returned. */
int pair_matrix_measure(const struct pair_plan *p, struct pair_matrix *m);
void pair_matrix_free(struct pair_matrix *m);

/* How many pairs a run of the plan takes, and how many seconds all runs will take, about. */
size_t pair_matrix_pairs(const struct pair_plan *p);
double pair_matrix_seconds(const struct pair_plan *p);

#ifdef __cplusplus
}
#endif

#endif
