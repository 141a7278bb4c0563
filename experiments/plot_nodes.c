/* SPDX-License-Identifier: MIT */
/* What the nodes of a graph spent their time with, from the reports that its rounds appended to
 * node_1hz.jsonl. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "plot.h"

enum { GRAPHS_MAX = 512, NODES_MAX = 4096, PANELS_MAX = 6, ROWS_MAX = 16 };

struct node_time {
    char name[64];
    double rx_wait, work, tx_wait, seconds; /* per cent times seconds; seconds */
};

/* One graph, hence one cell: all of its rounds. */
struct graph_time {
    char name[64];
    const struct cell *cell; /* NULL if the run has none of this id */
    struct node_time *node;
    size_t n;
};

struct times {
    struct graph_time graph[GRAPHS_MAX];
    size_t n;
};

static const struct cell *cell_named(const struct plot_run *r, const char *id)
{
    char *end;
    const uint64_t number = strtoull(id, &end, 16);
    for (size_t i = 0; *end == '\0' && i < r->summary.n; i++)
        if (r->summary.cell[i].id == number)
            return &r->summary.cell[i].cell;
    return NULL;
}

static struct graph_time *graph_of(const struct plot_run *r, struct times *t, const char *name)
{
    for (size_t i = 0; i < t->n; i++)
        if (strncmp(t->graph[i].name, name, sizeof t->graph[i].name - 1) == 0)
            return &t->graph[i];
    if (t->n == GRAPHS_MAX)
        return NULL;
    struct graph_time *g = &t->graph[t->n++];
    plot_clean(name, g->name, sizeof g->name);
    g->cell = cell_named(r, g->name);
    return g;
}

static struct node_time *node_of(struct graph_time *g, const char *name)
{
    char clean[sizeof g->node->name];
    plot_clean(name, clean, sizeof clean);
    for (size_t i = 0; i < g->n; i++)
        if (strcmp(g->node[i].name, clean) == 0)
            return &g->node[i];
    if (g->n == NODES_MAX)
        return NULL;
    if ((g->n & (g->n - 1)) == 0) { /* grows at the powers of two */
        struct node_time *more = realloc(g->node, (g->n ? 2 * g->n : 1) * sizeof *more);
        if (more == NULL)
            return NULL;
        g->node = more;
    }
    struct node_time *n = &g->node[g->n++];
    *n = (struct node_time){0};
    memcpy(n->name, clean, sizeof n->name);
    return n;
}

/* Only lines of a merged run say on what kind of machine they were written. */
static bool is_of_machine(const struct plot_run *r, const json_t *line)
{
    uint32_t machine = 0;
    machine_kind_parse(json_string_value(json_object_get(line, "machine")), &machine);
    return machine == r->machine;
}

/* Lines that are none are passed over: a killed round leaves its last one torn. */
static void add_line(const struct plot_run *r, struct times *t, const json_t *line)
{
    const char *graph = json_string_value(json_object_get(line, "graph"));
    const char *node = json_string_value(json_object_get(line, "node"));
    const double seconds = json_number_value(json_object_get(line, "interval_s"));
    if (graph == NULL || node == NULL || !(seconds > 0) || !is_of_machine(r, line))
        return;
    struct graph_time *g = graph_of(r, t, graph);
    struct node_time *n = g ? node_of(g, node) : NULL;
    if (n == NULL)
        return;
    n->rx_wait += seconds * json_number_value(json_object_get(line, "rx_wait_pct"));
    n->work += seconds * json_number_value(json_object_get(line, "work_pct"));
    n->tx_wait += seconds * json_number_value(json_object_get(line, "tx_wait_pct"));
    n->seconds += seconds;
}

static int read_times(const struct plot_run *r, struct times *t)
{
    char path[4200], *line = NULL;
    size_t room = 0;
    snprintf(path, sizeof path, "%s/node_1hz.jsonl", r->dir);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return -ENODATA;
    while (getline(&line, &room, file) > 0) {
        json_t *j = json_loads(line, JSON_DECODE_INT_AS_REAL, NULL);
        add_line(r, t, j);
        json_decref(j);
    }
    free(line);
    fclose(file);
    return t->n > 0 ? 0 : -ENODATA;
}

