/* SPDX-License-Identifier: MIT */
/* A winner a kind of machine, and what one ring everywhere costs, in words and as JSON. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "select/everywhere.h"

/* ---- in words ----------------------------------------------------------------------------- */

static void print_winner(const struct select_machine *m, FILE *to)
{
    const struct selection *s = &m->selection;
    char id[MACHINE_KIND_TEXT], design[128];
    machine_kind_format(m->kind.id, id);
    fprintf(to, "  %s  ", id);
    if (s->chosen == SELECT_NOBODY) {
        fprintf(to, "no decision (%s)", undecided_name(s->undecided));
    } else {
        design_format(s->entrant[s->chosen].candidate, true, design, sizeof design);
        fprintf(to, "%s", design);
    }
    fprintf(to, "\n            %s; %s; %zu rounds\n", m->kind.cpu_model, m->kind.topology,
            s->contest.rounds);
}

/* Who is chosen there may cost more than the least, within the margin. */
static void print_penalty(const struct everywhere *e, FILE *to)
{
    const struct everywhere_design *d = &e->design[e->chosen];
    for (size_t m = 0; m < e->machines; m++) {
        char id[MACHINE_KIND_TEXT];
        machine_kind_format(e->machine[m].kind.id, id);
        fprintf(to, "  on %s it costs %+.1f%% [%+.1f%%, %+.1f%%] beside the least cost there\n", id,
                100 * (d->ratio[m].estimate - 1), 100 * (d->ratio[m].lo - 1),
                100 * (d->ratio[m].hi - 1));
    }
    fprintf(to, "  Stability: within %.1f%% of the best in %.1f%% of %d bootstrap replicates.\n",
            100 * e->margin, 100 * d->stability, SELECT_REPLICATES);
}

static void print_designs(const struct everywhere *e, FILE *to)
{
    fprintf(to,
            "\nCost of one ring everywhere (ratio to the least cost on each kind; mean: "
            "geometric, kinds count alike)\n  %-28s %7s %7s",
            "ring", "mean", "worst");
    for (size_t m = 0; m < e->machines; m++) {
        char id[MACHINE_KIND_TEXT];
        machine_kind_format(e->machine[m].kind.id, id);
        fprintf(to, " %8s", id);
    }
    for (size_t i = 0; i < e->n; i++) {
        char design[128];
        design_format(e->design[i].candidate, true, design, sizeof design);
        fprintf(to, "\n  %-28s %7.3f %7.3f", design, e->design[i].mean, e->design[i].worst);
        for (size_t m = 0; m < e->machines; m++)
            fprintf(to, " %8.3f", e->design[i].ratio[m].estimate);
        fprintf(to, "%s", (int)i == e->chosen ? "  selected" : "");
    }
    fputc('\n', to);
}

void everywhere_report(const struct everywhere *e, FILE *to)
{
    char design[128];
    fprintf(to, "By kind of machine; times of unlike machines are not compared\n");
    for (size_t m = 0; m < e->machines; m++)
        print_winner(&e->machine[m], to);
    fputc('\n', to);
    if (e->chosen == SELECT_NOBODY) {
        fprintf(to, "One ring everywhere: no decision: %s.\n  What to do: %s.\n", e->reason,
                e->advice);
    } else {
        design_format(e->design[e->chosen].candidate, false, design, sizeof design);
        fprintf(to, "One ring everywhere: %s\n", design);
        print_penalty(e, to);
    }
    if (e->n > 0)
        print_designs(e, to);
}

/* ---- as JSON ------------------------------------------------------------------------------ */

static json_t *number(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *design_text(const struct candidate *c)
{
    char text[128];
    design_format(c, false, text, sizeof text);
    return json_string(text);
}

static json_t *ratio_json(const struct everywhere *e, const struct everywhere_design *d, size_t m)
{
    char id[MACHINE_KIND_TEXT];
    machine_kind_format(e->machine[m].kind.id, id);
    return json_pack("{s:s, s:o, s:[o, o]}", "machine", id, "ratio", number(d->ratio[m].estimate),
                     "ratio_interval95", number(d->ratio[m].lo), number(d->ratio[m].hi));
}

static json_t *design_json(const struct everywhere *e, size_t i)
{
    const struct everywhere_design *d = &e->design[i];
    json_t *ratios = json_array();
    char worst[MACHINE_KIND_TEXT];
    for (size_t m = 0; m < e->machines; m++)
        json_array_append_new(ratios, ratio_json(e, d, m));
    machine_kind_format(e->machine[d->worst_at].kind.id, worst);
    return json_pack("{s:o, s:s, s:o, s:o, s:s, s:o, s:o}", "design", design_text(d->candidate),
                     "ring", d->candidate->ring->name, "mean_ratio", number(d->mean), "worst_ratio",
                     number(d->worst), "worst_machine", worst, "stability", number(d->stability),
                     "machines", ratios);
}

json_t *everywhere_json(const struct everywhere *e)
{
    const bool decided = e->chosen != SELECT_NOBODY;
    json_t *designs = json_array();
    for (size_t i = 0; i < e->n; i++)
        json_array_append_new(designs, design_json(e, i));
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "decision", decided ? "selected" : "none",
                     "reason", decided ? json_null() : json_string(e->reason), "advice",
                     decided ? json_null() : json_string(e->advice), "selected",
                     decided ? design_json(e, (size_t)e->chosen) : json_null(), "margin",
                     e->n > 0 ? number(e->margin) : json_null(), "designs", designs);
}
