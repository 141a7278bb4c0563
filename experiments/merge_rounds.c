/* SPDX-License-Identifier: MIT */
/* Which rounds are there, twice, or missing; and the order of them all. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "merge.h"

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
    for (size_t i = 0; i < f->dues; i++) {
        const int owner = k->owner[f->due[i].round];
        if (owner == 0 || owner == (int)folder + 1)
            missing += f->due[i].cells;
    }
    return missing;
}

/* The rounds that no folder has by its shard; the caller's to free, NULL without memory. */
static bool *find_uncovered(const struct merge *m)
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
    bool *uncovered = find_uncovered(m);
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

int merge_judge(struct merge *m)
{
    int code = refuse_twice(m);
    if (code == EXIT_DONE)
        code = judge_missing(m);
    return code == EXIT_DONE ? put_in_order(m) : code;
}
