/* SPDX-License-Identifier: MIT */
/* What would change the answer: each workload by itself, other weights, no constraints, another
 * margin. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "select/selection.h"

struct asking {
    const struct samples *samples;
    const struct summary *summary;
    const struct selection *s;
    struct flips *out;
};

static struct flip *add(struct flips *f, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Room was made for all of them. */
static struct flip *add(struct flips *f, const char *format, ...)
{
    struct flip *new = &f->item[f->n++];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(new->change, sizeof new->change, format, arguments);
    va_end(arguments);
    return new;
}

static bool same_design(const struct candidate *a, const struct candidate *b)
{
    return cell_equal(&a->design, &b->design);
}

static void name_winner(const struct asking *a, struct flip *flip, const struct candidate *winner)
{
    const struct selection *s = a->s;
    if (winner == NULL)
        snprintf(flip->winner, sizeof flip->winner, "no decision");
    else
        design_format(winner, true, flip->winner, sizeof flip->winner);
    if (s->chosen == SELECT_NOBODY)
        flip->same = winner == NULL;
    else
        flip->same = winner != NULL && same_design(winner, s->entrant[s->chosen].candidate);
}

static int with_weights(const struct asking *a, struct flip *flip, const double *weight)
{
    const struct selection *s = a->s;
    const struct stats_resampling how = {SELECT_REPLICATES, 0.95, s->options->seed};
    struct costs costs;
    int err = contest_costs(&s->contest, weight, &how, &costs);
    if (err)
        return err;
    int chosen = selection_choose(&costs, s->margin);
    costs_free(&costs);
    name_winner(a, flip, chosen == SELECT_NOBODY ? NULL : s->entrant[chosen].candidate);
    return 0;
}

static int ask_workloads(const struct asking *a, double *weight)
{
    const struct selection *s = a->s;
    int err = 0;
    for (size_t i = 0; err == 0 && s->workloads > 1 && i < s->workloads; i++) {
        char text[200];
        workload_format(&s->field, s->compared[i], text, sizeof text);
        for (size_t k = 0; k < s->workloads; k++)
            weight[k] = k == i;
        err = with_weights(a, add(a->out, "%s alone", text), weight);
    }
    return err;
}

static int ask_weights(const struct asking *a, double *weight)
{
    static const struct {
        double throughput, rtt;
        const char *change;
    } ask[] = {{1, 0, "throughput alone (--weight-throughput 1 --weight-rtt 0)"},
               {0, 1, "round trip alone (--weight-throughput 0 --weight-rtt 1)"},
               {1, 1, "throughput and round trip alike (--weight-throughput 1 --weight-rtt 1)"}};
    const struct select_options *o = a->s->options;
    const double share = o->weight_rtt / (o->weight_rtt + o->weight_throughput);
    int err = 0;
    for (size_t i = 0; err == 0 && i < 3; i++) {
        double other = ask[i].rtt / (ask[i].rtt + ask[i].throughput);
        if (fabs(other - share) > 1e-9 &&
            selection_weights(a->s, ask[i].throughput, ask[i].rtt, weight))
            err = with_weights(a, add(a->out, "%s", ask[i].change), weight);
    }
    return err;
}

static int without(const struct asking *a, const struct select_options *relaxed, const char *change)
{
    struct selection other;
    int err = selection_make(a->samples, a->summary, relaxed, &other);
    if (err)
        return err;
    name_winner(a, add(a->out, "%s", change),
                other.chosen == SELECT_NOBODY ? NULL : other.entrant[other.chosen].candidate);
    selection_free(&other);
    return 0;
}

static int ask_constraints(const struct asking *a)
{
    const struct select_options *o = a->s->options;
    struct select_options relaxed = *o;
    int err = 0;
    if (isfinite(o->max_rtt_ns)) {
        relaxed.max_rtt_ns = INFINITY;
        err = without(a, &relaxed, "without --max-rtt-ns");
    }
    relaxed = *o;
    if (err == 0 && isfinite(o->max_memory_bytes)) {
        relaxed.max_memory_bytes = INFINITY;
        err = without(a, &relaxed, "without --max-memory");
    }
    relaxed = *o;
    if (err == 0 && o->level[FACTOR_api] != FACTOR_UNUSED) {
        relaxed.level[FACTOR_api] = FACTOR_UNUSED;
        err = without(a, &relaxed, "with any API");
    }
    return err;
}

/* Where a ring stopped for want of a condition only. */
static int ask_conditions(const struct asking *a)
{
    const struct field *f = &a->s->field;
    struct select_options relaxed = *a->s->options;
    char words[64], change[96];
    unsigned missing = 0;
    for (size_t i = 0; i < f->n; i++)
        if (f->candidate[i].gate == GATE_CAPABLE && !f->candidate[i].control)
            missing |= conditions_missing(f->candidate[i].ring, &relaxed);
    if (missing == 0)
        return 0;
    relaxed.allow |= missing;
    conditions_words(relaxed.allow, words, sizeof words);
    snprintf(change, sizeof change, "with --allow %s", words);
    return without(a, &relaxed, change);
}

/* An entrant is chosen if it is the simplest whose `within` is below 1 + margin, so the choice
 * changes exactly where the margin passes somebody's `within`. */
static void ask_margin(const struct asking *a)
{
    const struct selection *s = a->s;
    const double mine = s->chosen == SELECT_NOBODY ? INFINITY : s->entrant[s->chosen].within;
    int above = SELECT_NOBODY, below = SELECT_NOBODY;
    for (int i = 0; i < (int)s->n; i++) {
        const double within = s->entrant[i].within;
        bool simpler = s->chosen == SELECT_NOBODY || i < s->chosen;
        if (simpler && (above == SELECT_NOBODY || within < s->entrant[above].within))
            above = i;
        if (s->chosen != SELECT_NOBODY && i > s->chosen && within < mine && below == SELECT_NOBODY)
            below = i;
    }
    if (s->chosen != SELECT_NOBODY && mine > 1)
        name_winner(a, add(a->out, "a margin below %.1f%%", 100 * (mine - 1)),
                    below == SELECT_NOBODY ? NULL : s->entrant[below].candidate);
    if (above != SELECT_NOBODY)
        name_winner(a, add(a->out, "a margin above %.1f%%", 100 * (s->entrant[above].within - 1)),
                    s->entrant[above].candidate);
}

static int ask_all(const struct asking *a)
{
    const struct selection *s = a->s;
    double *weight = calloc(s->workloads + 1, sizeof *weight);
    /* On a machine that decides nothing, no other question has an answer either. */
    const bool judged = s->best != SELECT_NOBODY && s->undecided != UNDECIDED_NOISE;
    int err = weight ? 0 : -ENOMEM;
    if (err == 0 && judged)
        err = ask_workloads(a, weight);
    if (err == 0 && judged)
        err = ask_weights(a, weight);
    if (err == 0)
        err = ask_constraints(a);
    if (err == 0)
        err = ask_conditions(a);
    if (err == 0 && judged)
        ask_margin(a);
    free(weight);
    return err;
}

int flips_make(const struct samples *samples, const struct summary *summary,
               const struct selection *s, struct flips *out)
{
    const struct asking a = {samples, summary, s, out};
    enum { OTHERS = 3 + 3 + 1 + 2 }; /* weights, constraints, conditions, margins */
    *out = (struct flips){calloc(s->workloads + OTHERS, sizeof *out->item), 0};
    int err = out->item ? ask_all(&a) : -ENOMEM;
    if (err)
        flips_free(out);
    return err;
}

void flips_free(struct flips *f)
{
    free(f->item);
    *f = (struct flips){0};
}
