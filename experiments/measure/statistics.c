/* SPDX-License-Identifier: MIT */
#include "statistics.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int ascending(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

static bool has_nan(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (isnan(x[i]))
            return true;
    return false;
}

/* The caller frees it.  NULL: nothing to sort, not sortable, or no memory. */
static double *sorted_copy(const double *x, size_t n)
{
    if (n == 0 || has_nan(x, n))
        return NULL;
    double *copy = malloc(n * sizeof *copy);
    if (!copy)
        return NULL;
    memcpy(copy, x, n * sizeof *copy);
    qsort(copy, n, sizeof *copy, ascending);
    return copy;
}

/* ---- location and spread ------------------------------------------------------------------ */

static double sorted_quantile(const double *sorted, size_t n, double p)
{
    double position = (double)(n - 1) * p;
    size_t below = (size_t)position;
    double fraction = position - (double)below;
    double lo = sorted[below];
    double hi = sorted[below + 1 < n ? below + 1 : below];
    /* Equal or unweighted neighbours stay out of the sum, where an infinity would make NaN. */
    if (fraction <= 0.0 || lo >= hi)
        return lo;
    return (1.0 - fraction) * lo + fraction * hi;
}

double stats_mean(const double *x, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return n ? sum / (double)n : NAN;
}

double stats_geometric_mean(const double *x, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] > 0.0 ? log(x[i]) : NAN;
    return n ? exp(sum / (double)n) : NAN;
}

double stats_quantile(const double *x, size_t n, double p)
{
    if (!(p >= 0.0 && p <= 1.0))
        return NAN;
    double *sorted = sorted_copy(x, n);
    double result = sorted ? sorted_quantile(sorted, n, p) : NAN;
    free(sorted);
    return result;
}

double stats_median(const double *x, size_t n)
{
    return stats_quantile(x, n, 0.5);
}

double stats_mad(const double *x, size_t n)
{
    double *work = sorted_copy(x, n);
    if (!work)
        return NAN;
    double median = sorted_quantile(work, n, 0.5);
    for (size_t i = 0; i < n; i++)
        work[i] = fabs(work[i] - median);
    qsort(work, n, sizeof *work, ascending);
    double result = isfinite(median) ? sorted_quantile(work, n, 0.5) : NAN;
    free(work);
    return result;
}

/* ---- intervals ---------------------------------------------------------------------------- */

static const struct stats_interval no_interval = {NAN, NAN, NAN, NAN};

static bool is_confidence(double confidence)
{
    return confidence > 0.0 && confidence < 1.0;
}

/*
 * The largest r >= 1 for which [x(r), x(n+1-r)] covers the median with at least `confidence`; r = 1
 * if none does.  A term C(n, k) / 2^n is kept as term * 2^exponent: exact for small n, and neither
 * overflowing nor vanishing for large n.
 */
static size_t median_rank(size_t n, double confidence, double *coverage)
{
    const double rescale = 0x1p512;
    int exponent = -(int)n;
    double term = 1.0;
    double tail = ldexp(term, exponent);
    size_t rank = 1;
    *coverage = 1.0 - 2.0 * tail;
    for (size_t k = 1; k <= n / 2; k++) {
        term = term * (double)(n - k + 1) / (double)k;
        if (term > rescale) {
            term /= rescale;
            exponent += 512;
        }
        tail += ldexp(term, exponent);
        double next = 1.0 - 2.0 * tail;
        if (next < confidence)
            break;
        *coverage = next;
        rank = k + 1;
    }
    return rank;
}

bool stats_median_interval(const double *x, size_t n, double confidence, struct stats_interval *out)
{
    *out = no_interval;
    double *sorted = is_confidence(confidence) ? sorted_copy(x, n) : NULL;
    if (!sorted)
        return false;
    size_t rank = median_rank(n, confidence, &out->coverage);
    out->estimate = sorted_quantile(sorted, n, 0.5);
    out->lo = sorted[rank - 1];
    out->hi = sorted[n - rank];
    free(sorted);
    return out->coverage >= confidence;
}

double stats_halfwidth_ratio(const struct stats_interval *interval, double confidence)
{
    if (!(interval->coverage >= confidence))
        return INFINITY;
    double halfwidth = 0.5 * (interval->hi - interval->lo);
    if (halfwidth <= 0.0)
        return 0.0;
    double ratio = halfwidth / fabs(interval->estimate);
    return isnan(ratio) ? INFINITY : ratio;
}

double stats_ci_halfwidth_ratio(const double *x, size_t n)
{
    struct stats_interval interval;
    if (has_nan(x, n))
        return NAN;
    stats_median_interval(x, n, 0.95, &interval);
    return stats_halfwidth_ratio(&interval, 0.95);
}

