/* SPDX-License-Identifier: MIT */
/*
 * A node's ports: its ends joined and limited, how they end, and how they are closed.
 *
 * Ordering (who, on what, why):
 *   A1 release  abandoned  the consumer's last release is before it; pairs with A2
 *   A2 acquire  abandoned  pairs with A1
 *   F1 release  forgone    what the sender did with the message is before it; pairs with F2
 *   F2 acquire  forgone    pairs with F1
 *   F3 relaxed  forgone    sole writer
 *   M1 relaxed  messages   before the port is shared
 *   W3 relaxed  parked     as in graph.h
 *   W8 seq_cst  fence      before the sleeper is looked for; pairs with W2 in wait.c
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#include "wait.h"

/* ---- credits ------------------------------------------------------------------------------------
 */

static size_t credits_left(const struct rs_credit *c)
{
    /* F2 acquire: pairs with F1. Without it a credit could be used before its message has left. */
    uint64_t forgone = rs_load_acquire(&c->feedback->producer.forgone);
    return (size_t)(c->feedback->opt.credits + c->returned + forgone - c->sent);
}

static bool limits(const rs_node *n, const struct rs_credit *c, unsigned port)
{
    for (size_t k = 0; k < n->n_out_edges[port]; k++)
        if (n->out_edge[port][k] == c->feedback || rs_in_loop(c->feedback, n->out_edge[port][k]))
            return true;
    return false;
}

static size_t credit_lend(void *self, size_t n, struct rs_span *s)
{
    struct rs_credit_end *e = (struct rs_credit_end *)self;
    for (size_t i = 0; i < e->node->n_credits; i++) {
        size_t left = e->loops & ((uint64_t)1 << i) ? credits_left(&e->node->credits[i]) : n;
        n = left < n ? left : n;
    }
    return n > 0 ? e->inner.lend(e->inner.self, n, s) : 0;
}

static void credit_settle(void *self, size_t n)
{
    struct rs_credit_end *e = (struct rs_credit_end *)self;
    rs_end_settle(&e->inner, n);
    for (size_t i = 0; i < e->node->n_credits; i++)
        if (e->loops & ((uint64_t)1 << i))
            e->node->credits[i].sent += n;
}

static size_t return_lend(void *self, size_t n, struct rs_span *s)
{
    struct rs_credit *c = (struct rs_credit *)self;
    return c->inner.lend(c->inner.self, n, s);
}

static void return_settle(void *self, size_t n)
{
    struct rs_credit *c = (struct rs_credit *)self;
    rs_end_settle(&c->inner, n);
    c->returned += n;
}

void rs_io_forgo(rs_io *io, unsigned port, size_t n)
{
    for (size_t k = 0; k < io->node->n_out_edges[port]; k++) {
        struct rs_edge *e = io->node->out_edge[port][k];
        uint64_t forgone = rs_load_relaxed(&e->producer.forgone); /* F3 relaxed: sole writer */
        struct rs_end end = {NULL, NULL, NULL, &e->to->worker->parked.word};
        if (!e->feedback)
            continue;
        /* F1 release: pairs with F2. Without it a credit could be used before its message has
         * left. */
        rs_store_release(&e->producer.forgone, forgone + n);
        rs_fence_seq_cst(); /* W8 seq_cst: rare; pairs with W2. Without it the sleeper stays. */
        if (rs_load_relaxed(end.parked) != 0) /* W3 relaxed: ordered by W8 and W2 */
            rs_io_wake(&end);
    }
}

/* ---- making the ends
 * ------------------------------------------------------------------------------ */

static int make_credits(rs_node *n)
{
    size_t most = 0;
    for (unsigned p = 0; p < n->ops->n_in; p++)
        most += n->n_in_edges[p];
    n->credits = calloc(most + 1, sizeof *n->credits);
    n->credit_end = calloc(n->ops->n_out + 1u, sizeof *n->credit_end);
    if (n->credits == NULL || n->credit_end == NULL)
        return -ENOMEM;
    for (unsigned p = 0; p < n->ops->n_in; p++)
        for (size_t k = 0; k < n->n_in_edges[p]; k++)
            if (n->in_edge[p][k]->feedback && n->n_credits < 64)
                n->credits[n->n_credits++].feedback = n->in_edge[p][k];
    return 0;
}

static struct rs_end end_in(rs_node *n, struct rs_edge *e)
{
    struct rs_end end = rs_edge_in(e);
    for (size_t i = 0; i < n->n_credits; i++)
        if (n->credits[i].feedback == e) {
            n->credits[i].inner = end;
            return (struct rs_end){return_lend, return_settle, &n->credits[i], &rs_never_parked};
        }
    return end;
}

