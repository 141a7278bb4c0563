/* SPDX-License-Identifier: MIT */
#include "cpu_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "cli.h"
#include "graph/live_files.h"

enum { HOLDER_BYTES = 512 };

/* ---- which cpus ------------------------------------------------------------------------------ */

static bool runs_on(const struct cell *c, int cpu)
{
    const int64_t place = c->value[FACTOR_placement];
    const bool graph = (kernel_table[c->value[FACTOR_kernel]].uses & USES_GRAPH) != 0;
    if (graph || place < 0) /* workers and unpinned threads go where the mask lets them */
        return true;
    return place / PLACE_CPUS == cpu || place % PLACE_CPUS == cpu;
}

static bool plan_runs_on(const struct plan *p, int cpu)
{
    for (size_t i = 0; i < p->n; i++)
        if (runs_on(&p->cell[i], cpu))
            return true;
    return false;
}

/* ---- files ----------------------------------------------------------------------------------- */

/* The last folder first: unlike the others it is the same in every session of the user. */
static int open_folder(char *why, size_t n)
{
    char folder[RS_LIVE_FOLDERS][RS_LIVE_PATH_BYTES];
    int fd = -ENOENT;
    for (size_t i = rs_live_folders(folder); fd < 0 && i-- > 0;) {
        fd = rs_live_open_folder(folder[i], true);
        if (fd < 0)
            snprintf(why, n, "cannot use %s (%s)", folder[i], strerror(-fd));
    }
    return fd;
}

static int open_file(int folder, int cpu)
{
    char name[32];
    snprintf(name, sizeof name, ".cpu-%d.lock", cpu);
    int fd = openat(folder, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    return fd >= 0 ? fd : -errno;
}

/* What the holder wrote; nothing in the moment between its lock and its words. */
static void read_holder(int fd, char *text, size_t n)
{
    ssize_t length = pread(fd, text, n - 1, 0);
    text[length > 0 ? length : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    if (text[0] == '\0')
        snprintf(text, n, "a process that has not said its name yet");
}

/* A word for others only: where it does not fit the lock holds all the same. */
static void write_holder(int fd, const char *dir)
{
    char text[HOLDER_BYTES], folder[PATH_MAX];
    if (*dir == '\0' || realpath(dir, folder) == NULL)
        snprintf(folder, sizeof folder, "%s", dir);
    for (char *c = folder; *c != '\0'; c++)
        if ((unsigned char)*c < ' ')
            *c = '?';
    int length = snprintf(text, sizeof text, "process %d%s%.440s\n", (int)getpid(),
                          *folder ? ", which writes to " : "", folder);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)length, 0) != length)
        complain("other sweeps are not told who has the cpus: %s", strerror(errno));
}

/* ---- locks ----------------------------------------------------------------------------------- */

static enum cpu_lock_result take_file(int fd, int cpu, bool wait, char *why, size_t n)
{
    char holder[HOLDER_BYTES];
    int err;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return CPU_LOCK_TAKEN;
    if (errno != EWOULDBLOCK) {
        snprintf(why, n, "cannot lock cpu %d (%s)", cpu, strerror(errno));
        return CPU_LOCK_UNAVAILABLE;
    }
    read_holder(fd, holder, sizeof holder);
    snprintf(why, n, "cpu %d is taken by a sweep of %s", cpu, holder);
    if (!wait)
        return CPU_LOCK_BUSY;
    complain("%s; waiting until it ends", why);
    do
        err = flock(fd, LOCK_EX) == 0 ? 0 : errno;
    while (err == EINTR);
    return err == 0 ? CPU_LOCK_TAKEN : CPU_LOCK_BUSY;
}

static enum cpu_lock_result take_cpu(struct cpu_lock *l, int folder, int cpu, bool wait, char *why,
                                     size_t n)
{
    int fd = open_file(folder, cpu);
    if (fd < 0) {
        snprintf(why, n, "cannot make a lock file for cpu %d (%s)", cpu, strerror(-fd));
        return CPU_LOCK_UNAVAILABLE;
    }
    enum cpu_lock_result result = take_file(fd, cpu, wait, why, n);
    if (result == CPU_LOCK_TAKEN)
        l->fd[l->n++] = fd;
    else
        close(fd);
    return result;
}

static int compare(const void *a, const void *b)
{
    const int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

/* The plan's cpus, ascending.  NULL without memory. */
static int *list_cpus(const struct plan *p, const struct topology *t, size_t *n)
{
    int *cpu = malloc((t->n_cpus + 1) * sizeof *cpu);
    *n = 0;
    for (size_t i = 0; cpu != NULL && i < t->n_cpus; i++)
        if (plan_runs_on(p, t->cpus[i].cpu))
            cpu[(*n)++] = t->cpus[i].cpu;
    if (cpu != NULL)
        qsort(cpu, *n, sizeof *cpu, compare);
    return cpu;
}

enum cpu_lock_result cpu_lock_take(struct cpu_lock *l, const struct plan *p,
                                   const struct topology *t, bool wait, char *why, size_t n)
{
    size_t cpus;
    int *cpu = list_cpus(p, t, &cpus);
    *l = (struct cpu_lock){.fd = cpu ? malloc((cpus + 1) * sizeof *l->fd) : NULL};
    enum cpu_lock_result result = CPU_LOCK_UNAVAILABLE;
    int folder = -ENOMEM;
    if (cpu == NULL || l->fd == NULL)
        snprintf(why, n, "out of memory");
    else
        folder = open_folder(why, n);
    if (folder >= 0) {
        result = CPU_LOCK_TAKEN;
        for (size_t i = 0; result == CPU_LOCK_TAKEN && i < cpus; i++)
            result = take_cpu(l, folder, cpu[i], wait, why, n);
        close(folder);
    }
    free(cpu);
    if (result == CPU_LOCK_TAKEN)
        cpu_lock_sign(l, "");
    else
        cpu_lock_release(l);
    return result;
}

void cpu_lock_sign(const struct cpu_lock *l, const char *dir)
{
    for (size_t i = 0; i < l->n; i++)
        write_holder(l->fd[i], dir);
}

/* The first cpu last: who waits for it then finds the others free. */
void cpu_lock_release(struct cpu_lock *l)
{
    for (size_t i = l->n; i-- > 0;)
        close(l->fd[i]);
    free(l->fd);
    *l = (struct cpu_lock){0};
}
