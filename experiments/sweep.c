/* SPDX-License-Identifier: MIT */
#include "sweep.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "measure/clock.h"
#include "progress.h"
#include "stop_request.h"
#include "sweep_live.h"

/* What is known of a cell: for each round the value that counts so far. */
struct cell_state {
    double *value;                                                         /* [rounds_max] */
    enum { ROUND_DUE, ROUND_GOOD, ROUND_DISTURBED, ROUND_FAILED } * round; /* [rounds_max] */
};

static int *attempts_of(struct sweep *s, size_t cell, int round)
{
    return &s->attempts[cell * (size_t)s->plan->rule.rounds_max + (size_t)round];
}

/* The value that counts is that of the first good attempt, else of the last disturbed one. */
static void note(struct sweep *s, size_t cell, int round, enum sample_status status, bool disturbed,
                 double value)
{
    struct cell_state *c = &s->state[cell];
    if (++*attempts_of(s, cell, round) == 1)
        s->first_disturbed[cell * (size_t)s->plan->rule.rounds_max + (size_t)round] = disturbed;
    s->done++;
    s->disturbed += disturbed;
    s->failed += status != SAMPLE_OK;
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): make_states() has made all of them */
    if (c->round[round] == ROUND_GOOD)
        return;
    if (status == SAMPLE_OK) {
        c->round[round] = disturbed ? ROUND_DISTURBED : ROUND_GOOD;
        c->value[round] = value;
    } else if (c->round[round] == ROUND_DUE) {
        c->round[round] = ROUND_FAILED;
    }
}

/* Does the cell need round `round`, by what the rounds before it say? */
static bool wants_round(const struct sweep *s, size_t cell, int round)
{
    const struct stop_rule *rule = &s->plan->rule;
    const struct cell_state *c = &s->state[cell];
    const struct shard *shard = &s->plan->shard;
    double value[round + 1];
    size_t n = 0;
    if (shard->of > 0 || round < rule->rounds_min)
        return shard_has(shard, round);
    for (int r = 0; r < round; r++)
        if (c->round[r] == ROUND_GOOD || c->round[r] == ROUND_DISTURBED)
            value[n++] = c->value[r];
    return n > 0 && !(stats_ci_halfwidth_ratio(value, n) <= rule->target);
}

static bool wants_attempt(struct sweep *s, size_t cell, int round, int attempt)
{
    return *attempts_of(s, cell, round) == attempt &&
           (attempt == 0 || s->state[cell].round[round] == ROUND_DISTURBED);
}

static json_t *record_json(struct sweep *s, size_t cell, int round, int attempt, double start_s,
                           struct child_result *result)
{
    char id[17];
    const struct cell *c = &s->plan->cell[cell];
    json_t *record = json_object(), *line = result->line;
    snprintf(id, sizeof id, "%016" PRIx64, cell_id(c));
    json_object_set_new(record, "cell", json_string(id));
    json_object_set_new(record, "round", json_integer(round));
    json_object_set_new(record, "attempt", json_integer(attempt));
    json_object_set_new(record, "start_s", json_real(start_s));
    json_object_set_new(record, "wall_s", json_real(result->wall_s));
    json_object_set_new(record, "status", json_string(result->status));
    json_object_set_new(record, "reason",
                        line ? json_incref(json_object_get(line, "reason"))
                             : json_sprintf("%s", result->reason));
    json_object_set_new(record, "signal",
                        result->signal ? json_integer(result->signal) : json_null());
    json_object_set_new(record, "metrics",
                        line ? json_incref(json_object_get(line, "metrics")) : json_null());
    json_object_set_new(record, "evidence",
                        line ? json_incref(json_object_get(line, "evidence")) : json_null());
    json_object_set_new(record, "disturbed",
                        line ? json_incref(json_object_get(line, "disturbed")) : json_array());
    json_object_set_new(record, "factors", cell_json(c));
    return record;
}

