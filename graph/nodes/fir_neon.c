/* SPDX-License-Identifier: MIT */
/* The filter four outputs a register, as fir_avx2.c.  Every aarch64 has it; an armv7 only where the
 * whole program is built for it, so neither is asked at run time. */
#include "graph/nodes/fir.h"

#if defined(__ARM_NEON) && defined(__ARM_FEATURE_FMA)

#include <arm_neon.h>

enum { LANES = 4, OUTPUTS = 4 * LANES };

static void four_registers(const float *reversed, size_t n_taps, const float *x, float *y)
{
    float32x4_t a = vdupq_n_f32(0), b = a, c = a, d = a;
    for (size_t j = 0; j < n_taps; j++) {
        float32x4_t tap = vdupq_n_f32(reversed[j]);
        a = vfmaq_f32(a, tap, vld1q_f32(x + j));
        b = vfmaq_f32(b, tap, vld1q_f32(x + j + LANES));
        c = vfmaq_f32(c, tap, vld1q_f32(x + j + 2 * LANES));
        d = vfmaq_f32(d, tap, vld1q_f32(x + j + 3 * LANES));
    }
    vst1q_f32(y, a);
    vst1q_f32(y + LANES, b);
    vst1q_f32(y + 2 * LANES, c);
    vst1q_f32(y + 3 * LANES, d);
}

static void one_output(const float *reversed, size_t n_taps, const float *x, float *y)
{
    float sum = 0;
    for (size_t j = 0; j < n_taps; j++)
        sum = __builtin_fmaf(reversed[j], x[j], sum);
    *y = sum;
}

void fir_neon(const float *reversed, size_t n_taps, const float *x, float *y, size_t n)
{
    size_t i = 0;
    for (; i + OUTPUTS <= n; i += OUTPUTS)
        four_registers(reversed, n_taps, x + i, y + i);
    for (; i < n; i++)
        one_output(reversed, n_taps, x + i, y + i);
}

#endif
