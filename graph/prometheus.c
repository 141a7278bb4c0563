/* SPDX-License-Identifier: MIT */
/* The counters of a graph as Prometheus metrics; docs/live-view.md lists them. */
#include <stdlib.h>

#include "graph/exposition.h"
#include "publish.h"

enum { NO_FIELD = -1, LABELS_MAX = 5 };

#define FIELD(name) ((int)offsetof(rs_node_metrics, name))

/* A counter: one field of rs_node_metrics, or two that a label `direction` tells apart. */
struct family {
    const char *name, *help;
    int in, out; /* offsets of uint64_t; out = NO_FIELD: no direction */
    double unit;
};

static const struct family node_families[] = {
    {"ringside_node_messages_total",
     "Messages that the node took from its inputs (in) and sent to "
     "its outputs (out).",
     FIELD(in_msgs), FIELD(out_msgs), 1},
    {"ringside_node_bytes_total", "Bytes of these messages.", FIELD(in_bytes), FIELD(out_bytes), 1},
    {"ringside_node_dropped_messages_total", "Messages dropped on full edges that say so.",
     FIELD(dropped_msgs), NO_FIELD, 1},
    {"ringside_node_calls_total", "Calls of the node that moved messages.", FIELD(calls), NO_FIELD,
     1},
    {"ringside_node_stalls_total",
     "Times the node began to wait for messages (in) or for room "
     "(out).",
     FIELD(empty_stalls), FIELD(full_stalls), 1},
    {"ringside_node_wait_seconds_total", "Time waited for messages (in) and for room (out).",
     FIELD(rx_wait_ns), FIELD(tx_wait_ns), 1e-9},
    {"ringside_node_work_seconds_total",
     "Time not waited; of nodes that share a worker an "
     "estimate.",
     FIELD(work_ns), NO_FIELD, 1e-9},
};

static const struct family worker_families[] = {
    {"ringside_worker_parks_total", "Times the worker went to sleep until woken.", FIELD(parks),
     NO_FIELD, 1},
    {"ringside_worker_involuntary_switches_total", "Times the worker was taken off its cpu.",
     FIELD(involuntary_switches), NO_FIELD, 1},
    {"ringside_worker_cpu_seconds_total", "Cpu time of the worker's thread.", FIELD(cpu_ns),
     NO_FIELD, 1e-9},
};
#define COUNT(list) (sizeof list / sizeof list[0])

/* What is being written. */
struct text {
    FILE *to;
    const rs_graph *graph;
    const rs_node_metrics *m; /* [graph->n_nodes] */
    double start_unix_s;
    bool ended;
};

static double field(const rs_node_metrics *m, int offset, double unit)
{
    return (double)*(const uint64_t *)(const void *)((const char *)m + offset) * unit;
}

/* Numbers as label values. */
struct digits {
    char worker[16], cpu[16];
};

/* Those of every sample, and how many: parts of a graph on several hosts are told apart. */
static size_t graph_labels(const struct text *t, struct rs_label *l)
{
    l[0] = (struct rs_label){"graph", t->graph->name};
    l[1] = (struct rs_label){"host", t->graph->host};
    return t->graph->host[0] != '\0' ? 2 : 1;
}

/* The labels before `direction`, and how many. */
typedef size_t label_function(const struct text *, size_t i, struct rs_label *l, struct digits *d);

static size_t node_labels(const struct text *t, size_t i, struct rs_label *l, struct digits *d)
{
    const size_t n = graph_labels(t, l);
    (void)d;
    l[n] = (struct rs_label){"node", t->m[i].name};
    return n + 1;
}

/* Only the first node of a worker speaks for it; a cpu is named where the worker is pinned. */
static size_t worker_labels(const struct text *t, size_t i, struct rs_label *l, struct digits *d)
{
    if (t->m[i].worker < 0 || t->graph->worker[t->m[i].worker]->node[0]->index != i)
        return 0;
    snprintf(d->worker, sizeof d->worker, "%d", t->m[i].worker);
    snprintf(d->cpu, sizeof d->cpu, "%d", t->m[i].cpu);
    const size_t n = graph_labels(t, l);
    l[n] = (struct rs_label){"worker", d->worker};
    l[n + 1] = (struct rs_label){"cpu", d->cpu};
    return t->m[i].cpu >= 0 ? n + 2 : n + 1;
}

static void write_counters(const struct text *t, const struct family *f, label_function *labels)
{
    rs_exposition_family(t->to, f->name, "counter", f->help);
    for (size_t i = 0; i < t->graph->n_nodes; i++) {
        struct rs_label l[LABELS_MAX];
        struct digits d;
        size_t n = labels(t, i, l, &d);
        if (n == 0)
            continue;
        if (f->out == NO_FIELD) {
            rs_exposition_sample(t->to, f->name, l, n, field(&t->m[i], f->in, f->unit));
            continue;
        }
        l[n] = (struct rs_label){"direction", "in"};
        rs_exposition_sample(t->to, f->name, l, n + 1, field(&t->m[i], f->in, f->unit));
        l[n].value = "out";
        rs_exposition_sample(t->to, f->name, l, n + 1, field(&t->m[i], f->out, f->unit));
    }
}

/* ---- gauges -----------------------------------------------------------------------------------
 */

static double fill_ratio(const struct text *t, size_t i)
{
    return t->m[i].fill;
}

static double has_ended(const struct text *t, size_t i)
{
    return t->m[i].ended;
}

