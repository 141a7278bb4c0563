/* SPDX-License-Identifier: MIT */
#include "sysfile.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *open_at(const char *root, const char *path, va_list arguments)
{
    char name[PATH_MAX];
    int head = snprintf(name, sizeof name, "%s", root);

    if (head < 0 || (size_t)head >= sizeof name)
        return NULL;
    int tail = vsnprintf(name + head, sizeof name - (size_t)head, path, arguments);
    if (tail < 0 || (size_t)tail >= sizeof name - (size_t)head)
        return NULL;
    return fopen(name, "re");
}

static bool read_line(FILE *file, char *out, size_t size)
{
    out[0] = '\0';
    if (!file)
        return false;
    bool read = fgets(out, (int)size, file) || !ferror(file);
    fclose(file);
    out[strcspn(out, "\n")] = '\0';
    return read;
}

bool sysfile_line(const char *root, char *out, size_t size, const char *path, ...)
{
    va_list arguments;

    va_start(arguments, path);
    FILE *file = open_at(root, path, arguments);
    va_end(arguments);
    return read_line(file, out, size);
}

bool sysfile_number(const char *root, int64_t *out, const char *path, ...)
{
    char line[64];
    va_list arguments;

    va_start(arguments, path);
    FILE *file = open_at(root, path, arguments);
    va_end(arguments);
    if (!read_line(file, line, sizeof line))
        return false;

    char *end;
    long long number = strtoll(line, &end, 10);
    if (end == line)
        return false;
    *out = number;
    return true;
}

/* The text after `key`, blanks and a colon; NULL if the line is another one. */
static const char *field_of(const char *line, const char *key)
{
    size_t length = strlen(key);

    if (strncmp(line, key, length) != 0)
        return NULL;
    line += length;
    line += strspn(line, " \t");
    if (*line != ':')
        return NULL;
    line++;
    return line + strspn(line, " \t");
}

bool sysfile_field(const char *root, char *out, size_t size, const char *path, const char *key)
{
    char name[PATH_MAX];
    char *line = NULL;
    size_t line_size = 0;
    bool found = false;

    int length = snprintf(name, sizeof name, "%s%s", root, path);
    FILE *file = length > 0 && (size_t)length < sizeof name ? fopen(name, "re") : NULL;
    out[0] = '\0';
    if (!file)
        return false;
    while (!found && getline(&line, &line_size, file) > 0) {
        const char *text = field_of(line, key);
        if (!text)
            continue;
        snprintf(out, size, "%s", text);
        out[strcspn(out, "\n")] = '\0';
        found = true;
    }
    free(line);
    fclose(file);
    return found;
}
