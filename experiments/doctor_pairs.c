/* SPDX-License-Identifier: MIT */
/* Claimed topology against measured round trips.  No clock here: figures come from the caller. */
#include "doctor.h"
#include "measure/statistics.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * What a round trip of one line usually takes, for x86 and Arm servers of the last ten years.  A
 * wide net: outside of it the claim, or the moment of measuring, deserves doubt.
 */
static const struct {
    double least_ns;
    double most_ns;
} plausible[RELATIONS] = {
    [RELATION_SMT] = {5, 80},
    [RELATION_SHARED_L1] = {5, 80},
    [RELATION_SHARED_L2] = {10, 120},
    [RELATION_SHARED_L3] = {20, 150},
    [RELATION_SHARED_L4] = {20, 250},
    [RELATION_SAME_NODE] = {40, 400},
    [RELATION_SAME_PACKAGE] = {40, 500},
    [RELATION_OTHER_PACKAGE] = {100, 1500},
};

/* Pairs of one relation differ by less than this on machines that tell the truth. */
static const double SPREAD = 1.6;
/* Medians of two relations closer than this are no contradiction. */
static const double MARGIN = 1.1;

static const char *const REMEASURE =
    "repeat on an idle machine; if it persists, choose cpus by what is measured: a sweep with "
    "placement = all measures every pair";

typedef void pair_visitor(void *context, int a, int b, enum relation relation);

static void visit_pairs(const struct topology *t, pair_visitor *visit, void *context)
{
    for (size_t i = 0; i < t->n_cpus; i++)
        for (size_t k = i + 1; k < t->n_cpus; k++)
            visit(context, t->cpus[i].cpu, t->cpus[k].cpu,
                  topology_relation(t, t->cpus[i].cpu, t->cpus[k].cpu));
}

struct choice {
    size_t there[RELATIONS]; /* pairs of each relation */
    size_t quota[RELATIONS]; /* how many of them to take */
    size_t seen[RELATIONS];
    struct doctor_pair *pairs;
    size_t n;
};

static void count_pair(void *context, int a, int b, enum relation relation)
{
    struct choice *c = context;

    (void)a;
    (void)b;
    c->there[relation]++;
}

/* Takes `quota` out of `there`, evenly spread. */
static void take_pair(void *context, int a, int b, enum relation relation)
{
    struct choice *c = context;
    size_t before = c->seen[relation] * c->quota[relation] / c->there[relation];
    size_t after = ++c->seen[relation] * c->quota[relation] / c->there[relation];

    if (after > before)
        c->pairs[c->n++] = (struct doctor_pair){a, b, relation, -1};
}

/* One to each relation in turn until all are taken or the places are gone. */
static void share_out(struct choice *c)
{
    size_t left = DOCTOR_PAIRS;

    for (bool given = true; given && left;) {
        given = false;
        for (int r = 0; r < RELATIONS && left; r++) {
            if (c->quota[r] == c->there[r])
                continue;
            c->quota[r]++;
            left--;
            given = true;
        }
    }
}

size_t doctor_choose_pairs(const struct topology *t, struct doctor_pair *pairs, size_t *total)
{
    struct choice c = {.pairs = pairs};

    visit_pairs(t, count_pair, &c);
    share_out(&c);
    visit_pairs(t, take_pair, &c);
    *total = t->n_cpus * (t->n_cpus - 1) / 2;
    return c.n;
}

/* Median round trip of the measured pairs of a relation; < 0 if there is none. */
static double median_of(const struct doctor_pair *pairs, size_t n, enum relation relation,
                        size_t *count)
{
    double *ns = calloc(n + 1, sizeof *ns);

    *count = 0;
    for (size_t i = 0; ns && i < n; i++)
        if (pairs[i].relation == relation && pairs[i].round_trip_ns >= 0)
            ns[(*count)++] = pairs[i].round_trip_ns;
    double median = *count ? stats_median(ns, *count) : -1;
    free(ns);
    return median;
}

static void judge_range(json_t *findings, enum relation relation, double median_ns, size_t count)
{
    double least = plausible[relation].least_ns;
    double most = plausible[relation].most_ns;
    bool fits = most <= 0 || (median_ns >= least && median_ns <= most);
    const struct doctor_finding ok = {DOCTOR_OK, false, "round trip", NULL, NULL};
    const struct doctor_finding doubt = {
        DOCTOR_WARN, true, "round trip",
        "either the cpus are not as near as claimed (virtual machines invent topology) or "
        "something else was running: a ring's figures here are as doubtful",
        REMEASURE};
    char range[64] = "";

    if (most > 0)
        snprintf(range, sizeof range, "; %.0f..%.0f ns would be usual", least, most);
    doctor_add(findings, fits ? &ok : &doubt, "%s: %.0f ns%s over %zu pair%s%s",
               topology_relation_name(relation), median_ns, count > 1 ? " in the median" : "",
               count, count == 1 ? "" : "s", range);
}

