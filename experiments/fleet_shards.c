/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "fleet.h"

enum { PATH_BYTES = FLEET_DIR_BYTES + 128 };

int fleet_watch_open(struct fleet_watch *w, const struct fleet *f)
{
    *w = (struct fleet_watch){.fleet = f, .shard = calloc((size_t)f->shards, sizeof *w->shard)};
    if (w->shard == NULL)
        return -ENOMEM;
    fleet_look(w);
    return 0;
}

void fleet_watch_close(struct fleet_watch *w)
{
    free(w->shard);
    w->shard = NULL;
}

static int read_exit_code(const struct fleet *f, int shard)
{
    char path[PATH_BYTES];
    int code = -1;
    snprintf(path, sizeof path, "%s/exits/%d", f->dir, shard);
    FILE *file = fopen(path, "re");
    if (file != NULL && fscanf(file, "%d", &code) != 1)
        code = -1;
    if (file != NULL)
        fclose(file);
    return code;
}

/* First attempts in whole lines; how many bytes those are. */
static size_t count_lines(const char *text, size_t length, long *rounds)
{
    static const char first[] = "\"attempt\":0";
    const char *at = text, *end;
    while ((end = memchr(at, '\n', length - (size_t)(at - text))) != NULL) {
        *rounds += memmem(at, (size_t)(end - at), first, sizeof first - 1) != NULL;
        at = end + 1;
    }
    return (size_t)(at - text);
}

/* Only what came since the last look: a fleet's journals are too long to be read every time. */
static void count_rounds(const struct fleet *f, int number, struct fleet_shard *shard)
{
    char path[PATH_BYTES], text[65536];
    size_t taken = 1;
    snprintf(path, sizeof path, "%s/shards/%d/samples.jsonl", f->dir, number);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && taken > 0) {
        ssize_t n = pread(fd, text, sizeof text, shard->read);
        taken = n > 0 ? count_lines(text, (size_t)n, &shard->rounds) : 0;
        shard->read += (off_t)taken;
    }
    if (fd >= 0)
        close(fd);
}

/* An NFS client asks the server for what is new in a folder when the folder is opened. */
static void renew_folder(const struct fleet *f, const char *name)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", f->dir, name);
    DIR *folder = opendir(path);
    if (folder != NULL)
        closedir(folder);
}

void fleet_look(struct fleet_watch *w)
{
    renew_folder(w->fleet, "exits");
    renew_folder(w->fleet, "shards");
    for (int i = 0; i < w->fleet->shards; i++) {
        w->shard[i].exit_code = read_exit_code(w->fleet, i + 1);
        count_rounds(w->fleet, i + 1, &w->shard[i]);
    }
}

size_t fleet_incomplete(const struct fleet_watch *w)
{
    size_t n = 0;
    for (int i = 0; i < w->fleet->shards; i++)
        n += w->shard[i].exit_code != 0;
    return n;
}

bool fleet_any_queued(const struct fleet_watch *w)
{
    for (int i = 0; i < w->fleet->shards; i++)
        if (w->shard[i].queued)
            return true;
    return false;
}

/* The last line of a log, without what is no text; "" if there is none. */
static void last_line(const struct fleet *f, int shard, char *line, size_t n)
{
    char path[PATH_BYTES], text[2048];
    snprintf(path, sizeof path, "%s/logs/%d.log", f->dir, shard);
    line[0] = '\0';
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    off_t end = lseek(fd, 0, SEEK_END), want = (off_t)sizeof text - 1;
    ssize_t got = pread(fd, text, sizeof text - 1, end > want ? end - want : 0);
    close(fd);
    while (got > 0 && text[got - 1] == '\n')
        got--;
    text[got > 0 ? got : 0] = '\0';
    const char *start = strrchr(text, '\n');
    snprintf(line, n, "%.300s", start ? start + 1 : text);
    for (char *c = line; *c != '\0'; c++)
        if ((unsigned char)*c < ' ')
            *c = ' ';
}

void fleet_explain(const struct fleet_watch *w)
{
    enum { SHOWN_MAX = 8 };
    char line[400];
    int shown = 0;
    for (int i = 0; i < w->fleet->shards; i++) {
        const struct fleet_shard *s = &w->shard[i];
        if (s->exit_code == 0 || s->queued || ++shown > SHOWN_MAX)
            continue;
        last_line(w->fleet, i + 1, line, sizeof line);
        if (s->exit_code > 0)
            complain("shard %d ended with exit %d: %s", i + 1, s->exit_code, line);
        else if (line[0] != '\0')
            complain("shard %d was killed, ran out of time or lost its node; its last word: %s",
                     i + 1, line);
        else
            complain("shard %d did not begin; do the nodes see %s?", i + 1, w->fleet->dir);
    }
    if (shown > SHOWN_MAX)
        complain("and %d shards more; see %s/logs", shown - SHOWN_MAX, w->fleet->dir);
}
