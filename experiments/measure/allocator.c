/* SPDX-License-Identifier: MIT */
#include "allocator.h"

#include <dlfcn.h>
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

/* Whether the library lies where the loader looks.  It cannot be opened to find out: a second
 * allocator must not enter this process. */
static bool installed(void)
{
    void *self = dlopen(NULL, RTLD_LAZY);
    Dl_serinfo size;
    bool found = false;
    if (self == NULL || dlinfo(self, RTLD_DI_SERINFOSIZE, &size) != 0)
        return false;
    Dl_serinfo *dirs = malloc(size.dls_size);
    if (dirs != NULL && dlinfo(self, RTLD_DI_SERINFOSIZE, dirs) == 0 &&
        dlinfo(self, RTLD_DI_SERINFO, dirs) == 0)
        for (unsigned i = 0; i < dirs->dls_cnt && !found; i++) {
            char path[4096];
            snprintf(path, sizeof path, "%s/%s", dirs->dls_serpath[i].dls_name, library);
            found = access(path, R_OK) == 0;
        }
    free(dirs);
    dlclose(self);
    return found;
}

bool allocator_refusal(const struct cell *c, char *why, size_t n)
{
    if (c->value[FACTOR_allocator] != ALLOCATOR_JEMALLOC ||
        allocator_live() == ALLOCATOR_JEMALLOC || installed())
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
    char *list = malloc(sizeof library + 1 + (now ? strlen(now) : 0) + 1), *save = NULL, *copy;
    if (list == NULL || (copy = strdup(now ? now : "")) == NULL) {
        free(list);
        return -ENOMEM;
    }
    strcpy(list, wanted ? library : "");
    for (char *word = strtok_r(copy, " :", &save); word; word = strtok_r(NULL, " :", &save)) {
        if (strstr(word, "jemalloc") != NULL)
            continue;
        if (list[0] != '\0')
            strcat(list, ":");
        strcat(list, word);
    }
    int err = list[0] != '\0' ? setenv("LD_PRELOAD", list, 1) : unsetenv("LD_PRELOAD");
    free(copy);
    free(list);
    return err == 0 ? 0 : -errno;
}

static int start_again(const struct cell *c)
{
    struct cell_words words;
    cell_to_words(c, "ringside", &words);
    setenv(started, allocator_name(c->value[FACTOR_allocator]), 1);
    fflush(NULL);
    execv("/proc/self/exe", words.argv);
    return -errno;
}

int allocator_become(const struct cell *c, char *why, size_t n)
{
    const int64_t wanted = c->value[FACTOR_allocator];
    if (wanted == allocator_live())
        return 0;
    int err = getenv(started) != NULL ? -ELIBACC : set_preload(wanted == ALLOCATOR_JEMALLOC);
    if (err == 0)
        err = start_again(c);
    snprintf(why, n,
             "allocator = %s cannot be had: the process has %s%s%s; install %s, or look at "
             "LD_PRELOAD",
             allocator_name(wanted), allocator_name(allocator_live()), err == -ELIBACC ? "" : ": ",
             err == -ELIBACC ? "" : strerror(-err), library);
    return err;
}
