/* SPDX-License-Identifier: MIT */
/* Sets a simulation up, records its accesses, and sums them up. */
#include "simulate/simulation.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { PAGE_BYTES = 4096, MEMORY_MAX_BYTES = 128 << 20 };

/* The simulation of the ring code on this thread: the operations of the seam name none. */
static _Thread_local struct simulation *bound;

void simulation_bind(struct simulation *s)
{
    bound = s;
}

/* ---- an access ------------------------------------------------------------------------------- */

static void count(struct simulation *s, struct line *l, enum side side,
                  const struct coherence_effect *e)
{
    uint64_t *event = l->event[side];
    event[EVENT_ACCESS]++;
    event[EVENT_TRANSFER] += e->transfer;
    event[EVENT_UPGRADE] += e->upgrade;
    event[EVENT_INVALIDATION] += e->invalidations;
    event[EVENT_WRITEBACK] += e->writeback;
    event[EVENT_MEMORY_READ] += e->memory_read;
    if (e->transfer || e->upgrade)
        s->edge[l->edge].misses_at[side][e->distance]++;
}

static void touch(struct simulation *s, size_t index, unsigned kind)
{
    struct line *l = &s->line[index];
    const bool write = (kind & SIM_WRITE) != 0;
    const enum side side =
        s->running->index == s->edge[l->edge].from ? SIDE_PRODUCER : SIDE_CONSUMER;
    const struct coherence_effect e =
        coherence_access(&s->coherence, &l->coherence, s->running->cache, write);
    if (write)
        l->writers |= (uint8_t)(1u << side);
    if ((kind & SIM_PAYLOAD) == 0)
        l->not_payload = true;
    if (s->counting)
        count(s, l, side, &e);
}

void sim_access(const volatile void *p, size_t n, unsigned kind)
{
    struct simulation *s = bound;
    if (s == NULL || s->running == NULL || n == 0)
        return;
    const size_t at = (size_t)((uintptr_t)p - (uintptr_t)s->memory);
    if (at >= s->memory_bytes || n > s->memory_bytes - at) {
        s->err = -EFAULT;
        return;
    }
    simulation_switch(s, false);
    for (size_t l = at / s->config->granule; l <= (at + n - 1) / s->config->granule; l++)
        touch(s, l, kind);
}

void sim_pause(void)
{
    if (bound != NULL && bound->running != NULL)
        simulation_switch(bound, true);
}

/* ---- setting up ------------------------------------------------------------------------------ */

