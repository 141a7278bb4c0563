/* SPDX-License-Identifier: MIT */
/* What can be told without running: types, batches, rings, fan-out and fan-in, cycles. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#define EDGE_FORMAT "edge %s.%s -> %s.%s"
#define EDGE_NAMES(e)                                                                              \
    (e)->from->name, (e)->from->out[(e)->out].name, (e)->to->name, (e)->to->in[(e)->in].name

static int check_connected(rs_graph *g)
{
    if (g->n_nodes == 0)
        return rs_graph_fail(g, -EINVAL, "the graph has no nodes");
    for (size_t i = 0; i < g->n_nodes; i++) {
        const rs_node *n = g->node[i];
        for (unsigned p = 0; p < n->ops->n_in; p++)
            if (n->n_in_edges[p] == 0)
                return rs_graph_fail(g, -EINVAL,
                                     "node '%s' port '%s': no edge leads to this input; connect it",
                                     n->name, n->in[p].name);
        for (unsigned p = 0; p < n->ops->n_out; p++)
            if (n->n_out_edges[p] == 0)
                return rs_graph_fail(g, -EINVAL,
                                     "node '%s' port '%s': no edge leaves this output; connect it "
                                     "(to a sink.null if nobody wants it)",
                                     n->name, n->out[p].name);
    }
    return 0;
}

/* ---- types ------------------------------------------------------------------------------------
 */

/* Gives `to` what only `from` knows; true if that was something. */
static bool adopt(rs_port *to, const rs_port *from)
{
    bool news = false;
    if (to->msg_bytes == 0 && from->msg_bytes != 0) {
        to->msg_bytes = from->msg_bytes;
        to->msg_align = from->msg_align;
        news = true;
    }
    if (to->schema == NULL && from->schema != NULL && to->msg_bytes == from->msg_bytes) {
        to->schema = from->schema;
        news = true;
    }
    return news;
}

static bool untyped(const rs_port *declared, const rs_port *now)
{
    return declared->msg_bytes == 0 && (now->msg_bytes == 0 || declared->schema == NULL);
}

/* Ports that were declared without a type agree within their node. */
static bool adopt_in_node(rs_node *n)
{
    bool news = false;
    const size_t ports = (size_t)n->ops->n_in + n->ops->n_out;
    for (size_t a = 0; a < ports; a++)
        for (size_t b = 0; b < ports; b++) {
            rs_port *pa = a < n->ops->n_in ? &n->in[a] : &n->out[a - n->ops->n_in];
            rs_port *pb = b < n->ops->n_in ? &n->in[b] : &n->out[b - n->ops->n_in];
            const rs_port *da = a < n->ops->n_in ? &n->ops->in[a] : &n->ops->out[a - n->ops->n_in];
            const rs_port *db = b < n->ops->n_in ? &n->ops->in[b] : &n->ops->out[b - n->ops->n_in];
            if (a != b && untyped(da, pa) && untyped(db, pb) && pa->msg_bytes == 0)
                news |= adopt(pa, pb);
        }
    return news;
}

/* A ring that maps its slots twice has wider ones rather than be refused. */
static void fit_slots(struct rs_edge *e)
{
    const struct rs_config cfg = {
        .capacity = e->capacity, .msg_bytes = e->msg_bytes, .msg_align = e->msg_align};
    e->msg_align = rs_config_fit(&cfg, e->ops->caps).msg_align;
}

static int check_types(rs_graph *g)
{
    bool news = true;
    while (news) {
        news = false;
        for (size_t i = 0; i < g->n_edges; i++) {
            rs_port *out = &g->edge[i]->from->out[g->edge[i]->out];
            rs_port *in = &g->edge[i]->to->in[g->edge[i]->in];
            news |= out->msg_bytes == 0 && adopt(out, in);
            news |= in->msg_bytes == 0 && adopt(in, out);
        }
        for (size_t i = 0; i < g->n_nodes; i++)
            news |= adopt_in_node(g->node[i]);
    }
    for (size_t i = 0; i < g->n_edges; i++) {
        struct rs_edge *e = g->edge[i];
        const rs_port *out = &e->from->out[e->out], *in = &e->to->in[e->in];
        if (out->msg_bytes == 0)
            return rs_graph_fail(g, -EINVAL,
                                 EDGE_FORMAT ": neither port says how large a message "
                                             "is; give the source a msg_bytes",
                                 EDGE_NAMES(e));
        if (out->msg_bytes != in->msg_bytes ||
            (out->schema && in->schema && strcmp(out->schema, in->schema) != 0))
            return rs_graph_fail(
                g, -EINVAL,
                EDGE_FORMAT ": the output sends %s of %u bytes, the "
                            "input takes %s of %u bytes; put a converting node between them",
                EDGE_NAMES(e), out->schema ? out->schema : "messages", out->msg_bytes,
                in->schema ? in->schema : "messages", in->msg_bytes);
        e->msg_bytes = out->msg_bytes;
        e->msg_align = out->msg_align > in->msg_align ? out->msg_align : in->msg_align;
        e->msg_align = e->opt.align > e->msg_align ? e->opt.align : e->msg_align;
        fit_slots(e);
        e->stride_bytes = rs_stride_bytes(e->msg_bytes, e->msg_align);
    }
    return 0;
}

