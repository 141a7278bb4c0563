/* SPDX-License-Identifier: MIT */
/*
 * Counters of the workers, and the snapshot that the reporter and the user read.
 *
 * Ordering: every counter has one writer and is read approximately.
 *   M1 relaxed  counters  sole writer; the reader may see an old value
 *   M2 relaxed  counters  a reader that may see an old value
 */
#include "metrics.h"

#include <stdlib.h>
#include <string.h>

static uint64_t seen(RS_ATOMIC(uint64_t) * counter)
{
    return rs_load_relaxed(counter); /* M2 relaxed: approximate */
}

static uint32_t seen32(RS_ATOMIC(uint32_t) * flag)
{
    return rs_load_relaxed(flag); /* M2 relaxed: approximate */
}

#if RS_METRICS

static void set(RS_ATOMIC(uint64_t) * counter, uint64_t value)
{
    rs_store_relaxed(counter, value); /* M1 relaxed: sole writer */
}

static void note_refusal(rs_node *n)
{
    uint32_t refused = n->io.refused ? n->io.refused : RS_WAITS_ELSE;
    if (n->status == RS_NODE_ENDED)
        return;
    rs_store_relaxed(&n->counters.refused, refused); /* M1 relaxed: sole writer */
    if (refused & RS_REFUSED_IN)
        rs_count(&n->counters.empty_stalls, 1);
    else if (refused & RS_REFUSED_OUT)
        rs_count(&n->counters.full_stalls, 1);
}

void rs_wait_begins(struct rs_worker *w)
{
    w->idle_at = rs_ticks();
    set(&w->counters.idle_since, w->idle_at);
    for (size_t i = 0; i < w->n; i++)
        note_refusal(w->node[i]);
}

void rs_wait_goes_on(struct rs_worker *w)
{
    w->idle_at = rs_ticks();
}

void rs_wait_ends(struct rs_worker *w)
{
    uint64_t waited = w->idle_at - seen(&w->counters.idle_since);
    set(&w->counters.idle_since, 0);
    rs_count(&w->counters.idle_ticks, waited);
    for (size_t i = 0; i < w->n; i++) {
        rs_node *n = w->node[i];
        uint32_t refused = seen32(&n->counters.refused);
        if (refused & RS_REFUSED_IN)
            rs_count(&n->counters.rx_wait_ticks, waited);
        else if (refused & RS_REFUSED_OUT)
            rs_count(&n->counters.tx_wait_ticks, waited);
        rs_store_relaxed(&n->counters.refused, 0u); /* M1 relaxed: sole writer */
    }
}

#else

void rs_wait_begins(struct rs_worker *w)
{
    (void)w;
}

void rs_wait_goes_on(struct rs_worker *w)
{
    (void)w;
}

void rs_wait_ends(struct rs_worker *w)
{
    (void)w;
}

#endif

/* ---- the snapshot
 * --------------------------------------------------------------------------------- */

static double ns_per_tick(const rs_graph *g)
{
    uint64_t ticks = rs_ticks() - g->start_ticks;
    return ticks > 0 ? (double)(rs_now_ns() - g->start_ns) / (double)ticks : 1;
}

size_t rs_edge_used(const struct rs_edge *e)
{
    const size_t count = e->ops->count(e->ring);
    return count < e->capacity ? count : e->capacity;
}

uint64_t rs_edge_dropped(struct rs_edge *e)
{
    return seen(&e->producer.dropped);
}

static double fill_of(const rs_node *n, bool output)
{
    double used = 0, all = 0;
    unsigned ports = output ? n->ops->n_out : n->ops->n_in;
    for (unsigned p = 0; p < ports; p++)
        for (size_t k = 0; k < (output ? n->n_out_edges : n->n_in_edges)[p]; k++) {
            const struct rs_edge *e = (output ? n->out_edge : n->in_edge)[p][k];
            used += (double)rs_edge_used(e);
            all += (double)e->capacity;
        }
    return all > 0 ? used / all : 0;
}