static size_t judge_spread(json_t *findings, const struct doctor_pair *pairs, size_t n,
                           enum relation relation, double median_ns)
{
    const struct doctor_finding unlike = {
        DOCTOR_WARN, true, "topology",
        "cpus that are claimed to be alike are not: which pair is used changes the result",
        REMEASURE};
    size_t found = 0;

    for (size_t i = 0; i < n; i++) {
        double ns = pairs[i].round_trip_ns;
        if (pairs[i].relation != relation || ns < 0 ||
            (ns <= median_ns * SPREAD && ns * SPREAD >= median_ns))
            continue;
        if (++found <= 4) /* the first few show the pattern */
            doctor_add(findings, &unlike, "cpus %d and %d (%s) take %.0f ns, the median is %.0f ns",
                       pairs[i].a, pairs[i].b, topology_relation_name(relation), ns, median_ns);
    }
    if (found > 4)
        doctor_add(findings, &unlike, "%zu more pairs of %s differ by more than %.1f times",
                   found - 4, topology_relation_name(relation), SPREAD);
    return found;
}

static size_t judge_order(json_t *findings, const double median_ns[RELATIONS])
{
    const struct doctor_finding upside_down = {
        DOCTOR_WARN, true, "topology",
        "the claimed topology does not say which cpus are near each other", REMEASURE};
    size_t found = 0;

    for (int near = 0; near < RELATION_UNKNOWN; near++)
        for (int far = near + 1; far < RELATION_UNKNOWN; far++) {
            if (median_ns[near] < 0 || median_ns[far] < 0 ||
                median_ns[near] <= median_ns[far] * MARGIN)
                continue;
            found++;
            doctor_add(findings, &upside_down, "%s (%.0f ns) is measured slower than %s (%.0f ns)",
                       topology_relation_name((enum relation)near), median_ns[near],
                       topology_relation_name((enum relation)far), median_ns[far]);
        }
    return found;
}

static void judge_unmeasured(json_t *findings, const struct doctor_pair *pairs, size_t n)
{
    const struct doctor_finding failed = {
        DOCTOR_WARN, false, "round trip", "the claims about these cpus stay unchecked",
        "look whether the cpuset of this process changed meanwhile, then repeat"};
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += pairs[i].round_trip_ns < 0;
    if (count)
        doctor_add(findings, &failed, "%zu of %zu pairs could not be measured", count, n);
}

static void conclude(json_t *findings, size_t measured, size_t total, size_t doubts)
{
    const struct doctor_finding alone = {
        DOCTOR_NOTE, false, "topology", "the claimed topology can be neither confirmed nor refuted",
        NULL};
    const struct doctor_finding agree = {DOCTOR_OK, false, "topology", NULL, NULL};
    const struct doctor_finding doubtful = {DOCTOR_NOTE, false, "topology", NULL, NULL};

    if (measured == 1)
        doctor_add(findings, &alone, "only one pair of cpus: nothing can be compared");
    else if (measured > 1)
        doctor_add(
            findings, doubts ? &doubtful : &agree, "%zu of %zu pairs measured%s; %s", measured,
            total, measured == DOCTOR_PAIRS && measured < total ? ", the most that are tried" : "",
            doubts ? "the claims are contradicted as said above" : "none contradicts the claims");
}

void doctor_judge_pairs(json_t *findings, const struct doctor_pair *pairs, size_t n, size_t total)
{
    double median_ns[RELATIONS];
    size_t measured = 0;
    size_t doubts = 0;

    for (int r = 0; r < RELATIONS; r++) {
        size_t count;
        median_ns[r] = median_of(pairs, n, (enum relation)r, &count);
        if (median_ns[r] < 0)
            continue;
        measured += count;
        judge_range(findings, (enum relation)r, median_ns[r], count);
        doubts += judge_spread(findings, pairs, n, (enum relation)r, median_ns[r]);
    }
    doubts += judge_order(findings, median_ns);
    judge_unmeasured(findings, pairs, n);
    conclude(findings, measured, total, doubts);
}
