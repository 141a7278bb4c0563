/* SPDX-License-Identifier: MIT */
/*
 * The sweep: every round of a plan, in a process each, into a journal.
 *
 * Round r of all cells that still need one runs before round r + 1 of any, in an order shuffled
 * with the seed and r: slow drift meets every cell alike, and rounds of one number can be paired.
 * Disturbed rounds run again at the end of their pass, unless most of the pass was disturbed. Which
 * rounds are due follows from the records alone, so a sweep that was stopped goes on where it
 * stood.  Of a shard those that are its own, and all of them.
 */
#ifndef SWEEP_H
#define SWEEP_H

#include "plan.h"
#include "store/journal.h"

struct sweep {
    const struct plan *plan;
    uint64_t seed;
    const char *dir;
    struct journal journal;   /* open already: it locks the folder; sweep_close closes it */
    struct cell_state *state; /* [plan->n] */
    int *attempts;            /* [plan->n * rounds_max]: records of a round so far */
    bool *first_disturbed;    /* likewise: was the first attempt disturbed? */
    uint64_t begun_ns;
    double earlier_s; /* what the run had lasted before it was resumed */
    size_t done, disturbed, failed;
    double timed_s, warmup_s, wall_s; /* of the rounds that ran here */
    struct sweep_live *live;          /* the caller's; NULL = other processes see nothing */
};

/* Takes note of what was recorded before.  0, or -errno with the reason: -EINVAL if the records
 * are not of this plan. */
int sweep_open(struct sweep *s, char *why, size_t n);

/* Runs what is due.  0; -EINTR after SIGINT or SIGTERM, with every finished round recorded; or
 * -errno with the reason, what was recorded staying valid. */
int sweep_run(struct sweep *s, char *why, size_t n);

void sweep_close(struct sweep *s);

/* ---- for who looks at a sweep's records and runs nothing ----------------------------------- */

/* Nothing recorded yet; sweep_close frees it.  0 or -ENOMEM. */
int sweep_look(struct sweep *s, const struct plan *p);

/* Takes note of a record of plan->cell[cell].  False if it cannot be one of this sweep, or not in
 * this place: of a round that it does not have, or not the next attempt at its round. */
bool sweep_look_at(struct sweep *s, size_t cell, const struct sample *item);

/* How many cells `sweep_run` would measure in round `round`; order[plan->n] is scratch. */
size_t sweep_due(struct sweep *s, int round, size_t *order);

#endif
