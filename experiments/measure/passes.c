/* SPDX-License-Identifier: MIT */
#include "passes.h"

#include <assert.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "measure/clock.h"
#include "measure/statistics.h"

static_assert(sizeof(struct side) % 256 == 0 && sizeof(struct seen) % 256 == 0,
              "what one side writes must not lie beside what the other reads");

enum {
    START_DELAY_NS = 250 * 1000, /* both threads are woken and spinning well before */
    FIRST_MESSAGES = 1024,
    FIRST_MESSAGES_SHARED = 8, /* on one cpu a message may take two time slices: 8 ms */
    HISTOGRAM_SHARE = 4        /* the recorded pass is a quarter of the timed one */
};

/* The largest gap between two looks at the clock while waiting: time taken from this thread. */
static uint64_t wait_until(uint64_t start_ns, bool shares_cpu, uint64_t *late_ns)
{
    uint64_t before = clock_ns(), gap = 0;
    *late_ns = before > start_ns ? before - start_ns : 0;
    while (before < start_ns) {
        if (shares_cpu)
            sched_yield();
        uint64_t now = clock_ns();
        gap = now - before > gap ? now - before : gap;
        before = now;
    }
    return gap;
}

/* Messages of block b; the last takes the remainder. */
static uint64_t block_messages(uint64_t messages, int b)
{
    uint64_t each = messages / PASS_BLOCKS;
    return b < PASS_BLOCKS - 1 ? each : messages - each * (PASS_BLOCKS - 1);
}

static void run_blocks(struct run *run, int i)
{
    struct side *s = &run->side[i];
    uint64_t before = run->pass.start_ns;
    for (int b = 0; b < PASS_BLOCKS; b++) {
        run->function[i](s, block_messages(run->pass.messages, b));
        disturbance_mark(&run->seen[i].meter);
        if (i == 0)
            continue;
        uint64_t now = clock_ns();
        run->block_ns[b] = now - before;
        before = now;
        if (run->count != NULL)
            run->fill_sum += run->count(s->ring[0]);
    }
}

static void run_timed(struct run *run, int i)
{
    struct side *s = &run->side[i];
    uint64_t gap = wait_until(run->pass.start_ns, run->shares_cpu, &run->seen[i].late_ns);
    if (run->counting != NULL)
        counters_start(&run->seen[i].counters);
    run_blocks(run, i);
    run->seen[i].end_ns = clock_ns();
    if (run->counting != NULL)
        counters_stop(&run->seen[i].counters);
    disturbance_stop(&run->seen[i].meter, &run->seen[i].disturbance);
    run->seen[i].disturbance.gap_max_ns = gap;
    run->seen[i].stuck = s->stuck;
    run->seen[i].polls = s->polls;
}

/* What takes long, before the leader sets the start. */
static void prepare_timed(struct run *run, int i)
{
    run->side[i].stuck = run->side[i].polls = 0;
    if (i == 0)
        ring_events_read(&run->events);
    if (i == 1)
        run->fill_sum = 0;
    disturbance_start(&run->seen[i].meter);
}

static void run_pass(struct run *run, int i)
{
    uint64_t late;
    if (run->pass.kind == PASS_TIMED) {
        run_timed(run, i);
        return;
    }
    wait_until(run->pass.start_ns, run->shares_cpu, &late);
    run->function[i](&run->side[i], run->pass.messages);
    run->seen[i].end_ns = clock_ns();
}

static uint64_t pass_elapsed(const struct run *run)
{
    uint64_t a = run->seen[0].end_ns, b = run->seen[1].end_ns;
    return (a > b ? a : b) - run->pass.start_ns;
}

static uint64_t clamp(double value, uint64_t low, uint64_t high)
{
    if (value < (double)low)
        return low;
    return value > (double)high ? high : (uint64_t)value;
}

/* The setting to use from here on: the fastest that was tried. */
static void choose_setting(struct run *run)
{
    size_t best = 0;
    for (size_t k = 1; k < run->bound->settings; k++)
        if (run->setting_ns[k] < run->setting_ns[best])
            best = k;
    run->pass.setting = best;
    run->bound->set(run->side[0].ring[0], best);
}

static uint64_t first_messages(const struct run *run)
{
    return run->shares_cpu ? FIRST_MESSAGES_SHARED : FIRST_MESSAGES;
}

static void plan_first(struct run *run)
{
    run->pass.messages = first_messages(run);
    run->pass.kind = run->bound && run->bound->settings > 1 ? PASS_TUNE : PASS_WARMUP;
}

/* Each setting runs until it has had its share of the warm-up; its last pass counts. */
static void plan_after_tune(struct run *run, uint64_t elapsed)
{
    const uint64_t share =
        (uint64_t)run->cell.value[FACTOR_warmup] / (2 * (uint64_t)run->bound->settings);
    run->setting_ns[run->pass.setting] = (double)elapsed / (double)run->pass.messages;
    if (elapsed < share) {
        run->pass.messages *= 4;
        return;
    }
    if (run->pass.setting + 1 < run->bound->settings) {
        run->bound->set(run->side[0].ring[0], ++run->pass.setting);
        run->pass.messages =
            clamp((double)run->pass.messages / 4, first_messages(run), UINT64_MAX / 8);
        return;
    }
    choose_setting(run);
    run->pass.messages = first_messages(run);
    run->pass.kind = PASS_WARMUP;
}

