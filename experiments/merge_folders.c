/* SPDX-License-Identifier: MIT */
/* What the runs are, and whether they are parts of one sweep. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "merge.h"

/* ---- one folder --------------------------------------------------------------------------- */

static int hash_plan_text(const char *dir, char hash[17])
{
    char path[4200];
    snprintf(path, sizeof path, "%s/plan.exp", dir);
    if (manifest_file_hash(path, hash))
        return EXIT_DONE;
    complain("cannot read %s: %s; without its plan a run cannot be merged", path, strerror(errno));
    return EXIT_USAGE;
}

static size_t kind_of(struct merge *m, const json_t *manifest)
{
    struct machine_kind about;
    machine_kind_of(manifest, &about);
    for (size_t i = 0; i < m->kinds; i++)
        if (m->kind[i].about.id == about.id)
            return i;
    m->kind[m->kinds].about = about;
    return m->kinds++;
}

/* The cells as they were resolved where it ran: placements need not be possible here. */
static int read_cells(const json_t *manifest, struct plan *p)
{
    const json_t *cells = json_object_get(json_object_get(manifest, "plan"), "cells");
    p->n = json_array_size(cells);
    p->cell = calloc(p->n + 1, sizeof *p->cell);
    if (p->cell == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < p->n; i++)
        if (!cell_from_json(json_array_get(cells, i), &p->cell[i]))
            return -EINVAL;
    return p->n > 0 ? 0 : -EINVAL;
}

/* The first folder of a kind stands for it. */
static int open_kind(struct merge_kind *k, const struct manifest *about, json_t *manifest)
{
    const size_t rounds = (size_t)about->rule.rounds_max;
    k->manifest = json_incref(manifest);
    k->plan.rule = about->rule;
    snprintf(k->plan.name, sizeof k->plan.name, "%s", about->plan_name);
    k->owner = calloc(rounds, sizeof *k->owner);
    return k->owner != NULL ? read_cells(manifest, &k->plan) : -ENOMEM;
}

static int add_folder(struct merge *m, const char *dir)
{
    struct merge_folder *f = &m->folder[m->folders];
    json_t *manifest;
    char why[1024];
    int err = manifest_load(dir, &f->about, &manifest, why, sizeof why);
    if (err) {
        complain("%s", why);
        return cli_load_failure(err);
    }
    m->folders++; /* what it has is freed with the rest */
    f->dir = dir;
    f->kind = kind_of(m, manifest);
    const char *started = json_string_value(json_object_get(manifest, "started"));
    snprintf(f->started, sizeof f->started, "%s", started ? started : "");
    if (m->kind[f->kind].folders++ == 0)
        err = open_kind(&m->kind[f->kind], &f->about, manifest);
    json_decref(manifest);
    if (err == 0)
        return hash_plan_text(dir, f->text_hash);
    complain(err == -EINVAL
                 ? "%s/manifest.json names a cell that this ringside does not know; merge "
                   "with the ringside that measured it"
                 : "not enough memory for the cells of %s",
             dir);
    return err == -EINVAL ? EXIT_INVALID : EXIT_INCOMPLETE;
}

/* ---- all of them -------------------------------------------------------------------------- */

enum { COMPLAINTS_MAX = 8 }; /* of a kind; of a thousand folders nobody reads each */

struct refusal {
    size_t n;
};

static void differ(struct refusal *r, const char *what, const struct merge_folder *a,
                   const char *in_a, const struct merge_folder *b, const char *in_b)
{
    if (++r->n <= COMPLAINTS_MAX)
        complain("the %s is not the same: %s in %s, %s in %s", what, in_a, a->dir, in_b, b->dir);
}

static void compare_text(struct refusal *r, const char *what, const struct merge_folder *a,
                         const char *in_a, const struct merge_folder *b, const char *in_b)
{
    if (strcmp(in_a, in_b) != 0)
        differ(r, what, a, in_a[0] ? in_a : "none", b, in_b[0] ? in_b : "none");
}

static void compare_set(struct refusal *r, const struct merge_folder *a,
                        const struct merge_folder *b)
{
    char *in_a = json_dumps(a->about.set, JSON_COMPACT),
         *in_b = json_dumps(b->about.set, JSON_COMPACT);
    if (!json_equal(a->about.set, b->about.set))
        differ(r, "--set", a, in_a ? in_a : "?", b, in_b ? in_b : "?");
    free(in_a);
    free(in_b);
}

