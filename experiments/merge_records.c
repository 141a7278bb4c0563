/* SPDX-License-Identifier: MIT */
/* The records of the runs, and what a resume of each would measure. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "merge.h"
#include "store/jsonl.h"
#include "store/sample_text.h"
#include "sweep.h"

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
        size_t at = (size_t)id & x->mask;
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
    size_t at = (size_t)id & x->mask;
    while (x->cell[at] != 0 && x->id[at] != id)
        at = (at + 1) & x->mask;
    *cell = x->cell[at] - 1;
    return x->cell[at] != 0;
}

struct reading {
    struct merge *merge;
    size_t folder;
    const struct cell_index *cells;
    struct sample_texts *texts;
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

static bool read_sample(struct sample_texts *texts, const struct jsonl_line *line, struct sample *s)
{
    if (sample_text_read(texts, line->text, line->length, s))
        return true;
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
    if (!read_sample(r->texts, line, s))
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

static int add_due(struct merge_folder *f, int round, size_t cells)
{
    if ((f->dues & (f->dues - 1)) == 0) { /* grows at the powers of two */
        struct merge_due *more = realloc(f->due, (f->dues ? 2 * f->dues : 1) * sizeof *more);
        if (more == NULL)
            return -ENOMEM;
        f->due = more;
    }
    f->due[f->dues++] = (struct merge_due){round, cells};
    return 0;
}

static int note_due(struct merge_folder *f, struct sweep *s)
{
    size_t *order = calloc(s->plan->n, sizeof *order);
    int err = order != NULL ? 0 : -ENOMEM;
    for (int r = 0; err == 0 && r < s->plan->rule.rounds_max; r++) {
        const size_t cells = shard_has(&s->plan->shard, r) ? sweep_due(s, r, order) : 0;
        if (cells > 0)
            err = add_due(f, r, cells);
    }
    free(order);
    return err;
}

static int read_folder(struct merge *m, size_t folder, const struct cell_index *cells,
                       struct sample_texts *texts, char *why, size_t n)
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
    struct reading r = {m, folder, cells, texts, &sweep, why, n};
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
    struct sample_texts texts = {0};
    int err = index_make(&m->kind[kind].plan, &cells);
    if (err)
        snprintf(why, n, "not enough memory for the cells of the plan");
    for (size_t i = 0; err == 0 && i < m->folders; i++)
        if (m->folder[i].kind == kind)
            err = read_folder(m, i, &cells, &texts, why, n);
    index_free(&cells);
    sample_texts_free(&texts);
    return err;
}

int merge_read(struct merge *m)
{
    char why[1024] = "";
    int err = 0;
    for (size_t k = 0; err == 0 && k < m->kinds; k++)
        err = read_kind(m, k, why, sizeof why);
    if (err)
        complain("%s", why);
    return err == 0 ? EXIT_DONE : cli_load_failure(err);
}
