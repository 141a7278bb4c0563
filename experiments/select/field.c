/* SPDX-License-Identifier: MIT */
/* Who was measured in what: the cells of a run as a table of candidates and workloads. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "select/selection.h"

static const enum factor design_factors[] = {FACTOR_ring, FACTOR_separation, FACTOR_msg_align};
static const enum factor workload_factors[] = {FACTOR_kernel, FACTOR_msg_bytes, FACTOR_capacity,
                                               FACTOR_batch,  FACTOR_poll,      FACTOR_placement};
enum {
    DESIGN_FACTORS = sizeof design_factors / sizeof design_factors[0],
    WORKLOAD_FACTORS = sizeof workload_factors / sizeof workload_factors[0]
};

/* The cell with only these factors. */
static struct cell project(const struct cell *c, const enum factor *factor, size_t n)
{
    struct cell key;
    for (int f = 0; f < FACTORS; f++)
        key.value[f] = FACTOR_UNUSED;
    for (size_t i = 0; i < n; i++)
        key.value[factor[i]] = c->value[factor[i]];
    return key;
}

static bool passes_filters(const struct cell *c, const struct select_options *o)
{
    for (size_t i = 0; i < WORKLOAD_FACTORS; i++) {
        enum factor f = workload_factors[i];
        if (o->level[f] != FACTOR_UNUSED && c->value[f] != FACTOR_UNUSED &&
            c->value[f] != o->level[f])
            return false;
    }
    return true;
}

/* Rings are compared as they come, not as they can be tuned. */
static bool as_it_comes(const struct cell *c)
{
    for (int f = 0; f < FACTORS; f++)
        if (factor_of_rings((enum factor)f) && c->value[f] > 0)
            return false;
    return c->value[FACTOR_sizes] != SIZES_MIXED;
}

/* A cell that takes part: of a ring, within the filters, not the second half of the A/A pair. */
static bool takes_part(const struct cell *c, const struct select_options *o)
{
    return as_it_comes(c) && (kernel_table[c->value[FACTOR_kernel]].uses & USES_RING) != 0 &&
           c->value[FACTOR_replica] != 1 && passes_filters(c, o);
}

static bool sound(const struct cell *c)
{
    for (int f = 0; f < FACTORS; f++)
        if (factor_used((enum factor)f, c) && c->value[f] == FACTOR_UNUSED)
            return false;
    return true;
}

static void add_candidate(struct field *f, const struct cell *c)
{
    struct cell design = project(c, design_factors, DESIGN_FACTORS);
    for (size_t i = 0; i < f->n; i++)
        if (cell_equal(&f->candidate[i].design, &design))
            return;
    struct candidate *new = &f->candidate[f->n++];
    new->design = design;
    new->ring = &rs_ring_table[c->value[FACTOR_ring]];
    new->peer = (new->ring->ops->caps &RS_PEER) != 0;
    new->control = (new->ring->ops->caps &(RS_CONTROL | RS_NO_TRANSFER | RS_PEER)) != 0;
}

static void add_workload(struct field *f, const struct cell *c)
{
    struct cell key = project(c, workload_factors, WORKLOAD_FACTORS);
    for (size_t i = 0; i < f->workloads; i++)
        if (cell_equal(&f->workload[i].key, &key))
            return;
    const char *metric = kernel_table[key.value[FACTOR_kernel]].metric;
    f->workload[f->workloads++] = (struct workload){
        .key = key, .goal = strcmp(metric, "rtt_ns") == 0 ? GOAL_RTT : GOAL_THROUGHPUT};
}

