/* SPDX-License-Identifier: MIT */
/* The records of the runs: which rounds are there, twice, or missing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "merge.h"
#include "store/jsonl.h"
#include "sweep.h"

/* ---- the records of a folder -------------------------------------------------------------- */

/* cell_id to the cell's index in a plan: open addressing, at most half full. */
struct cell_index {
    uint64_t *id;
    size_t *cell; /* 1 + index; 0 = free */
    size_t mask;
};

static int index_make(const struct plan *p, struct cell_index *x)
{
    size_t room = 4;
    while (room < 2 * p->n)
        room *= 2;
    x->mask = room - 1;
    x->id = calloc(room, sizeof *x->id);
    x->cell = calloc(room, sizeof *x->cell);
    if (x->id == NULL || x->cell == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < p->n; i++) {
        const uint64_t id = cell_id(&p->cell[i]);
        size_t at = id & x->mask;
        while (x->cell[at] != 0)
            at = (at + 1) & x->mask;
        x->id[at] = id;
        x->cell[at] = i + 1;
    }
    return 0;
}

static void index_free(struct cell_index *x)
{
    free(x->id);
    free(x->cell);
}

static bool index_find(const struct cell_index *x, uint64_t id, size_t *cell)
{
    size_t at = id & x->mask;
    while (x->cell[at] != 0 && x->id[at] != id)
        at = (at + 1) & x->mask;
    *cell = x->cell[at] - 1;
    return x->cell[at] != 0;
}

struct reading {
    struct merge *merge;
    size_t folder;
    const struct cell_index *cells;
    struct sweep *sweep; /* what its records say so far */
    char *why;
    size_t n;
};

/* Grows both lists at the powers of two. */
static int make_room(struct merge *m)
{
    const size_t n = m->samples.n;
    if ((n & (n - 1)) != 0)
        return 0;
    const size_t room = n > 0 ? 2 * n : 1;
    struct sample *samples = realloc(m->samples.item, room * sizeof *samples);
    if (samples != NULL)
        m->samples.item = samples;
    struct merge_place *place = realloc(m->place, room * sizeof *place);
    if (place != NULL)
        m->place = place;
    return samples != NULL && place != NULL ? 0 : -ENOMEM;
}

static void claim_round(struct reading *r, int round)
{
    struct merge_folder *f = &r->merge->folder[r->folder];
    int *owner = &r->merge->kind[f->kind].owner[round];
    const int me = (int)r->folder + 1;
    if (*owner == me)
        return;
    if (*owner == 0) {
        *owner = me;
        return;
    }
    if (f->twice++ == 0) {
        f->other = (size_t)*owner - 1;
        f->twice_first = round;
    }
}

static bool read_sample(const struct jsonl_line *line, struct sample *s)
{
    json_t *record = json_loadb(line->text, line->length, JSON_REJECT_DUPLICATES, NULL);
    const bool good = record != NULL && sample_read(record, s);
    json_decref(record);
    return good;
}

static int refuse(const struct reading *r, const struct jsonl_line *line, const char *what)
{
    snprintf(r->why, r->n, "%s/samples.jsonl, line %zu %s", r->merge->folder[r->folder].dir,
             line->number, what);
    return -EINVAL;
}

static int take_line(void *user, const struct jsonl_line *line)
{
    struct reading *r = (struct reading *)user;
    struct merge *m = r->merge;
    struct merge_folder *f = &m->folder[r->folder];
    size_t cell;
    if (make_room(m) != 0) {
        snprintf(r->why, r->n, "not enough memory for the records of %s", f->dir);
        return -ENOMEM;
    }
    struct sample *s = &m->samples.item[m->samples.n];
    if (!read_sample(line, s))
        return refuse(r, line,
                      "is not a record of this version of ringside; the file is damaged "
                      "or foreign");
    if (!index_find(r->cells, s->id, &cell))
        return refuse(r, line, "is of a cell that its plan does not have");
    if (!sweep_look_at(r->sweep, cell, s))
        return refuse(r, line, "is of a round that the run does not have, or that it has already");
    s->machine = m->kind[f->kind].about.id;
    m->place[m->samples.n++] = (struct merge_place){
        .folder = (uint32_t)r->folder, .length = (uint32_t)line->length, .offset = line->offset};
    f->records++;
    m->kind[f->kind].records++;
    claim_round(r, s->round);
    return 0;
}

