/* SPDX-License-Identifier: MIT */
#include "select/contest.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static const struct ranked *ranked_of(const struct contest *c, size_t candidate, size_t workload)
{
    return &c->ranked[(candidate * c->workloads + workload) * c->rounds];
}

/* Where the round is in the cell, or -1. */
static ptrdiff_t find_round(const struct summary_cell *cell, int round)
{
    for (size_t i = 0; i < cell->n; i++)
        if (cell->round[i] == round)
            return (ptrdiff_t)i;
    return -1;
}

static bool all_have(const struct summary_cell *const *cell, size_t n, int round)
{
    for (size_t i = 0; i < n; i++)
        if (find_round(cell[i], round) < 0)
            return false;
    return true;
}

static int find_common(const struct summary_cell *const *cell, size_t cells, struct contest *c)
{
    if (cells == 0)
        return 0;
    c->round = calloc(cell[0]->n + 1, sizeof *c->round);
    if (c->round == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < cell[0]->n; i++)
        if (all_have(cell, cells, cell[0]->round[i]))
            c->round[c->rounds++] = cell[0]->round[i];
    return 0;
}

static int by_value(const void *a, const void *b)
{
    const struct ranked *x = (const struct ranked *)a, *y = (const struct ranked *)b;
    return (x->value > y->value) - (x->value < y->value);
}

/* Takes the middle candidate out of every round of one workload. */
static void centre(struct contest *c, size_t w, double *column, double *middle)
{
    for (size_t r = 0; r < c->rounds; r++) {
        for (size_t i = 0; i < c->n; i++)
            column[i] = ranked_of(c, i, w)[r].value;
        middle[r] = stats_median(column, c->n);
        for (size_t i = 0; i < c->n; i++)
            c->ranked[(i * c->workloads + w) * c->rounds + r].value -= middle[r];
    }
    c->level[w] = stats_median(middle, c->rounds);
}

static int fill(const struct summary_cell *const *cell, struct contest *c)
{
    const size_t cells = c->n * c->workloads;
    double *column = calloc(c->n, sizeof *column), *middle = calloc(c->rounds, sizeof *middle);
    c->ranked = calloc(cells * c->rounds, sizeof *c->ranked);
    c->level = calloc(c->workloads, sizeof *c->level);
    bool good = column != NULL && middle != NULL && c->ranked != NULL && c->level != NULL;
    for (size_t i = 0; good && i < cells; i++)
        for (size_t r = 0; r < c->rounds; r++) {
            double ns = cell[i]->value[find_round(cell[i], c->round[r])];
            c->ranked[i * c->rounds + r] = (struct ranked){log(ns), r};
        }
    for (size_t w = 0; good && w < c->workloads; w++)
        centre(c, w, column, middle);
    for (size_t i = 0; good && i < cells; i++)
        qsort(&c->ranked[i * c->rounds], c->rounds, sizeof *c->ranked, by_value);
    free(column);
    free(middle);
    return good ? 0 : -ENOMEM;
}

int contest_make(const struct summary_cell *const *cell, size_t n, size_t workloads,
                 struct contest *out)
{
    *out = (struct contest){.n = n, .workloads = workloads};
    int err = find_common(cell, n * workloads, out);
    if (err == 0 && out->rounds > 0)
        err = fill(cell, out);
    if (err)
        contest_free(out);
    return err;
}

void contest_free(struct contest *c)
{
    free(c->round);
    free(c->ranked);
    free(c->level);
    *c = (struct contest){0};
}

/* Median of a cell in which round r occurs count[r] times, `rounds` in all: a walk along the
 * sorted values instead of a sort a replicate. */
static double middle_of(const struct ranked *x, const size_t *count, size_t rounds)
{
    size_t i = 0, seen = count[x[0].round];
    while (seen <= (rounds - 1) / 2)
        seen += count[x[++i].round];
    double low = x[i].value;
    while (seen <= rounds / 2)
        seen += count[x[++i].round];
    return 0.5 * (low + x[i].value);
}

static double cost_of(const struct contest *c, size_t candidate, const double *weight,
                      const size_t *count)
{
    double sum = 0;
    for (size_t w = 0; w < c->workloads; w++)
        if (weight[w] > 0)
            sum +=
                weight[w] * (c->level[w] + middle_of(ranked_of(c, candidate, w), count, c->rounds));
    return sum;
}

