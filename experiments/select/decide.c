/* SPDX-License-Identifier: MIT */
/* From costs with their bootstrap to one candidate, or to the reason why there is none. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "select/selection.h"

static const double tail = 0.025; /* of a 95% interval */

static struct stats_resampling resampling(const struct selection *s)
{
    return (struct stats_resampling){SELECT_REPLICATES, 0.95, s->options->seed};
}

const char *undecided_name(enum undecided u)
{
    static const char *const names[] = {"decided",    "nothing-passes", "no-workload",
                                        "few-rounds", "noise",          "unstable"};
    return names[u];
}

/* ---- noise floor -------------------------------------------------------------------------- */

static struct noise_floor noise_of(const struct summary *summary, const struct selection *s)
{
    struct noise_floor out = {0, {NAN, NAN, NAN, NAN}, NAN, NULL};
    const struct stats_resampling how = resampling(s);
    const struct summary_cell *pair[2];
    if (!summary_aa(summary, pair)) {
        out.why = "the run has no A/A pair";
        return out;
    }
    double *log_ratio;
    out.rounds = summary_aa_rounds(summary, &log_ratio);
    if (out.rounds < SELECT_ROUNDS_MIN ||
        stats_bootstrap_ratio(log_ratio, out.rounds, stats_median, &how, &out.ratio) != 0)
        out.why = "the A/A pair has fewer than 6 rounds in common";
    else
        out.floor = expm1(fmax(fabs(log(out.ratio.lo)), fabs(log(out.ratio.hi))));
    free(log_ratio);
    return out;
}

/* ---- costs -------------------------------------------------------------------------------- */

bool selection_weights(const struct selection *s, double throughput, double rtt, double *weight)
{
    const double asked[GOALS] = {throughput, rtt};
    for (int g = 0; g < GOALS; g++)
        if (asked[g] > 0 && s->goal_workloads[g] == 0)
            return false;
    for (size_t i = 0; i < s->workloads; i++) {
        enum goal g = s->field.workload[s->compared[i]].goal;
        weight[i] = asked[g] / (throughput + rtt) / (double)s->goal_workloads[g];
    }
    return true;
}

static int add_costs(const struct selection *s, double throughput, double rtt, struct costs *out)
{
    const struct stats_resampling how = resampling(s);
    double *weight = calloc(s->workloads + 1, sizeof *weight);
    int err = weight ? 0 : -ENOMEM;
    if (err == 0 && selection_weights(s, throughput, rtt, weight))
        err = contest_costs(&s->contest, weight, &how, out);
    free(weight);
    return err;
}

static int gather(struct selection *s)
{
    const struct field *f = &s->field;
    s->entrant = calloc(f->n + 1, sizeof *s->entrant);
    s->compared = calloc(f->workloads + 1, sizeof *s->compared);
    if (s->entrant == NULL || s->compared == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < f->n; i++)
        if (f->candidate[i].gate == GATE_PASSED)
            s->entrant[s->n++] = (struct entrant){.candidate = &f->candidate[i],
                                                  .ratio = {NAN, NAN, NAN, NAN},
                                                  .stability = NAN,
                                                  .within = NAN};
    for (size_t w = 0; w < f->workloads; w++)
        if (f->workload[w].compared) {
            s->compared[s->workloads++] = w;
            s->goal_workloads[f->workload[w].goal]++;
        }
    return 0;
}

static int hold_contest(struct selection *s)
{
    const struct summary_cell **cell = calloc(s->n * s->workloads + 1, sizeof *cell);
    int err = cell ? 0 : -ENOMEM;
    for (size_t i = 0; err == 0 && i < s->n; i++) {
        const struct candidate *c = s->entrant[i].candidate;
        for (size_t w = 0; c != NULL && w < s->workloads; w++)
            cell[i * s->workloads + w] = c->cell[s->compared[w]];
    }
    if (err == 0)
        err = contest_make(cell, s->n, s->workloads, &s->contest);
    free(cell);
    if (err || s->contest.rounds == 0)
        return err;
    err = add_costs(s, s->options->weight_throughput, s->options->weight_rtt, &s->total);
    if (err == 0)
        err = add_costs(s, 1, 0, &s->goal[GOAL_THROUGHPUT]);
    return err ? err : add_costs(s, 0, 1, &s->goal[GOAL_RTT]);
}