static void count_port(const rs_node *n, bool output, rs_node_metrics *m)
{
    unsigned ports = output ? n->ops->n_out : n->ops->n_in;
    for (unsigned p = 0; p < ports; p++) {
        uint64_t msgs = seen(output ? &n->io.out[p].messages : &n->io.in[p].messages);
        *(output ? &m->out_msgs : &m->in_msgs) += msgs;
        *(output ? &m->out_bytes : &m->in_bytes) += msgs * (output ? n->out : n->in)[p].msg_bytes;
        for (size_t k = 0; output && k < n->n_out_edges[p]; k++)
            m->dropped_msgs += rs_edge_dropped(n->out_edge[p][k]);
    }
}

static void say_waiting(rs_node *n, rs_node_metrics *m)
{
    uint32_t refused = seen32(&n->counters.refused);
    unsigned port = refused & 0xffffu;
    if (refused & RS_REFUSED_IN && port < n->ops->n_in) {
        const struct rs_edge *e = n->in_edge[port][0];
        m->waits_for = RS_WAIT_INPUT;
        snprintf(m->waits_on, sizeof m->waits_on, "%.40s.%.20s", e->from->name,
                 e->from->out[e->out].name);
    } else if (refused & RS_REFUSED_OUT && port < n->ops->n_out) {
        const struct rs_edge *e = n->out_edge[port][0];
        m->waits_for = RS_WAIT_OUTPUT;
        snprintf(m->waits_on, sizeof m->waits_on, "%.40s.%.20s", e->to->name,
                 e->to->in[e->in].name);
    } else if (refused != 0) {
        m->waits_for = RS_WAIT_OTHER;
    }
}

/* A worker's busy time, split among its nodes by what the timed passes say. */
static void split_time(rs_node *n, rs_node_metrics *m, double ns)
{
    struct rs_worker *w = n->worker;
    uint64_t since = seen(&w->counters.idle_since), now = rs_ticks();
    uint64_t current = since != 0 && now > since ? now - since : 0;
    double idle = (double)(seen(&w->counters.idle_ticks) + current) * ns;
    uint64_t ended = seen(&n->counters.ended_ns), until = ended != 0 ? ended : m->at_ns;
    double all = (double)(until - n->graph->start_ns), samples = 0;
    for (size_t i = 0; i < w->n; i++)
        samples += (double)seen(&w->node[i]->counters.sample_ticks);
    double share = w->n == 1     ? 1
                   : samples > 0 ? (double)seen(&n->counters.sample_ticks) / samples
                                 : 1 / (double)w->n;
    m->rx_wait_ns = (uint64_t)((double)seen(&n->counters.rx_wait_ticks) * ns);
    m->tx_wait_ns = (uint64_t)((double)seen(&n->counters.tx_wait_ticks) * ns);
    m->rx_wait_ns += m->waits_for == RS_WAIT_INPUT ? (uint64_t)((double)current * ns) : 0;
    m->tx_wait_ns += m->waits_for == RS_WAIT_OUTPUT ? (uint64_t)((double)current * ns) : 0;
    m->work_ns = all > idle ? (uint64_t)((all - idle) * share) : 0;
}

static void read_thread(struct rs_worker *w, rs_node_metrics *m)
{
    char path[64], line[128];
    unsigned long long run = 0;
    uint32_t tid = seen32(&w->counters.tid);
    m->involuntary_switches = seen(&w->counters.last_switches);
    m->cpu_ns = seen(&w->counters.last_cpu_ns);
    if (seen32(&w->counters.alive) == 0)
        return;
    snprintf(path, sizeof path, "/proc/self/task/%u/schedstat", tid);
    FILE *f = fopen(path, "re");
    if (f != NULL && fscanf(f, "%llu", &run) == 1)
        m->cpu_ns = run;
    if (f != NULL)
        fclose(f);
    snprintf(path, sizeof path, "/proc/self/task/%u/status", tid);
    f = fopen(path, "re");
    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, "nonvoluntary_ctxt_switches:", 27) == 0)
            m->involuntary_switches = strtoull(line + 27, NULL, 10);
    if (f != NULL)
        fclose(f);
}

