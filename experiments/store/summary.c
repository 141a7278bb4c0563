/* SPDX-License-Identifier: MIT */
#include "summary.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool better_attempt(const struct sample *a, const struct sample *than)
{
    if (than == NULL)
        return true;
    bool good = a->status == SAMPLE_OK, was_good = than->status == SAMPLE_OK;
    if (good != was_good)
        return good;
    return than->disturbed;
}

static void count_round(struct summary_cell *c, int round, const struct sample *s)
{
    if (s == NULL)
        return;
    if (s->status != SAMPLE_OK) {
        c->n_failed++;
        return;
    }
    c->value[c->n] = s->value;
    c->round[c->n++] = round;
    c->n_disturbed += s->disturbed;
}

/* False without memory: a median that could not be made is not one that there is not. */
static bool median_of(const struct sample *const *picked, int rounds, size_t offset, bool each,
                      double *median)
{
    double *x = malloc((size_t)rounds * sizeof *x);
    size_t n = 0;
    for (int r = 0; x != NULL && r < rounds; r++) {
        double value;
        if (picked[r] == NULL || picked[r]->status != SAMPLE_OK)
            continue;
        memcpy(&value, (const char *)picked[r] + offset, sizeof value);
        value = each ? value / picked[r]->messages : value;
        if (!isnan(value))
            x[n++] = value;
    }
    *median = n > 0 ? stats_median(x, n) : NAN;
    const bool good = x != NULL && (n == 0 || !isnan(*median));
    free(x);
    return good;
}

static bool sum_up_metrics(struct summary_cell *c, const struct sample *const *picked, int rounds)
{
    const struct {
        size_t offset;
        bool each; /* divided by the messages */
        double *to;
    } metrics[] = {{offsetof(struct sample, ring_bytes), false, &c->ring_bytes},
                   {offsetof(struct sample, fill_mean_slots), false, &c->fill_mean_slots},
                   {offsetof(struct sample, full_hits), true, &c->full_hits_per_msg},
                   {offsetof(struct sample, empty_hits), true, &c->empty_hits_per_msg},
                   {offsetof(struct sample, rtt_p99_ns), false, &c->rtt_p99_ns}};
    bool good = true;
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++)
        good = median_of(picked, rounds, metrics[i].offset, metrics[i].each, metrics[i].to) && good;
    return good;
}

/* The values are finite and more than none, so that what is missing was not made for want of
 * memory. */
static bool sum_up_values(struct summary_cell *c)
{
    stats_median_interval(c->value, c->n, 0.95, &c->median);
    c->mad = stats_mad(c->value, c->n);
    bool counted = stats_count_outliers(c->value, c->n, &c->outliers);
    return c->n == 0 || (!isnan(c->median.estimate) && !isnan(c->mad) && counted);
}

struct stop_rule stop_rule_of(const struct stop_rule *plan, const struct shard *shard)
{
    struct stop_rule rule = *plan;
    rule.rounds_max = shard_rounds(shard, plan->rounds_max);
    if (rule.rounds_min > rule.rounds_max)
        rule.rounds_min = rule.rounds_max;
    return rule;
}

static const char *stop_reason(const struct summary_cell *c, const struct stop_rule *rule)
{
    size_t rounds = c->n + c->n_failed;
    if (c->n == 0 && rounds >= (size_t)rule->rounds_min)
        return "failed";
    if (rounds >= (size_t)rule->rounds_min &&
        stats_halfwidth_ratio(&c->median, 0.95) <= rule->target)
        return "interval";
    return rounds >= (size_t)rule->rounds_max ? "cap" : "incomplete";
}

/* `of` are its records, in the order in which they ran. */
static int sum_up_cell(const struct sample *const *of, size_t n, const struct stop_rule *rule,
                       struct summary_cell *c)
{
    int rounds = 1;
    for (size_t i = 0; i < n; i++)
        if (of[i]->round >= rounds)
            rounds = of[i]->round + 1;
    const struct sample **picked = calloc((size_t)rounds, sizeof *picked);
    c->value = calloc((size_t)rounds, sizeof *c->value);
    c->round = calloc((size_t)rounds, sizeof *c->round);
    if (picked == NULL || c->value == NULL || c->round == NULL) {
        free(picked);
        return -ENOMEM;
    }
    c->n_attempts = n;
    for (size_t i = 0; i < n; i++)
        if (better_attempt(of[i], picked[of[i]->round]))
            picked[of[i]->round] = of[i];
    for (int r = 0; r < rounds; r++)
        count_round(c, r, picked[r]);
    bool good = sum_up_values(c);
    good = sum_up_metrics(c, picked, rounds) && good;
    c->stop = stop_reason(c, rule);
    free(picked);
    return good ? 0 : -ENOMEM;
}

