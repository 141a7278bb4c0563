/* SPDX-License-Identifier: MIT */
/*
 * Cache coherence of one line: private caches that never evict, and a full directory that knows
 * every holder.
 *
 * MESI after M. Papamarcos, J. Patel, "A Low-Overhead Coherence Solution for Multiprocessors with
 * Private Cache Memories", ISCA 1984; MOESI after P. Sweazey, A. J. Smith, "A Class of Compatible
 * Cache Consistency Protocols and their Support by the IEEE Futurebus", ISCA 1986.  What they
 * differ in here: when another cache reads a modified line, MESI writes it back to memory, MOESI
 * leaves it with its owner.  Clean lines come from a cache that holds them, not from memory.
 *
 * No function keeps state: the line is the caller's, one at a time.
 */
#ifndef SIMULATE_COHERENCE_H
#define SIMULATE_COHERENCE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum protocol { PROTOCOL_MESI, PROTOCOL_MOESI };
const char *protocol_name(int64_t index); /* NULL past the end */

/* How far apart two cores are. */
enum distance {
    DISTANCE_SAME_CORE, /* two threads of a core share its cache */
    DISTANCE_SAME_L3,
    DISTANCE_OTHER_L3, /* of the same socket */
    DISTANCE_OTHER_SOCKET,
    DISTANCES
};
const char *distance_name(int64_t index); /* NULL past the end */

enum { CACHES_MAX = 64, NO_CACHE = 255 };

/* A line of memory; all zero but owner = NO_CACHE: no cache holds it. */
struct coherence_line {
    uint64_t holders; /* a bit a cache */
    uint8_t owner;    /* exclusive, modified or owned; NO_CACHE: all holders share a clean line */
    bool dirty;       /* the owner has what memory has not */
};

struct coherence {
    enum protocol protocol;
    uint8_t distance[CACHES_MAX][CACHES_MAX]; /* enum distance; symmetric */
};

/* What an access caused. */
struct coherence_effect {
    bool transfer;          /* the line came from another cache */
    bool upgrade;           /* the line was here, to be read only */
    bool memory_read;       /* no cache had the line */
    bool writeback;         /* the line was written to memory */
    unsigned invalidations; /* caches that lost the line */
    enum distance distance; /* of a transfer or an upgrade: the farthest cache to wait for */
};

struct coherence_effect coherence_access(const struct coherence *c, struct coherence_line *line,
                                         unsigned cache, bool write);

#ifdef __cplusplus
}
#endif

#endif
