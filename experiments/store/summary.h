/* SPDX-License-Identifier: MIT */
/*
 * Rounds of a run, summed up by cell.
 *
 * Of the attempts at one round the first undisturbed one counts; if all were disturbed the last
 * one counts and is flagged.  Failed, crashed and timed-out rounds are counted and give no value.
 */
#ifndef SUMMARY_H
#define SUMMARY_H

#include <stdio.h>

#include "measure/statistics.h"
#include "shard.h"
#include "store/machine_kind.h"
#include "store/samples.h"

#ifdef __cplusplus
extern "C" {
#endif

/* When a cell has been measured well enough. */
struct stop_rule {
    int rounds_min, rounds_max;
    double target; /* half width of the median's 95% interval over the median */
    int repeats;   /* further attempts at a disturbed round */
};

/* The rule of a plan for the rounds that a shard of it has. */
struct stop_rule stop_rule_of(const struct stop_rule *plan, const struct shard *shard);

struct summary_cell {
    struct cell cell;
    uint64_t id;
    const char *metric;           /* ns; less is better */
    size_t n;                     /* rounds with a value */
    double *value;                /* [n], ascending by round */
    int *round;                   /* [n], each value's round */
    size_t n_disturbed;           /* of these, disturbed in every attempt */
    size_t n_attempts;            /* records in all */
    size_t n_failed;              /* rounds that gave no value */
    struct stats_interval median; /* 95% by order statistics; NaN where n = 0 */
    double mad;
    struct stats_outliers outliers;
    double bound;    /* the bound kernel's median in this cell's metric; NaN if not measured */
    double of_bound; /* bound / median: the share of what the machine allows; NaN likewise */
    double ring_bytes, fill_mean_slots, full_hits_per_msg, empty_hits_per_msg,
        rtt_p99_ns;   /* medians */
    const char *stop; /* "interval": precise enough; "cap": out of rounds; "incomplete"; "failed" */
};

struct summary {
    struct summary_cell *cell; /* in the order of first appearance */
    size_t n;
};

/* 0 or -ENOMEM. */
int summary_make(const struct samples *s, const struct stop_rule *rule, struct summary *out);
void summary_free(struct summary *s);

/* The cell with these levels, or NULL. */
const struct summary_cell *summary_find(const struct summary *s, const struct cell *c);

/* The two halves of the first cell of the A/A pair; false if the run has none. */
bool summary_aa(const struct summary *s, const struct summary_cell *pair[2]);

/* The A/A pair as a whole: for each round that all its cells have, log(second half / first half),
 * averaged over the cells.  *log_ratio is the caller's to free.  Returns how many rounds. */
size_t summary_aa_rounds(const struct summary *s, double **log_ratio);

/* Values of two cells in the rounds that both have, as log(a / b) by round.  Returns how many; the
 * caller's `log_ratio` holds at least the smaller n. */
size_t summary_paired(const struct summary_cell *a, const struct summary_cell *b,
                      double *log_ratio);

/* summary.csv: the factors of factors.def, then the members above. */
int summary_write_csv(const struct summary *s, FILE *to);

/* The same of all samples, the rounds of each kind of machine by themselves: where there are
 * several, each row begins with its machine, cpu_model and topology_class.  May reorder the samples
 * (samples_split).  0, -EIO or -ENOMEM. */
int summary_write_by_machine(struct samples *samples, const struct stop_rule *rule,
                             const struct machine_kinds *kinds, FILE *to);

#ifdef __cplusplus
}
#endif

#endif
