/* SPDX-License-Identifier: MIT */
/* Plots of single rounds: drift of the machine, the A/A pair; and of placements. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "plot.h"
#include "rings/ring.h"

/* ---- drift -------------------------------------------------------------------------------- */

enum { ROUNDS_TO_COMPARE = 3, WINDOW_MIN = 5, WINDOW_MAX = 201 };

struct drift_point {
    const struct sample *sample;
    double relative; /* to its cell's median */
};

static const struct summary_cell *cell_of(const struct summary *s, uint64_t id)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->cell[i].id == id)
            return &s->cell[i];
    return NULL;
}

static int by_time(const void *a, const void *b)
{
    const struct drift_point *x = a, *y = b;
    return (x->sample->start_s > y->sample->start_s) - (x->sample->start_s < y->sample->start_s);
}

/* Rounds of cells with enough of them to have a middle, in order of time. */
static size_t drift_points(const struct plot_run *r, struct drift_point *point)
{
    size_t n = 0;
    for (size_t i = 0; i < r->samples.n; i++) {
        const struct sample *sample = &r->samples.item[i];
        const struct summary_cell *c = cell_of(&r->summary, sample->id);
        if (sample->status != SAMPLE_OK || !isfinite(sample->start_s) || c == NULL ||
            c->n < ROUNDS_TO_COMPARE)
            continue;
        point[n].sample = sample;
        point[n++].relative = sample->value / c->median.estimate;
    }
    qsort(point, n, sizeof *point, by_time);
    return n;
}

/* The median of undisturbed rounds around round i; NaN near the ends. */
static double running_median(const struct drift_point *point, size_t n, size_t i, size_t half)
{
    double x[WINDOW_MAX];
    size_t found = 0;
    if (i < half || i + half >= n)
        return NAN;
    for (size_t j = i - half; j <= i + half; j++)
        if (!point[j].sample->disturbed)
            x[found++] = point[j].relative;
    return found >= WINDOW_MIN ? stats_median(x, found) : NAN;
}

static size_t half_window(size_t n)
{
    size_t half = n / 40;
    half = half < WINDOW_MIN ? WINDOW_MIN : half;
    return half > WINDOW_MAX / 2 ? WINDOW_MAX / 2 : half;
}

static void drift_head(FILE *to, const struct plot_run *r, const struct drift_point *point,
                       size_t n)
{
    size_t disturbed = 0, failed = 0;
    for (size_t i = 0; i < n; i++)
        disturbed += point[i].sample->disturbed;
    for (size_t i = 0; i < r->samples.n; i++)
        failed += r->samples.item[i].status != SAMPLE_OK;
    fprintf(to, "# title: Drift: each round against its cell's median%s%s\n",
            r->title[0] ? " — " : "", r->title);
    fprintf(to,
            "# conditions: %zu rounds in the order in which they ran, %zu of them disturbed; not "
            "drawn: %zu failed, %zu of cells with fewer than %d rounds\n",
            n, disturbed, failed, r->samples.n - n - failed, ROUNDS_TO_COMPARE);
    fprintf(to, "# reading: 0 %% = the cell's own median, above = slower; a line that leaves 0 is "
                "drift; triangles lie outside the axis\n");
}

int plot_drift(const struct plot_run *r, FILE *to)
{
    struct drift_point *point = calloc(r->samples.n + 1, sizeof *point);
    if (point == NULL)
        return -ENOMEM;
    size_t n = drift_points(r, point), half = half_window(n);
    if (n == 0) {
        free(point);
        return -ENODATA;
    }
    drift_head(to, r, point, n);
    fprintf(to, "start_s,relative,disturbed,running_median,kernel,ring,round,attempt\n");
    for (size_t i = 0; i < n; i++) {
        const struct sample *s = point[i].sample;
        const int64_t *level = s->cell.value;
        const char *ring = ring_name(level[FACTOR_ring]);
        fprintf(to, "%.6g", s->start_s);
        plot_number(to, point[i].relative);
        fprintf(to, ",%d", s->disturbed);
        plot_number(to, running_median(point, n, i, half));
        fprintf(to, ",%s,%s,%d,%d\n", kernel_name(level[FACTOR_kernel]), ring ? ring : "", s->round,
                s->attempt);
    }
    free(point);
    return 0;
}

/* ---- the A/A pair ------------------------------------------------------------------------- */

enum { AA_RESAMPLES = 10000, AA_SEED = 1 };

static void aa_verdict(FILE *to, const struct summary_cell *const pair[2], double *log_ratio)
{
    const struct stats_resampling how = {AA_RESAMPLES, 0.95, AA_SEED};
    struct stats_interval ratio;
    size_t n = summary_paired(pair[1], pair[0], log_ratio);
    fprintf(to, "# reading: ");
    if (stats_bootstrap_ratio(log_ratio, n, stats_median, &how, &ratio) != 0) {
        fprintf(to, "too few rounds that both halves have for their ratio\n");
        return;
    }
    bool same = ratio.lo <= 1 && 1 <= ratio.hi;
    fprintf(to, "second to first half, paired over %zu rounds: %.4f, 95%% interval %.4f to %.4f, ",
            n, ratio.estimate, ratio.lo, ratio.hi);
    fprintf(to, "%s\n",
            same ? "holds 1: no difference shown, as it should be"
                 : "does not hold 1: differences of this size between rings mean nothing");
}

