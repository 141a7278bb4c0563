/* SPDX-License-Identifier: MIT */
/*
 * A plan: which cells to measure, and how often.  Plans are INI files without code:
 *
 *     [plan]
 *     title    = Batch size against the API
 *     rounds   = 6..20          at least..at most, a cell
 *     interval = 0.02           stop a cell once its median is known to within this
 *     repeats  = 2              further attempts at a disturbed round
 *     limit    = 30             seconds after which a round is killed
 *     counters = software, cache   groups of events to count in rounds of their own, or `all`
 *     counter_rounds = 3        of each pass of them, a cell
 *
 *     [cells batches]           one section a grid: all combinations of its levels
 *     kernel = stream
 *     ring   = *                every ring that can run the rest
 *     batch  = 1, 8, 64
 *
 * Factors left out are at their defaults.  Sections add up; a cell named twice is measured once.
 * Every plan also gets its A/A pair: up to four cells of one ring once more, as replica 1.
 */
#ifndef PLAN_H
#define PLAN_H

#include "factors.h"
#include "measure/topology.h"
#include "shard.h"
#include "store/summary.h"

#ifdef __cplusplus
extern "C" {
#endif

struct plan {
    char name[64]; /* the file's name without .exp */
    char title[160];
    struct stop_rule rule;
    struct shard shard; /* what of it is run here; all, as loaded */
    double limit_s;
    char counters[256]; /* groups of events to count as well; "" = none */
    int counter_rounds;
    char *text; /* the file, as read */
    struct cell *cell;
    size_t n;
    size_t left_out;          /* combinations that a `*` passed over */
    json_t *left_out_reasons; /* the words of each and why, an array; NULL if there is none */
};

/* A level list from the command line that replaces the plan's: "capacity=64,1024". */
struct plan_override {
    const char *const *item;
    size_t n;
};

/* Loads a built-in plan by name, or a file (a path with a slash or ending in .exp).
 * 0 or -errno (-ENOENT, -EINVAL, -ENOMEM); then why[0..n) says file, line, what and the way out. */
int plan_load(const char *name, const struct plan_override *set, const struct topology *t,
              struct plan *p, char *why, size_t n);

/* The same from text; `where` stands in messages for the file. */
int plan_parse(const char *where, const char *text, size_t length, const struct plan_override *set,
               const struct topology *t, struct plan *p, char *why, size_t n);

void plan_free(struct plan *p);

/* Names of the built-in plans, NULL past the end; their titles come from loading them. */
const char *plan_builtin(size_t index, char *name, size_t n);

/* Seconds one round of the cell takes, warm-up and start included; an estimate. */
double plan_round_seconds(const struct cell *c);

#ifdef __cplusplus
}
#endif

#endif
