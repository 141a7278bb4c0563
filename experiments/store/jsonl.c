/* SPDX-License-Identifier: MIT */
#include "jsonl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    const char *name; /* of the file */
    int (*take)(void *user, const json_t *record);
    void *user;
    char *why;
    size_t n;
};

static int read_line(const struct reader *r, const char *line, size_t length, size_t number)
{
    json_error_t error;
    json_t *record = json_loadb(line, length, JSON_REJECT_DUPLICATES, &error);
    int err = record != NULL ? r->take(r->user, record) : -EINVAL;
    if (err == -EINVAL)
        snprintf(r->why, r->n,
                 "%s, line %zu is not a record of this version of ringside (%s); the file is "
                 "damaged or foreign",
                 r->name, number,
                 record == NULL ? error.text : "a key is missing or has an impossible value");
    else if (err)
        snprintf(r->why, r->n, "cannot read %s: %s", r->name, strerror(-err));
    json_decref(record);
    return err;
}

static int read_lines(const struct reader *r, FILE *file, bool *torn)
{
    char *line = NULL;
    size_t room = 0, number = 1;
    ssize_t length;
    int err = 0;
    errno = 0;
    for (; err == 0 && (length = getline(&line, &room, file)) > 0; number++) {
        if (line[length - 1] == '\n')
            err = read_line(r, line, (size_t)length, number);
        else
            *torn = true;
    }
    if (err == 0 && !feof(file)) { /* the rest is there, and was not read */
        err = errno != 0 ? -errno : -EIO;
        snprintf(r->why, r->n,
                 "cannot read %s after line %zu: %s; the file may be whole, try again", r->name,
                 number - 1, strerror(-err));
    }
    free(line);
    return err;
}

int jsonl_read(const char *dir, const char *name, int (*take)(void *user, const json_t *record),
               void *user, bool *torn, char *why, size_t n)
{
    const struct reader r = {name, take, user, why, n};
    char path[4096];
    *torn = false;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        int err = errno;
        snprintf(why, n, "cannot read %s: %s; give the folder of a sweep", path, strerror(err));
        return -err;
    }
    int err = read_lines(&r, file, torn);
    fclose(file);
    return err;
}
