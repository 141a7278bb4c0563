/* SPDX-License-Identifier: MIT */
#include "ini_file.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES_MAX = 1 << 20, KEY_BYTES_MAX = 48 };

int ini_file_fail(struct ini_file *f, int line, const char *format, ...)
{
    va_list arguments;
    if (f->err != 0)
        return 0;
    f->err = -EINVAL;
    f->failed_at = line;
    int used = line > 0 ? snprintf(f->why, f->n, "%s:%d: ", f->where, line)
                        : snprintf(f->why, f->n, "%s: ", f->where);
    va_start(arguments, format);
    if (used > 0 && (size_t)used < f->n)
        vsnprintf(f->why + used, f->n - (size_t)used, format, arguments);
    va_end(arguments);
    return 0;
}

int ini_file_unknown(struct ini_file *f, int line, const char *name, const char *nearest,
                     const char *list)
{
    if (nearest != NULL)
        return ini_file_fail(f, line, "unknown key '%.60s'; did you mean '%s'?", name, nearest);
    return ini_file_fail(f, line, "unknown key '%.60s'; %s", name, list);
}

/* inih cuts names of sections to 49 bytes and does not tell of empty ones, so they are read here.
 * `line` is the whole line. */
static void note_section(struct ini_file *f, const char *line)
{
    const char *start = line + strspn(line, " \t\r\n\xef\xbb\xbf");
    const char *end = *start == '[' ? strchr(start, ']') : NULL;
    if (end == NULL || f->continued)
        return;
    f->in_key = false;
    snprintf(f->name, sizeof f->name, "%.*s", (int)(end - start - 1), start + 1);
    if (f->section != NULL)
        f->section(f, f->name);
}

/* Hands inih one line at a time, so that the line's number is known. */
static char *read_line(char *to, int room, void *stream)
{
    struct ini_file *f = (struct ini_file *)stream;
    if (f->at >= f->end || f->err != 0)
        return NULL;
    const char *newline = memchr(f->at, '\n', (size_t)(f->end - f->at));
    size_t length = (size_t)((newline ? newline + 1 : f->end) - f->at);
    f->line++;
    if (length >= (size_t)room) {
        ini_file_fail(f, f->line, "line is longer than %d bytes; break it, and indent what follows",
                      room - 2);
        return NULL;
    }
    memcpy(to, f->at, length);
    to[length] = '\0';
    f->at += length;
    f->continued = f->in_key && isspace((unsigned char)to[0]) && to[strspn(to, " \t\r\n")] != '\0';
    note_section(f, to);
    return f->err == 0 ? to : NULL;
}

static int take_key(void *user, const char *section, const char *name, const char *value)
{
    struct ini_file *f = (struct ini_file *)user;
    (void)section;
    f->in_key = true;
    if (strlen(name) > KEY_BYTES_MAX)
        return ini_file_fail(f, f->line, "the key '%.20s...' is longer than %d bytes", name,
                             KEY_BYTES_MAX);
    return f->key(f, f->name, name, value);
}

int ini_file_parse(struct ini_file *f, const char *text, size_t length)
{
    f->at = text;
    f->end = text + length;
    if (memchr(text, '\0', length) != NULL) {
        ini_file_fail(f, 1, "this is not text; a %s is an INI file", f->what);
        return f->err;
    }
    int line = ini_parse_stream(read_line, f, take_key, f);
    if (line > 0 && line < f->failed_at)
        f->err = 0; /* the reader's own error came first */
    if (line > 0)
        ini_file_fail(f, line, "neither `key = value` nor `[section]`");
    return f->err;
}

static void cannot_read(const char *path, const char *what, int err, char *why, size_t n)
{
    snprintf(why, n, "cannot read %s %s: %s", what, path, strerror(err));
}

char *ini_file_read(const char *path, const char *what, size_t *length, char *why, size_t n)
{
    FILE *file = fopen(path, "re");
    char *text = malloc(FILE_BYTES_MAX + 1);
    bool good = false;
    if (file == NULL || text == NULL) {
        cannot_read(path, what, errno, why, n);
    } else {
        *length = fread(text, 1, FILE_BYTES_MAX + 1, file);
        if (ferror(file))
            cannot_read(path, what, errno, why, n);
        else if (*length > FILE_BYTES_MAX)
            snprintf(why, n, "%s is larger than 1 MiB; that is no %s", path, what);
        else
            good = true;
    }
    if (file != NULL)
        fclose(file);
    if (good) {
        text[*length] = '\0';
        return text;
    }
    free(text);
    return NULL;
}
