/* SPDX-License-Identifier: MIT */
/* selection.json: all that the report says, for programs.  What is not known is null. */
#include <math.h>
#include <string.h>

#include "select/selection.h"

static json_t *number(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static void set_number(json_t *object, const char *key, double x)
{
    json_object_set_new(object, key, number(x));
}

static json_t *interval(const struct stats_interval *i)
{
    json_t *pair = json_array();
    json_array_append_new(pair, number(i->lo));
    json_array_append_new(pair, number(i->hi));
    return pair;
}

/* The factors in use. */
static json_t *levels(const struct cell *c)
{
    json_t *object = json_object();
    for (int f = 0; f < FACTORS; f++)
        if (c->value[f] != FACTOR_UNUSED)
            json_object_set_new(object, factor_table[f].name,
                                factor_json((enum factor)f, c->value[f]));
    return object;
}

static json_t *options_json(const struct select_options *o)
{
    json_t *object = json_object(), *filters = json_object();
    for (int f = 0; f < FACTORS; f++)
        if (o->level[f] != FACTOR_UNUSED)
            json_object_set_new(filters, factor_table[f].name,
                                factor_json((enum factor)f, o->level[f]));
    json_object_set_new(object, "filters", filters);
    json_object_set_new(object, "allow", conditions_json(o->allow));
    set_number(object, "max_rtt_ns", o->max_rtt_ns);
    set_number(object, "max_memory_bytes", o->max_memory_bytes);
    set_number(object, "weight_throughput", o->weight_throughput);
    set_number(object, "weight_rtt", o->weight_rtt);
    set_number(object, "min_margin", o->min_margin);
    json_object_set_new(object, "seed", json_integer((json_int_t)o->seed));
    json_object_set_new(object, "replicates", json_integer(SELECT_REPLICATES));
    return object;
}

static json_t *noise_json(const struct selection *s)
{
    json_t *object = json_object();
    set_number(object, "used", s->margin);
    set_number(object, "aa_floor", s->noise.floor);
    set_number(object, "aa_ratio", s->noise.ratio.estimate);
    json_object_set_new(object, "aa_interval95", interval(&s->noise.ratio));
    json_object_set_new(object, "aa_rounds", json_integer((json_int_t)s->noise.rounds));
    json_object_set_new(object, "aa_reason",
                        s->noise.why ? json_string(s->noise.why) : json_null());
    return object;
}

static json_t *workloads_json(const struct selection *s)
{
    json_t *list = json_array();
    for (size_t w = 0; w < s->field.workloads; w++) {
        const struct workload *load = &s->field.workload[w];
        json_t *object = levels(&load->key);
        json_object_set_new(object, "goal",
                            json_string(load->goal == GOAL_RTT ? "rtt" : "throughput"));
        json_object_set_new(object, "rings", json_integer((json_int_t)load->rings));
        json_object_set_new(object, "compared", json_boolean(load->compared));
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *cells_json(const struct selection *s, const struct candidate *c)
{
    json_t *list = json_array();
    for (size_t w = 0; w < s->field.workloads; w++) {
        const struct summary_cell *cell = c->cell[w];
        if (cell == NULL)
            continue;
        json_t *object = json_object();
        json_object_set_new(object, "workload", json_integer((json_int_t)w));
        json_object_set_new(object, "api", factor_json(FACTOR_api, cell->cell.value[FACTOR_api]));
        set_number(object, "median_ns", cell->median.estimate);
        json_object_set_new(object, "interval95_ns", interval(&cell->median));
        json_object_set_new(object, "rounds", json_integer((json_int_t)cell->n));
        set_number(object, "of_bound", cell->of_bound);
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *candidate_json(const struct selection *s, const struct candidate *c)
{
    json_t *object = levels(&c->design);
    json_object_set_new(object, "control", json_boolean(c->control));
    json_object_set_new(object, "peer", json_boolean(c->peer));
    json_object_set_new(object, "conditions", conditions_json(c->ring->ops->caps));
    json_object_set_new(object, "gate", json_string(gate_name(c->gate)));
    json_object_set_new(object, "why", c->gate == GATE_PASSED ? json_null() : json_string(c->why));
    set_number(object, "ns_per_msg", c->median_ns[GOAL_THROUGHPUT]);
    set_number(object, "mmsg_per_s", 1e3 / c->median_ns[GOAL_THROUGHPUT]);
    set_number(object, "rtt_ns", c->median_ns[GOAL_RTT]);
    set_number(object, "ring_bytes", c->ring_bytes);
    json_object_set_new(object, "cells", cells_json(s, c));
    return object;
}

static void add_judgement(json_t *object, const struct selection *s, size_t i)
{
    const struct entrant *e = &s->entrant[i];
    const bool chosen = s->chosen == (int)i;
    json_object_set_new(object, "status",
                        json_string(chosen    ? "selected"
                                    : e->tied ? "tied"
                                              : "beaten"));
    set_number(object, "cost_ns", exp(s->total.estimate[i]));
    set_number(object, "ratio", e->ratio.estimate);
    json_object_set_new(object, "ratio_interval95", interval(&e->ratio));
    set_number(object, "stability", e->stability);
    set_number(object, "within_90", e->within);
    json_object_set_new(object, "pareto", json_boolean(e->pareto));
}

static json_t *candidates_json(const struct selection *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->field.n; i++) {
        const struct candidate *c = &s->field.candidate[i];
        json_t *object = candidate_json(s, c);
        json_object_set_new(object, "status",
                            json_string(c->gate == GATE_PASSED ? "not-judged" : "eliminated"));
        for (size_t k = 0; s->best != SELECT_NOBODY && k < s->n; k++)
            if (s->entrant[k].candidate == c)
                add_judgement(object, s, k);
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *bounds_json(const struct summary *summary)
{
    json_t *list = json_array();
    for (size_t i = 0; i < summary->n; i++) {
        const struct summary_cell *c = &summary->cell[i];
        if ((kernel_table[c->cell.value[FACTOR_kernel]].uses & (USES_RING | USES_GRAPH)) != 0)
            continue;
        json_t *object = levels(&c->cell);
        json_object_set_new(object, "metric", json_string(c->metric));
        set_number(object, "median_ns", c->median.estimate);
        json_object_set_new(object, "interval95_ns", interval(&c->median));
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *selected_json(const struct selection *s, const char *header)
{
    if (s->chosen == SELECT_NOBODY)
        return json_null();
    const struct cell *hint = &selection_hint(s, s->chosen)->cell;
    json_t *object = levels(&s->entrant[s->chosen].candidate->design);
    static const enum factor hints[] = {FACTOR_msg_bytes, FACTOR_capacity, FACTOR_batch,
                                        FACTOR_api,       FACTOR_poll,     FACTOR_placement};
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++)
        json_object_set_new(object, factor_table[hints[i]].name,
                            factor_json(hints[i], hint->value[hints[i]]));
    json_object_set_new(object, "conditions",
                        conditions_json(s->entrant[s->chosen].candidate->ring->ops->caps));
    set_number(object, "stability", s->entrant[s->chosen].stability);
    json_object_set_new(object, "header", header ? json_string(header) : json_null());
    return object;
}

static json_t *flips_json(const struct flips *flips)
{
    json_t *list = json_array();
    for (size_t i = 0; i < flips->n; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:b}", "change", flips->item[i].change,
                                              "winner", flips->item[i].winner, "same",
                                              flips->item[i].same));
    return list;
}

json_t *selection_json(const struct summary *summary, const struct selection *s,
                       const struct flips *flips, const json_t *scope, const char *header)
{
    const bool decided = s->undecided == DECIDED;
    json_t *object = json_object();
    json_object_set_new(object, "version", json_integer(1));
    json_object_set_new(object, "decision", json_string(decided ? "selected" : "none"));
    json_object_set_new(object, "reason_code",
                        decided ? json_null() : json_string(undecided_name(s->undecided)));
    json_object_set_new(object, "reason", decided ? json_null() : json_string(s->reason));
    json_object_set_new(object, "advice", decided ? json_null() : json_string(s->advice));
    json_object_set_new(object, "selected", selected_json(s, header));
    json_object_set_new(object, "margin", noise_json(s));
    json_object_set_new(object, "options", options_json(s->options));
    json_object_set_new(object, "workloads", workloads_json(s));
    json_object_set_new(object, "candidates", candidates_json(s));
    json_object_set_new(object, "bounds", bounds_json(summary));
    json_object_set_new(object, "flips", flips_json(flips));
    json_object_set_new(object, "scope", json_deep_copy(scope));
    return object;
}
