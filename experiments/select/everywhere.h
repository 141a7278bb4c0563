/* SPDX-License-Identifier: MIT */
/*
 * One ring for several kinds of machine: what it costs on each beside the best there.
 *
 * Each kind has its own selection, and no time of one is ever compared with a time of another: a
 * design's cost on a kind is the ratio to the least cost there.  Its cost everywhere is the
 * geometric mean of these, each kind counting alike; the decision is that of one machine, over the
 * bootstrap replicates of all.
 */
#ifndef EVERYWHERE_H
#define EVERYWHERE_H

#include "select/selection.h"
#include "store/machine_kind.h"

/* A kind of machine and what was selected there. */
struct select_machine {
    struct machine_kind kind;
    struct select_options options; /* those of the caller, and `out` */
    char out[4096];                /* its folder */
    const struct samples *samples;
    struct summary summary;
    struct selection selection;
    struct flips flips;
    json_t *scope;
};

/* A design that may be taken on every kind. */
struct everywhere_design {
    const struct candidate *candidate; /* of the first kind */
    size_t *entrant;                   /* [machines] in each selection */
    struct stats_interval *ratio;      /* [machines] to the least cost there, 95% */
    double mean, worst;                /* of the ratios */
    size_t worst_at;                   /* index of the machine */
    double stability;
};

struct everywhere {
    const struct select_machine *machine;
    size_t machines;
    struct everywhere_design *design; /* from the simplest */
    size_t n;
    struct costs
        total;     /* of the designs, logs of their mean ratios; empty without a decision's data */
    double margin; /* the largest of the machines' */
    int best, chosen;              /* designs, or SELECT_NOBODY */
    char reason[512], advice[512]; /* of no decision */
};

/* 0 (a missing decision is no error) or -ENOMEM.  `machine` must outlive it. */
int everywhere_make(const struct select_machine *machine, size_t machines, struct everywhere *e);
void everywhere_free(struct everywhere *e);

json_t *everywhere_json(const struct everywhere *e);
void everywhere_report(const struct everywhere *e, FILE *to);

#endif
