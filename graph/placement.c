/* SPDX-License-Identifier: MIT */
#include "graph/placement.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CPUS_FIRST_GUESS = 1024, CPUS_MOST = 1 << 20, NAME_BYTES = 15, NAME_TAIL = 9 };

/* ---- the mask -------------------------------------------------------------------------------- */

struct mask {
    cpu_set_t *set;
    size_t bytes, bits;
};

/* The calling thread's mask, however many cpus the kernel was built for. */
static int mask_load(struct mask *m)
{
    for (m->bits = CPUS_FIRST_GUESS; m->bits <= CPUS_MOST; m->bits *= 2) {
        m->set = CPU_ALLOC(m->bits);
        if (m->set == NULL)
            return -ENOMEM;
        m->bytes = CPU_ALLOC_SIZE(m->bits);
        CPU_ZERO_S(m->bytes, m->set);
        if (sched_getaffinity(0, m->bytes, m->set) == 0)
            return 0;
        int err = errno;
        CPU_FREE(m->set);
        if (err != EINVAL)
            return -err;
    }
    return -EINVAL;
}

static int list_cpus(const struct mask *m, struct rs_cpus *c)
{
    size_t room = (size_t)CPU_COUNT_S(m->bytes, m->set);
    if (room == 0)
        return -ENODEV;
    c->cpu = malloc(room * sizeof *c->cpu);
    if (c->cpu == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < m->bits && c->n < room; i++)
        if (CPU_ISSET_S(i, m->bytes, m->set))
            c->cpu[c->n++] = (int)i;
    return 0;
}

/* ---- what the machine and the cgroup give ---------------------------------------------------- */

