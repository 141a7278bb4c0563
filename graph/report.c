/* SPDX-License-Identifier: MIT */
/* The reporter: a line a node and second, as text and as JSON, and the stall watchdog. */
#include "metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct rs_reporter {
    rs_graph *graph;
    pthread_t thread;
    pthread_cond_t wake;
    bool stop;                   /* under the graph's lock */
    int file;                    /* -1 = none */
    rs_node_metrics *last, *now; /* [n_nodes] */
    bool *told;                  /* [n_nodes] the line with its end was written */
    double quiet_s;              /* without progress */
    bool barked;
};

static double rate(uint64_t now, uint64_t last, double s)
{
    return s > 0 && now >= last ? (double)(now - last) / s : 0;
}

static double percent(uint64_t now, uint64_t last, double s)
{
    double p = rate(now, last, s) / 1e7;
    return p < 100 ? p : 100;
}

struct rates {
    double s, in, out, in_bytes, out_bytes, rx, tx, work, batch, cpu;
};

static struct rates rates_of(const rs_node_metrics *a, const rs_node_metrics *b)
{
    struct rates r;
    uint64_t calls = b->calls - a->calls, msgs;
    r.s = (double)(b->at_ns - a->at_ns) / 1e9;
    r.in = rate(b->in_msgs, a->in_msgs, r.s);
    r.out = rate(b->out_msgs, a->out_msgs, r.s);
    r.in_bytes = rate(b->in_bytes, a->in_bytes, r.s);
    r.out_bytes = rate(b->out_bytes, a->out_bytes, r.s);
    r.rx = percent(b->rx_wait_ns, a->rx_wait_ns, r.s);
    r.tx = percent(b->tx_wait_ns, a->tx_wait_ns, r.s);
    r.work = percent(b->work_ns, a->work_ns, r.s);
    r.cpu = percent(b->cpu_ns, a->cpu_ns, r.s);
    msgs = b->in_msgs - a->in_msgs;
    msgs = msgs > 0 ? msgs : b->out_msgs - a->out_msgs;
    r.batch = calls > 0 ? (double)msgs / (double)calls : 0;
    return r;
}

static void log_node(struct rs_reporter *p, const rs_node_metrics *a, const rs_node_metrics *b)
{
    const struct rates r = rates_of(a, b);
    rs_log_line(&p->graph->log, RS_INFO, b->name,
                "in %.4g/s out %.4g/s (%.4g MB/s) rx-wait %.0f%% work %.0f%% tx-wait %.0f%% batch "
                "%.1f fill %.0f%% empty %llu full %llu parks %llu switches %llu cpu %d %.0f%%%s%s",
                r.in, r.out, (r.in_bytes > r.out_bytes ? r.in_bytes : r.out_bytes) / 1e6, r.rx,
                r.work, r.tx, r.batch, b->fill * 100,
                (unsigned long long)(b->empty_stalls - a->empty_stalls),
                (unsigned long long)(b->full_stalls - a->full_stalls),
                (unsigned long long)(b->parks - a->parks),
                (unsigned long long)(b->involuntary_switches - a->involuntary_switches), b->cpu,
                r.cpu, b->waits_on[0] ? " waits on " : "", b->waits_on);
}

/* One record a write, so that a killed graph leaves whole lines. */
static void write_json(struct rs_reporter *p, const rs_node_metrics *a, const rs_node_metrics *b)
{
    const struct rates r = rates_of(a, b);
    char line[1024];
    int n =
        snprintf(line, sizeof line,
                 "{\"t_s\":%.3f,\"graph\":\"%s\",\"node\":\"%s\",\"worker\":%d,\"cpu\":%d,"
                 "\"interval_s\":%.6f,\"in_msgs_per_s\":%.6g,\"out_msgs_per_s\":%.6g,"
                 "\"in_bytes_per_s\":%.6g,\"out_bytes_per_s\":%.6g,\"rx_wait_pct\":%.2f,"
                 "\"work_pct\":%.2f,\"tx_wait_pct\":%.2f,\"mean_batch\":%.2f,\"fill\":%.4f,"
                 "\"empty_stalls\":%llu,\"full_stalls\":%llu,\"parks\":%llu,"
                 "\"involuntary_switches\":%llu,\"cpu_pct\":%.2f,\"dropped_msgs\":%llu,"
                 "\"waits_on\":\"%s\"}\n",
                 (double)(b->at_ns - p->graph->start_ns) / 1e9, p->graph->name, b->name, b->worker,
                 b->cpu, r.s, r.in, r.out, r.in_bytes, r.out_bytes, r.rx, r.work, r.tx, r.batch,
                 b->fill, (unsigned long long)(b->empty_stalls - a->empty_stalls),
                 (unsigned long long)(b->full_stalls - a->full_stalls),
                 (unsigned long long)(b->parks - a->parks),
                 (unsigned long long)(b->involuntary_switches - a->involuntary_switches), r.cpu,
                 (unsigned long long)(b->dropped_msgs - a->dropped_msgs), b->waits_on);
    if (n <= 0 || (size_t)n >= sizeof line || write(p->file, line, (size_t)n) == n)
        return;
    rs_log_line(&p->graph->log, RS_WARN, "", "cannot write %s: %s; no more lines go there",
                p->graph->metrics_path, strerror(errno));
    close(p->file);
    p->file = -1;
}

