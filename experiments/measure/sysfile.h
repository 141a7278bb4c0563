/* SPDX-License-Identifier: MIT */
/*
 * Reading the one-line files of /proc and /sys.
 *
 * `root` stands in front of every path: "" on the live system, a directory in tests.  The path is
 * a printf format, as most of these files are numbered by cpu.  Threads: any.
 */
#ifndef SYSFILE_H
#define SYSFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The first line without its newline, cut to size - 1 bytes; "" for an empty file.  false if the
 * file cannot be opened or read; `out` is then "".
 */
bool sysfile_line(const char *root, char *out, size_t size, const char *path, ...)
    __attribute__((format(printf, 4, 5)));

/* The first line as a decimal number; false, and *out untouched, if it is none. */
bool sysfile_number(const char *root, int64_t *out, const char *path, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * What follows the ':' in the first line `key ... : text` of a file such as /proc/cpuinfo, cut to
 * size - 1 bytes; false if there is no such line.
 */
bool sysfile_field(const char *root, char *out, size_t size, const char *path, const char *key);

#ifdef __cplusplus
}
#endif

#endif