static int note_due(struct merge_folder *f, struct sweep *s)
{
    const int rounds = s->plan->rule.rounds_max;
    size_t *order = calloc(s->plan->n, sizeof *order);
    f->due = calloc((size_t)rounds, sizeof *f->due);
    for (int r = 0; order != NULL && f->due != NULL && r < rounds; r++)
        f->due[r] = sweep_due(s, r, order);
    const int err = order != NULL && f->due != NULL ? 0 : -ENOMEM;
    free(order);
    return err;
}

static int read_folder(struct merge *m, size_t folder, const struct cell_index *cells, char *why,
                       size_t n)
{
    struct merge_folder *f = &m->folder[folder];
    struct plan plan = m->kind[f->kind].plan;
    struct sweep sweep;
    bool torn;
    plan.shard = f->about.shard;
    int err = sweep_look(&sweep, &plan);
    if (err) {
        snprintf(why, n, "not enough memory for the rounds of %s", f->dir);
        return err;
    }
    struct reading r = {m, folder, cells, &sweep, why, n};
    err = jsonl_lines(f->dir, "samples.jsonl", take_line, &r, &torn, why, n);
    if (err == 0 && note_due(f, &sweep) != 0) {
        err = -ENOMEM;
        snprintf(why, n, "not enough memory for the rounds of %s", f->dir);
    }
    sweep_close(&sweep);
    if (err == 0 && torn)
        complain("the last line of %s/samples.jsonl is torn and left out", f->dir);
    return err;
}

static int read_kind(struct merge *m, size_t kind, char *why, size_t n)
{
    struct cell_index cells = {0};
    int err = index_make(&m->kind[kind].plan, &cells);
    if (err)
        snprintf(why, n, "not enough memory for the cells of the plan");
    for (size_t i = 0; err == 0 && i < m->folders; i++)
        if (m->folder[i].kind == kind)
            err = read_folder(m, i, &cells, why, n);
    index_free(&cells);
    return err;
}

/* ---- what is there twice, what is missing ------------------------------------------------- */

static int refuse_twice(const struct merge *m)
{
    size_t shown = 0, all = 0;
    for (size_t i = 0; i < m->folders; i++) {
        const struct merge_folder *f = &m->folder[i];
        if (f->twice == 0)
            continue;
        all++;
        if (shown++ < 8)
            complain("%s has round %d%s of what %s has too; a round of a kind of machine counts "
                     "once, so leave one of them out",
                     f->dir, f->twice_first, f->twice > 1 ? " and others" : "",
                     m->folder[f->other].dir);
    }
    if (all > shown)
        complain("and %zu folders more that repeat others", all - shown);
    return all == 0 ? EXIT_DONE : EXIT_USAGE;
}

/* Rounds of cells that a resume of the folder would measure and nobody else of its kind has. */
static size_t missing_in(const struct merge *m, size_t folder)
{
    const struct merge_folder *f = &m->folder[folder];
    const struct merge_kind *k = &m->kind[f->kind];
    size_t missing = 0;
    for (int r = 0; r < k->plan.rule.rounds_max; r++)
        if (k->owner[r] == 0 || k->owner[r] == (int)folder + 1)
            missing += f->due[r];
    return missing;
}

bool *merge_uncovered(const struct merge *m)
{
    const int rounds = m->kind[0].plan.rule.rounds_max;
    bool *uncovered = calloc((size_t)rounds, sizeof *uncovered);
    for (int r = 0; uncovered != NULL && r < rounds; r++) {
        uncovered[r] = true;
        for (size_t i = 0; uncovered[r] && i < m->folders; i++)
            uncovered[r] = !shard_has(&m->folder[i].about.shard, r);
    }
    return uncovered;
}

/* Where all folders are of N shards, those of them that nobody ran; else the rounds. */
static void complain_uncovered(const struct merge *m, const bool *uncovered)
{
    const struct merge_folder *first = &m->folder[0];
    const int rounds = m->kind[0].plan.rule.rounds_max;
    char list[256] = "";
    int of = first->about.shard.of, shown = 0, all = 0;
    for (size_t i = 1; i < m->folders; i++)
        of = m->folder[i].about.shard.of == of ? of : rounds;
    for (int r = 0; r < of && r < rounds; r++) {
        if (!uncovered[r] || ++all > 8)
            continue;
        const size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%d/%d", shown++ > 0 ? ", " : "", r + 1, of);
    }
    if (all > 0)
        complain("no folder is shard %s%s; `ringside sweep %s --seed %llu --shard I/N --out DIR` "
                 "measures one%s",
                 list, all > shown ? " and others" : "", first->about.plan_name,
                 (unsigned long long)first->about.seed,
                 json_array_size(first->about.set) > 0 ? ", with the same --set" : "");
}

