/* SPDX-License-Identifier: MIT */
/*
 * Writing a live file.
 *
 * Ordering (who, on what, why):
 *   V1 release  published  the payload is whole before its number is seen; pairs with V4
 *   V2 release  words      the number before is seen with a word that overwrites; pairs with V3
 *   V5 relaxed  published  sole writer
 */
#include "graph/live.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "graph/live_files.h"

enum { NAMES_MAX = 100, WORD = sizeof(uint64_t) };

/* ---- publishing -------------------------------------------------------------------------------
 */

static RS_ATOMIC(uint64_t) * half(struct rs_live *l, uint64_t number)
{
    struct rs_live_header *h = l->header;
    char *first = (char *)h + h->header_bytes;
    return (RS_ATOMIC(uint64_t) *)(void *)(first + (number % 2) * h->payload_bytes);
}

void rs_live_publish(struct rs_live *l, const void *payload)
{
    uint64_t number = rs_load_relaxed(&l->header->last.published); /* V5 relaxed: sole writer */
    RS_ATOMIC(uint64_t) *to = half(l, number + 1);
    const uint64_t *from = (const uint64_t *)payload;
    for (size_t i = 0; i < l->header->payload_bytes / WORD; i++) {
        /* V2 release: this half was given up when `number` was published, and who sees the word
         * sees that too; pairs with V3. Without it a reader copies words of two payloads and finds
         * the number unchanged. */
        rs_store_release(&to[i], from[i]);
    }
    /* V1 release: every word is there; pairs with V4. Without it a reader takes the new number and
     * copies words of the payload before last. */
    rs_store_release(&l->header->last.published, number + 1);
}

/* ---- making the file --------------------------------------------------------------------------
 */

static void set_header(struct rs_live_header *h, enum rs_live_kind kind, const char *name,
                       const char *folder, size_t payload_bytes)
{
    memcpy(h->magic, RS_LIVE_MAGIC, sizeof h->magic);
    h->version = RS_LIVE_VERSION;
    h->kind = kind;
    h->header_bytes = sizeof *h;
    h->payload_bytes = payload_bytes;
    h->pid = (uint32_t)getpid();
    h->parent_pid = (uint32_t)getppid();
    h->pid_space = rs_live_pid_space();
    h->started_ticks = rs_live_started(h->pid);
    snprintf(h->name, sizeof h->name, "%s", name);
    snprintf(h->folder, sizeof h->folder, "%s", folder);
}

/* Room is taken now: a full folder is an error here and no fault while publishing. */
static int map_file(struct rs_live *l, int fd)
{
    int err = posix_fallocate(fd, 0, (off_t)l->bytes);
    if (err != 0)
        return -err;
    void *at = mmap(NULL, l->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        return -errno;
    l->header = (struct rs_live_header *)at;
    return 0;
}

/* "4711-filter", "4711-filter.1": what is no letter or digit becomes '_'. */
static void file_name(char *to, size_t n, const char *name, int again)
{
    char plain[48];
    snprintf(plain, sizeof plain, "%.47s", name);
    for (char *c = plain; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '-' && *c != '_')
            *c = '_';
    if (again == 0)
        snprintf(to, n, "%d-%s", (int)getpid(), plain);
    else
        snprintf(to, n, "%d-%s.%d", (int)getpid(), plain, again);
}

/* A name that this process does not use yet; it appears with everything below it in place. */
static int give_name(int folder, const char *unnamed, const char *name, char *given, size_t n)
{
    int err = -EEXIST;
    for (int i = 0; err == -EEXIST && i < NAMES_MAX; i++) {
        file_name(given, n, name, i);
        err = linkat(folder, unnamed, folder, given, 0) == 0 ? 0 : -errno;
    }
    unlinkat(folder, unnamed, 0);
    return err;
}

static int create_in(int folder, struct rs_live *l, const struct rs_live_header *h, char *given,
                     size_t n)
{
    char unnamed[64];
    int fd = -1;
    for (int i = 0; fd < 0 && i < NAMES_MAX; i++) {
        snprintf(unnamed, sizeof unnamed, ".%d.%d", (int)getpid(), i);
        fd = openat(folder, unnamed, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    if (fd < 0)
        return -errno;
    int err = map_file(l, fd);
    if (err == 0) {
        *l->header = *h;
        err = give_name(folder, unnamed, h->name, given, n);
    } else {
        unlinkat(folder, unnamed, 0);
    }
    close(fd);
    if (err != 0)
        rs_live_unmap(&l->header, l->bytes);
    return err;
}

/* The path of what is made must fit in l->path. */
static int create_below(const char *where, struct rs_live *l, const struct rs_live_header *h)
{
    enum { GIVEN_BYTES = 96, WHERE_MAX = RS_LIVE_PATH_BYTES - GIVEN_BYTES - 1 };
    char given[GIVEN_BYTES];
    if (strlen(where) > WHERE_MAX)
        return -ENAMETOOLONG;
    int at = rs_live_open_folder(where, true);
    if (at < 0)
        return at;
    rs_live_remove_dead(at);
    int err = create_in(at, l, h, given, sizeof given);
    close(at);
    if (err == 0)
        snprintf(l->path, sizeof l->path, "%.*s/%s", WHERE_MAX, where, given);
    return err;
}

int rs_live_create(struct rs_live *l, enum rs_live_kind kind, const char *name, const char *folder,
                   size_t payload_bytes, char *why, size_t n)
{
    char where[RS_LIVE_FOLDERS][RS_LIVE_PATH_BYTES];
    struct rs_live_header h = {.version = 0};
    int err = -ENOENT;
    *l = (struct rs_live){.header = NULL};
    set_header(&h, kind, name, folder, (payload_bytes + WORD - 1) / WORD * WORD);
    l->bytes = sizeof h + 2 * (size_t)h.payload_bytes;
    const size_t folders = rs_live_folders(where);
    for (size_t i = 0; err != 0 && i < folders; i++) {
        err = create_below(where[i], l, &h);
        if (err != 0)
            snprintf(why, n,
                     "cannot make a file in %s: %s; set RINGSIDE_LIVE_DIR to a folder of "
                     "yours",
                     where[i],
                     err == -EPERM ? "the folder is another user's, or others may write to it"
                                   : strerror(-err));
    }
    return err;
}

void rs_live_remove(struct rs_live *l)
{
    if (l->header == NULL)
        return;
    unlink(l->path);
    rs_live_unmap(&l->header, l->bytes);
}
