/* SPDX-License-Identifier: MIT */
/* The folders that results go into.  Threads: any. */
#ifndef FOLDER_H
#define FOLDER_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* mkdir -p.  0 or -errno. */
int folder_make(const char *path);

/* Makes "results/NAME-TIME", in UTC; where that is taken, NAME-TIME-2 and so on: no two callers
 * get one folder.  0 or -errno. */
int folder_make_default(const char *name, char *dir, size_t n);

#ifdef __cplusplus
}
#endif

#endif
