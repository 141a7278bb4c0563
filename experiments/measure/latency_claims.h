/* SPDX-License-Identifier: MIT */
/* The measured levels against the caches that the machine claims.  Threads: any. */
#ifndef LATENCY_CLAIMS_H
#define LATENCY_CLAIMS_H

#include "latency.h"
#include "topology.h"

#ifdef __cplusplus
extern "C" {
#endif

enum claim_verdict {
    CLAIM_AGREES,   /* a rise holds the claimed size, give or take one step of sizes */
    CLAIM_DISPUTED, /* none does */
    CLAIM_BEYOND,   /* larger than what was measured */
    CLAIM_NOT_TOLD, /* the machine does not say the size */
};

struct latency_claim {
    int level; /* of the cache: 1, 2, … */
    size_t claimed_bytes;
    enum claim_verdict verdict;
    int rise; /* index of the level it ends: the one that agrees, or the nearest; -1 = none */
};

/*
 * Judges the caches of a cpu into claim[TOPOLOGY_CACHES] and returns how many there are.
 * explained[i] of n levels: a claimed cache agrees with the rise after level i.
 */
size_t latency_judge(const struct latency_level *level, size_t n, const struct topology_cpu *cpu,
                     size_t max_bytes, struct latency_claim *claim, bool *explained);

#ifdef __cplusplus
}
#endif

#endif
