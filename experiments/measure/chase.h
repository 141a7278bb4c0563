/* SPDX-License-Identifier: MIT */
/*
 * A pointer chase: what one load costs that has to wait for the one before it.
 *
 * Every line of the buffer holds the address of the next, all lines make one cycle, and the cycle
 * is a random one, so that each load depends on the last (nothing overlaps) and no stride or
 * stream prefetcher can guess the next line.  What is left to a prefetcher is the neighbour of a
 * line, fetched as a pair with it: in a random cycle the neighbour is needed half a cycle later on
 * average, so it helps only where the buffer fits the cache anyway; a stride of two lines leaves
 * the pair's other half unused.
 *
 * The cycle grows: line i enters behind a line drawn from those before it.  That is Sattolo's
 * uniform cyclic permutation ("An algorithm to generate a random cyclic permutation", Information
 * Processing Letters 22, 1986) from the inside out, so every prefix of the buffer was a uniform
 * random cycle when it was walked, and the next size costs only its new lines.
 *
 * Threads: one, pinned by the caller before chase_map(), so that pages are first touched there.
 */
#ifndef CHASE_H
#define CHASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CHASE_STEPS_MIN = 1 << 17 }; /* of a timed walk */

struct chase {
    unsigned char *memory; /* starts on a huge page */
    size_t room_bytes, stride_bytes;
    size_t lines; /* in the cycle */
    uint64_t rng; /* as in statistics.h */
    void *at;     /* where the walk stands */
    void *mapping;
    size_t mapping_bytes;
};

/*
 * Maps room for a buffer of at most room_bytes, in huge pages if the kernel grants them or in
 * plain ones.  stride_bytes: a power of two, sizeof(void *) at least.  0, -EINVAL or -errno.
 */
int chase_map(struct chase *c, size_t room_bytes, size_t stride_bytes, bool huge_pages,
              uint64_t seed);
void chase_unmap(struct chase *c);

/* Lets the cycle span `bytes`, at most room_bytes; it never shrinks. */
void chase_grow(struct chase *c, size_t bytes);

/* Goes `steps` lines on, rounded up to a multiple of 16, and returns how many were gone. */
uint64_t chase_walk(struct chase *c, uint64_t steps);

/*
 * Walks the whole cycle once, untimed, or warm_bytes of it where that is less; then at least
 * CHASE_STEPS_MIN lines and about seconds_min; the ns of a load.  *steps are those that were timed.
 * warm_bytes beyond twice the largest cache leave there what a longer walk would.
 */
double chase_time(struct chase *c, size_t warm_bytes, double seconds_min, uint64_t *steps);

/* How much of the buffer lies in huge pages, by /proc/self/smaps; < 0 if that does not tell. */
int64_t chase_huge_bytes(const struct chase *c);

#ifdef __cplusplus
}
#endif

#endif
