/* SPDX-License-Identifier: MIT */
#include "graph_counting.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct graph_counter {
    pthread_t worker;
    char name[256]; /* its nodes */
    size_t nodes;   /* that have not left */
    bool started, stopped;
    struct counters counters;
} __attribute__((aligned(256))); /* written by its worker alone */

struct graph_counting {
    const struct counters_pass *pass;
    pthread_mutex_t lock; /* of n and of finding; a counter is its worker's own */
    size_t n, room;
    struct graph_counter *counter; /* [room] */
};

struct graph_counting *graph_counting_new(const struct counters_pass *pass, size_t nodes)
{
    struct graph_counting *g = calloc(1, sizeof *g);
    if (g == NULL)
        return NULL;
    g->pass = pass;
    g->room = nodes;
    g->counter = aligned_alloc(_Alignof(struct graph_counter), nodes * sizeof *g->counter);
    if (g->counter == NULL) {
        free(g);
        return NULL;
    }
    memset(g->counter, 0, nodes * sizeof *g->counter);
    pthread_mutex_init(&g->lock, NULL);
    return g;
}

void graph_counting_free(struct graph_counting *g)
{
    if (g == NULL)
        return;
    pthread_mutex_destroy(&g->lock);
    free(g->counter);
    free(g);
}

static struct graph_counter *own(struct graph_counting *g)
{
    struct graph_counter *c = NULL;
    pthread_mutex_lock(&g->lock);
    for (size_t i = 0; i < g->n && c == NULL; i++)
        if (pthread_equal(g->counter[i].worker, pthread_self()))
            c = &g->counter[i];
    if (c == NULL && g->n < g->room) {
        c = &g->counter[g->n++];
        c->worker = pthread_self();
    }
    pthread_mutex_unlock(&g->lock);
    return c;
}

struct graph_counter *graph_counting_join(struct graph_counting *g, const char *node)
{
    struct graph_counter *c = own(g);
    if (c == NULL)
        return NULL;
    const size_t used = strlen(c->name);
    snprintf(c->name + used, sizeof c->name - used, "%s%s", used ? "+" : "", node);
    if (c->nodes++ == 0)
        counters_open(&c->counters, g->pass);
    return c;
}

void graph_counter_start(struct graph_counter *c)
{
    if (!c->started)
        counters_start(&c->counters);
    c->started = true;
}

void graph_counter_leave(struct graph_counter *c)
{
    if (c->started && !c->stopped)
        counters_stop(&c->counters);
    c->stopped = true;
    if (--c->nodes == 0)
        counters_close(&c->counters);
}

json_t *graph_counting_json(const struct graph_counting *g, double messages)
{
    json_t *all = counters_pass_json(g->pass);
    for (size_t i = 0; i < g->n; i++)
        json_object_set_new(all, g->counter[i].name,
                            counters_json(&g->counter[i].counters, messages));
    return all;
}
