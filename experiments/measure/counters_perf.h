/* SPDX-License-Identifier: MIT */
/* perf_event_open() for the calling thread.  Private to counters_*.c. */
#ifndef COUNTERS_PERF_H
#define COUNTERS_PERF_H

#include <stdbool.h>

#include "counters.h"
#include "counters_pfm.h"

/* A counter that stands still: a file, or -errno.  leader: -1, or the file of one to be counted
 * together with. */
int perf_counter_open(const struct pfm_code *code, bool with_kernel, int leader);
void perf_counter_start(int leader); /* it and those with it, from 0 */
void perf_counter_stop(int leader);
/* A value, unless it did not count all the time. */
void perf_counter_read(int file, struct counter_value *value);

#endif
