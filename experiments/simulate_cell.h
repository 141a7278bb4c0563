/* SPDX-License-Identifier: MIT */
/* A cell of the factor space as the simulator sees it. */
#ifndef SIMULATE_CELL_H
#define SIMULATE_CELL_H

#include "factors.h"
#include "simulate/simulate.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Whether a run of the simulator depends on the factor: the ring's own factors and the graph's. */
bool simulate_uses(enum factor f);

/* Marks what the cell's ring does not heed as unused, as a plan does. */
void simulate_normalise(struct cell *c);

/* Fills in what the cell says: ring, messages, capacity, batch, api, and topology and stages where
 * the cell has them.  The rest stays as it is.  False, with the reason in why[0..n), if its ring
 * cannot run it on any machine. */
bool simulate_from_cell(const struct cell *c, struct simulate_config *to, char *why, size_t n);

#ifdef __cplusplus
}
#endif

#endif
