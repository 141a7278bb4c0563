/* SPDX-License-Identifier: MIT */
#include "latency.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "chase.h"
#include "statistics.h"

enum { RUNS_OF_NOISE = 3 }; /* the deviation from a median of fewer is 0, or half the range */

size_t latency_sizes(size_t min_bytes, size_t max_bytes, size_t stride_bytes, size_t *sizes)
{
    size_t n = 0, last = 0;
    for (int i = 0;; i++) {
        double exact = (double)min_bytes * exp2((double)i / LATENCY_PER_DOUBLING);
        size_t bytes = (size_t)llround(exact / (double)stride_bytes) * stride_bytes;
        if (bytes > max_bytes)
            return n;
        if (bytes <= last) /* a stride that is coarser than the steps */
            continue;
        last = bytes;
        if (sizes != NULL)
            sizes[n] = bytes;
        n++;
    }
}

static int make_room(const struct latency_plan *p, struct latency *l)
{
    *l = (struct latency){.runs = p->runs, .huge_bytes = -1};
    l->n = latency_sizes(p->min_bytes, p->max_bytes, p->stride_bytes, NULL);
    if (l->n == 0)
        return -EINVAL;
    size_t *sizes = (size_t *)calloc(l->n, sizeof *sizes);
    l->point = (struct latency_point *)calloc(l->n, sizeof *l->point);
    l->ns = (double *)calloc(l->n * (size_t)p->runs, sizeof *l->ns);
    l->steps = (uint64_t *)calloc(l->n * (size_t)p->runs, sizeof *l->steps);
    bool got = sizes != NULL && l->point != NULL && l->ns != NULL && l->steps != NULL;
    if (got)
        latency_sizes(p->min_bytes, p->max_bytes, p->stride_bytes, sizes);
    for (size_t i = 0; got && i < l->n; i++)
        l->point[i].bytes = sizes[i];
    free(sizes);
    return got ? 0 : -ENOMEM;
}

static int run_once(const struct latency_plan *p, struct latency *l, int run)
{
    const size_t first = (size_t)run * l->n;
    struct chase c;
    int err = chase_map(&c, p->max_bytes, p->stride_bytes, p->huge_pages, p->seed + (uint64_t)run);
    for (size_t i = 0; err == 0 && i < l->n; i++) {
        if (p->progress != NULL)
            err = p->progress(p->user, run, l->point[i].bytes, first + i, l->n * (size_t)l->runs);
        chase_grow(&c, l->point[i].bytes);
        l->ns[first + i] = chase_time(&c, p->warm_bytes, p->seconds_min, &l->steps[first + i]);
    }
    if (err == 0 && run == l->runs - 1)
        l->huge_bytes = chase_huge_bytes(&c);
    chase_unmap(&c);
    return err;
}

static void sum_up(struct latency *l)
{
    double each[LATENCY_RUNS_MAX];
    double *noise = (double *)calloc(l->n, sizeof *noise);
    for (size_t i = 0; i < l->n; i++) {
        for (int run = 0; run < l->runs; run++)
            each[run] = l->ns[(size_t)run * l->n + i];
        const size_t runs = (size_t)l->runs;
        struct latency_point *p = &l->point[i];
        p->median_ns = stats_median(each, runs);
        p->lo_ns = stats_quantile(each, runs, 0);
        p->hi_ns = stats_quantile(each, runs, 1);
        if (noise != NULL)
            noise[i] = STATS_MAD_TO_SIGMA * stats_mad(each, runs) / p->median_ns;
    }
    l->noise = noise != NULL && l->runs >= RUNS_OF_NOISE ? stats_median(noise, l->n) : NAN;
    free(noise);
}

int latency_measure(const struct latency_plan *p, struct latency *l)
{
    if (p->runs < 1 || p->runs > LATENCY_RUNS_MAX)
        return -EINVAL;
    int err = make_room(p, l);
    for (int run = 0; err == 0 && run < p->runs; run++)
        err = run_once(p, l, run);
    if (err == 0)
        sum_up(l);
    else
        latency_free(l);
    return err;
}

void latency_free(struct latency *l)
{
    free(l->point);
    free(l->ns);
    free(l->steps);
    *l = (struct latency){0};
}
