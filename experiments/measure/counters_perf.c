/* SPDX-License-Identifier: MIT */
#include "counters_perf.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "counters_reason.h"

/* ---- one counter -------------------------------------------------------------------------- */

int perf_counter_open(const struct pfm_code *code, bool with_kernel, int leader)
{
    struct perf_event_attr attr = {
        .type = code->type,
        .size = sizeof attr,
        .config = code->config,
        .config1 = code->config1,
        .config2 = code->config2,
        .read_format =
            PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
        .disabled = leader < 0, /* the leader starts and stops all */
        .exclude_kernel = !with_kernel,
        .exclude_hv = 1,
    };
    long file = syscall(SYS_perf_event_open, &attr, 0, -1, leader, PERF_FLAG_FD_CLOEXEC);
    return file < 0 ? -errno : (int)file;
}

void perf_counter_start(int leader)
{
    ioctl(leader, PERF_EVENT_IOC_RESET, PERF_IOC_FLAG_GROUP);
    ioctl(leader, PERF_EVENT_IOC_ENABLE, PERF_IOC_FLAG_GROUP);
}

void perf_counter_stop(int leader)
{
    ioctl(leader, PERF_EVENT_IOC_DISABLE, PERF_IOC_FLAG_GROUP);
}

/* What the kernel gives for a group: one time for all, as they are on the hardware together. */
struct group_reading {
    uint64_t n, enabled_ns, running_ns, value[COUNTERS_PASS_MAX];
};

/* Why the reading is worth nothing, or "". */
static void judge(const struct group_reading *r, bool whole, char *why, size_t n)
{
    why[0] = '\0';
    if (!whole)
        snprintf(why, n,
                 "the kernel could not put these events on the hardware together; put "
                 "fewer events in the group");
    else if (r->enabled_ns == 0)
        snprintf(why, n, "the counters never ran; repeat with a longer timed pass");
    else if (r->running_ns != r->enabled_ns)
        snprintf(why, n,
                 "counted %.1f%% of the time only: fewer counters are free than the pass has "
                 "events; end other profilers, or disable the NMI watchdog (sudo sysctl "
                 "kernel.nmi_watchdog=0)",
                 100 * (double)r->running_ns / (double)r->enabled_ns);
}

void perf_counter_read(int leader, const int file[COUNTERS_PASS_MAX],
                       struct counter_value value[COUNTERS_PASS_MAX])
{
    struct group_reading r = {.n = 0};
    char why[COUNTERS_WHY_BYTES];
    uint64_t next = 0;
    const ssize_t bytes = read(leader, &r, sizeof r);
    judge(&r, bytes > 0, why, sizeof why);
    for (int i = 0; i < COUNTERS_PASS_MAX; i++) {
        if (file[i] < 0)
            continue;
        value[i].known = why[0] == '\0' && next < r.n;
        value[i].value = value[i].known ? r.value[next] : 0;
        snprintf(value[i].why, sizeof value[i].why, "%s", why);
        next++;
    }
}

bool perf_counts_hardware(char *why, size_t n)
{
    const struct pfm_code cycles = {.type = PERF_TYPE_HARDWARE, .config = PERF_COUNT_HW_CPU_CYCLES};
    int file = perf_counter_open(&cycles, false, -1);
    if (file < 0)
        counters_reason_text(counters_perf_reason(-file), why, n);
    else
        close(file);
    return file >= 0;
}

/* ---- the backend -------------------------------------------------------------------------- */

struct group {
    int file[COUNTERS_PASS_MAX]; /* -1 = none */
    int leader;
};

/* A start resets values, not times: a group that once had to share the hardware stays null. */
static void *group_open(const char *const native[COUNTERS_PASS_MAX],
                        struct counter_value value[COUNTERS_PASS_MAX])
{
    struct group *g = malloc(sizeof *g);
    if (g == NULL)
        return NULL;
    g->leader = -1;
    for (int i = 0; i < COUNTERS_PASS_MAX; i++) {
        struct pfm_code code;
        g->file[i] = -1;
        if (native[i] == NULL ||
            pfm_encode(native[i], &code, value[i].why, sizeof value[i].why) != 0)
            continue;
        int file = perf_counter_open(&code, false, g->leader);
        if (file < 0) {
            counters_reason_text(counters_perf_reason(-file), value[i].why, sizeof value[i].why);
            continue;
        }
        g->file[i] = file;
        g->leader = g->leader < 0 ? file : g->leader;
    }
    if (g->leader >= 0)
        return g;
    free(g);
    return NULL;
}

static void group_start(void *state)
{
    perf_counter_start(((const struct group *)state)->leader);
}

static void group_stop(void *state)
{
    perf_counter_stop(((const struct group *)state)->leader);
}

static void group_read(void *state, struct counter_value value[COUNTERS_PASS_MAX])
{
    const struct group *g = (const struct group *)state;
    perf_counter_read(g->leader, g->file, value);
}

static void group_close(void *state)
{
    struct group *g = (struct group *)state;
    for (int i = 0; i < COUNTERS_PASS_MAX; i++)
        if (g->file[i] >= 0)
            close(g->file[i]);
    free(g);
}

static bool usable(char *why, size_t n)
{
    return pfm_usable(why, n) && perf_counts_hardware(why, n);
}

const struct counters_backend counters_perf = {.name = "perf",
                                               .usable = usable,
                                               .pmus = pfm_present,
                                               .open = group_open,
                                               .start = group_start,
                                               .stop = group_stop,
                                               .read = group_read,
                                               .close = group_close};