static size_t pages(size_t bytes)
{
    return (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

static struct rs_config ring_config(const struct simulate_config *c)
{
    return (struct rs_config){.capacity = c->capacity,
                              .msg_bytes = c->msg_bytes,
                              .msg_align = c->msg_align,
                              .defer = c->defer,
                              .slots = c->slots,
                              .prefetch_write = c->prefetch_write,
                              .prefetch_read = c->prefetch_read};
}

static size_t slots_bytes(const struct simulate_config *c)
{
    const struct rs_config cfg = ring_config(c);
    return pages(c->ring->bytes(rs_config_slots(&cfg), c->msg_bytes, c->msg_align));
}

struct simulate_config simulate_config_default(const struct rs_ring_ops *ring)
{
    struct simulate_config c = {.ring = ring,
                                .msg_bytes = 8,
                                .msg_align = 1,
                                .capacity = 1024,
                                .batch = 1,
                                .agents = 2,
                                .granule = 64,
                                .seed = 1,
                                .messages = 8192};
    for (size_t i = 0; i < AGENTS_MAX; i++)
        c.place[i].core = (uint16_t)i;
    return c;
}

static bool refuse_schedule(const struct simulate_config *c, char *why, size_t n)
{
    const enum schedule_kind kind = c->schedule.kind;
    const size_t room = c->capacity - c->batch;
    if (kind == SCHEDULE_BACKLOG && c->schedule.amount > room)
        snprintf(why, n, "a backlog of %llu messages and a batch of %zu exceed capacity %zu",
                 (unsigned long long)c->schedule.amount, c->batch, c->capacity);
    else if (kind == SCHEDULE_BURST && c->schedule.amount > c->capacity)
        snprintf(why, n, "a burst of %llu messages exceeds capacity %zu",
                 (unsigned long long)c->schedule.amount, c->capacity);
    else
        return false;
    return true;
}

static bool refuse_graph(const struct simulate_config *c, char *why, size_t n)
{
    if (c->agents < 2 || c->agents > AGENTS_MAX)
        snprintf(why, n, "%zu agents: from 2 to %d can be simulated", c->agents, AGENTS_MAX);
    else if (c->shape == SHAPE_DIAMOND && c->agents < 3)
        snprintf(why, n,
                 "a diamond has a source, a sink and something between: stages = 3 at least");
    else
        return false;
    return true;
}

bool simulate_refusal(const struct simulate_config *c, char *why, size_t n)
{
    const struct rs_config ring = ring_config(c);
    const char *refusal = rs_config_refusal(&ring, c->ring->caps);
    if (refusal != NULL)
        snprintf(why, n, "%s: %s", c->ring->name, refusal);
    else if (c->msg_bytes < 8)
        snprintf(why, n, "msg_bytes = %zu: a message carries its number in 8 bytes", c->msg_bytes);
    else if (c->span && (c->ring->caps & RS_ZERO_COPY) == 0)
        snprintf(why, n, "%s lends no spans: api = copy", c->ring->name);
    else if (c->batch == 0 || c->batch > c->capacity)
        snprintf(why, n, "batch = %zu is not from 1 to capacity = %zu", c->batch, c->capacity);
    else if (c->granule != 64 && c->granule != 128)
        snprintf(why, n, "granule = %u is not 64 or 128 bytes", c->granule);
    else if (c->messages == 0 || c->messages > UINT64_C(1) << 40)
        snprintf(why, n, "messages to count: from 1 to 2^40");
    else if (!refuse_graph(c, why, n) && !refuse_schedule(c, why, n)) {
        const size_t edges = shape_edges(c->shape, c->agents);
        if (slots_bytes(c) <= MEMORY_MAX_BYTES / edges - pages(c->ring->struct_bytes))
            return false;
        snprintf(why, n,
                 "the rings need more than the %d MiB that are simulated; use a smaller "
                 "capacity or msg_bytes",
                 MEMORY_MAX_BYTES >> 20);
    }
    return true;
}

static enum distance between(const struct agent_place *a, const struct agent_place *b)
{
    if (a->socket != b->socket)
        return DISTANCE_OTHER_SOCKET;
    if (a->l3 != b->l3)
        return DISTANCE_OTHER_L3;
    return a->core != b->core ? DISTANCE_SAME_L3 : DISTANCE_SAME_CORE;
}

/* An agent uses the cache of the first one in its place. */
static void assign_caches(struct simulation *s)
{
    const struct agent_place *place = s->config->place;
    for (size_t i = 0; i < s->agents; i++) {
        unsigned first = 0;
        for (size_t k = 0; k < s->agents; k++)
            s->coherence.distance[i][k] = (uint8_t)between(&place[i], &place[k]);
        while (s->coherence.distance[i][first] != DISTANCE_SAME_CORE)
            first++;
        s->agent[i].cache = first;
    }
}

static void set_up_agents(struct simulation *s)
{
    const size_t batch_bytes = s->config->batch * s->config->msg_bytes;
    for (size_t i = 0; i < s->agents; i++) {
        struct agent *a = &s->agent[i];
        a->simulation = s;
        a->index = i;
        a->buffer = s->buffers + i * batch_bytes;
        a->in_left = a->out_left = s->config->batch;
    }
    shape_connect(s);
    assign_caches(s);
}

static int make_rings(struct simulation *s)
{
    const struct simulate_config *c = s->config;
    const size_t struct_bytes = pages(c->ring->struct_bytes), slots = slots_bytes(c);
    const struct rs_config ring = ring_config(c);
    for (size_t e = 0; e < s->edges; e++) {
        const size_t at = e * (struct_bytes + slots);
        struct edge *edge = &s->edge[e];
        edge->ring = s->memory + at;
        edge->slots_line = (at + struct_bytes) / c->granule;
        edge->end_line = (at + struct_bytes + slots) / c->granule;
        for (size_t l = at / c->granule; l < edge->end_line; l++)
            s->line[l] = (struct line){.coherence.owner = NO_CACHE, .edge = (uint16_t)e};
        int err = c->ring->init(edge->ring, s->memory + at + struct_bytes, &ring);
        if (err != 0)
            return err;
    }
    return 0;
}

static int set_up(struct simulation *s, const struct simulate_config *c)
{
    const size_t edges = shape_edges(c->shape, c->agents);
    *s = (struct simulation){.config = c, .agents = c->agents, .rng = c->seed, .way = c->way};
    if (s->way == NULL)
        s->way = coroutine_ucontext != NULL ? coroutine_ucontext : &coroutine_threads;
    s->coherence.protocol = c->protocol;
    s->memory_bytes = edges * (pages(c->ring->struct_bytes) + slots_bytes(c));
    s->lines = s->memory_bytes / c->granule;
    s->memory = aligned_alloc(PAGE_BYTES, s->memory_bytes);
    s->line = calloc(s->lines, sizeof *s->line);
    s->edge = calloc(edges, sizeof *s->edge);
    s->agent = calloc(c->agents, sizeof *s->agent);
    s->buffers = calloc(c->agents * c->batch, c->msg_bytes);
    if (s->memory == NULL || s->line == NULL || s->edge == NULL || s->agent == NULL ||
        s->buffers == NULL)
        return -ENOMEM;
    memset(s->memory, 0, s->memory_bytes);
    set_up_agents(s);
    return make_rings(s);
}

static void tear_down(struct simulation *s)
{
    free(s->memory);
    free(s->line);
    free(s->edge);
    free(s->agent);
    free(s->buffers);
}

/* ---- summing up ------------------------------------------------------------------------------ */

static enum line_class class_of(const struct edge *e, const struct line *l, size_t index)
{
    static const enum line_class by_writers[] = {LINE_CONSTANT, LINE_PRODUCER, LINE_CONSUMER,
                                                 LINE_SHARED};
    if (index >= e->slots_line)
        return l->not_payload ? LINE_SENTINEL : LINE_SLOTS;
    return by_writers[l->writers];
}

static void add_events(struct traffic *t, enum line_class c, const uint64_t event[EVENTS])
{
    for (int e = 0; e < EVENTS; e++)
        t->event[c][e] += event[e];
}

static void add_distances(struct traffic *t, const uint64_t misses_at[DISTANCES])
{
    for (int d = 0; d < DISTANCES; d++)
        t->misses_at[d] += misses_at[d];
}

static void sum_up(const struct simulation *s, struct simulate_result *out)
{
    for (size_t i = 0; i < s->lines; i++) {
        const struct line *l = &s->line[i];
        const struct edge *e = &s->edge[l->edge];
        const enum line_class class = class_of(e, l, i);
        for (int side = 0; side < SIDES; side++) {
            const size_t agent = side == SIDE_PRODUCER ? e->from : e->to;
            add_events(&out->total, class, l->event[side]);
            add_events(&out->edge[l->edge].traffic, class, l->event[side]);
            add_events(&out->agent[agent], class, l->event[side]);
        }
    }
    for (size_t i = 0; i < s->edges; i++) {
        const struct edge *e = &s->edge[i];
        out->edge[i].from = e->from;
        out->edge[i].to = e->to;
        out->edge[i].traffic.messages = e->delivered;
        for (int side = 0; side < SIDES; side++) {
            add_distances(&out->total, e->misses_at[side]);
            add_distances(&out->edge[i].traffic, e->misses_at[side]);
            add_distances(&out->agent[side == SIDE_PRODUCER ? e->from : e->to], e->misses_at[side]);
        }
    }
    for (size_t i = 0; i < s->agents; i++)
        out->agent[i].messages = s->agent[i].counted;
    out->total.messages = s->agent[s->agents - 1].counted;
}

static void explain(const struct simulate_config *c, int err, char *why, size_t n)
{
    if (err == -EILSEQ)
        snprintf(why, n, "%s lost, damaged or held back a message", c->ring->name);
    else if (err == -EFAULT)
        snprintf(why, n, "%s touched memory that is neither its struct nor its slots",
                 c->ring->name);
    else
        snprintf(why, n, "the simulation could not be set up: %s", strerror(-err));
}

int simulate_run(const struct simulate_config *c, struct simulate_result *out, char *why, size_t n)
{
    struct simulation s;
    int err = set_up(&s, c);
    *out = (struct simulate_result){.agents = s.agents, .edges = s.edges};
    out->edge = calloc(s.edges + 1, sizeof(*out->edge));
    if (err == 0 && out->edge == NULL)
        err = -ENOMEM;
    if (err == 0) {
        simulation_bind(&s);
        err = simulation_drive(&s);
        simulation_bind(NULL);
    }
    if (err == 0)
        err = s.err;
    if (err == 0)
        sum_up(&s, out);
    else
        explain(c, err, why, n);
    tear_down(&s);
    if (err != 0)
        simulate_result_free(out);
    return err;
}

void simulate_result_free(struct simulate_result *r)
{
    free(r->edge);
    r->edge = NULL;
}
