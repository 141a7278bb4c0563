/* SPDX-License-Identifier: MIT */
/*
 * Evidence that something else interfered with one thread during an interval.
 *
 *     disturbance_pin(cpu);
 *     disturbance_open(&meter, cpu);
 *     disturbance_start(&meter);
 *     ... the timed work, with disturbance_mark(&meter) now and then ...
 *     disturbance_stop(&meter, &d);
 *     d.gap_max_ns = ...;            if the work watched for gaps
 *     disturbance_close(&meter);
 *
 * Threads: all calls for a meter come from the measured thread.  Ownership: open takes two files
 * and a list, close gives them back.
 * Cost: start and stop read /proc (tens of microseconds, more on hundreds of cpus) and belong
 * outside the timed interval; a mark is a vDSO call of some ns.
 */
#ifndef DISTURBANCE_H
#define DISTURBANCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DISTURBANCE_UNAVAILABLE (-1)       /* in the int64_t members */
#define DISTURBANCE_NO_GAP      UINT64_MAX /* in gap_max_ns: nobody watched */

enum { DISTURBANCE_ANY_CPU = -1, DISTURBANCE_REASONS = 6 };

struct disturbance {
    int64_t involuntary_switches;
    int64_t voluntary_switches;
    int64_t run_ns;      /* on a cpu, by the thread's cpu clock: exact, where the run time in
                            schedstat may lag by a tick */
    int64_t wait_ns;     /* runnable, but waiting for a cpu (schedstat) */
    int64_t migrations;  /* seen from mark to mark: a lower bound */
    int64_t steal_ticks; /* of cpu_requested, or of all allowed cpus; 1/sysconf(_SC_CLK_TCK) s */
    int cpu_requested;   /* DISTURBANCE_ANY_CPU = not pinned */
    int cpu_granted;     /* by the mask at the end; DISTURBANCE_ANY_CPU = more than one */
    uint64_t gap_max_ns; /* the longest hole in the measured loop; the caller's to fill in */
};

/* Private to disturbance.c. */
struct disturbance_meter {
    int cpu;
    int last_cpu;
    int64_t migrations;
    int schedstat;  /* file, -1 = unavailable */
    FILE *stat;     /* NULL = unavailable */
    int *steal_cpu; /* whose steal counts */
    size_t n_steal_cpus;
    struct disturbance begin; /* readings, not differences */
};

/*
 * Pins the calling thread to one cpu and reads the mask back.  0; -EINVAL if there is no such cpu
 * or the cpuset does not contain it; -ENOTSUP if the kernel accepted and then granted another
 * mask; or what the kernel says.
 */
int disturbance_pin(int cpu);

/*
 * For the calling thread, which was asked to run on `cpu` or on DISTURBANCE_ANY_CPU.  What this
 * kernel cannot tell is reported as unavailable and is no error.  0, or -errno with nothing open.
 */
int disturbance_open(struct disturbance_meter *m, int cpu);
void disturbance_close(struct disturbance_meter *m);

void disturbance_start(struct disturbance_meter *m);
void disturbance_mark(struct disturbance_meter *m);
/* May be called again after another start. */
void disturbance_stop(struct disturbance_meter *m, struct disturbance *out);

/* One member for each of the struct; null = unavailable; cpu -1 = any. */
json_t *disturbance_json(const struct disturbance *d);

/*
 * Why the interval counts as disturbed.  Returns how many reasons there are, at most
 * DISTURBANCE_REASONS, and stores the first `max` as static strings; 0 = undisturbed as far as
 * can be told.  `shares_cpu`: both sides were asked to share a cpu, so that waiting for each
 * other is part of what is measured, and the scheduler's criteria do not apply.
 */
size_t disturbance_verdict(const struct disturbance *d, uint64_t interval_ns, bool shares_cpu,
                           const char *reasons[], size_t max);

#ifdef __cplusplus
}
#endif

#endif
