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

/* "results/NAME-TIME", in UTC. */
void folder_default(const char *name, char *dir, size_t n);

#ifdef __cplusplus
}
#endif

#endif
