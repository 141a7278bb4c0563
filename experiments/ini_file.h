/* SPDX-License-Identifier: MIT */
/*
 * Reading of plans and graph files: INI text, by inih, with the line of everything and one form
 * for errors, "FILE:LINE: what".
 *
 *     struct ini_file f = {.where = "x.exp", .what = "plan", .key = take_key, .user = …,
 *                          .why = why, .n = sizeof why};
 *     err = ini_file_parse(&f, text, length);
 */
#ifndef INI_FILE_H
#define INI_FILE_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ini_file {
    const char *where; /* stands in messages for the file */
    const char *what;  /* "plan": what it should be */
    void *user;
    /* Both return 1 to go on or what ini_file_fail returned.  section may be NULL; key is called
     * for each line of a value that goes on over several, all but the first with `continued`. */
    int (*section)(struct ini_file *, const char *section);
    int (*key)(struct ini_file *, const char *section, const char *name, const char *value);
    char *why; /* [n]: the first error */
    size_t n;

    int line;       /* that is being read; 0 = none */
    bool continued; /* it goes on with the one before */
    int err;        /* 0 or -errno: the first error */
    /* private */
    const char *at, *end;
    char name[256]; /* of the section */
    bool in_key;
    int failed_at;
};

/* 0 or f->err. */
int ini_file_parse(struct ini_file *, const char *text, size_t length);

/* Records an error unless there is one; line 0 = of the file as a whole.  Returns 0. */
int ini_file_fail(struct ini_file *, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The error "unknown key", with the nearest valid name or, if that is NULL, `list`: how to see
 * those that there are. */
int ini_file_unknown(struct ini_file *, int line, const char *name, const char *nearest,
                     const char *list);

/* The text of a file of at most 1 MiB, with a 0 after it, for the caller to free; NULL and why. */
char *ini_file_read(const char *path, const char *what, size_t *length, char *why, size_t n);

#ifdef __cplusplus
}
#endif

#endif
