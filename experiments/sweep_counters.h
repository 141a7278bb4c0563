/* SPDX-License-Identifier: MIT */
/*
 * The counter rounds of a sweep: after its timing rounds, in a process each, into counters.jsonl.
 *
 * Round r of every pass of every cell runs before round r + 1 of any, in an order shuffled with the
 * sweep's seed and r.  A pass whose first round gave no value at all is not run again: the machine
 * will not have grown counters.  Which rounds are due follows from the records alone, so that they
 * can be resumed.
 */
#ifndef SWEEP_COUNTERS_H
#define SWEEP_COUNTERS_H

#include "counter_plan.h"
#include "plan.h"
#include "store/journal.h"

struct counter_sweep {
    const struct plan *plan;
    const struct counter_plan *counters;
    uint64_t seed;
    const char *dir;
    const struct sweep *shown; /* whose live file shows these rounds too */
    struct journal journal;
    unsigned char *state; /* private: [cells][passes][rounds] */
    uint64_t begun_ns;
    double earlier_s; /* what the counter rounds had lasted before they were resumed */
    size_t done, failed;
    size_t done_before; /* of `done`: recorded before they were resumed */
};

/* The caller fills in plan, counters, seed, dir and shown.  Takes note of what was recorded before.
 * 0, or -errno with the reason: -EINVAL if the records are not of this sweep. */
int counter_sweep_open(struct counter_sweep *s, char *why, size_t n);

/* Runs what is due.  As sweep_run. */
int counter_sweep_run(struct counter_sweep *s, char *why, size_t n);

void counter_sweep_close(struct counter_sweep *s);

#endif