/* How many things are missing, each told with what completes it. */
static size_t complain_missing(const struct merge *m, const bool *uncovered)
{
    size_t lacking = 0, parts = 0;
    for (int r = 0; r < m->kind[0].plan.rule.rounds_max; r++)
        parts += uncovered[r];
    for (size_t i = 0; i < m->folders; i++) {
        const size_t missing = missing_in(m, i);
        const struct merge_folder *f = &m->folder[i];
        char machine[MACHINE_KIND_TEXT];
        machine_kind_format(m->kind[f->kind].about.id, machine);
        if (missing > 0 && ++lacking <= 20)
            complain("%s lacks %zu rounds; on its machine (%s, kind %s) `ringside resume %s` "
                     "completes it",
                     f->dir, missing, m->kind[f->kind].about.cpu_model, machine, f->dir);
    }
    if (lacking > 20)
        complain("and %zu folders more lack rounds; resume all", lacking - 20);
    if (parts > 0)
        complain_uncovered(m, uncovered);
    return lacking + parts;
}

static int judge_missing(const struct merge *m)
{
    bool *uncovered = merge_uncovered(m);
    if (uncovered == NULL) {
        complain("not enough memory to look for missing rounds");
        return EXIT_INCOMPLETE;
    }
    const size_t missing = complain_missing(m, uncovered);
    free(uncovered);
    if (missing == 0)
        return EXIT_DONE;
    complain(m->partial ? "merging what there is, as told"
                        : "nothing was merged; complete the sweep, or merge what there is with "
                          "--partial");
    return m->partial ? EXIT_DONE : EXIT_INCOMPLETE;
}

/* ---- order -------------------------------------------------------------------------------- */

struct ordering {
    const struct merge *merge;
    const struct sample *item;
};

/* Kinds as their folders were given; in a kind by round, in a round as they ran. */
static int compare(const void *a, const void *b, void *user)
{
    const struct ordering *o = (const struct ordering *)user;
    const uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    const size_t kind_i = o->merge->folder[o->merge->place[i].folder].kind;
    const size_t kind_k = o->merge->folder[o->merge->place[k].folder].kind;
    if (kind_i != kind_k)
        return kind_i < kind_k ? -1 : 1;
    if (o->item[i].round != o->item[k].round)
        return o->item[i].round < o->item[k].round ? -1 : 1;
    return i < k ? -1 : i > k;
}

/* Moves what is at order[i] to i, along the cycles of the permutation, which is used up. */
static void permute(struct merge *m, uint32_t *order)
{
    for (size_t start = 0; start < m->samples.n; start++) {
        const struct sample sample = m->samples.item[start];
        const struct merge_place place = m->place[start];
        size_t to = start;
        while (order[to] != start) {
            const size_t from = order[to];
            m->samples.item[to] = m->samples.item[from];
            m->place[to] = m->place[from];
            order[to] = (uint32_t)to;
            to = from;
        }
        m->samples.item[to] = sample;
        m->place[to] = place;
        order[to] = (uint32_t)to;
    }
}

static int put_in_order(struct merge *m)
{
    struct ordering by = {m, m->samples.item};
    uint32_t *order = malloc((m->samples.n + 1) * sizeof *order);
    if (order == NULL) {
        complain("not enough memory to put %zu records in order", m->samples.n);
        return EXIT_INCOMPLETE;
    }
    for (size_t i = 0; i < m->samples.n; i++)
        order[i] = (uint32_t)i;
    qsort_r(order, m->samples.n, sizeof *order, compare, &by);
    permute(m, order);
    free(order);
    return EXIT_DONE;
}

int merge_rounds(struct merge *m)
{
    char why[1024] = "";
    int err = 0;
    for (size_t k = 0; err == 0 && k < m->kinds; k++)
        err = read_kind(m, k, why, sizeof why);
    if (err) {
        complain("%s", why);
        return cli_load_failure(err);
    }
    int code = refuse_twice(m);
    if (code == EXIT_DONE)
        code = judge_missing(m);
    return code == EXIT_DONE ? put_in_order(m) : code;
}
