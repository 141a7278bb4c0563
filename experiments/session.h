/* SPDX-License-Identifier: MIT */
/* All that is due in the folder of a sweep: timing rounds, counter rounds, and what sums them up.
 */
#ifndef SESSION_H
#define SESSION_H

#include "counter_plan.h"
#include "plan.h"
#include "store/journal.h"

/* Opens the journal of the folder, which locks it against other sweeps.  Says what was cut off, or
 * what is wrong; an enum exit_code. */
int session_lock(const char *dir, struct journal *journal);

/* Runs it, complains of what fails and prints the folder when all is done.  counters without passes
 * = nothing is counted; prometheus = a file for the progress, or NULL.  The journal is closed at
 * the end.  An enum exit_code. */
int session_run(const struct plan *p, const struct counter_plan *counters, uint64_t seed,
                const char *dir, const char *prometheus, const struct journal *journal);

#endif
