/* SPDX-License-Identifier: MIT */
/*
 * Plots of a run.  A plot is a name, a function that writes its data, and scripts/plots/<name>.gp,
 * which draws them; plot_table is the only list.
 *
 * The data is CSV, headed by comment lines "# key: text": title, conditions, reading, then the
 * panels, rows and series in words.  It is all that gnuplot gets of a run: numbers, names from
 * this program's own lists, and the run's title, cleaned.  What is not available is empty.
 */
#ifndef PLOT_H
#define PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "store/summary.h"

#ifdef __cplusplus
extern "C" {
#endif

struct plot_run {
    struct samples samples;
    struct summary summary;
    char title[160];  /* of the run; clean, or "" */
    char dir[4096];   /* its folder */
    uint32_t machine; /* the kind whose rounds these are (store/machine_kind.h); 0: the run's own */
};

/* 0, or -errno (-EINVAL: damaged, -ENODATA: no rounds) with the reason in why[0..n). */
int plot_run_load(const char *dir, struct plot_run *r, char *why, size_t n);
void plot_run_free(struct plot_run *r);

/* A run taken apart by kind of machine; most have one.  No plot shows several at once. */
struct plot_runs {
    struct samples samples; /* of all: what those of each run are views of */
    struct plot_run *run;   /* in the order of first appearance; the title names the machine if
                               there are several */
    size_t n;
};

/* As plot_run_load, which refuses a run of several kinds with -EINVAL. */
int plot_runs_load(const char *dir, struct plot_runs *r, char *why, size_t n);
void plot_runs_free(struct plot_runs *r);

/* 0; -ENODATA if the run has not what the plot shows; -ENOMEM. */
typedef int plot_data(const struct plot_run *r, FILE *to);

struct plot {
    const char *name;
    plot_data *data;
    const char *needs; /* what a run must have, and what gives it */
};
extern const struct plot plot_table[];
extern const size_t plot_table_count;

plot_data plot_throughput, plot_throughput_by_size, plot_throughput_by_batch,
    plot_throughput_by_capacity, plot_round_trip, plot_separation_alignment, plot_drift, plot_aa,
    plot_placement, plot_transfers, plot_node_metrics;

/* Writes data and scripts of every plot that the run has data for into `out`, which is made if it
 * is not there, and draws them unless `data_only`; paths on stdout.  An enum exit_code. */
int plot_write(const struct plot_run *r, const char *out, bool data_only);

/* The same for a plot that is no part of a run: its data as text, its script, and the pictures into
 * `out`; paths on stderr. */
int plot_write_apart(const char *name, const char *csv, size_t length, const char *out);

/* ---- for the plots ------------------------------------------------------------------------ */

#define FACTOR_BIT(name) (1u << FACTOR_##name)

/* Cells of one kernel that agree in every factor outside `free`. */
struct plot_cells {
    const struct summary_cell **cell; /* by plot_compare over `free`, what is swept last */
    size_t n;
    unsigned free;
};

/*
 * Of all sets of cells that agree outside `free`, the one that most cells with a value belong to;
 * of equals, the one nearest to the defaults.  With `swept`, a part of `free`, only cells count
 * and stay that have a fellow which differs from them in nothing but `swept`.  The second half of
 * the A/A pair is left out.  0, -ENODATA or -ENOMEM; then there is nothing to free.
 */
int plot_select(const struct plot_run *r, enum kernel kernel, unsigned free, unsigned swept,
                struct plot_cells *out);
void plot_cells_free(struct plot_cells *s);

/* By the factors of `mask` in the order of factors.def, controls after all other rings. */
int plot_compare(const struct cell *a, const struct cell *b, unsigned mask);

/* The distinct combinations of the factors of a mask, ascending; each by one cell that has it. */
enum { PLOT_LEVELS_MAX = 1024 };
struct plot_levels {
    const struct cell *level[PLOT_LEVELS_MAX];
    size_t n;
    unsigned mask;
};
void plot_find_levels(const struct plot_cells *s, unsigned mask, struct plot_levels *l);

/* Which of them is the cell's; n if none. */
size_t plot_rank(const struct plot_levels *l, const struct cell *c);

bool plot_is_control(const struct cell *c);

/* The place of the cell's ring among those of the run that are not controls, so that a ring looks
 * the same in all plots of a run; the same for controls. */
size_t plot_style(const struct plot_run *r, const struct cell *c);

/* A cell in another unit, more is better or not. */
struct plot_value {
    double value, lo, hi, bound;
};
typedef struct plot_value plot_unit(const struct summary_cell *c);
plot_unit plot_mmsg_per_s, plot_gb_per_s, plot_ns;

/* The first comment lines, with conditions and number of rounds from `s`; the reading names what
 * shows the spread ("whiskers:") and ends with `marks`. */
void plot_head(FILE *to, const struct plot_run *r, const char *title, const struct plot_cells *s,
               const char *spread, const char *marks);

/* "messages of 8 bytes, batch 1": the factors of `mask` that the cell uses, `before` the first. */
void plot_describe(FILE *to, const char *before, const struct cell *c, unsigned mask);

/* "cached — summary"; with api, "chunked (span) — summary". */
void plot_label(FILE *to, const char *key, size_t index, const struct cell *c, bool api);

/* `measured` if a cell has a bound, else that none was measured; for the end of a reading. */
const char *plot_bound_words(const struct plot_cells *s, const char *measured);

/* ",value", or "," for NaN. */
void plot_number(FILE *to, double x);

/* ",value,lo,hi,bound,rounds,failed" */
void plot_columns(FILE *to, const struct summary_cell *c, plot_unit *unit);

/* Copies at most n - 1 bytes: no quotes, backslashes or control characters, no cut character. */
void plot_clean(const char *from, char *to, size_t n);

#ifdef __cplusplus
}
#endif

#endif
