/* SPDX-License-Identifier: MIT */
#include "pair_matrix.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "child.h"
#include "measure/statistics.h"

/* Of one trial, besides its timed loop: settings, warm-up, process and threads. */
static const double TRIAL_OVERHEAD_S = 0.015;
static const double TRIAL_SHARE = 1.7; /* warm-up and settings as a share of the timed loop */

struct pair {
    size_t a, b; /* indices of cpus */
};

struct work {
    const struct pair_plan *plan;
    struct pair *pair; /* [n] */
    size_t n;
    size_t *order; /* [n] */
    double *ns;    /* [pair * runs + run]; NaN = could not run */
    uint64_t rng;
};

static double measure_line(void *user, int cpu_a, int cpu_b, double seconds)
{
    (void)user;
    return line_round_trip_ns(cpu_a, cpu_b, seconds);
}

static size_t all_pairs(const struct pair_plan *p)
{
    return p->n * (p->n - 1) / (p->ordered ? 1 : 2);
}

size_t pair_matrix_pairs(const struct pair_plan *p)
{
    const size_t all = all_pairs(p);
    return p->most > 0 && p->most < all ? p->most : all;
}

double pair_matrix_seconds(const struct pair_plan *p)
{
    return (double)pair_matrix_pairs(p) * p->runs * (p->seconds * TRIAL_SHARE + TRIAL_OVERHEAD_S);
}

/* All of them, or as many as wanted, drawn without replacement. */
static void choose_pairs(struct work *w)
{
    const struct pair_plan *p = w->plan;
    const size_t all = all_pairs(p);
    size_t seen = 0;
    for (size_t a = 0; a < p->n; a++)
        for (size_t b = p->ordered ? 0 : a + 1; b < p->n; b++) {
            if (a == b)
                continue;
            const size_t left = pair_matrix_pairs(p) - w->n;
            /* Knuth, TAOCP 2, algorithm 3.4.2 S */
            if (stats_below(&w->rng, all - seen++) < left)
                w->pair[w->n++] = (struct pair){a, b};
        }
}

static int run_trial(struct work *w, struct pair_matrix *m, size_t i, int run)
{
    const struct pair_plan *p = w->plan;
    const struct pair *pair = &w->pair[i];
    const bool swap = !p->ordered && run % 2 == 1;
    struct pair_trial *t = &m->trial[m->trials];
    int err = p->progress ? p->progress(p->user, m->trials, w->n * (size_t)p->runs, run) : 0;
    if (err)
        return err;
    *t = (struct pair_trial){.run = run,
                             .cpu_a = p->cpus[swap ? pair->b : pair->a],
                             .cpu_b = p->cpus[swap ? pair->a : pair->b]};
    t->ns = (p->measure ? p->measure : measure_line)(p->user, t->cpu_a, t->cpu_b, p->seconds);
    w->ns[i * (size_t)p->runs + (size_t)run] = t->ns > 0 ? t->ns : NAN;
    m->trials++;
    return 0;
}

static int run_all(struct work *w, struct pair_matrix *m)
{
    int err = 0;
    for (int run = 0; err == 0 && run < w->plan->runs; run++) {
        for (size_t i = 0; i < w->n; i++)
            w->order[i] = i;
        stats_shuffle(&w->rng, w->n, w->order);
        for (size_t i = 0; err == 0 && i < w->n; i++)
            err = run_trial(w, m, w->order[i], run);
    }
    return err;
}

static void set(struct pair_matrix *m, size_t at, const double *x, size_t n)
{
    m->median_ns[at] = stats_median(x, n);
    m->lo_ns[at] = stats_quantile(x, n, 0);
    m->hi_ns[at] = stats_quantile(x, n, 1);
}

/* The relative sigma of the pair's runs; NaN if there are too few. */
static double sum_up_pair(const struct work *w, struct pair_matrix *m, size_t i)
{
    double good[PAIR_RUNS_MAX];
    const struct pair *pair = &w->pair[i];
    size_t n = 0;
    for (int run = 0; run < w->plan->runs; run++) {
        double ns = w->ns[i * (size_t)w->plan->runs + (size_t)run];
        if (!isnan(ns))
            good[n++] = ns;
    }
    m->failed += n == 0;
    set(m, pair->a * m->n + pair->b, good, n);
    if (!w->plan->ordered)
        set(m, pair->b * m->n + pair->a, good, n);
    return n < 3 ? NAN : STATS_MAD_TO_SIGMA * stats_mad(good, n) / stats_median(good, n);
}

/* A median's standard error is 1.25 of a mean's, for normal data. */
static void sum_up(const struct work *w, struct pair_matrix *m)
{
    double *sigma = (double *)calloc(w->n, sizeof *sigma);
    size_t known = 0;
    for (size_t i = 0; i < w->n; i++) {
        double s = sum_up_pair(w, m, i);
        if (sigma != NULL && !isnan(s))
            sigma[known++] = s;
    }
    m->noise = sigma != NULL ? 1.25 * stats_median(sigma, known) / sqrt(w->plan->runs) : NAN;
    free(sigma);
}

static int make_room(struct work *w, struct pair_matrix *m)
{
    const size_t n = m->n, pairs = m->pairs, trials = pairs * (size_t)w->plan->runs;
    w->pair = (struct pair *)calloc(pairs, sizeof *w->pair);
    w->order = (size_t *)calloc(pairs, sizeof *w->order);
    w->ns = (double *)calloc(trials, sizeof *w->ns);
    m->trial = (struct pair_trial *)calloc(trials, sizeof *m->trial);
    m->median_ns = (double *)calloc(3 * n * n, sizeof *m->median_ns);
    if (!w->pair || !w->order || !w->ns || !m->trial || !m->median_ns)
        return -ENOMEM;
    m->lo_ns = m->median_ns + n * n;
    m->hi_ns = m->lo_ns + n * n;
    for (size_t i = 0; i < 3 * n * n; i++)
        m->median_ns[i] = NAN;
    return 0;
}

int pair_matrix_measure(const struct pair_plan *p, struct pair_matrix *m)
{
    struct work w = {.plan = p, .rng = p->seed};
    if (p->n < 2 || p->runs < 1 || p->runs > PAIR_RUNS_MAX)
        return -EINVAL;
    *m = (struct pair_matrix){.n = p->n, .pairs = pair_matrix_pairs(p), .of = all_pairs(p)};
    int err = make_room(&w, m);
    if (err == 0) {
        choose_pairs(&w);
        err = run_all(&w, m);
    }
    if (err == 0)
        sum_up(&w, m);
    else
        pair_matrix_free(m);
    free(w.pair);
    free(w.order);
    free(w.ns);
    return err;
}

void pair_matrix_free(struct pair_matrix *m)
{
    free(m->median_ns);
    free(m->trial);
    *m = (struct pair_matrix){0};
}