static int make_end(rs_node *n, bool output, unsigned port, struct rs_end *end)
{
    struct rs_edge **edge = output ? n->out_edge[port] : n->in_edge[port];
    size_t edges = output ? n->n_out_edges[port] : n->n_in_edges[port];
    struct rs_joint *j = output ? &n->out_joint[port] : &n->in_joint[port];
    if (edges == 1) {
        *end = output ? rs_edge_out(edge[0]) : end_in(n, edge[0]);
        return 0;
    }
    int err = rs_joint_make(j, n, output, port);
    for (size_t k = 0; err == 0 && k < edges; k++)
        j->end[k] = output ? rs_edge_out(j->edge[k]) : end_in(n, j->edge[k]);
    *end = rs_joint_end(j);
    return err;
}

static void limit_port(rs_node *n, unsigned port, struct rs_end *end)
{
    struct rs_credit_end *c = &n->credit_end[port];
    for (size_t i = 0; i < n->n_credits; i++)
        if (limits(n, &n->credits[i], port))
            c->loops |= (uint64_t)1 << i;
    if (c->loops == 0)
        return;
    c->inner = *end;
    c->node = n;
    *end = (struct rs_end){credit_lend, credit_settle, c, &rs_never_parked};
}

static int check_buffers(const rs_node *n)
{
    for (unsigned p = 0; p < n->ops->n_out; p++)
        for (size_t k = 0; k < n->n_out_edges[p]; k++) {
            const struct rs_edge *e = n->out_edge[p][k];
            if (!(e->ops->caps & RS_ZERO_COPY) && e->producer.staging == NULL)
                return -ENOMEM;
        }
    for (unsigned p = 0; p < n->ops->n_in; p++)
        for (size_t k = 0; k < n->n_in_edges[p]; k++)
            if (!(n->in_edge[p][k]->ops->caps & RS_ZERO_COPY) &&
                n->in_edge[p][k]->consumer.staging == NULL)
                return -ENOMEM;
    return 0;
}

/* Where what is dropped goes: the edges that drop, and the first of a port for when its readers
 * have all gone. */
static int make_nowhere(rs_node *n, unsigned port)
{
    int err = 0;
    for (size_t k = 0; err == 0 && k < n->n_out_edges[port]; k++)
        if (k == 0 || n->out_edge[port][k]->opt.drop_newest)
            err = rs_edge_make_nowhere(n->out_edge[port][k]);
    return err;
}

static void set_port(struct rs_io_port *p, const rs_node *n, const rs_port *type)
{
    p->batch_min = type->batch_min > 0 ? type->batch_min : 1;
    p->batch_max = type->batch_max > 0 && type->batch_max < n->batch ? type->batch_max : n->batch;
    p->batch_max = p->batch_max > p->batch_min ? p->batch_max : p->batch_min;
    rs_store_relaxed(&p->messages, (uint64_t)0); /* M1 relaxed: not shared yet */
}

/* What was sent may still be here: with a ring that publishes late, or in a buffer beside a ring
 * that was full. */
static bool holds_back(const struct rs_edge *e)
{
    return (e->ops->caps & RS_NEEDS_FLUSH) != 0 || (e->ops->caps & RS_ZERO_COPY) == 0;
}

int rs_ends_make(rs_node *n)
{
    const size_t ports = (size_t)n->ops->n_in + n->ops->n_out + 1;
    struct rs_io_port *port = aligned_alloc(
        RS_SEPARATION, (ports * sizeof *port + RS_SEPARATION - 1) / RS_SEPARATION * RS_SEPARATION);
    struct rs_joint *joint = calloc(ports, sizeof *joint);
    int err = port && joint ? make_credits(n) : -ENOMEM;
    n->io.in = port;
    n->in_joint = joint;
    n->io.node = n;
    if (err != 0)
        return err;
    memset(port, 0, ports * sizeof *port);
    n->io.out = port + n->ops->n_in;
    n->out_joint = joint + n->ops->n_in;
    for (unsigned p = 0; p < n->ops->n_in && err == 0; p++) {
        set_port(&n->io.in[p], n, &n->in[p]);
        err = make_end(n, false, p, &n->io.in[p].end);
    }
    for (unsigned p = 0; p < n->ops->n_out && err == 0; p++) {
        set_port(&n->io.out[p], n, &n->out[p]);
        n->io.out[p].batch_min = 1;
        err = make_nowhere(n, p);
        err = err != 0 ? err : make_end(n, true, p, &n->io.out[p].end);
        limit_port(n, p, &n->io.out[p].end);
        for (size_t k = 0; k < n->n_out_edges[p]; k++)
            n->defers |= holds_back(n->out_edge[p][k]);
    }
    return err ? err : check_buffers(n);
}

void rs_ends_free(rs_node *n)
{
    const size_t ports = (size_t)n->ops->n_in + n->ops->n_out;
    for (size_t p = 0; n->in_joint != NULL && p < ports; p++)
        rs_joint_free(&n->in_joint[p]);
    free(n->in_joint);
    free(n->io.in);
    free(n->credits);
    free(n->credit_end);
}

