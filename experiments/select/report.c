/* SPDX-License-Identifier: MIT */
/* The answer in words and a table. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "select/selection.h"

struct page {
    FILE *to;
    const struct summary *summary;
    const struct selection *s;
    const struct flips *flips;
    const json_t *scope;
};

static void print_number(const struct page *p, int width, int decimals, double x)
{
    if (isfinite(x))
        fprintf(p->to, " %*.*f", width, decimals, x);
    else
        fprintf(p->to, " %*s", width, "-");
}

/* ---- the answer --------------------------------------------------------------------------- */

static void print_margin(const struct page *p)
{
    const struct noise_floor *noise = &p->s->noise;
    fprintf(p->to, "  Margin: %.1f%%", 100 * p->s->margin);
    if (noise->why == NULL)
        fprintf(p->to,
                ", the larger of --min-margin %.1f%% and the noise floor %.1f%% (A/A pair, ratio "
                "%.3f [%.3f, %.3f], %zu rounds).\n",
                100 * p->s->options->min_margin, 100 * noise->floor, noise->ratio.estimate,
                noise->ratio.lo, noise->ratio.hi, noise->rounds);
    else
        fprintf(p->to,
                ", from --min-margin.\n  Warning: the noise floor is unknown (%s), so smaller "
                "differences than the machine's noise may decide.\n",
                noise->why);
}

static void print_hint(const struct page *p)
{
    static const enum factor hints[] = {FACTOR_api,  FACTOR_batch,     FACTOR_capacity,
                                        FACTOR_poll, FACTOR_placement, FACTOR_msg_bytes};
    const struct summary_cell *hint = selection_hint(p->s, p->s->chosen);
    char level[64];
    fprintf(p->to, "  Fastest with:");
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
        if (hint->cell.value[hints[i]] == FACTOR_UNUSED)
            continue;
        factor_format(hints[i], hint->cell.value[hints[i]], level, sizeof level);
        fprintf(p->to, " %s=%s", factor_table[hints[i]].name, level);
    }
    if (isfinite(hint->of_bound))
        fprintf(p->to, " (%.0f%% of what the bound allows)", 100 * hint->of_bound);
    fprintf(p->to, "\n");
}

static void print_conditions(const struct page *p)
{
    const unsigned caps = p->s->entrant[p->s->chosen].candidate->ring->ops->caps;
    for (size_t i = 0; i < SELECT_CONDITIONS; i++)
        if (caps & select_conditions[i].cap)
            fprintf(p->to, "  Condition (%s): %s.\n", select_conditions[i].word,
                    select_conditions[i].why);
}

static void print_reasoning(const struct page *p)
{
    const struct selection *s = p->s;
    const struct entrant *chosen = &s->entrant[s->chosen], *best = &s->entrant[s->best];
    char design[128];
    design_format(best->candidate, true, design, sizeof design);
    if (s->n == 1)
        fprintf(p->to, "  The only candidate that passes the gates: there was none to compare.\n");
    else if (s->chosen == s->best)
        fprintf(p->to,
                "  It costs least of %zu candidates, and no simpler one comes within the "
                "margin.\n",
                s->n);
    else
        fprintf(p->to,
                "  %s costs least; this one costs %+.1f%% [%+.1f%%, %+.1f%%], within the margin, "
                "and is simpler.\n",
                design, 100 * (chosen->ratio.estimate - 1), 100 * (chosen->ratio.lo - 1),
                100 * (chosen->ratio.hi - 1));
    fprintf(p->to,
            "  Stability: within the margin of the best in %.1f%% of %d bootstrap replicates "
            "(%zu rounds, seed %" PRIu64 ").\n",
            100 * chosen->stability, SELECT_REPLICATES, s->contest.rounds, s->options->seed);
}

static void print_answer(const struct page *p)
{
    const struct selection *s = p->s;
    char design[128];
    if (s->chosen == SELECT_NOBODY) {
        fprintf(p->to, "No decision (%s): %s.\n  What to do: %s.\n", undecided_name(s->undecided),
                s->reason, s->advice);
        print_margin(p);
        return;
    }
    design_format(s->entrant[s->chosen].candidate, false, design, sizeof design);
    fprintf(p->to, "Selected: %s\n", design);
    print_hint(p);
    print_conditions(p);
    print_reasoning(p);
    print_margin(p);
}