static void plan_after_warmup(struct run *run, uint64_t elapsed)
{
    const int64_t *v = run->cell.value;
    const double per_message = (double)(elapsed ? elapsed : 1) / (double)run->pass.messages;
    if (run->warmup_ns < (uint64_t)v[FACTOR_warmup]) {
        double left = (double)((uint64_t)v[FACTOR_warmup] - run->warmup_ns);
        run->pass.messages =
            clamp(left / per_message, first_messages(run), 16 * (uint64_t)run->pass.messages);
        return;
    }
    run->pass.kind = PASS_TIMED;
    run->pass.messages = v[FACTOR_messages] > 0 ? (uint64_t)v[FACTOR_messages]
                                                : clamp((double)v[FACTOR_seconds] / per_message,
                                                        PASS_BLOCKS, UINT64_MAX / 2);
}

/* The warm-up's last pass was disturbed and the speed taken from it was far too low: the pass was
 * over in less than half its time.  It counts as warm-up, and a longer one is timed. */
static bool too_short(const struct run *run, uint64_t elapsed)
{
    const int64_t *v = run->cell.value;
    bool by_seconds = v[FACTOR_messages] == FACTOR_UNUSED || v[FACTOR_messages] == 0;
    return by_seconds && elapsed < (uint64_t)v[FACTOR_seconds] / 2;
}

static void plan_after_timed(struct run *run, uint64_t elapsed)
{
    if (too_short(run, elapsed)) {
        run->warmup_ns += elapsed;
        run->pass.messages =
            clamp((double)run->pass.messages * (double)run->cell.value[FACTOR_seconds] /
                      (double)(elapsed ? elapsed : 1),
                  PASS_BLOCKS, 100 * run->pass.messages);
        return;
    }
    run->timed_ns = elapsed;
    run->timed_messages = run->pass.messages;
    ring_events_since(&run->events);
    run->pass.kind = PASS_STOP;
    if (run->cell.value[FACTOR_kernel] != KERNEL_pingpong)
        return;
    histogram_reset(&run->round_trips);
    run->side[0].round_trips = &run->round_trips;
    run->pass.kind = PASS_HISTOGRAM;
    run->pass.messages = run->pass.messages / HISTOGRAM_SHARE + 1;
}

/* Leader, between two barriers: what comes after the pass that ended. */
static void plan_next(struct run *run)
{
    uint64_t elapsed = pass_elapsed(run);
    switch (run->pass.kind) {
    case PASS_TUNE:
        run->warmup_ns += elapsed;
        plan_after_tune(run, elapsed);
        break;
    case PASS_WARMUP:
        run->warmup_ns += elapsed;
        plan_after_warmup(run, elapsed);
        break;
    case PASS_TIMED:
        plan_after_timed(run, elapsed);
        break;
    default:
        run->pass.kind = PASS_STOP;
    }
}

void passes_run(struct run *run, int i)
{
    if (i == 0)
        plan_first(run);
    for (;;) {
        pthread_barrier_wait(&run->barrier); /* the leader's plan is made */
        if (run->pass.kind == PASS_TIMED)
            prepare_timed(run, i);
        if (i == 0)
            run->pass.start_ns = clock_ns() + START_DELAY_NS;
        pthread_barrier_wait(&run->barrier);
        if (run->pass.kind == PASS_STOP)
            return;
        run_pass(run, i);
        pthread_barrier_wait(&run->barrier);
        if (i == 0)
            plan_next(run);
    }
}

static json_t *ratio_json(uint64_t part, uint64_t whole)
{
    return json_real((double)part / (double)whole);
}

static void put_ring_metrics(json_t *m, const struct run *run)
{
    json_object_set_new(m, "ring_bytes", json_integer((json_int_t)run->ring_bytes));
    json_object_set_new(m, "fill_mean_slots", ratio_json(run->fill_sum, PASS_BLOCKS));
    for (int i = 0; i < 2; i++) {
        const char *stuck = i == 0 ? "full_hits" : "empty_hits";
        const char *polls = i == 0 ? "full_polls" : "empty_polls";
        json_object_set_new(m, stuck, json_integer((json_int_t)run->seen[i].stuck));
        json_object_set_new(m, polls, json_integer((json_int_t)run->seen[i].polls));
    }
    ring_events_put(m, &run->events, run->timed_messages);
}

