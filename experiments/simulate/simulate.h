/* SPDX-License-Identifier: MIT */
/*
 * The coherence simulator: rings carry messages between agents, and every cache line that moves for
 * it is counted.  The ring headers run unmodified; docs/simulation.md says what is modelled.
 *
 * A run is a pure function of its configuration: the same counts on every machine, from every
 * compiler.  Any number of runs may go on in different threads.
 */
#ifndef SIMULATE_SIMULATE_H
#define SIMULATE_SIMULATE_H

#include "simulate/coherence.h"
#include "simulate/coroutine.h"
#include "simulate/schedule.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rs_ring_ops;

/* The ring with this name, made for the simulator; NULL if there is none. */
const struct rs_ring_ops *simulated_ring(const char *name, int64_t separation);

/* What a line is, told from who touched it since the ring was made. */
enum line_class {
    LINE_PRODUCER, /* of the ring's struct, written by its producer alone */
    LINE_CONSUMER, /* by its consumer alone */
    LINE_SHARED,   /* by both */
    LINE_CONSTANT, /* by neither */
    LINE_SLOTS,    /* of slot memory, touched by copies of messages alone */
    LINE_SENTINEL, /* touched by other accesses too */
    LINE_CLASSES
};
const char *line_class_name(int64_t index); /* NULL past the end */

enum event {
    EVENT_TRANSFER,     /* the line came from another cache */
    EVENT_UPGRADE,      /* the line was held to be read, and is now written */
    EVENT_INVALIDATION, /* another cache lost the line */
    EVENT_WRITEBACK,    /* the line was written to memory */
    EVENT_MEMORY_READ,  /* no cache had the line: its first use */
    EVENT_ACCESS,       /* lines touched; a copy of several lines touches each */
    EVENTS
};
const char *event_name(int64_t index); /* NULL past the end */

/* Agents and rings between them; the same names as the factor `topology`, in its order. */
enum shape { SHAPE_CHAIN, SHAPE_BROADCAST, SHAPE_FAN_IN, SHAPE_DIAMOND };
enum { AGENTS_MAX = CACHES_MAX };

/* Where an agent runs.  Agents in one place are threads of one core. */
struct agent_place {
    uint16_t socket, l3, core; /* an l3 is one of its socket, a core one of its l3 */
};

struct simulate_config {
    const struct rs_ring_ops *ring; /* of simulated_ring */
    size_t msg_bytes, msg_align, capacity, batch;
    size_t defer, slots, prefetch_write, prefetch_read; /* as in rs_config */
    bool span;                                          /* reserve/commit, peek/release */
    enum shape shape;
    size_t agents;
    struct agent_place place[AGENTS_MAX]; /* of the agents */
    struct schedule schedule;
    enum protocol protocol;
    unsigned granule;                /* bytes that move together: 64, or 128 for pairs of lines */
    uint64_t seed;                   /* of the random schedule */
    uint64_t messages;               /* to count, at least; after a warm-up that is not counted */
    const struct coroutine_way *way; /* NULL: the fastest there is */
};

/* One message of 8 bytes at a time through 1024 slots between two cores of one L3, in lockstep. */
struct simulate_config simulate_config_default(const struct rs_ring_ops *ring);

/* Why the configuration cannot be run, in why[0..n); false if it can. */
bool simulate_refusal(const struct simulate_config *c, char *why, size_t n);

struct traffic {
    uint64_t messages; /* that went through this part while it was counted */
    uint64_t event[LINE_CLASSES][EVENTS];
    uint64_t misses_at[DISTANCES]; /* transfers and upgrades by how far they had to go */
};

struct simulate_result {
    struct traffic total;
    size_t edges, agents;
    struct simulate_edge {
        size_t from, to; /* agents */
        struct traffic traffic;
    } * edge;                         /* [edges] */
    struct traffic agent[AGENTS_MAX]; /* what each of them caused */
};

/* 0; -ENOMEM; -EILSEQ if the ring lost, damaged or held back a message; -EFAULT if it touched what
 * it was not given; -errno of the coroutines.  Then why[0..n) has the reason, and there is nothing
 * to free. */
int simulate_run(const struct simulate_config *c, struct simulate_result *out, char *why, size_t n);
void simulate_result_free(struct simulate_result *r);

/* ---- sums ----------------------------------------------------------------------------------- */

uint64_t traffic_events(const struct traffic *t, enum event e);
uint64_t traffic_misses(const struct traffic *t);                          /* transfers, upgrades */
uint64_t traffic_class_misses(const struct traffic *t, enum line_class c); /* of one class */

/* What its misses take in ns, a message, with cost_ns[] for one miss at each distance. */
double traffic_cost_ns(const struct traffic *t, const double cost_ns[DISTANCES]);

#ifdef __cplusplus
}
#endif

#endif
