/* SPDX-License-Identifier: MIT */
/* What `ringside flame` is asked to record: a cell, two cells, cells of a plan, or a graph file. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cell_words.h"
#include "cli.h"
#include "flame.h"
#include "graph_file.h"
#include "plan.h"

static const double default_seconds = 2;
enum { DEFAULT_FREQUENCY_HZ = 997, DEFAULT_LIMIT = 16 };

/* "ring=padded msg_bytes=64" to "padded-msg_bytes-64". */
static void make_slug(const char *text, char *slug, size_t n)
{
    size_t used = 0;
    for (const char *p = text; *p != '\0' && used + 1 < n; p++) {
        if (strncmp(p, "kernel=", 7) == 0)
            p += 7;
        else if (strncmp(p, "ring=", 5) == 0)
            p += 5;
        const bool plain = strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789_.",
                                  *p) != NULL;
        if (plain || (used > 0 && slug[used - 1] != '-'))
            slug[used++] = (char)(plain ? *p : '-');
    }
    slug[used] = '\0';
}

static bool says_length(const struct flame_request *r)
{
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < r->words[side]; i++)
            if (strncmp(r->word[side][i], "seconds=", 8) == 0 ||
                strncmp(r->word[side][i], "messages=", 9) == 0)
                return true;
    return false;
}

/* The name is of the cell as it was asked for: how long, and on which cpus, is not part of it. */
static void name_target(const struct flame_request *r, struct flame_target *t)
{
    struct cell c = t->cell;
    const struct cell plain = cell_default();
    char text[512], slug[96];
    cell_normalise(&c);
    c.value[FACTOR_seconds] = plain.value[FACTOR_seconds];
    c.value[FACTOR_warmup] = plain.value[FACTOR_warmup];
    cell_format(&c, true, text, sizeof text);
    if (strlen(text) > 90)
        snprintf(slug, sizeof slug, "%s-%016" PRIx64, kernel_name(c.value[FACTOR_kernel]),
                 cell_id(&c));
    else
        make_slug(text, slug, sizeof slug);
    snprintf(t->name, sizeof t->name, "%s%s", slug, r->off_cpu ? "-off-cpu" : "");
    snprintf(t->title, sizeof t->title, "ringside cell %.480s", text);
}

static int finish_cell(const struct flame_request *r, bool keep_length, struct flame_target *t)
{
    if (r->seconds > 0 || !keep_length)
        t->cell.value[FACTOR_seconds] =
            (int64_t)((r->seconds > 0 ? r->seconds : default_seconds) * 1e9);
    name_target(r, t);
    int code = cell_prepare(&t->cell);
    t->seconds = (double)t->cell.value[FACTOR_seconds] / 1e9;
    if (t->cell.value[FACTOR_ring] != FACTOR_UNUSED)
        snprintf(t->ring, sizeof t->ring, "%s", ring_name(t->cell.value[FACTOR_ring]));
    return code;
}

static int cell_targets(const struct flame_request *r, struct flame_target *t, size_t *n)
{
    struct cell c = cell_default();
    *n = r->diff ? 2 : 1;
    for (size_t side = 0; side < *n; side++) {
        if (cell_take_words(r->words[side], r->word[side], &c) != 0)
            return EXIT_USAGE;
        t[side].cell = c;
        int code = finish_cell(r, says_length(r), &t[side]);
        if (code != EXIT_DONE)
            return code;
    }
    if (!r->diff || !cell_equal(&t[0].cell, &t[1].cell))
        return EXIT_DONE;
    complain("both cells are the same; after --diff name the levels in which the second differs, "
             "as --diff ring=padded");
    return EXIT_USAGE;
}

/* Reads the file here as well, so that what is wrong with it is said at once. */
static int graph_target(const struct flame_request *r, struct flame_target *t)
{
    const struct graph_file_options options = {.set = r->set, .sets = r->sets, .silent = true};
    struct graph_file f;
    char why[2048], slug[96];
    const char *file = r->word[0][0], *base = strrchr(file, '/');
    if (graph_file_load(&f, file, &options, why, sizeof why) != 0) {
        complain("%s", why);
        return EXIT_USAGE;
    }
    int code = graph_file_build(&f, why, sizeof why) == 0 ? EXIT_DONE : EXIT_USAGE;
    if (code != EXIT_DONE)
        complain("%s", why);
    graph_file_free(&f);
    base = base != NULL ? base + 1 : file;
    make_slug(base, slug, sizeof slug);
    size_t length = strlen(slug);
    if (length > 6 && strcmp(slug + length - 6, ".graph") == 0)
        slug[length - 6] = '\0';
    snprintf(t->name, sizeof t->name, "%s%s", slug, r->off_cpu ? "-off-cpu" : "");
    size_t used = (size_t)snprintf(t->title, sizeof t->title, "ringside graph run %.200s", base);
    for (size_t i = 0; i < r->sets && used < sizeof t->title; i++)
        used += (size_t)snprintf(t->title + used, sizeof t->title - used, " --set %s", r->set[i]);
    t->file = file;
    t->seconds = r->seconds > 0 ? r->seconds : default_seconds;
    return code;
}

