/* SPDX-License-Identifier: MIT */
/* Correct, complete, capable, within the constraints: what a candidate must be to be compared. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "select/selection.h"

const char *gate_name(enum gate g)
{
    static const char *const names[] = {"correct", "complete", "capable", "constraints", "passed"};
    return names[g];
}

static bool stop_at(enum gate g, struct candidate *c, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool stop_at(enum gate g, struct candidate *c, const char *format, ...)
{
    va_list arguments;
    c->gate = g;
    va_start(arguments, format);
    vsnprintf(c->why, sizeof c->why, format, arguments);
    va_end(arguments);
    return false;
}

static bool of_design(const struct cell *c, const struct candidate *candidate)
{
    const int64_t *v = c->value, *design = candidate->design.value;
    return v[FACTOR_ring] == design[FACTOR_ring] &&
           v[FACTOR_separation] == design[FACTOR_separation] &&
           v[FACTOR_msg_align] == design[FACTOR_msg_align];
}

static bool in_field(const struct field *f, const struct cell *c)
{
    for (size_t w = 0; w < f->workloads; w++) {
        bool same = true;
        for (int i = 0; i < FACTORS; i++) {
            int64_t level = f->workload[w].key.value[i];
            same &= level == FACTOR_UNUSED || level == c->value[i];
        }
        if (same)
            return true;
    }
    return false;
}

/* Wrong or crashing anywhere in the run is a defect of the ring; a timeout may be that of a
 * workload nobody asked about (a spinning ring on one cpu), so it counts in this question only. */
static bool is_correct(const struct samples *s, const struct field *f, struct candidate *c)
{
    static const char *const what[] = {"ok", "failed the check of their messages", "timed out",
                                       "crashed"};
    size_t count[4] = {0};
    const struct sample *first = NULL;
    for (size_t i = 0; i < s->n; i++) {
        const struct sample *item = &s->item[i];
        if (item->status == SAMPLE_OK || item->status == SAMPLE_ABORTED ||
            !of_design(&item->cell, c) ||
            (item->status == SAMPLE_TIMEOUT && !in_field(f, &item->cell)))
            continue;
        count[item->status]++;
        if (first == NULL)
            first = item;
    }
    if (first == NULL)
        return true;
    char cell[512];
    cell_format(&first->cell, true, cell, sizeof cell);
    return stop_at(GATE_CORRECT, c, "%zu rounds %s (%zu not ok in all), first in round %d of %s",
                   count[first->status], what[first->status], count[1] + count[2] + count[3],
                   first->round, cell);
}

static bool is_complete(const struct field *f, struct candidate *c)
{
    size_t missing = 0, compared = 0, first = 0;
    char text[256];
    for (size_t w = 0; w < f->workloads; w++) {
        if (!f->workload[w].compared)
            continue;
        compared++;
        if (!c->measured[w] && missing++ == 0)
            first = w;
    }
    if (missing == 0)
        return true;
    workload_format(f, first, text, sizeof text);
    return stop_at(GATE_COMPLETE, c, "no good round in %zu of %zu workloads, such as %s", missing,
                   compared, text);
}

/* All that the program would have to do for the ring, and how to say that it can. */
static bool meets_conditions(const struct select_options *o, struct candidate *c)
{
    const unsigned missing = conditions_missing(c->ring, o);
    char why[256] = "", words[64];
    for (size_t i = 0, used = 0; i < SELECT_CONDITIONS && used < sizeof why; i++)
        if (missing & select_conditions[i].cap)
            used += (size_t)snprintf(why + used, sizeof why - used, "%s%s",
                                     used > 0 ? ", and " : "", select_conditions[i].why);
    if (missing == 0)
        return true;
    conditions_words(missing, words, sizeof words);
    return stop_at(GATE_CAPABLE, c, "%s; --allow %s admits it", why, words);
}

static bool is_capable(const struct field *f, const struct select_options *o, struct candidate *c)
{
    const char *api =
        o->level[FACTOR_api] == FACTOR_UNUSED ? "any" : api_name(o->level[FACTOR_api]);
    char text[256];
    if (c->control)
        return stop_at(GATE_CAPABLE, c, "a %s, never selected", c->peer ? "peer" : "control");
    if (o->level[FACTOR_api] == API_SPAN && (c->ring->ops->caps & RS_ZERO_COPY) == 0)
        return stop_at(GATE_CAPABLE, c, "the ring has no spans, and --api span asks for them");
    if (o->level[FACTOR_api] == API_HELD && (c->ring->ops->caps & RS_HELD) == 0)
        return stop_at(GATE_CAPABLE, c,
                       "a side of the ring cannot be held, and --api held asks for it");
    if (!meets_conditions(o, c))
        return false;
    for (size_t w = 0; w < f->workloads; w++) {
        if (!f->workload[w].compared || c->cell[w] != NULL)
            continue;
        workload_format(f, w, text, sizeof text);
        return stop_at(GATE_CAPABLE, c, "not measured with api=%s in %s", api, text);
    }
    return true;
}

static bool is_within(const struct select_options *o, struct candidate *c)
{
    if (isfinite(o->max_rtt_ns) && isnan(c->rtt_worst_ns))
        return stop_at(GATE_CONSTRAINTS, c,
                       "its round trip was not measured, and --max-rtt-ns asks for it");
    if (isfinite(o->max_rtt_ns) && c->rtt_worst_ns > o->max_rtt_ns)
        return stop_at(GATE_CONSTRAINTS, c,
                       "round trip may be %.4g ns (upper end of the 95%% interval), over "
                       "--max-rtt-ns %.6g",
                       c->rtt_worst_ns, o->max_rtt_ns);
    if (isfinite(o->max_memory_bytes) && !(c->ring_bytes <= o->max_memory_bytes))
        return stop_at(GATE_CONSTRAINTS, c, "needs %.0f bytes, over --max-memory %.0f",
                       c->ring_bytes, o->max_memory_bytes);
    return true;
}

static void measure(const struct field *f, struct candidate *c)
{
    double sum[GOALS] = {0};
    size_t n[GOALS] = {0};
    c->rtt_worst_ns = c->ring_bytes = NAN;
    for (size_t w = 0; w < f->workloads; w++) {
        const struct summary_cell *cell = c->cell[w];
        if (cell == NULL || !f->workload[w].compared)
            continue;
        sum[f->workload[w].goal] += log(cell->median.estimate);
        n[f->workload[w].goal]++;
        c->ring_bytes = fmax(c->ring_bytes, cell->ring_bytes);
        if (f->workload[w].goal == GOAL_RTT)
            c->rtt_worst_ns = fmax(c->rtt_worst_ns, cell->median.hi);
    }
    for (int g = 0; g < GOALS; g++)
        c->median_ns[g] = n[g] ? exp(sum[g] / (double)n[g]) : NAN;
}

void gates_apply(const struct samples *s, const struct select_options *o, struct field *f)
{
    for (size_t i = 0; i < f->n; i++) {
        struct candidate *c = &f->candidate[i];
        measure(f, c);
        if (is_correct(s, f, c) && is_complete(f, c) && is_capable(f, o, c) && is_within(o, c))
            c->gate = GATE_PASSED;
    }
}
