/* SPDX-License-Identifier: MIT */
#include "graph/nodes/fir.h"

#include "graph/nodes/samples.h"

#include <errno.h>
#include <stdlib.h>

/* ---- which implementation ---------------------------------------------------------------------
 */

static bool always(void)
{
    return true;
}

#if defined(__x86_64__) || defined(__i386__)

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512f");
}

static const fir_implementation implementations[] = {
    {"portable", fir_portable, always},
    {"avx2", fir_avx2, has_avx2},
    {"avx512", fir_avx512, has_avx512},
};

#elif defined(__ARM_NEON) && defined(__ARM_FEATURE_FMA)

static const fir_implementation implementations[] = {
    {"portable", fir_portable, always},
    {"neon", fir_neon, always},
};

#else

static const fir_implementation implementations[] = {{"portable", fir_portable, always}};

#endif

enum { IMPLEMENTATIONS = sizeof implementations / sizeof implementations[0] };

const fir_implementation *fir_implementation_at(size_t i)
{
    return i < IMPLEMENTATIONS ? &implementations[i] : NULL;
}

const fir_implementation *fir_fastest(void)
{
    size_t i = IMPLEMENTATIONS - 1;
    while (i > 0 && !implementations[i].available())
        i--;
    return &implementations[i];
}

/* ---- the filter -------------------------------------------------------------------------------
 */

int fir_init(struct fir *f, const fir_implementation *with, const float *taps, size_t n_taps)
{
    memset(f, 0, sizeof *f);
    if (n_taps == 0 || n_taps > FIR_TAPS_MAX)
        return -EINVAL;
    f->with = with;
    f->n_taps = n_taps;
    /* History is moved to the front once for at least as many new samples. */
    f->line_samples = 2 * (n_taps - 1) + FIR_BLOCK;
    f->at = n_taps - 1;
    f->reversed = malloc(n_taps * sizeof *f->reversed);
    f->line = calloc(f->line_samples, sizeof *f->line);
    if (f->reversed == NULL || f->line == NULL) {
        fir_fini(f);
        return -ENOMEM;
    }
    for (size_t i = 0; i < n_taps; i++)
        f->reversed[i] = taps[n_taps - 1 - i];
    return 0;
}

void fir_fini(struct fir *f)
{
    free(f->reversed);
    free(f->line);
    f->reversed = f->line = NULL;
}

static void make_room(struct fir *f)
{
    size_t history = f->n_taps - 1;
    if (f->at < f->line_samples)
        return;
    memmove(f->line, f->line + f->at - history, history * sizeof *f->line);
    f->at = history;
}

static void filter(struct fir *f, void *out, size_t out_stride, size_t n)
{
    const float *x = f->line + f->at - (f->n_taps - 1);
    float strided[FIR_BLOCK];
    bool packed = out_stride == sizeof(float);
    f->with->run(f->reversed, f->n_taps, x, packed ? (float *)out : strided, n);
    if (!packed)
        samples_scatter(out, out_stride, strided, n);
}

void fir_run(struct fir *f, const void *in, size_t in_stride, void *out, size_t out_stride,
             size_t n)
{
    const unsigned char *from = in;
    unsigned char *to = out;
    while (n > 0) {
        make_room(f);
        size_t k = f->line_samples - f->at;
        k = k < n ? k : n;
        k = k < FIR_BLOCK ? k : FIR_BLOCK;
        samples_gather(f->line + f->at, from, in_stride, k);
        filter(f, to, out_stride, k);
        f->at += k;
        from += k * in_stride;
        to += k * out_stride;
        n -= k;
    }
}