static void note_result(struct sweep *s, size_t cell, int round, const struct child_result *r)
{
    const struct kernel_info *kernel = &kernel_table[s->plan->cell[cell].value[FACTOR_kernel]];
    const json_t *metrics = json_object_get(r->line, "metrics");
    bool ok = strcmp(r->status, "ok") == 0;
    note(s, cell, round, ok ? SAMPLE_OK : SAMPLE_FAILED,
         json_array_size(json_object_get(r->line, "disturbed")) > 0,
         json_number_value(json_object_get(metrics, kernel->metric)));
    s->wall_s += r->wall_s;
    s->timed_s += json_number_value(json_object_get(metrics, "timed_ns")) / 1e9;
    s->warmup_s += json_number_value(json_object_get(metrics, "warmup_ns")) / 1e9;
}

static const char *reason_of(const struct child_result *r)
{
    return r->line ? json_string_value(json_object_get(r->line, "reason")) : r->reason;
}

static int run_attempt(struct sweep *s, size_t cell, int round, int attempt, char *why, size_t n)
{
    struct child_result result;
    double start_s = s->earlier_s + (double)(clock_ns() - s->begun_ns) / 1e9;
    int err = child_run(&s->plan->cell[cell], s->plan->limit_s, &result);
    if (err) {
        snprintf(why, n, "cannot start a round: %s", strerror(-err));
        return err;
    }
    if (strcmp(result.status, "aborted") == 0 && stop_requested())
        return -EINTR; /* whoever ended the sweep ended the round: it did not take place */
    json_t *record = record_json(s, cell, round, attempt, start_s, &result);
    err = journal_append(&s->journal, record);
    json_decref(record);
    if (err == 0)
        note_result(s, cell, round, &result);
    if (err == 0 && strcmp(result.status, "ok") != 0)
        progress_failed(round, &s->plan->cell[cell], result.status, reason_of(&result));
    if (err)
        snprintf(why, n,
                 "cannot record a round in %s: %s; what was recorded is valid, make room and "
                 "`ringside resume %s`",
                 s->dir, strerror(-err), s->dir);
    json_decref(result.line);
    return err;
}

/* One attempt at round `round` of every cell in `order` that is due. */
static int run_pass(struct sweep *s, int round, int attempt, const size_t *order, size_t cells,
                    char *why, size_t n)
{
    for (size_t i = 0; i < cells; i++) {
        if (!wants_attempt(s, order[i], round, attempt))
            continue;
        if (stop_requested())
            return -EINTR;
        progress_show(s, round, attempt, &s->plan->cell[order[i]]);
        sweep_live_show(s, round, attempt, &s->plan->cell[order[i]]);
        int err = run_attempt(s, order[i], round, attempt, why, n);
        if (err)
            return err;
    }
    return 0;
}

/* Is it worth running disturbed rounds again?  Not where most of the pass was disturbed: it is the
 * machine then, and would be again.  Follows from the records, as all that decides what is due. */
static bool worth_repeating(const struct sweep *s, int round, const size_t *order, size_t cells)
{
    size_t disturbed = 0;
    for (size_t i = 0; i < cells; i++)
        disturbed +=
            s->first_disturbed[order[i] * (size_t)s->plan->rule.rounds_max + (size_t)round];
    return 2 * disturbed <= cells;
}

static size_t choose_cells(const struct sweep *s, int round, size_t *order)
{
    size_t cells = 0;
    for (size_t i = 0; i < s->plan->n; i++)
        if (wants_round(s, i, round))
            order[cells++] = i;
    return cells;
}

static int run_round(struct sweep *s, int round, size_t *order, char *why, size_t n)
{
    uint64_t rng = s->seed ^ ((uint64_t)round * 0x9e3779b97f4a7c15u);
    size_t cells = choose_cells(s, round, order);
    stats_shuffle(&rng, cells, order);
    int err = run_pass(s, round, 0, order, cells, why, n);
    if (err || !worth_repeating(s, round, order, cells))
        return err;
    for (int attempt = 1; err == 0 && attempt <= s->plan->rule.repeats; attempt++)
        err = run_pass(s, round, attempt, order, cells, why, n);
    return err;
}

int sweep_run(struct sweep *s, char *why, size_t n)
{
    size_t *order = calloc(s->plan->n, sizeof *order);
    int err = order ? 0 : -ENOMEM;
    if (err)
        snprintf(why, n, "out of memory");
    sigset_t before;
    stop_hold(&before);
    s->begun_ns = clock_ns();
    for (int round = 0; err == 0 && round < s->plan->rule.rounds_max; round++)
        err = run_round(s, round, order, why, n);
    free(order);
    while (stop_requested()) /* in the last round: still summed up, not killed by it below */
        err = err ? err : -EINTR;
    stop_release(&before);
    progress_end(s);
    int sync = journal_sync(&s->journal);
    if (err == 0 && sync != 0) {
        err = sync;
        snprintf(why, n, "cannot bring %s to the disk: %s", s->dir, strerror(-err));
    }
    return err;
}

