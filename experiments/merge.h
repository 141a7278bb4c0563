/* SPDX-License-Identifier: MIT */
/*
 * `ringside merge`: runs of one plan with one seed and one binary, joined into one folder, machines
 * kept apart.
 *
 *   folders   what the runs are, whether they are parts of one sweep     merge_folders.c
 *   rounds    their records: what is there twice, what is not there      merge_rounds.c
 *   files     the folder that is written                                 merge_write.c
 *
 * A round counts by kind of machine (store/machine_kind.h): that two kinds have the same one is no
 * error, that two folders of one kind have is.  Private to merge_*.c and cmd_merge.c; one thread.
 */
#ifndef MERGE_H
#define MERGE_H

#include "plan.h"
#include "store/machine_kind.h"
#include "store/manifest.h"

struct merge_folder {
    const char *dir;
    struct manifest about;
    char text_hash[17]; /* of plan.exp */
    size_t kind;        /* index into merge.kind */
    char started[24];
    size_t records;
    size_t *due;  /* [rounds_max]: cells that a resume would measure in a round */
    size_t twice; /* rounds that folder `other` has too; `twice_first` is the first of them */
    size_t other;
    int twice_first;
};

/* Machines that are alike. */
struct merge_kind {
    struct machine_kind about;
    json_t *manifest; /* of its first folder */
    struct plan plan; /* its cells and rule, for a look at records; no text */
    int *owner;       /* [rounds_max]: 1 + the folder with records of the round; 0 = none */
    size_t folders, records;
};

/* Where a record stands. */
struct merge_place {
    uint32_t folder, length;
    int64_t offset;
};

struct merge {
    struct merge_folder *folder;
    size_t folders;
    struct merge_kind *kind;
    size_t kinds;
    struct samples samples;    /* of all; by kind, round and place once they are ordered */
    struct merge_place *place; /* [samples.n], likewise */
    bool partial;
};

/* Reads the manifests.  An enum exit_code, after complaints unless EXIT_DONE. */
int merge_open(struct merge *m, char **dir, size_t folders);
void merge_close(struct merge *m);

/* Reads all records, and puts them in the order of a sweep: by kind and round.  As above; also if
 * rounds are there twice, or missing and m->partial is not set. */
int merge_rounds(struct merge *m);

/* Writes the folder `out`, which is there.  As above. */
int merge_write(const struct merge *m, const char *out, int argc, char **argv);

/* The rounds that no folder has by its shard: 1 for each, else 0.  [rounds_max], the caller's to
 * free; NULL without memory. */
bool *merge_uncovered(const struct merge *m);

#endif
