/* SPDX-License-Identifier: MIT */
/*
 * A simulation that runs: agents, edges between them, and the lines of the edges.  Private to
 * simulate/; files that reach rings include it first, for their seam is chosen here.
 *
 * One agent runs at a time and may touch everything.
 */
#ifndef SIMULATE_SIMULATION_H
#define SIMULATE_SIMULATION_H

#define RS_INDEX           uint64_t
#define RS_MEMORY_OVERRIDE "experiments/simulate/memory_sim.h"
#include "rings/ring.h"

#include "simulate/simulate.h"

enum side { SIDE_PRODUCER, SIDE_CONSUMER, SIDES };

struct line {
    struct coherence_line coherence;
    uint8_t writers;  /* a bit a side */
    bool not_payload; /* touched by more than copies of messages */
    uint16_t edge;
    uint64_t event[SIDES][EVENTS]; /* by the side that caused it */
};

/* A ring from one agent to another. */
struct edge {
    size_t from, to; /* agents */
    void *ring;
    size_t slots_line, end_line; /* the first line of its slots, and past its last one */
    uint64_t delivered;          /* messages, while counting */
    uint64_t misses_at[SIDES][DISTANCES];
};

/* Takes batches from its edges in turn, or makes them, and gives them to its edges: to all
 * (broadcast) or in turn. */
struct agent {
    struct simulation *simulation;
    size_t index, level; /* level: edges from a source */
    unsigned cache;
    struct edge *in[AGENTS_MAX], *out[AGENTS_MAX];
    size_t n_in, n_out;
    size_t in_at, in_left;     /* the edge whose turn it is, and messages until the next one's */
    size_t out_at, out_left;   /* likewise */
    size_t weight;             /* batches that it moves a round */
    unsigned char *buffer;     /* a batch */
    size_t held, given;        /* messages in the buffer; how many the current edge has got */
    uint64_t moved, target;    /* messages taken or made, since the start; as the schedule wants */
    uint64_t next[AGENTS_MAX]; /* sink: number of the next message, by source; source: [0] */
    uint64_t moved_before;     /* of `moved`, before counting began */
    uint64_t counted;          /* of `moved`, while counting */
    bool returned;
};

struct simulation {
    const struct simulate_config *config;
    struct coherence coherence;
    struct edge *edge;
    size_t edges;
    struct agent *agent;
    size_t agents, sources; /* sources come first */
    unsigned char *memory, *buffers;
    struct line *line;
    size_t memory_bytes, lines;
    struct agent *running; /* NULL: rings are being made, nothing is modelled */
    struct coroutines *set;
    const struct coroutine_way *way; /* of the set */
    uint64_t rng;
    bool counting, finished;
    uint64_t counting_from;      /* messages of the slowest sink */
    uint64_t last_seen, unmoved; /* of the slowest sink; looks since it changed */
    int err;                     /* -EILSEQ or -EFAULT */
};

/* shape.c: connects agents; levels and weights. */
size_t shape_edges(enum shape shape, size_t agents);
size_t shape_sources(enum shape shape, size_t agents);
void shape_connect(struct simulation *s);

/* agents.c: does at most one operation a side on at most `most` messages; false if there was
 * nothing that it could do. */
bool agent_step(struct agent *a, uint64_t most);
/* Publishes what its rings hold back. */
void agent_flush(struct agent *a);

/* drive.c: runs the schedule to its end; 0 or -errno of the coroutines. */
int simulation_drive(struct simulation *s);
/* Before an access, or (`idle`) where an agent has nothing to do: a random schedule may let others
 * run, and returns when it is this agent's turn again. */
void simulation_switch(struct simulation *s, bool idle);

/* simulate.c: the calling thread's ring code now reports to s; NULL: to nobody. */
void simulation_bind(struct simulation *s);

#endif
