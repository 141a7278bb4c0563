/* SPDX-License-Identifier: MIT */
/*
 * Which machines are alike: of one CPU model, and with one topology as the machine claims it (the
 * allowed cpus, their cores, packages and memory nodes, the caches and who shares them).  A
 * placement names cpus by number, so machines that number theirs otherwise are not alike.  What is
 * not of the kind: memory, kernel, settings, name.
 *
 * The number of a kind is a hash of both, the same in every run; 0 is none.  Threads: any.
 */
#ifndef MACHINE_KIND_H
#define MACHINE_KIND_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct machine_kind {
    uint32_t id;
    char cpu_model[128];
    char topology[192]; /* in words, without commas within: for a table */
};

enum { MACHINE_KIND_TEXT = 9 }; /* eight hexadecimal digits */

/* Of the machine that a manifest describes; what it does not tell is told from its one line. */
void machine_kind_of(const json_t *manifest, struct machine_kind *kind);

void machine_kind_format(uint32_t id, char text[MACHINE_KIND_TEXT]);

/* False if it is no such text; NULL is none. */
bool machine_kind_parse(const char *text, uint32_t *id);

struct machine_kinds {
    struct machine_kind *kind;
    size_t n;
};

/* The kinds of a merged run, by its manifest; none if it is not merged or cannot be read: they are
 * names only.  The caller frees kind. */
void machine_kinds_load(const char *dir, struct machine_kinds *kinds);

/* NULL if it is not among them. */
const struct machine_kind *machine_kinds_find(const struct machine_kinds *kinds, uint32_t id);

#ifdef __cplusplus
}
#endif

#endif
