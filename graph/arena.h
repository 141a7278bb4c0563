/* SPDX-License-Identifier: MIT */
/* An arena of jemalloc for a worker.  Private to the engine. */
#ifndef RINGSIDE_ARENA_H
#define RINGSIDE_ARENA_H

#include <stddef.h>

/*
 * Calling thread: what it allocates from here on comes from the arena of worker `index`.  jemalloc
 * makes its arenas itself, four a cpu; arena 0 is left to the builder, and beyond the last one
 * workers share.  An arena is not made for the purpose, for it could never be destroyed: rings and
 * state outlive the worker.
 *
 * 0, or a negative errno with the reason in why[0..n): -ENOSYS where jemalloc is not the allocator.
 */
int rs_arena_take(size_t index, char *why, size_t n);

#endif
