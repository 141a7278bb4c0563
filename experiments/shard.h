/* SPDX-License-Identifier: MIT */
/*
 * A shard: the rounds of a plan that one machine of several runs (docs/shards.md).
 *
 * Round r of every cell is in shard r mod N + 1 of N, so that each shard meets all cells, and the
 * rounds of one number, which are compared in pairs, ran on one machine.  A shard sees too few
 * rounds to tell when a cell is precise enough: it runs all of its share, up to the plan's most.
 */
#ifndef SHARD_H
#define SHARD_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct shard {
    int index; /* from 1 */
    int of;    /* 0 = not a shard: all rounds, as far as they are wanted */
};

/* "I/N", 1 <= I <= N <= 100000; false if it is not that. */
bool shard_parse(const char *text, struct shard *s);

/* Does round `round`, from 0, belong to it? */
bool shard_has(const struct shard *s, int round);

/* How many of the rounds 0 .. rounds - 1 do. */
int shard_rounds(const struct shard *s, int rounds);

#ifdef __cplusplus
}
#endif

#endif