static struct summary_cell *find_id(struct summary_cell *cell, size_t n, uint64_t id)
{
    for (size_t i = 0; i < n; i++)
        if (cell[i].id == id)
            return &cell[i];
    return NULL;
}

/* A graph of more than two nodes, or on one worker, is not one stream between two cpus. */
static bool has_bound(const struct cell *c)
{
    return c->value[FACTOR_kernel] != KERNEL_graph ||
           (c->value[FACTOR_stages] == 2 && c->value[FACTOR_fuse] != FUSE_ALL);
}

/* What kernel `name` gave where this cell ran and polled alike: with another polling it is no
 * bound. NaN if it was not measured. */
static double bound_by(const struct summary *s, const struct summary_cell *c, const char *name)
{
    const int64_t poll = c->cell.value[FACTOR_poll];
    for (size_t i = 0; name != NULL && has_bound(&c->cell) && i < s->n; i++) {
        const struct summary_cell *b = &s->cell[i];
        if (strcmp(kernel_table[b->cell.value[FACTOR_kernel]].name, name) == 0 &&
            b->cell.value[FACTOR_placement] == c->cell.value[FACTOR_placement] &&
            b->cell.value[FACTOR_poll] == (poll == FACTOR_UNUSED ? (int64_t)POLL_PAUSE : poll))
            return b->median.estimate;
    }
    return NAN;
}

/* The bounds are by line.  A round trip of several moves the others each way as a stream does. */
static void set_bound(const struct summary *s, struct summary_cell *c)
{
    const double lines = (double)c->cell.value[FACTOR_msg_bytes] / 64;
    c->bound = bound_by(s, c, kernel_table[c->cell.value[FACTOR_kernel]].bound);
    if (c->cell.value[FACTOR_kernel] == KERNEL_stream ||
        c->cell.value[FACTOR_kernel] == KERNEL_graph)
        c->bound *= lines;
    else if (c->cell.value[FACTOR_kernel] == KERNEL_pingpong && lines > 1)
        c->bound += 2 * (lines - 1) * bound_by(s, c, kernel_table[KERNEL_stream].bound);
    c->of_bound = c->bound / c->median.estimate;
}

/* The records of a run by cell. */
struct by_cell {
    uint32_t *cell;             /* [samples] index into the summary */
    size_t *slot, mask;         /* hash of ids: 1 + index, 0 = free */
    const struct sample **item; /* [samples] those of a cell side by side */
    size_t *start;              /* [cells + 1] */
};

static void by_cell_free(struct by_cell *b)
{
    free(b->cell);
    free(b->slot);
    free(b->item);
    free(b->start);
}

/* The cell of the record, which is new if it was not met before.  Its index, or -ENOMEM. */
static int64_t meet(struct by_cell *b, const struct sample *item, struct summary *out)
{
    size_t at = (size_t)item->id & b->mask;
    while (b->slot[at] != 0 && out->cell[b->slot[at] - 1].id != item->id)
        at = (at + 1) & b->mask;
    if (b->slot[at] != 0)
        return (int64_t)b->slot[at] - 1;
    if ((out->n & (out->n - 1)) == 0) { /* grows at the powers of two */
        struct summary_cell *more = realloc(out->cell, (out->n ? 2 * out->n : 1) * sizeof *more);
        if (more == NULL)
            return -ENOMEM;
        out->cell = more;
    }
    b->slot[at] = out->n + 1;
    out->cell[out->n] =
        (struct summary_cell){.cell = item->cell,
                              .id = item->id,
                              .metric = kernel_table[item->cell.value[FACTOR_kernel]].metric};
    return (int64_t)out->n++;
}

static int find_cells(struct by_cell *b, const struct samples *s, struct summary *out)
{
    size_t room = 4;
    while (room < 2 * s->n)
        room *= 2;
    b->mask = room - 1;
    b->slot = calloc(room, sizeof *b->slot);
    b->cell = calloc(s->n + 1, sizeof *b->cell);
    b->item = calloc(s->n + 1, sizeof *b->item);
    if (b->slot == NULL || b->cell == NULL || b->item == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < s->n; i++) {
        const int64_t cell = meet(b, &s->item[i], out);
        if (cell < 0)
            return -ENOMEM;
        b->cell[i] = (uint32_t)cell;
    }
    return 0;
}

