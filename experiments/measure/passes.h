/* SPDX-License-Identifier: MIT */
/* The passes of a round: what both threads run in step, what is timed, and what is reported. */
#ifndef PASSES_H
#define PASSES_H

#include <pthread.h>

#include "kernels/bounds.h"
#include "measure/counters.h"
#include "measure/disturbance.h"
#include "measure/ring_events.h"

/* A pass is cut into blocks; between two, the consumer reads the clock and the fill. */
enum { PASS_BLOCKS = 64, SETTINGS_MAX = 16 };

enum pass_kind { PASS_TUNE, PASS_WARMUP, PASS_TIMED, PASS_HISTOGRAM, PASS_STOP };

/* A round in progress.  Side 0 leads: it writes `pass` between two barriers. */
struct run {
    struct cell cell;
    int cpu[2];                /* requested; -1 = any */
    bool shares_cpu;           /* by request, or because there is only one */
    bool alone;                /* only side 0 works: memcpy, timer */
    const struct bound *bound; /* NULL for a ring kernel */
    kernel_function *function[2];
    size_t (*count)(void *ring);
    size_t ring_bytes;
    const struct counters_pass *counting; /* of the timed pass; NULL = a timing round */
    int setup_error[2];                   /* negative errno */
    bool unpinned[2];                     /* its cpu was refused: that is the error */
    pthread_barrier_t barrier;
    struct {
        enum pass_kind kind;
        uint64_t messages, start_ns;
        size_t setting;
    } pass;
    /* the leader's notes */
    uint64_t warmup_ns;                /* spent so far */
    uint64_t timed_messages, timed_ns; /* of the timed pass: from the common start to the end */
    struct ring_events events;         /* before the timed pass, then of it */
    double setting_ns[SETTINGS_MAX];   /* per message */
    struct histogram round_trips;      /* empty unless the kernel is pingpong */
    /* each side's own */
    struct side side[2];
    struct seen {
        struct disturbance disturbance; /* of the timed pass */
        uint64_t end_ns, late_ns;
        uint64_t stuck, polls; /* of the timed pass */
        struct disturbance_meter meter;
        struct counters counters; /* of a counter round */
    } __attribute__((aligned(256))) seen[2];
    uint64_t block_ns[PASS_BLOCKS]; /* consumer, timed pass */
    uint64_t fill_sum;              /* consumer, timed pass: messages in the ring at block ends */
};

/* Both threads call it, pinned, with the memory set up; returns when the round is over. */
void passes_run(struct run *run, int side);

/* The result of a round, as in round.h.  New reference. */
json_t *passes_json(const struct run *run);

#endif
