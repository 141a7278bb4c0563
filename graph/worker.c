/* SPDX-License-Identifier: MIT */
/*
 * A worker: the loop over its nodes.
 *
 * Ordering (who, on what, why):
 *   S1 relaxed  stop    a hint; what is stopped is ordered by the edges and by joining
 *   S2 seq_cst  fence   the request to stop is stored before sleepers are looked for; pairs with W2
 *   S3 relaxed  alive   set after the thread's id; the reporter may miss the first second
 *   M1 relaxed  ended_ns  a hint for the reporter
 */
#include "internal.h"

#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "arena.h"
#include "metrics.h"
#include "wait.h"

enum {
    SAMPLE_PASSES = 64,    /* of fused nodes one pass in so many is timed */
    GATHER_MSGS = 1024,    /* between two waits: fewer are too few */
    GATHER_PAUSES = 63,    /* about a microsecond */
    POLLS_OF_A_CALL = 512, /* a pass that asks the system takes as long as so many that do not */
    VISIT_MSGS = 512       /* most messages of a fused node before its neighbours have their turn */
};

static unsigned stopping(const struct rs_worker *w)
{
    return rs_load_relaxed(&w->graph->control.stop); /* S1 relaxed: a hint */
}

static void request_stop(rs_graph *g, unsigned how)
{
    pthread_mutex_lock(&g->lock);
    uint32_t now = rs_load_relaxed(&g->control.stop); /* S1 relaxed: under the lock, only grows */
    rs_store_relaxed(&g->control.stop, now > how ? now : how); /* S1 relaxed: S2 follows */
    pthread_mutex_unlock(&g->lock);
    rs_workers_wake(g);
}

void rs_workers_wake(rs_graph *g)
{
    rs_fence_seq_cst(); /* S2 seq_cst: pairs with W2. Without it a worker sleeps through the stop.
                         */
    for (size_t i = 0; i < g->n_workers; i++)
        rs_park_wake(&g->worker[i]->parked.word);
}

void rs_graph_stop(rs_graph *g, rs_stop how)
{
    request_stop(g, how == RS_STOP_NOW ? RS_STOPPING_NOW : RS_STOPPING_DRAIN);
}

/* ---- one node
 * ------------------------------------------------------------------------------------ */

static void end_node(struct rs_worker *w, rs_node *n)
{
    n->status = RS_NODE_ENDED;
    rs_node_close(n);
    rs_store_relaxed(&n->counters.ended_ns, rs_now_ns()); /* M1 relaxed: a hint for the reporter */
    w->live--;
}

/* The first error ends the graph: both sides of the node are closed, everybody stops. */
static void fail_node(struct rs_worker *w, rs_node *n, int code)
{
    if (!n->failed)
        rs_node_fail(n, code, "a hook of kind %s failed: %s", n->ops->kind, strerror(-code));
    /* First the request: who sees the edges closed must not take it for a good end. */
    request_stop(w->graph, RS_STOPPING_NOW);
    end_node(w, n);
}

static int (*work_of(const rs_node_ops *ops))(rs_node *, rs_io *)
{
    if (ops->work != NULL)
        return ops->work;
    return ops->process_batch != NULL ? rs_work_batch : rs_work_process;
}

static void start_draining(rs_node *n)
{
    n->status = RS_NODE_DRAINING;
    n->call = n->ops->drain;
    for (unsigned p = 0; p < n->ops->n_in; p++) {
        n->io.in[p].batch_min = 1;
        n->in_joint[p].batch_min = 1;
    }
}

/* The node could not go on: is it because its stream is over? */
static int when_idle(struct rs_worker *w, rs_node *n)
{
    rs_node_flush(n);
    if (rs_node_note_abandoned(n))
        return RS_EOS;
    if (n->status == RS_NODE_RUNNING &&
        (rs_node_inputs_ended(n) || (n->ops->n_in == 0 && stopping(w) == RS_STOPPING_DRAIN))) {
        start_draining(n);
        return n->call != NULL ? 1 : RS_EOS;
    }
    return RS_IDLE;
}