static int put_side_by_side(struct by_cell *b, const struct samples *s, size_t cells)
{
    b->start = calloc(cells + 2, sizeof *b->start);
    if (b->start == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < s->n; i++)
        b->start[b->cell[i] + 2]++;
    for (size_t c = 2; c < cells + 2; c++)
        b->start[c] += b->start[c - 1];
    for (size_t i = 0; i < s->n; i++) /* start[c + 1] moves to the end of c: the start of c + 1 */
        b->item[b->start[b->cell[i] + 1]++] = &s->item[i];
    return 0;
}

int summary_make(const struct samples *s, const struct stop_rule *rule, struct summary *out)
{
    struct by_cell b = {0};
    *out = (struct summary){0};
    int err = find_cells(&b, s, out);
    if (err == 0)
        err = put_side_by_side(&b, s, out->n);
    for (size_t i = 0; err == 0 && i < out->n; i++)
        err = sum_up_cell(b.item + b.start[i], b.start[i + 1] - b.start[i], rule, &out->cell[i]);
    by_cell_free(&b);
    if (err)
        summary_free(out);
    for (size_t i = 0; i < out->n; i++)
        set_bound(out, &out->cell[i]);
    return err;
}

void summary_free(struct summary *s)
{
    for (size_t i = 0; i < s->n; i++) {
        free(s->cell[i].value);
        free(s->cell[i].round);
    }
    free(s->cell);
    *s = (struct summary){0};
}

const struct summary_cell *summary_find(const struct summary *s, const struct cell *c)
{
    return find_id(s->cell, s->n, cell_id(c));
}

bool summary_aa(const struct summary *s, const struct summary_cell *pair[2])
{
    for (size_t i = 0; i < s->n; i++) {
        struct cell twin = s->cell[i].cell;
        if (twin.value[FACTOR_replica] != 1)
            continue;
        twin.value[FACTOR_replica] = 0;
        pair[0] = summary_find(s, &twin);
        pair[1] = &s->cell[i];
        if (pair[0] != NULL)
            return true;
    }
    return false;
}

/* Adds one cell's log ratios to the sums by round. */
static void add_pair(const struct summary_cell *first, const struct summary_cell *second,
                     double *sum, size_t *cells)
{
    for (size_t i = 0, j = 0; i < first->n && j < second->n;) {
        if (first->round[i] == second->round[j]) {
            cells[first->round[i]]++;
            sum[first->round[i]] += log(second->value[j++] / first->value[i]);
            i++;
        } else if (first->round[i] < second->round[j]) {
            i++;
        } else {
            j++;
        }
    }
}

size_t summary_aa_rounds(const struct summary *s, double **log_ratio)
{
    size_t rounds = 1, pairs = 0, n = 0;
    for (size_t i = 0; i < s->n; i++)
        for (size_t k = 0; k < s->cell[i].n; k++)
            rounds =
                (size_t)s->cell[i].round[k] >= rounds ? (size_t)s->cell[i].round[k] + 1 : rounds;
    double *sum = calloc(rounds, sizeof *sum);
    size_t *cells = calloc(rounds, sizeof *cells);
    for (size_t i = 0; sum != NULL && cells != NULL && i < s->n; i++) {
        struct cell twin = s->cell[i].cell;
        if (twin.value[FACTOR_replica] != 1)
            continue;
        twin.value[FACTOR_replica] = 0;
        const struct summary_cell *first = summary_find(s, &twin);
        if (first != NULL) {
            add_pair(first, &s->cell[i], sum, cells);
            pairs++;
        }
    }
    for (size_t r = 0; pairs > 0 && r < rounds; r++)
        if (cells[r] == pairs)
            sum[n++] = sum[r] / (double)pairs;
    free(cells);
    *log_ratio = sum;
    return n;
}

size_t summary_paired(const struct summary_cell *a, const struct summary_cell *b, double *log_ratio)
{
    size_t n = 0;
    for (size_t i = 0, j = 0; i < a->n && j < b->n;) {
        if (a->round[i] == b->round[j])
            log_ratio[n++] = log(a->value[i++] / b->value[j++]);
        else if (a->round[i] < b->round[j])
            i++;
        else
            j++;
    }
    return n;
}
