/* SPDX-License-Identifier: MIT */
/* A grid: levels for every factor, and the cells that come of it.  Private to plan*.c and
 * simulate_*.c. */
#ifndef PLAN_GRID_H
#define PLAN_GRID_H

#include "plan.h"

enum { LEVELS_MAX = 64, GRID_CELLS_MAX = 10000 };

struct levels {
    int64_t value[LEVELS_MAX];
    size_t n;
    bool wildcard; /* `*`: combinations that cannot run are passed over, not refused */
    int line;      /* where they were given; 0 = default */
};

struct grid {
    char name[64];
    int line;
    struct levels levels[FACTORS];
};

void grid_init(struct grid *g);

/* Appends the comma-separated levels in `text`.  0, or -EINVAL with the reason. */
int levels_add(enum factor f, const char *text, struct levels *l, char *why, size_t n);

/* Steps to the next combination of levels, the last factor fastest; false after the last one. */
bool grid_next(const struct grid *g, size_t at[FACTORS]);

/* Adds every combination to the plan.  0, or -EINVAL / -ENOMEM with the reason; *line is then the
 * line of the level at fault. */
int grid_expand(const struct grid *g, const struct topology *t, struct plan *p, int *line,
                char *why, size_t n);

/* Adds a cell unless the plan has it. */
int plan_add(struct plan *p, const struct cell *c);

/* Adds the second halves of the A/A pair to a plan that has cells. */
int plan_add_aa(struct plan *p);

#endif
