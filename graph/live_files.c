/* SPDX-License-Identifier: MIT */
/* Where live files lie, and whether the process that wrote one is still there. */
#include "graph/live_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- processes --------------------------------------------------------------------------------
 */

uint64_t rs_live_started(uint32_t pid)
{
    char path[48], text[1024];
    char state = 'Z';
    unsigned long long ticks = 0;
    snprintf(path, sizeof path, "/proc/%u/stat", (unsigned)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = '\0';
    const char *rest = strrchr(text, ')'); /* the name before it may hold anything */
    if (rest == NULL || sscanf(rest,
                               ") %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
                               "%*s %*s %*s %llu",
                               &state, &ticks) != 2)
        return 0;
    return state == 'Z' || state == 'X' ? 0 : (uint64_t)ticks;
}

uint64_t rs_live_pid_space(void)
{
    struct stat s;
    return stat("/proc/self/ns/pid", &s) == 0 ? (uint64_t)s.st_ino : 0;
}

enum rs_live_state rs_live_state(const struct rs_live_header *h)
{
    if (h->pid_space != rs_live_pid_space() || h->started_ticks == 0) /* it had no /proc */
        return RS_LIVE_ELSEWHERE;
    return rs_live_started(h->pid) == h->started_ticks ? RS_LIVE_RUNS : RS_LIVE_DEAD;
}

/* ---- folders ----------------------------------------------------------------------------------
 */

size_t rs_live_folders(char folder[RS_LIVE_FOLDERS][RS_LIVE_PATH_BYTES])
{
    const char *own = getenv("RINGSIDE_LIVE_DIR"), *session = getenv("XDG_RUNTIME_DIR");
    size_t n = 0;
    if (own != NULL && own[0] != '\0') {
        snprintf(folder[0], RS_LIVE_PATH_BYTES, "%s", own);
        return 1;
    }
    if (session != NULL && session[0] == '/')
        snprintf(folder[n++], RS_LIVE_PATH_BYTES, "%.400s/ringside", session);
    snprintf(folder[n++], RS_LIVE_PATH_BYTES, "/dev/shm/ringside-%u", (unsigned)geteuid());
    return n;
}

int rs_live_open_folder(const char *path, bool make)
{
    struct stat s;
    if (strlen(path) > RS_LIVE_FOLDER_MOST)
        return -ENAMETOOLONG;
    if (make && mkdir(path, 0700) != 0 && errno != EEXIST)
        return -errno;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (fstat(fd, &s) == 0 && s.st_uid == geteuid() && (s.st_mode & (S_IWGRP | S_IWOTH)) == 0)
        return fd;
    close(fd);
    return -EPERM;
}

static bool each_in(int folder, const char *path, bool (*each)(void *, const char *), void *user)
{
    DIR *d = fdopendir(folder);
    struct dirent *e;
    bool more = true;
    while (d != NULL && more && (e = readdir(d)) != NULL) {
        char name[RS_LIVE_PATH_BYTES + NAME_MAX];
        if (e->d_name[0] == '.' ||
            (size_t)snprintf(name, sizeof name, "%s/%s", path, e->d_name) >= sizeof name)
            continue;
        more = each(user, name);
    }
    if (d != NULL)
        closedir(d);
    else
        close(folder);
    return more;
}

void rs_live_each(bool (*each)(void *user, const char *path), void *user)
{
    char folder[RS_LIVE_FOLDERS][RS_LIVE_PATH_BYTES];
    const size_t n = rs_live_folders(folder);
    bool more = true;
    for (size_t i = 0; more && i < n; i++) {
        int fd = rs_live_open_folder(folder[i], false);
        if (fd >= 0)
            more = each_in(fd, folder[i], each, user);
    }
}

/* ---- what the dead left -----------------------------------------------------------------------
 */

/* ".<pid>.<n>" had no name yet when its process ended; "<pid>-<name>" has a header that tells. */
static bool is_left_over(int folder, const char *name)
{
    struct rs_live_view v;
    char *end;
    char why[256];
    if (name[0] == '.') {
        unsigned long pid = strtoul(name + 1, &end, 10);
        return end > name + 1 && *end == '.' && rs_live_started((uint32_t)pid) == 0;
    }
    if (rs_live_open_at(&v, folder, name, why, sizeof why) != 0)
        return false;
    bool dead = rs_live_state(v.header) == RS_LIVE_DEAD;
    rs_live_close(&v);
    return dead;
}

void rs_live_remove_dead(int folder)
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *e;
    while (d != NULL && (e = readdir(d)) != NULL)
        if (is_left_over(folder, e->d_name))
            unlinkat(folder, e->d_name, 0);
    if (d != NULL)
        closedir(d);
    else if (fd >= 0)
        close(fd);
}

void rs_live_unmap(struct rs_live_header **h, size_t bytes)
{
    if (*h != NULL)
        munmap(*h, bytes);
    *h = NULL;
}
