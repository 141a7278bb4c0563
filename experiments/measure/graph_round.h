/* SPDX-License-Identifier: MIT */
/*
 * A round of the graph kernel: one graph after the other, through the engine's public API.
 *
 * Warm-up graphs grow until they have lasted long enough and give the speed; the last graph is
 * timed, from when its sink has seen 1/16 of the messages to the end, so that starting threads is
 * not in it.  A graph of two nodes has its source and sink on the cell's two cpus; so has a larger
 * one where every node can have a cpu of its own.  Otherwise the engine places them.
 *
 * Environment: RINGSIDE_NODE_METRICS=FILE appends the engine's 1 Hz report of the timed graph to
 * FILE, the graph's name being the cell's id; RINGSIDE_NODE_SNAPSHOT=1 puts the nodes' counters
 * into the result.
 */
#ifndef GRAPH_ROUND_H
#define GRAPH_ROUND_H

#include "factors.h"
#include "measure/counters.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What no machine can run, as cell_ring_refusal. */
bool graph_refusal(const struct cell *c, char *why, size_t n);

/* Edges of the cell's graph, and those that a message passes on its way. */
int64_t graph_edges(const struct cell *c);
int64_t graph_hops(const struct cell *c);

/* As round_count; a thread is a worker, named after its nodes: "source-0+map-1". */
json_t *graph_round_run(const struct cell *c, const struct counters_pass *counting, char *why,
                        size_t n);

#ifdef __cplusplus
}
#endif

#endif
