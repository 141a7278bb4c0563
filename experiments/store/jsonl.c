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

static int read_record(void *user, const struct jsonl_line *line)
{
    const struct reader *r = (const struct reader *)user;
    json_error_t error;
    json_t *record = json_loadb(line->text, line->length, JSON_REJECT_DUPLICATES, &error);
    int err = record != NULL ? r->take(r->user, record) : -EINVAL;
    if (err == -EINVAL)
        snprintf(r->why, r->n,
                 "%s, line %zu is not a record of this version of ringside (%s); the file is "
                 "damaged or foreign",
                 r->name, line->number,
                 record == NULL ? error.text : "a key is missing or has an impossible value");
    else if (err)
        snprintf(r->why, r->n, "cannot read %s: %s", r->name, strerror(-err));
    json_decref(record);
    return err;
}

static int read_lines(FILE *file, const char *name,
                      int (*take)(void *user, const struct jsonl_line *line), void *user,
                      bool *torn, char *why, size_t n)
{
    struct jsonl_line line = {.number = 1};
    char *text = NULL;
    size_t room = 0;
    ssize_t length;
    int err = 0;
    errno = 0;
    for (; err == 0 && (length = getline(&text, &room, file)) > 0; line.number++) {
        line.text = text;
        line.length = (size_t)length;
        if (text[length - 1] == '\n')
            err = take(user, &line);
        else
            *torn = true;
        line.offset += length;
    }
    if (err == 0 && !feof(file)) { /* the rest is there, and was not read */
        err = errno != 0 ? -errno : -EIO;
        snprintf(why, n, "cannot read %s after line %zu: %s; the file may be whole, try again",
                 name, line.number - 1, strerror(-err));
    }
    free(text);
    return err;
}

int jsonl_lines(const char *dir, const char *name,
                int (*take)(void *user, const struct jsonl_line *line), void *user, bool *torn,
                char *why, size_t n)
{
    char path[4096];
    *torn = false;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        int err = errno;
        snprintf(why, n, "cannot read %s: %s; give the folder of a sweep", path, strerror(err));
        return -err;
    }
    int err = read_lines(file, name, take, user, torn, why, n);
    fclose(file);
    return err;
}

int jsonl_read(const char *dir, const char *name, int (*take)(void *user, const json_t *record),
               void *user, bool *torn, char *why, size_t n)
{
    struct reader r = {name, take, user, why, n};
    return jsonl_lines(dir, name, read_record, &r, torn, why, n);
}
