/* SPDX-License-Identifier: MIT */
#include "disturbance.h"
#include "topology.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* The cpu if the calling thread's mask has just one, else DISTURBANCE_ANY_CPU. */
static int only_cpu(void)
{
    int *cpus = NULL;
    size_t n_cpus = 0;
    int cpu = DISTURBANCE_ANY_CPU;

    if (topology_allowed(&cpus, &n_cpus) == 0 && n_cpus == 1)
        cpu = cpus[0];
    free(cpus);
    return cpu;
}

int disturbance_pin(int cpu)
{
    if (cpu < 0 || cpu >= 1 << 20)
        return -EINVAL;
    size_t bytes = CPU_ALLOC_SIZE((size_t)cpu + 1);
    cpu_set_t *set = CPU_ALLOC((size_t)cpu + 1);
    if (!set)
        return -ENOMEM;
    CPU_ZERO_S(bytes, set);
    CPU_SET_S((size_t)cpu, bytes, set);
    int err = sched_setaffinity(0, bytes, set) == 0 ? 0 : -errno;
    CPU_FREE(set);
    if (err)
        return err;
    return only_cpu() == cpu ? 0 : -ENOTSUP;
}

static int list_steal_cpus(struct disturbance_meter *m)
{
    if (m->cpu == DISTURBANCE_ANY_CPU)
        return topology_allowed(&m->steal_cpu, &m->n_steal_cpus);
    m->steal_cpu = malloc(sizeof *m->steal_cpu);
    if (!m->steal_cpu)
        return -ENOMEM;
    m->steal_cpu[0] = m->cpu;
    m->n_steal_cpus = 1;
    return 0;
}

int disturbance_open(struct disturbance_meter *m, int cpu)
{
    memset(m, 0, sizeof *m);
    m->cpu = cpu;
    m->schedstat = -1;
    int err = list_steal_cpus(m);
    if (err)
        return err;
    m->schedstat = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
    m->stat = fopen("/proc/stat", "re");
    return 0;
}

void disturbance_close(struct disturbance_meter *m)
{
    if (m->schedstat >= 0)
        close(m->schedstat);
    if (m->stat)
        fclose(m->stat);
    free(m->steal_cpu);
    m->schedstat = -1;
    m->stat = NULL;
    m->steal_cpu = NULL;
}

static void read_switches(struct disturbance *now)
{
    struct rusage usage;

    now->involuntary_switches = DISTURBANCE_UNAVAILABLE;
    now->voluntary_switches = DISTURBANCE_UNAVAILABLE;
    if (getrusage(RUSAGE_THREAD, &usage) != 0)
        return;
    now->involuntary_switches = usage.ru_nivcsw;
    now->voluntary_switches = usage.ru_nvcsw;
}

static int64_t read_run_ns(void)
{
    struct timespec t;

    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) != 0)
        return DISTURBANCE_UNAVAILABLE;
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t read_wait_ns(int schedstat)
{
    char text[96];
    int64_t run;
    int64_t wait;
    int64_t slices;

    ssize_t bytes = schedstat < 0 ? -1 : pread(schedstat, text, sizeof text - 1, 0);
    if (bytes <= 0)
        return DISTURBANCE_UNAVAILABLE;
    text[bytes] = '\0';
    if (sscanf(text, "%" SCNd64 " %" SCNd64 " %" SCNd64, &run, &wait, &slices) != 3)
        return DISTURBANCE_UNAVAILABLE;
    /* A running thread has had a slice; a kernel that keeps no account prints zeros. */
    return slices > 0 ? wait : DISTURBANCE_UNAVAILABLE;
}

static bool counts(const struct disturbance_meter *m, int cpu)
{
    for (size_t i = 0; i < m->n_steal_cpus; i++)
        if (m->steal_cpu[i] == cpu)
            return true;
    return false;
}

static int64_t read_steal_ticks(struct disturbance_meter *m)
{
    char line[256];
    size_t found = 0;
    int64_t sum = 0;

    if (!m->stat)
        return DISTURBANCE_UNAVAILABLE;
    rewind(m->stat);
    while (fgets(line, sizeof line, m->stat) && strncmp(line, "cpu", 3) == 0) {
        int cpu;
        int64_t steal;
        if (sscanf(line, "cpu%d %*s %*s %*s %*s %*s %*s %*s %" SCNd64, &cpu, &steal) != 2 ||
            !counts(m, cpu))
            continue;
        sum += steal;
        found++;
    }
    return found == m->n_steal_cpus ? sum : DISTURBANCE_UNAVAILABLE;
}

void disturbance_mark(struct disturbance_meter *m)
{
    int cpu = sched_getcpu();

    if (cpu == m->last_cpu)
        return;
    m->migrations++;
    m->last_cpu = cpu;
}

/* The slow reading comes first here and last in stop, so that it lies outside the others. */
void disturbance_start(struct disturbance_meter *m)
{
    m->begin.steal_ticks = read_steal_ticks(m);
    read_switches(&m->begin);
    m->begin.wait_ns = read_wait_ns(m->schedstat);
    m->last_cpu = sched_getcpu();
    m->migrations = m->last_cpu < 0 ? DISTURBANCE_UNAVAILABLE : 0;
    m->begin.run_ns = read_run_ns();
}

