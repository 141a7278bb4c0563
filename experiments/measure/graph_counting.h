/* SPDX-License-Identifier: MIT */
/*
 * Events counted by worker in one graph: nodes that share a worker share its counters.
 *
 * From the first message of the worker's source or sink, or for a worker of maps alone from its
 * start, to its end.
 *
 * Threads: new, json and free are the builder's, before and after the graph runs; the rest is
 * called by the nodes, from their start and stop hooks and first message, on their workers.
 */
#ifndef GRAPH_COUNTING_H
#define GRAPH_COUNTING_H

#include "measure/counters.h"

#ifdef __cplusplus
extern "C" {
#endif

struct graph_counting;
struct graph_counter; /* of one worker */

/* NULL if out of memory. */
struct graph_counting *graph_counting_new(const struct counters_pass *pass, size_t nodes);
void graph_counting_free(struct graph_counting *g); /* NULL is allowed */

/* The counter of the calling worker, opened for its first node.  Never NULL for `nodes` calls. */
struct graph_counter *graph_counting_join(struct graph_counting *g, const char *node);
void graph_counter_start(struct graph_counter *c); /* the first call counts */
void graph_counter_leave(struct graph_counter *c); /* the first call stops, the last one closes */

/* As the "counters" of round.h, per message of `messages`; new reference. */
json_t *graph_counting_json(const struct graph_counting *g, double messages);

#ifdef __cplusplus
}
#endif

#endif
