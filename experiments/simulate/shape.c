/* SPDX-License-Identifier: MIT */
/* Which agents are connected, as kernel graph connects its nodes. */
#include "simulate/simulation.h"

size_t shape_edges(enum shape shape, size_t agents)
{
    return shape == SHAPE_DIAMOND ? 2 * (agents - 2) : agents - 1;
}

size_t shape_sources(enum shape shape, size_t agents)
{
    return shape == SHAPE_FAN_IN ? agents - 1 : 1;
}

static void connect(struct simulation *s, size_t from, size_t to)
{
    struct edge *e = &s->edge[s->edges++];
    struct agent *producer = &s->agent[from], *consumer = &s->agent[to];
    e->from = from;
    e->to = to;
    producer->out[producer->n_out++] = e;
    consumer->in[consumer->n_in++] = e;
    consumer->level = producer->level + 1;
}

/* Agents in ascending order, so that a level is known before it is built upon. */
void shape_connect(struct simulation *s)
{
    const enum shape shape = s->config->shape;
    const size_t last = s->agents - 1;
    for (size_t i = 1; i <= last; i++) {
        if (shape == SHAPE_CHAIN)
            connect(s, i - 1, i);
        else if (shape == SHAPE_FAN_IN)
            connect(s, i - 1, last);
        else if (shape == SHAPE_BROADCAST || i < last)
            connect(s, 0, i);
    }
    for (size_t i = 1; shape == SHAPE_DIAMOND && i < last; i++)
        connect(s, i, last);
    for (size_t i = 0; i <= last; i++) {
        struct agent *a = &s->agent[i];
        const bool shares_out = shape != SHAPE_BROADCAST && a->n_out > 1;
        a->weight = shares_out ? a->n_out : a->n_in > 1 ? a->n_in : 1;
    }
    s->sources = shape_sources(shape, s->agents);
}
