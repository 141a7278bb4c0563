/* SPDX-License-Identifier: MIT */
/* Squared magnitude of n complex numbers, real and imaginary parts by turns. */
#ifndef RINGSIDE_NODES_POWER_H
#define RINGSIDE_NODES_POWER_H

#include <stddef.h>

static inline void power_of(const float *complex_in, float *to, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float re = complex_in[2 * i], im = complex_in[2 * i + 1];
        to[i] = re * re + im * im;
    }
}

#endif
