/* SPDX-License-Identifier: MIT */
/* Which nodes share a worker, and which cpu each worker gets. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

static struct rs_worker *add_worker(rs_graph *g)
{
    struct rs_worker *w = aligned_alloc(RS_SEPARATION, sizeof *w);
    if (w == NULL)
        return NULL;
    memset(w, 0, sizeof *w);
    w->node = calloc(g->n_nodes, sizeof(rs_node *));
    if (w->node == NULL) {
        free(w);
        return NULL;
    }
    w->graph = g;
    w->index = g->n_workers;
    w->cpu = -1;
    g->worker[g->n_workers++] = w;
    return w;
}

static void put(struct rs_worker *w, rs_node *n)
{
    n->worker = w;
    w->node[w->n++] = n;
}

/* An earlier node with the same fuse word, or NULL. */
static rs_node *partner(const rs_graph *g, const rs_node *n)
{
    for (size_t i = 0; i < g->n_nodes; i++) {
        rs_node *other = g->order[i];
        if (other == n)
            break;
        if (n->fuse[0] != '\0' && strcmp(other->fuse, n->fuse) == 0)
            return other;
    }
    return NULL;
}

static bool declared(const rs_node *n)
{
    return n->fuse[0] != '\0' || n->opt.cpu != RS_ANY_CPU;
}

/* Workers that the user's words make: a fuse group each, and a node with a cpu of its own. */
static int place_declared(rs_graph *g)
{
    for (size_t i = 0; i < g->n_nodes; i++) {
        rs_node *n = g->order[i];
        rs_node *with = declared(n) ? partner(g, n) : NULL;
        if (!declared(n))
            continue;
        struct rs_worker *w = with ? with->worker : add_worker(g);
        if (w == NULL)
            return -ENOMEM;
        put(w, n);
    }
    return 0;
}

/* The others in topological order, cut into `workers` runs of about the same cost. */
static int place_rest(rs_graph *g, size_t workers)
{
    double all = 0, before = 0;
    size_t made = 0;
    struct rs_worker *w = NULL;
    for (size_t i = 0; i < g->n_nodes; i++)
        all += g->order[i]->worker == NULL ? g->order[i]->opt.cost : 0;
    for (size_t i = 0; i < g->n_nodes; i++) {
        rs_node *n = g->order[i];
        if (n->worker != NULL)
            continue;
        /* The middle of the node's share decides in which run it is. */
        size_t run = (size_t)((before + n->opt.cost / 2) / all * (double)workers);
        run = run < workers ? run : workers - 1;
        if (w == NULL || run >= made) {
            w = add_worker(g);
            if (w == NULL)
                return -ENOMEM;
            made = run + 1;
        }
        put(w, n);
        before += n->opt.cost;
    }
    return 0;
}

/* The kernel's number of the cpu that worker w asked for; -1 = none in particular. */
static int asked_cpu(rs_graph *g, const struct rs_worker *w)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): each of n_workers was made */
    for (size_t i = 0; i < w->n; i++) {
        int index = w->node[i]->opt.cpu;
        if (index == RS_ANY_CPU)
            continue;
        if (index >= 0 && (size_t)index < g->cpus.n)
            return g->cpus.cpu[index];
        rs_log_line(&g->log, RS_WARN, w->node[i]->name,
                    "cpu = %d, but this process may run on %zu (0 to %zu): it runs unpinned; widen "
                    "the mask (taskset, cpuset) or change cpu",
                    index, g->cpus.n, g->cpus.n - 1);
    }
    return -1;
}

static size_t users_of(const rs_graph *g, int cpu)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n_workers; i++)
        n += g->worker[i]->cpu == cpu;
    return n;
}

/* Asked cpus first; then each worker gets the allowed cpu with the fewest workers. */
static void choose_cpus(rs_graph *g)
{
    for (size_t i = 0; i < g->n_workers; i++)
        g->worker[i]->cpu = asked_cpu(g, g->worker[i]);
    for (size_t i = 0; i < g->n_workers && g->opt.placement != RS_PLACE_FREE; i++) {
        struct rs_worker *w = g->worker[i];
        int best = g->cpus.cpu[0];
        if (w->cpu >= 0)
            continue;
        for (size_t c = 1; c < g->cpus.n; c++)
            if (users_of(g, g->cpus.cpu[c]) < users_of(g, best))
                best = g->cpus.cpu[c];
        w->cpu = best;
    }
    for (size_t i = 0; i < g->n_workers; i++) {
        struct rs_worker *w = g->worker[i];
        w->crowded = g->n_workers > g->cpus.usable || (w->cpu >= 0 && users_of(g, w->cpu) > 1);
    }
}

static void name_workers(rs_graph *g)
{
    for (size_t i = 0; i < g->n_workers; i++) {
        struct rs_worker *w = g->worker[i];
        if (w->n == 1)
            snprintf(w->name, sizeof w->name, "%s", w->node[0]->name);
        else
            snprintf(w->name, sizeof w->name, "%.40s+%zu", w->node[0]->name, w->n - 1);
    }
}

static void warn_crowded(rs_graph *g)
{
    if ((g->opt.wait == RS_WAIT_SPIN || g->opt.wait == RS_WAIT_PAUSE) && g->n_workers > 0 &&
        g->worker[0]->crowded)
        rs_log_line(&g->log, RS_WARN, "",
                    "%zu workers share %zu cpus, so a %s wait yields after a while; wait = auto or "
                    "park suits this better",
                    g->n_workers, g->cpus.usable, g->opt.wait == RS_WAIT_SPIN ? "spin" : "pause");
}

int rs_partition(rs_graph *g)
{
    size_t rest = 0, fixed, workers;
    int err;
    g->worker = calloc(g->n_nodes, sizeof(struct rs_worker *));
    err = g->worker ? place_declared(g) : -ENOMEM;
    fixed = g->n_workers;
    for (size_t i = 0; i < g->n_nodes; i++)
        rest += g->node[i]->worker == NULL;
    workers = rest;
    if (g->opt.placement == RS_PLACE_AUTO && fixed + rest > g->cpus.usable)
        workers = fixed < g->cpus.usable ? g->cpus.usable - fixed : 1;
    workers = workers < rest ? workers : rest;
    if (err == 0 && rest > 0)
        err = place_rest(g, workers);
    if (err != 0)
        return rs_graph_fail(g, err, "out of memory");
    choose_cpus(g);
    name_workers(g);
    warn_crowded(g);
    for (size_t i = 0; i < g->n_edges; i++)
        g->edge[i]->local = g->edge[i]->from->worker == g->edge[i]->to->worker;
    return 0;
}
