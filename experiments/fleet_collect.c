/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <unistd.h>

#include "cli.h"
#include "fleet.h"

enum { MERGED_BYTES = FLEET_DIR_BYTES + 24 };

/* "merge", --out, the folder, and those of the shards in the room after them. */
static int merge_shards(const struct fleet *f, char *merged, char **argv, char (*dir)[MERGED_BYTES])
{
    enum { BEFORE = 3 };
    argv[0] = (char[]){"merge"};
    argv[1] = (char[]){"--out"};
    argv[2] = merged;
    for (int i = 0; i < f->shards; i++) {
        snprintf(dir[i], MERGED_BYTES, "%s/shards/%d", f->dir, i + 1);
        argv[BEFORE + i] = dir[i];
    }
    return cmd_merge(BEFORE + f->shards, argv);
}

static int merge_all(const struct fleet *f)
{
    char merged[MERGED_BYTES], path[MERGED_BYTES + 16];
    snprintf(merged, sizeof merged, "%s/merged", f->dir);
    snprintf(path, sizeof path, "%s/manifest.json", merged);
    if (access(path, F_OK) == 0) {
        printf("%s\n", merged);
        return EXIT_DONE;
    }
    const size_t n = (size_t)f->shards;
    char **argv = calloc(n + 4, sizeof *argv), (*dir)[MERGED_BYTES] = calloc(n, sizeof *dir);
    int code = EXIT_INCOMPLETE;
    if (argv != NULL && dir != NULL)
        code = merge_shards(f, merged, argv, dir);
    else
        complain("out of memory; `ringside fleet --resume %s` tries again", f->dir);
    free(dir);
    free(argv);
    return code;
}

int fleet_collect(const struct fleet_watch *w, const sigset_t *before)
{
    size_t left = fleet_incomplete(w);
    if (left == 0) {
        sigprocmask(SIG_SETMASK, before, NULL);
        return merge_all(w->fleet);
    }
    fleet_explain(w);
    complain("%zu of %d shards are not complete; `ringside fleet --resume %s` submits them again",
             left, w->fleet->shards, w->fleet->dir);
    return EXIT_INCOMPLETE;
}
