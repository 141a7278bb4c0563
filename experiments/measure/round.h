/* SPDX-License-Identifier: MIT */
/*
 * A round: one cell, run once in this process on two threads of its own.
 *
 * Both threads pin themselves, touch their own memory first, and start every pass at a common
 * future time.  Passes: settings are tried (bounds only), the warm-up grows until it has lasted
 * long enough and gives the speed, the timed pass is measured, and for pingpong a last pass
 * records each round trip.  Thread start and allocation are never inside a pass.  The graph kernel
 * has a round of its own: graph_round.h.
 */
#ifndef ROUND_H
#define ROUND_H

#include "factors.h"
#include "measure/topology.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Why the cell cannot run here, with the way out, in why[0..n); false if it can.  Resolves
 * nothing and runs nothing. */
bool cell_refusal(const struct cell *c, const struct topology *t, char *why, size_t n);

/* Its parts: an engine or allocator that is not here, what the ring or the graph cannot do
 * anywhere, and where this process cannot run. */
bool cell_engine_refusal(const struct cell *c, char *why, size_t n);
bool cell_ring_refusal(const struct cell *c, char *why, size_t n);
bool cell_place_refusal(const struct cell *c, const struct topology *t, char *why, size_t n);

/* Turns placement `pair` and `same` into cpu numbers.  False where the machine has too few. */
bool cell_place(struct cell *c, const struct topology *t);

/* Runs a cell that cell_refusal accepts and cell_place has placed, the calling thread as its
 * producer: it stays pinned, so run rounds in a process of their own.  New reference to
 *   {"status": "ok" | "failed", "reason", "metrics": {...}, "evidence": {...}, "disturbed": [...]};
 * metrics are in the units their names end with.  NULL with the reason in why[0..n) if it could
 * not be set up. */
json_t *round_run(const struct cell *c, char *why, size_t n);

#ifdef __cplusplus
}
#endif

#endif
