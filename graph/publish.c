/* SPDX-License-Identifier: MIT */
/* Showing a graph to other processes, once a second, from the reporter. */
#include "publish.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "graph/exposition.h"
#include "graph/live.h"

struct rs_publisher {
    rs_graph *graph;
    struct rs_live live;           /* header = NULL: none */
    struct rs_live_graph *payload; /* and its nodes; owned */
    double start_unix_s;
    bool exposes; /* to g->prometheus_path; false after a failure */
};

static struct rs_live_node *nodes_of(struct rs_publisher *p)
{
    return (struct rs_live_node *)(void *)(p->payload + 1);
}

static size_t payload_bytes(const rs_graph *g)
{
    return sizeof(struct rs_live_graph) + g->n_nodes * sizeof(struct rs_live_node);
}

/* ---- the live file ----------------------------------------------------------------------------
 */

static void open_live(struct rs_publisher *p)
{
    rs_graph *g = p->graph;
    char folder[1024], why[1024];
    if (getcwd(folder, sizeof folder) == NULL)
        folder[0] = '\0';
    if (rs_live_create(&p->live, RS_LIVE_GRAPH, g->name, folder, payload_bytes(g), why,
                       sizeof why) != 0)
        rs_log_line(&g->log, RS_WARN, "", "`ringside top` will not see this graph: %s", why);
}

/* ---- the Prometheus file ----------------------------------------------------------------------
 */

static void expose(struct rs_publisher *p, const rs_node_metrics *now, bool ended)
{
    rs_graph *g = p->graph;
    size_t length = 0;
    char *text = rs_prometheus_text(g, now, p->start_unix_s, ended, &length);
    int err = text != NULL ? rs_exposition_replace(g->prometheus_path, text, length) : -ENOMEM;
    free(text);
    if (err == 0)
        return;
    rs_log_line(&g->log, RS_WARN, "", "cannot replace %s: %s; no more metrics go there",
                g->prometheus_path, rs_exposition_why(err));
    p->exposes = false;
}

/* ---- both -------------------------------------------------------------------------------------
 */

static void keep_rising(uint64_t *now, uint64_t shown)
{
    *now = *now > shown ? *now : shown;
}

/* Times come from estimates (the rate of the clock, the share of a fused node), and counters of a
 * thread from the system until it ends: either may step back a little. */
static void keep_totals_rising(rs_node_metrics *now, const rs_node_metrics *shown)
{
    keep_rising(&now->work_ns, shown->work_ns);
    keep_rising(&now->rx_wait_ns, shown->rx_wait_ns);
    keep_rising(&now->tx_wait_ns, shown->tx_wait_ns);
    keep_rising(&now->cpu_ns, shown->cpu_ns);
    keep_rising(&now->involuntary_switches, shown->involuntary_switches);
}

void rs_publish(struct rs_publisher *p, rs_node_metrics *now, bool ended)
{
    struct rs_live_node *node = nodes_of(p);
    const size_t n = p->graph->n_nodes;
    for (size_t i = 0; i < n; i++) {
        keep_totals_rising(&now[i], &node[i].now);
        node[i].then = node[i].now;
        node[i].now = now[i];
    }
    p->payload->at_ns = n > 0 ? now[0].at_ns : rs_now_ns();
    p->payload->ended = ended;
    if (p->live.header != NULL)
        rs_live_publish(&p->live, p->payload);
    if (p->exposes)
        expose(p, now, ended);
}

/* The nodes as they stand before the first message. */
static void publish_start(struct rs_publisher *p)
{
    rs_graph *g = p->graph;
    struct rs_live_node *node = nodes_of(p);
    *p->payload = (struct rs_live_graph){.at_ns = g->start_ns,
                                         .start_ns = g->start_ns,
                                         .n_nodes = (uint32_t)g->n_nodes,
                                         .n_workers = (uint32_t)g->n_workers,
                                         .node_bytes = sizeof *node};
    memcpy(p->payload->host, g->host, sizeof p->payload->host);
    rs_node_metrics *m = calloc(g->n_nodes, sizeof *m);
    if (m != NULL)
        rs_graph_snapshot(g, m, g->n_nodes);
    for (size_t i = 0; m != NULL && i < g->n_nodes; i++) {
        m[i].at_ns = g->start_ns;
        node[i] = (struct rs_live_node){m[i], m[i]};
    }
    free(m);
    if (p->live.header != NULL)
        rs_live_publish(&p->live, p->payload);
}

void rs_publisher_start(rs_graph *g)
{
    if (!g->opt.publish && g->prometheus_path == NULL)
        return;
    if (!RS_METRICS) {
        if (g->prometheus_path != NULL)
            rs_log_line(&g->log, RS_WARN, "",
                        "nothing goes to %s: this build has no counters (RS_METRICS = 0)",
                        g->prometheus_path);
        return;
    }
    struct rs_publisher *p = calloc(1, sizeof *p);
    if (p != NULL)
        p->payload = calloc(1, (payload_bytes(g) + 7) / 8 * 8);
    if (p == NULL || p->payload == NULL) {
        rs_log_line(&g->log, RS_WARN, "", "out of memory; the graph is shown to nobody");
        free(p);
        return;
    }
    p->graph = g;
    p->start_unix_s = rs_unix_s();
    p->exposes = g->prometheus_path != NULL;
    if (g->opt.publish)
        open_live(p);
    publish_start(p);
    g->publisher = p;
}

void rs_publisher_stop(rs_graph *g)
{
    struct rs_publisher *p = g->publisher;
    if (p == NULL)
        return;
    rs_live_remove(&p->live);
    free(p->payload);
    free(p);
    g->publisher = NULL;
}
