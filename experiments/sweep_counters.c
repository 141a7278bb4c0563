/* SPDX-License-Identifier: MIT */
#include "sweep_counters.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "cli.h"
#include "measure/clock.h"
#include "measure/round.h"
#include "measure/statistics.h"
#include "progress.h"
#include "stop_request.h"
#include "store/counter_records.h"
#include "sweep_live.h"

/* Of one round of one pass of one cell. */
enum { COUNT_DUE, COUNT_VALUES, COUNT_EMPTY, COUNT_FAILED };

static unsigned char *state_of(const struct counter_sweep *s, size_t task, int round)
{
    return &s->state[task * (size_t)s->plan->counter_rounds + (size_t)round];
}

static size_t tasks_of(const struct counter_sweep *s)
{
    return s->plan->n * s->counters->n;
}

static bool wants(const struct counter_sweep *s, size_t task, int round)
{
    char why[256];
    return shard_has(&s->plan->shard, round) && *state_of(s, task, round) == COUNT_DUE &&
           (round == 0 || *state_of(s, task, 0) != COUNT_EMPTY) &&
           !cell_counting_refusal(&s->plan->cell[task / s->counters->n], why, sizeof why);
}

static void note(struct counter_sweep *s, size_t task, int round, bool ok, bool any)
{
    *state_of(s, task, round) = ok ? (any ? COUNT_VALUES : COUNT_EMPTY) : COUNT_FAILED;
    s->done++;
    s->failed += !ok;
}

/* ---- a round ------------------------------------------------------------------------------ */

static json_t *member(const json_t *line, const char *key)
{
    json_t *value = json_object_get(line, key);
    return value ? json_incref(value) : json_null();
}

static json_t *record_json(const struct counter_sweep *s, size_t task, int round, double start_s,
                           const struct child_result *r)
{
    const struct cell *c = &s->plan->cell[task / s->counters->n];
    const struct counters_pass *pass = &s->counters->pass[task % s->counters->n];
    const json_t *metrics = json_object_get(r->line, "metrics");
    char id[17];
    snprintf(id, sizeof id, "%016" PRIx64, cell_id(c));
    return json_pack("{s:s, s:i, s:s, s:i, s:f, s:f, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "cell",
                     id, "round", round, "group", pass->group, "pass", (int)pass->index, "start_s",
                     start_s, "wall_s", r->wall_s, "status", r->status, "reason",
                     r->line ? member(r->line, "reason") : json_string(r->reason), "signal",
                     r->signal ? json_integer(r->signal) : json_null(), "counters",
                     member(r->line, "counters"), "messages", member(metrics, "messages"),
                     "disturbed", r->line ? member(r->line, "disturbed") : json_array(), "factors",
                     cell_json(c));
}

static int append(struct counter_sweep *s, size_t task, int round, double start_s,
                  const struct child_result *r, char *why, size_t n)
{
    json_t *record = record_json(s, task, round, start_s, r);
    int err = record ? journal_append(&s->journal, record) : -ENOMEM;
    if (err)
        snprintf(why, n,
                 "cannot record a counter round in %s: %s; what was recorded is valid, make room "
                 "and `ringside resume %s`",
                 s->dir, strerror(-err), s->dir);
    else
        note(s, task, round, strcmp(r->status, "ok") == 0,
             counter_values_any(json_object_get(record, "counters")));
    if (err == 0 && strcmp(r->status, "ok") != 0)
        progress_failed(round, &s->plan->cell[task / s->counters->n], r->status,
                        json_string_value(json_object_get(record, "reason")));
    json_decref(record);
    return err;
}

static int run_one(struct counter_sweep *s, size_t task, int round, char *why, size_t n)
{
    const struct counters_pass *pass = &s->counters->pass[task % s->counters->n];
    const double start_s = s->earlier_s + (double)(clock_ns() - s->begun_ns) / 1e9;
    struct child_result result;
    char name[64];
    snprintf(name, sizeof name, "%s/%zu", pass->group, pass->index);
    int err = child_count(&s->plan->cell[task / s->counters->n], name, s->plan->limit_s, &result);
    if (err) {
        snprintf(why, n, "cannot start a counter round: %s", strerror(-err));
        return err;
    }
    if (strcmp(result.status, "aborted") == 0 && stop_requested())
        err = -EINTR; /* whoever ended the sweep ended the round: it did not take place */
    else
        err = append(s, task, round, start_s, &result, why, n);
    json_decref(result.line);
    return err;
}

/* ---- all of them -------------------------------------------------------------------------- */

/* At most: a pass that gives no value in its first round has no others. */
static size_t rounds_due(const struct counter_sweep *s)
{
    size_t due = 0;
    for (size_t task = 0; task < tasks_of(s); task++)
        for (int round = 0; round < s->plan->counter_rounds; round++)
            due += wants(s, task, round);
    return due;
}

static void print_progress(const struct counter_sweep *s, int round, size_t at, size_t of)
{
    const bool terminal = isatty(STDERR_FILENO);
    if (!terminal && at != 0)
        return;
    fprintf(stderr, "%scounters, round %d of %d: %zu of %zu, %zu failed%s",
            terminal ? "\r\033[K" : "", round + 1, s->plan->counter_rounds, at, of, s->failed,
            terminal ? "" : "\n");
}

