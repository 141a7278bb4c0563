/* SPDX-License-Identifier: MIT */
#include "clusters.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "statistics.h"

static const double LEAP = 1.25;  /* of merging distances, at least */
static const double WRONG = 0.1;  /* pairs on the wrong side of a leap, as a share of the fewer of
                                     those within and between, at most */
static const double HIDING = 1.5; /* noise that hides such a difference tells nothing */

struct merge {
    size_t into, from; /* the lowest cpu of each group; into < from */
    double height;     /* average distance between the two groups, ns */
};

struct dendrogram {
    size_t n;
    double *distance;    /* [n * n] of the pairs */
    struct merge *merge; /* [n - 1], heights ascending */
};

static size_t pairs_of(size_t n)
{
    return n * (n - 1) / 2;
}

/* Both directions averaged.  False if a pair is missing. */
static bool fold(const double *ns, size_t n, double *distance)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            double there = ns[i * n + k], back = ns[k * n + i];
            double both = isnan(there) ? back : isnan(back) ? there : (there + back) / 2;
            if (i != k && !(both > 0))
                return false;
            distance[i * n + k] = both;
        }
    return true;
}

static struct merge nearest(const double *d, const size_t *size, size_t n)
{
    struct merge best = {0, 0, INFINITY};
    for (size_t i = 0; i < n; i++)
        for (size_t k = i + 1; size[i] > 0 && k < n; k++)
            if (size[k] > 0 && d[i * n + k] < best.height)
                best = (struct merge){i, k, d[i * n + k]};
    return best;
}

static void join(double *d, size_t *size, size_t n, const struct merge *m)
{
    const double a = (double)size[m->into], b = (double)size[m->from];
    for (size_t k = 0; k < n; k++) {
        double mean = (a * d[m->into * n + k] + b * d[m->from * n + k]) / (a + b);
        d[m->into * n + k] = d[k * n + m->into] = mean;
    }
    size[m->into] += size[m->from];
    size[m->from] = 0;
}

static int merge_all(struct dendrogram *t)
{
    const size_t bytes = t->n * t->n * sizeof(double);
    double *d = (double *)malloc(bytes);
    size_t *size = (size_t *)malloc(t->n * sizeof *size);
    if (d != NULL && size != NULL) {
        memcpy(d, t->distance, bytes);
        for (size_t i = 0; i < t->n; i++)
            size[i] = 1;
        for (size_t m = 0; m + 1 < t->n; m++) {
            t->merge[m] = nearest(d, size, t->n);
            join(d, size, t->n, &t->merge[m]);
        }
    }
    int err = d != NULL && size != NULL ? 0 : -ENOMEM;
    free(d);
    free(size);
    return err;
}

/* The groups after the first `merges` of them, numbered by their lowest cpu; how many. */
static size_t label(const struct dendrogram *t, size_t merges, int *member)
{
    int next = 0;
    for (size_t i = 0; i < t->n; i++)
        member[i] = (int)i;
    for (size_t m = 0; m < merges; m++)
        for (size_t i = 0; i < t->n; i++)
            if (member[i] == (int)t->merge[m].from)
                member[i] = (int)t->merge[m].into;
    for (size_t i = 0; i < t->n; i++) /* a group's lowest cpu comes first and is its own label */
        member[i] = member[i] == (int)i ? -1 - next++ : member[member[i]];
    for (size_t i = 0; i < t->n; i++)
        member[i] = -1 - member[i];
    return (size_t)next;
}

/* Fills the medians; pairs on the wrong side of the split, as a share of the fewer of those within
 * and between (of all pairs it would be small wherever groups are), or < 0 without memory. */
static double weigh(const struct dendrogram *t, struct cluster_level *l)
{
    const size_t pairs = pairs_of(t->n);
    double *sorted = (double *)malloc(pairs * sizeof *sorted);
    size_t within = 0, between = 0, wrong = 0;
    if (sorted == NULL)
        return -1;
    for (size_t i = 0; i < t->n; i++)
        for (size_t k = i + 1; k < t->n; k++) {
            double ns = t->distance[i * t->n + k];
            bool same = l->member[i] == l->member[k];
            wrong += same != (ns <= l->split_ns);
            sorted[same ? within++ : pairs - ++between] = ns;
        }
    l->within_ns = stats_median(sorted, within);
    l->between_ns = stats_median(sorted + within, between);
    free(sorted);
    return (double)wrong / (double)(within < between ? within : between);
}

