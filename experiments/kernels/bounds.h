/* SPDX-License-Identifier: MIT */
/*
 * Bounds: what the machine allows, measured without any ring.
 *
 * A bound is the best of its own settings (one line or two; lines per publish, write prefetch,
 * buffer length): the harness times every setting briefly in the warm-up and the best at length.
 */
#ifndef BOUNDS_H
#define BOUNDS_H

#include "kernel.h"

enum { LINE_BYTES = 64 };

struct bound {
    kernel_function *run[2];
    size_t settings; /* at least 1 */
    /* Bytes of line-aligned memory that both sides reach as ring[0]. */
    size_t shared_bytes;
    /* Prepares that memory for setting k; called by side 0 between passes. */
    void (*set)(void *shared, size_t k);
    void (*describe)(size_t k, char *text, size_t n);
};

/* NULL if the kernel is not a bound. */
const struct bound *bound_find(enum kernel kernel);

#endif
