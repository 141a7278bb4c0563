/* SPDX-License-Identifier: MIT */
/*
 * What a running sweep shows to other processes: a live file (graph/live.h) for `ringside top`, and
 * a Prometheus file if one was asked for.
 *
 * Both are written between two rounds, by the sweep itself: nothing that they say changes during a
 * round, and a thread that woke up each second would disturb what is measured.  What cannot be
 * shown is one warning; the sweep goes on.
 */
#ifndef SWEEP_LIVE_H
#define SWEEP_LIVE_H

#include "graph/live.h"
#include "sweep.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The payload of RS_LIVE_SWEEP. */
struct sweep_state {
    uint64_t at_ns, begun_ns; /* CLOCK_MONOTONIC: the round that runs began, the sweep began */
    uint64_t done, left;      /* rounds recorded, rounds to go if no cell is precise before */
    uint64_t disturbed, failed, cells;
    double left_s;                  /* at most, at at_ns */
    int32_t round, attempt;         /* that runs */
    int32_t rounds_min, rounds_max; /* of a cell */
    uint32_t ended, is_graph;       /* ended: 2 = before its plan was done; is_graph: the round runs
                                       a graph, and shows it itself */
    char title[160], cell[512], ring[32]; /* ring: "-" = the kernel has none */
    /* The timing rounds are over, and counter rounds run; `round` and `left_s` are theirs. */
    uint64_t counting;                         /* 1 = so it is */
    uint64_t counted, count_left, rounds_each; /* rounds recorded, to go at most, of each pass */
};

struct sweep_live {
    struct rs_live file; /* header = NULL: none */
    char *prometheus;    /* path, owned; NULL = none, or it failed */
    uint64_t exposed_ns; /* when it was replaced last */
};

/* prometheus: NULL = none.  s is open and has not run. */
void sweep_live_open(struct sweep_live *, const struct sweep *s, const char *prometheus);

/* Before an attempt at round `round` of a cell; does nothing if s->live is NULL. */
void sweep_live_show(const struct sweep *s, int round, int attempt, const struct cell *c);

/* What a sweep has counted before a round of counters. */
struct sweep_counting {
    size_t done, left; /* rounds recorded, and to go at most */
    double left_s;
    int round;
};
/* Before counter round `now->round` of a pass of a cell, likewise. */
void sweep_live_count(const struct sweep *s, const struct sweep_counting *now,
                      const struct cell *c);

/* Shows the end; the Prometheus file stays with it.  complete: its plan was done. */
void sweep_live_close(struct sweep_live *, const struct sweep *s, bool complete);

#ifdef __cplusplus
}
#endif

#endif
