/* SPDX-License-Identifier: MIT */
/*
 * The nodes of the graph kernel: sources write numbered messages in place, maps copy them and may
 * be busy for a while, sinks check every one.  Common message sizes are compiled as constants, as
 * in kernel.h.
 *
 * Threads: the builder fills in a node's state (rs_node_state) between rs_graph_add and the start
 * and reads it after the end; in between it belongs to the node's worker.
 */
#ifndef GRAPH_NODES_H
#define GRAPH_NODES_H

#include "graph/graph.h"
#include "measure/disturbance.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A sink looks at the clock when it has seen each of these parts of the stream. */
enum { GRAPH_BLOCKS = 64 };

/* What a sink can know of the number of the next message. */
enum graph_order {
    ORDER_ONE,     /* one source, one way: the next one */
    ORDER_SOURCES, /* several sources: the next one of the source that its high bits name */
    ORDER_NONE     /* several ways: any; in the end the sum must be right */
};

/* The high bits of a message's number are its source's. */
enum { GRAPH_SOURCE_SHIFT = 40 };

struct graph_counting;
struct graph_counter;

struct graph_node {
    /* in */
    size_t msg_bytes;
    uint64_t first;    /* source: number of its first message */
    uint64_t messages; /* source: to send; sink: to expect */
    uint64_t work;     /* map: turns of graph_busy for each message */
    enum graph_order order;
    size_t sources;                  /* sink, ORDER_SOURCES */
    bool watched;                    /* collects evidence of disturbance */
    struct graph_counting *counting; /* counts events of its worker; NULL = not */
    /* out */
    uint64_t done;                     /* messages sent or seen */
    uint64_t wrong;                    /* OR of every check: 0 if all arrived whole and in order */
    uint64_t sum;                      /* sink, ORDER_NONE: of the numbers seen */
    uint64_t begin_ns;                 /* its first call that moved something; 0 = there was none */
    uint64_t block_ns[GRAPH_BLOCKS];   /* when the first b + 1 parts were through */
    uint64_t block_msgs[GRAPH_BLOCKS]; /* and how many messages it were by then */
    struct disturbance disturbance;    /* from begin_ns to the node's end */
    bool disturbance_known;
    /* own */
    unsigned block;
    uint64_t next_block;
    uint64_t *next; /* sink, ORDER_SOURCES: [sources] next number within the source */
    struct disturbance_meter meter;
    bool meter_open;
    struct graph_counter *counter; /* its worker's */
};

/* Nodes for messages of `msg_bytes`; "msg_bytes" is their only parameter. */
const rs_node_ops *graph_source_ops(size_t msg_bytes);
const rs_node_ops *graph_map_ops(size_t msg_bytes);
const rs_node_ops *graph_sink_ops(size_t msg_bytes);

/* Busy for `turns` steps that depend on each other. */
void graph_busy(uint64_t turns);

/* Turns that take about ns nanoseconds here and now; measures for about a millisecond. */
uint64_t graph_busy_turns(uint64_t ns);

#ifdef __cplusplus
}
#endif

#endif
