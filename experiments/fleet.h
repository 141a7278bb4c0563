/* SPDX-License-Identifier: MIT */
/*
 * A fleet: the shards of one sweep as a job array of Slurm (https://slurm.schedmd.com), and the
 * folder, on a file system that all nodes share, which holds all there is to it:
 *
 *     fleet.json   what was asked for, and the number of the job
 *     fleet.sh     the script of a task: what differs, then scripts/fleet/task.sh
 *     ship/        the command and the plan; each task verifies their SHA-256 before it runs them
 *     shards/K/    the run of shard K, as of `ringside sweep --shard K/N`
 *     exits/K      the exit code of shard K's last task; 0 = the shard is complete
 *     logs/K.log   what its tasks said
 *     merged/      all shards in one
 *
 * Slurm's commands are run, nothing of Slurm is linked.  Threads: one.
 */
#ifndef FLEET_H
#define FLEET_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "plan.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    FLEET_DIR_BYTES = 3800, /* leaves room for the names of files in it */
    FLEET_SHARDS_MAX = 100000,
    FLEET_SETS_MAX = 64,
    FLEET_FILES_MAX = 8,
    FLEET_INTERVAL_S = 5
};

/* What is shipped: from where, by which name in ship/, and its SHA-256 in hexadecimal. */
struct fleet_file {
    char from[4096]; /* "" = the text of the plan */
    char name[80];
    char sha256[65];
};

struct fleet {
    char dir[FLEET_DIR_BYTES]; /* absolute */
    char plan[64];             /* its name, fit for a file */
    char constraint[256];      /* "" = any node */
    const char *set[FLEET_SETS_MAX];
    size_t sets;
    uint64_t seed;
    int shards, nodes; /* nodes: at most so many at a time */
    long long rounds;  /* of all shards together */
    char job[32];      /* Slurm's number of the array; "" = not submitted */
    struct fleet_file file[FLEET_FILES_MAX];
    size_t files; /* the command first, the plan second, other engines of the plan */
};

/* ---- fleet_script.c -------------------------------------------------------------------------- */

/* Why Slurm would not take it for a constraint, in why[0..n); false if it may. */
bool fleet_constraint_refusal(const char *constraint, char *why, size_t n);

/* The script of the array.  Names and paths are quoted for the shell. */
void fleet_write_script(const struct fleet *f, FILE *to);

/* The loop that does the same without Slurm; `plan` is a name or an absolute path. */
void fleet_write_loop(const struct fleet *f, const char *plan, FILE *to);

/* ---- fleet_ship.c ---------------------------------------------------------------------------- */

/* Lists what is shipped, with checksums by sha256sum.  An enum exit_code, after a complaint. */
int fleet_pack(struct fleet *f, const struct plan *p);

/* Makes the folder and puts there what is shipped and the script.  An enum exit_code. */
int fleet_ship(const struct fleet *f, const struct plan *p);

/* Writes fleet.json.  0 or -errno. */
int fleet_write(const struct fleet *f);

/* Reads fleet.json of the folder.  An enum exit_code, after a complaint. */
int fleet_read(const char *dir, struct fleet *f);

/* ---- fleet_shards.c -------------------------------------------------------------------------- */

struct fleet_shard {
    bool queued;    /* Slurm has it, waiting or running */
    char state[24]; /* Slurm's word; "" = not in the queue */
    char node[64];  /* where it runs */
    int exit_code;  /* of its last task; -1 = it left none */
    off_t read;     /* bytes of the journal that were counted */
    long rounds;    /* recorded; further attempts at one are not counted */
};

/* All by shard - 1. */
struct fleet_watch {
    const struct fleet *fleet;
    struct fleet_shard *shard;
    char waits_for[64]; /* Slurm's reason of a task that waits; "" = none does */
};

int fleet_watch_open(struct fleet_watch *w, const struct fleet *f); /* 0 or -ENOMEM */
void fleet_watch_close(struct fleet_watch *w);

/* Reads exit codes and counts rounds, from where it stopped the last time. */
void fleet_look(struct fleet_watch *w);

/* Says of each shard that is neither complete nor queued what its log says last. */
void fleet_explain(const struct fleet_watch *w);

size_t fleet_incomplete(const struct fleet_watch *w); /* shards that are not complete */
bool fleet_any_queued(const struct fleet_watch *w);

/* ---- fleet_slurm.c --------------------------------------------------------------------------- */

/* False if sbatch, squeue or scancel is not in PATH; then why[0..n) names it. */
bool fleet_has_slurm(char *why, size_t n);

/* Submits all shards, or those that w knows to be incomplete (w = NULL: all).  Sets f->job.  0, or
 * -errno with what sbatch said; -EINTR: interrupted, and nothing may have been submitted. */
int fleet_submit(struct fleet *f, const struct fleet_watch *w, char *why, size_t n);

/* Asks squeue; says on stderr which tasks were put back into the queue.  0, -EINTR after a signal
 * that was meant for us, or -EIO with what squeue said. */
int fleet_queue(struct fleet_watch *w, char *why, size_t n);

/* 0, or -EIO with what scancel said. */
int fleet_scancel(const struct fleet *f, char *why, size_t n);

/* ---- fleet_follow.c -------------------------------------------------------------------------- */

/* Shows the progress each interval until no task is in the queue.  A first Ctrl-C detaches, unless
 * a second comes within 3 s, which cancels.  Signals that stop must be blocked.  An enum exit_code:
 * DONE = none is in the queue, else after a word on how to go on. */
int fleet_follow(struct fleet_watch *w, int interval_s);

/* Cancels and waits until the tasks have ended.  An enum exit_code, after a complaint. */
int fleet_cancel(struct fleet_watch *w);

/* ---- fleet_collect.c ------------------------------------------------------------------------- */

/* Merges the shards into merged/ and prints its name, unless some are not complete: then it says
 * which, why and what to do.  `before`: the signals that were blocked before the fleet began.  An
 * enum exit_code. */
int fleet_collect(const struct fleet_watch *w, const sigset_t *before);

#ifdef __cplusplus
}
#endif

#endif