/* ---- rings and batches
 * --------------------------------------------------------------------------- */

/* Slots that may be out of use for as long as the ring likes. */
static size_t slack(const struct rs_edge *e)
{
    const struct rs_config cfg = {
        .capacity = e->capacity, .msg_bytes = e->msg_bytes, .msg_align = e->msg_align};
    return e->ops->slack(&cfg);
}

/* A sender that waits for the last credit's slot may wait for one that the reader, waiting too,
 * holds back. */
static int check_credits(rs_graph *g, const struct rs_edge *e)
{
    const size_t usable = e->capacity - slack(e);
    if (e->opt.credits <= usable)
        return 0;
    if (usable == e->capacity)
        return rs_graph_fail(g, -EINVAL,
                             EDGE_FORMAT
                             ": credits = %zu is more than capacity = %zu, "
                             "so the loop could deadlock; raise the capacity or lower the credits",
                             EDGE_NAMES(e), e->opt.credits, e->capacity);
    return rs_graph_fail(
        g, -EINVAL,
        EDGE_FORMAT ": credits = %zu is more than the %zu slots that ring %s always has of a "
                    "capacity of %zu, as it holds some back, so the loop could deadlock; raise "
                    "the capacity, lower the credits, or use another ring",
        EDGE_NAMES(e), e->opt.credits, usable, e->ring_name, e->capacity);
}

static int check_ring(rs_graph *g, const struct rs_edge *e)
{
    const struct rs_config cfg = {
        .capacity = e->capacity, .msg_bytes = e->msg_bytes, .msg_align = e->msg_align};
    const char *refusal = rs_config_refusal(&cfg, e->ops->caps);
    if (refusal != NULL)
        return rs_graph_fail(g, -EINVAL, EDGE_FORMAT ": ring %s with capacity %zu: %s",
                             EDGE_NAMES(e), e->ring_name, e->capacity, refusal);
    if (e->ops->caps & RS_NO_TRANSFER)
        return rs_graph_fail(g, -EINVAL,
                             EDGE_FORMAT ": ring %s moves nothing, so it cannot be an "
                                         "edge; use another (`ringside list rings`)",
                             EDGE_NAMES(e), e->ring_name);
    if (e->ops->caps & RS_NONZERO_ONLY)
        return rs_graph_fail(g, -EINVAL,
                             EDGE_FORMAT ": ring %s takes no message whose first word is 0, and an "
                                         "edge carries any; use a ring that `ringside list rings` "
                                         "does not mark nonzero-only",
                             EDGE_NAMES(e), e->ring_name);
    if (e->opt.mode == RS_HASH &&
        (e->opt.key_offset > e->msg_bytes || e->opt.key_bytes > e->msg_bytes - e->opt.key_offset))
        return rs_graph_fail(g, -EINVAL,
                             EDGE_FORMAT ": the key (%u bytes at %u) lies outside a "
                                         "message of %zu bytes",
                             EDGE_NAMES(e), e->opt.key_bytes, e->opt.key_offset, e->msg_bytes);
    return check_credits(g, e);
}

/* A batch must fit every ring of its node.  The default one is cut to fit, a given one is refused.
 */
static int check_batch(rs_graph *g, rs_node *n, const struct rs_edge *e, const rs_port *p)
{
    const bool given = n->opt.batch > 0 || g->batch_given;
    const size_t usable = e->capacity - (e->ops->caps & RS_COARSE ? slack(e) : 0);
    if (p->batch_min > usable)
        return rs_graph_fail(g, -EINVAL,
                             "node '%s' port '%s': it needs at least %u messages at "
                             "once, and the ring has %zu slots; raise the capacity",
                             n->name, p->name, p->batch_min, usable);
    if (n->batch > e->capacity && given)
        return rs_graph_fail(g, -EINVAL,
                             "node '%s' port '%s': batch = %zu is larger than the "
                             "capacity = %zu of the ring; a batch must fit",
                             n->name, p->name, n->batch, e->capacity);
    if (n->batch > e->capacity)
        n->batch = e->capacity;
    if (p->batch_min > n->batch)
        n->batch = p->batch_min;
    return 0;
}

