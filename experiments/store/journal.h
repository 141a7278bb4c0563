/* SPDX-License-Identifier: MIT */
/*
 * samples.jsonl, written: append-only, one write() a record, so that a kill at any moment leaves
 * whole records and at most one torn line, which opening it again cuts off.
 *
 * One writer: the file is locked while it is open.  A write that fails is undone.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include <jansson.h>

#ifdef __cplusplus
extern "C" {
#endif

struct journal {
    int fd;
    size_t torn_bytes; /* of a torn line that opening it cut off */
};

/* Opens dir/samples.jsonl, or another journal of the run, made if missing.  0 or -errno;
 * -EWOULDBLOCK: another sweep has it; -ELOOP: it is a link, which is not followed. */
int journal_open(struct journal *j, const char *dir);
int journal_open_file(struct journal *j, const char *dir, const char *name);

/* What to do about it, to be said after strerror; "" if that says it. */
const char *journal_remedy(int err);

/* Appends one record and its newline.  0 or -errno; then the file is as it was before. */
int journal_append(struct journal *j, const json_t *record);

/* To the disk: for the end of a run.  0 or -errno. */
int journal_sync(struct journal *j);

void journal_close(struct journal *j);

#ifdef __cplusplus
}
#endif

#endif
