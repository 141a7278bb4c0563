/* SPDX-License-Identifier: MIT */
/*
 * The reporter: a line a node and second, as text and as JSON, the stall watchdog, and the clock of
 * what is shown to other processes (publish.c).
 */
#include "metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "publish.h"

enum { PUBLISH_S = 1 }; /* at the longest; a shorter report shows as often */

/* Something that is due at regular times. */
struct schedule {
    uint64_t every_ns; /* 0 = never */
    uint64_t due_ns;   /* CLOCK_MONOTONIC; UINT64_MAX = never */
};

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
    struct schedule report, publish;
};

static void log_node(struct rs_reporter *p, const rs_node_metrics *a, const rs_node_metrics *b)
{
    const rs_node_rates r = rs_node_rates_between(a, b);
    char name[2 * RS_NAME_BYTES];
    snprintf(name, sizeof name, "%s%s%s", p->graph->host, p->graph->host[0] != '\0' ? "/" : "",
             b->name);
    rs_log_line(&p->graph->log, RS_INFO, name,
                "in %.4g/s out %.4g/s (%.4g MB/s) rx-wait %.0f%% work %.0f%% tx-wait %.0f%% batch "
                "%.1f fill %.0f%% empty %llu full %llu parks %llu switches %llu cpu %d %.0f%%%s%s",
                r.in_msgs_per_s, r.out_msgs_per_s,
                (r.in_bytes_per_s > r.out_bytes_per_s ? r.in_bytes_per_s : r.out_bytes_per_s) / 1e6,
                r.rx_wait_pct, r.work_pct, r.tx_wait_pct, r.mean_batch, b->fill * 100,
                (unsigned long long)(b->empty_stalls - a->empty_stalls),
                (unsigned long long)(b->full_stalls - a->full_stalls),
                (unsigned long long)(b->parks - a->parks),
                (unsigned long long)(b->involuntary_switches - a->involuntary_switches), b->cpu,
                r.cpu_pct, b->waits_on[0] ? " waits on " : "", b->waits_on);
}

