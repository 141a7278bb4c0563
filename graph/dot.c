/* SPDX-License-Identifier: MIT */
/* A graph as Graphviz source: a cluster a worker. */
#include "internal.h"

static void put_worker(const struct rs_worker *w, FILE *to)
{
    char cpu[32] = "not pinned";
    if (w->cpu >= 0)
        snprintf(cpu, sizeof cpu, "cpu %d", w->cpu);
    fprintf(to, "  subgraph \"cluster_%zu\" {\n    label=\"%s (%s)\";\n", w->index, w->name, cpu);
    for (size_t i = 0; i < w->n; i++)
        fprintf(to, "    \"%s\" [label=\"%s\\n%s\"];\n", w->node[i]->name, w->node[i]->name,
                w->node[i]->ops->kind);
    fputs("  }\n", to);
}

static void put_edge(const struct rs_edge *e, FILE *to)
{
    static const char *const modes[RS_FAN_OUTS] = {"broadcast", "round-robin", "hash"};
    const bool fan = e->from->n_out_edges[e->out] > 1;
    fprintf(to, "  \"%s\" -> \"%s\" [label=\"%s\\n%zu x %zu B", e->from->name, e->to->name,
            e->local ? "local" : e->ring_name, e->capacity, e->msg_bytes);
    if (fan)
        fprintf(to, "\\n%s", modes[e->opt.mode]);
    if (e->feedback)
        fprintf(to, "\\ncredits %zu", e->opt.credits);
    if (e->opt.drop_newest)
        fputs("\\ndrop newest", to);
    fprintf(to, "\", taillabel=\"%s\", headlabel=\"%s\"%s];\n", e->from->out[e->out].name,
            e->to->in[e->in].name, e->feedback ? ", style=dashed, constraint=false" : "");
}

int rs_graph_dot(rs_graph *g, FILE *to)
{
    int err = rs_graph_check(g);
    if (err != 0)
        return err;
    fprintf(to, "digraph \"%s\" {\n  rankdir=LR;\n  node [shape=box];\n", g->name);
    for (size_t i = 0; i < g->n_workers; i++)
        put_worker(g->worker[i], to);
    for (size_t i = 0; i < g->n_edges; i++)
        put_edge(g->edge[i], to);
    fputs("}\n", to);
    return ferror(to) ? rs_graph_fail(g, -EIO, "cannot write the graph") : 0;
}