static void snapshot(rs_node *n, rs_node_metrics *m, double ns)
{
    struct rs_worker *w = n->worker;
    const bool ran = n->graph->phase >= RS_STARTED && n->io.in != NULL;
    memset(m, 0, sizeof *m);
    snprintf(m->name, sizeof m->name, "%s", n->name);
    m->at_ns = rs_now_ns();
    m->worker = w ? (int)w->index : -1;
    m->cpu = w ? w->cpu : -1;
    m->fused = w ? (int)w->n : 0;
    m->ended = seen(&n->counters.ended_ns) != 0 || n->graph->phase == RS_OVER;
    if (!RS_METRICS || !ran)
        return;
    count_port(n, false, m);
    count_port(n, true, m);
    m->calls = seen(&n->counters.calls);
    m->empty_stalls = seen(&n->counters.empty_stalls);
    m->full_stalls = seen(&n->counters.full_stalls);
    m->parks = seen(&w->counters.parks);
    m->fill = fill_of(n, n->ops->n_in == 0);
    if (!m->ended)
        say_waiting(n, m);
    split_time(n, m, ns);
    read_thread(w, m);
}

size_t rs_graph_snapshot(rs_graph *g, rs_node_metrics *m, size_t n)
{
    const double ns = ns_per_tick(g);
    for (size_t i = 0; i < n && i < g->n_nodes; i++)
        snapshot(g->node[i], &m[i], ns);
    return g->n_nodes;
}

/* ---- rates ------------------------------------------------------------------------------------
 */

static double rate(uint64_t now, uint64_t then, double s)
{
    return s > 0 && now >= then ? (double)(now - then) / s : 0;
}

static double percent(uint64_t now, uint64_t then, double s)
{
    double p = rate(now, then, s) / 1e7;
    return p < 100 ? p : 100;
}

rs_node_rates rs_node_rates_between(const rs_node_metrics *a, const rs_node_metrics *b)
{
    const double s = b->at_ns > a->at_ns ? (double)(b->at_ns - a->at_ns) / 1e9 : 0;
    const uint64_t calls = b->calls - a->calls, in = b->in_msgs - a->in_msgs;
    const uint64_t msgs = in > 0 ? in : b->out_msgs - a->out_msgs;
    return (rs_node_rates){
        .interval_s = s,
        .in_msgs_per_s = rate(b->in_msgs, a->in_msgs, s),
        .out_msgs_per_s = rate(b->out_msgs, a->out_msgs, s),
        .in_bytes_per_s = rate(b->in_bytes, a->in_bytes, s),
        .out_bytes_per_s = rate(b->out_bytes, a->out_bytes, s),
        .rx_wait_pct = percent(b->rx_wait_ns, a->rx_wait_ns, s),
        .work_pct = percent(b->work_ns, a->work_ns, s),
        .tx_wait_pct = percent(b->tx_wait_ns, a->tx_wait_ns, s),
        .mean_batch = calls > 0 ? (double)msgs / (double)calls : 0,
        .parks_per_s = rate(b->parks, a->parks, s),
        .cpu_pct = percent(b->cpu_ns, a->cpu_ns, s),
    };
}

/* ---- in words ---------------------------------------------------------------------------------
 */

static const char *what_it_does(const rs_node_metrics *m, char *text, size_t n)
{
    if (m->waits_for == RS_WAIT_INPUT)
        snprintf(text, n, "waits for %s", m->waits_on);
    else if (m->waits_for == RS_WAIT_OUTPUT)
        snprintf(text, n, "waits for room at %s", m->waits_on);
    else if (m->waits_for == RS_WAIT_OTHER)
        snprintf(text, n, "waits for something outside the graph");
    else
        snprintf(text, n, "is in its work hook");
    return text;
}

/* "'a' waits for b.out, 'c' is in its work hook" */
void rs_graph_who_runs(rs_graph *g, char *text, size_t n)
{
    const double ns = ns_per_tick(g);
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < g->n_nodes && used + 1 < n; i++) {
        rs_node_metrics m;
        char what[128];
        snapshot(g->node[i], &m, ns);
        if (m.ended)
            continue;
        int more = snprintf(text + used, n - used, "%s'%s' %s", used ? ", " : "", m.name,
                            RS_METRICS ? what_it_does(&m, what, sizeof what) : "");
        used += more > 0 ? (size_t)more : 0;
    }
}