/* What follows from a call that made no progress; whether anything changed. */
static bool settle_result(struct rs_worker *w, rs_node *n, int r)
{
    if (r == RS_IDLE)
        r = when_idle(w, n);
    if (r > 0)
        return true;
    if (r == RS_IDLE)
        return false;
    if (r != RS_EOS) {
        fail_node(w, n, r);
        return true;
    }
    n->status = RS_NODE_FLUSHING;
    if (!rs_node_flush(n) && !rs_node_note_abandoned(n)) {
        n->io.refused = RS_REFUSED_OUT;
        return false;
    }
    end_node(w, n);
    return true;
}

/* Up to `limit` calls in a row; how many made progress.  The hot loop of the engine. */
static unsigned visit(struct rs_worker *w, rs_node *n, unsigned limit)
{
    int (*const call)(rs_node *, rs_io *) = n->call;
    unsigned k = 0;
    int r = RS_EOS;
    if (n->status < RS_NODE_FLUSHING)
        for (r = 1; k < limit && stopping(w) != RS_STOPPING_NOW; k++) {
            n->io.refused = 0;
            r = call(n, &n->io);
            if (rs_unlikely(r <= 0))
                break;
        }
    rs_count(&n->counters.calls, k);
    if (rs_unlikely(r <= 0))
        k += settle_result(w, n, r);
    else if (rs_unlikely(n->defers))
        rs_node_flush(n); /* a node that never idles may use one of its outputs rarely */
    return k;
}

/* A source that never idles must still see that it is to end. */
static void drain_source(rs_node *n)
{
    if (n->ops->n_in > 0 || n->status != RS_NODE_RUNNING)
        return;
    start_draining(n);
    if (n->call == NULL)
        n->status = RS_NODE_FLUSHING;
}

/* ---- waiting
 * -------------------------------------------------------------------------------------- */

static unsigned pass(struct rs_worker *w);

/* Whether somebody would wake this worker for each of its nodes. */
static bool can_park(const struct rs_worker *w)
{
    for (size_t i = 0; i < w->n; i++)
        if (w->node[i]->status != RS_NODE_ENDED && w->node[i]->io.refused == 0 &&
            w->node[i]->ops->sleeps == NULL)
            return false;
    return true;
}

static void park(struct rs_worker *w)
{
    rs_park_announce(&w->parked.word, w->bell, w->graph->asymmetric);
    if (pass(w) > 0 || !can_park(w) || stopping(w) != w->stop_seen) {
        rs_park_cancel(&w->parked.word);
        return;
    }
    rs_count(&w->counters.parks, 1);
    if (w->bell != 0)
        rs_sleep_outside(w);
    else
        rs_park_sleep(&w->parked.word);
    rs_wait_goes_on(w);
}

/* A small ring is soon full: no longer than it takes to fill a part of it. */
static unsigned most_gathered(const struct rs_worker *w)
{
    size_t most = GATHER_PAUSES;
    for (size_t i = 0; i < w->graph->n_edges; i++) {
        const struct rs_edge *e = w->graph->edge[i];
        if ((e->from->worker == w || e->to->worker == w) && !e->local && e->capacity / 16 < most)
            most = e->capacity / 16;
    }
    return (unsigned)most;
}

/*
 * A side that keeps up exactly takes each message alone, and its slot's line and the indices travel
 * for every one: 40 ns where 10 would do.  So a worker that has to wait after a short run waits
 * longer at once, until several messages (or slots) are there; after a long run it waits less.  The
 * bound is about a microsecond, and an idle graph does not meet it: it counts runs, not polls.
 */
