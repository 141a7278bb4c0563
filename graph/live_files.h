/* SPDX-License-Identifier: MIT */
/* The folders and the processes behind live files.  Private to graph/live*.c, and to the locks of
 * cpus, which lie in the same folders (experiments/cpu_lock.c). */
#ifndef RINGSIDE_LIVE_FILES_H
#define RINGSIDE_LIVE_FILES_H

#include "graph/live.h"

/* Descriptor of the folder, made if `make`; -errno, -EPERM if it is not this user's alone. */
int rs_live_open_folder(const char *path, bool make);

/* Removes what processes that are no more have left there. */
void rs_live_remove_dead(int folder);

/* When the process began, in ticks since boot; 0 = there is none, or a zombie. */
uint64_t rs_live_started(uint32_t pid);
uint64_t rs_live_pid_space(void); /* 0 = cannot be told */

void rs_live_unmap(struct rs_live_header **, size_t bytes);

/* Maps the file at `path`, relative to `folder`. */
int rs_live_open_at(struct rs_live_view *, int folder, const char *path, char *why, size_t n);

#endif
