/* SPDX-License-Identifier: MIT */
/* Clusters that were measured against groups that are claimed. */
#include <string.h>

#include "doctor.h"
#include "topology_report.h"

/* Relations that make groups: all pairs that are at least so near. */
static const enum relation NEAREST = RELATION_SMT, FARTHEST = RELATION_SAME_PACKAGE;
enum { EXAMPLES = 4 };

static const char *const REMEASURE =
    "repeat on an idle machine; if it persists, choose cpus by what is measured, not by what is "
    "claimed";

struct view {
    const struct topology *t;
    const int *cpus;
    const double *ns;
    size_t n;
};

static enum relation relation_of(const struct view *v, size_t i, size_t k)
{
    return topology_relation(v->t, v->cpus[i], v->cpus[k]);
}

/* Pairs that the cluster level and the relation put differently. */
static size_t differences(const struct view *v, const struct cluster_level *l, enum relation r)
{
    size_t n = 0;
    for (size_t i = 0; i < v->n; i++)
        for (size_t k = i + 1; k < v->n; k++)
            n += (l->member[i] == l->member[k]) != (relation_of(v, i, k) <= r);
    return n;
}

static bool is_claimed(const struct view *v, enum relation r)
{
    for (size_t i = 0; i < v->n; i++)
        for (size_t k = i + 1; k < v->n; k++)
            if (relation_of(v, i, k) == r)
                return true;
    return false;
}

/* Of the relations that are claimed of any pair; RELATION_UNKNOWN if there is none. */
static enum relation best_match(const struct view *v, const struct cluster_level *l, size_t *off)
{
    enum relation best = RELATION_UNKNOWN;
    *off = v->n * v->n;
    for (int r = (int)NEAREST; r <= (int)FARTHEST; r++) {
        size_t n = is_claimed(v, (enum relation)r) ? differences(v, l, (enum relation)r) : *off;
        if (n < *off) {
            best = (enum relation)r;
            *off = n;
        }
    }
    return best;
}

static void name_pairs(json_t *findings, const struct view *v, const struct cluster_level *l,
                       enum relation r)
{
    const struct doctor_finding unlike = {
        DOCTOR_WARN, true, "topology",
        "threads placed by the claims are farther from each other, or nearer, than expected",
        REMEASURE};
    size_t named = 0;
    for (size_t i = 0; i < v->n; i++)
        for (size_t k = i + 1; k < v->n && named < EXAMPLES; k++) {
            const enum relation claimed = relation_of(v, i, k);
            const bool same = l->member[i] == l->member[k];
            if (same == (claimed <= r))
                continue;
            named++;
            doctor_add(findings, &unlike,
                       "cpus %d and %d are claimed to be %s and take %.0f ns, like pairs %s a "
                       "cluster (%.0f ns)",
                       v->cpus[i], v->cpus[k], topology_relation_name(claimed), v->ns[i * v->n + k],
                       same ? "within" : "outside of", same ? l->within_ns : l->between_ns);
        }
}

/* True if the level is exactly the groups of *match. */
static bool judge_level(json_t *findings, const struct view *v, const struct clusters *c, size_t i,
                        enum relation *match)
{
    const struct doctor_finding ok = {DOCTOR_OK, false, "topology", NULL, NULL};
    const struct doctor_finding other = {DOCTOR_WARN, true, "topology",
                                         "the claimed topology does not say which cpus are near "
                                         "each other",
                                         REMEASURE};
    const struct cluster_level *l = &c->level[i];
    size_t off;
    *match = best_match(v, l, &off);
    doctor_add(findings, off ? &other : &ok,
               "level %zu: %zu clusters, %.0f ns within and %.0f ns between, %s the claimed '%s'",
               i + 1, l->clusters, l->within_ns, l->between_ns, off ? "come nearest to" : "are",
               topology_relation_name(*match));
    if (off && *match != RELATION_UNKNOWN)
        name_pairs(findings, v, l, *match);
    return off == 0;
}

/* Is the relation claimed of some pairs, and is there any beyond it? */
static bool divides(const struct view *v, enum relation r)
{
    for (size_t i = 0; i < v->n; i++)
        for (size_t k = i + 1; k < v->n; k++)
            if (relation_of(v, i, k) > r)
                return is_claimed(v, r);
    return false;
}

static void judge_unseen(json_t *findings, const struct view *v, const bool *seen)
{
    const struct doctor_finding unseen = {
        DOCTOR_WARN, false, "topology",
        "that claim makes no difference to a cache line here: virtual machines invent topology, "
        "and on some machines the way is as long",
        REMEASURE};
    for (int r = (int)NEAREST; r <= (int)FARTHEST; r++)
        if (!seen[r] && divides(v, (enum relation)r))
            doctor_add(findings, &unseen, "the claimed groups '%s' show in no level of clusters",
                       topology_relation_name((enum relation)r));
}

void topology_judge_clusters(json_t *findings, const struct topology *t, const int *cpus,
                             const double *ns, const struct clusters *c)
{
    const struct view v = {t, cpus, ns, c->n};
    bool seen[RELATIONS] = {false};
    enum relation match;
    for (size_t i = 0; i < c->n_levels; i++)
        if (judge_level(findings, &v, c, i, &match))
            seen[match] = true;
    if (c->verdict == CLUSTERS_FOUND || c->verdict == CLUSTERS_UNIFORM)
        judge_unseen(findings, &v, seen);
}
