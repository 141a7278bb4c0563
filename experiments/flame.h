/* SPDX-License-Identifier: MIT */
/*
 * Flame graphs of cells and of graph files: `perf record` a command, fold its stacks, have inferno
 * draw them.  For each graph NAME a folder gets
 *
 *   NAME.data    perf's recording, of this machine and user: not for publishing
 *   NAME.folded  the stacks as text
 *   NAME.svg     the picture
 *   NAME.html    the picture and what it is of, in one file that loads nothing
 *   NAME.json    what it is of
 *
 * each of them whole or not there.  Of two compared, the stacks of each are NAME.before and
 * NAME.after.  One thread; call program_block_signals() first.
 */
#ifndef FLAME_H
#define FLAME_H

#include <stdbool.h>
#include <stddef.h>

#include "factors.h"
#include "flame_fold.h"

enum { FLAME_SETS_MAX = 64, FLAME_WORDS_MAX = 32 };

struct flame_request {
    char *word[2][FLAME_WORDS_MAX]; /* [1]: after --diff */
    size_t words[2];
    const char *set[FLAME_SETS_MAX];
    size_t sets;
    const char *out;
    double seconds;   /* of each recording; < 0 = not said */
    int frequency_hz; /* 0 = not said, until flame_targets() */
    size_t limit;     /* cells of a plan; likewise */
    bool off_cpu, diff, help;
    int argc; /* as it was called, for NAME.json */
    char **argv;
};

/* What is recorded: this command with other arguments. */
struct flame_target {
    char name[320];   /* of its files */
    char title[512];  /* the command for people */
    char ring[64];    /* of a cell; "" of a graph file */
    struct cell cell; /* unless it is a graph file */
    const char *file; /* of a graph, or NULL */
    double seconds;
};

/* Targets of the request in a new array of *n that the caller frees.  An exit code, not EXIT_DONE
 * after a complaint. */
int flame_targets(struct flame_request *r, struct flame_target **targets, size_t *n);

/* How this machine can be recorded. */
struct flame_means {
    char perf[4096]; /* path of the program */
    char perf_version[64];
    char event[24];          /* for perf record -e */
    const char *buffer;      /* for perf record --mmap-pages; NULL = perf's own choice */
    const char *event_about; /* for people, with the reason if it is not the best one */
};

/* Finds perf and asks the kernel.  An exit code, not EXIT_DONE after a complaint. */
int flame_probe(bool off_cpu, struct flame_means *m);

struct flame_recording {
    struct fold_counts counts;
    char *folded; /* text of NAME.folded */
    size_t folded_bytes;
    json_t *result; /* what a cell printed; NULL of a graph file */
    json_t *waits;  /* of each node of a graph: which share of its time it waited, and for whom */
};

/* Records the target and writes NAME.data and NAME.folded.  An exit code, as above; then nothing
 * needs freeing. */
int flame_record(const struct flame_request *r, const struct flame_target *t,
                 const struct flame_means *m, const char *dir, struct flame_recording *rec);
void flame_recording_free(struct flame_recording *rec);

/* Shares of time from a file of node reports (docs/graph-files.md), NULL if it has none:
 * {NODE: {"input_pct", "work_pct", "room_pct", "on": [port, ...]}}. */
json_t *flame_waits(const char *path);

/* One picture on a page. */
struct flame_picture {
    const char *caption;
    char *svg;
};

/* Has inferno draw folded stacks (or pairs of them, from flame_compare).  A new text, or NULL after
 * a complaint.  With `against`, hues are those of a differential graph, `negate` swapped. */
struct flame_style {
    const char *title, *subtitle, *unit;
    bool differential, negate;
};
bool flame_can_draw(void);
char *flame_draw(const char *folded, const struct flame_style *style);

/* Stacks with the weights of both, those of `a` scaled to the sum of `b`, the text owned by the
 * caller; NULL after a complaint.  A ring's own functions, rs_<ring>_..., are given a name with
 * both rings so that they are compared. */
char *flame_compare(const struct flame_target *ta, const char *a, const struct flame_target *tb,
                    const char *b);

/* What NAME.json holds of the command and the machine; recordings are added to it.  NULL if out of
 * memory. */
json_t *flame_about(const struct flame_request *r, const struct flame_means *m);
void flame_about_add(json_t *about, const struct flame_request *r, const struct flame_target *t,
                     const struct flame_recording *rec);

/* NAME.html: the pictures, and above them what they are of.  An exit code. */
int flame_write_page(const char *dir, const char *name, const char *title, const json_t *about,
                     const struct flame_picture *pictures, size_t n);

/* dir/name+suffix, whole or not at all.  An exit code. */
int flame_write(const char *dir, const char *name, const char *suffix, const char *text,
                size_t length);

/* A stream as a new text with '\0' at its end; NULL if it cannot be read. */
char *flame_slurp(FILE *from, size_t *length);

#endif
