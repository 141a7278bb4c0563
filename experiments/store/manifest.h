/* SPDX-License-Identifier: MIT */
/*
 * manifest.json: what a run was, so that it can be judged, resumed and repeated.
 *
 * Members: version, command, seed, plan (name, title, rule, cells), plan.exp's hash, git commit,
 * compiler, flags, the binary's hash, started, machine (a short fingerprint), environment,
 * topology; shard, "I/N", if the run is one.  The plan's text itself is kept beside it as plan.exp.
 */
#ifndef MANIFEST_H
#define MANIFEST_H

#include "plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What resume compares, and needs. */
struct manifest {
    uint64_t seed;
    char plan_name[64], plan_hash[17], binary_hash[17], machine[256];
    json_t *set; /* array of "FACTOR=LEVELS" given on the command line */
    struct stop_rule rule;
    char counters[256]; /* groups of events that were asked for; "" = none */
    struct shard shard; /* of = 0: the run is none */
    bool merged;        /* of several runs, and none itself */
};

/* The hash of the running binary and the machine's fingerprint. */
void manifest_here(const struct topology *t, struct manifest *m);

/* Hash of the plan's text and of the cells that came of it. */
void manifest_plan_hash(const struct plan *p, char hash[17]);

/* Hash of a file's bytes; false, and errno, if it cannot be read. */
bool manifest_file_hash(const char *path, char hash[17]);

/* The words of this command: how it was called, then its arguments. */
json_t *manifest_command_json(int argc, char **argv);

/* Writes dir/manifest.json and dir/plan.exp.  0 or -errno. */
int manifest_write(const char *dir, int argc, char **argv, const struct manifest *m,
                   const struct plan *p, const struct topology *t);

/* dir/manifest.json of a measurement that has no plan: the members that do not depend on one.
 * 0 or -errno. */
int manifest_write_apart(const char *dir, const char *title, int argc, char **argv, uint64_t seed,
                         const struct topology *t);

/* Reads dir/manifest.json; 0, or -errno with the reason. */
int manifest_read(const char *dir, struct manifest *m, char *why, size_t n);

/* The same, and all that it says: a new reference. */
int manifest_load(const char *dir, struct manifest *m, json_t **all, char *why, size_t n);

/* Now, in UTC, as manifests say it.  New reference. */
json_t *manifest_now(void);

void manifest_free(struct manifest *m);

/* A whole file or none: writes beside `path` and renames.  0 or -errno. */
int file_replace(const char *path, const char *text, size_t length);

#ifdef __cplusplus
}
#endif

#endif
