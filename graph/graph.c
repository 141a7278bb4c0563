/* SPDX-License-Identifier: MIT */
/* Building a graph: nodes, edges, errors, and freeing them. */
#include "internal.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sde.h"

RS_ATOMIC(uint32_t) rs_never_parked;

int rs_graph_fail(rs_graph *g, int code, const char *format, ...)
{
    va_list arguments;
    pthread_mutex_lock(&g->lock);
    va_start(arguments, format);
    vsnprintf(g->error, sizeof g->error, format, arguments);
    va_end(arguments);
    pthread_mutex_unlock(&g->lock);
    return code;
}

/* The first failure of a node while the graph runs is the one that counts. */
static void node_failed(rs_node *n, int code, const char *text)
{
    rs_graph *g = n->graph;
    pthread_mutex_lock(&g->lock);
    snprintf(g->error, sizeof g->error, "node '%s': %s", n->name, text);
    if (g->error_code == 0) {
        memcpy(g->first_error, g->error, sizeof g->first_error);
        g->error_code = code;
    }
    pthread_mutex_unlock(&g->lock);
    n->failed = true;
}

int rs_node_fail(rs_node *n, int code, const char *format, ...)
{
    char text[RS_ERROR_BYTES - RS_NAME_BYTES - 16];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    node_failed(n, code, text);
    return code;
}

void rs_node_log(rs_node *n, rs_level level, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    rs_log_vline(&n->graph->log, level, n->name, format, arguments);
    va_end(arguments);
}

const char *rs_graph_error(const rs_graph *g)
{
    return g->error_code != 0 ? g->first_error : g->error;
}

/* ---- the graph --------------------------------------------------------------------------------
 */

static void take_options(rs_graph *g, const rs_graph_options *o)
{
    if (o != NULL)
        g->opt = *o;
    snprintf(g->name, sizeof g->name, "%s", g->opt.name ? g->opt.name : "graph");
    snprintf(g->ring, sizeof g->ring, "%s", g->opt.ring ? g->opt.ring : "chunked");
    snprintf(g->host, sizeof g->host, "%s", g->opt.host ? g->opt.host : "");
    g->opt.name = g->name;
    g->opt.host = g->opt.host ? g->host : NULL;
    g->opt.ring = g->ring;
    g->batch_given = g->opt.batch > 0;
    g->opt.batch = g->opt.batch > 0 ? g->opt.batch : RS_DEFAULT_BATCH;
    g->opt.capacity = g->opt.capacity > 0 ? g->opt.capacity : RS_DEFAULT_CAPACITY;
    g->opt.report_s = g->opt.report_s == 0 ? 1 : g->opt.report_s;
    g->opt.stall_s = g->opt.stall_s == 0 ? 5 : g->opt.stall_s;
    g->opt.sde = g->opt.sde || rs_sde_wanted();
}

static bool copy_path(char **to, const char *from)
{
    *to = from != NULL ? strdup(from) : NULL;
    return from == NULL || *to != NULL;
}

