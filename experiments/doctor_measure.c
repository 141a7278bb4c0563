/* SPDX-License-Identifier: MIT */
/* Findings that take time: the clock, who else is running, round trips between cpus. */
#include "child.h"
#include "doctor.h"
#include "measure/clock.h"
#include "measure/disturbance.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static const uint64_t SAMPLE_NS = 500000000;
static const double TRIAL_SECONDS = 0.02;

static void check_clock(json_t *findings, const json_t *env)
{
    const char *source = json_string_value(json_object_get(env, "clocksource"));
    uint64_t resolution = clock_resolution_ns();
    double cost = clock_cost_ns();
    /* Through the vDSO a read takes tens of ns; a system call takes hundreds. */
    bool slow = cost > 150 || resolution > 1000;
    const struct doctor_finding ok = {DOCTOR_OK, false, "clock", NULL, NULL};
    const struct doctor_finding bad = {
        DOCTOR_WARN, true, "clock",
        "every look at the clock is a system call, or the clock steps coarsely: latencies are "
        "dominated by it",
        "use a clocksource the vDSO can read: write tsc (or kvm-clock, arch_sys_counter) to "
        "/sys/devices/system/clocksource/clocksource0/current_clocksource"};

    doctor_add(findings, slow ? &bad : &ok,
               "a read costs %.0f ns, smallest step %llu ns, source %s", cost,
               (unsigned long long)resolution, source ? source : "unknown");
}

/* One thread that does nothing but watch for being disturbed, as a ring's side would be. */
struct watch {
    pthread_t thread;
    int cpu;
    int error;
    struct disturbance seen;
};

static uint64_t spin(struct disturbance_meter *m)
{
    uint64_t begin = clock_ns();
    uint64_t last = begin;
    uint64_t gap_max = 0;

    while (last - begin < SAMPLE_NS) {
        uint64_t now = clock_ns();
        if (now - last > gap_max)
            gap_max = now - last;
        last = now;
        disturbance_mark(m);
    }
    return gap_max;
}

static void *watch_run(void *context)
{
    struct watch *w = context;
    struct disturbance_meter meter;

    w->error = disturbance_pin(w->cpu);
    if (!w->error)
        w->error = disturbance_open(&meter, w->cpu);
    if (w->error)
        return NULL;
    disturbance_start(&meter);
    uint64_t gap = spin(&meter);
    disturbance_stop(&meter, &w->seen);
    disturbance_close(&meter);
    w->seen.gap_max_ns = gap;
    return NULL;
}

static void report_error(json_t *findings, const struct watch *w)
{
    const struct doctor_finding failed = {
        DOCTOR_WARN, true, "now", "threads may run elsewhere than asked for",
        "look at the cpuset of this process (taskset -p $$, systemd or container settings)"};

    doctor_add(findings, &failed, "cpu %d: cannot pin a thread there: %s", w->cpu,
               strerror(-w->error));
}

/* "waited 0.01 ms for the cpu, 2 involuntary switches, ..." of what is known. */
static void describe(const struct disturbance *d, char *text, size_t size)
{
    char wait[48] = "";
    char steal[48] = "";

    if (d->wait_ns >= 0)
        snprintf(wait, sizeof wait, "waited %.2f ms for the cpu, ", (double)d->wait_ns / 1e6);
    if (d->steal_ticks >= 0)
        snprintf(steal, sizeof steal, "%lld ticks stolen, ", (long long)d->steal_ticks);
    snprintf(text, size, "%s%lld involuntary switches, %slongest gap %.2f ms", wait,
             (long long)d->involuntary_switches, steal, (double)d->gap_max_ns / 1e6);
}

static void report_watch(json_t *findings, const struct watch *w)
{
    const char *reasons[DISTURBANCE_REASONS];
    char why[256] = "undisturbed";
    char figures[192];
    const struct doctor_finding quiet = {DOCTOR_OK, false, "now", NULL, NULL};
    const struct doctor_finding noisy = {
        DOCTOR_WARN, true, "now",
        "rounds measured like this are flagged as disturbed and repeated up to a cap",
        "stop what else runs here, or isolate cpus; steal can only be cured by the host"};

    size_t n = disturbance_verdict(&w->seen, SAMPLE_NS, false, reasons, DISTURBANCE_REASONS);
    for (size_t i = 0, used = 0; i < n && used < sizeof why; i++)
        used += (size_t)snprintf(why + used, sizeof why - used, "%s%s", i ? ", " : "", reasons[i]);
    describe(&w->seen, figures, sizeof figures);
    doctor_add(findings, n ? &noisy : &quiet,
               "cpu %d, while a thread spun there for 0.5 s: %s (%s)", w->cpu, why, figures);
}

static void check_interference(json_t *findings, const struct topology *t)
{
    struct watch watch[2] = {{.cpu = t->cpus[0].cpu}, {.cpu = -1}};
    size_t n = topology_default_pair(t, &watch[0].cpu, &watch[1].cpu) ? 2 : 1;
    size_t started = 0;

    for (; started < n; started++) {
        int err = pthread_create(&watch[started].thread, NULL, watch_run, &watch[started]);
        if (err == 0)
            continue;
        watch[started].error = -err;
        report_error(findings, &watch[started]);
        break;
    }
    for (size_t i = 0; i < started; i++) {
        pthread_join(watch[i].thread, NULL);
        if (watch[i].error)
            report_error(findings, &watch[i]);
        else
            report_watch(findings, &watch[i]);
    }
}

static void check_load(json_t *findings, const struct topology *t, const json_t *env)
{
    const json_t *load = json_object_get(env, "load_average");
    double minute = json_real_value(json_array_get(load, 0));
    const struct doctor_finding quiet = {DOCTOR_OK, false, "load", NULL, NULL};
    const struct doctor_finding busy = {
        DOCTOR_NOTE, false, "load",
        "somebody used the cpus during the last minute, perhaps a build that has just ended",
        "wait until it falls, if the checks of interference complain"};

    if (!json_is_array(load))
        return;
    doctor_add(findings, minute > 0.5 ? &busy : &quiet,
               "load average %.2f over the last minute, %zu cpu%s allowed", minute, t->n_cpus,
               t->n_cpus == 1 ? "" : "s");
}

/* The fastest of three trials: interference only ever adds. */
static double round_trip_ns(int a, int b)
{
    double best = -1;

    for (int trial = 0; trial < 3; trial++) {
        double ns = line_round_trip_ns(a, b, TRIAL_SECONDS);
        if (ns >= 0 && (best < 0 || ns < best))
            best = ns;
    }
    return best;
}

static void check_pairs(json_t *findings, const struct topology *t)
{
    struct doctor_pair pairs[DOCTOR_PAIRS];
    size_t total;
    size_t n = doctor_choose_pairs(t, pairs, &total);

    for (size_t i = 0; i < n; i++)
        pairs[i].round_trip_ns = round_trip_ns(pairs[i].a, pairs[i].b);
    doctor_judge_pairs(findings, pairs, n, total);
}

void doctor_measure(json_t *findings, const struct topology *t, const json_t *env)
{
    check_clock(findings, env);
    check_load(findings, t, env);
    check_interference(findings, t);
    check_pairs(findings, t);
}
