/* SPDX-License-Identifier: MIT */
/*
 * A latency histogram of fixed size, log-linear as Gil Tene's HdrHistogram
 * (http://hdrhistogram.org): each power of two is cut into 64 equal buckets.
 *
 * Values are nanoseconds.  0..127 are exact; up to HISTOGRAM_LIMIT_NS (2^36 ns, 68.7 s) a value is
 * known to within 1/64 of itself, and is reported as the highest that falls in its bucket, so
 * results err upwards and never flatter.  Beyond the limit only the number of values and the
 * greatest are known.
 *
 * Recording is O(1), allocates nothing, calls nothing, and cannot fail; the rest is O(buckets).
 * All-zero is the empty histogram.  One writer, no atomics: give each thread its own and merge
 * after joining.  About 16 KB, owned by the caller: off the stack, written once (histogram_reset)
 * before timing starts, so that no page fault lands in a measurement.
 *
 * It records what it is given.  Latency under a schedule counts from the intended start; a caller
 * that waits for each message before timing the next hides the queue (coordinated omission).
 */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HISTOGRAM_LIMIT_NS (UINT64_C(1) << 36)

enum {
    HISTOGRAM_SUB_BITS = 6,
    HISTOGRAM_OVERFLOW = (36 - HISTOGRAM_SUB_BITS + 1) << HISTOGRAM_SUB_BITS,
    HISTOGRAM_BUCKETS = HISTOGRAM_OVERFLOW + 1 /* the last holds all from the limit up */
};

struct histogram {
    uint64_t max_ns; /* exact; meaningless while empty */
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

/* The bucket of a value. */
static inline size_t histogram_index(uint64_t ns)
{
    const uint64_t linear = UINT64_C(1) << HISTOGRAM_SUB_BITS;
    if (ns > HISTOGRAM_LIMIT_NS)
        ns = HISTOGRAM_LIMIT_NS;
    /* The OR makes all below 64 share the shift 0 of 64..127, and keeps clz off zero. */
    unsigned shift = 63u - (unsigned)__builtin_clzll(ns | linear) - HISTOGRAM_SUB_BITS;
    return ((size_t)shift << HISTOGRAM_SUB_BITS) + (size_t)(ns >> shift);
}

static inline void histogram_record(struct histogram *h, uint64_t ns)
{
    h->buckets[histogram_index(ns)]++;
    if (ns > h->max_ns)
        h->max_ns = ns;
}

/* Empties it, and touches every page. */
void histogram_reset(struct histogram *h);

/* Adds all of `from`; the result is as if every value had been recorded in `into`. */
void histogram_merge(struct histogram *into, const struct histogram *from);

/* Number of values recorded. */
uint64_t histogram_count(const struct histogram *h);

/* The greatest value recorded, exact up to 2^53 ns; NaN when empty. */
double histogram_max_ns(const struct histogram *h);

/*
 * The least value that at least a fraction q in [0, 1] of all values do not exceed (type 1 of
 * Hyndman and Fan, 1996), at most 1/64 too high and never too low; the maximum where it lies beyond
 * the limit.  q = 1 is the maximum.  NaN when empty or for q outside [0, 1].
 */
double histogram_quantile_ns(const struct histogram *h, double q);

/* The highest value of a bucket, for drawing; of HISTOGRAM_OVERFLOW, UINT64_MAX. */
uint64_t histogram_upper_ns(size_t bucket);

#ifdef __cplusplus
}
#endif

#endif
