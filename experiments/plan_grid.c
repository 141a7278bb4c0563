/* SPDX-License-Identifier: MIT */
#include "plan_grid.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/round.h"

void grid_init(struct grid *g)
{
    const struct cell plain = cell_default();
    memset(g, 0, sizeof *g);
    for (int f = 0; f < FACTORS; f++) {
        g->levels[f].value[0] = plain.value[f];
        g->levels[f].n = 1;
    }
}

static int add_level(enum factor f, int64_t value, struct levels *l, char *why, size_t n)
{
    if (l->n == LEVELS_MAX) {
        snprintf(why, n, "%s has more than %d levels", factor_table[f].name, LEVELS_MAX);
        return -EINVAL;
    }
    l->value[l->n++] = value;
    return 0;
}

static int add_wildcard(enum factor f, struct levels *l, char *why, size_t n)
{
    int err = 0;
    if (factor_table[f].type != TYPE_CHOICE) {
        snprintf(why, n, "%s = * : only names have a wildcard; list the levels",
                 factor_table[f].name);
        return -EINVAL;
    }
    for (int64_t i = 0; err == 0 && factor_table[f].choice(i) != NULL; i++)
        err = add_level(f, i, l, why, n);
    l->wildcard = true;
    return err;
}

/* Copies the trimmed level at *text and moves past its comma; false at the end of the list. */
static bool next_level(const char **text, char *level, size_t n)
{
    const char *from = *text, *end;
    if (from == NULL)
        return false;
    while (isspace((unsigned char)*from))
        from++;
    end = from + strcspn(from, ",");
    *text = *end == ',' ? end + 1 : NULL;
    while (end > from && isspace((unsigned char)end[-1]))
        end--;
    snprintf(level, n, "%.*s", (int)(end - from), from);
    return true;
}

int levels_add(enum factor f, const char *text, struct levels *l, char *why, size_t n)
{
    char level[64];
    int err = 0;
    while (err == 0 && next_level(&text, level, sizeof level)) {
        int64_t value;
        if (level[0] == '\0' && text == NULL && l->n > 0)
            break; /* a comma at the end: the list goes on in the next line */
        if (level[0] == '\0') {
            snprintf(why, n, "%s has an empty level", factor_table[f].name);
            return -EINVAL;
        }
        if (strcmp(level, "*") == 0) {
            err = add_wildcard(f, l, why, n);
            continue;
        }
        err = factor_parse(f, level, &value, why, n);
        if (err == 0)
            err = add_level(f, value, l, why, n);
    }
    return err;
}

int plan_add(struct plan *p, const struct cell *c)
{
    for (size_t i = 0; i < p->n; i++)
        if (cell_equal(&p->cell[i], c))
            return 0;
    if ((p->n & (p->n - 1)) == 0) { /* grows at the powers of two */
        struct cell *more = realloc(p->cell, (p->n ? 2 * p->n : 1) * sizeof *more);
        if (more == NULL)
            return -ENOMEM;
        p->cell = more;
    }
    p->cell[p->n++] = *c;
    return 0;
}

/* The last line with a level that a ring or a graph can refuse; good enough to point at. */
static int line_at_fault(const struct grid *g)
{
    static const enum factor suspects[] = {
        FACTOR_separation,    FACTOR_ring,     FACTOR_msg_bytes, FACTOR_msg_align,
        FACTOR_batch,         FACTOR_capacity, FACTOR_api,       FACTOR_topology,
        FACTOR_stages,        FACTOR_work_ns,  FACTOR_defer,     FACTOR_prefetch_write,
        FACTOR_prefetch_read, FACTOR_copy,     FACTOR_slots};
    int line = 0;
    for (size_t i = 0; i < sizeof suspects / sizeof suspects[0]; i++)
        if (g->levels[suspects[i]].line > line)
            line = g->levels[suspects[i]].line;
    return line > 0 ? line : g->line;
}

/* A combination that a `*` stands for and that cannot run. */
static int pass_over(struct plan *p, const struct cell *c, const char *why)
{
    char text[1024];
    if (p->left_out_reasons == NULL)
        p->left_out_reasons = json_array();
    cell_format(c, true, text, sizeof text);
    p->left_out++;
    return json_array_append_new(p->left_out_reasons, json_sprintf("%s: %s", text, why)) == 0
               ? 0
               : -ENOMEM;
}

static int add_placed(const struct grid *g, const struct topology *t, struct plan *p, struct cell c,
                      int *line, char *why, size_t n)
{
    if (cell_engine_refusal(&c, why, n)) {
        const struct levels *engines = &g->levels[FACTOR_engine];
        *line = engines->line > 0 ? engines->line : g->line;
        return engines->wildcard ? pass_over(p, &c, why) : -EINVAL;
    }
    if (cell_ring_refusal(&c, why, n)) {
        *line = line_at_fault(g);
        return g->levels[FACTOR_ring].wildcard ? pass_over(p, &c, why) : -EINVAL;
    }
    if (cell_place_refusal(&c, t, why, n)) {
        *line = g->levels[FACTOR_placement].line > 0 ? g->levels[FACTOR_placement].line : g->line;
        return -EINVAL;
    }
    cell_place(&c, t);
    return plan_add(p, &c);
}

/* placement = all stands for every ordered pair of cpus. */
static int add_cell(const struct grid *g, const struct topology *t, struct plan *p, struct cell c,
                    int *line, char *why, size_t n)
{
    int err = 0;
    cell_normalise(&c);
    if (c.value[FACTOR_placement] != PLACE_ALL)
        return add_placed(g, t, p, c, line, why, n);
    if (t->n_cpus < 2) {
        snprintf(why, n,
                 "placement = all needs two cpus and this process may run on one; use "
                 "placement = same");
        *line = g->levels[FACTOR_placement].line;
        return -EINVAL;
    }
    for (size_t i = 0; err == 0 && i < t->n_cpus * t->n_cpus; i++) {
        int producer = t->cpus[i / t->n_cpus].cpu, consumer = t->cpus[i % t->n_cpus].cpu;
        c.value[FACTOR_placement] = PLACE(producer, consumer);
        if (producer != consumer)
            err = add_placed(g, t, p, c, line, why, n);
    }
    return err;
}

bool grid_next(const struct grid *g, size_t at[FACTORS])
{
    for (int f = FACTORS - 1; f >= 0; f--) {
        if (++at[f] < g->levels[f].n)
            return true;
        at[f] = 0;
    }
    return false;
}

int grid_expand(const struct grid *g, const struct topology *t, struct plan *p, int *line,
                char *why, size_t n)
{
    size_t at[FACTORS] = {0}, combinations = 0, good = 0;
    int err;
    do {
        struct cell c;
        size_t left_out = p->left_out;
        for (int f = 0; f < FACTORS; f++)
            c.value[f] = g->levels[f].value[at[f]];
        err = add_cell(g, t, p, c, line, why, n);
        good += p->left_out == left_out;
        if (err == 0 && ++combinations > GRID_CELLS_MAX) {
            snprintf(why, n, "section has more than %d combinations", GRID_CELLS_MAX);
            *line = g->line;
            return -EINVAL;
        }
    } while (err == 0 && grid_next(g, at));
    if (err == 0 && good == 0) {
        size_t used = strlen(why);
        snprintf(why + used, n - used, " (no ring can run this section)");
        *line = line_at_fault(g);
        return -EINVAL;
    }
    return err;
}
