/* SPDX-License-Identifier: MIT */
/* One graph of a graph round: built, run to its end and judged.  Private to graph_*.c. */
#ifndef GRAPH_TRIAL_H
#define GRAPH_TRIAL_H

#include "factors.h"
#include "kernels/graph_nodes.h"
#include "measure/counters.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What all graphs of a round have in common. */
struct graph_plan {
    struct cell cell;
    int cpu[2];    /* requested of source and sink, index among the allowed; RS_ANY_CPU */
    size_t cpus;   /* allowed */
    uint64_t work; /* turns of graph_busy a message */
    char name[17]; /* the cell's id */
    const struct counters_pass *counting; /* events to count; NULL = none */
};

/* 0; -EINVAL if the cell's cpus are not allowed, -errno. */
int graph_plan_make(const struct cell *c, struct graph_plan *p);

struct graph_trial {
    bool good;               /* every message arrived, once, whole and in order */
    uint64_t messages;       /* sent by all sources */
    uint64_t elapsed_ns;     /* from the source's first to the sink's last message */
    uint64_t timed_messages; /* after the first 1/16 had reached the sink */
    uint64_t timed_ns;
    double block_max_over_median; /* of the sink's blocks; 0 = too few messages */
    size_t workers;
    uint64_t parks;      /* of all workers */
    bool shares_cpu;     /* two workers have one cpu, or there are more than cpus */
    uint64_t side_ns[2]; /* how long source and sink were watched */
    bool known[2];
    struct disturbance disturbance[2];
    json_t *nodes;    /* counters of all nodes if asked for, else NULL; owned */
    json_t *counters; /* events by worker, as in round.h, if they were counted; owned */
};

/* Runs a graph of about `messages` messages.  metrics_path: NULL = no report.
 * 0, or -errno with the reason in why[0..n). */
int graph_trial_run(const struct graph_plan *p, uint64_t messages, const char *metrics_path,
                    bool snapshot, struct graph_trial *t, char *why, size_t n);

#ifdef __cplusplus
}
#endif

#endif