static int compare_levels(const struct cell *a, const struct cell *b, const enum factor *factor,
                          size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int64_t x = a->value[factor[i]], y = b->value[factor[i]];
        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

/* The order of rs_ring_table is that of complexity, so the simplest comes first. */
static int by_simplicity(const void *a, const void *b)
{
    return compare_levels(&((const struct candidate *)a)->design,
                          &((const struct candidate *)b)->design, design_factors, DESIGN_FACTORS);
}

static int by_levels(const void *a, const void *b)
{
    return compare_levels(&((const struct workload *)a)->key, &((const struct workload *)b)->key,
                          workload_factors, WORKLOAD_FACTORS);
}

static int collect(const struct summary *s, const struct select_options *o, struct field *f)
{
    f->candidate = calloc(s->n + 1, sizeof *f->candidate);
    f->workload = calloc(s->n + 1, sizeof *f->workload);
    if (f->candidate == NULL || f->workload == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < s->n; i++) {
        if (!sound(&s->cell[i].cell))
            return -EINVAL;
        if (!takes_part(&s->cell[i].cell, o))
            continue;
        add_candidate(f, &s->cell[i].cell);
        add_workload(f, &s->cell[i].cell);
    }
    qsort(f->candidate, f->n, sizeof *f->candidate, by_simplicity);
    qsort(f->workload, f->workloads, sizeof *f->workload, by_levels);
    return 0;
}

/* Where one run has the same cell in several lengths, the longest counts: for every candidate
 * alike, whatever the order of the rounds. */
static bool longer(const struct cell *a, const struct cell *b)
{
    static const enum factor length[] = {FACTOR_messages, FACTOR_seconds, FACTOR_warmup};
    return compare_levels(a, b, length, 3) > 0;
}

static void offer(const struct summary_cell **place, const struct summary_cell *cell)
{
    if (*place == NULL || longer(&cell->cell, &(*place)->cell))
        *place = cell;
}

/* Of a kernel that has no such choice all are alike. */
static int64_t api_of(const struct summary_cell *cell)
{
    int64_t api = cell->cell.value[FACTOR_api];
    return api == FACTOR_UNUSED ? API_COPY : api;
}

static const struct summary_cell *better(const struct summary_cell *const *api,
                                         const struct select_options *o)
{
    const struct summary_cell *best = NULL;
    for (int64_t a = 0; a < APIS; a++) {
        const struct summary_cell *c = api[a];
        bool chosen = c != NULL && c->cell.value[FACTOR_api] != FACTOR_UNUSED;
        if (c == NULL || (chosen && o->level[FACTOR_api] != FACTOR_UNUSED &&
                          c->cell.value[FACTOR_api] != o->level[FACTOR_api]))
            continue;
        if (best == NULL || c->median.estimate < best->median.estimate)
            best = c;
    }
    return best;
}

static int tabulate_one(const struct summary *s, const struct select_options *o,
                        const struct field *f, struct candidate *c)
{
    const struct summary_cell *(*api)[APIS] = calloc(f->workloads + 1, sizeof *api);
    c->cell = calloc(f->workloads + 1, sizeof *c->cell);
    c->measured = calloc(f->workloads + 1, sizeof *c->measured);
    bool good = api != NULL && c->cell != NULL && c->measured != NULL;
    for (size_t i = 0; good && i < s->n; i++) {
        const struct summary_cell *cell = &s->cell[i];
        if (!takes_part(&cell->cell, o) || cell->n == 0 ||
            compare_levels(&cell->cell, &c->design, design_factors, DESIGN_FACTORS) != 0)
            continue;
        for (size_t w = 0; w < f->workloads; w++)
            if (compare_levels(&cell->cell, &f->workload[w].key, workload_factors,
                               WORKLOAD_FACTORS) == 0)
                offer(&api[w][api_of(cell)], cell);
    }
    for (size_t w = 0; good && w < f->workloads; w++) {
        c->cell[w] = better(api[w], o);
        for (int a = 0; a < APIS; a++)
            c->measured[w] |= api[w][a] != NULL;
    }
    free(api);
    return good ? 0 : -ENOMEM;
}

/* Candidates of one ring are neighbours, so rings are counted where the ring changes. */
static size_t count_rings(const struct field *f, const struct workload *w)
{
    const struct rs_ring_entry *last = NULL;
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++) {
        const struct candidate *c = &f->candidate[i];
        if (c->control || c->ring == last || (w != NULL && !c->measured[w - f->workload]))
            continue;
        last = c->ring;
        n++;
    }
    return n;
}

/* A workload is compared if two rings were measured in it, or the only one that there is. */
static void choose_workloads(struct field *f)
{
    const size_t rings = count_rings(f, NULL);
    for (size_t w = 0; w < f->workloads; w++) {
        struct workload *load = &f->workload[w];
        load->rings = count_rings(f, load);
        for (size_t i = 0; i < f->n; i++)
            load->allowed |= !f->candidate[i].control && f->candidate[i].cell[w] != NULL;
        load->compared = load->allowed && load->rings >= (rings < 2 ? 1 : 2);
    }
}

int field_make(const struct summary *s, const struct select_options *o, struct field *f)
{
    *f = (struct field){0};
    int err = collect(s, o, f);
    for (size_t i = 0; err == 0 && i < f->n; i++)
        err = tabulate_one(s, o, f, &f->candidate[i]);
    if (err)
        field_free(f);
    else
        choose_workloads(f);
    return err;
}

void field_free(struct field *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->candidate[i].cell);
        free(f->candidate[i].measured);
    }
    free(f->candidate);
    free(f->workload);
    *f = (struct field){0};
}

static void append_level(enum factor f, const struct cell *c, char *text, size_t n)
{
    size_t used = strlen(text);
    char level[64];
    factor_format(f, c->value[f], level, sizeof level);
    snprintf(text + used, n - used, "%s%s=%s", used ? " " : "", factor_table[f].name, level);
}

void design_format(const struct candidate *c, bool brief, char *text, size_t n)
{
    const struct cell plain = cell_default();
    snprintf(text, n, "%s", c->ring->name);
    for (size_t i = 1; i < DESIGN_FACTORS; i++)
        if (!brief || c->design.value[design_factors[i]] != plain.value[design_factors[i]])
            append_level(design_factors[i], &c->design, text, n);
}

static bool varies(const struct field *f, enum factor factor)
{
    for (size_t w = 1; w < f->workloads; w++)
        if (f->workload[w].key.value[factor] != f->workload[0].key.value[factor])
            return true;
    return false;
}

void workload_format(const struct field *f, size_t w, char *text, size_t n)
{
    const struct cell *key = &f->workload[w].key;
    text[0] = '\0';
    for (size_t i = 0; i < WORKLOAD_FACTORS; i++) {
        enum factor factor = workload_factors[i];
        if (key->value[factor] != FACTOR_UNUSED && (f->workloads == 1 || varies(f, factor)))
            append_level(factor, key, text, n);
    }
}
