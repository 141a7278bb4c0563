/* SPDX-License-Identifier: MIT */
/*
 * Random numbers that a seed repeats: SplitMix64, of G. Steele, D. Lea, C. Flood, "Fast Splittable
 * Pseudorandom Number Generators", OOPSLA 2014.  A generator belongs to one thread.
 */
#ifndef RINGSIDE_TESTS_STRESS_RANDOM_H
#define RINGSIDE_TESTS_STRESS_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

static inline uint64_t random_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static inline uint64_t random_next(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    return random_mix(*state);
}

/* 0 .. n - 1; n is small against 2^64, so the bias is of no account. */
static inline uint64_t random_below(uint64_t *state, uint64_t n)
{
    return random_next(state) % n;
}

static inline bool random_one_in(uint64_t *state, uint64_t n)
{
    return random_below(state, n) == 0;
}

/* The seed of something within what `seed` seeds. */
static inline uint64_t random_branch(uint64_t seed, uint64_t which)
{
    return random_mix(seed ^ random_mix(which + 1));
}

#endif
