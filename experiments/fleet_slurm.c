/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "fleet.h"
#include "program.h"

bool fleet_has_slurm(char *why, size_t n)
{
    static const char *const commands[] = {"sbatch", "squeue", "scancel"};
    char path[4096];
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (!program_find(commands[i], NULL, path, sizeof path)) {
            snprintf(why, n, "%s is not in PATH", commands[i]);
            return false;
        }
    return true;
}

/* Runs a command of Slurm, argv[0] its name.  0 with what it printed in r->out, for the caller to
 * close; or -EIO with what it said, -EINTR if a signal ended it. */
static int run(char *argv[], struct program_result *r, char *why, size_t n)
{
    char path[4096], *name = argv[0];
    if (!program_find(name, NULL, path, sizeof path)) {
        snprintf(why, n, "%s is not in PATH", name);
        return -EIO;
    }
    argv[0] = path;
    int err = program_run(argv, r);
    argv[0] = name;
    if (err != 0) {
        snprintf(why, n, "cannot run %s: %s", path, strerror(-err));
        return -EIO;
    }
    if (r->exit_code == 0)
        return 0;
    fclose(r->out);
    snprintf(why, n, "%s: %s", name, r->said[0] ? r->said : "failed");
    return r->interrupted ? -EINTR : -EIO;
}

/* ---- submit ---------------------------------------------------------------------------------- */

/* "--array=" and the incomplete shards as ranges, "1-4,7%nodes"; the caller frees it. */
static char *array_option(const struct fleet *f, const struct fleet_watch *w)
{
    char *text = NULL;
    size_t length = 0;
    FILE *memory = open_memstream(&text, &length);
    if (memory == NULL)
        return NULL;
    fputs("--array=", memory);
    const char *comma = "";
    for (int first = 0; first < f->shards; first++) {
        if (w->shard[first].exit_code == 0)
            continue;
        int last = first;
        while (last + 1 < f->shards && w->shard[last + 1].exit_code != 0)
            last++;
        fprintf(memory, last > first ? "%s%d-%d" : "%s%d", comma, first + 1, last + 1);
        comma = ",";
        first = last;
    }
    fprintf(memory, "%%%d", f->nodes);
    return fclose(memory) == 0 ? text : NULL;
}

/* `sbatch --parsable` prints the number, and after a semicolon the cluster if there are several. */
static int read_job(struct fleet *f, FILE *out, char *why, size_t n)
{
    char line[128] = "";
    bool read = fgets(line, sizeof line, out) != NULL;
    size_t digits = strspn(line, "0123456789");
    if (!read || digits == 0 || digits >= sizeof f->job) {
        snprintf(why, n, "sbatch printed no number of a job but '%.60s'", line);
        return -EIO;
    }
    snprintf(f->job, sizeof f->job, "%.*s", (int)digits, line);
    return 0;
}

int fleet_submit(struct fleet *f, const struct fleet_watch *w, char *why, size_t n)
{
    char script[FLEET_DIR_BYTES + 16], *array = w ? array_option(f, w) : NULL;
    struct program_result r;
    snprintf(script, sizeof script, "%s/fleet.sh", f->dir);
    char *argv[] = {(char[]){"sbatch"}, (char[]){"--parsable"}, array ? array : script,
                    array ? script : NULL, NULL};
    if (w != NULL && array == NULL) {
        snprintf(why, n, "out of memory");
        return -ENOMEM;
    }
    int err = run(argv, &r, why, n);
    if (err == 0) {
        err = read_job(f, r.out, why, n);
        fclose(r.out);
    }
    free(array);
    return err;
}

/* ---- follow ---------------------------------------------------------------------------------- */

/* Cuts a field off at the next '|'. */
static const char *field(char **at)
{
    char *text = *at ? strsep(at, "|") : NULL;
    return text ? text : "";
}

static bool waits(const char *state)
{
    return strcmp(state, "PENDING") == 0;
}

/* One line of squeue: array, shard, state, node, reason. */
static void take_line(struct fleet_watch *w, char *line, struct fleet_shard *was)
{
    char *at = line;
    const char *job = field(&at);
    long shard = strtol(field(&at), NULL, 10);
    const char *state = field(&at), *node = field(&at), *reason = field(&at);
    if (strcmp(job, w->fleet->job) != 0 || shard < 1 || shard > w->fleet->shards)
        return;
    struct fleet_shard *s = &w->shard[shard - 1];
    s->queued = true;
    snprintf(s->state, sizeof s->state, "%s", state);
    snprintf(s->node, sizeof s->node, "%s", node);
    if (waits(state))
        snprintf(w->waits_for, sizeof w->waits_for, "%s", reason);
    if (waits(state) && was[shard - 1].queued && !waits(was[shard - 1].state)) {
        if (isatty(STDERR_FILENO))
            fputs("\r\033[K", stderr);
        complain("shard %ld, which ran on %s, was put back into the queue (%s); its journal goes "
                 "on where it stood",
                 shard, was[shard - 1].node, reason);
    }
}

static void take_lines(struct fleet_watch *w, FILE *out, struct fleet_shard *was)
{
    char line[512];
    w->waits_for[0] = '\0';
    for (int i = 0; i < w->fleet->shards; i++) {
        w->shard[i].queued = false;
        w->shard[i].state[0] = '\0';
    }
    while (fgets(line, sizeof line, out) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        take_line(w, line, was);
    }
}

int fleet_queue(struct fleet_watch *w, char *why, size_t n)
{
    char user[24];
    snprintf(user, sizeof user, "--user=%u", (unsigned)geteuid());
    /* by user: squeue knows nothing, or fails, when asked for a job that has ended */
    char *argv[] = {(char[]){"squeue"},
                    (char[]){"--noheader"},
                    (char[]){"--array"},
                    user,
                    (char[]){"--format=%F|%K|%T|%N|%r"},
                    NULL};
    const size_t bytes = (size_t)w->fleet->shards * sizeof *w->shard;
    struct fleet_shard *was = malloc(bytes);
    struct program_result r;
    if (was == NULL) {
        snprintf(why, n, "out of memory");
        return -EIO;
    }
    memcpy(was, w->shard, bytes);
    int err = run(argv, &r, why, n);
    if (err == 0) {
        take_lines(w, r.out, was);
        fclose(r.out);
        err = r.interrupted ? -EINTR : 0;
    }
    free(was);
    return err;
}

int fleet_scancel(const struct fleet *f, char *why, size_t n)
{
    struct program_result r;
    char job[sizeof f->job];
    snprintf(job, sizeof job, "%s", f->job);
    char *argv[] = {(char[]){"scancel"}, job, NULL};
    int err = run(argv, &r, why, n);
    if (err == 0)
        fclose(r.out);
    return err;
}