static void gather(struct rs_worker *w)
{
    const rs_wait wait = w->graph->opt.wait;
    if (w->crowded || (wait != RS_WAIT_AUTO && wait != RS_WAIT_PARK))
        return;
    if (w->run * w->node[0]->batch < GATHER_MSGS)
        w->gather = 2 * w->gather + 1 < w->gather_most ? 2 * w->gather + 1 : w->gather_most;
    else
        w->gather /= 2;
    for (unsigned i = 0; i < w->gather; i++)
        rs_pause();
    w->run = 0;
}

static void wait_a_little(struct rs_worker *w)
{
    if (!w->waiting) {
        rs_wait_begins(w);
        gather(w);
    } else {
        rs_wait_goes_on(w);
    }
    w->waiting = true;
    w->polls += w->bell != 0 ? POLLS_OF_A_CALL : 1;
    if (rs_wait_step(w->graph->opt.wait, w->polls - 1, w->crowded, can_park(w)) == RS_STEP_PARK) {
        park(w);
        w->polls = 0;
    }
}

/* ---- the loop
 * --------------------------------------------------------------------------------------- */

static unsigned timed_visit(struct rs_worker *w, rs_node *n, unsigned limit)
{
    uint64_t begin = rs_ticks();
    unsigned k = visit(w, n, limit);
    if (k > 0)
        rs_count(&n->counters.sample_ticks, rs_ticks() - begin);
    return k;
}

/* Every node in turn; the calls that made progress.  A fused node goes on while it can, within its
 * share: its code and its rings stay in the cache. */
static unsigned pass(struct rs_worker *w)
{
    const bool timed = RS_METRICS && w->n > 1 && w->passes++ % SAMPLE_PASSES == 0;
    unsigned calls = 0;
    for (size_t i = 0; i < w->n; i++) {
        rs_node *n = w->node[i];
        const unsigned limit = (unsigned)(VISIT_MSGS / n->batch) + 1;
        if (n->status != RS_NODE_ENDED)
            calls += timed ? timed_visit(w, n, limit) : visit(w, n, limit);
    }
    return calls;
}

/* A node that was cut off ends here for the reporter too. */
static void note_ends(struct rs_worker *w)
{
    if (w->waiting)
        rs_wait_ends(w);
    for (size_t i = 0; i < w->n; i++)
        if (w->node[i]->status != RS_NODE_ENDED)
            rs_store_relaxed(&w->node[i]->counters.ended_ns, rs_now_ns()); /* M1 relaxed: a hint */
}

static void loop(struct rs_worker *w)
{
    while (w->live > 0) {
        unsigned stop = stopping(w);
        if (rs_unlikely(stop != w->stop_seen)) {
            if (stop == RS_STOPPING_NOW)
                break;
            for (size_t i = 0; i < w->n; i++)
                drain_source(w->node[i]);
            w->stop_seen = stop;
        }
        unsigned calls = pass(w);
        if (calls > 0) {
            if (rs_unlikely(w->waiting))
                rs_wait_ends(w);
            w->waiting = false;
            w->polls = 0;
            w->run += calls;
        } else if (w->live > 0) {
            wait_a_little(w);
        }
    }
}

/* ---- starting and stopping
 * ---------------------------------------------------------------------------- */

/* Waits until the builder opens step `step`; false if the start is called off. */
static bool gate(struct rs_worker *w, int step)
{
    rs_graph *g = w->graph;
    pthread_mutex_lock(&g->lock);
    g->arrived++;
    pthread_cond_broadcast(&g->changed);
    while (g->gate < step)
        pthread_cond_wait(&g->changed, &g->lock);
    bool go = !g->abort;
    pthread_mutex_unlock(&g->lock);
    return go;
}