static int check_edges(rs_graph *g)
{
    for (size_t i = 0; i < g->n_edges; i++) {
        struct rs_edge *e = g->edge[i];
        int err = check_ring(g, e);
        if (err == 0)
            err = check_batch(g, e->from, e, &e->from->out[e->out]);
        if (err == 0)
            err = check_batch(g, e->to, e, &e->to->in[e->in]);
        if (err != 0)
            return err;
        const struct rs_edge *first_out = e->from->out_edge[e->out][0];
        if (e->opt.mode != first_out->opt.mode || e->opt.key_offset != first_out->opt.key_offset ||
            e->opt.key_bytes != first_out->opt.key_bytes)
            return rs_graph_fail(g, -EINVAL,
                                 "node '%s' port '%s': its edges do not agree on mode "
                                 "and key; say the same on all of them",
                                 e->from->name, e->from->out[e->out].name);
        if (e->opt.merge != e->to->in_edge[e->in][0]->opt.merge)
            return rs_graph_fail(g, -EINVAL,
                                 "node '%s' port '%s': its edges do not agree on "
                                 "merge; say the same on all of them",
                                 e->to->name, e->to->in[e->in].name);
    }
    for (size_t i = 0; i < g->n_nodes; i++)
        for (unsigned p = 0; p < g->node[i]->ops->n_in; p++)
            if (g->node[i]->in[p].batch_min > g->node[i]->batch)
                return rs_graph_fail(g, -EINVAL,
                                     "node '%s' port '%s': it needs at least %u messages at once, "
                                     "and the smallest ring of the node has %zu slots; raise its "
                                     "capacity",
                                     g->node[i]->name, g->node[i]->in[p].name,
                                     g->node[i]->in[p].batch_min, g->node[i]->batch);
    for (size_t i = 0; i < g->n_nodes; i++)
        for (unsigned p = 0; p < g->node[i]->ops->n_in; p++)
            if (g->node[i]->in[p].batch_min > 1 && g->node[i]->ops->drain == NULL)
                return rs_graph_fail(g, -EINVAL,
                                     "node '%s' port '%s': kind %s takes at least %u "
                                     "messages at once but has no drain() for the rest at the end",
                                     g->node[i]->name, g->node[i]->in[p].name,
                                     g->node[i]->ops->kind, g->node[i]->in[p].batch_min);
    return 0;
}

/* ---- cycles
 * --------------------------------------------------------------------------------------- */

static void each_out(rs_node *n, void (*visit)(struct rs_edge *, void *), void *user)
{
    for (unsigned p = 0; p < n->ops->n_out; p++)
        for (size_t k = 0; k < n->n_out_edges[p]; k++)
            visit(n->out_edge[p][k], user);
}

struct ordering {
    rs_graph *g;
    size_t *waits;   /* [node] inputs not yet ordered */
    size_t n, ready; /* ordered; on the stack */
    rs_node **stack;
};

static void count_in(struct rs_edge *e, void *user)
{
    struct ordering *o = (struct ordering *)user;
    o->waits[e->to->index] += !e->feedback;
}

static void settle_in(struct rs_edge *e, void *user)
{
    struct ordering *o = (struct ordering *)user;
    if (!e->feedback && --o->waits[e->to->index] == 0)
        o->stack[o->ready++] = e->to;
}

static int fail_cycle(const struct ordering *o)
{
    char names[512] = "";
    size_t used = 0;
    for (size_t i = 0; i < o->g->n_nodes && used < sizeof names; i++)
        if (o->waits[i] > 0) {
            int more = snprintf(names + used, sizeof names - used, "%s'%s'", used ? ", " : "",
                                o->g->node[i]->name);
            used += more > 0 ? (size_t)more : 0;
        }
    return rs_graph_fail(o->g, -EINVAL,
                         "a cycle without credits among (or before) nodes %s; it would deadlock: "
                         "give the edge that leads back credits = N",
                         names);
}

/* Kahn's order; the stack keeps chains together, so that they are fused together. */
int rs_order(rs_graph *g)
{
    struct ordering o = {.g = g};
    int err = -ENOMEM;
    o.waits = calloc(g->n_nodes, sizeof *o.waits);
    o.stack = calloc(g->n_nodes, sizeof(rs_node *));
    g->order = calloc(g->n_nodes, sizeof(rs_node *));
    if (o.waits && o.stack && g->order) {
        for (size_t i = 0; i < g->n_nodes; i++)
            each_out(g->node[i], count_in, &o);
        for (size_t i = g->n_nodes; i-- > 0;)
            if (o.waits[i] == 0)
                o.stack[o.ready++] = g->node[i];
        while (o.ready > 0) {
            rs_node *n = o.stack[--o.ready];
            g->order[o.n++] = n;
            each_out(n, settle_in, &o);
        }
        err = o.n == g->n_nodes ? 0 : fail_cycle(&o);
    }
    free(o.waits);
    free(o.stack);
    return err;
}