/* By the factors; what the run has no cell of comes last, by name. */
static int compare(const void *a, const void *b)
{
    const struct graph_time *x = (const struct graph_time *)a;
    const struct graph_time *y = (const struct graph_time *)b;
    if (x->cell != NULL && y->cell != NULL)
        return plot_compare(x->cell, y->cell, ~0u);
    if (x->cell == NULL && y->cell == NULL)
        return strcmp(x->name, y->name);
    return x->cell == NULL ? 1 : -1;
}

/* The second half of the A/A pair shows nothing new, and of too many every k-th is drawn. */
static size_t choose(const struct times *t, const struct graph_time *chosen[PANELS_MAX])
{
    const struct graph_time *all[GRAPHS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++)
        if (t->graph[i].cell == NULL || t->graph[i].cell->value[FACTOR_replica] != 1)
            all[n++] = &t->graph[i];
    const size_t panels = n < PANELS_MAX ? n : PANELS_MAX;
    for (size_t i = 0; i < panels; i++)
        chosen[i] = all[i * n / panels];
    return panels;
}

/* Of a long chain the first and the last nodes. */
static size_t rows_of(const struct graph_time *g)
{
    return g->n < ROWS_MAX ? g->n : ROWS_MAX;
}

static const struct node_time *row_of(const struct graph_time *g, size_t row)
{
    const bool tail = g->n > ROWS_MAX && row >= ROWS_MAX / 2;
    return &g->node[tail ? g->n - ROWS_MAX + row : row];
}

/* "ring=chunked batch=64 stages=3": what tells the graphs of a run apart. */
static void name_panel(const struct graph_time *g, char *text, size_t n)
{
    static const enum factor common[] = {FACTOR_kernel,  FACTOR_engine, FACTOR_placement,
                                         FACTOR_seconds, FACTOR_warmup, FACTOR_messages};
    if (g->cell == NULL) {
        snprintf(text, n, "graph %s", g->name);
        return;
    }
    struct cell c = *g->cell;
    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
        c.value[common[i]] = FACTOR_UNUSED;
    cell_format(&c, true, text, n);
}

static void write_head(FILE *to, const struct plot_run *r, size_t graphs,
                       const struct graph_time *const *panel, size_t panels)
{
    fprintf(to, "# title: What the nodes of a graph do%s%s\n", r->title[0] ? " — " : "", r->title);
    fprintf(to, "# conditions: mean over all reports of a cell");
    if (panels < graphs)
        fprintf(to, "; %zu of %zu graphs", panels, graphs);
    fprintf(to,
            "\n# reading: who never waits limits the graph; nodes of one worker share its time; of "
            "more than %d nodes the first and the last\n",
            ROWS_MAX);
    for (size_t p = 0; p < panels; p++) {
        char text[1024];
        name_panel(panel[p], text, sizeof text);
        fprintf(to, "# panel %zu: %s\n", p, text);
    }
    for (size_t p = 0, row = 0; p < panels; p++)
        for (size_t k = 0; k < rows_of(panel[p]); k++)
            fprintf(to, "# row %zu: %s\n", row++, row_of(panel[p], k)->name);
}

static void write_times(FILE *to, const struct plot_run *r, struct times *t)
{
    const struct graph_time *panel[PANELS_MAX];
    qsort(t->graph, t->n, sizeof t->graph[0], compare);
    const size_t panels = choose(t, panel);
    write_head(to, r, t->n, panel, panels);
    fprintf(to, "panel,place,row,rx_wait_pct,work_pct,tx_wait_pct,seconds\n");
    for (size_t p = 0, row = 0; p < panels; p++)
        for (size_t k = 0; k < rows_of(panel[p]); k++) {
            const struct node_time *n = row_of(panel[p], k);
            fprintf(to, "%zu,%zu,%zu,%.4g,%.4g,%.4g,%.4g\n", p, k, row++, n->rx_wait / n->seconds,
                    n->work / n->seconds, n->tx_wait / n->seconds, n->seconds);
        }
}

int plot_node_metrics(const struct plot_run *r, FILE *to)
{
    struct times *t = calloc(1, sizeof *t);
    if (t == NULL)
        return -ENOMEM;
    int err = read_times(r, t);
    if (err == 0)
        write_times(to, r, t);
    for (size_t i = 0; i < t->n; i++)
        free(t->graph[i].node);
    free(t);
    return err;
}
