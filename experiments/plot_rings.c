/* SPDX-License-Identifier: MIT */
/* Plots with a row, a line or a panel a ring, of medians with their intervals. */
#include <errno.h>
#include <stdlib.h>

#include "plot.h"
#include "rings/ring.h"

enum { PANELS_MAX = 12, RINGS_ENOUGH = 3 }; /* rings that make a comparison */

#define PANEL_FACTORS (FACTOR_BIT(msg_bytes) | FACTOR_BIT(batch) | FACTOR_BIT(api))
#define COLUMNS(unit) unit "," unit "_lo," unit "_hi,bound,rounds,failed"

static void label_all(FILE *to, const char *key, const struct plot_levels *l)
{
    for (size_t i = 0; i < l->n; i++)
        plot_label(to, key, i, l->level[i], (l->mask & FACTOR_BIT(api)) != 0);
}

static void row_start(FILE *to, size_t panel, size_t row, const struct cell *c)
{
    fprintf(to, "%zu,%zu,%s,%d", panel, row, ring_name(c->value[FACTOR_ring]), plot_is_control(c));
}

static size_t rings_of_panel(const struct plot_cells *s, const struct cell *panel)
{
    size_t count = 0;
    for (size_t i = 0; i < s->n; i++)
        count += s->cell[i]->n > 0 && !plot_is_control(&s->cell[i]->cell) &&
                 plot_compare(&s->cell[i]->cell, panel, PANEL_FACTORS) == 0;
    return count;
}

/* The panel with the fewest rings; of equals the last. */
static size_t poorest(const struct plot_levels *panels, const size_t *rings)
{
    size_t least = 0;
    for (size_t p = 0; p < panels->n; p++)
        least = rings[p] <= rings[least] ? p : least;
    return least;
}

static void drop(struct plot_levels *panels, size_t *rings, size_t p)
{
    for (panels->n--; p < panels->n; p++) {
        rings[p] = rings[p + 1];
        panels->level[p] = panels->level[p + 1];
    }
}

/* Leaves out panels that compare little, and then the poorest until the rest can be read. */
static size_t limit_panels(struct plot_cells *s, struct plot_levels *panels)
{
    size_t rings[PLOT_LEVELS_MAX + 1] = {0}, before = panels->n, most = 0, kept = 0;
    for (size_t p = 0; p < panels->n; p++) {
        rings[p] = rings_of_panel(s, panels->level[p]);
        most = rings[p] > most ? rings[p] : most;
    }
    const size_t enough = most / 2 < RINGS_ENOUGH ? (most + 1) / 2 : RINGS_ENOUGH;
    while (panels->n > PANELS_MAX || (panels->n > 1 && rings[poorest(panels, rings)] < enough))
        drop(panels, rings, poorest(panels, rings));
    for (size_t i = 0; i < s->n; i++)
        if (plot_rank(panels, &s->cell[i]->cell) < panels->n)
            s->cell[kept++] = s->cell[i];
    s->n = kept;
    return before - panels->n;
}

static void throughput_head(FILE *to, const struct plot_run *r, const struct plot_cells *s,
                            const struct plot_levels *panels, size_t left_out)
{
    char marks[160];
    if (left_out > 0)
        snprintf(marks, sizeof marks,
                 "%s; not drawn: %zu combinations with the fewest rings (summary.csv)",
                 plot_bound_words(s, "; dashes: bound"), left_out);
    else
        snprintf(marks, sizeof marks, "%s",
                 plot_bound_words(s, "; dashes: bound, a stream of bare cache lines"));
    plot_head(to, r, "Throughput of each ring", s, "whiskers:", marks);
    for (size_t p = 0; p < panels->n; p++) {
        const int64_t *level = panels->level[p]->value;
        fprintf(to, "# panel %zu: %lld bytes, batch %lld, %s\n", p,
                (long long)level[FACTOR_msg_bytes], (long long)level[FACTOR_batch],
                api_name(level[FACTOR_api]));
    }
}

int plot_throughput(const struct plot_run *r, FILE *to)
{
    struct plot_levels panels, rows;
    struct plot_cells s;
    int err = plot_select(r, KERNEL_stream, FACTOR_BIT(ring) | PANEL_FACTORS, 0, &s);
    if (err)
        return err;
    plot_find_levels(&s, PANEL_FACTORS, &panels);
    size_t left_out = limit_panels(&s, &panels);
    plot_find_levels(&s, FACTOR_BIT(ring), &rows);
    throughput_head(to, r, &s, &panels, left_out);
    label_all(to, "row", &rows);
    fprintf(to, "panel,row,ring,control,msg_bytes,batch,api," COLUMNS("mmsg_per_s") "\n");
    for (size_t i = 0; i < s.n; i++) {
        const struct cell *c = &s.cell[i]->cell;
        row_start(to, plot_rank(&panels, c), plot_rank(&rows, c), c);
        fprintf(to, ",%lld,%lld,%s", (long long)c->value[FACTOR_msg_bytes],
                (long long)c->value[FACTOR_batch], api_name(c->value[FACTOR_api]));
        plot_columns(to, s.cell[i], plot_mmsg_per_s);
        fputc('\n', to);
    }
    plot_cells_free(&s);
    return 0;
}