/* ---- decision ----------------------------------------------------------------------------- */

/* The simplest candidate that is within the margin of the best in enough replicates.  The best
 * one's own share is the highest, so if nobody qualifies the rounds do not tell them apart. */
int selection_choose(const struct costs *c, double margin)
{
    for (size_t i = 0; i < c->n; i++)
        if (costs_stability(c, i, 1 + margin) >= SELECT_STABILITY_MIN)
            return (int)i;
    return SELECT_NOBODY;
}

static void judge(struct selection *s)
{
    s->best = (int)costs_best(&s->total);
    for (size_t i = 0; i < s->n; i++) {
        struct entrant *e = &s->entrant[i];
        e->ratio = costs_ratio(&s->total, i, (size_t)s->best);
        e->tied = e->ratio.lo <= 1 + s->margin;
        e->stability = costs_stability(&s->total, i, 1 + s->margin);
        e->within = costs_within(&s->total, i, SELECT_STABILITY_MIN);
    }
    s->chosen = selection_choose(&s->total, s->margin);
}

static double goal_or_nan(const struct costs *c, size_t a, size_t b, double limit)
{
    return c->n > 0 ? costs_share(c, a, b, limit) : NAN;
}

/* a is better beyond the margin in something and shown to be worse beyond it in nothing. */
static bool dominates(const struct selection *s, size_t a, size_t b)
{
    const double limit = 1 + s->margin, memory_a = s->entrant[a].candidate->ring_bytes,
                 memory_b = s->entrant[b].candidate->ring_bytes;
    bool better = memory_a * limit < memory_b;
    if (memory_a > memory_b * limit)
        return false;
    for (int g = 0; g < GOALS; g++) {
        if (goal_or_nan(&s->goal[g], a, b, limit) <= tail)
            return false;
        better |= goal_or_nan(&s->goal[g], b, a, limit) <= tail;
    }
    return better;
}

static void find_pareto(struct selection *s)
{
    for (size_t b = 0; b < s->n; b++) {
        s->entrant[b].pareto = true;
        for (size_t a = 0; a < s->n; a++)
            if (a != b && dominates(s, a, b))
                s->entrant[b].pareto = false;
    }
}

/* ---- no decision -------------------------------------------------------------------------- */

static void refuse(struct selection *s, enum undecided u, const char *advice, const char *reason)
{
    s->undecided = u;
    s->chosen = SELECT_NOBODY;
    snprintf(s->reason, sizeof s->reason, "%s", reason);
    snprintf(s->advice, sizeof s->advice, "%s", advice);
}

static void refuse_few_rounds(struct selection *s)
{
    char reason[512], design[128] = "", workload[256] = "";
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < s->n; i++)
        for (size_t w = 0; w < s->workloads; w++) {
            const struct summary_cell *c = s->entrant[i].candidate->cell[s->compared[w]];
            if (c->n >= least)
                continue;
            least = c->n;
            design_format(s->entrant[i].candidate, true, design, sizeof design);
            workload_format(&s->field, s->compared[w], workload, sizeof workload);
        }
    snprintf(reason, sizeof reason,
             "the candidates have %zu rounds in common, and fewer than %d give no 95%% interval; "
             "the fewest, %zu, has %s in %s",
             s->contest.rounds, SELECT_ROUNDS_MIN, least, design, workload);
    refuse(s, UNDECIDED_FEW_ROUNDS,
           "`ringside resume` the run to complete it, or sweep with more rounds in the plan",
           reason);
}

static void refuse_noise(struct selection *s)
{
    char reason[512];
    snprintf(reason, sizeof reason,
             "two identical cells differ by up to %.0f%% (A/A pair, %zu rounds): the machine is "
             "too noisy to tell rings apart",
             100 * s->noise.floor, s->noise.rounds);
    refuse(s, UNDECIDED_NOISE,
           "stop what else runs, pin to quiet cpus (`ringside doctor` says what disturbs), then "
           "sweep again with more rounds",
           reason);
}

