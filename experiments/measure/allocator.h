/* SPDX-License-Identifier: MIT */
/*
 * The allocator of a graph's process, chosen by preloading a library: one binary, compared with
 * itself.
 */
#ifndef ALLOCATOR_H
#define ALLOCATOR_H

#include "factors.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The allocator of this process (enum allocator). */
int64_t allocator_live(void);

/* Why the cell's allocator cannot be had here, and what to do; false if it can. */
bool allocator_refusal(const struct cell *c, char *why, size_t n);

/* Returns 0 if the cell's allocator is the one of this process; else starts the program again with
 * it, and returns (-errno, the reason in why[0..n)) only if that fails. */
int allocator_become(const struct cell *c, char *why, size_t n);

#ifdef __cplusplus
}
#endif

#endif