/* ---- the candidates ----------------------------------------------------------------------- */

static const char *apis_of(const struct selection *s, const struct candidate *c)
{
    const char *used = "-";
    for (size_t w = 0; w < s->field.workloads; w++)
        if (c->cell[w] != NULL && s->field.workload[w].compared &&
            c->cell[w]->cell.value[FACTOR_api] != FACTOR_UNUSED)
            used = *used == '-' || strcmp(used, api_name(c->cell[w]->cell.value[FACTOR_api])) == 0
                       ? api_name(c->cell[w]->cell.value[FACTOR_api])
                       : "both";
    return used;
}

static void print_entrant(const struct page *p, size_t i)
{
    const struct selection *s = p->s;
    const struct entrant *e = &s->entrant[i];
    const struct candidate *c = e->candidate;
    const bool judged = s->best != SELECT_NOBODY, chosen = s->chosen == (int)i;
    char design[128], interval[40] = "-";
    design_format(c, true, design, sizeof design);
    if (judged)
        snprintf(interval, sizeof interval, "[%.3f, %.3f]", e->ratio.lo, e->ratio.hi);
    fprintf(p->to, "  %-28s %-4s", design, apis_of(s, c));
    print_number(p, 9, 3, judged ? exp(s->total.estimate[i]) : NAN);
    print_number(p, 6, 3, e->ratio.estimate);
    fprintf(p->to, " %-16s", interval);
    print_number(p, 8, 1, 1e3 / c->median_ns[GOAL_THROUGHPUT]);
    print_number(p, 8, 1, c->median_ns[GOAL_RTT]);
    print_number(p, 9, 0, c->ring_bytes);
    fprintf(p->to, "  %-6s %s\n", e->pareto ? "yes" : "-",
            !judged   ? "not judged"
            : chosen  ? "selected"
            : e->tied ? "tied"
                      : "beaten");
}

static void print_candidates(const struct page *p)
{
    const struct selection *s = p->s;
    fprintf(p->to,
            "\nCandidates, from the simplest (cost: weighted geometric mean; ratio: to the least "
            "cost, 95%%)\n  %-28s %-4s %9s %6s %-16s %8s %8s %9s  %-6s %s\n",
            "ring", "api", "cost ns", "ratio", "interval", "Mmsg/s", "rtt ns", "bytes", "Pareto",
            "status");
    for (size_t i = 0; i < s->n; i++)
        print_entrant(p, i);
    for (size_t i = 0; i < s->field.n; i++) {
        const struct candidate *c = &s->field.candidate[i];
        char design[128];
        if (c->gate == GATE_PASSED || (c->control && c->gate != GATE_CORRECT))
            continue;
        design_format(c, true, design, sizeof design);
        fprintf(p->to, "  %-28s eliminated (%s): %s\n", design, gate_name(c->gate), c->why);
    }
    for (size_t w = 0; w < s->field.workloads; w++) {
        char text[256];
        if (s->field.workload[w].compared)
            continue;
        workload_format(&s->field, w, text, sizeof text);
        fprintf(p->to, "  not compared: %s (%s)\n", text,
                s->field.workload[w].allowed ? "fewer than two rings were measured in it"
                                             : "no good round of a ring with the allowed API");
    }
}

static const struct candidate *best_peer(const struct field *f, size_t w)
{
    const struct candidate *best = NULL;
    for (size_t i = 0; i < f->n; i++) {
        const struct candidate *c = &f->candidate[i];
        if (c->peer && c->gate != GATE_CORRECT && c->cell[w] != NULL &&
            (best == NULL || c->cell[w]->median.estimate < best->cell[w]->median.estimate))
            best = c;
    }
    return best;
}

