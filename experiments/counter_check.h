/* SPDX-License-Identifier: MIT */
/* Whether an event of a counters file exists.  Private to counter_*.c. */
#ifndef COUNTER_CHECK_H
#define COUNTER_CHECK_H

#include "counter_file.h"
#include "ini_file.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Fails the file, with line and nearest name, if the event is known not to exist.  What libpfm4 is
 * missing for, or does not know the PMU of, passes: only another machine can tell. */
void counter_check_event(struct ini_file *file, const struct counter_table *t,
                         const struct counter_event *e);

#ifdef __cplusplus
}
#endif

#endif
