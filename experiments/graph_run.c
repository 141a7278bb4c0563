/* SPDX-License-Identifier: MIT */
#include "graph_run.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "graph/transports.h"
#include "graph_split.h"

enum { HOSTS_MAX = 1024 };

/* ---- signals ----------------------------------------------------------------------------------
 */

struct watch {
    rs_graph *graph;
    sigset_t signals;
    pthread_t thread;
    int seen; /* read once the thread has ended */
};

/* The signals are blocked before any thread is made, so that only the watch takes them. */
static void block_signals(struct watch *w)
{
    signal(SIGPIPE, SIG_IGN); /* a node whose reader has gone fails with a message */
    sigemptyset(&w->signals);
    sigaddset(&w->signals, SIGINT);
    sigaddset(&w->signals, SIGTERM);
    sigaddset(&w->signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &w->signals, NULL);
}

static void *watch_signals(void *user)
{
    struct watch *w = (struct watch *)user;
    siginfo_t info;
    for (;;) {
        if (sigwaitinfo(&w->signals, &info) < 0)
            continue;                                     /* another signal's handler ran */
        if (info.si_code <= 0 && info.si_pid == getpid()) /* our own: the graph has ended */
            return NULL;
        w->seen++;
        if (w->seen == 1) {
            complain("interrupted; what is in flight still arrives (again: drop it)");
            rs_graph_stop(w->graph, RS_STOP_DRAIN);
        } else if (w->seen == 2) {
            complain("interrupted again; what is in flight is dropped (again: kill)");
            rs_graph_stop(w->graph, RS_STOP_NOW);
        } else {
            complain("killed: a node does not return; what it wrote may be incomplete");
            _exit(EXIT_INCOMPLETE);
        }
    }
}

static int wait_for_end(rs_graph *g, double for_s)
{
    int err = rs_graph_wait(g, for_s);
    if (for_s >= 0 && err == -ETIMEDOUT) {
        rs_graph_stop(g, RS_STOP_DRAIN);
        err = rs_graph_wait(g, -1);
    }
    return err;
}

static int run_built(const struct graph_file *f, struct watch *w, double for_s, bool *began)
{
    w->graph = f->graph;
    int err = rs_graph_start(f->graph);
    *began = err == 0;
    if (err == 0 && pthread_create(&w->thread, NULL, watch_signals, w) != 0) {
        complain("cannot make a thread for Ctrl-C; raise the limit (`ulimit -u`)");
        rs_graph_stop(f->graph, RS_STOP_NOW);
        rs_graph_wait(f->graph, -1);
        return EXIT_INCOMPLETE;
    }
    if (err == 0) {
        err = wait_for_end(f->graph, for_s);
        /* Not pthread_cancel: it loads libgcc, and aborts without memory. */
        pthread_kill(w->thread, SIGHUP);
        pthread_join(w->thread, NULL);
    }
    if (err != 0) {
        complain("%s: %s", f->path, rs_graph_error(f->graph));
        return EXIT_INCOMPLETE;
    }
    return w->seen > 0 ? EXIT_INTERRUPTED : EXIT_DONE;
}

/* ---- jobs of MPI ------------------------------------------------------------------------------
 */

/* The part of a rank is that of the host of its number. */
static int take_part(struct graph_file *f, const char *const *host, int rank)
{
    const char *given = f->options.host;
    if (given != NULL && strcmp(given, host[rank]) != 0) {
        complain("%s: --host %.60s, but rank %d is host %.60s, in the order of the file; leave "
                 "--host out",
                 f->path, given, rank, host[rank]);
        return EXIT_USAGE;
    }
    f->options.host = host[rank];
    return EXIT_DONE;
}

/* *joined: this process is to leave the job. */
static int join_job(struct graph_file *f, bool *joined)
{
    const char *host[HOSTS_MAX];
    const size_t n = graph_split_hosts(f, host, HOSTS_MAX);
    char why[512];
    int rank, size;
    if (rs_mpi_begin(&rank, &size, why, sizeof why) != 0) {
        complain("%s: transport = mpi: %s", f->path, why);
        return EXIT_USAGE;
    }
    *joined = (size_t)size == n;
    if (*joined)
        return take_part(f, host, rank);
    if (rank == 0)
        complain("%s: its edges are over MPI, its nodes are on %zu hosts, and %d process%s "
                 "started; run it by `mpirun -n %zu ringside graph run %s`",
                 f->path, n, size, size == 1 ? " was" : "es were", n, f->path);
    rs_mpi_end(); /* all see the same */
    return EXIT_USAGE;
}

/* Parts that did not begin would keep the others waiting, so they end the job. */
static void leave_job(int code, bool began)
{
    if (began)
        rs_mpi_end();
    else
        rs_mpi_abort(code);
}

int graph_run(struct graph_file *f, double for_s)
{
    struct watch w = {0};
    bool joined = false, began = false;
    char why[2048];
    block_signals(&w);
    int code = graph_split_over_mpi(f) ? join_job(f, &joined) : EXIT_DONE;
    if (code == EXIT_DONE && graph_file_build(f, why, sizeof why) != 0) {
        complain("%s", why);
        code = EXIT_USAGE;
    } else if (code == EXIT_DONE) {
        code = run_built(f, &w, for_s, &began);
    }
    if (joined)
        leave_job(code, began);
    return code;
}
