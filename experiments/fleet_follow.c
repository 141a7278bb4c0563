/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "fleet.h"

enum { AGAIN_S = 3, CANCEL_S = 120, NEWS_S = 30 };

struct counts {
    int done, failed, running, waiting;
    long rounds;
};

static struct counts count(const struct fleet_watch *w)
{
    struct counts c = {0};
    for (int i = 0; i < w->fleet->shards; i++) {
        const struct fleet_shard *s = &w->shard[i];
        c.rounds += s->rounds;
        if (s->exit_code == 0)
            c.done++;
        else if (!s->queued)
            c.failed++;
        else if (strcmp(s->state, "PENDING") == 0)
            c.waiting++;
        else
            c.running++;
    }
    return c;
}

static bool same_shards(const struct counts *a, const struct counts *b)
{
    return a->done == b->done && a->failed == b->failed && a->running == b->running &&
           a->waiting == b->waiting;
}

/* On a terminal one line that changes; elsewhere a line when a shard's lot changes, and now and
 * then. */
static void show(const struct fleet_watch *w, struct counts *shown, time_t *shown_at)
{
    const struct counts c = count(w);
    const bool terminal = isatty(STDERR_FILENO);
    time_t now = time(NULL);
    if (!terminal && same_shards(&c, shown) && now - *shown_at < NEWS_S)
        return;
    *shown = c;
    *shown_at = now;
    fprintf(stderr, "%sjob %s: %d of %d shards done, %d running, %d waiting",
            terminal ? "\r\033[K" : "", w->fleet->job, c.done, w->fleet->shards, c.running,
            c.waiting);
    if (c.waiting > 0 && w->waits_for[0] != '\0' && strcmp(w->waits_for, "None") != 0)
        fprintf(stderr, " (%s)", w->waits_for);
    if (c.failed > 0)
        fprintf(stderr, ", %d NOT COMPLETE", c.failed);
    fprintf(stderr, "; %ld of %lld rounds%s", c.rounds, w->fleet->rounds, terminal ? "" : "\n");
}

/* The signal that came within so many seconds, or 0. */
static int wait_for_signal(int seconds)
{
    const struct timespec limit = {seconds, 0};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    int number;
    do
        number = sigtimedwait(&set, NULL, &limit);
    while (number < 0 && errno == EINTR);
    return number > 0 ? number : 0;
}

static void end_line(void)
{
    if (isatty(STDERR_FILENO))
        fputc('\n', stderr);
}

static int cancelled(struct fleet_watch *w)
{
    int code = fleet_cancel(w);
    if (code == EXIT_DONE)
        complain("what was recorded is whole; `ringside fleet --resume %s` submits the rest",
                 w->fleet->dir);
    return code == EXIT_DONE ? EXIT_INTERRUPTED : code;
}

static int leave(struct fleet_watch *w, int number)
{
    end_line();
    if (number == SIGINT) {
        complain("Ctrl-C once more within %d s cancels the jobs; else they go on without this "
                 "command",
                 AGAIN_S);
        if (wait_for_signal(AGAIN_S) == SIGINT)
            return cancelled(w);
    }
    complain("detached; job %s goes on. `ringside fleet --resume %s` follows it again and merges, "
             "--cancel ends it",
             w->fleet->job, w->fleet->dir);
    return EXIT_INTERRUPTED;
}

/* A task whose shard another one completed, on a node that Slurm had lost sight of, may wait for
 * long or be held; one that has just completed it is given time to leave. */
static bool over(const struct fleet_watch *w, int *looks)
{
    enum { PATIENCE_LOOKS = 4 };
    char why[1024];
    if (!fleet_any_queued(w))
        return true;
    *looks = fleet_incomplete(w) == 0 ? *looks + 1 : 0;
    if (*looks < PATIENCE_LOOKS)
        return false;
    end_line();
    if (fleet_scancel(w->fleet, why, sizeof why) == 0)
        complain("all shards are complete; tasks of job %s that have nothing to do are cancelled",
                 w->fleet->job);
    else
        complain("%s; tasks of job %s have nothing to do any more", why, w->fleet->job);
    return true;
}

int fleet_follow(struct fleet_watch *w, int interval_s)
{
    int looks = 0;
    struct counts shown = {.done = -1};
    time_t shown_at = 0;
    char why[1024];
    bool complained = false;
    for (;;) {
        int err = fleet_queue(w, why, sizeof why);
        fleet_look(w);
        if (err == 0)
            show(w, &shown, &shown_at);
        if (err == 0 && over(w, &looks))
            break;
        if (err == -EIO && !complained) {
            end_line();
            complain("%s; asking again each %d s", why, interval_s);
        }
        complained = err == -EIO;
        int number = err == -EINTR ? SIGINT : wait_for_signal(interval_s);
        if (number != 0)
            return leave(w, number);
    }
    end_line();
    return EXIT_DONE;
}

int fleet_cancel(struct fleet_watch *w)
{
    char why[1024] = "";
    int err = fleet_scancel(w->fleet, why, sizeof why);
    for (int s = 0; err == 0 && s < CANCEL_S; s++) {
        err = fleet_queue(w, why, sizeof why);
        if (err == 0 && !fleet_any_queued(w)) {
            fleet_look(w);
            complain("job %s is cancelled", w->fleet->job);
            return EXIT_DONE;
        }
        if (err != -EINTR && wait_for_signal(1) == 0)
            continue;
        complain("not waiting for the tasks of job %s to end", w->fleet->job);
        return EXIT_INTERRUPTED;
    }
    complain("cannot cancel job %s: %s", w->fleet->job,
             why[0] ? why : "its tasks are still in the queue; see squeue");
    return EXIT_INCOMPLETE;
}