static void settle_down(struct rs_worker *w)
{
    char name[16], why[256];
    rs_thread_name(w->name, name);
    pthread_setname_np(pthread_self(), name);
    if (w->cpu >= 0 && rs_pin(w->cpu, why, sizeof why) != 0) {
        rs_log_line(&w->graph->log, RS_WARN, w->node[0]->name, "not pinned to cpu %d: %s", w->cpu,
                    why);
        w->cpu = -1;
    }
    if (w->graph->opt.priority != RS_PRIORITY_NONE &&
        rs_raise(w->graph->opt.priority, why, sizeof why) != 0)
        rs_log_line(&w->graph->log, RS_WARN, w->node[0]->name, "priority not raised: %s", why);
    if (w->graph->opt.arenas && rs_arena_take(w->index, why, sizeof why) != 0)
        rs_log_line(&w->graph->log, RS_WARN, w->node[0]->name, "no arena of its own: %s", why);
    rs_store_relaxed(&w->counters.tid, (uint32_t)syscall(SYS_gettid)); /* S3 relaxed: own thread */
    rs_store_relaxed(&w->counters.alive, 1u);                          /* S3 relaxed: a hint */
}

static int make_edges(struct rs_worker *w)
{
    for (size_t i = 0; i < w->n; i++)
        for (unsigned p = 0; p < w->node[i]->ops->n_out; p++)
            for (size_t k = 0; k < w->node[i]->n_out_edges[p]; k++) {
                int err = rs_edge_make(w->node[i]->out_edge[p][k]);
                if (err != 0)
                    return rs_node_fail(w->node[i], err, "cannot make its ring: %s",
                                        strerror(-err));
            }
    return 0;
}

static int start_nodes(struct rs_worker *w)
{
    for (size_t i = 0; i < w->n; i++) {
        rs_node *n = w->node[i];
        int err = rs_ends_make(n);
        if (err != 0)
            return rs_node_fail(n, err, "cannot make its ports: %s", strerror(-err));
        err = n->ops->start != NULL ? n->ops->start(n) : 0;
        if (err != 0 && !n->failed)
            rs_node_fail(n, err, "start of kind %s failed: %s", n->ops->kind, strerror(-err));
        if (err != 0)
            return err;
        n->started = true;
        n->call = work_of(n->ops);
    }
    return 0;
}

static void stop_nodes(struct rs_worker *w)
{
    for (size_t i = 0; i < w->n; i++) {
        rs_node *n = w->node[i];
        if (n->started && n->ops->stop != NULL)
            n->ops->stop(n);
    }
}

/* What /proc will not tell any more. */
static void note_usage(struct rs_worker *w)
{
    struct rusage u;
    struct timespec t;
    getrusage(RUSAGE_THREAD, &u);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    rs_count(&w->counters.last_switches, (uint64_t)u.ru_nivcsw);
    rs_count(&w->counters.last_cpu_ns, (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec);
}

static void leave(struct rs_worker *w)
{
    rs_graph *g = w->graph;
    note_usage(w);
    rs_store_relaxed(&w->counters.alive, 0u); /* S3 relaxed: a hint */
    pthread_mutex_lock(&g->lock);
    g->ended++;
    pthread_cond_broadcast(&g->changed);
    pthread_mutex_unlock(&g->lock);
}

void *rs_worker_main(void *worker)
{
    struct rs_worker *w = (struct rs_worker *)worker;
    w->live = w->n;
    w->gather_most = most_gathered(w);
    settle_down(w);
    w->error = make_edges(w);
    if (w->error == 0 && (w->error = rs_bell_make(w)) != 0)
        rs_node_fail(w->node[0], w->error, "cannot make an eventfd: %s", strerror(-w->error));
    if (gate(w, 1)) {
        w->error = start_nodes(w);
        if (gate(w, 2)) {
            loop(w);
            note_ends(w);
        }
    }
    stop_nodes(w);
    leave(w);
    return NULL;
}

/* Not before every stream that ends has ended: a later error makes an earlier end doubtful. */
bool rs_node_ended_well(const rs_node *n)
{
    return n->status == RS_NODE_ENDED && !n->failed &&
           rs_load_relaxed(&n->graph->control.stop) != RS_STOPPING_NOW; /* S1 relaxed: a hint */
}
