/* SPDX-License-Identifier: MIT */
/*
 * Counters of graphs and rings as software-defined events of PAPI: sde:::RINGSIDE::<name>.
 *
 *   name                    counts
 *   <graph>.<node>.in_msgs  one node, all its counters (the table in sde.c)
 *   nodes.in_msgs           the sum over all nodes of all exported graphs, each counter
 *   rings.full_hits         all rings of the process, each event of rings/events.h; RS_EVENTS = 1
 *
 * A node pays nothing: PAPI calls back, and the callback loads what the node counts anyway.
 *
 * Off unless rs_graph_options.sde or $RINGSIDE_SDE says otherwise.  Values only grow: a graph that
 * is freed leaves its last counts behind, and one of the same name goes on from them.
 * Threads: any thread may read through PAPI at any time, while a graph is freed too.
 * Ownership: events belong to the process and are never unregistered; PAPI's library looks an event
 * up without a lock while it is read.
 *
 * H. Jagode, A. Danalis, H. Anzt, J. Dongarra, "PAPI software-defined events for in-depth
 * performance analysis", IJHPCA 33(6), 2019.
 */
#ifndef RINGSIDE_SDE_H
#define RINGSIDE_SDE_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* $RINGSIDE_SDE is set, and neither empty nor 0. */
bool rs_sde_wanted(void);

/* Makes the sums over nodes and rings known to PAPI; a graph with the option does it by itself.
 * NULL, or why there are no events and what to do (static text). */
const char *rs_sde_open(void);

/* ---- between sde.c and the file that knows PAPI: sde_papi.c, or sde_none.c without it ---------
 */

typedef long long rs_sde_read(void *of);

/* NULL, or why there are no events. */
const char *rs_sde_library_open(void);
/* The names are copied, `of` must live for ever.  False if the library refuses. */
bool rs_sde_register(const char *name, const char *text, rs_sde_read *read, void *of);

/* Calls emit for every event that there is without a graph; false as soon as emit is. */
typedef bool rs_sde_emit(void *to, const char *name, const char *text, rs_sde_read *read, void *of);
bool rs_sde_each_sum(rs_sde_emit *emit, void *to);

#ifdef __cplusplus
}
#endif

#endif