static void aa_rows(FILE *to, const struct summary_cell *const pair[2])
{
    fprintf(to, "half,round,ns,median,lo,hi\n");
    for (int half = 0; half < 2; half++)
        for (size_t i = 0; i < pair[half]->n; i++) {
            fprintf(to, "%d,%d", half, pair[half]->round[i]);
            plot_number(to, pair[half]->value[i]);
            plot_number(to, pair[half]->median.estimate);
            plot_number(to, pair[half]->median.lo);
            plot_number(to, pair[half]->median.hi);
            fputc('\n', to);
        }
}

int plot_aa(const struct plot_run *r, FILE *to)
{
    const struct summary_cell *pair[2];
    if (!summary_aa(&r->summary, pair) || pair[0]->n == 0 || pair[1]->n == 0)
        return -ENODATA;
    double *log_ratio = calloc(pair[0]->n + pair[1]->n, sizeof *log_ratio);
    const struct cell *c = &pair[0]->cell;
    const char *ring = ring_name(c->value[FACTOR_ring]);
    if (log_ratio == NULL)
        return -ENOMEM;
    fprintf(to, "# title: A/A pair: the same cell measured twice, side by side%s%s\n",
            r->title[0] ? " — " : "", r->title);
    fprintf(to, "# conditions: %s, %s", kernel_name(c->value[FACTOR_kernel]),
            ring ? ring : "no ring");
    plot_describe(to, ", ", c, ~0u);
    fputc('\n', to);
    aa_verdict(to, pair, log_ratio);
    fprintf(to, "# unit: %s\n", pair[0]->metric);
    aa_rows(to, pair);
    free(log_ratio);
    return 0;
}

/* ---- placement ---------------------------------------------------------------------------- */

/* The union of both kernels' levels: one list of rows and one of series for both panels. */
static int placement_cells(const struct plot_run *r, struct plot_cells part[2],
                           struct plot_cells *all)
{
    const enum kernel kernel[2] = {KERNEL_stream, KERNEL_pingpong};
    *all = (struct plot_cells){0};
    for (int k = 0; k < 2; k++) {
        int err = plot_select(r, kernel[k], FACTOR_BIT(ring) | FACTOR_BIT(placement),
                              FACTOR_BIT(placement), &part[k]);
        if (err == -ENOMEM) {
            plot_cells_free(&part[0]);
            return err;
        }
    }
    if (part[0].n + part[1].n == 0)
        return -ENODATA;
    all->cell = calloc(part[0].n + part[1].n, sizeof(*all->cell));
    for (int k = 0; all->cell != NULL && k < 2; k++)
        for (size_t i = 0; i < part[k].n; i++)
            all->cell[all->n++] = part[k].cell[i];
    if (all->cell != NULL)
        return 0;
    plot_cells_free(&part[0]);
    plot_cells_free(&part[1]);
    return -ENOMEM;
}

/* The factors in which the two panels' cells differ. */
static unsigned differing(const struct plot_cells part[2])
{
    unsigned mask = 0;
    for (int f = 0; part[0].n > 0 && part[1].n > 0 && f < FACTORS; f++)
        if (plot_compare(&part[0].cell[0]->cell, &part[1].cell[0]->cell, 1u << f) != 0)
            mask |= 1u << f;
    return mask;
}

static void placement_panels(FILE *to, const struct plot_cells part[2])
{
    static const char *const what[2] = {"stream", "pingpong"};
    const unsigned shown = FACTOR_BIT(ring) | FACTOR_BIT(placement);
    for (int k = 0; k < 2; k++) {
        fprintf(to, "# panel %d: %s", k, what[k]);
        if (part[k].n > 0)
            plot_describe(to, ", ", &part[k].cell[0]->cell, differing(part) & ~shown);
        fputc('\n', to);
    }
}

static void placement_rows(FILE *to, const struct plot_run *r, const struct plot_cells *s,
                           const struct plot_levels *places, const struct plot_levels *rings)
{
    fprintf(to, "panel,row,placement,series,style,ring,control,unit,value,value_lo,value_hi,bound,"
                "rounds,failed\n");
    for (size_t i = 0; i < s->n; i++) {
        const struct cell *c = &s->cell[i]->cell;
        bool trips = c->value[FACTOR_kernel] == KERNEL_pingpong;
        char place[64];
        factor_format(FACTOR_placement, c->value[FACTOR_placement], place, sizeof place);
        fprintf(to, "%d,%zu,%s,%zu,%zu,%s,%d,%s", trips, plot_rank(places, c), place,
                plot_rank(rings, c), plot_style(r, c), ring_name(c->value[FACTOR_ring]),
                plot_is_control(c), trips ? "ns" : "Mmsg/s");
        plot_columns(to, s->cell[i], trips ? plot_ns : plot_mmsg_per_s);
        fputc('\n', to);
    }
}

int plot_placement(const struct plot_run *r, FILE *to)
{
    struct plot_cells part[2], all;
    struct plot_levels places, rings;
    int err = placement_cells(r, part, &all);
    if (err)
        return err;
    all.free = FACTOR_BIT(ring) | FACTOR_BIT(placement) | differing(part);
    plot_find_levels(&all, FACTOR_BIT(placement), &places);
    plot_find_levels(&all, FACTOR_BIT(ring), &rings);
    plot_head(to, r, "Rings by placement: producer's and consumer's cpu", &all, "whiskers:",
              plot_bound_words(&all, "; dashes: bound, bare cache lines between the two cpus"));
    placement_panels(to, part);
    for (size_t i = 0; i < rings.n; i++)
        plot_label(to, "series", i, rings.level[i], false);
    placement_rows(to, r, &all, &places, &rings);
    plot_cells_free(&part[0]);
    plot_cells_free(&part[1]);
    plot_cells_free(&all);
    return 0;
}
