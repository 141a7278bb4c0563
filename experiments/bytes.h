/* SPDX-License-Identifier: MIT */
/* Sizes as people write them.  Threads: any. */
#ifndef BYTES_H
#define BYTES_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "4096", "4k", "4KiB", "256 MiB", "1G": powers of 1024 whatever the case.  False, and *bytes
 * untouched, if it is no size, is not whole, or does not fit. */
bool bytes_parse(const char *text, size_t *bytes);

/* "32 KiB", "1.19 MiB", "100 bytes" into text[0..n); returns text. */
const char *bytes_format(size_t bytes, char *text, size_t n);

#ifdef __cplusplus
}
#endif

#endif