static int check_resampling(const double *x, size_t n, const struct stats_resampling *how)
{
    if (n < 2 || has_nan(x, n) || !is_confidence(how->confidence))
        return -EINVAL;
    /* The slack is for confidences like 0.9, whose complement rounds down. */
    double in_each_tail = (double)how->replicates * (1.0 - how->confidence) / 2.0;
    if (in_each_tail < 1.0 - 1e-9)
        return -EINVAL;
    return how->replicates > SIZE_MAX / sizeof *x - n ? -ENOMEM : 0;
}

/* replicate[b] = the estimate of the b-th resample; `sample` is room for n values. */
static void replicate_estimates(const double *x, size_t n, stats_estimator *estimator,
                                const struct stats_resampling *how, double *sample,
                                double *replicate)
{
    uint64_t rng = how->seed;
    for (size_t b = 0; b < how->replicates; b++) {
        for (size_t i = 0; i < n; i++)
            sample[i] = x[stats_below(&rng, n)];
        replicate[b] = estimator(sample, n);
    }
}

int stats_bootstrap(const double *x, size_t n, stats_estimator *estimator,
                    const struct stats_resampling *how, struct stats_interval *out)
{
    *out = no_interval;
    int err = check_resampling(x, n, how);
    if (err)
        return err;
    size_t replicates = how->replicates;
    double *sample = malloc((n + replicates) * sizeof *sample);
    if (!sample)
        return -ENOMEM;
    double *replicate = sample + n;
    double estimate = estimator(x, n);
    replicate_estimates(x, n, estimator, how, sample, replicate);
    if (isnan(estimate) || has_nan(replicate, replicates)) {
        free(sample);
        return -EDOM;
    }
    qsort(replicate, replicates, sizeof *replicate, ascending);
    double tail = (1.0 - how->confidence) / 2.0;
    out->estimate = estimate;
    out->lo = sorted_quantile(replicate, replicates, tail);
    out->hi = sorted_quantile(replicate, replicates, 1.0 - tail);
    out->coverage = how->confidence;
    free(sample);
    return 0;
}

int stats_bootstrap_ratio(const double *log_ratio, size_t rounds, stats_estimator *estimator,
                          const struct stats_resampling *how, struct stats_interval *out)
{
    int err = stats_bootstrap(log_ratio, rounds, estimator, how, out);
    out->estimate = exp(out->estimate);
    out->lo = exp(out->lo);
    out->hi = exp(out->hi);
    return err;
}

/* ---- outliers ----------------------------------------------------------------------------- */

bool stats_count_outliers(const double *x, size_t n, struct stats_outliers *out)
{
    *out = (struct stats_outliers){0, 0, 0, 0};
    double *sorted = sorted_copy(x, n);
    if (!sorted)
        return false;
    double q1 = sorted_quantile(sorted, n, 0.25);
    double q3 = sorted_quantile(sorted, n, 0.75);
    free(sorted);
    double iqr = q3 - q1;
    if (!isfinite(iqr))
        return false;
    for (size_t i = 0; i < n; i++) {
        out->low_severe += x[i] < q1 - 3.0 * iqr;
        out->low_mild += x[i] < q1 - 1.5 * iqr && x[i] >= q1 - 3.0 * iqr;
        out->high_mild += x[i] > q3 + 1.5 * iqr && x[i] <= q3 + 3.0 * iqr;
        out->high_severe += x[i] > q3 + 3.0 * iqr;
    }
    return true;
}

/* ---- random numbers ----------------------------------------------------------------------- */

uint64_t stats_next(uint64_t *rng)
{
    uint64_t z = *rng += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t stats_below(uint64_t *rng, uint64_t bound)
{
    if (bound == 0)
        return 0;
    /* 2^64 mod bound: without that many of the 2^64 values, every remainder is equally likely. */
    uint64_t surplus = (0 - bound) % bound;
    uint64_t value;
    do
        value = stats_next(rng);
    while (value < surplus);
    return value % bound;
}

void stats_shuffle(uint64_t *rng, size_t n, size_t *index)
{
    for (size_t left = n; left > 1; left--) {
        size_t pick = (size_t)stats_below(rng, left);
        size_t last = index[left - 1];
        index[left - 1] = index[pick];
        index[pick] = last;
    }
}

void stats_resample(uint64_t *rng, size_t n, size_t *index)
{
    for (size_t i = 0; i < n; i++)
        index[i] = (size_t)stats_below(rng, n);
}
