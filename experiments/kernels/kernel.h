/* SPDX-License-Identifier: MIT */
/*
 * Kernels: the timed loops, compiled once for every ring and separation, with the common message
 * sizes as constants.  The harness calls one function a side for a block of many messages, so no
 * indirect call is paid per message.
 *
 * Sides: 0 produces (pingpong: asks), 1 consumes (pingpong: answers).  A side's state is touched
 * by its own thread only, except the rings.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include "built.h"
#include "factors.h"
#include "measure/histogram.h"
#include "rings/ring.h"

#ifdef __cplusplus
extern "C" {
#endif

struct side {
    void *ring[2];                 /* [0] from side 0 to side 1; [1] back (pingpong) */
    size_t msg_bytes;              /* as configured; the sized kernels ignore it */
    size_t batch;                  /* messages a call */
    enum poll poll;                /* between two tries */
    uint64_t seq;                  /* number of the next message */
    void *buffer;                  /* batch messages, private to the side, line-aligned */
    struct histogram *round_trips; /* pingpong, side 0: if set, every round trip is recorded, ns */
    /* results; the caller clears them */
    uint64_t stuck;      /* times a call found the ring full (side 0) or empty (side 1) */
    uint64_t polls;      /* tries while stuck */
    uint64_t mismatches; /* OR of every check: 0 if all messages arrived whole and in order */
} __attribute__((aligned(256))); /* two sides in an array share no line, nor a pair of lines */

/* Runs `messages` messages (pingpong: round trips) on one side and returns when they are done. */
typedef void kernel_function(struct side *s, uint64_t messages);

/* KERNEL_SIZE_LIST(X), of built.h, has the message sizes compiled as constants; index KERNEL_SIZES
 * is the loop for any other size. */
#define KERNEL_SIZE_ONE(bytes) +1
enum { KERNEL_SIZES = 0 KERNEL_SIZE_LIST(KERNEL_SIZE_ONE) };
#undef KERNEL_SIZE_ONE

enum mode { MODE_ONE, MODE_BATCH, MODE_SPAN, MODE_HELD, MODE_MIXED, MODES };

/* One ring at one separation. */
struct ring_kernels {
    const char *ring;
    unsigned separation;                                                  /* bytes */
    size_t struct_bytes;                                                  /* of the ring */
    size_t (*bytes)(size_t capacity, size_t msg_bytes, size_t msg_align); /* of its slots */
    int (*init)(void *r, void *mem, const struct rs_config *cfg);
    size_t (*count)(void *r);
    kernel_function *stream[MODES][KERNEL_SIZES + 1][2]; /* NULL where the ring cannot */
    kernel_function *pingpong[KERNEL_SIZES + 1][2];
};

/* NULL if there is none. */
const struct ring_kernels *kernels_find(const char *ring, int64_t separation);

/* Whether this build has no kernels at a separation, with the reason: it may have been built with
 * fewer (EACH_SEPARATION, of built.h). */
bool kernels_separation_refusal(int64_t separation, char *why, size_t n);

/* The loop for a message size. */
size_t kernel_size_index(size_t msg_bytes);

#ifdef __cplusplus
}
#endif

#endif