struct reach {
    bool *seen; /* [node] */
    rs_node **stack;
    size_t n;
};

static void reach_to(struct rs_edge *e, void *user)
{
    struct reach *r = (struct reach *)user;
    if (!r->seen[e->to->index] && !e->feedback) {
        r->seen[e->to->index] = true;
        r->stack[r->n++] = e->to;
    }
}

static bool reaches(const rs_graph *g, rs_node *from, const rs_node *to)
{
    struct reach r = {calloc(g->n_nodes, sizeof(bool)), calloc(g->n_nodes, sizeof(rs_node *)), 0};
    bool found = from == to;
    if (r.seen && r.stack && !found) {
        r.seen[from->index] = true;
        r.stack[r.n++] = from;
        while (r.n > 0)
            each_out(r.stack[--r.n], reach_to, &r);
        found = r.seen[to->index];
    }
    free(r.seen);
    free(r.stack);
    return found;
}

/* Whether e carries messages that can come round by `feedback`: its far end reaches the sender. */
bool rs_in_loop(const struct rs_edge *feedback, const struct rs_edge *e)
{
    return !e->feedback && reaches(e->graph, e->to, feedback->from);
}

/* A credit is for one message that comes round once: where a message could leave the loop unseen,
 * be doubled in it or dropped, credits would be lost or made. */
static int check_loop_node(rs_graph *g, const struct rs_edge *back, const rs_node *n)
{
    size_t ports = 0;
    for (unsigned p = 0; p < n->ops->n_out; p++) {
        size_t inside = 0;
        for (size_t k = 0; k < n->n_out_edges[p]; k++) {
            const struct rs_edge *e = n->out_edge[p][k];
            const bool in = e == back || rs_in_loop(back, e);
            inside += in;
            if (in && e->opt.drop_newest)
                return rs_graph_fail(g, -EINVAL,
                                     EDGE_FORMAT ": drop = newest inside a loop would lose the "
                                                 "credits of what is dropped",
                                     EDGE_NAMES(e));
        }
        ports += inside > 0;
        if (inside > 1 ||
            (inside == 1 && n->n_out_edges[p] > 1 && n->out_edge[p][0]->opt.mode != RS_BROADCAST))
            return rs_graph_fail(g, -EINVAL,
                                 "node '%s' port '%s': fan-out inside a loop; each message must go "
                                 "round once, so let one edge of the port lead into the loop, and "
                                 "others out of it by broadcast only",
                                 n->name, n->out[p].name);
    }
    if (ports > 1)
        return rs_graph_fail(g, -EINVAL,
                             "node '%s': two of its outputs lead into the loop of " EDGE_FORMAT
                             "; each message must go round once",
                             n->name, EDGE_NAMES(back));
    return 0;
}

static int check_feedback(rs_graph *g)
{
    for (size_t i = 0; i < g->n_edges; i++) {
        const struct rs_edge *e = g->edge[i];
        bool loop = e->from == e->to;
        int err = 0;
        if (!e->feedback)
            continue;
        for (unsigned p = 0; p < e->to->ops->n_out; p++)
            for (size_t k = 0; k < e->to->n_out_edges[p]; k++)
                loop |= rs_in_loop(e, e->to->out_edge[p][k]);
        if (!loop)
            return rs_graph_fail(g, -EINVAL,
                                 EDGE_FORMAT ": credits are for an edge that closes a "
                                             "cycle, and this one does not",
                                 EDGE_NAMES(e));
        if (e->to->in[e->in].batch_min > e->opt.credits)
            return rs_graph_fail(g, -EINVAL,
                                 EDGE_FORMAT ": credits = %zu can never make the %u messages that "
                                             "the input needs at once",
                                 EDGE_NAMES(e), e->opt.credits, e->to->in[e->in].batch_min);
        for (size_t k = 0; k < g->n_nodes && err == 0; k++)
            if (reaches(g, e->to, g->node[k]))
                err = check_loop_node(g, e, g->node[k]);
        if (err != 0)
            return err;
    }
    return 0;
}

int rs_check(rs_graph *g)
{
    int err = check_connected(g);
    err = err ? err : check_types(g);
    err = err ? err : check_edges(g);
    err = err ? err : rs_order(g);
    return err ? err : check_feedback(g);
}
