/* SPDX-License-Identifier: MIT */
/*
 * One sweep at a time on a cpu: two that share one would measure each other.
 *
 * Each cpu has a file ".cpu-N.lock" in a folder of the user's (that of live files, graph/live.h),
 * locked by flock(2) while a sweep may run there and holding who that is.  The kernel gives a lock
 * back when its process ends, however it ends, so that none is ever stale.  Sweeps on other cpus do
 * not meet; those of other users are not seen.
 *
 * Threads: one.  Ownership: take opens files, release closes them; processes that are exec'ed do
 * not inherit them.
 */
#ifndef CPU_LOCK_H
#define CPU_LOCK_H

#include "plan.h"

struct cpu_lock {
    int *fd; /* [n], by ascending cpu, which rules out that two sweeps wait for each other */
    size_t n;
};

enum cpu_lock_result {
    CPU_LOCK_TAKEN,
    CPU_LOCK_BUSY,       /* another sweep has one of the cpus */
    CPU_LOCK_UNAVAILABLE /* there is no folder for the files: nothing is known of others */
};

/* Takes every cpu that a cell of the plan may run on.  With `wait` it lasts until all are free, and
 * says so on stderr.  why[0..n) says what is not TAKEN. */
enum cpu_lock_result cpu_lock_take(struct cpu_lock *l, const struct plan *p,
                                   const struct topology *t, bool wait, char *why, size_t n);

/* Tells those who find the cpus taken which folder this process writes to. */
void cpu_lock_sign(const struct cpu_lock *l, const char *dir);
void cpu_lock_release(struct cpu_lock *l);

#endif
