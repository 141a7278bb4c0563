/* SPDX-License-Identifier: MIT */
/*
 * A graph as a file: INI text to rs_graph.  docs/graph-files.md describes what users write.
 *
 *     struct graph_file f;
 *     if (graph_file_load(&f, "fir.graph", &options, why, sizeof why) == 0 &&
 *         graph_file_build(&f, why, sizeof why) == 0)
 *         rs_graph_run(f.graph);
 *     graph_file_free(&f);
 *
 * Sections may stand in any order; they are collected first.  Every error is "FILE:LINE: what",
 * with the nearest valid name where there is one.
 */
#ifndef GRAPH_FILE_H
#define GRAPH_FILE_H

#include "graph/graph.h"
#include "ini_file.h"

#ifdef __cplusplus
extern "C" {
#endif

struct graph_key {
    char *name, *value;
    int line;
    bool from_command_line;
};

enum graph_section_type { GRAPH_SECTION, NODE_SECTION, EDGE_SECTION };

struct graph_section {
    enum graph_section_type type;
    char name[272]; /* "" of [graph]; "src"; "src.out -> dst.in" */
    char from[64], out[64], to[64], in[64];
    int line;
    struct graph_key *key;
    size_t keys;
    const rs_node_ops *kind; /* of a node, once it is built */
    rs_node *node;           /* of an edge: the bridge in this part, NULL if it does not leave it */
};

struct graph_file_options {
    /* [sets] "NODE.KEY=VALUE", "graph.KEY=VALUE": they replace what the file says */
    const char *const *set;
    size_t sets;
    const char *metrics;    /* path; replaces the file's unless NULL */
    const char *prometheus; /* likewise */
    const char *host;       /* only the nodes of this host; NULL = the graph is not split */
    bool silent;            /* no report */
    bool publish;           /* to `ringside top` */
    rs_log_function *log;
    void *log_user;
};

struct graph_file {
    rs_graph *graph; /* NULL until it is built */
    rs_kinds *kinds;
    struct graph_section *section; /* [n] in the order of the file */
    size_t n;
    char *path;
    struct graph_file_options options; /* what it points to belongs to the caller */
};

/* Reads the file and applies --set.  0, or -errno with why[0..n); then nothing needs freeing. */
int graph_file_load(struct graph_file *, const char *path, const struct graph_file_options *,
                    char *why, size_t n);

/* The same from text; `path` stands in messages, and plug-ins are relative to its folder. */
int graph_file_parse(struct graph_file *, const char *path, const char *text, size_t length,
                     const struct graph_file_options *, char *why, size_t n);

/* Loads the plug-ins that the file names. */
int graph_file_load_plugins(struct graph_file *, char *why, size_t n);

/* Loads plug-ins, makes the graph and checks it. */
int graph_file_build(struct graph_file *, char *why, size_t n);

/* As rs_graph_free: -EBUSY, and nothing is freed, if a hook does not return. */
int graph_file_free(struct graph_file *);

const struct graph_section *graph_file_find(const struct graph_file *, enum graph_section_type,
                                            const char *name);
struct graph_key *graph_section_key(const struct graph_section *, const char *name);

#ifdef __cplusplus
}
#endif

#endif