int plot_round_trip(const struct plot_run *r, FILE *to)
{
    struct plot_levels rows;
    struct plot_cells s;
    int err = plot_select(r, KERNEL_pingpong, FACTOR_BIT(ring), 0, &s);
    if (err)
        return err;
    plot_head(to, r, "Round trip of one message through two rings", &s,
              "whiskers:", plot_bound_words(&s, "; dashes: bound, a bare cache line to and fro"));
    fprintf(to, "# panel 0: \n");
    plot_find_levels(&s, FACTOR_BIT(ring), &rows);
    label_all(to, "row", &rows);
    fprintf(to, "panel,row,ring,control," COLUMNS("rtt_ns") ",rtt_p99_ns\n");
    for (size_t i = 0; i < s.n; i++) {
        row_start(to, 0, plot_rank(&rows, &s.cell[i]->cell), &s.cell[i]->cell);
        plot_columns(to, s.cell[i], plot_ns);
        plot_number(to, s.cell[i]->rtt_p99_ns);
        fputc('\n', to);
    }
    plot_cells_free(&s);
    return 0;
}

/* ---- against one factor ------------------------------------------------------------------- */

struct sweep {
    const char *title, *columns;
    enum factor axis;
    unsigned series; /* what tells one line from another */
    plot_unit *unit;
};

static int against(const struct plot_run *r, const struct sweep *how, FILE *to)
{
    struct plot_levels series;
    struct plot_cells s;
    int err = plot_select(r, KERNEL_stream, how->series | 1u << how->axis, 1u << how->axis, &s);
    if (err)
        return err;
    plot_head(to, r, how->title, &s,
              "whiskers:", plot_bound_words(&s, "; dashes: bound, a stream of bare cache lines"));
    plot_find_levels(&s, how->series, &series);
    label_all(to, "series", &series);
    fprintf(to, "series,style,ring,api,control,%s,%s\n", factor_table[how->axis].name,
            how->columns);
    for (size_t i = 0; i < s.n; i++) {
        const struct cell *c = &s.cell[i]->cell;
        fprintf(to, "%zu,%zu,%s,%s,%d,%lld", plot_rank(&series, c), plot_style(r, c),
                ring_name(c->value[FACTOR_ring]), api_name(c->value[FACTOR_api]),
                plot_is_control(c), (long long)c->value[how->axis]);
        plot_columns(to, s.cell[i], how->unit);
        fputc('\n', to);
    }
    plot_cells_free(&s);
    return 0;
}

int plot_throughput_by_size(const struct plot_run *r, FILE *to)
{
    static const struct sweep how = {"Payload moved a second, by message size", COLUMNS("gb_per_s"),
                                     FACTOR_msg_bytes, FACTOR_BIT(ring), plot_gb_per_s};
    return against(r, &how, to);
}

int plot_throughput_by_batch(const struct plot_run *r, FILE *to)
{
    static const struct sweep how = {"Throughput by batch size and API", COLUMNS("mmsg_per_s"),
                                     FACTOR_batch, FACTOR_BIT(ring) | FACTOR_BIT(api),
                                     plot_mmsg_per_s};
    return against(r, &how, to);
}

int plot_throughput_by_capacity(const struct plot_run *r, FILE *to)
{
    static const struct sweep how = {"Throughput by capacity of the ring", COLUMNS("mmsg_per_s"),
                                     FACTOR_capacity, FACTOR_BIT(ring), plot_mmsg_per_s};
    return against(r, &how, to);
}

/* ---- against two -------------------------------------------------------------------------- */

int plot_separation_alignment(const struct plot_run *r, FILE *to)
{
    const unsigned swept = FACTOR_BIT(separation) | FACTOR_BIT(msg_align);
    struct plot_levels rings, columns, rows;
    struct plot_cells s;
    int err = plot_select(r, KERNEL_stream, FACTOR_BIT(ring) | swept, swept, &s);
    if (err)
        return err;
    plot_head(to, r, "Time per message by separation of the sides and alignment of slots", &s,
              "±: half of", "; less is better");
    plot_find_levels(&s, FACTOR_BIT(ring), &rings);
    plot_find_levels(&s, FACTOR_BIT(separation), &columns);
    plot_find_levels(&s, FACTOR_BIT(msg_align), &rows);
    label_all(to, "panel", &rings);
    fprintf(to, "panel,ring,control,column,separation,row,msg_align," COLUMNS("ns_per_msg") "\n");
    for (size_t i = 0; i < s.n; i++) {
        const struct cell *c = &s.cell[i]->cell;
        fprintf(to, "%zu,%s,%d,%zu,%lld,%zu,%lld", plot_rank(&rings, c),
                ring_name(c->value[FACTOR_ring]), plot_is_control(c), plot_rank(&columns, c),
                (long long)c->value[FACTOR_separation], plot_rank(&rows, c),
                (long long)c->value[FACTOR_msg_align]);
        plot_columns(to, s.cell[i], plot_ns);
        fputc('\n', to);
    }
    plot_cells_free(&s);
    return 0;
}