static void put_round_trips(json_t *m, const struct histogram *h)
{
    static const struct {
        const char *name;
        double q;
    } quantiles[] = {{"rtt_p50_ns", 0.5}, {"rtt_p99_ns", 0.99}, {"rtt_p999_ns", 0.999}};
    for (size_t i = 0; i < sizeof quantiles / sizeof quantiles[0]; i++)
        json_object_set_new(m, quantiles[i].name,
                            json_real(histogram_quantile_ns(h, quantiles[i].q)));
    json_object_set_new(m, "rtt_max_ns", json_real(histogram_max_ns(h)));
}

static void put_settings(json_t *m, const struct run *run)
{
    char text[128];
    json_t *all = json_object();
    for (size_t k = 0; k < run->bound->settings; k++) {
        run->bound->describe(k, text, sizeof text);
        json_object_set_new(all, text, json_real(run->setting_ns[k]));
    }
    run->bound->describe(run->pass.setting, text, sizeof text);
    json_object_set_new(m, "setting", json_string(text));
    json_object_set_new(m, "settings_ns", all);
}

static json_t *metrics_json(const struct run *run)
{
    const struct kernel_info *kernel = &kernel_table[run->cell.value[FACTOR_kernel]];
    json_t *m = json_object();
    double ns = (double)run->timed_ns / (double)run->timed_messages;
    json_object_set_new(m, kernel->metric, json_real(ns));
    json_object_set_new(m, "messages", json_integer((json_int_t)run->timed_messages));
    json_object_set_new(m, "timed_ns", json_integer((json_int_t)run->timed_ns));
    json_object_set_new(m, "warmup_ns", json_integer((json_int_t)run->warmup_ns));
    if (run->bound == NULL)
        put_ring_metrics(m, run);
    else if (run->bound->settings > 1)
        put_settings(m, run);
    if (histogram_count(&run->round_trips) > 0)
        put_round_trips(m, &run->round_trips);
    return m;
}

static json_t *evidence_json(const struct run *run)
{
    static const char *const names[2] = {"producer", "consumer"};
    double block[PASS_BLOCKS];
    json_t *e = json_object();
    for (int i = 0; i < 2; i++) {
        json_t *side = disturbance_json(&run->seen[i].disturbance);
        json_object_set_new(side, "late_ns", json_integer((json_int_t)run->seen[i].late_ns));
        json_object_set_new(e, names[i], side);
    }
    double most = 0;
    for (int b = 0; b < PASS_BLOCKS; b++) {
        block[b] = (double)run->block_ns[b];
        most = block[b] > most ? block[b] : most;
    }
    double median = run->alone ? 0 : stats_median(block, PASS_BLOCKS);
    json_object_set_new(e, "block_max_over_median",
                        median > 0 ? json_real(most / median) : json_null());
    return e;
}

static json_t *disturbed_json(const struct run *run)
{
    static const char *const names[2] = {"producer", "consumer"};
    json_t *list = json_array();
    for (int i = 0; i < 2; i++) {
        const char *reasons[DISTURBANCE_REASONS];
        size_t n = disturbance_verdict(&run->seen[i].disturbance, run->timed_ns, run->shares_cpu,
                                       reasons, DISTURBANCE_REASONS);
        for (size_t k = 0; k < n; k++)
            json_array_append_new(list, json_sprintf("%s: %s", names[i], reasons[k]));
        if (run->seen[i].late_ns > run->timed_ns / 100)
            json_array_append_new(list,
                                  json_sprintf("%s: started late by more than 1%%", names[i]));
    }
    return list;
}

static json_t *counters_of(const struct run *run)
{
    json_t *all = counters_pass_json(run->counting);
    const double messages = (double)run->timed_messages;
    json_object_set_new(all, "producer", counters_json(&run->seen[0].counters, messages));
    json_object_set_new(all, "consumer", counters_json(&run->seen[1].counters, messages));
    return all;
}

/* Whatever is in a ring after the last pass was never sent. */
static uint64_t messages_left_over(const struct run *run)
{
    uint64_t left = 0;
    for (int i = 0; i < 2 && run->count != NULL; i++)
        left += run->side[0].ring[i] != NULL ? run->count(run->side[0].ring[i]) : 0;
    return left;
}

json_t *passes_json(const struct run *run)
{
    const uint64_t wrong =
        run->side[0].mismatches | run->side[1].mismatches | messages_left_over(run);
    const bool moves = run->bound != NULL ||
                       !(rs_ring_table[run->cell.value[FACTOR_ring]].ops->caps & RS_NO_TRANSFER);
    json_t *result = json_object();
    bool failed = moves && wrong != 0;
    json_object_set_new(result, "status", json_string(failed ? "failed" : "ok"));
    json_object_set_new(result, "reason",
                        failed ? json_string("a message arrived damaged or out of order")
                               : json_null());
    json_object_set_new(result, "metrics", failed ? json_null() : metrics_json(run));
    json_object_set_new(result, "evidence", evidence_json(run));
    json_object_set_new(result, "disturbed", disturbed_json(run));
    if (run->counting != NULL && !failed)
        json_object_set_new(result, "counters", counters_of(run));
    return result;
}
