/* SPDX-License-Identifier: MIT */
/*
 * Paired comparison of candidates over the rounds that all of them have.
 *
 * In each workload and round a time is taken relative to that round's middle candidate, on the
 * log scale: what slows a whole round down cancels.  A candidate's place in a workload is the
 * median of these over rounds, so a few disturbed rounds do not move it; its cost is the weighted
 * mean of its places.  Confidence comes from resampling whole rounds, the same ones for every
 * candidate and workload, so that neither pairing nor correlation within a round is lost.
 *
 * Costs are logs of nanoseconds: differences are log ratios.
 */
#ifndef CONTEST_H
#define CONTEST_H

#include "store/summary.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ranked {
    double value; /* log ratio to the round's middle candidate */
    size_t round; /* index into contest.round */
};

struct contest {
    size_t n, workloads, rounds;
    int *round;            /* [rounds] numbers of the common rounds, ascending */
    struct ranked *ranked; /* [n][workloads][rounds], ascending by value in each cell */
    double *level;         /* [workloads] log ns of the middle candidate */
};

/* cell[n][workloads], none NULL.  0 or -ENOMEM; without a common round, rounds is 0. */
int contest_make(const struct summary_cell *const *cell, size_t n, size_t workloads,
                 struct contest *out);
void contest_free(struct contest *c);

struct costs {
    size_t n, replicates;
    double *estimate;  /* [n] */
    double *replicate; /* [n][replicates] */
    double *lowest;    /* [replicates] */
};

/* weight[workloads] sum to 1; how->confidence is not used.  0, -EINVAL without rounds, -ENOMEM. */
int contest_costs(const struct contest *c, const double *weight, const struct stats_resampling *how,
                  struct costs *out);
void costs_free(struct costs *c);

/* Ratio of a's cost to b's with its 95% interval. */
struct stats_interval costs_ratio(const struct costs *c, size_t a, size_t b);

/* Share of the replicates in which a's cost is at most `limit` times b's. */
double costs_share(const struct costs *c, size_t a, size_t b, double limit);

/* Share of the replicates in which a's cost is at most `limit` times that replicate's lowest. */
double costs_stability(const struct costs *c, size_t a, double limit);

/* The ratio of a's cost to each replicate's lowest that a share `confidence` stays below. */
double costs_within(const struct costs *c, size_t a, double confidence);

/* The candidate with the lowest estimate; the first of equals. */
size_t costs_best(const struct costs *c);

#ifdef __cplusplus
}
#endif

#endif