static bool has_ring(const struct flame_target *t, size_t n, int64_t ring)
{
    for (size_t i = 0; i < n; i++)
        if (t[i].cell.value[FACTOR_ring] == ring)
            return true;
    return false;
}

/* The first cell of each ring. */
static int choose_cells(const struct flame_request *r, const struct plan *p, struct flame_target *t,
                        size_t *n)
{
    size_t rings = 0;
    *n = 0;
    for (size_t i = 0; i < p->n; i++) {
        if (p->cell[i].value[FACTOR_ring] == FACTOR_UNUSED ||
            has_ring(t, *n, p->cell[i].value[FACTOR_ring]))
            continue;
        rings++;
        if (*n == r->limit)
            continue;
        t[*n].cell = p->cell[i];
        int code = finish_cell(r, false, &t[*n]);
        if (code != EXIT_DONE)
            return code;
        ++*n;
    }
    complain("%s: %zu of its %zu cells: the first of each ring%s", p->name, *n, p->n,
             *n < rings ? ", as many as --limit allows" : "");
    if (*n > 0)
        return EXIT_DONE;
    complain("%s has no cell with a ring; name a cell: ringside flame ring=cached", p->name);
    return EXIT_USAGE;
}

static int plan_targets(const struct flame_request *r, struct flame_target *t, size_t *n)
{
    const struct plan_override set = {r->set, r->sets};
    struct topology topology;
    struct plan p;
    char why[1024];
    if (topology_load(&topology) != 0) {
        complain("cannot read which cpus this process may run on");
        return EXIT_UNSUITABLE;
    }
    int code = EXIT_USAGE;
    if (plan_load(r->word[0][0], &set, &topology, &p, why, sizeof why) == 0) {
        code = choose_cells(r, &p, t, n);
        plan_free(&p);
    } else {
        complain("%s", why);
    }
    topology_free(&topology);
    return code;
}

static bool ends_in(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n > m && strcmp(text + n - m, end) == 0;
}

static int check_words(const struct flame_request *r, bool cells, bool graph)
{
    const char *first = r->words[0] > 0 ? r->word[0][0] : NULL;
    if (first == NULL)
        complain("flame takes the levels of a cell (ring=cached), a plan or a graph file; "
                 "`ringside flame --help` says more");
    else if (!cells && r->words[0] > 1)
        complain("flame takes one plan or graph file, '%s' is one more", r->word[0][1]);
    else if (!cells && r->diff)
        complain("--diff compares two cells: ringside flame ring=padded --diff ring=cached");
    else if (r->diff && r->words[1] == 0)
        complain("--diff takes the levels in which the second cell differs, as --diff ring=cached");
    else if (cells && r->sets > 0)
        complain("--set is for plans and graph files; give the levels themselves: ring=cached");
    else if ((cells || graph) && r->limit > 0)
        complain("--limit is for plans; a %s is one recording", cells ? "cell" : "graph file");
    else if (r->off_cpu && r->frequency_hz > 0)
        complain("--frequency is of samples on the cpu; --off-cpu records every switch");
    else
        return EXIT_DONE;
    return EXIT_USAGE;
}

static void fill_in(struct flame_request *r)
{
    r->frequency_hz = r->frequency_hz > 0 ? r->frequency_hz : DEFAULT_FREQUENCY_HZ;
    r->limit = r->limit > 0 ? r->limit : DEFAULT_LIMIT;
}

int flame_targets(struct flame_request *r, struct flame_target **targets, size_t *n)
{
    const bool cells = r->words[0] > 0 && strchr(r->word[0][0], '=') != NULL;
    const bool graph = r->words[0] > 0 && ends_in(r->word[0][0], ".graph");
    int code = check_words(r, cells, graph);
    if (code != EXIT_DONE)
        return code;
    fill_in(r);
    *targets = calloc(r->limit > 2 ? r->limit : 2, sizeof **targets);
    if (*targets == NULL) {
        complain("out of memory; free some and repeat");
        return EXIT_INCOMPLETE;
    }
    *n = 1;
    if (cells)
        code = cell_targets(r, *targets, n);
    else if (graph)
        code = graph_target(r, *targets);
    else
        code = plan_targets(r, *targets, n);
    if (code != EXIT_DONE)
        free(*targets);
    return code;
}
