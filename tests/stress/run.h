/* SPDX-License-Identifier: MIT */
/*
 * A run: some pairs at once over rings of one kind and capacity, watched.  Where no pair may be
 * expected to recover it says what each does, and ends the process.
 */
#ifndef RINGSIDE_TESTS_STRESS_RUN_H
#define RINGSIDE_TESTS_STRESS_RUN_H

#include "rings/ring.h"

#include <stdint.h>

enum { PAIRS = 4, CPUS_MAX = 1024 };

struct run {
    const struct rs_ring_entry *ring;
    size_t capacity;
    const int *cpu; /* [cpus] that threads are dealt to in turn */
    size_t cpus;
    uint64_t messages; /* of all pairs */
    uint64_t seed;
    double patience_s; /* without progress of a pair */
};

/* Prints a TAP line and the seed.  Whether everything was right; does not return from a stall. */
bool run_stress(const struct run *);

#endif
