/* SPDX-License-Identifier: MIT */
/* Runs a graph file, or this process's part of it, to its end: signals and jobs of MPI.  Between
 * cmd_graph.c and graph_file.h. */
#ifndef GRAPH_RUN_H
#define GRAPH_RUN_H

#include "graph_file.h"

/* Builds and runs what was loaded; lets it end after for_s seconds (< 0 = by itself).  Takes
 * SIGINT, SIGTERM and SIGHUP of the whole process from here on.  An exit code, after the error. */
int graph_run(struct graph_file *, double for_s);

#endif