/* Takes the leap after `merges` merges for a level if it divides the pairs. */
static int try_level(const struct dendrogram *t, size_t merges, struct clusters *c)
{
    struct cluster_level *l = &c->level[c->n_levels];
    *l = (struct cluster_level){.split_ns =
                                    sqrt(t->merge[merges - 1].height * t->merge[merges].height)};
    l->member = (int *)calloc(t->n, sizeof *l->member);
    if (l->member == NULL)
        return -ENOMEM;
    l->clusters = label(t, merges, l->member);
    double wrong = weigh(t, l);
    if (wrong >= 0 && wrong <= WRONG && l->between_ns >= LEAP * l->within_ns) {
        c->n_levels++;
        return 0;
    }
    c->blurred++;
    free(l->member);
    l->member = NULL;
    return wrong < 0 ? -ENOMEM : 0;
}

static int find_levels(const struct dendrogram *t, double needed, struct clusters *c)
{
    int err = 0;
    for (size_t m = 1; err == 0 && m + 1 < t->n && c->n_levels < CLUSTER_LEVELS_MAX; m++)
        if (t->merge[m].height > needed * t->merge[m - 1].height)
            err = try_level(t, m, c);
    return err;
}

static enum clusters_verdict conclude(const struct clusters *c)
{
    if (c->n_levels > 0)
        return CLUSTERS_FOUND;
    return c->blurred > 0 || c->hidden > HIDING ? CLUSTERS_NOISY : CLUSTERS_UNIFORM;
}

static int analyse(struct dendrogram *t, const double *ns, double noise, struct clusters *c)
{
    if (!fold(ns, t->n, t->distance)) {
        c->verdict = CLUSTERS_INCOMPLETE;
        return 0;
    }
    if (t->n == 2 || isnan(noise)) {
        c->verdict = t->n == 2 ? CLUSTERS_ONE_PAIR : CLUSTERS_NOISY;
        return 0;
    }
    c->hidden = fmax(LEAP, exp(noise * sqrt(2 * log((double)pairs_of(t->n)))));
    int err = merge_all(t);
    if (err == 0)
        err = find_levels(t, c->hidden, c);
    c->verdict = conclude(c);
    return err;
}

int clusters_find(const double *ns, size_t n, double noise, struct clusters *c)
{
    *c = (struct clusters){.n = n, .hidden = NAN};
    if (n < 2)
        return -EINVAL;
    struct dendrogram t = {.n = n};
    t.distance = (double *)calloc(n * n, sizeof *t.distance);
    t.merge = (struct merge *)calloc(n, sizeof *t.merge);
    int err = t.distance && t.merge ? analyse(&t, ns, noise, c) : -ENOMEM;
    free(t.distance);
    free(t.merge);
    if (err)
        clusters_free(c);
    return err;
}

void clusters_free(struct clusters *c)
{
    for (size_t i = 0; i < c->n_levels; i++)
        free(c->level[i].member);
    c->n_levels = 0;
}

void clusters_explain(const struct clusters *c, char *text, size_t n)
{
    const char *blurred =
        c->blurred > 0 ? "; a further leap was not taken, as its groups overlap" : "";
    switch (c->verdict) {
    case CLUSTERS_FOUND:
        snprintf(text, n, "%zu level%s found%s", c->n_levels, c->n_levels == 1 ? "" : "s", blurred);
        break;
    case CLUSTERS_UNIFORM:
        snprintf(text, n,
                 "none; all pairs are alike but for noise, which would hide no more than "
                 "a difference of %.0f%%",
                 100 * (c->hidden - 1));
        break;
    case CLUSTERS_ONE_PAIR:
        snprintf(text, n, "cannot tell; two cpus are one pair, and there is nothing to compare");
        break;
    case CLUSTERS_INCOMPLETE:
        snprintf(text, n,
                 "cannot tell; pairs were not measured; measure all pairs of fewer cpus "
                 "(--cpus)");
        break;
    case CLUSTERS_NOISY:
        if (isnan(c->hidden))
            snprintf(text, n,
                     "cannot tell; noise is not known from so few runs (--runs 3 or more)");
        else if (c->blurred > 0)
            snprintf(text, n,
                     "cannot tell; distances leap, but pairs lie on both sides of the leap "
                     "in every group");
        else
            snprintf(text, n,
                     "cannot tell; noise would hide a difference of %.0f%%; repeat on an "
                     "idle machine, or with more --runs",
                     100 * (c->hidden - 1));
    }
}

/* Coarse levels first, so that their clusters stay together. */
static int compare(const struct clusters *c, size_t a, size_t b)
{
    for (size_t l = c->n_levels; l-- > 0;)
        if (c->level[l].member[a] != c->level[l].member[b])
            return c->level[l].member[a] < c->level[l].member[b] ? -1 : 1;
    return a < b ? -1 : a > b;
}

void clusters_order(const struct clusters *c, size_t *index)
{
    for (size_t i = 0; i < c->n; i++) { /* insertion: n is the number of cpus */
        size_t at = i;
        for (; at > 0 && compare(c, index[at - 1], i) > 0; at--)
            index[at] = index[at - 1];
        index[at] = i;
    }
}
