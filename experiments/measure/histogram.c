/* SPDX-License-Identifier: MIT */
#include "histogram.h"

#include <float.h>
#include <math.h>
#include <string.h>

void histogram_reset(struct histogram *h)
{
    memset(h, 0, sizeof *h);
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        into->buckets[i] += from->buckets[i];
    if (from->max_ns > into->max_ns)
        into->max_ns = from->max_ns;
}

uint64_t histogram_count(const struct histogram *h)
{
    uint64_t count = 0;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        count += h->buckets[i];
    return count;
}

double histogram_max_ns(const struct histogram *h)
{
    return histogram_count(h) ? (double)h->max_ns : NAN;
}

uint64_t histogram_upper_ns(size_t bucket)
{
    const size_t linear = (size_t)1 << HISTOGRAM_SUB_BITS;
    if (bucket >= HISTOGRAM_OVERFLOW)
        return UINT64_MAX;
    /* Below 64 the index is the value; above, each further 64 buckets are twice as wide. */
    size_t shift = bucket < linear ? 0 : bucket / linear - 1;
    uint64_t next = (uint64_t)(bucket - shift * linear) + 1;
    return (next << shift) - 1;
}

double histogram_quantile_ns(const struct histogram *h, double q)
{
    uint64_t count = histogram_count(h);
    if (count == 0 || !(q >= 0.0 && q <= 1.0))
        return NAN;
    /* The fuzz keeps products that round up, such as 0.07 * 100, on their own rank. */
    double rank = ceil(q * (double)count * (1.0 - 4.0 * DBL_EPSILON));
    uint64_t seen = h->buckets[0];
    size_t bucket = 0;
    while (bucket < HISTOGRAM_OVERFLOW && (seen == 0 || (double)seen < rank))
        seen += h->buckets[++bucket];
    uint64_t upper = histogram_upper_ns(bucket);
    return (double)(upper < h->max_ns ? upper : h->max_ns);
}
