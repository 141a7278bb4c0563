/* SPDX-License-Identifier: MIT */
/*
 * The live view: what a running program says of itself to other processes of its user.
 *
 * One file in memory a graph or sweep, replaced as a whole about once a second by one thread that
 * is no node's, read by anybody of that user at any time: `ringside top`, or a program of yours:
 *
 *     struct rs_live_view v;
 *     if (rs_live_open(&v, path, why, sizeof why) == 0) {
 *         void *payload = malloc(v.header->payload_bytes);
 *         if (rs_live_copy(&v, payload) == 0 && v.header->kind == RS_LIVE_GRAPH)
 *             ... struct rs_live_graph, then its nodes
 *         rs_live_close(&v);
 *     }
 *
 * Where: $RINGSIDE_LIVE_DIR if that is set; else $XDG_RUNTIME_DIR/ringside, else
 * /dev/shm/ringside-<uid>.  A file is <pid>-<name>, mode 0600, and gone when its program ends well.
 * That of a killed program stays until the next one starts; its pid and start time tell.
 *
 * A file is a header that never changes, then two payloads.  Payload number v lies in half v % 2;
 * the header's `published` says which is the last whole one.  The writer waits for nobody and may
 * be stopped anywhere: the last whole payload stays readable.  A reader that was overtaken tries
 * again.  This is the sequence lock of Lameter (2005) with the loads and stores that Boehm
 * ("Can Seqlocks Get Along with Programming Language Memory Models?", MSPC 2012) shows to suffice,
 * on two halves, so that a reader need not wait for a writer either.
 *
 * Threads: a struct rs_live has one writer; views are each of one thread.
 * Errors: 0 or a negative errno; why[0..n) says what, where and what to do.
 */
#ifndef RINGSIDE_LIVE_H
#define RINGSIDE_LIVE_H

#include "graph/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

#define RS_LIVE_MAGIC "RINGLIVE" /* 8 bytes, no terminator */

enum {
    RS_LIVE_VERSION = 2,      /* changes with every layout in this file and of rs_node_metrics */
    RS_LIVE_FOLDERS = 2,      /* in which files may lie */
    RS_LIVE_PATH_BYTES = 512, /* of a file's path */
    RS_LIVE_FOLDER_MOST = 400 /* characters of a folder's */
};

enum rs_live_kind {
    RS_LIVE_GRAPH = 1, /* struct rs_live_graph */
    RS_LIVE_SWEEP = 2  /* struct sweep_state of experiments/sweep_live.h */
};

struct rs_live_header {
    char magic[8];
    uint32_t version, kind;
    uint64_t header_bytes;  /* where the first half begins */
    uint64_t payload_bytes; /* a multiple of 8; the second half begins so much later */
    uint32_t pid, parent_pid;
    uint64_t pid_space;     /* inode of /proc/self/ns/pid: in which container these are pids */
    uint64_t started_ticks; /* of the process since boot: field 22 of /proc/<pid>/stat */
    char name[64];          /* of the graph or plan */
    char folder[1024];      /* of the run; of a graph the working directory at its start */
    struct RS_SEPARATED {
        RS_ATOMIC(uint64_t) published; /* number of the last whole payload; 0 = none yet */
    } last;
};

/* ---- what a graph says ------------------------------------------------------------------------
 */

/* Followed by n_nodes of struct rs_live_node, in the order the nodes were added. */
struct rs_live_graph {
    uint64_t at_ns, start_ns; /* CLOCK_MONOTONIC: when this was read, and the graph's start */
    uint32_t n_nodes, n_workers;
    uint32_t node_bytes; /* sizeof(struct rs_live_node) of the writer */
    uint32_t ended;      /* 1 = the graph has ended; nothing follows */
    char host[64];       /* of this part of a graph on several hosts; "" = it is whole */
};

/* rs_node_rates() of the two is what the node did lately.  Before the first second both are of the
 * start. */
struct rs_live_node {
    rs_node_metrics then, now;
};

/* ---- writing ----------------------------------------------------------------------------------
 */

struct rs_live {
    struct rs_live_header *header; /* the mapping; NULL = none */
    size_t bytes;
    char path[RS_LIVE_PATH_BYTES];
};

/*
 * Makes the file, so large that publishing never needs more memory, and removes those that killed
 * programs left.  `folder` is what `ringside top FOLDER` looks for.  Any thread.
 */
int rs_live_create(struct rs_live *, enum rs_live_kind, const char *name, const char *folder,
                   size_t payload_bytes, char *why, size_t n);
/* Replaces what readers see by payload[0..payload_bytes), which is 8-byte aligned.  Writer. */
void rs_live_publish(struct rs_live *, const void *payload);
/* Removes the file; views that are open stay valid.  Writer; a zeroed struct is allowed. */
void rs_live_remove(struct rs_live *);

/* ---- reading ----------------------------------------------------------------------------------
 */

struct rs_live_view {
    const struct rs_live_header *header; /* what is mapped there; NULL = closed */
    void *mapping;                       /* read-only */
    size_t bytes;
};

/* -ENOENT; -EPERM: of another user; -EPROTO: another version; -EBADMSG: no live file, or torn. */
int rs_live_open(struct rs_live_view *, const char *path, char *why, size_t n);
/* The last whole payload.  -EAGAIN: nothing was published yet, or the writer was always faster. */
int rs_live_copy(const struct rs_live_view *, void *payload);
void rs_live_close(struct rs_live_view *);

/* Is the writer there?  ELSEWHERE: its pid is one of another container, or it did not know when it
 * started, so nobody can tell. */
enum rs_live_state { RS_LIVE_RUNS, RS_LIVE_DEAD, RS_LIVE_ELSEWHERE };
enum rs_live_state rs_live_state(const struct rs_live_header *);

/* Calls `each` with the path of every live file of this user, until it returns false. */
void rs_live_each(bool (*each)(void *user, const char *path), void *user);

/* The folders looked into, the one written to first; how many. */
size_t rs_live_folders(char folder[RS_LIVE_FOLDERS][RS_LIVE_PATH_BYTES]);

#ifdef __cplusplus
}
#endif

#endif
