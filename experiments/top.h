/* SPDX-License-Identifier: MIT */
/*
 * `ringside top`: what graphs and sweeps show in their live files (graph/live.h), found, read and
 * drawn.  Only reads; whoever is watched notices nothing.
 *
 * Threads: one.  Ownership: a scan and a scene own what they point to.
 * Errors: an enum exit_code, after complain() has said why.
 */
#ifndef TOP_H
#define TOP_H

#include <signal.h>
#include <stdio.h>
#include <termios.h>

#include "graph/live.h"
#include "sweep_live.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- top_find.c: what runs ---------------------------------------------------------------------
 */

struct top_item {
    struct rs_live_header head; /* a copy */
    enum rs_live_state state;
    uint64_t *payload; /* NULL = nothing published yet */
};

struct top_scan {
    struct top_item *item; /* [n] */
    size_t n;
    bool complete;
    char refused[640];    /* why a file could not be read; "" = all could */
    uint32_t refused_pid; /* as its name says */
    int refused_err;
};

/* All live files of this user.  0 or -ENOMEM. */
int top_scan_make(struct top_scan *);
void top_scan_free(struct top_scan *);

/* Finds what `word` names, a pid or a folder, or the only one that runs if it is NULL.  EXIT_DONE
 * and its header; else it has said, or listed on stdout, what there is. */
int top_find(const char *word, struct rs_live_header *found);
/* The same of each of several words, all of graphs.  A folder in which nothing runs on this machine
 * but in which a report lies, node_1hz.jsonl, is found too: as pid 0. */
int top_find_several(const char *const *word, size_t n, struct rs_live_header *found);

/* The round of the sweep `item` that runs, or the graph itself, by these: */
bool top_is_same(const struct top_item *, const struct rs_live_header *);
bool top_is_round_of(const struct top_item *, const struct rs_live_header *sweep);

/* ---- top_scene.c: what there is to see ---------------------------------------------------------
 */

struct top_node {
    char name[64], waits_on[64];
    rs_wait_for waits_for;
    rs_node_rates rates;
    double fill; /* 0..1 */
    int worker, cpu;
    bool ended;
};

struct top_graph {
    char name[64], host[64]; /* host "" = it is not split */
    bool by_report;          /* read from a folder: its process may be on another machine */
    uint32_t pid;   /* 0 = it has ended: the last report of a sweep's graph; or by_report */
    double up_s;    /* since its start */
    double age_s;   /* since it showed itself last */
    size_t workers; /* 0 = not known */
    struct top_node *node;
    size_t n;
};

enum top_state { TOP_RUNS, TOP_ENDED, TOP_KILLED };

struct top_scene {
    enum top_state state;
    struct rs_live_header head; /* what is watched */
    bool is_sweep;
    double now_s; /* CLOCK_MONOTONIC */
    struct sweep_state sweep;
    struct top_graph *graph; /* [n] the graphs of the process, or of the sweep's round */
    size_t n;
};

/* Looks again at watched[0..n).  0 or -ENOMEM; scene was zeroed or is freed. */
int top_look(const struct rs_live_header *watched, size_t n, struct top_scene *);
void top_scene_free(struct top_scene *);

/* top_report.c: the nodes of the graph that the sweep in `folder` ran last, from node_1hz.jsonl;
 * false if there is none. */
bool top_report_last(const char *folder, struct top_graph *);
/* Seconds since that file was written; < 0 = there is none. */
double top_report_age_s(const char *folder);

/* ---- top_draw.c: the picture -------------------------------------------------------------------
 */

struct top_page {
    FILE *to;
    int columns, rows; /* 0 = no limit */
    bool terminal;     /* clear to the end of each line; a bold head */
    size_t first;      /* node that the list begins with */
};

void top_draw(const struct top_page *, const struct top_scene *);

/* "12.3M": at most 6 characters. */
void top_number(double x, char *text, size_t n);

/* ---- top_screen.c: the terminal ----------------------------------------------------------------
 */

struct top_screen {
    struct termios before;
    bool raw;    /* stdin is a terminal and gives keys */
    int signals; /* signalfd */
    sigset_t mask_before;
    char typed[64]; /* keys that were not looked at yet */
    size_t n_typed;
};

enum top_event { TOP_TIME, TOP_QUIT, TOP_RESIZED, TOP_UP, TOP_DOWN, TOP_PAGE_UP, TOP_PAGE_DOWN };

/* Whether stdout can show it. */
bool top_screen_fits(void);
int top_screen_open(struct top_screen *);
void top_screen_close(struct top_screen *);
void top_screen_size(int *columns, int *rows);
bool top_screen_show(const char *frame, size_t bytes); /* false: the terminal has gone */
/* The next event; TOP_TIME at `until_ns` (CLOCK_MONOTONIC). */
enum top_event top_screen_wait(struct top_screen *, uint64_t until_ns);

#ifdef __cplusplus
}
#endif

#endif
