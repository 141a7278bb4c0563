/* SPDX-License-Identifier: MIT */
/* A round of the wake kernel: how late a message arrives at a node that has gone to sleep. */
#ifndef WAKE_ROUND_H
#define WAKE_ROUND_H

#include "factors.h"

/* As round_run.  Two nodes of a graph on the cell's cpus; the source sends one message every 2 ms,
 * stamped just before it is committed, and the sink takes the difference to its own clock. */
json_t *wake_round_run(const struct cell *c, char *why, size_t n);

#endif
