/* SPDX-License-Identifier: MIT */
/* The filter sixteen outputs a register, as fir_avx2.c; the rest is one masked register. */
#include "graph/nodes/fir.h"

#if defined(__x86_64__) || defined(__i386__)

#include <immintrin.h>

#define FIR_TARGET __attribute__((target("avx512f")))
enum { LANES = 16, OUTPUTS = 4 * LANES };

FIR_TARGET static void four_registers(const float *reversed, size_t n_taps, const float *x,
                                      float *y)
{
    __m512 a = _mm512_setzero_ps(), b = a, c = a, d = a;
    for (size_t j = 0; j < n_taps; j++) {
        __m512 tap = _mm512_set1_ps(reversed[j]);
        a = _mm512_fmadd_ps(tap, _mm512_loadu_ps(x + j), a);
        b = _mm512_fmadd_ps(tap, _mm512_loadu_ps(x + j + LANES), b);
        c = _mm512_fmadd_ps(tap, _mm512_loadu_ps(x + j + 2 * LANES), c);
        d = _mm512_fmadd_ps(tap, _mm512_loadu_ps(x + j + 3 * LANES), d);
    }
    _mm512_storeu_ps(y, a);
    _mm512_storeu_ps(y + LANES, b);
    _mm512_storeu_ps(y + 2 * LANES, c);
    _mm512_storeu_ps(y + 3 * LANES, d);
}

/* 1..LANES outputs; the mask keeps it from reading past x. */
FIR_TARGET static void one_register(const float *reversed, size_t n_taps, const float *x, float *y,
                                    size_t n)
{
    __mmask16 wanted = (__mmask16)((1u << n) - 1);
    __m512 a = _mm512_setzero_ps();
    for (size_t j = 0; j < n_taps; j++)
        a = _mm512_fmadd_ps(_mm512_set1_ps(reversed[j]), _mm512_maskz_loadu_ps(wanted, x + j), a);
    _mm512_mask_storeu_ps(y, wanted, a);
}

FIR_TARGET void fir_avx512(const float *reversed, size_t n_taps, const float *x, float *y, size_t n)
{
    size_t i = 0;
    for (; i + OUTPUTS <= n; i += OUTPUTS)
        four_registers(reversed, n_taps, x + i, y + i);
    for (; i < n; i += LANES)
        one_register(reversed, n_taps, x + i, y + i, n - i < LANES ? n - i : LANES);
}

#endif
