/* SPDX-License-Identifier: MIT */
/*
 * The filter eight outputs a register.  The vectors run along the outputs, not along the taps: no
 * horizontal sums, and each output is summed in the order of the scalar rest.
 */
#include "graph/nodes/fir.h"

#if defined(__x86_64__) || defined(__i386__)

#include <immintrin.h>

#define FIR_TARGET __attribute__((target("avx2,fma")))
enum { LANES = 8, OUTPUTS = 4 * LANES };

/* Four sums hide the latency of the multiply-add. */
FIR_TARGET static void four_registers(const float *reversed, size_t n_taps, const float *x,
                                      float *y)
{
    __m256 a = _mm256_setzero_ps(), b = a, c = a, d = a;
    for (size_t j = 0; j < n_taps; j++) {
        __m256 tap = _mm256_set1_ps(reversed[j]);
        a = _mm256_fmadd_ps(tap, _mm256_loadu_ps(x + j), a);
        b = _mm256_fmadd_ps(tap, _mm256_loadu_ps(x + j + LANES), b);
        c = _mm256_fmadd_ps(tap, _mm256_loadu_ps(x + j + 2 * LANES), c);
        d = _mm256_fmadd_ps(tap, _mm256_loadu_ps(x + j + 3 * LANES), d);
    }
    _mm256_storeu_ps(y, a);
    _mm256_storeu_ps(y + LANES, b);
    _mm256_storeu_ps(y + 2 * LANES, c);
    _mm256_storeu_ps(y + 3 * LANES, d);
}

FIR_TARGET static void one_register(const float *reversed, size_t n_taps, const float *x, float *y)
{
    __m256 a = _mm256_setzero_ps();
    for (size_t j = 0; j < n_taps; j++)
        a = _mm256_fmadd_ps(_mm256_set1_ps(reversed[j]), _mm256_loadu_ps(x + j), a);
    _mm256_storeu_ps(y, a);
}

FIR_TARGET static void one_output(const float *reversed, size_t n_taps, const float *x, float *y)
{
    float sum = 0;
    for (size_t j = 0; j < n_taps; j++)
        sum = __builtin_fmaf(reversed[j], x[j], sum);
    *y = sum;
}

FIR_TARGET void fir_avx2(const float *reversed, size_t n_taps, const float *x, float *y, size_t n)
{
    size_t i = 0;
    for (; i + OUTPUTS <= n; i += OUTPUTS)
        four_registers(reversed, n_taps, x + i, y + i);
    for (; i + LANES <= n; i += LANES)
        one_register(reversed, n_taps, x + i, y + i);
    for (; i < n; i++)
        one_output(reversed, n_taps, x + i, y + i);
}

#endif
