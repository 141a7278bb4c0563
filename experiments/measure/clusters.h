/* SPDX-License-Identifier: MIT */
/*
 * Groups of cpus that are near each other, from the round trips between all of them.
 *
 * The method: cpus are merged by average linkage (Sokal and Michener, "A statistical method for
 * evaluating systematic relationships", University of Kansas Science Bulletin 38, 1958), the
 * nearest groups first, and the distances at which they merge are looked at in order.  Where they
 * leap, a level of the machine ends: siblings of a core, a shared cache, a package.  A leap counts
 * if it is at least a quarter and more than what noise alone makes of the extreme of so many pairs
 * (sqrt(2 ln pairs) standard errors), and if the pairs that then lie on the wrong side of it are at
 * most a tenth of those within, and of those between.  Else the groups would be made up, and the
 * verdict says that it cannot tell.
 *
 * Time O(n^3), memory O(n^2): a second for a thousand cpus.  Threads: any.
 */
#ifndef CLUSTERS_H
#define CLUSTERS_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CLUSTER_LEVELS_MAX = 8 };

enum clusters_verdict {
    CLUSTERS_FOUND,
    CLUSTERS_UNIFORM,    /* all pairs alike, and noise would not hide a difference of a half */
    CLUSTERS_ONE_PAIR,   /* two cpus: nothing to compare */
    CLUSTERS_INCOMPLETE, /* pairs are missing */
    CLUSTERS_NOISY       /* noise would hide a difference, or is not known */
};

struct cluster_level {
    size_t clusters;
    int *member;                  /* [n]: the cluster of each cpu, numbered by its first cpu */
    double within_ns, between_ns; /* medians of the pairs in one cluster, and in two */
    double split_ns;              /* between the two merging distances */
};

struct clusters {
    enum clusters_verdict verdict;
    size_t n, n_levels;
    struct cluster_level level[CLUSTER_LEVELS_MAX]; /* nearest first; each is a part of the next */
    double hidden;  /* noise would hide a difference below this factor; NaN = not known */
    size_t blurred; /* leaps that were not taken, as too many pairs lay on the wrong side */
};

/*
 * ns[i * n + k]: round trip between cpus i and k, NaN = not measured; both directions are
 * averaged.  noise: relative standard error of one entry, NaN = not known.  clusters_free() frees.
 * 0; -EINVAL for less than two cpus, -ENOMEM.
 */
int clusters_find(const double *ns, size_t n, double noise, struct clusters *c);
void clusters_free(struct clusters *c);

/* What the verdict means, in words that go behind "clusters: ". */
void clusters_explain(const struct clusters *c, char *text, size_t n);

/* Indices 0..n-1 so that every cluster of every level stands together. */
void clusters_order(const struct clusters *c, size_t *index);

#ifdef __cplusplus
}
#endif

#endif