size_t sweep_due(struct sweep *s, int round, size_t *order)
{
    const size_t cells = choose_cells(s, round, order);
    size_t due = 0;
    for (size_t i = 0; i < cells; i++)
        due += *attempts_of(s, order[i], round) == 0;
    if (due > 0 || !worth_repeating(s, round, order, cells))
        return due;
    for (size_t i = 0; i < cells; i++) {
        const int attempt = *attempts_of(s, order[i], round);
        due += attempt <= s->plan->rule.repeats && wants_attempt(s, order[i], round, attempt);
    }
    return due;
}

static int find_cell(const struct plan *p, const struct cell *c, size_t *cell)
{
    for (*cell = 0; *cell < p->n; ++*cell)
        if (cell_equal(&p->cell[*cell], c))
            return 0;
    return -EINVAL;
}

static int note_samples(struct sweep *s, const struct samples *samples, char *why, size_t n)
{
    for (size_t i = 0; i < samples->n; i++) {
        const struct sample *item = &samples->item[i];
        size_t cell;
        if (item->round >= s->plan->rule.rounds_max || !shard_has(&s->plan->shard, item->round) ||
            find_cell(s->plan, &item->cell, &cell) != 0) {
            snprintf(why, n, "record %zu of %s is of a cell or round that the plan%s does not have",
                     i + 1, s->dir, s->plan->shard.of > 0 ? "'s shard" : "");
            return -EINVAL;
        }
        note(s, cell, item->round, item->status, item->disturbed, item->value);
        s->earlier_s = item->start_s > s->earlier_s ? item->start_s : s->earlier_s;
    }
    return 0;
}

static int make_states(struct sweep *s)
{
    size_t rounds = (size_t)s->plan->rule.rounds_max;
    s->state = calloc(s->plan->n, sizeof *s->state);
    s->attempts = calloc(s->plan->n * rounds, sizeof *s->attempts);
    s->first_disturbed = calloc(s->plan->n * rounds, sizeof *s->first_disturbed);
    if (s->state == NULL || s->attempts == NULL || s->first_disturbed == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < s->plan->n; i++) {
        s->state[i].value = calloc(rounds, sizeof *s->state[i].value);
        s->state[i].round = calloc(rounds, sizeof *s->state[i].round);
        if (s->state[i].value == NULL || s->state[i].round == NULL)
            return -ENOMEM;
    }
    return 0;
}

int sweep_look(struct sweep *s, const struct plan *p)
{
    *s = (struct sweep){.plan = p, .journal = {.fd = -1}};
    int err = make_states(s);
    if (err)
        sweep_close(s);
    return err;
}

bool sweep_look_at(struct sweep *s, size_t cell, const struct sample *item)
{
    if (item->round >= s->plan->rule.rounds_max || !shard_has(&s->plan->shard, item->round) ||
        item->attempt != *attempts_of(s, cell, item->round))
        return false;
    note(s, cell, item->round, item->status, item->disturbed, item->value);
    return true;
}

int sweep_open(struct sweep *s, char *why, size_t n)
{
    struct samples samples = {0};
    int err = make_states(s);
    if (err)
        snprintf(why, n, "out of memory for the states of %zu cells", s->plan->n);
    else
        err = samples_load(s->dir, &samples, why, n);
    if (err == 0)
        err = note_samples(s, &samples, why, n);
    samples_free(&samples);
    if (err)
        sweep_close(s);
    return err;
}

void sweep_close(struct sweep *s)
{
    for (size_t i = 0; s->state != NULL && i < s->plan->n; i++) {
        free(s->state[i].value);
        free(s->state[i].round);
    }
    free(s->state);
    free(s->attempts);
    free(s->first_disturbed);
    s->state = NULL;
    s->attempts = NULL;
    s->first_disturbed = NULL;
    journal_close(&s->journal);
}
