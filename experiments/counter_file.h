/* SPDX-License-Identifier: MIT */
/*
 * Which events make a group on which cpu: experiments/counters/families.ini, which travels inside
 * the command, and a file of the user's over it (docs/counters.md).
 *
 *     [groups]            GROUP = what it tells
 *     [family zen4]       title, pmu = names libpfm4 has for it, and
 *     coherence = ccx-fills = EVENT:UMASK, other = EVENT:UMASK
 *
 * What the user's file says of a group of a family replaces what the other says of it.  Its event
 * names are checked as far as libpfm4 knows the family's PMU.
 *
 * Threads: one at a time.  Ownership: the table owns everything; counter_table_free gives it back.
 */
#ifndef COUNTER_FILE_H
#define COUNTER_FILE_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { COUNTER_GROUPS_MAX = 32, COUNTER_FAMILIES_MAX = 64, COUNTER_PMUS_MAX = 4 };

/* The family whose groups stand in for those that another does not list. */
#define COUNTER_FAMILY_ANY "any"

struct counter_group {
    char name[32], summary[128];
};

struct counter_family {
    char name[32], title[96];
    char pmu[COUNTER_PMUS_MAX][32];
    size_t n_pmus;
    int from; /* file that this was said in: 0 the command's own, 1 the user's */
    int line;
};

struct counter_event {
    size_t family, group; /* indices */
    char label[48], native[112];
    int from, line;
};

struct counter_table {
    struct counter_group group[COUNTER_GROUPS_MAX];
    size_t n_groups;
    struct counter_family family[COUNTER_FAMILIES_MAX];
    size_t n_families;
    struct counter_event *event;
    size_t n_events;
};

/* The table of the command, and of `user` over it (a path; NULL or "" = none).  0, or -errno with
 * file, line and the way out in why[0..n). */
int counter_table_load(const char *user, struct counter_table *t, char *why, size_t n);

/* Adds the text of one file; `where` stands in messages for it, `from` as in counter_event. */
int counter_table_parse(struct counter_table *t, const char *where, int from, const char *text,
                        size_t length, char *why, size_t n);

void counter_table_free(struct counter_table *t);

/* Index of the group, or -1 with the nearest name or NULL. */
int counter_group_find(const struct counter_table *t, const char *name, const char **nearest);

/* The first family that claims one of the PMUs, else `any`. */
const struct counter_family *counter_family_of(const struct counter_table *t, const char (*pmu)[32],
                                               size_t n);

/* Events of a group on a family, by that family or else by `any`, as to[0..max).  How many. */
size_t counter_events(const struct counter_table *t, const struct counter_family *f, size_t group,
                      const struct counter_event **to, size_t max);

/* "pmu::EVENT" of an event, as libraries take it: `pmu` is the family's PMU that is here. */
void counter_full_name(const char *pmu, const char *native, char *to, size_t n);

#ifdef __cplusplus
}
#endif

#endif