/* Some kernels' steal runs backwards by a tick: that is no steal. */
static int64_t difference(int64_t begin, int64_t end)
{
    if (begin < 0 || end < 0)
        return DISTURBANCE_UNAVAILABLE;
    return end > begin ? end - begin : 0;
}

void disturbance_stop(struct disturbance_meter *m, struct disturbance *out)
{
    struct disturbance end;
    const struct disturbance *begin = &m->begin;

    end.run_ns = read_run_ns();
    disturbance_mark(m);
    end.wait_ns = read_wait_ns(m->schedstat);
    read_switches(&end);
    end.steal_ticks = read_steal_ticks(m);

    *out = (struct disturbance){
        .involuntary_switches = difference(begin->involuntary_switches, end.involuntary_switches),
        .voluntary_switches = difference(begin->voluntary_switches, end.voluntary_switches),
        .run_ns = difference(begin->run_ns, end.run_ns),
        .wait_ns = difference(begin->wait_ns, end.wait_ns),
        .migrations = m->migrations,
        .steal_ticks = difference(begin->steal_ticks, end.steal_ticks),
        .cpu_requested = m->cpu,
        .cpu_granted = only_cpu(),
        .gap_max_ns = DISTURBANCE_NO_GAP,
    };
}

static json_t *known(int64_t value)
{
    return value < 0 ? json_null() : json_integer(value);
}

json_t *disturbance_json(const struct disturbance *d)
{
    json_t *gap =
        d->gap_max_ns == DISTURBANCE_NO_GAP ? json_null() : json_integer((json_int_t)d->gap_max_ns);

    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:i, s:o}", "involuntary_switches",
                     known(d->involuntary_switches), "voluntary_switches",
                     known(d->voluntary_switches), "run_ns", known(d->run_ns), "wait_ns",
                     known(d->wait_ns), "migrations", known(d->migrations), "steal_ticks",
                     known(d->steal_ticks), "cpu_requested", d->cpu_requested, "cpu_granted",
                     d->cpu_granted, "gap_max_ns", gap);
}

/*
 * The criteria.  `d` may hold -1 for unavailable, which fulfils none of them.
 *
 * Run-queue wait: 1% is what a quiet A/A pair differs by; what is lost on one side stalls the
 * other as well, so more than that can make a winner.
 */
static bool waited(const struct disturbance *d, uint64_t interval_ns)
{
    return d->wait_ns > 0 && (uint64_t)d->wait_ns > interval_ns / 100;
}

/*
 * Where the kernel does not tell the wait, the number of preemptions stands in for it: three in a
 * second, or in a shorter interval, may be a competitor.  Where it does, their number adds nothing:
 * the kernel's housekeeping preempts a pinned thread up to a hundred times a second for some
 * microseconds each, a tenth of a per cent in all.
 */
static bool preempted(const struct disturbance *d, uint64_t interval_ns)
{
    uint64_t seconds = interval_ns / 1000000000u;

    return d->wait_ns == DISTURBANCE_UNAVAILABLE &&
           d->involuntary_switches >= (int64_t)(3 * (seconds ? seconds : 1));
}

/* One tick (mostly 10 ms) is the smallest steal that shows, and is 1% of a second already. */
static bool stolen(const struct disturbance *d, uint64_t interval_ns)
{
    (void)interval_ns;
    return d->steal_ticks >= 1;
}

static bool misplaced(const struct disturbance *d, uint64_t interval_ns)
{
    (void)interval_ns;
    return d->cpu_requested != DISTURBANCE_ANY_CPU && d->cpu_granted != d->cpu_requested;
}

static bool migrated(const struct disturbance *d, uint64_t interval_ns)
{
    (void)interval_ns;
    return d->cpu_requested != DISTURBANCE_ANY_CPU && d->migrations > 0;
}

/* Interrupts take microseconds; a hole of a millisecond is a time slice given to another. */
static bool interrupted(const struct disturbance *d, uint64_t interval_ns)
{
    (void)interval_ns;
    return d->gap_max_ns != DISTURBANCE_NO_GAP && d->gap_max_ns > 1000000u;
}

static const struct {
    bool (*holds)(const struct disturbance *d, uint64_t interval_ns);
    bool by_scheduler; /* does not apply where both sides share a cpu */
    const char *reason;
} criteria[DISTURBANCE_REASONS] = {
    {waited, true, "run-queue wait above 1% of the interval"},
    {preempted, true, "3 or more involuntary switches a second (no wait time known)"},
    {stolen, false, "cpu time stolen by the hypervisor"},
    {misplaced, false, "affinity not granted as requested"},
    {migrated, false, "migrated while pinned"},
    {interrupted, true, "a gap of more than 1 ms while polling"},
};

size_t disturbance_verdict(const struct disturbance *d, uint64_t interval_ns, bool shares_cpu,
                           const char *reasons[], size_t max)
{
    size_t n = 0;

    for (size_t i = 0; i < DISTURBANCE_REASONS; i++) {
        if ((shares_cpu && criteria[i].by_scheduler) || !criteria[i].holds(d, interval_ns))
            continue;
        if (n < max)
            reasons[n] = criteria[i].reason;
        n++;
    }
    return n;
}