rs_graph *rs_graph_new(const rs_graph_options *options)
{
    rs_graph *g = aligned_alloc(RS_SEPARATION, sizeof *g);
    pthread_condattr_t monotonic;
    if (g == NULL)
        return NULL;
    memset(g, 0, sizeof *g);
    take_options(g, options);
    if (!copy_path(&g->metrics_path, g->opt.metrics_path) ||
        !copy_path(&g->prometheus_path, g->opt.prometheus_path) ||
        rs_cpus_load(&g->cpus, "") != 0) {
        free(g->metrics_path);
        free(g->prometheus_path);
        free(g);
        return NULL;
    }
    pthread_mutex_init(&g->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&g->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    rs_log_init(&g->log, g->opt.log, g->opt.log_user);
    return g;
}

/* Room for one more in a list of pointers that doubles. */
static bool grow(void **list, size_t n)
{
    void **bigger;
    if (n > 0 && (n & (n - 1)) != 0)
        return true;
    bigger = realloc(*list, (n ? 2 * n : 1) * sizeof *bigger);
    if (bigger == NULL)
        return false;
    *list = bigger;
    return true;
}

static void free_ports(struct rs_edge ***edges, uint16_t ports)
{
    for (uint16_t p = 0; edges != NULL && p < ports; p++)
        free(edges[p]);
    free(edges);
}

static void node_free(rs_node *n)
{
    if (n->inited && n->ops->fini != NULL)
        n->ops->fini(n);
    rs_ends_free(n);
    free_ports(n->in_edge, n->ops->n_in);
    free_ports(n->out_edge, n->ops->n_out);
    free(n->n_in_edges);
    free(n->n_out_edges);
    free(n->in);
    free(n->out);
    free(n->state);
    free(n);
}

static void worker_free(struct rs_worker *w)
{
    rs_bell_free(w);
    free(w->node);
    free(w);
}

void rs_graph_free_all(rs_graph *g)
{
    rs_sde_detach(g);
    for (size_t i = 0; i < g->n_nodes; i++)
        node_free(g->node[i]);
    for (size_t i = 0; i < g->n_edges; i++) {
        rs_edge_free(g->edge[i]);
        free(g->edge[i]);
    }
    for (size_t i = 0; i < g->n_workers; i++)
        worker_free(g->worker[i]);
    free(g->node);
    free(g->edge);
    free(g->worker);
    free(g->order);
    free(g->metrics_path);
    free(g->prometheus_path);
    rs_cpus_free(&g->cpus);
    rs_log_fini(&g->log);
    pthread_cond_destroy(&g->changed);
    pthread_mutex_destroy(&g->lock);
    free(g);
}

/* ---- nodes --------------------------------------------------------------------------------------
 */

static bool good_name(const char *name)
{
    size_t length = name ? strlen(name) : 0;
    if (length == 0 || length >= RS_NAME_BYTES)
        return false;
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_' && *c != '-')
            return false;
    return true;
}

static int check_new_node(rs_graph *g, const rs_node_ops *ops, const char *name)
{
    if (g->phase > RS_BUILDING)
        return rs_graph_fail(g, -EBUSY,
                             "node '%s': the graph is already checked or started; add "
                             "nodes before that",
                             name ? name : "");
    if (!good_name(name))
        return rs_graph_fail(g, -EINVAL,
                             "node '%.80s': a name is 1 to %d letters, digits, '_' or '-'",
                             name ? name : "", RS_NAME_BYTES - 1);
    if (rs_graph_find(g, name) != NULL)
        return rs_graph_fail(g, -EEXIST, "node '%s': the name is taken; give each node its own",
                             name);
    if (ops == NULL || ops->abi != RS_GRAPH_ABI)
        return rs_graph_fail(g, -EINVAL,
                             "node '%s': its kind was built for engine ABI 0x%x, this one is 0x%x; "
                             "compile it against this graph.h with the same RS_METRICS",
                             name, ops ? (unsigned)ops->abi : 0u, (unsigned)RS_GRAPH_ABI);
    if (ops->work == NULL &&
        (ops->n_in > 1 || ops->n_out > 1 || (ops->process == NULL && ops->process_batch == NULL)))
        return rs_graph_fail(g, -EINVAL,
                             "node '%s': kind %s has no work(), and no process() or "
                             "process_batch() that fits its ports (at most one each way)",
                             name, ops->kind);
    return 0;
}

static rs_port *copy_ports(const rs_port *from, size_t n)
{
    rs_port *to = calloc(n ? n : 1, sizeof *to);
    if (to != NULL && n > 0)
        memcpy(to, from, n * sizeof *to);
    for (size_t i = 0; to != NULL && i < n; i++)
        to[i].msg_align = to[i].msg_align ? to[i].msg_align : 1;
    return to;
}

static rs_node *make_node(rs_graph *g, const rs_node_ops *ops, const char *name,
                          const rs_node_options *o)
{
    static const rs_node_options defaults = RS_NODE_DEFAULTS;
    rs_node *n = aligned_alloc(RS_SEPARATION, sizeof *n);
    size_t state = (ops->state_bytes + RS_LINE_BYTES) / RS_LINE_BYTES * RS_LINE_BYTES;
    if (n == NULL)
        return NULL;
    memset(n, 0, sizeof *n);
    n->graph = g;
    n->ops = ops;
    n->index = g->n_nodes;
    n->opt = o ? *o : defaults;
    n->opt.cost = n->opt.cost > 0 ? n->opt.cost : 1;
    n->batch = n->opt.batch > 0 ? n->opt.batch : g->opt.batch;
    snprintf(n->name, sizeof n->name, "%s", name);
    snprintf(n->fuse, sizeof n->fuse, "%s", n->opt.fuse ? n->opt.fuse : "");
    n->opt.fuse = n->fuse;
    n->in = copy_ports(ops->in, ops->n_in);
    n->out = copy_ports(ops->out, ops->n_out);
    n->in_edge = calloc(ops->n_in + 1u, sizeof *n->in_edge);
    n->out_edge = calloc(ops->n_out + 1u, sizeof *n->out_edge);
    n->n_in_edges = calloc(ops->n_in + 1u, sizeof *n->n_in_edges);
    n->n_out_edges = calloc(ops->n_out + 1u, sizeof *n->n_out_edges);
    n->state = aligned_alloc(RS_LINE_BYTES, state);
    if (n->state != NULL)
        memset(n->state, 0, state);
    if (n->in && n->out && n->in_edge && n->out_edge && n->n_in_edges && n->n_out_edges && n->state)
        return n;
    node_free(n);
    return NULL;
}

/* Every parameter given must be one that the kind takes. */
static int check_params(rs_node *n, const rs_params *params)
{
    const char *names[64] = {NULL}, *near;
    size_t known = 0;
    for (const rs_param_spec *s = n->ops->params; s && s->name && known < 64; s++)
        names[known++] = s->name;
    for (size_t i = 0; params != NULL && i < params->n; i++) {
        size_t k = 0;
        while (k < known && strcmp(names[k], params->item[i].name) != 0)
            k++;
        if (k < known)
            continue;
        near = rs_nearest_name(params->item[i].name, names, known);
        return rs_node_fail(n, -EINVAL, "kind %s has no parameter '%.60s'%s%s%s", n->ops->kind,
                            params->item[i].name, near ? "; did you mean '" : "", near ? near : "",
                            near ? "'?" : "");
    }
    return 0;
}

rs_node *rs_graph_add(rs_graph *g, const rs_node_ops *ops, const char *name,
                      const rs_params *params, const rs_node_options *options)
{
    static const rs_params none = {NULL, 0};
    rs_node *n;
    if (check_new_node(g, ops, name) != 0)
        return NULL;
    n = make_node(g, ops, name, options);
    if (n == NULL || !grow((void **)&g->node, g->n_nodes)) {
        rs_graph_fail(g, -ENOMEM, "node '%s': out of memory", name);
        if (n != NULL)
            node_free(n);
        return NULL;
    }
    int err = check_params(n, params);
    if (err == 0 && ops->init != NULL) {
        err = ops->init(n, params ? params : &none);
        if (err != 0 && !n->failed)
            rs_node_fail(n, err, "init of kind %s failed: %s", ops->kind, strerror(-err));
        n->inited = err == 0;
    } else {
        n->inited = err == 0;
    }
    if (err != 0) {
        g->error_code = 0; /* of building: the graph itself has not failed */
        node_free(n);
        return NULL;
    }
    g->node[g->n_nodes++] = n;
    return n;
}

rs_node *rs_graph_find(rs_graph *g, const char *name)
{
    for (size_t i = 0; i < g->n_nodes; i++)
        if (strcmp(g->node[i]->name, name) == 0)
            return g->node[i];
    return NULL;
}

/* ---- edges
 * ---------------------------------------------------------------------------------------- */

static int find_port(rs_graph *g, const rs_node *n, const char *name, bool output)
{
    const rs_port *port = output ? n->out : n->in;
    size_t ports = output ? n->ops->n_out : n->ops->n_in;
    const char *names[64] = {NULL}, *near;
    size_t known = 0;
    for (size_t i = 0; i < ports; i++) {
        if (strcmp(port[i].name, name) == 0)
            return (int)i;
        if (known < 64)
            names[known++] = port[i].name;
    }
    near = rs_nearest_name(name, names, known);
    return rs_graph_fail(g, -EINVAL, "node '%s' has no %s port '%.60s'%s%s%s%s", n->name,
                         output ? "output" : "input", name, near ? "; did you mean '" : "",
                         near ? near : "", near ? "'?" : "",
                         ports == 0 ? "; it has none at all" : "");
}

static const struct rs_ring_ops *find_ring(rs_graph *g, const struct rs_edge *e)
{
    const char *names[64], *near;
    size_t n = 0;
    for (size_t i = 0; i < rs_ring_table_count && n < 64; i++) {
        if ((rs_ring_table[i].ops->caps & RS_PEER) != 0)
            continue; /* another library's: for the kernels only */
        names[n] = rs_ring_table[i].name;
        if (strcmp(names[n++], e->ring_name) == 0)
            return rs_ring_table[i].ops;
    }
    near = rs_nearest_name(e->ring_name, names, n);
    rs_graph_fail(g, -EINVAL, "edge %s.%s -> %s.%s: no ring '%s'%s%s%s", e->from->name,
                  e->from->out[e->out].name, e->to->name, e->to->in[e->in].name, e->ring_name,
                  near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    return NULL;
}

static struct rs_edge *make_edge(rs_graph *g, rs_node *from, int out, rs_node *to, int in,
                                 const rs_edge_options *o)
{
    struct rs_edge *e = aligned_alloc(RS_SEPARATION, sizeof *e);
    if (e == NULL)
        return NULL;
    memset(e, 0, sizeof *e);
    e->graph = g;
    e->from = from;
    e->to = to;
    e->out = (uint16_t)out;
    e->in = (uint16_t)in;
    if (o != NULL)
        e->opt = *o;
    snprintf(e->ring_name, sizeof e->ring_name, "%s", e->opt.ring ? e->opt.ring : g->ring);
    e->opt.ring = e->ring_name;
    e->capacity = e->opt.capacity > 0 ? e->opt.capacity : g->opt.capacity;
    e->feedback = e->opt.credits > 0;
    return e;
}

int rs_graph_connect(rs_graph *g, rs_node *from, const char *out, rs_node *to, const char *in,
                     const rs_edge_options *options)
{
    struct rs_edge *e;
    if (from == NULL || to == NULL || out == NULL || in == NULL)
        return rs_graph_fail(g, -EINVAL,
                             "connect needs two nodes and two port names; one is NULL "
                             "(did rs_graph_add fail?)");
    if (g->phase > RS_BUILDING)
        return rs_graph_fail(g, -EBUSY,
                             "edge %s.%s -> %s.%s: the graph is already checked or "
                             "started",
                             from->name, out, to->name, in);
    int o = find_port(g, from, out, true);
    int i = o < 0 ? o : find_port(g, to, in, false);
    if (i < 0)
        return i;
    e = make_edge(g, from, o, to, i, options);
    if (e == NULL || !grow((void **)&g->edge, g->n_edges) ||
        !grow((void **)&from->out_edge[o], from->n_out_edges[o]) ||
        !grow((void **)&to->in_edge[i], to->n_in_edges[i])) {
        free(e);
        return rs_graph_fail(g, -ENOMEM, "edge %s.%s -> %s.%s: out of memory", from->name, out,
                             to->name, in);
    }
    e->ops = find_ring(g, e);
    if (e->ops == NULL) {
        free(e);
        return -EINVAL;
    }
    g->edge[g->n_edges++] = e;
    from->out_edge[o][from->n_out_edges[o]++] = e;
    to->in_edge[i][to->n_in_edges[i]++] = e;
    return 0;
}