static void compare_seed(struct refusal *r, const struct merge_folder *a,
                         const struct merge_folder *b)
{
    char in_a[32], in_b[32];
    snprintf(in_a, sizeof in_a, "%" PRIu64, a->about.seed);
    snprintf(in_b, sizeof in_b, "%" PRIu64, b->about.seed);
    compare_text(r, "seed", a, in_a, b, in_b);
}

/* Is b of the sweep that a is of? */
static void compare_folders(struct refusal *r, const struct merge_folder *a,
                            const struct merge_folder *b)
{
    compare_text(r, "plan", a, a->about.plan_name, b, b->about.plan_name);
    if (strcmp(a->about.plan_name, b->about.plan_name) == 0)
        compare_text(r, "plan's text", a, a->text_hash, b, b->text_hash);
    compare_set(r, a, b);
    compare_seed(r, a, b);
    compare_text(r, "binary", a, a->about.binary_hash, b, b->about.binary_hash);
    compare_text(r, "list of counters", a, a->about.counters, b, b->about.counters);
}

static const struct merge_folder *first_of(const struct merge *m, size_t kind)
{
    const struct merge_folder *f = m->folder;
    while (f->kind != kind)
        f++;
    return f;
}

/* Machines that are alike measure the same cells; the text is the same already. */
static void compare_cells(struct refusal *r, const struct merge *m, const struct merge_folder *f)
{
    const struct merge_folder *first = first_of(m, f->kind);
    if (strcmp(f->text_hash, first->text_hash) == 0 && json_equal(f->about.set, first->about.set))
        compare_text(r, "set of cells that came of the plan", first, first->about.plan_hash, f,
                     f->about.plan_hash);
}

static int check_alike(const struct merge *m)
{
    struct refusal r = {0};
    for (size_t i = 0; i < m->folders; i++) {
        const struct merge_folder *f = &m->folder[i];
        if (f->about.merged) {
            complain("%s was merged already; give the runs that it was merged of", f->dir);
            return EXIT_USAGE;
        }
        compare_folders(&r, &m->folder[0], f);
        compare_cells(&r, m, f);
    }
    if (r.n > COMPLAINTS_MAX)
        complain("and %zu differences more", r.n - COMPLAINTS_MAX);
    if (r.n > 0)
        complain(
            "these folders are not parts of one sweep, so nothing was merged; merge those that "
            "were begun with one plan, one --set, one seed and one binary");
    return r.n == 0 ? EXIT_DONE : EXIT_USAGE;
}

/* The kernel and the number of cpus are in the line; the kind is the same. */
static void warn_of_systems(const struct merge *m)
{
    for (size_t i = 0; i < m->folders; i++) {
        const struct merge_folder *f = &m->folder[i], *first = first_of(m, f->kind);
        if (strcmp(f->about.machine, first->about.machine) == 0)
            continue;
        complain(
            "%s and %s ran on like machines with unlike systems (%s; %s); their rounds are put "
            "together all the same",
            first->dir, f->dir, first->about.machine, f->about.machine);
        return; /* once says it */
    }
}

int merge_open(struct merge *m, char **dir, size_t folders)
{
    m->folder = calloc(folders, sizeof *m->folder);
    m->kind = calloc(folders, sizeof *m->kind);
    int code = m->folder != NULL && m->kind != NULL ? EXIT_DONE : EXIT_INCOMPLETE;
    if (code != EXIT_DONE)
        complain("not enough memory for %zu folders", folders);
    for (size_t i = 0; code == EXIT_DONE && i < folders; i++)
        code = add_folder(m, dir[i]);
    if (code == EXIT_DONE)
        code = check_alike(m);
    if (code == EXIT_DONE)
        warn_of_systems(m);
    return code;
}

void merge_close(struct merge *m)
{
    for (size_t i = 0; i < m->folders; i++) {
        manifest_free(&m->folder[i].about);
        free(m->folder[i].due);
    }
    for (size_t i = 0; i < m->kinds; i++) {
        json_decref(m->kind[i].manifest);
        free(m->kind[i].plan.cell);
        free(m->kind[i].owner);
    }
    free(m->folder);
    free(m->kind);
    samples_free(&m->samples);
    free(m->place);
}