/* To the terminal, and to who watches from elsewhere. */
static void show(const struct counter_sweep *s, int round, size_t at, size_t of,
                 const struct cell *c)
{
    const size_t ran = s->done - s->done_before;
    const double spent_s = (double)(clock_ns() - s->begun_ns) / 1e9;
    struct sweep_counting now = {.done = s->done, .round = round, .left = rounds_due(s)};
    now.left_s = (double)now.left * (ran > 0 ? spent_s / (double)ran : plan_round_seconds(c));
    sweep_live_count(s->shown, &now, c);
    print_progress(s, round, at, of);
}

static int run_round(struct counter_sweep *s, int round, size_t *order, char *why, size_t n)
{
    /* other bits than the timing rounds' */
    uint64_t rng = ~s->seed ^ ((uint64_t)round * 0x9e3779b97f4a7c15u);
    size_t tasks = 0;
    int err = 0;
    for (size_t i = 0; i < tasks_of(s); i++)
        if (wants(s, i, round))
            order[tasks++] = i;
    stats_shuffle(&rng, tasks, order);
    for (size_t i = 0; err == 0 && i < tasks; i++) {
        if (stop_requested())
            return -EINTR;
        show(s, round, i, tasks, &s->plan->cell[order[i] / s->counters->n]);
        err = run_one(s, order[i], round, why, n);
    }
    return err;
}

int counter_sweep_run(struct counter_sweep *s, char *why, size_t n)
{
    size_t *order = calloc(tasks_of(s), sizeof *order);
    sigset_t before;
    int err = order ? 0 : -ENOMEM;
    if (err)
        snprintf(why, n, "out of memory");
    stop_hold(&before);
    s->begun_ns = clock_ns();
    for (int round = 0; err == 0 && round < s->plan->counter_rounds; round++)
        err = run_round(s, round, order, why, n);
    free(order);
    while (stop_requested()) /* in the last round: still summed up, not killed by it below */
        err = err ? err : -EINTR;
    stop_release(&before);
    fprintf(stderr, "%s%zu counter rounds (%zu failed) of %zu passes of %zu cells\n",
            isatty(STDERR_FILENO) ? "\r\033[K" : "", s->done, s->failed, s->counters->n,
            s->plan->n);
    int sync = journal_sync(&s->journal);
    if (err == 0 && sync != 0) {
        err = sync;
        snprintf(why, n, "cannot bring %s to the disk: %s", s->dir, strerror(-err));
    }
    return err;
}

/* The task of a record, or tasks_of(). */
static size_t find_task(const struct counter_sweep *s, const struct counter_record *r)
{
    for (size_t cell = 0; cell < s->plan->n; cell++)
        for (size_t p = 0; cell_equal(&s->plan->cell[cell], &r->cell) && p < s->counters->n; p++)
            if (strcmp(s->counters->pass[p].group, r->group) == 0 &&
                (int)s->counters->pass[p].index == r->pass)
                return cell * s->counters->n + p;
    return tasks_of(s);
}

static int note_records(struct counter_sweep *s, char *why, size_t n)
{
    struct counter_records all;
    int err = counter_records_load(s->dir, &all, why, n);
    for (size_t i = 0; err == 0 && i < all.n; i++) {
        const struct counter_record *r = &all.item[i];
        const size_t task = find_task(s, r);
        if (task == tasks_of(s) || r->round >= s->plan->counter_rounds) {
            snprintf(why, n,
                     "record %zu of %s in %s is of a cell, group or round that this sweep does not "
                     "have",
                     i + 1, COUNTERS_JOURNAL, s->dir);
            err = -EINVAL;
        } else {
            note(s, task, r->round, r->status == SAMPLE_OK, r->any);
            s->earlier_s = r->start_s > s->earlier_s ? r->start_s : s->earlier_s;
        }
    }
    counter_records_free(&all);
    s->done_before = s->done;
    return err;
}

int counter_sweep_open(struct counter_sweep *s, char *why, size_t n)
{
    s->journal = (struct journal){.fd = -1};
    s->state = calloc(tasks_of(s) * (size_t)s->plan->counter_rounds + 1, 1);
    int err = s->state ? journal_open_file(&s->journal, s->dir, COUNTERS_JOURNAL) : -ENOMEM;
    if (err)
        snprintf(why, n, "cannot write %s in %s: %s%s", COUNTERS_JOURNAL, s->dir, strerror(-err),
                 journal_remedy(err));
    else
        err = note_records(s, why, n);
    if (s->journal.torn_bytes > 0)
        complain("the last record of %s/%s was torn (%zu bytes) and is cut off; its round runs "
                 "again",
                 s->dir, COUNTERS_JOURNAL, s->journal.torn_bytes);
    if (err)
        counter_sweep_close(s);
    return err;
}

void counter_sweep_close(struct counter_sweep *s)
{
    free(s->state);
    s->state = NULL;
    journal_close(&s->journal);
}
