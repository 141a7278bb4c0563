/* SPDX-License-Identifier: MIT */
/*
 * A finite impulse response filter over float samples, with its history kept between calls.
 *
 * Every implementation sums the taps of one output in the same order whatever lies beside it, so
 * the output does not depend on how the stream is cut into calls.  Implementations differ from each
 * other by rounding only: less than 1e-5 of the sum of |x||h|.
 *
 * Threads: a filter belongs to one thread.  Errors: 0 or a negative errno.
 */
#ifndef RINGSIDE_NODES_FIR_H
#define RINGSIDE_NODES_FIR_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y[i] = sum of reversed[j] * x[i + j] for j in 0..n_taps, i in 0..n; x has n + n_taps - 1. */
typedef void fir_function(const float *reversed, size_t n_taps, const float *x, float *y, size_t n);

typedef struct fir_implementation {
    const char *name;
    fir_function *run;
    bool (*available)(void); /* on the cpu that asks */
} fir_implementation;

/* i = 0 is portable, later ones are faster; NULL past the end. */
const fir_implementation *fir_implementation_at(size_t i);
const fir_implementation *fir_fastest(void);

enum { FIR_TAPS_MAX = 1 << 20, FIR_BLOCK = 2048 };

struct fir {
    const fir_implementation *with;
    float *reversed; /* taps, last first */
    size_t n_taps;
    float *line; /* the last samples in order; the filter begins as if after silence */
    size_t line_samples, at;
};

/* The taps are copied; 1..FIR_TAPS_MAX of them. */
int fir_init(struct fir *, const fir_implementation *, const float *taps, size_t n_taps);
void fir_fini(struct fir *); /* a zeroed one is allowed */
/* n samples in, n out; strides in bytes from one sample to the next. */
void fir_run(struct fir *, const void *in, size_t in_stride, void *out, size_t out_stride,
             size_t n);

/* Hamming-windowed sinc with unity gain at 0 Hz; 0 < cutoff_hz < rate_hz / 2. */
void fir_lowpass(float *taps, size_t n_taps, double cutoff_hz, double rate_hz);
/* Numbers separated by commas or white space, `#` comments to the end of the line.  The caller
 * frees *taps.  0 or a negative errno with the reason in why[0..n_why). */
int fir_taps_parse(const char *text, float **taps, size_t *n_taps, char *why, size_t n_why);
int fir_taps_read(const char *path, float **taps, size_t *n_taps, char *why, size_t n_why);

void fir_portable(const float *reversed, size_t n_taps, const float *x, float *y, size_t n);
void fir_avx2(const float *reversed, size_t n_taps, const float *x, float *y, size_t n);
void fir_avx512(const float *reversed, size_t n_taps, const float *x, float *y, size_t n);
void fir_neon(const float *reversed, size_t n_taps, const float *x, float *y, size_t n);

#ifdef __cplusplus
}
#endif

#endif