/* Of the character of UTF-8 that begins there; 0: there is none. */
static size_t character_bytes(const char *text)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *c = (const unsigned char *)text;
    if (c[0] < 0x80)
        return 1;
    if (c[0] < 0xc2 || c[0] > 0xf4)
        return 0;
    const size_t n = c[0] >= 0xf0 ? 4 : c[0] >= 0xe0 ? 3 : 2;
    uint32_t code = c[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((c[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (c[i] & 0x3f);
    }
    const bool surrogate = code >= 0xd800 && code < 0xe000;
    return code >= least[n] && code < 0x110000 && !surrogate ? n : 0;
}

/* A name as it stands in a string of JSON, which takes nothing but UTF-8: the rest becomes '?'. */
struct json_name {
    char text[6 * RS_NAME_BYTES];
};

static struct json_name json_name(const char *name)
{
    struct json_name to = {""};
    size_t used = 0;
    while (*name != '\0' && used + 6 < sizeof to.text) {
        const size_t n = character_bytes(name);
        const bool marked = *name == '"' || *name == '\\';
        if (n == 1 && (unsigned char)*name < ' ')
            used += (size_t)snprintf(to.text + used, 7, "\\u%04x", (unsigned)*name);
        else
            used += (size_t)snprintf(to.text + used, 7, "%s%.*s", marked ? "\\" : "",
                                     n > 0 ? (int)n : 1, n > 0 ? name : "?");
        name += n > 0 ? n : 1;
    }
    return to;
}

/* One record a write, so that a killed graph leaves whole lines. */
static void write_json(struct rs_reporter *p, const rs_node_metrics *a, const rs_node_metrics *b)
{
    const rs_node_rates r = rs_node_rates_between(a, b);
    const struct json_name graph = json_name(p->graph->name), waits_on = json_name(b->waits_on);
    char line[2560], host[sizeof graph.text + 16] = "";
    if (p->graph->host[0] != '\0')
        snprintf(host, sizeof host, "\"host\":\"%s\",", json_name(p->graph->host).text);
    int n =
        snprintf(line, sizeof line,
                 "{\"t_s\":%.3f,\"graph\":\"%s\",%s\"node\":\"%s\",\"worker\":%d,\"cpu\":%d,"
                 "\"interval_s\":%.6f,\"in_msgs_per_s\":%.6g,\"out_msgs_per_s\":%.6g,"
                 "\"in_bytes_per_s\":%.6g,\"out_bytes_per_s\":%.6g,\"rx_wait_pct\":%.2f,"
                 "\"work_pct\":%.2f,\"tx_wait_pct\":%.2f,\"mean_batch\":%.2f,\"fill\":%.4f,"
                 "\"empty_stalls\":%llu,\"full_stalls\":%llu,\"parks\":%llu,"
                 "\"involuntary_switches\":%llu,\"cpu_pct\":%.2f,\"dropped_msgs\":%llu,"
                 "\"waits_on\":\"%s\"}\n",
                 (double)(b->at_ns - p->graph->start_ns) / 1e9, graph.text, host, b->name,
                 b->worker, b->cpu, r.interval_s, r.in_msgs_per_s, r.out_msgs_per_s,
                 r.in_bytes_per_s, r.out_bytes_per_s, r.rx_wait_pct, r.work_pct, r.tx_wait_pct,
                 r.mean_batch, b->fill, (unsigned long long)(b->empty_stalls - a->empty_stalls),
                 (unsigned long long)(b->full_stalls - a->full_stalls),
                 (unsigned long long)(b->parks - a->parks),
                 (unsigned long long)(b->involuntary_switches - a->involuntary_switches), r.cpu_pct,
                 (unsigned long long)(b->dropped_msgs - a->dropped_msgs), waits_on.text);
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

/* ---- the thread -------------------------------------------------------------------------------
 */

static struct schedule schedule_from(uint64_t start_ns, double every_s)
{
    struct schedule s = {.due_ns = UINT64_MAX};
    if (every_s > 0) {
        s.every_ns = (uint64_t)(every_s * 1e9);
        s.due_ns = start_ns + s.every_ns;
    }
    return s;
}

/* Is it time?  Then also sets the next one; those that were missed are left out. */
static bool is_due(struct schedule *s, uint64_t now_ns)
{
    if (now_ns < s->due_ns)
        return false;
    s->due_ns += s->every_ns * ((now_ns - s->due_ns) / s->every_ns + 1);
    return true;
}

/* One snapshot serves both. */
static void tick(struct rs_reporter *p)
{
    const uint64_t now_ns = rs_now_ns();
    const bool publishes = is_due(&p->publish, now_ns), reports = is_due(&p->report, now_ns);
    rs_graph_snapshot(p->graph, p->now, p->graph->n_nodes);
    if (publishes)
        rs_publish(p->graph->publisher, p->now, false);
    if (reports)
        report(p);
}

/* The last, shorter interval. */
static void say_the_end(struct rs_reporter *p)
{
    rs_graph_snapshot(p->graph, p->now, p->graph->n_nodes);
    if (p->publish.every_ns > 0)
        rs_publish(p->graph->publisher, p->now, true);
    if (p->report.every_ns > 0)
        report(p);
}

static struct timespec next_of(const struct rs_reporter *p)
{
    const uint64_t a = p->report.due_ns, b = p->publish.due_ns, due = a < b ? a : b;
    return (struct timespec){.tv_sec = (time_t)(due / 1000000000u),
                             .tv_nsec = (long)(due % 1000000000u)};
}

static void *reporter_main(void *reporter)
{
    struct rs_reporter *p = (struct rs_reporter *)reporter;
    rs_graph *g = p->graph;
    pthread_setname_np(pthread_self(), "rs-report");
    pthread_mutex_lock(&g->lock);
    while (!p->stop) {
        const struct timespec due = next_of(p);
        if (pthread_cond_timedwait(&p->wake, &g->lock, &due) != ETIMEDOUT)
            continue;
        pthread_mutex_unlock(&g->lock);
        tick(p);
        pthread_mutex_lock(&g->lock);
    }
    pthread_mutex_unlock(&g->lock);
    say_the_end(p);
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
    const rs_graph *g = p->graph;
    const uint64_t now_ns = rs_now_ns();
    p->report = schedule_from(now_ns, g->opt.report_s > 0 ? g->opt.report_s : g->opt.stall_s / 2);
    const double publish_s = g->opt.report_s > 0 ? fmin(g->opt.report_s, PUBLISH_S) : PUBLISH_S;
    p->publish = schedule_from(now_ns, g->publisher != NULL ? publish_s : 0);
    for (size_t i = 0; i < p->graph->n_nodes; i++)
        p->last[i].at_ns = p->graph->start_ns;
}

int rs_reporter_start(rs_graph *g)
{
    struct rs_reporter *p;
    pthread_condattr_t monotonic;
    if (!RS_METRICS || (g->opt.report_s < 0 && g->opt.stall_s < 0 && g->publisher == NULL))
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
