/* SPDX-License-Identifier: MIT */
/* Plots with a row a ring or a line a ring: of cells in different units against different factors. */
#include <errno.h>
#include <stdlib.h>

#include "plot.h"
#include "rings/ring.h"

enum { PANELS_MAX = 12, LEVELS_MAX = 512 };

#define PANEL_FACTORS (FACTOR_BIT(msg_bytes) | FACTOR_BIT(batch) | FACTOR_BIT(api))
#define COLUMNS(unit) unit "," unit "_lo," unit "_hi,bound,rounds,failed"

static void row_labels(FILE *to, const char *key, const struct plot_cells *s)
{
    const struct cell *ring[LEVELS_MAX];
    size_t n = plot_levels(s, FACTOR_BIT(ring), ring, LEVELS_MAX);
    for (size_t i = 0; i < n; i++)
        plot_label(to, key, i, ring[i], false);
}

static void row_start(FILE *to, const struct plot_cells *s, size_t i, size_t panel)
{
    const struct cell *c = &s->cell[i]->cell;
    fprintf(to, "%zu,%zu,%s,%d", panel, plot_rank(s, i, FACTOR_BIT(ring)),
            ring_name(c->value[FACTOR_ring]), plot_is_control(c));
}

/* The combination with the fewest values; of equals, the last. */
static size_t poorest_panel(const struct plot_cells *s, size_t panels)
{
    size_t poorest = 0, fewest = SIZE_MAX;
    for (size_t p = 0; p < panels; p++) {
        size_t count = 0;
        for (size_t i = 0; i < s->n; i++)
            count += s->cell[i]->n > 0 && plot_rank(s, i, PANEL_FACTORS) == p;
        if (count <= fewest) {
            fewest = count;
            poorest = p;
        }
    }
    return poorest;
}

static void drop_panel(struct plot_cells *s, const struct cell *panel)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->n; i++)
        if (plot_compare(&s->cell[i]->cell, panel, PANEL_FACTORS) != 0)
            s->cell[kept++] = s->cell[i];
    s->n = kept;
}

static size_t limit_panels(struct plot_cells *s, const struct cell **panel, size_t *left_out)
{
    size_t n = plot_levels(s, PANEL_FACTORS, panel, LEVELS_MAX);
    for (*left_out = 0; n > PANELS_MAX; ++*left_out) {
        drop_panel(s, panel[poorest_panel(s, n)]);
        n = plot_levels(s, PANEL_FACTORS, panel, LEVELS_MAX);
    }
    return n;
}

int plot_throughput(const struct plot_run *r, FILE *to)
{
    const struct cell *panel[LEVELS_MAX];
    struct plot_cells s;
    size_t left_out;
    char marks[160] = "; dashes: bound, a stream of bare cache lines";
    int err = plot_select(r, KERNEL_stream, FACTOR_BIT(ring) | PANEL_FACTORS, 0, &s);
    if (err)
        return err;
    size_t panels = limit_panels(&s, panel, &left_out);
    if (left_out > 0)
        snprintf(marks, sizeof marks, "; dashes: bound; %zu more combinations in summary.csv",
                 left_out);
    plot_head(to, r, "Throughput of each ring", &s, marks);
    for (size_t p = 0; p < panels; p++) {
        fprintf(to, "# panel %zu: ", p);
        plot_describe(to, panel[p], PANEL_FACTORS);
        fputc('\n', to);
    }
    row_labels(to, "row", &s);
    fprintf(to, "panel,row,ring,control,msg_bytes,batch,api," COLUMNS("mmsg_per_s") "\n");
    for (size_t i = 0; i < s.n; i++) {
        const int64_t *level = s.cell[i]->cell.value;
        row_start(to, &s, i, plot_rank(&s, i, PANEL_FACTORS));
        fprintf(to, ",%d,%d,%s", (int)level[FACTOR_msg_bytes], (int)level[FACTOR_batch],
                api_name(level[FACTOR_api]));
        plot_columns(to, s.cell[i], plot_mmsg_per_s);
        fputc('\n', to);
    }
    plot_cells_free(&s);
    return 0;
}

int plot_round_trip(const struct plot_run *r, FILE *to)
{
    struct plot_cells s;
    int err = plot_select(r, KERNEL_pingpong, FACTOR_BIT(ring), 0, &s);
    if (err)
        return err;
    plot_head(to, r, "Round trip of one message through two rings", &s,
              "; dashes: bound, one bare cache line to and fro");
    fprintf(to, "# panel 0: less is better\n");
    row_labels(to, "row", &s);
    fprintf(to, "panel,row,ring,control," COLUMNS("rtt_ns") ",rtt_p99_ns\n");
    for (size_t i = 0; i < s.n; i++) {
        row_start(to, &s, i, 0);
        plot_columns(to, s.cell[i], plot_ns);
        plot_number(to, s.cell[i]->rtt_p99_ns);
        fputc('\n', to);
    }
    plot_cells_free(&s);
    return 0;
}

/* ---- against a factor --------------------------------------------------------------------- */

struct sweep {
    const char *title, *columns;
    enum factor axis;
    unsigned series; /* what tells one line from another */
    plot_unit *unit;
};

static int against(const struct plot_run *r, const struct sweep *how, FILE *to)
{
    const struct cell *series[LEVELS_MAX];
    struct plot_cells s;
    bool api = (how->series & FACTOR_BIT(api)) != 0;
    int err = plot_select(r, KERNEL_stream, how->series | 1u << how->axis, 1u << how->axis, &s);
    if (err)
        return err;
    plot_head(to, r, how->title, &s, "; dashes: bound, a stream of bare cache lines");
    size_t n = plot_levels(&s, how->series, series, LEVELS_MAX);
    for (size_t i = 0; i < n; i++)
        plot_label(to, "series", i, series[i], api);
    fprintf(to, "series,style,ring,api,control,%s,%s\n", factor_table[how->axis].name,
            how->columns);
    for (size_t i = 0; i < s.n; i++) {
        const struct cell *c = &s.cell[i]->cell;
        fprintf(to, "%zu,%zu,%s,%s,%d,%lld", plot_rank(&s, i, how->series), plot_style(r, c),
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
    static const struct sweep how = {"Payload moved a second, by message size",
                                     COLUMNS("gb_per_s"), FACTOR_msg_bytes, FACTOR_BIT(ring),
                                     plot_gb_per_s};
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
    struct plot_cells s;
    int err = plot_select(r, KERNEL_stream, FACTOR_BIT(ring) | swept, swept, &s);
    if (err)
        return err;
    plot_head(to, r, "Time per message by separation of the sides and alignment of slots", &s,
              ", as % of the median; less is better");
    row_labels(to, "panel", &s);
    fprintf(to, "panel,ring,control,column,separation,row,msg_align," COLUMNS("ns_per_msg") "\n");
    for (size_t i = 0; i < s.n; i++) {
        const struct cell *c = &s.cell[i]->cell;
        fprintf(to, "%zu,%s,%d,%zu,%d,%zu,%d", plot_rank(&s, i, FACTOR_BIT(ring)),
                ring_name(c->value[FACTOR_ring]), plot_is_control(c),
                plot_rank(&s, i, FACTOR_BIT(separation)), (int)c->value[FACTOR_separation],
                plot_rank(&s, i, FACTOR_BIT(msg_align)), (int)c->value[FACTOR_msg_align]);
        plot_columns(to, s.cell[i], plot_ns);
        fputc('\n', to);
    }
    plot_cells_free(&s);
    return 0;
}