/* The best peer of each workload beside what was selected. */
static void print_peers(const struct page *p)
{
    const struct field *f = &p->s->field;
    const struct candidate *ours =
        p->s->chosen != SELECT_NOBODY ? p->s->entrant[p->s->chosen].candidate : NULL;
    for (size_t w = 0; w < f->workloads; w++) {
        const struct candidate *peer = f->workload[w].compared ? best_peer(f, w) : NULL;
        char text[256];
        if (peer == NULL)
            continue;
        workload_format(f, w, text, sizeof text);
        fprintf(p->to, "  best peer %-16s", peer->ring->name);
        print_number(p, 9, 2, peer->cell[w]->median.estimate);
        if (ours != NULL && ours->cell[w] != NULL)
            fprintf(p->to, " ns, selected %9.2f", ours->cell[w]->median.estimate);
        fprintf(p->to, " ns: %s\n", text);
    }
}

static void print_reference(const struct page *p)
{
    const struct selection *s = p->s;
    fprintf(p->to, "\nFor reference\n");
    for (size_t i = 0; i < s->field.n; i++) {
        const struct candidate *c = &s->field.candidate[i];
        char design[128];
        if (!c->control)
            continue;
        design_format(c, true, design, sizeof design);
        fprintf(p->to, "  %-7s %-32s", c->peer ? "peer" : "control", design);
        print_number(p, 8, 1, 1e3 / c->median_ns[GOAL_THROUGHPUT]);
        fprintf(p->to, " Mmsg/s");
        print_number(p, 8, 1, c->median_ns[GOAL_RTT]);
        fprintf(p->to, " ns round trip\n");
    }
    print_peers(p);
    for (size_t i = 0; i < p->summary->n; i++) {
        const struct summary_cell *b = &p->summary->cell[i];
        char place[64];
        if ((kernel_table[b->cell.value[FACTOR_kernel]].uses & (USES_RING | USES_GRAPH)) != 0)
            continue;
        factor_format(FACTOR_placement, b->cell.value[FACTOR_placement], place, sizeof place);
        fprintf(p->to, "  bound   %-15s placement=%-6s", kernel_name(b->cell.value[FACTOR_kernel]),
                place);
        print_number(p, 8, 2, b->median.estimate);
        fprintf(p->to, " %s\n", b->metric);
    }
}

/* ---- what it holds for -------------------------------------------------------------------- */

static void print_flips(const struct page *p)
{
    size_t same = 0;
    fprintf(p->to, "\nWhat would flip the answer\n");
    for (size_t i = 0; i < p->flips->n; i++) {
        const struct flip *f = &p->flips->item[i];
        same += f->same;
        if (!f->same)
            fprintf(p->to, "  %s: %s\n", f->change, f->winner);
    }
    if (same > 0)
        fprintf(p->to, "  The answer stays under %zu other question%s:\n", same,
                same == 1 ? "" : "s");
    for (size_t i = 0; i < p->flips->n; i++)
        if (p->flips->item[i].same)
            fprintf(p->to, "    %s\n", p->flips->item[i].change);
    if (p->flips->n == 0)
        fprintf(p->to, "  nothing that this run can show\n");
}

static void print_scope(const struct page *p)
{
    static const char *const keys[] = {"run", "date", "machine", "plan", "seed", "levels"};
    char text[SCOPE_TEXT_MAX];
    fprintf(p->to, "\nScope: it holds for this, and nothing was tried beyond it\n");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        scope_text(p->scope, keys[i], text, sizeof text);
        fprintf(p->to, "  %-8s %s\n", keys[i], text);
    }
    fprintf(p->to,
            "  rounds   %zu in common; %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT
            " values come from rounds disturbed in every attempt\n",
            p->s->contest.rounds, json_integer_value(json_object_get(p->scope, "disturbed_values")),
            json_integer_value(json_object_get(p->scope, "values")));
    fprintf(p->to, "\nReproduce\n");
    scope_text(p->scope, "command", text, sizeof text);
    fprintf(p->to, "  %s\n", text);
    scope_text(p->scope, "select", text, sizeof text);
    fprintf(p->to, "  %s\n", text);
}

void selection_report(const struct summary *summary, const struct selection *s,
                      const struct flips *flips, const json_t *scope, const char *header, FILE *to)
{
    const struct page p = {to, summary, s, flips, scope};
    print_answer(&p);
    print_candidates(&p);
    print_reference(&p);
    print_flips(&p);
    print_scope(&p);
    if (header != NULL) {
        char text[SCOPE_TEXT_MAX];
        plain_text(header, text, sizeof text);
        fprintf(to, "\nHeader: %s\n", text);
    }
}
