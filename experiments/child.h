/* SPDX-License-Identifier: MIT */
/* One round in a process of its own: starts `ringside cell ...`, collects its line, ends it if it
 * hangs. */
#ifndef CHILD_H
#define CHILD_H

#include "factors.h"

#ifdef __cplusplus
extern "C" {
#endif

struct child_result {
    json_t *line; /* what the cell printed; NULL unless it printed one whole line and left 0 */
    const char *status; /* "ok" or "failed" as the line says, else "timeout", "crashed" or
 "aborted" */
    int signal;         /* that ended it, or 0 */
    int exit_code;
    char reason[512]; /* for the user, where there is no line */
    double wall_s;
};

/* Runs one round of `c` and waits for it, at most limit_s seconds.  The caller frees `line`.
 * 0, or -errno if no process could be started. */
int child_run(const struct cell *c, double limit_s, struct child_result *result);

/* The same as a counter round of the pass "GROUP/PASS", whose nodes report nowhere; NULL = as
 * child_run. */
int child_count(const struct cell *c, const char *pass, double limit_s,
                struct child_result *result);

/* Round trip of one line between two cpus, in ns, measured for about `seconds` in a process of its
 * own; < 0 where it could not run there. */
double line_round_trip_ns(int cpu_a, int cpu_b, double seconds);

#ifdef __cplusplus
}
#endif

#endif
