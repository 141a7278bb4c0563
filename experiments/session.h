/* SPDX-License-Identifier: MIT */
/* All that is due in the folder of a sweep: timing rounds, counter rounds, and what sums them up.
 */
#ifndef SESSION_H
#define SESSION_H

#include "counter_plan.h"
#include "plan.h"

/* Runs it, complains of what fails and prints the folder when all is done.  counters without passes
 * = nothing is counted; prometheus = a file for the progress, or NULL.  An enum exit_code. */
int session_run(const struct plan *p, const struct counter_plan *counters, uint64_t seed,
                const char *dir, const char *prometheus);

#endif