/* ---- how an input ends
 * ------------------------------------------------------------------------------ */

/* All credits are home: what the node sent into the loop has come back or left it. */
static bool loop_empty(const rs_node *n, const struct rs_edge *e)
{
    for (size_t i = 0; i < n->n_credits; i++)
        if (n->credits[i].feedback == e)
            return credits_left(&n->credits[i]) == e->opt.credits;
    return false;
}

/* Closed is read first, then the ring once more: what was sent before the close is not lost. */
static bool edge_ended(rs_node *n, struct rs_edge *e, size_t batch_min)
{
    struct rs_span s;
    struct rs_end end = {e->ops->peek, e->ops->release, e->ring, &rs_never_parked};
    if (!e->consumer.ended && e->ops->closed(e->ring)) {
        if (!(e->ops->caps & RS_ZERO_COPY))
            end = e->consumer.inner;
        e->consumer.ended = end.lend(end.self, batch_min, &s) < batch_min;
    }
    return e->consumer.ended || (e->feedback && loop_empty(n, e));
}

bool rs_io_ended(rs_io *io, unsigned port)
{
    rs_node *n = io->node;
    for (size_t k = 0; k < n->n_in_edges[port]; k++)
        if (!n->in_edge[port][k]->feedback &&
            !edge_ended(n, n->in_edge[port][k], io->in[port].batch_min))
            return false;
    for (size_t k = 0; k < n->n_in_edges[port]; k++)
        if (n->in_edge[port][k]->feedback &&
            !edge_ended(n, n->in_edge[port][k], io->in[port].batch_min))
            return false;
    return true;
}

/* The loops are asked last: while another input may still send into one, it is not over. */
bool rs_node_inputs_ended(rs_node *n)
{
    for (int loops = 0; loops < 2; loops++)
        for (unsigned p = 0; p < n->ops->n_in; p++)
            for (size_t k = 0; k < n->n_in_edges[p]; k++)
                if (n->in_edge[p][k]->feedback == (loops == 1) &&
                    !edge_ended(n, n->in_edge[p][k], n->io.in[p].batch_min))
                    return false;
    return n->ops->n_in > 0;
}

/* ---- how an output ends
 * ----------------------------------------------------------------------------- */

static bool newly_abandoned(const struct rs_edge *e)
{
    /* A2 acquire: pairs with A1. Without it nothing breaks but the count of what was read. */
    return !e->producer.discard && rs_load_acquire(&e->back.abandoned) != 0;
}

/* What is sent to a port whose readers have all gone goes nowhere, so that the other ports go on.
 */
static void discard_port(rs_node *n, unsigned port)
{
    n->io.out[port].end = rs_edge_drop(n->out_edge[port][0]);
}

bool rs_node_note_abandoned(rs_node *n)
{
    unsigned ports_gone = 0;
    for (unsigned p = 0; p < n->ops->n_out; p++) {
        size_t gone = 0;
        for (size_t k = 0; k < n->n_out_edges[p]; k++) {
            struct rs_edge *e = n->out_edge[p][k];
            e->producer.discard |= newly_abandoned(e);
            gone += e->producer.discard;
        }
        if (gone < n->n_out_edges[p])
            continue;
        discard_port(n, p);
        ports_gone++;
    }
    return n->ops->n_out > 0 && ports_gone == n->ops->n_out;
}

/* What deferring rings and staging buffers still hold goes out. */
bool rs_node_flush(rs_node *n)
{
    bool all = true;
    for (unsigned p = 0; p < n->ops->n_out; p++)
        for (size_t k = 0; k < n->n_out_edges[p]; k++) {
            struct rs_edge *e = n->out_edge[p][k];
            if (newly_abandoned(e) || e->producer.discard)
                continue;
            if (!(e->ops->caps & RS_ZERO_COPY))
                all &= rs_edge_push_staged(e);
            rs_edge_flush(e);
        }
    return all;
}

static void wake_other(const rs_node *other)
{
    rs_fence_seq_cst(); /* W8 seq_cst: the end is stored before; pairs with W2. Without it the other
                         * side sleeps on an edge that has ended. */
    rs_park_wake(&other->worker->parked.word);
}

void rs_node_close(rs_node *n)
{
    for (unsigned p = 0; p < n->ops->n_out; p++)
        for (size_t k = 0; k < n->n_out_edges[p]; k++) {
            n->out_edge[p][k]->ops->close(n->out_edge[p][k]->ring);
            wake_other(n->out_edge[p][k]->to);
        }
    for (unsigned p = 0; p < n->ops->n_in; p++)
        for (size_t k = 0; k < n->n_in_edges[p]; k++) {
            /* A1 release: pairs with A2. Without it nothing breaks but the count of what was
             * read. */
            rs_store_release(&n->in_edge[p][k]->back.abandoned, 1u);
            wake_other(n->in_edge[p][k]->from);
        }
}
