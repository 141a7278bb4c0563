/* SPDX-License-Identifier: MIT */
/* Where the dynamic loader looks for libraries. */
#ifndef LOADER_H
#define LOADER_H

#include <stdbool.h>

/* Whether a library (its file's name) lies in a folder that the loader searches.  It is not opened:
 * a second allocator, say, must not enter this process.  False where the C library cannot tell, as
 * in a static program. */
bool loader_finds(const char *library);

#endif
