/* SPDX-License-Identifier: MIT */
/* The filter in plain C: the yardstick of the others. */
#include "graph/nodes/fir.h"

void fir_portable(const float *reversed, size_t n_taps, const float *x, float *y, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float sum = 0;
        for (size_t j = 0; j < n_taps; j++)
            sum += reversed[j] * x[i + j];
        y[i] = sum;
    }
}
