/* SPDX-License-Identifier: MIT */
#include "counters_software.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "counters_perf.h"
#include "counters_reason.h"
#include "graph/graph.h"

/* Where an event's figure comes from. */
enum source { SOURCE_RUSAGE, SOURCE_CLOCK, SOURCE_SCHEDSTAT, SOURCE_PERF, SOURCES };

/* `which`: of rusage an offset, of schedstat a column, of perf a config. */
static const struct {
    const char *name;
    size_t which;
    enum source source;
    bool in_kernel; /* happens in the kernel: with that excluded it reads 0 */
} events[] = {
    {"minor-faults", offsetof(struct rusage, ru_minflt), SOURCE_RUSAGE, false},
    {"major-faults", offsetof(struct rusage, ru_majflt), SOURCE_RUSAGE, false},
    {"voluntary-switches", offsetof(struct rusage, ru_nvcsw), SOURCE_RUSAGE, false},
    {"involuntary-switches", offsetof(struct rusage, ru_nivcsw), SOURCE_RUSAGE, false},
    {"run-ns", 0, SOURCE_CLOCK, false},
    {"wait-ns", 1, SOURCE_SCHEDSTAT, false},
    {"slices", 2, SOURCE_SCHEDSTAT, false},
    {"task-clock-ns", PERF_COUNT_SW_TASK_CLOCK, SOURCE_PERF, false},
    {"page-faults", PERF_COUNT_SW_PAGE_FAULTS, SOURCE_PERF, false},
    {"context-switches", PERF_COUNT_SW_CONTEXT_SWITCHES, SOURCE_PERF, true},
    {"cpu-migrations", PERF_COUNT_SW_CPU_MIGRATIONS, SOURCE_PERF, true},
};
enum { EVENTS = sizeof events / sizeof events[0] };

int counters_software_find(const char *name, const char **nearest)
{
    const char *names[EVENTS];
    for (int i = 0; i < EVENTS; i++) {
        names[i] = events[i].name;
        if (strcmp(name, names[i]) == 0)
            return i;
    }
    *nearest = rs_nearest_name(name, names, EVENTS);
    return -1;
}

struct reading {
    bool good[SOURCES];
    struct rusage usage;
    uint64_t clock_ns, schedstat[3];
};

struct group {
    int event[COUNTERS_PASS_MAX]; /* index; -1 = none */
    bool uses[SOURCES];
    int schedstat;               /* file, -1 = none */
    int file[COUNTERS_PASS_MAX]; /* of perf; -1 = none */
    int leader;
    struct reading begin, end;
};

/* ---- the kernel's accounts ---------------------------------------------------------------- */

static bool read_clock(uint64_t *ns)
{
    struct timespec t;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) != 0)
        return false;
    *ns = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
    return true;
}

/* A kernel that keeps no account prints zeros, though a running thread has had a slice. */
static bool read_schedstat(int file, uint64_t column[3])
{
    char text[96];
    ssize_t bytes = pread(file, text, sizeof text - 1, 0);
    if (bytes <= 0)
        return false;
    text[bytes] = '\0';
    return sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNu64, &column[0], &column[1], &column[2]) ==
               3 &&
           column[2] > 0;
}

static void read_accounts(const struct group *g, struct reading *r)
{
    if (g->uses[SOURCE_RUSAGE])
        r->good[SOURCE_RUSAGE] = getrusage(RUSAGE_THREAD, &r->usage) == 0;
    if (g->uses[SOURCE_SCHEDSTAT])
        r->good[SOURCE_SCHEDSTAT] = read_schedstat(g->schedstat, r->schedstat);
    if (g->uses[SOURCE_CLOCK])
        r->good[SOURCE_CLOCK] = read_clock(&r->clock_ns);
}

static uint64_t figure(const struct reading *r, int event)
{
    long count;
    switch (events[event].source) {
    case SOURCE_RUSAGE:
        memcpy(&count, (const char *)&r->usage + events[event].which, sizeof count);
        return (uint64_t)count;
    case SOURCE_SCHEDSTAT:
        return r->schedstat[events[event].which];
    default:
        return r->clock_ns;
    }
}

/* ---- perf's software events --------------------------------------------------------------- */

