/* SPDX-License-Identifier: MIT */
/* Keys of the sections of a graph file: names, ranges, and where each value goes.  Between
 * graph_rules.c and graph_file_build.c. */
#ifndef GRAPH_RULES_H
#define GRAPH_RULES_H

#include "graph_file.h"

struct graph_builder {
    struct ini_file file; /* for its errors */
    struct graph_file *to;
    size_t capacity; /* of edges that do not say, once the graph is made */
};

/* The line for ini_file_fail; makes it say "--set" for a key from the command line. */
int graph_key_line(struct graph_builder *, const struct graph_key *);

/* Sets what the key stands for in the options of its section (rs_graph_options, rs_node_options,
 * rs_edge_options).  1; 0 after an error; -1 if such a section has no such key. */
int graph_key_apply(struct graph_builder *, enum graph_section_type, const struct graph_key *,
                    void *options);

/* The error, with the nearest of the section's keys and the kind's parameters; kind may be NULL. */
int graph_key_unknown(struct graph_builder *, enum graph_section_type, const struct graph_key *,
                      const rs_node_ops *kind);

#endif
