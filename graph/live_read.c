/* SPDX-License-Identifier: MIT */
/*
 * Reading a live file.
 *
 * Ordering (who, on what, why):
 *   V3 acquire  words      a word of a later payload brings the later number along; pairs with V2
 *   V4 acquire  published  the payload of that number is whole; pairs with V1
 *   V6 relaxed  published  ordered after the words by V3
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "graph/live_files.h"

enum { TRIES = 1000 };

static bool copy_half(const struct rs_live_header *h, uint64_t number, uint64_t *to)
{
    const char *first = (const char *)h + h->header_bytes;
    const RS_ATOMIC(uint64_t) *from =
        (const RS_ATOMIC(uint64_t) *)(const void *)(first + (number % 2) * h->payload_bytes);
    for (size_t i = 0; i < h->payload_bytes / sizeof *to; i++) {
        /* V3 acquire: if the word is of a later payload, V6 sees that `number` is not the last;
         * pairs with V2. Without it a mix of two payloads is taken for one. */
        to[i] = rs_load_acquire(&from[i]);
    }
    return rs_load_relaxed(&h->last.published) == number; /* V6 relaxed: ordered by V3 */
}

int rs_live_copy(const struct rs_live_view *v, void *payload)
{
    for (int i = 0; i < TRIES; i++) {
        /* V4 acquire: every word of this payload; pairs with V1. Without it words of the one
         * before last are copied, and the number does not tell. */
        uint64_t number = rs_load_acquire(&v->header->last.published);
        if (number == 0)
            return -EAGAIN;
        if (copy_half(v->header, number, (uint64_t *)payload))
            return 0;
    }
    return -EAGAIN;
}

/* Whether what is mapped is what this file's layouts describe; NULL = it is. */
static const char *misfit(const struct rs_live_header *h, size_t bytes, int *err)
{
    *err = -EBADMSG;
    if (bytes < sizeof *h || memcmp(h->magic, RS_LIVE_MAGIC, sizeof h->magic) != 0)
        return "is no live file";
    *err = -EPROTO;
    if (h->version != RS_LIVE_VERSION || h->header_bytes != sizeof *h)
        return "was written by another version of ringside; use that version's `ringside top`";
    *err = -EBADMSG;
    if (h->payload_bytes % sizeof(uint64_t) != 0 || h->payload_bytes > bytes ||
        h->header_bytes + 2 * h->payload_bytes != bytes ||
        memchr(h->name, '\0', sizeof h->name) == NULL ||
        memchr(h->folder, '\0', sizeof h->folder) == NULL)
        return "is damaged: its sizes do not agree";
    return NULL;
}

static int map_view(struct rs_live_view *v, int fd, const char *path, char *why, size_t n)
{
    struct stat s;
    int err = -EPERM;
    if (fstat(fd, &s) != 0 || !S_ISREG(s.st_mode) || s.st_uid != geteuid()) {
        snprintf(why, n, "%s is no file of this user; run as its owner", path);
        return err;
    }
    void *at =
        s.st_size > 0 ? mmap(NULL, (size_t)s.st_size, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (at == MAP_FAILED) {
        snprintf(why, n, "%s cannot be mapped, or is empty", path);
        return -EBADMSG;
    }
    *v = (struct rs_live_view){(const struct rs_live_header *)at, at, (size_t)s.st_size};
    const char *wrong = misfit(v->header, v->bytes, &err);
    if (wrong == NULL)
        return 0;
    snprintf(why, n, "%s %s", path, wrong);
    rs_live_close(v);
    return err;
}

int rs_live_open_at(struct rs_live_view *v, int folder, const char *path, char *why, size_t n)
{
    *v = (struct rs_live_view){.header = NULL};
    int fd = openat(folder, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        int err = -errno;
        snprintf(why, n, "cannot open %s: %s", path, strerror(-err));
        return err == -EACCES ? -EPERM : err;
    }
    int err = map_view(v, fd, path, why, n);
    close(fd);
    return err;
}

int rs_live_open(struct rs_live_view *v, const char *path, char *why, size_t n)
{
    return rs_live_open_at(v, AT_FDCWD, path, why, n);
}

void rs_live_close(struct rs_live_view *v)
{
    if (v->header != NULL)
        munmap(v->mapping, v->bytes);
    *v = (struct rs_live_view){.header = NULL};
}