/* With the kernel if that is allowed; else without, for what also happens outside of it. */
static int open_perf(struct group *g, int i, char *why, size_t n)
{
    const struct pfm_code code = {.type = PERF_TYPE_SOFTWARE, .config = events[g->event[i]].which};
    int file = perf_counter_open(&code, true, g->leader);
    if (file == -EACCES && !events[g->event[i]].in_kernel)
        file = perf_counter_open(&code, false, g->leader);
    if (file == -EACCES && events[g->event[i]].in_kernel) {
        snprintf(why, n,
                 "EACCES: kernel.perf_event_paranoid hides the kernel, where this happens; use "
                 "group software, or sudo sysctl kernel.perf_event_paranoid=1");
    } else if (file < 0) {
        counters_reason_text(counters_perf_reason(-file), why, n);
    } else {
        g->leader = g->leader < 0 ? file : g->leader;
    }
    return file;
}

/* ---- the backend -------------------------------------------------------------------------- */

static bool usable(char *why, size_t n)
{
    (void)why;
    (void)n;
    return true;
}

static size_t pmus(char (*name)[32], size_t max)
{
    (void)name;
    (void)max;
    return 0;
}

static bool take(struct group *g, int i, const char *native, struct counter_value *value)
{
    const char *near;
    g->event[i] = counters_software_find(native + strlen(COUNTERS_SOFTWARE_PREFIX), &near);
    if (g->event[i] < 0) {
        snprintf(value->why, sizeof value->why, "no software event '%.60s'%s%s", native,
                 near ? ", the nearest is " : "", near ? near : "");
        return false;
    }
    const enum source source = events[g->event[i]].source;
    if (source == SOURCE_PERF)
        g->file[i] = open_perf(g, i, value->why, sizeof value->why);
    g->uses[source] = true;
    return true;
}

static void *group_open(const char *const native[COUNTERS_PASS_MAX],
                        struct counter_value value[COUNTERS_PASS_MAX])
{
    struct group *g = calloc(1, sizeof *g);
    bool any = false;
    if (g == NULL)
        return NULL;
    g->leader = g->schedstat = -1;
    for (int i = 0; i < COUNTERS_PASS_MAX; i++) {
        g->event[i] = g->file[i] = -1;
        any = (native[i] != NULL && take(g, i, native[i], &value[i])) || any;
    }
    if (g->uses[SOURCE_SCHEDSTAT])
        g->schedstat = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
    if (any)
        return g;
    free(g);
    return NULL;
}

static void group_start(void *state)
{
    struct group *g = (struct group *)state;
    read_accounts(g, &g->begin);
    if (g->leader >= 0)
        perf_counter_start(g->leader);
}

static void group_stop(void *state)
{
    struct group *g = (struct group *)state;
    if (g->leader >= 0)
        perf_counter_stop(g->leader);
    read_accounts(g, &g->end);
}

static void read_account(const struct group *g, int event, struct counter_value *value)
{
    static const char *const why[] = {
        [SOURCE_RUSAGE] = "this kernel does not account for threads (getrusage)",
        [SOURCE_CLOCK] = "this kernel has no clock of a thread's cpu time",
        [SOURCE_SCHEDSTAT] = "no schedstat of the thread: CONFIG_SCHED_INFO or /proc is missing"};
    const enum source source = events[event].source;
    value->known = g->begin.good[source] && g->end.good[source];
    value->value = value->known ? figure(&g->end, event) - figure(&g->begin, event) : 0;
    snprintf(value->why, sizeof value->why, "%s", value->known ? "" : why[source]);
}

static void group_read(void *state, struct counter_value value[COUNTERS_PASS_MAX])
{
    const struct group *g = (const struct group *)state;
    for (int i = 0; i < COUNTERS_PASS_MAX; i++) {
        if (g->event[i] >= 0 && events[g->event[i]].source != SOURCE_PERF)
            read_account(g, g->event[i], &value[i]);
    }
    if (g->leader >= 0)
        perf_counter_read(g->leader, g->file, value);
}

static void group_close(void *state)
{
    struct group *g = (struct group *)state;
    for (int i = 0; i < COUNTERS_PASS_MAX; i++)
        if (g->file[i] >= 0)
            close(g->file[i]);
    if (g->schedstat >= 0)
        close(g->schedstat);
    free(g);
}

const struct counters_backend counters_software = {.name = "software",
                                                   .usable = usable,
                                                   .pmus = pmus,
                                                   .open = group_open,
                                                   .start = group_start,
                                                   .stop = group_stop,
                                                   .read = group_read,
                                                   .close = group_close};