static void refuse_unstable(struct selection *s)
{
    const struct entrant *best = &s->entrant[s->best];
    char reason[512], design[128];
    design_format(best->candidate, true, design, sizeof design);
    snprintf(reason, sizeof reason,
             "%s costs least, but it is within %.1f%% of the best in only %.0f%% of the bootstrap "
             "replicates (90%% needed): another set of rounds could name another ring",
             design, 100 * s->margin, 100 * best->stability);
    refuse(s, UNDECIDED_UNSTABLE,
           "sweep with more rounds on a quieter machine, or give a larger --min-margin if such "
           "differences do not matter to you",
           reason);
}

static void refuse_no_workload(struct selection *s)
{
    const struct select_options *o = s->options;
    const bool rtt = s->goal_workloads[GOAL_RTT] == 0 && o->weight_rtt > 0;
    refuse(s, UNDECIDED_NO_WORKLOAD,
           rtt ? "sweep a plan that has kernel = pingpong, or give --weight-rtt 0"
               : "widen the filters or sweep a plan that covers them; to go by round trip alone "
                 "give --weight-throughput 0 --weight-rtt 1",
           rtt ? "the round trip has weight, and no round trips of two rings were measured"
               : "throughput has weight, and no throughput of two rings was measured with these "
                 "levels");
}

static bool has_ring(const struct field *f)
{
    for (size_t i = 0; i < f->n; i++)
        if (!f->candidate[i].control)
            return true;
    return false;
}

/* The reasons that need no bootstrap. */
static bool refused_early(struct selection *s)
{
    const double weight[GOALS] = {s->options->weight_throughput, s->options->weight_rtt};
    if (s->n == 0 && has_ring(&s->field))
        refuse(s, UNDECIDED_NOTHING_PASSES,
               "relax the constraint that stopped the best of them; where rounds are missing, "
               "`ringside resume` the run or narrow the question with --batch, --capacity, ...",
               "no candidate passes the gates; each one's reason is in the table");
    for (int g = 0; s->undecided == DECIDED && g < GOALS; g++)
        if (weight[g] > 0 && s->goal_workloads[g] == 0)
            refuse_no_workload(s);
    return s->undecided != DECIDED;
}

static void decide(struct selection *s)
{
    if (s->contest.rounds < SELECT_ROUNDS_MIN) {
        refuse_few_rounds(s);
        return;
    }
    judge(s);
    find_pareto(s);
    if (s->noise.floor > SELECT_FLOOR_MAX)
        refuse_noise(s);
    else if (s->chosen == SELECT_NOBODY)
        refuse_unstable(s);
}

int selection_make(const struct samples *samples, const struct summary *summary,
                   const struct select_options *o, struct selection *s)
{
    *s = (struct selection){.options = o, .best = SELECT_NOBODY, .chosen = SELECT_NOBODY};
    int err = field_make(summary, o, &s->field);
    if (err)
        return err;
    gates_apply(samples, o, &s->field);
    s->noise = noise_of(summary, s);
    s->margin = fmax(o->min_margin, s->noise.floor);
    err = gather(s);
    if (err == 0 && !refused_early(s)) {
        err = hold_contest(s);
        if (err == 0)
            decide(s);
    }
    if (err)
        selection_free(s);
    return err;
}

void selection_free(struct selection *s)
{
    contest_free(&s->contest);
    costs_free(&s->total);
    for (int g = 0; g < GOALS; g++)
        costs_free(&s->goal[g]);
    free(s->entrant);
    free(s->compared);
    field_free(&s->field);
    *s = (struct selection){0};
}

const struct summary_cell *selection_hint(const struct selection *s, int entrant)
{
    const struct candidate *c = s->entrant[entrant].candidate;
    const enum goal goal = s->goal_workloads[GOAL_THROUGHPUT] > 0 ? GOAL_THROUGHPUT : GOAL_RTT;
    const struct summary_cell *hint = NULL;
    for (size_t i = 0; i < s->workloads; i++) {
        const struct summary_cell *cell = c->cell[s->compared[i]];
        if (s->field.workload[s->compared[i]].goal == goal &&
            (hint == NULL || cell->median.estimate < hint->median.estimate))
            hint = cell;
    }
    return hint;
}
