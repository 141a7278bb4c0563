/* SPDX-License-Identifier: MIT */
#include "engine.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "graph/graph.h"

static const char *const programs[ENGINES] = {[ENGINE_RINGSIDE] = "ringside",
                                              [ENGINE_RINGSIDE_BARE] = "ringside-bare",
                                              [ENGINE_TBB_FLOW] = "ringside-tbb",
                                              [ENGINE_TBB_PIPELINE] = "ringside-tbb",
                                              [ENGINE_CROSSBEAM] = "ringside-crossbeam"};

enum { SELF = RS_METRICS ? ENGINE_RINGSIDE : ENGINE_RINGSIDE_BARE };

/* Set for the program that is started: one that is not what its name says must not go on. */
static const char started[] = "RINGSIDE_ENGINE";

bool engine_is_this(int64_t engine)
{
    return engine == SELF;
}

const char *engine_program(int64_t engine)
{
    return programs[engine];
}

/* The engine's program, in the folder of this one. */
static int program_path(int64_t engine, char *path, size_t n)
{
    char self[3072];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length < 0)
        return -errno;
    self[length] = '\0';
    char *slash = strrchr(self, '/');
    if (slash == NULL)
        return -ENOENT;
    snprintf(path, n, "%.*s/%s", (int)(slash - self), self, programs[engine]);
    return 0;
}

static bool cannot_run_shape(const struct cell *c, char *why, size_t n)
{
    const int64_t *v = c->value;
    const int64_t engine = v[FACTOR_engine], size = v[FACTOR_msg_bytes];
    if (engine >= ENGINE_TBB_FLOW && v[FACTOR_topology] != GRAPH_CHAIN) {
        snprintf(why, n, "engine %s runs topology = chain only", engine_name(engine));
        return true;
    }
    if (engine == ENGINE_CROSSBEAM && ((size & (size - 1)) != 0 || size > 256)) {
        snprintf(why, n,
                 "engine crossbeam takes msg_bytes = 8, 16, 32, 64, 128 or 256, not %" PRId64,
                 size);
        return true;
    }
    return false;
}

bool engine_refusal(const struct cell *c, char *why, size_t n)
{
    const int64_t engine = c->value[FACTOR_engine];
    char path[4096];
    if (engine_is_this(engine))
        return false;
    if (cannot_run_shape(c, why, n))
        return true;
    if (program_path(engine, path, sizeof path) == 0 && access(path, X_OK) == 0)
        return false;
    snprintf(why, n,
             "engine %s is a command of its own, %s, and it is not in the folder of this one; "
             "`make peers` builds those that this machine has the libraries for",
             engine_name(engine), programs[engine]);
    return true;
}

int engine_become(const struct cell *c, char *why, size_t n)
{
    const int64_t engine = c->value[FACTOR_engine];
    struct cell_words words;
    char path[4096];
    int err = program_path(engine, path, sizeof path);
    if (err == 0 && getenv(started) != NULL) {
        snprintf(why, n, "%s is not engine %s; `make peers` builds it", programs[SELF],
                 engine_name(engine));
        return -EINVAL;
    }
    if (err == 0) {
        cell_to_words(c, programs[engine], &words);
        setenv(started, engine_name(engine), 1);
        fflush(NULL);
        execv(path, words.argv);
        err = -errno;
        unsetenv(started);
    }
    snprintf(why, n, "cannot start engine %s: %s; `make peers` builds it", engine_name(engine),
             strerror(-err));
    return err;
}
