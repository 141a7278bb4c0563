/* SPDX-License-Identifier: MIT */
/* From live files to what is drawn. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "measure/clock.h"
#include "top.h"

static const double REPORT_ENDED_S = 10; /* after which a report that does not grow is over */

static void copy_node(struct top_node *to, const struct rs_live_node *from)
{
    memcpy(to->name, from->now.name, sizeof to->name);
    memcpy(to->waits_on, from->now.waits_on, sizeof to->waits_on);
    to->name[sizeof to->name - 1] = to->waits_on[sizeof to->waits_on - 1] = '\0';
    to->waits_for = from->now.waits_for;
    to->rates = rs_node_rates_between(&from->then, &from->now);
    to->fill = from->now.fill;
    to->worker = from->now.worker;
    to->cpu = from->now.cpu;
    to->ended = from->now.ended;
}

/* The nodes that the payload has room for; 0 if it is not laid out as this program knows it. */
static size_t nodes_in(const struct top_item *item)
{
    const struct rs_live_graph *g = (const struct rs_live_graph *)(const void *)item->payload;
    const uint64_t bytes = item->head.payload_bytes;
    if (bytes < sizeof *g || g->node_bytes != sizeof(struct rs_live_node) ||
        g->n_nodes > (bytes - sizeof *g) / sizeof(struct rs_live_node))
        return 0;
    return g->n_nodes;
}

static double seconds_since(double now_s, uint64_t then_ns)
{
    const double s = now_s - (double)then_ns / 1e9;
    return s > 0 ? s : 0;
}

static int add_graph(struct top_scene *scene, const struct top_item *item)
{
    const struct rs_live_graph *g = (const struct rs_live_graph *)(const void *)item->payload;
    const struct rs_live_node *node = (const struct rs_live_node *)(const void *)(g + 1);
    const size_t n = nodes_in(item);
    void *more = realloc(scene->graph, (scene->n + 1) * sizeof *scene->graph);
    if (more == NULL)
        return -ENOMEM;
    scene->graph = (struct top_graph *)more;
    struct top_graph *to = &scene->graph[scene->n++];
    *to = (struct top_graph){.pid = item->head.pid, .node = calloc(n + 1, sizeof *to->node)};
    if (to->node == NULL)
        return -ENOMEM;
    memcpy(to->name, item->head.name, sizeof to->name);
    if (n == 0)
        return 0;
    memcpy(to->host, g->host, sizeof to->host);
    to->host[sizeof to->host - 1] = '\0';
    to->up_s = seconds_since(scene->now_s, g->start_ns);
    to->age_s = seconds_since(scene->now_s, g->at_ns);
    to->workers = g->n_workers;
    to->n = n;
    for (size_t i = 0; i < n; i++)
        copy_node(&to->node[i], &node[i]);
    return 0;
}

static int take_item(struct top_scene *scene, const struct top_item *item)
{
    if (item->payload == NULL)
        return 0;
    if (item->head.kind == RS_LIVE_GRAPH)
        return add_graph(scene, item);
    if (item->head.kind == RS_LIVE_SWEEP && item->head.payload_bytes >= sizeof scene->sweep) {
        memcpy(&scene->sweep, item->payload, sizeof scene->sweep);
        scene->sweep.title[sizeof scene->sweep.title - 1] = '\0';
        scene->sweep.cell[sizeof scene->sweep.cell - 1] = '\0';
        scene->sweep.ring[sizeof scene->sweep.ring - 1] = '\0';
    }
    return 0;
}

/* Rounds that are shorter than a second end before they show a rate: their report tells. */
static void add_last_report(struct top_scene *scene)
{
    struct top_graph last;
    bool rates = false;
    for (size_t i = 0; i < scene->n; i++)
        rates |= scene->graph[i].n > 0 && scene->graph[i].node[0].rates.interval_s > 0;
    if (rates || !scene->sweep.is_graph || !top_report_last(scene->head.folder, &last))
        return;
    void *more = realloc(scene->graph, (scene->n + 1) * sizeof *scene->graph);
    if (more == NULL) {
        free(last.node);
        return;
    }
    scene->graph = (struct top_graph *)more;
    scene->graph[scene->n++] = last;
}

/* A part of a graph that is told of by its folder only.  It runs while its report grows. */
static int look_at_report(struct top_scene *scene, const char *folder)
{
    struct top_graph g;
    if (!top_report_last(folder, &g))
        return 0;
    g.by_report = true;
    g.age_s = top_report_age_s(folder);
    void *more = realloc(scene->graph, (scene->n + 1) * sizeof *scene->graph);
    if (more == NULL) {
        free(g.node);
        return -ENOMEM;
    }
    scene->graph = (struct top_graph *)more;
    scene->graph[scene->n++] = g;
    if (g.age_s <= REPORT_ENDED_S)
        scene->state = TOP_RUNS;
    return 0;
}

/* The state of several: one that runs counts, then one that was killed. */
static void note_state(struct top_scene *scene, enum rs_live_state state)
{
    if (state != RS_LIVE_DEAD)
        scene->state = TOP_RUNS;
    else if (scene->state == TOP_ENDED)
        scene->state = TOP_KILLED;
}

static int look_at(struct top_scene *scene, const struct top_scan *scan,
                   const struct rs_live_header *watched)
{
    int err = 0;
    for (size_t i = 0; err == 0 && i < scan->n; i++) {
        const struct top_item *item = &scan->item[i];
        const bool own = top_is_same(item, watched);
        if (own)
            note_state(scene, item->state);
        if (own || (top_is_round_of(item, watched) && item->state == RS_LIVE_RUNS))
            err = take_item(scene, item);
    }
    return err;
}

int top_look(const struct rs_live_header *watched, size_t n, struct top_scene *scene)
{
    struct top_scan scan;
    *scene = (struct top_scene){.state = TOP_ENDED,
                                .head = watched[0],
                                .is_sweep = watched[0].kind == RS_LIVE_SWEEP,
                                .now_s = (double)clock_ns() / 1e9};
    int err = top_scan_make(&scan);
    for (size_t i = 0; err == 0 && i < n; i++)
        err = watched[i].pid != 0 ? look_at(scene, &scan, &watched[i])
                                  : look_at_report(scene, watched[i].folder);
    if (err == 0 && scene->is_sweep)
        add_last_report(scene);
    top_scan_free(&scan);
    return err;
}

void top_scene_free(struct top_scene *scene)
{
    for (size_t i = 0; i < scene->n; i++)
        free(scene->graph[i].node);
    free(scene->graph);
    scene->graph = NULL;
    scene->n = 0;
}
