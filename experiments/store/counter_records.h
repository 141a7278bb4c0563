/* SPDX-License-Identifier: MIT */
/*
 * counters.jsonl: one record a counter round (docs/results-format.md), and their summary,
 * counters.csv.  Times of counter rounds are in neither: they are no timing rounds.
 */
#ifndef COUNTER_RECORDS_H
#define COUNTER_RECORDS_H

#include <stdio.h>

#include "store/samples.h"

#ifdef __cplusplus
extern "C" {
#endif

#define COUNTERS_JOURNAL "counters.jsonl"

struct counter_record {
    struct cell cell;
    uint64_t id; /* cell_id */
    char group[32];
    int pass;  /* of the group, from 1 */
    int round; /* from 0 */
    enum sample_status status;
    bool disturbed;
    bool any;         /* some event has a value */
    double start_s;   /* since the first counter round */
    uint32_t machine; /* the kind that it ran on (store/machine_kind.h); 0: the run's own */
    json_t *counters; /* as in round.h, or NULL; owned by the list */
};

struct counter_records {
    struct counter_record *item; /* in the order in which they ran */
    size_t n;
    bool torn;
};

/* Has any event in "counters" of round.h a value?  NULL = no. */
bool counter_values_any(const json_t *counters);

/* Reads dir/counters.jsonl; a run without it has no records.  0, or -errno with the reason. */
int counter_records_load(const char *dir, struct counter_records *r, char *why, size_t n);
void counter_records_free(struct counter_records *r);

/* counters.csv: a row for each cell, group, thread and event; of several kinds of machine for each
 * kind, which is then the first column.  0, -EIO or -ENOMEM. */
int counter_records_write_csv(const struct counter_records *r, FILE *to);

#ifdef __cplusplus
}
#endif

#endif
