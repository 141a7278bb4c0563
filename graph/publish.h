/* SPDX-License-Identifier: MIT */
/*
 * What the reporter shows to other processes: the live file and the Prometheus file.  Private to
 * the engine.
 *
 * Threads: start and stop by the builder, before the workers begin and after the reporter ended;
 * rs_publish by the reporter.  What cannot be shown is a warning; the graph runs.
 */
#ifndef RINGSIDE_PUBLISH_H
#define RINGSIDE_PUBLISH_H

#include "internal.h"

/* Makes g->publisher if anything is to be shown, and shows the nodes as they stand. */
void rs_publisher_start(rs_graph *g);

/* now[n_nodes]: shows it.  Totals that are estimates and went back are set to what was shown. */
void rs_publish(struct rs_publisher *, rs_node_metrics *now, bool ended);

/* Removes the live file; the Prometheus file stays with its last values. */
void rs_publisher_stop(rs_graph *g);

/* prometheus.c: all counters as text; the caller frees it.  NULL if memory is out. */
char *rs_prometheus_text(const rs_graph *g, const rs_node_metrics *m, double start_unix_s,
                         bool ended, size_t *length);

#endif
