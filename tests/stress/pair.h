/* SPDX-License-Identifier: MIT */
/*
 * A pair: a producer thread and a consumer thread over one ring, in several lives one after the
 * other.  For each life the seed draws a message size, an alignment, a first index near a wrap, how
 * many messages, and which side closes; each side draws its operations and batch sizes.
 *
 * Ownership: the caller owns the pair; threads are joined by pair_end.
 */
#ifndef RINGSIDE_TESTS_STRESS_PAIR_H
#define RINGSIDE_TESTS_STRESS_PAIR_H

#include "delays.h"

#include "rings/ring.h"

#include <pthread.h>
#include <semaphore.h>

enum { BATCH_MAX = 100 };

/* What a side does; see pair_doing. */
enum doing { AT_BARRIER, MOVING, STUCK, IN_WAIT, ENDED };

struct pair;

struct side {
    struct pair *pair;
    pthread_t thread;
    int cpu;
    uint64_t random;
    struct stress_delays delays;
    /* Written by the side, read by the watchdog (relaxed). */
    uint64_t moved; /* messages, of all lives */
    enum doing doing;
    /* The side's own. */
    uint64_t of_life; /* messages moved in this life */
    unsigned stuck;   /* tries in a row that moved nothing */
    char wrong[200];  /* the first thing that was; "" = none */
    unsigned char batch[BATCH_MAX * 200];
};

struct life {
    struct rs_config cfg;
    uint64_t stream;
    uint64_t messages;    /* that the side which closes moves before it does */
    bool consumer_closes; /* else the producer */
};

struct pair {
    const struct rs_ring_ops *ops;
    size_t capacity;
    uint64_t messages; /* that the consumer takes in all lives */
    uint64_t random;   /* draws the lives */
    unsigned lives;
    struct life life; /* written by the consumer between two barriers */
    void *ring, *slots;
    size_t slots_bytes;
    pthread_barrier_t barrier;
    bool over;
    sem_t *ended; /* posted by each side at its end */
    struct side producer, consumer;
};

struct pair_options {
    const struct rs_ring_ops *ops;
    size_t capacity;
    uint64_t messages, seed;
    int producer_cpu, consumer_cpu;
    sem_t *ended;
};

/* Starts both threads.  0 or -errno. */
int pair_begin(struct pair *, const struct pair_options *);

/* Joins both threads, which have posted.  What was wrong, or NULL. */
const char *pair_end(struct pair *);

/* Messages moved by both sides so far; any thread. */
uint64_t pair_progress(const struct pair *);

/* For a pair that does not move: what its sides do and the bytes of its ring, to stdout as TAP
 * comments.  The threads still run, so it is a look and not a measurement. */
void pair_dump(struct pair *);

#endif
