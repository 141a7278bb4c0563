/* SPDX-License-Identifier: MIT */
/*
 * Statistics over rounds: location, spread, intervals, outliers, and seeded resampling.
 *
 * Data are plain arrays in the caller's units and in any order; they are never modified, and
 * results carry the same units.  Functions that need order work on a private copy: O(n log n)
 * time, n doubles of heap.  That is for rounds (tens to thousands), not for messages; messages go
 * into a histogram.  No function keeps state, so any number of threads may call them.
 *
 * Unless a function says otherwise, what cannot be computed is never a number: with n = 0, with a
 * NaN anywhere in the data, or without memory, a double result is NaN, and a bool or errno result
 * says so and leaves NaN in every double it reports.  Infinities are ordinary, extreme values.
 *
 * Random numbers are a pure function of the seed: the same seed gives the same shuffles and
 * resamples on every machine, and the same intervals but for the last digits of libm.
 */
#ifndef STATISTICS_H
#define STATISTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- location and spread ------------------------------------------------------------------ */

/* One number that summarizes n of them; stats_mean, stats_median and stats_mad are such. */
typedef double stats_estimator(const double *x, size_t n);

double stats_mean(const double *x, size_t n);
double stats_median(const double *x, size_t n);

/* exp(mean(log x)); NaN unless every value is above 0. */
double stats_geometric_mean(const double *x, size_t n);

/*
 * Quantile at p in [0, 1], by linear interpolation at position (n - 1) p: type 7 of Hyndman and
 * Fan, "Sample Quantiles in Statistical Packages", The American Statistician 50(4), 1996; R's
 * default.  NaN for p outside [0, 1].
 */
double stats_quantile(const double *x, size_t n, double p);

/*
 * Median absolute deviation from the median, unscaled: R's mad(x, constant = 1).  Times
 * STATS_MAD_TO_SIGMA (1 / the normal 0.75 quantile) it estimates sigma of normal data.  NaN where
 * the median is infinite.
 * Hampel, "The Influence Curve and its Role in Robust Estimation", JASA 69(346), 1974.
 */
#define STATS_MAD_TO_SIGMA 1.4826
double stats_mad(const double *x, size_t n);

/* ---- intervals ---------------------------------------------------------------------------- */

struct stats_interval {
    double estimate;
    double lo, hi;
    double coverage; /* exact for the median interval; nominal for the bootstraps */
};

/*
 * Interval of the median from order statistics, x(r) and x(n+1-r), r as large as `confidence`, in
 * (0, 1), allows.  `coverage` is exact, 1 - 2 P(Binomial(n, 1/2) < r), for independent rounds of
 * any continuous distribution; ties only raise it.
 * David and Nagaraja, "Order Statistics", 3rd ed., 2003, section 7.1.
 *
 * False when n is too small for `confidence` (n < 6 for 95%): `out` then holds [min, max] and what
 * that covers.  False and NaN for n = 0, NaN data, a confidence outside (0, 1), or no memory.
 */
bool stats_median_interval(const double *x, size_t n, double confidence,
                           struct stats_interval *out);

/*
 * For stopping rules: half the width of the 95% median interval over |median|; a pure number.
 * INFINITY when n, 0 included, gives no such interval, when an end is infinite, and when the
 * median is 0 but the width is not; NaN for data that include NaN.  Both fail `ratio <= target`,
 * that is, go on.  Stopping on it makes the coverage of the final interval approximate: cap the
 * rounds and report the stop reason.
 * Georges, Buytaert, Eeckhout, "Statistically Rigorous Java Performance Evaluation", OOPSLA 2007.
 */
double stats_ci_halfwidth_ratio(const double *x, size_t n);

/* The same of an interval that is there already. */
double stats_halfwidth_ratio(const struct stats_interval *interval, double confidence);

struct stats_resampling {
    size_t replicates; /* at least 2 / (1 - confidence): one in each tail; 2000 or more is usual */
    double confidence; /* in (0, 1) */
    uint64_t seed;
};

/*
 * Percentile bootstrap interval of any estimator: the (1 -+ confidence) / 2 quantiles of its value
 * over resamples of x.  Replicate b uses the indices of the b-th stats_resample from the same
 * seed.  Below about 10 values it covers less than it says; the median interval above says so.
 * Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
 *
 * 0, or with NaN in `out`: -EINVAL (n < 2, NaN data, options out of range), -EDOM (the estimator
 * gave NaN), -ENOMEM.
 */
int stats_bootstrap(const double *x, size_t n, stats_estimator *estimator,
                    const struct stats_resampling *how, struct stats_interval *out);

/*
 * Paired ratio of two cells A / B.  log_ratio[i] = log(a_i) - log(b_i), one value per round, so
 * what disturbs a whole round cancels and the round is the unit that is resampled.  `out` holds
 * ratios, not logs: with stats_mean the geometric mean of the per-round ratios, with stats_median
 * the middle one.  An interval that holds 1 decides nothing.  Errors as for stats_bootstrap.
 * Davison and Hinkley, "Bootstrap Methods and their Application", 1997, sections 2.4 and 3.8.
 */
int stats_bootstrap_ratio(const double *log_ratio, size_t rounds, stats_estimator *estimator,
                          const struct stats_resampling *how, struct stats_interval *out);

/* ---- outliers ----------------------------------------------------------------------------- */

/* Disjoint counts; what is in none of them lies within 1.5 IQR of the quartiles. */
struct stats_outliers {
    size_t low_severe, low_mild, high_mild, high_severe;
};

/*
 * Tukey's fences on type 7 quartiles, as Criterion counts them: mild is strictly beyond 1.5 IQR
 * from the nearer quartile, severe strictly beyond 3 IQR.  Where more than half the values tie,
 * the IQR may be 0 and every other value is then severe.  False, and zeros, for n = 0, data that
 * include NaN or whose quartiles are not finite, or no memory.
 * Tukey, "Exploratory Data Analysis", 1977, section 2D.
 */
bool stats_count_outliers(const double *x, size_t n, struct stats_outliers *out);

/* ---- random numbers ----------------------------------------------------------------------- */

/*
 * SplitMix64: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
 * *rng is the whole state and starts as the seed; every seed is good, 0 too.  Period 2^64.
 */
uint64_t stats_next(uint64_t *rng);

/* Uniform in [0, bound) without modulo bias, by rejection; bound > 0 (0 gives 0). */
uint64_t stats_below(uint64_t *rng, uint64_t bound);

/* Permutes index[0..n), every order equally likely (Fisher-Yates; Knuth, TAOCP 2, 3.4.2 P). */
void stats_shuffle(uint64_t *rng, size_t n, size_t *index);

/*
 * One bootstrap resample: fills index[0..n) with n draws from 0..n-1, with replacement.  To see
 * how stable a decision among several candidates is, apply each row to all of them: every
 * candidate then sees the same rounds, and the pairing survives.
 */
void stats_resample(uint64_t *rng, size_t n, size_t *index);

#ifdef __cplusplus
}
#endif

#endif
