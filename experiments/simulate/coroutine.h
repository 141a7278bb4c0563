/* SPDX-License-Identifier: MIT */
/*
 * Bodies that take turns: each has a stack of its own, one runs at a time, and the one that runs
 * says which is next.
 *
 * Two ways to do it: coroutine_threads, a thread a body, which works everywhere, and ucontext, a
 * hundred times as fast, which musl has not.  The Makefile chooses the file that says whether there
 * is ucontext.
 */
#ifndef SIMULATE_COROUTINE_H
#define SIMULATE_COROUTINE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct coroutines;
typedef void coroutine_body(struct coroutines *set, void *user, size_t index);

struct coroutine_way {
    const char *name;
    /* Runs n bodies, the first one first, until all have returned.  One that returns makes way for
     * the lowest that has not.  0, or -errno if they could not be set up. */
    int (*run)(size_t n, coroutine_body *body, void *user);
    /* From within a body: lets body `to` go on, which must not have returned; returns when
     * somebody hands over to the caller.  Nothing if `to` is the caller. */
    void (*hand_over)(struct coroutines *set, size_t to);
};

extern const struct coroutine_way coroutine_threads;
extern const struct coroutine_way *const coroutine_ucontext; /* NULL where libc lacks it */

#ifdef __cplusplus
}
#endif

#endif