/* The first line of root/path, "" if there is none. */
static void first_line(char *to, size_t n, const char *root, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static void first_line(char *to, size_t n, const char *root, const char *format, ...)
{
    char path[PATH_MAX];
    va_list arguments;
    int used = snprintf(path, sizeof path, "%s", root);
    va_start(arguments, format);
    if (used >= 0 && (size_t)used < sizeof path)
        vsnprintf(path + used, sizeof path - (size_t)used, format, arguments);
    va_end(arguments);
    to[0] = '\0';
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return;
    if (fgets(to, (int)n, f) == NULL)
        to[0] = '\0';
    fclose(f);
    to[strcspn(to, "\n")] = '\0';
}

static double tighter(double a, double b)
{
    return a <= 0 || (b > 0 && b < a) ? b : a;
}

/* One group of cgroup v2: "max 100000" or "150000 100000". */
static double quota_v2(const char *root, const char *folder, const char *group)
{
    char text[64];
    double quota, period;
    first_line(text, sizeof text, root, "%s%s/cpu.max", folder, group);
    return sscanf(text, "%lf %lf", &quota, &period) == 2 && quota > 0 && period > 0 ? quota / period
                                                                                    : 0;
}

/* One group of cgroup v1; a quota of -1 is none. */
static double quota_v1(const char *root, const char *folder, const char *group)
{
    char quota[64], period[64];
    first_line(quota, sizeof quota, root, "%s%s/cpu.cfs_quota_us", folder, group);
    first_line(period, sizeof period, root, "%s%s/cpu.cfs_period_us", folder, group);
    double q = strtod(quota, NULL), p = strtod(period, NULL);
    return q > 0 && p > 0 ? q / p : 0;
}

/* A group and all above it: the tightest counts.  Cuts `group`. */
static double tightest(const char *root, const char *folder, char *group,
                       double (*read)(const char *, const char *, const char *))
{
    double quota = 0;
    for (;;) {
        quota = tighter(quota, read(root, folder, group));
        char *slash = strrchr(group, '/');
        if (slash == NULL)
            return quota;
        *slash = '\0';
    }
}

static bool has_word(const char *list, const char *word)
{
    size_t length = strlen(word);
    while (*list != '\0') {
        size_t item = strcspn(list, ",");
        if (item == length && strncmp(list, word, length) == 0)
            return true;
        list += item + (list[item] == ',');
    }
    return false;
}

/* A line of /proc/self/cgroup, "ID:CONTROLLERS:/GROUP"; v2 has no controllers. */
static double quota_of_line(const char *root, char *line)
{
    static const char *const v1[] = {"/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"};
    char *controllers = strchr(line, ':'), group[PATH_MAX];
    char *path = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
    double quota = 0;
    if (path == NULL)
        return 0;
    *path++ = '\0';
    controllers++;
    path[strcspn(path, "\n")] = '\0';
    if (*controllers == '\0') {
        snprintf(group, sizeof group, "%s", path);
        return tightest(root, "/sys/fs/cgroup", group, quota_v2);
    }
    for (size_t i = 0; has_word(controllers, "cpu") && i < sizeof v1 / sizeof v1[0]; i++) {
        snprintf(group, sizeof group, "%s", path);
        quota = tighter(quota, tightest(root, v1[i], group, quota_v1));
    }
    return quota;
}

static double load_quota(const char *root)
{
    char path[PATH_MAX], line[PATH_MAX];
    double quota = 0;
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return 0;
    while (fgets(line, sizeof line, f) != NULL)
        quota = tighter(quota, quota_of_line(root, line));
    fclose(f);
    return quota;
}

/* The kernel's list "0-3,8"; where it is not there, what libc says. */
static size_t load_online(const char *root)
{
    char text[4096], *p = text;
    size_t count = 0;
    first_line(text, sizeof text, root, "/sys/devices/system/cpu/online");
    while (*p >= '0' && *p <= '9') {
        unsigned long first = strtoul(p, &p, 10), last = first;
        if (*p == '-')
            last = strtoul(p + 1, &p, 10);
        if (last < first)
            break;
        count += last - first + 1;
        p += *p == ',';
    }
    long known = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? count : known > 0 ? (size_t)known : 1;
}

/* Whole cpus: a thread that polls on the rest of one would be throttled. */
static size_t usable_cpus(size_t n, double quota)
{
    if (quota <= 0 || quota >= (double)n)
        return n;
    return quota < 1 ? 1 : (size_t)(quota + 0.001);
}

int rs_cpus_load(struct rs_cpus *c, const char *root)
{
    struct mask m;
    *c = (struct rs_cpus){0};
    int err = mask_load(&m);
    if (err != 0)
        return err;
    err = list_cpus(&m, c);
    CPU_FREE(m.set);
    if (err != 0)
        return err;
    c->quota = load_quota(root);
    c->usable = usable_cpus(c->n, c->quota);
    c->online = load_online(root);
    if (c->online < c->n)
        c->online = c->n;
    return 0;
}

void rs_cpus_free(struct rs_cpus *c)
{
    free(c->cpu);
    *c = (struct rs_cpus){0};
}

/* ---- the calling thread ---------------------------------------------------------------------- */

static int pin_failed(int err, char *why, size_t n)
{
    const char *fix = err == EINVAL ? "the process may not run there (any more): "
                                      "`grep Cpus_allowed_list /proc/self/status` shows where"
                                    : "a sandbox (seccomp) may forbid sched_setaffinity: run "
                                      "without it, or with placement = free";
    snprintf(why, n, "%s; %s", strerror(err), fix);
    return -err;
}

/* The kernel intersects with the cpuset, and a tool may have changed the mask since. */
static int read_back(int cpu, char *why, size_t n)
{
    struct mask m;
    int err = mask_load(&m);
    if (err != 0)
        return pin_failed(-err, why, n);
    int count = CPU_COUNT_S(m.bytes, m.set);
    bool there = CPU_ISSET_S((size_t)cpu, m.bytes, m.set);
    CPU_FREE(m.set);
    if (count == 1 && there)
        return 0;
    snprintf(
        why, n,
        "the kernel keeps it on %d cpus%s; something else sets this thread's mask: stop it, or "
        "use placement = free",
        count, there ? "" : ", and not that one");
    return -EBUSY;
}

int rs_pin(int cpu, char *why, size_t n)
{
    if (cpu < 0 || cpu >= CPUS_MOST)
        return pin_failed(EINVAL, why, n);
    size_t bits = (size_t)cpu + 1, bytes = CPU_ALLOC_SIZE(bits);
    cpu_set_t *set = CPU_ALLOC(bits);
    if (set == NULL)
        return pin_failed(ENOMEM, why, n);
    CPU_ZERO_S(bytes, set);
    CPU_SET_S((size_t)cpu, bytes, set);
    int err = sched_setaffinity(0, bytes, set) == 0 ? 0 : errno;
    CPU_FREE(set);
    return err != 0 ? pin_failed(err, why, n) : read_back(cpu, why, n);
}

int rs_raise(rs_priority priority, char *why, size_t n)
{
    int err = 0;
    if (priority == RS_PRIORITY_NICE) {
        id_t thread = (id_t)syscall(SYS_gettid);
        err = setpriority(PRIO_PROCESS, thread, -20) == 0 ? 0 : errno;
        if (err != 0)
            snprintf(why, n,
                     "cannot set nice -20: %s; allow it with `ulimit -e 40` (a hard limit is in "
                     "/etc/security/limits.conf) or CAP_SYS_NICE",
                     strerror(err));
    } else if (priority == RS_PRIORITY_FIFO) {
        struct sched_param p = {.sched_priority = sched_get_priority_min(SCHED_FIFO)};
        err = pthread_setschedparam(pthread_self(), SCHED_FIFO, &p);
        if (err != 0)
            snprintf(why, n,
                     "cannot set SCHED_FIFO: %s; allow it with `ulimit -r 1` (a hard limit is in "
                     "/etc/security/limits.conf) or CAP_SYS_NICE; in a cgroup v1 the group also "
                     "needs cpu.rt_runtime_us",
                     strerror(err));
    }
    return -err;
}

const char *rs_priority_refusal(rs_priority priority, size_t workers, const struct rs_cpus *c)
{
    size_t filled = workers < c->n ? workers : c->n;
    if (priority != RS_PRIORITY_FIFO || filled < c->online)
        return NULL;
    return "SCHED_FIFO threads that poll would fill every cpu of the machine and lock out "
           "everything else; leave it a cpu (taskset, a cpuset, or fewer workers), or use priority "
           "= nice";
}

static bool continues(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

void rs_thread_name(const char *node, char to[16])
{
    size_t length = strlen(node), head = NAME_BYTES - NAME_TAIL - 1;
    if (length <= NAME_BYTES) {
        memcpy(to, node, length + 1);
        return;
    }
    const char *tail = node + length - NAME_TAIL;
    while (head > 0 && continues(node[head])) /* no half of a UTF-8 character */
        head--;
    while (continues(*tail))
        tail++;
    snprintf(to, NAME_BYTES + 1, "%.*s~%s", (int)head, node, tail);
}
