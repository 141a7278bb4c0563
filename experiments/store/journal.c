/* SPDX-License-Identifier: MIT */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Cuts off what follows the last newline; nothing where that cannot be read. */
static int cut_torn_line(struct journal *j)
{
    const off_t length = lseek(j->fd, 0, SEEK_END);
    off_t end = length;
    for (char byte = 0; end > 0; end--) {
        ssize_t n = pread(j->fd, &byte, 1, end - 1);
        if (n != 1)
            return n < 0 ? -errno : -EIO;
        if (byte == '\n')
            break;
    }
    if (end == length)
        return length < 0 ? -errno : 0;
    j->torn_bytes = (size_t)(length - end);
    return ftruncate(j->fd, end) == 0 ? 0 : -errno;
}

int journal_open(struct journal *j, const char *dir)
{
    return journal_open_file(j, dir, "samples.jsonl");
}

int journal_open_file(struct journal *j, const char *dir, const char *name)
{
    char path[4096];
    int err;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    j->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (j->fd < 0)
        return -errno;
    j->torn_bytes = 0;
    err = flock(j->fd, LOCK_EX | LOCK_NB) == 0 ? cut_torn_line(j) : -errno;
    if (err)
        journal_close(j);
    return err;
}

const char *journal_remedy(int err)
{
    return err == -ELOOP ? "; it is a link, put the file itself there" : "";
}

int journal_append(struct journal *j, const json_t *record)
{
    char *text = json_dumps(record, JSON_COMPACT);
    if (text == NULL)
        return -ENOMEM;
    size_t length = strlen(text);
    text[length++] = '\n'; /* over the terminator: the record is one write */
    off_t before = lseek(j->fd, 0, SEEK_END);
    ssize_t written;
    do
        written = write(j->fd, text, length);
    while (written < 0 && errno == EINTR);
    int err = written < 0 ? -errno : 0;
    if (err == 0 && (size_t)written < length)
        err = -ENOSPC; /* a short write to a file: the disk or the limit is full */
    if (err && before >= 0 && ftruncate(j->fd, before) != 0)
        err = -errno;
    free(text);
    return err;
}

int journal_sync(struct journal *j)
{
    return fdatasync(j->fd) == 0 ? 0 : -errno;
}

void journal_close(struct journal *j)
{
    if (j->fd >= 0)
        close(j->fd);
    j->fd = -1;
}