static void resample(const struct contest *c, const double *weight,
                     const struct stats_resampling *how, size_t *index, size_t *count,
                     struct costs *out)
{
    uint64_t rng = how->seed;
    for (size_t r = 0; r < c->rounds; r++)
        count[r] = 1;
    for (size_t i = 0; i < c->n; i++)
        out->estimate[i] = cost_of(c, i, weight, count);
    for (size_t b = 0; b < how->replicates; b++) {
        stats_resample(&rng, c->rounds, index);
        for (size_t r = 0; r < c->rounds; r++)
            count[r] = 0;
        for (size_t r = 0; r < c->rounds; r++)
            count[index[r]]++;
        for (size_t i = 0; i < c->n; i++)
            out->replicate[i * how->replicates + b] = cost_of(c, i, weight, count);
        out->lowest[b] = INFINITY;
        for (size_t i = 0; i < c->n; i++)
            out->lowest[b] = fmin(out->lowest[b], out->replicate[i * how->replicates + b]);
    }
}

int contest_costs(const struct contest *c, const double *weight, const struct stats_resampling *how,
                  struct costs *out)
{
    *out = (struct costs){.n = c->n, .replicates = how->replicates};
    if (c->rounds == 0 || c->n == 0)
        return -EINVAL;
    size_t *index = calloc(c->rounds, sizeof *index), *count = calloc(c->rounds, sizeof *count);
    out->estimate = calloc(c->n, sizeof *out->estimate);
    out->replicate = calloc(c->n * how->replicates, sizeof *out->replicate);
    out->lowest = calloc(how->replicates, sizeof *out->lowest);
    bool good = index && count && out->estimate && out->replicate && out->lowest;
    if (good)
        resample(c, weight, how, index, count, out);
    else
        costs_free(out);
    free(index);
    free(count);
    return good ? 0 : -ENOMEM;
}

void costs_free(struct costs *c)
{
    free(c->estimate);
    free(c->replicate);
    free(c->lowest);
    *c = (struct costs){0};
}

struct stats_interval costs_ratio(const struct costs *c, size_t a, size_t b)
{
    struct stats_interval out = {exp(c->estimate[a] - c->estimate[b]), NAN, NAN, 0.95};
    double *log_ratio = calloc(c->replicates, sizeof *log_ratio);
    for (size_t i = 0; log_ratio != NULL && i < c->replicates; i++)
        log_ratio[i] = c->replicate[a * c->replicates + i] - c->replicate[b * c->replicates + i];
    if (log_ratio != NULL) {
        out.lo = exp(stats_quantile(log_ratio, c->replicates, 0.025));
        out.hi = exp(stats_quantile(log_ratio, c->replicates, 0.975));
    }
    free(log_ratio);
    return out;
}

double costs_share(const struct costs *c, size_t a, size_t b, double limit)
{
    const double most = log(limit);
    size_t n = 0;
    for (size_t i = 0; i < c->replicates; i++)
        n += c->replicate[a * c->replicates + i] - c->replicate[b * c->replicates + i] <= most;
    return (double)n / (double)c->replicates;
}

double costs_stability(const struct costs *c, size_t a, double limit)
{
    const double most = log(limit);
    size_t n = 0;
    for (size_t i = 0; i < c->replicates; i++)
        n += c->replicate[a * c->replicates + i] - c->lowest[i] <= most;
    return (double)n / (double)c->replicates;
}

double costs_within(const struct costs *c, size_t a, double confidence)
{
    double result = NAN, *excess = calloc(c->replicates, sizeof *excess);
    for (size_t i = 0; excess != NULL && i < c->replicates; i++)
        excess[i] = c->replicate[a * c->replicates + i] - c->lowest[i];
    if (excess != NULL)
        result = exp(stats_quantile(excess, c->replicates, confidence));
    free(excess);
    return result;
}

size_t costs_best(const struct costs *c)
{
    size_t best = 0;
    for (size_t i = 1; i < c->n; i++)
        if (c->estimate[i] < c->estimate[best])
            best = i;
    return best;
}
