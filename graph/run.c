/* SPDX-License-Identifier: MIT */
/* Starting a graph, waiting for it, and taking it down. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "metrics.h"
#include "publish.h"
#include "wait.h"

enum { FREE_WAIT_S = 5 };

uint64_t rs_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int rs_graph_check(rs_graph *g)
{
    int err;
    if (g->phase >= RS_CHECKED)
        return 0;
    free(g->order); /* of a check that failed */
    g->order = NULL;
    err = rs_check(g);
    if (err == -ENOMEM)
        rs_graph_fail(g, err, "out of memory; free some and repeat");
    if (err == 0)
        err = rs_partition(g);
    if (err != 0)
        return err;
    g->phase = RS_CHECKED;
    rs_sde_declare(g);
    return 0;
}

/* Under lock: waits until all `n` workers stand at the gate. */
static void await_arrivals(rs_graph *g, size_t n)
{
    while (g->arrived < n)
        pthread_cond_wait(&g->changed, &g->lock);
}

static void open_gate(rs_graph *g, int step, bool abort)
{
    g->arrived = 0;
    g->gate = step;
    g->abort = abort;
    pthread_cond_broadcast(&g->changed);
}

static int create_threads(rs_graph *g)
{
    pthread_attr_t attr;
    int err = pthread_attr_init(&attr);
    if (err == 0 && g->opt.stack_bytes > 0)
        err = pthread_attr_setstacksize(&attr, g->opt.stack_bytes);
    for (size_t i = 0; i < g->n_workers && err == 0; i++) {
        struct rs_worker *w = g->worker[i];
        err = pthread_create(&w->thread, &attr, rs_worker_main, w);
        w->created = err == 0;
    }
    pthread_attr_destroy(&attr);
    return err == 0 ? 0
                    : rs_graph_fail(g, -err,
                                    "cannot start %zu threads: %s; raise ulimit -u or let "
                                    "placement = auto fuse nodes",
                                    g->n_workers, strerror(err));
}

static size_t created(const rs_graph *g)
{
    size_t n = 0;
    while (n < g->n_workers && g->worker[n]->created)
        n++;
    return n;
}

static int worst_error(const rs_graph *g, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (g->worker[i]->error != 0)
            return g->worker[i]->error;
    return 0;
}

static void join_all(rs_graph *g)
{
    for (size_t i = 0; i < g->n_workers; i++)
        if (g->worker[i]->created) {
            pthread_join(g->worker[i]->thread, NULL);
            g->worker[i]->created = false;
        }
    g->phase = RS_OVER;
}

static void prepare(rs_graph *g)
{
    const char *refusal = rs_priority_refusal(g->opt.priority, g->n_workers, &g->cpus);
    if (refusal != NULL) {
        rs_log_line(&g->log, RS_WARN, "", "priority not raised: %s", refusal);
        g->opt.priority = RS_PRIORITY_NONE;
    }
    g->asymmetric = getenv("RS_NO_MEMBARRIER") == NULL && rs_membarrier_register() == 0;
    g->start_ns = rs_now_ns();
    g->start_ticks = rs_ticks();
    rs_publisher_start(g); /* before the workers: making files would take their time */
}

/* Every step is taken by all workers or by none: rings, then start hooks, then the loops. */
int rs_graph_start(rs_graph *g)
{
    int err = rs_graph_check(g);
    if (err != 0)
        return err;
    if (g->phase != RS_CHECKED)
        return rs_graph_fail(g, -EBUSY, "the graph was started already; build another one");
    prepare(g);
    err = create_threads(g);
    size_t n = created(g);
    pthread_mutex_lock(&g->lock);
    await_arrivals(g, n);
    err = err ? err : worst_error(g, n);
    open_gate(g, 1, err != 0);
    if (err == 0) {
        await_arrivals(g, n);
        err = worst_error(g, n);
        open_gate(g, 2, err != 0);
    }
    pthread_mutex_unlock(&g->lock);
    g->phase = RS_STARTED;
    if (err == 0) {
        rs_sde_attach(g);
        err = rs_reporter_start(g);
    }
    if (err != 0) {
        rs_graph_stop(g, RS_STOP_NOW);
        join_all(g);
        rs_publisher_stop(g);
    }
    return err;
}

static struct timespec in_seconds(double s)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    double whole = (double)(long)s;
    t.tv_sec += (time_t)whole;
    t.tv_nsec += (long)((s - whole) * 1e9);
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

static bool await_end(rs_graph *g, double timeout_s)
{
    struct timespec until = in_seconds(timeout_s >= 0 && timeout_s < 1e9 ? timeout_s : 1e9);
    int err = 0;
    pthread_mutex_lock(&g->lock);
    while (g->ended < g->n_workers && err != ETIMEDOUT)
        if (timeout_s < 0)
            pthread_cond_wait(&g->changed, &g->lock);
        else
            err = pthread_cond_timedwait(&g->changed, &g->lock, &until);
    bool over = g->ended == g->n_workers;
    pthread_mutex_unlock(&g->lock);
    return over;
}

int rs_graph_wait(rs_graph *g, double timeout_s)
{
    char who[RS_ERROR_BYTES - 64];
    if (g->phase == RS_OVER)
        return g->error_code;
    if (g->phase != RS_STARTED)
        return rs_graph_fail(g, -EINVAL, "the graph was not started");
    if (!await_end(g, timeout_s)) {
        rs_graph_who_runs(g, who, sizeof who);
        return rs_graph_fail(g, -ETIMEDOUT, "after %g s still running: %s", timeout_s, who);
    }
    rs_reporter_stop(g);
    rs_publisher_stop(g);
    join_all(g);
    return g->error_code;
}

int rs_graph_run(rs_graph *g)
{
    int err = rs_graph_start(g);
    return err ? err : rs_graph_wait(g, -1);
}

int rs_graph_free(rs_graph *g)
{
    if (g == NULL)
        return 0;
    if (g->phase == RS_STARTED) {
        rs_graph_stop(g, RS_STOP_NOW);
        rs_graph_wait(g, FREE_WAIT_S);
        if (g->phase != RS_OVER)
            return -EBUSY;
    }
    rs_graph_free_all(g);
    return 0;
}
