/* SPDX-License-Identifier: MIT */
/*
 * A file of records, one JSON value a line, read back.
 *
 * A last line without its newline is torn (the machine stopped in the middle of a write): it is
 * left out and reported.  Anything else that is not a record is an error with its line number.
 */
#ifndef JSONL_H
#define JSONL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A whole line of a file, its newline included. */
struct jsonl_line {
    const char *text;
    size_t length, number; /* from 1 */
    long long offset;      /* in the file */
};

/* Hands each line of dir/name that has its newline to `take`, which has put the reason into why if
 * it does not return 0.  As jsonl_read. */
int jsonl_lines(const char *dir, const char *name,
                int (*take)(void *user, const struct jsonl_line *line), void *user, bool *torn,
                char *why, size_t n);

/* Hands each record of dir/name to `take`, which returns 0, -EINVAL for what is no record, or
 * another -errno.  0, or -errno with the reason in why[0..n); -ENOENT if there is no file. */
int jsonl_read(const char *dir, const char *name, int (*take)(void *user, const json_t *record),
               void *user, bool *torn, char *why, size_t n);

#ifdef __cplusplus
}
#endif

#endif
