/* SPDX-License-Identifier: MIT */
/*
 * A graph file that is split by `host =` of its nodes: which part is this host's, what is wrong
 * with the split, and the bridges in place of edges that leave.  Between graph_file_build.c and
 * graph/bridge.h.
 */
#ifndef GRAPH_SPLIT_H
#define GRAPH_SPLIT_H

#include "graph_rules.h"

enum { GRAPH_HOST_BYTES = 64 };
#define GRAPH_HOST_RULE "a name is 1 to %d letters, digits, '.', '_' or '-', the first no '.'"

/* Whether a host may have that name, which is part of names of files. */
bool graph_split_is_host(const char *name);

/* Whether any node says its host. */
bool graph_is_split(const struct graph_file *);

/* The hosts in the order of the file, each once, into host[0..most); how many there are. */
size_t graph_split_hosts(const struct graph_file *, const char **host, size_t most);

/* Whether any edge says transport = mpi: then the parts are the ranks of a job. */
bool graph_split_over_mpi(const struct graph_file *);

/* Everything about hosts and transports that the sections tell.  1, or 0 after the error. */
int graph_split_check(struct graph_builder *);

/* Whether the node is in the part that is built. */
bool graph_split_is_here(const struct graph_builder *, const struct graph_section *node);

/* Whether the key of an edge is for its transport. */
bool graph_split_is_key(const char *name);

/* Of an edge with one end in this part: the bridge, connected to that end.  1, or 0 after the
 * error. */
int graph_split_bridge(struct graph_builder *, struct graph_section *edge,
                       const struct graph_section *from, const struct graph_section *to,
                       const rs_edge_options *);

#endif
