/* SPDX-License-Identifier: MIT */
#include "arena.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* jemalloc's control function where it is the allocator (linked or preloaded), else NULL. */
extern int mallctl(const char *name, void *old, size_t *old_bytes, void *value, size_t value_bytes)
    __attribute__((weak));

static int failed(const char *what, int err, char *why, size_t n)
{
    snprintf(why, n, "mallctl %s: %s", what, strerror(err));
    return -err;
}

int rs_arena_take(size_t index, char *why, size_t n)
{
    unsigned arenas = 0, arena;
    size_t bytes = sizeof arenas;
    if (mallctl == NULL) {
        snprintf(why, n, "jemalloc is not the allocator; start with LD_PRELOAD=libjemalloc.so.2");
        return -ENOSYS;
    }
    int err = mallctl("opt.narenas", &arenas, &bytes, NULL, 0);
    if (err != 0)
        return failed("opt.narenas", err, why, n);
    arena = arenas > 1 ? 1 + (unsigned)(index % (arenas - 1)) : 0;
    err = mallctl("thread.arena", NULL, NULL, &arena, sizeof arena);
    return err != 0 ? failed("thread.arena", err, why, n) : 0;
}
