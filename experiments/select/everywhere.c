/* SPDX-License-Identifier: MIT */
#include "select/everywhere.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool same_design(const struct candidate *a, const struct candidate *b)
{
    return cell_equal(&a->design, &b->design);
}

/* The entrant of this design, or s->n. */
static size_t find_entrant(const struct selection *s, const struct candidate *c)
{
    size_t i = 0;
    while (i < s->n && !same_design(s->entrant[i].candidate, c))
        i++;
    return i;
}

/* ---- no decision -------------------------------------------------------------------------- */

static void refuse(struct everywhere *e, const char *reason, const char *advice)
{
    e->chosen = SELECT_NOBODY;
    snprintf(e->reason, sizeof e->reason, "%s", reason);
    snprintf(e->advice, sizeof e->advice, "%s", advice);
}

/* Did the kind's rounds tell anything of what rings cost there?  Where only the bootstrap could not
 * name one ring they did. */
static bool is_known(const struct selection *s)
{
    return s->undecided == DECIDED || s->undecided == UNDECIDED_UNSTABLE;
}

/* Half of the kinds are no everywhere. */
static bool refused_for_a_machine(struct everywhere *e)
{
    for (size_t m = 0; m < e->machines; m++) {
        const struct selection *s = &e->machine[m].selection;
        char reason[512], id[MACHINE_KIND_TEXT];
        if (is_known(s))
            continue;
        machine_kind_format(e->machine[m].kind.id, id);
        snprintf(reason, sizeof reason, "on %s there is no decision (%s): %.380s", id,
                 undecided_name(s->undecided), s->reason);
        refuse(e, reason, s->advice);
        return true;
    }
    return false;
}

/* ---- designs that every kind has ---------------------------------------------------------- */

static bool is_on_all(const struct everywhere *e, const struct candidate *c)
{
    for (size_t m = 0; m < e->machines; m++)
        if (find_entrant(&e->machine[m].selection, c) == e->machine[m].selection.n)
            return false;
    return true;
}

static int add_design(struct everywhere *e, const struct candidate *c)
{
    struct everywhere_design *d = &e->design[e->n++];
    *d = (struct everywhere_design){.candidate = c, .worst = -INFINITY, .stability = NAN};
    d->entrant = calloc(e->machines, sizeof *d->entrant);
    d->ratio = calloc(e->machines, sizeof *d->ratio);
    if (d->entrant == NULL || d->ratio == NULL)
        return -ENOMEM;
    double sum = 0;
    for (size_t m = 0; m < e->machines; m++) {
        const struct selection *s = &e->machine[m].selection;
        d->entrant[m] = find_entrant(s, c);
        d->ratio[m] = s->entrant[d->entrant[m]].ratio;
        sum += log(d->ratio[m].estimate);
        if (d->ratio[m].estimate > d->worst) {
            d->worst = d->ratio[m].estimate;
            d->worst_at = m;
        }
    }
    d->mean = exp(sum / (double)e->machines);
    return 0;
}

static int find_designs(struct everywhere *e)
{
    const struct selection *first = &e->machine[0].selection;
    e->design = calloc(first->n + 1, sizeof *e->design);
    int err = e->design ? 0 : -ENOMEM;
    for (size_t i = 0; err == 0 && i < first->n; i++)
        if (is_on_all(e, first->entrant[i].candidate))
            err = add_design(e, first->entrant[i].candidate);
    return err;
}

/* ---- their costs -------------------------------------------------------------------------- */

/* Replicate b of a kind, by its least estimate.  Kinds resample with one seed: shifted against each
 * other their replicates have nothing in common. */
static double replicate_of(const struct everywhere *e, size_t design, size_t m, size_t b)
{
    const struct selection *s = &e->machine[m].selection;
    const size_t shifted = (b + m * 1009) % SELECT_REPLICATES;
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): add_design() has made all of them */
    const size_t entrant = e->design[design].entrant[m];
    return s->total.replicate[entrant * SELECT_REPLICATES + shifted] - s->total.estimate[s->best];
}

static void add_replicate(struct everywhere *e, size_t b)
{
    struct costs *c = &e->total;
    c->lowest[b] = INFINITY;
    for (size_t i = 0; i < e->n; i++) {
        double sum = 0;
        for (size_t m = 0; m < e->machines; m++)
            sum += replicate_of(e, i, m, b);
        c->replicate[i * c->replicates + b] = sum / (double)e->machines;
        c->lowest[b] = fmin(c->lowest[b], c->replicate[i * c->replicates + b]);
    }
}

static int add_costs(struct everywhere *e)
{
    struct costs *c = &e->total;
    *c = (struct costs){.n = e->n, .replicates = SELECT_REPLICATES};
    c->estimate = calloc(c->n, sizeof *c->estimate);
    c->replicate = calloc(c->n * c->replicates, sizeof *c->replicate);
    c->lowest = calloc(c->replicates, sizeof *c->lowest);
    if (c->estimate == NULL || c->replicate == NULL || c->lowest == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < c->n; i++)
        c->estimate[i] = log(e->design[i].mean);
    for (size_t b = 0; b < c->replicates; b++)
        add_replicate(e, b);
    return 0;
}

/* ---- decision ----------------------------------------------------------------------------- */

static void decide(struct everywhere *e)
{
    char design[128], reason[512];
    for (size_t m = 0; m < e->machines; m++)
        e->margin = fmax(e->margin, e->machine[m].selection.margin);
    for (size_t i = 0; i < e->n; i++)
        e->design[i].stability = costs_stability(&e->total, i, 1 + e->margin);
    e->best = (int)costs_best(&e->total);
    e->chosen = selection_choose(&e->total, e->margin);
    if (e->chosen != SELECT_NOBODY)
        return;
    design_format(e->design[e->best].candidate, true, design, sizeof design);
    snprintf(reason, sizeof reason,
             "%s costs least over all kinds, but it is within %.1f%% of the best in only %.0f%% of "
             "the bootstrap replicates (90%% needed)",
             design, 100 * e->margin, 100 * e->design[e->best].stability);
    refuse(
        e, reason,
        "sweep with more rounds, or give a larger --min-margin if such differences do not matter "
        "to you");
}

int everywhere_make(const struct select_machine *machine, size_t machines, struct everywhere *e)
{
    *e = (struct everywhere){
        .machine = machine, .machines = machines, .best = SELECT_NOBODY, .chosen = SELECT_NOBODY};
    if (refused_for_a_machine(e))
        return 0;
    int err = find_designs(e);
    if (err == 0 && e->n == 0)
        refuse(e, "no ring passes the gates on every kind of machine",
               "relax the constraint that stopped it on one of them, or use a ring for each");
    else if (err == 0)
        err = add_costs(e);
    if (err)
        everywhere_free(e);
    else if (e->n > 0)
        decide(e);
    return err;
}

void everywhere_free(struct everywhere *e)
{
    for (size_t i = 0; i < e->n; i++) {
        free(e->design[i].entrant);
        free(e->design[i].ratio);
    }
    free(e->design);
    costs_free(&e->total);
    *e = (struct everywhere){.machines = 0};
}
