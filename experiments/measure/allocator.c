/* SPDX-License-Identifier: MIT */
#include "allocator.h"

#include "again.h"
#include "loader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char library[] = "libjemalloc.so.2";
/* Set for the program that is started: one whose allocator is still another must not go on. */
static const char started[] = "RINGSIDE_ALLOCATOR";

extern int mallctl(const char *name, void *old, size_t *old_bytes, void *value, size_t value_bytes)
    __attribute__((weak));

int64_t allocator_live(void)
{
    return mallctl != NULL ? ALLOCATOR_JEMALLOC : ALLOCATOR_SYSTEM;
}

bool allocator_refusal(const struct cell *c, char *why, size_t n)
{
    if (c->value[FACTOR_allocator] != ALLOCATOR_JEMALLOC ||
        allocator_live() == ALLOCATOR_JEMALLOC || loader_finds(library))
        return false;
    snprintf(why, n,
             "allocator = jemalloc needs %s, and the loader does not find it; install it (Debian: "
             "apt-get install libjemalloc2), or use allocator = glibc",
             library);
    return true;
}

/* LD_PRELOAD without what is called jemalloc, and with the library first if it is wanted. */
static int set_preload(bool wanted)
{
    const char *now = getenv("LD_PRELOAD");
    char *list = NULL, *save = NULL, *copy = strdup(now ? now : "");
    size_t length;
    FILE *to = copy ? open_memstream(&list, &length) : NULL;
    if (to == NULL) {
        free(copy);
        return -ENOMEM;
    }
    fputs(wanted ? library : "", to);
    for (char *word = strtok_r(copy, " :", &save); word; word = strtok_r(NULL, " :", &save))
        if (strstr(word, "jemalloc") == NULL)
            fprintf(to, ":%s", word); /* the loader skips an empty name */
    int err = fclose(to) != 0 ? -ENOMEM : 0;
    if (err == 0 && (list[0] ? setenv("LD_PRELOAD", list, 1) : unsetenv("LD_PRELOAD")) != 0)
        err = -errno;
    free(copy);
    free(list);
    return err;
}

/* The command that this process was started with, once more. */
static int start_again(const char *allocator)
{
    enum { WORDS_MAX = 256 };
    char text[1 << 16];
    char *words[WORDS_MAX + 1];
    size_t n = 0, used = 0;
    FILE *f = fopen("/proc/self/cmdline", "re");
    if (f != NULL) {
        used = fread(text, 1, sizeof text - 1, f);
        fclose(f);
    }
    for (size_t at = 0; at < used && n < WORDS_MAX; at += strlen(text + at) + 1)
        words[n++] = text + at;
    words[n] = NULL;
    if (n == 0 || n == WORDS_MAX || used == sizeof text - 1)
        return -E2BIG;
    setenv(started, allocator, 1);
    fflush(NULL);
    again_exec(words);
    return -errno;
}

int allocator_become(const struct cell *c, char *why, size_t n)
{
    const int64_t wanted = c->value[FACTOR_allocator];
    if (wanted == allocator_live())
        return 0;
    int err = getenv(started) != NULL ? -ELIBACC : set_preload(wanted == ALLOCATOR_JEMALLOC);
    if (err == 0)
        err = start_again(allocator_name(wanted));
    snprintf(why, n,
             "allocator = %s cannot be had: the process has %s%s%s; install %s, or look at "
             "LD_PRELOAD",
             allocator_name(wanted), allocator_name(allocator_live()), err == -ELIBACC ? "" : ": ",
             err == -ELIBACC ? "" : strerror(-err), library);
    return err;
}