/* Nothing moved anywhere for stall_s: once, who waits for whom. */
static void watch(struct rs_reporter *p, double s)
{
    char who[RS_ERROR_BYTES];
    bool moved = false, runs = false;
    for (size_t i = 0; i < p->graph->n_nodes; i++) {
        moved |= p->now[i].calls != p->last[i].calls || p->now[i].ended != p->last[i].ended;
        runs |= !p->now[i].ended;
    }
    p->quiet_s = moved ? 0 : p->quiet_s + s;
    p->barked &= !moved;
    if (p->graph->opt.stall_s < 0 || p->quiet_s < p->graph->opt.stall_s || p->barked || !runs)
        return;
    rs_graph_who_runs(p->graph, who, sizeof who);
    rs_log_line(&p->graph->log, RS_WARN, "", "no progress for %.1f s: %s", p->quiet_s, who);
    p->barked = true;
}

static void report(struct rs_reporter *p)
{
    rs_node_metrics *swap = p->last;
    rs_graph *g = p->graph;
    rs_graph_snapshot(g, p->now, g->n_nodes);
    for (size_t i = 0; i < g->n_nodes && g->opt.report_s > 0; i++) {
        if (p->told[i])
            continue; /* its end was reported */
        p->told[i] = p->now[i].ended;
        log_node(p, &p->last[i], &p->now[i]);
        if (p->file >= 0)
            write_json(p, &p->last[i], &p->now[i]);
    }
    watch(p, (double)(p->now[0].at_ns - p->last[0].at_ns) / 1e9);
    p->last = p->now;
    p->now = swap;
}

static void advance(struct timespec *t, double s)
{
    t->tv_sec += (time_t)s;
    t->tv_nsec += (long)((s - (double)(time_t)s) * 1e9);
    if (t->tv_nsec >= 1000000000) {
        t->tv_sec++;
        t->tv_nsec -= 1000000000;
    }
}

static void *reporter_main(void *reporter)
{
    struct rs_reporter *p = (struct rs_reporter *)reporter;
    rs_graph *g = p->graph;
    const double every = g->opt.report_s > 0 ? g->opt.report_s : g->opt.stall_s / 2;
    struct timespec due;
    pthread_setname_np(pthread_self(), "rs-report");
    clock_gettime(CLOCK_MONOTONIC, &due);
    advance(&due, every);
    pthread_mutex_lock(&g->lock);
    while (!p->stop) {
        if (pthread_cond_timedwait(&p->wake, &g->lock, &due) != ETIMEDOUT)
            continue;
        pthread_mutex_unlock(&g->lock);
        report(p);
        advance(&due, every);
        pthread_mutex_lock(&g->lock);
    }
    pthread_mutex_unlock(&g->lock);
    report(p); /* the last, shorter interval */
    return NULL;
}

static void reporter_free(struct rs_reporter *p)
{
    if (p->file >= 0)
        close(p->file);
    pthread_cond_destroy(&p->wake);
    free(p->last);
    free(p->now);
    free(p->told);
    free(p);
}

/* The first interval begins with the graph: it may be over before the reporter runs. */
static void start_from_zero(struct rs_reporter *p)
{
    for (size_t i = 0; i < p->graph->n_nodes; i++)
        p->last[i].at_ns = p->graph->start_ns;
}

int rs_reporter_start(rs_graph *g)
{
    struct rs_reporter *p;
    pthread_condattr_t monotonic;
    if (!RS_METRICS || (g->opt.report_s < 0 && g->opt.stall_s < 0))
        return 0;
    p = calloc(1, sizeof *p);
    if (p == NULL)
        return rs_graph_fail(g, -ENOMEM, "out of memory");
    p->graph = g;
    p->file = -1;
    p->last = calloc(g->n_nodes, sizeof *p->last);
    p->now = calloc(g->n_nodes, sizeof *p->now);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&p->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    p->told = calloc(g->n_nodes, sizeof *p->told);
    int err = p->last && p->now && p->told ? 0 : ENOMEM;
    if (err == 0 && g->metrics_path != NULL) {
        p->file = open(g->metrics_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        if (p->file < 0)
            rs_log_line(&g->log, RS_WARN, "", "cannot open %s: %s; the report goes to the log only",
                        g->metrics_path, strerror(errno));
    }
    if (err == 0) {
        start_from_zero(p);
        err = pthread_create(&p->thread, NULL, reporter_main, p);
    }
    if (err != 0) {
        reporter_free(p);
        return rs_graph_fail(g, -err, "cannot start the reporter: %s", strerror(err));
    }
    g->reporter = p;
    return 0;
}

void rs_reporter_stop(rs_graph *g)
{
    struct rs_reporter *p = g->reporter;
    if (p == NULL)
        return;
    pthread_mutex_lock(&g->lock);
    p->stop = true;
    pthread_cond_signal(&p->wake);
    pthread_mutex_unlock(&g->lock);
    pthread_join(p->thread, NULL);
    g->reporter = NULL;
    reporter_free(p);
}