static void write_gauge(const struct text *t, const char *name, const char *help,
                        double (*value)(const struct text *, size_t))
{
    struct rs_label l[LABELS_MAX];
    struct digits d;
    rs_exposition_family(t->to, name, "gauge", help);
    for (size_t i = 0; i < t->graph->n_nodes; i++) {
        size_t n = node_labels(t, i, l, &d);
        rs_exposition_sample(t->to, name, l, n, value(t, i));
    }
}

static void write_waiting(const struct text *t)
{
    static const char name[] = "ringside_node_waiting";
    static const char *const reasons[] = {
        [RS_WAIT_INPUT] = "input", [RS_WAIT_OUTPUT] = "output", [RS_WAIT_OTHER] = "other"};
    struct rs_label l[LABELS_MAX];
    struct digits d;
    rs_exposition_family(t->to, name, "gauge", "Whether the node waits now, and for what.");
    for (size_t i = 0; i < t->graph->n_nodes; i++) {
        size_t n = node_labels(t, i, l, &d);
        for (int r = RS_WAIT_INPUT; r <= RS_WAIT_OTHER; r++) {
            l[n] = (struct rs_label){"reason", reasons[r]};
            rs_exposition_sample(t->to, name, l, n + 1, (int)t->m[i].waits_for == r);
        }
    }
}

/* Which worker and cpu a node has, to join with. */
static void write_info(const struct text *t)
{
    static const char name[] = "ringside_node_info";
    rs_exposition_family(t->to, name, "gauge", "1; worker and cpu of the node.");
    for (size_t i = 0; i < t->graph->n_nodes; i++) {
        struct rs_label l[LABELS_MAX];
        struct digits d;
        size_t n = node_labels(t, i, l, &d);
        snprintf(d.worker, sizeof d.worker, "%d", t->m[i].worker);
        snprintf(d.cpu, sizeof d.cpu, "%d", t->m[i].cpu);
        l[n++] = (struct rs_label){"worker", d.worker};
        if (t->m[i].cpu >= 0)
            l[n++] = (struct rs_label){"cpu", d.cpu};
        rs_exposition_sample(t->to, name, l, n, 1);
    }
}

/* ---- edges ------------------------------------------------------------------------------------
 */

static double edge_fill(struct rs_edge *e)
{
    return e->ring != NULL ? (double)rs_edge_used(e) / (double)e->capacity : 0;
}

static double edge_capacity(struct rs_edge *e)
{
    return (double)e->capacity;
}

static double edge_dropped(struct rs_edge *e)
{
    return (double)rs_edge_dropped(e);
}

static void write_edges(const struct text *t, const char *name, const char *type, const char *help,
                        double (*value)(struct rs_edge *))
{
    rs_exposition_family(t->to, name, type, help);
    for (size_t i = 0; i < t->graph->n_edges; i++) {
        struct rs_edge *e = t->graph->edge[i];
        char edge[4 * RS_NAME_BYTES + 8];
        snprintf(edge, sizeof edge, "%s.%s -> %s.%s", e->from->name, e->from->out[e->out].name,
                 e->to->name, e->to->in[e->in].name);
        struct rs_label l[LABELS_MAX];
        const size_t n = graph_labels(t, l);
        l[n] = (struct rs_label){"edge", edge};
        rs_exposition_sample(t->to, name, l, n + 1, value(e));
    }
}

/* ---- the graph --------------------------------------------------------------------------------
 */

static void write_one(const struct text *t, const char *name, const char *help, double value)
{
    struct rs_label l[LABELS_MAX];
    rs_exposition_family(t->to, name, "gauge", help);
    rs_exposition_sample(t->to, name, l, graph_labels(t, l), value);
}

static void write_graph(const struct text *t)
{
    write_one(t, "ringside_graph_running", "1 while the graph runs, 0 once it has ended.",
              !t->ended);
    write_one(t, "ringside_graph_start_time_seconds", "Unix time of the graph's start.",
              t->start_unix_s);
    write_one(t, "ringside_graph_last_update_timestamp_seconds",
              "Unix time of these values; old while running is 1: the process was killed.",
              rs_unix_s());
}

char *rs_prometheus_text(const rs_graph *g, const rs_node_metrics *m, double start_unix_s,
                         bool ended, size_t *length)
{
    char *text = NULL;
    struct text t = {open_memstream(&text, length), g, m, start_unix_s, ended};
    if (t.to == NULL)
        return NULL;
    write_graph(&t);
    for (size_t i = 0; i < COUNT(node_families); i++)
        write_counters(&t, &node_families[i], node_labels);
    for (size_t i = 0; i < COUNT(worker_families); i++)
        write_counters(&t, &worker_families[i], worker_labels);
    write_gauge(&t, "ringside_node_fill_ratio",
                "Fill of the node's input rings, of its outputs if it has no input; 0..1.",
                fill_ratio);
    write_gauge(&t, "ringside_node_ended", "1 once the node has ended.", has_ended);
    write_waiting(&t);
    write_info(&t);
    write_edges(&t, "ringside_edge_fill_ratio", "gauge", "Fill of the edge's ring; 0..1.",
                edge_fill);
    write_edges(&t, "ringside_edge_capacity_messages", "gauge", "Slots of the edge's ring.",
                edge_capacity);
    write_edges(&t, "ringside_edge_dropped_messages_total", "counter",
                "Messages dropped because the edge was full.", edge_dropped);
    if (fclose(t.to) == 0)
        return text;
    free(text);
    return NULL;
}
