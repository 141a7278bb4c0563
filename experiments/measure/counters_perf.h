/* SPDX-License-Identifier: MIT */
/* perf_event_open() for the calling thread.  Private to counters_*.c. */
#ifndef COUNTERS_PERF_H
#define COUNTERS_PERF_H

#include <stdbool.h>

#include "counters.h"
#include "counters_pfm.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A counter that stands still: a file, or -errno.  leader: -1, or the file of one to be counted
 * together with. */
int perf_counter_open(const struct pfm_code *code, bool with_kernel, int leader);
void perf_counter_start(int leader); /* it and those with it, from 0 */
void perf_counter_stop(int leader);
/* The values of a leader and those with it, file[0..COUNTERS_PASS_MAX) in the order in which they
 * were opened, -1 = none; no values if they did not count all the time. */
void perf_counter_read(int leader, const int file[COUNTERS_PASS_MAX],
                       struct counter_value value[COUNTERS_PASS_MAX]);

/* Does the kernel count cycles for this process?  False with the reason. */
bool perf_counts_hardware(char *why, size_t n);

#ifdef __cplusplus
}
#endif

#endif
