/* SPDX-License-Identifier: MIT */
/* Samples between a strided message buffer and an array.  Slots are packed unless an edge says so.
 */
#ifndef RINGSIDE_NODES_SAMPLES_H
#define RINGSIDE_NODES_SAMPLES_H

#include <stddef.h>
#include <string.h>

static inline void samples_gather(float *to, const void *from, size_t stride, size_t n)
{
    const unsigned char *f = (const unsigned char *)from;
    if (stride == sizeof *to) {
        memcpy(to, f, n * sizeof *to);
        return;
    }
    for (size_t i = 0; i < n; i++)
        memcpy(to + i, f + i * stride, sizeof *to);
}

static inline void samples_scatter(void *to, size_t stride, const float *from, size_t n)
{
    unsigned char *t = (unsigned char *)to;
    if (stride == sizeof *from) {
        memcpy(t, from, n * sizeof *from);
        return;
    }
    for (size_t i = 0; i < n; i++)
        memcpy(t + i * stride, from + i, sizeof *from);
}

#endif
