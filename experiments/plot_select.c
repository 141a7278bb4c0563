/* SPDX-License-Identifier: MIT */
/* Which cells of a run a plot shows. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "plot.h"
#include "rings/ring.h"

bool plot_is_control(const struct cell *c)
{
    int64_t ring = c->value[FACTOR_ring];
    return ring != FACTOR_UNUSED && (rs_ring_table[ring].ops->caps & RS_CONTROL) != 0;
}

/* Where a ring does not heed a factor, it is as good as at its default. */
static int64_t level(const struct cell *c, int f)
{
    const bool none = c->value[f] == FACTOR_UNUSED && factor_of_rings((enum factor)f);
    return none ? 0 : c->value[f];
}

int plot_compare(const struct cell *a, const struct cell *b, unsigned mask)
{
    for (int f = 0; f < FACTORS; f++) {
        if ((mask & 1u << f) == 0)
            continue;
        if (f == FACTOR_ring && plot_is_control(a) != plot_is_control(b))
            return plot_is_control(a) ? 1 : -1;
        if (level(a, f) != level(b, f))
            return level(a, f) < level(b, f) ? -1 : 1;
    }
    return 0;
}

void plot_find_levels(const struct plot_cells *s, unsigned mask, struct plot_levels *l)
{
    l->n = 0;
    l->mask = mask;
    for (size_t i = 0; i < s->n && l->n < PLOT_LEVELS_MAX; i++) {
        const struct cell *c = &s->cell[i]->cell;
        size_t at = l->n;
        if (plot_rank(l, c) < l->n)
            continue;
        for (; at > 0 && plot_compare(l->level[at - 1], c, mask) > 0; at--)
            l->level[at] = l->level[at - 1];
        l->level[at] = c;
        l->n++;
    }
}

size_t plot_rank(const struct plot_levels *l, const struct cell *c)
{
    size_t rank = 0;
    while (rank < l->n && plot_compare(l->level[rank], c, l->mask) != 0)
        rank++;
    return rank;
}

size_t plot_style(const struct plot_run *r, const struct cell *c)
{
    size_t style = 0;
    for (int64_t ring = 0; ring < c->value[FACTOR_ring]; ring++)
        for (size_t i = 0; i < r->summary.n; i++) {
            const struct cell *other = &r->summary.cell[i].cell;
            if (other->value[FACTOR_ring] != ring)
                continue;
            style += plot_is_control(other) == plot_is_control(c);
            break;
        }
    return style;
}

static int distance_from_defaults(const struct cell *c, unsigned mask)
{
    struct cell plain = cell_default();
    int distance = 0;
    for (int f = 0; f < FACTORS; f++)
        distance += (mask & 1u << f) != 0 && level(c, f) != plain.value[f];
    return distance;
}

/* Whether the cell has a value and, if anything is swept, a fellow to compare it with. */
static bool shows(const struct plot_cells *s, size_t i, unsigned swept)
{
    if (s->cell[i]->n == 0)
        return false;
    for (size_t j = 0; swept != 0 && j < s->n; j++)
        if (s->cell[j]->n > 0 && plot_compare(&s->cell[i]->cell, &s->cell[j]->cell, ~swept) == 0 &&
            plot_compare(&s->cell[i]->cell, &s->cell[j]->cell, swept) != 0)
            return true;
    return swept == 0;
}

static bool better(const struct cell *a, size_t a_count, const struct cell *b, size_t b_count,
                   unsigned fixed)
{
    if (a_count != b_count)
        return a_count > b_count;
    int a_far = distance_from_defaults(a, fixed), b_far = distance_from_defaults(b, fixed);
    return a_far != b_far ? a_far < b_far : plot_compare(a, b, fixed) < 0;
}

/* The cell whose levels outside `free` are chosen; NULL if none shows anything.  Controls are not
 * what a plot is made for: unless `controls`, they do not count. */
static const struct cell *choose(const struct plot_cells *s, const bool *shown, bool controls)
{
    const struct cell *best = NULL;
    size_t best_count = 0;
    for (size_t i = 0; i < s->n; i++) {
        const struct cell *c = &s->cell[i]->cell;
        size_t count = 0;
        if (best != NULL && plot_compare(c, best, ~s->free) == 0)
            continue;
        for (size_t j = 0; j < s->n; j++)
            count += shown[j] && (controls || !plot_is_control(&s->cell[j]->cell)) &&
                     plot_compare(c, &s->cell[j]->cell, ~s->free) == 0;
        if (count > 0 && (best == NULL || better(c, count, best, best_count, ~s->free))) {
            best = c;
            best_count = count;
        }
    }
    return best;
}

struct order {
    unsigned first, then;
};

static int in_order(const void *a, const void *b, void *order)
{
    const struct summary_cell *const *x = a, *const *y = b;
    const struct order *o = order;
    int first = plot_compare(&(*x)->cell, &(*y)->cell, o->first);
    return first != 0 ? first : plot_compare(&(*x)->cell, &(*y)->cell, o->then);
}

/* Keeps what agrees with the chosen cell; cells that failed stay where nothing is swept. */
static void keep_chosen(struct plot_cells *s, const bool *shown, unsigned swept)
{
    const struct cell *chosen = choose(s, shown, false);
    size_t kept = 0;
    if (chosen == NULL)
        chosen = choose(s, shown, true);
    for (size_t i = 0; chosen != NULL && i < s->n; i++)
        if ((shown[i] || swept == 0) && plot_compare(&s->cell[i]->cell, chosen, ~s->free) == 0)
            s->cell[kept++] = s->cell[i];
    s->n = kept;
}

int plot_select(const struct plot_run *r, enum kernel kernel, unsigned free_factors, unsigned swept,
                struct plot_cells *out)
{
    const struct summary *all = &r->summary;
    struct order order = {free_factors & ~swept, swept};
    struct plot_cells s = {.free = free_factors, .cell = calloc(all->n + 1, sizeof(*s.cell))};
    bool *shown = calloc(all->n + 1, sizeof *shown);
    int err = s.cell == NULL || shown == NULL ? -ENOMEM : 0;
    for (size_t i = 0; err == 0 && i < all->n; i++)
        if (all->cell[i].cell.value[FACTOR_kernel] == (int64_t)kernel &&
            all->cell[i].cell.value[FACTOR_replica] == 0)
            s.cell[s.n++] = &all->cell[i];
    for (size_t i = 0; i < s.n; i++)
        shown[i] = shows(&s, i, swept);
    if (s.n > 0)
        keep_chosen(&s, shown, swept);
    free(shown);
    if (err == 0 && s.n == 0)
        err = -ENODATA;
    if (err != 0)
        plot_cells_free(&s);
    else
        qsort_r(s.cell, s.n, sizeof(*s.cell), in_order, &order);
    *out = s;
    return err;
}

void plot_cells_free(struct plot_cells *s)
{
    free(s->cell);
    *s = (struct plot_cells){0};
}
