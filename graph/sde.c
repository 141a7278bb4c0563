/* SPDX-License-Identifier: MIT */
/*
 * The events of sde.h: which there are, and how each is read.
 *
 * PAPI's events are the process's, so the list of them is a static variable.  It only grows.
 *
 * Ordering (who, on what, why):
 *   M2 relaxed  counters  a reader that may see an old value
 */
#include "sde.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

enum { EVENT_BYTES = 2 * RS_NAME_BYTES + 32 };

/* ---- what is read ---------------------------------------------------------------------------- */

static uint64_t seen(RS_ATOMIC(uint64_t) * counter)
{
    return rs_load_relaxed(counter); /* M2 relaxed: approximate */
}

static uint64_t in_msgs(rs_node *n)
{
    uint64_t sum = 0;
    for (unsigned p = 0; p < n->ops->n_in; p++)
        sum += seen(&n->io.in[p].messages);
    return sum;
}

static uint64_t out_msgs(rs_node *n)
{
    uint64_t sum = 0;
    for (unsigned p = 0; p < n->ops->n_out; p++)
        sum += seen(&n->io.out[p].messages);
    return sum;
}

static uint64_t dropped_msgs(rs_node *n)
{
    uint64_t sum = 0;
    for (unsigned p = 0; p < n->ops->n_out; p++)
        for (size_t k = 0; k < n->n_out_edges[p]; k++)
            sum += seen(&n->out_edge[p][k]->producer.dropped);
    return sum;
}

static uint64_t calls(rs_node *n)
{
    return seen(&n->counters.calls);
}

static uint64_t empty_stalls(rs_node *n)
{
    return seen(&n->counters.empty_stalls);
}

static uint64_t full_stalls(rs_node *n)
{
    return seen(&n->counters.full_stalls);
}

static uint64_t parks(rs_node *n)
{
    return seen(&n->worker->counters.parks);
}

static const struct counter {
    const char *name, *text;
    uint64_t (*read)(rs_node *);
    bool of_worker; /* the nodes of one worker have it in common */
} counters[] = {
    {"in_msgs", "messages received", in_msgs, false},
    {"out_msgs", "messages sent", out_msgs, false},
    {"dropped_msgs", "messages that a full edge did not take", dropped_msgs, false},
    {"calls", "calls of work that made progress", calls, false},
    {"empty_stalls", "times it began to wait for input", empty_stalls, false},
    {"full_stalls", "times it began to wait for room", full_stalls, false},
    {"parks", "times its worker went to sleep", parks, true},
};
enum { COUNTERS = sizeof counters / sizeof counters[0] };

/* ---- events ---------------------------------------------------------------------------------- */

struct event {
    struct event *next;
    const struct counter *counter;
    rs_node *node;     /* which has the name now; NULL = none */
    bool runs;         /* its counters may be read */
    bool summed;       /* it counts in the sum: of a worker, its first node does */
    uint64_t past;     /* of nodes that are freed */
    uint64_t past_sum; /* the part of it that counts in the sum */
    char name[EVENT_BYTES];
};

static struct event *events;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* libsde is not called under it */

static uint64_t now_of(const struct event *e)
{
    return e->node != NULL && e->runs ? e->counter->read(e->node) : 0;
}

static long long read_event(void *of)
{
    const struct event *e = of;
    pthread_mutex_lock(&lock);
    uint64_t value = e->past + now_of(e);
    pthread_mutex_unlock(&lock);
    return (long long)value;
}

static long long read_sum(void *of)
{
    uint64_t sum = 0;
    pthread_mutex_lock(&lock);
    for (const struct event *e = events; e != NULL; e = e->next)
        if (e->counter == of)
            sum += e->past_sum + (e->summed ? now_of(e) : 0);
    pthread_mutex_unlock(&lock);
    return (long long)sum;
}

/* Under the lock. */
static struct event *find_event(const char *name)
{
    struct event *e = events;
    while (e != NULL && strcmp(e->name, name) != 0)
        e = e->next;
    return e;
}

static struct event *new_event(const char *name, const struct counter *counter)
{
    struct event *e = calloc(1, sizeof *e);
    if (e == NULL)
        return NULL;
    snprintf(e->name, sizeof e->name, "%s", name);
    e->counter = counter;
    e->next = events;
    events = e;
    return e;
}

/* ---- sums ------------------------------------------------------------------------------------ */

static const struct ring_event {
    enum rs_event event;
    const char *name, *text;
} ring_events[] = {
#define EVENT(mark, name, text) {RS_EVENT_##mark, "rings." #name, text},
    RS_EVENT_LIST(EVENT)
#undef EVENT
};

static long long read_ring_event(void *of)
{
    const struct ring_event *r = of;
    return RS_EVENTS ? (long long)rs_events_sum(r->event) : 0;
}

bool rs_sde_each_sum(rs_sde_emit *emit, void *to)
{
    char name[64], text[128];
    bool taken = true;
    for (size_t i = 0; RS_EVENTS && taken && i < RS_EVENT_KINDS; i++)
        taken = emit(to, ring_events[i].name, ring_events[i].text, read_ring_event,
                     (void *)&ring_events[i]);
    for (size_t i = 0; RS_METRICS && taken && i < COUNTERS; i++) {
        snprintf(name, sizeof name, "nodes.%s", counters[i].name);
        snprintf(text, sizeof text, "%s, of all nodes", counters[i].text);
        taken = emit(to, name, text, read_sum, (void *)&counters[i]);
    }
    return taken;
}

bool rs_sde_wanted(void)
{
    const char *word = getenv("RINGSIDE_SDE");
    return word != NULL && *word != '\0' && strcmp(word, "0") != 0;
}

static const char no_counters[] = "built without node counters (RS_METRICS = 0)";
static const char *refusal; /* written once */

static bool register_one(void *to, const char *name, const char *text, rs_sde_read *read, void *of)
{
    (void)to;
    return rs_sde_register(name, text, read, of);
}

static void open_once(void)
{
    refusal = RS_METRICS || RS_EVENTS ? rs_sde_library_open() : no_counters;
    if (refusal == NULL && !rs_sde_each_sum(register_one, NULL))
        refusal = "libsde takes no more events";
}

const char *rs_sde_open(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, open_once);
    return refusal;
}

/* ---- the events of a graph ------------------------------------------------------------------- */

/* PAPI parts names at ':' and '='; a graph's name may hold anything. */
static void name_event(const rs_node *n, const struct counter *c, char *to)
{
    int length = snprintf(to, EVENT_BYTES, "%s", n->graph->name);
    for (int i = 0; i < length; i++)
        if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-", to[i]) ==
            NULL)
            to[i] = '_';
    snprintf(to + length, EVENT_BYTES - (size_t)length, ".%s.%s", n->name, c->name);
}

/* 0; -EEXIST if a node of another graph has the name. */
static int declare_event(rs_node *n, const struct counter *c)
{
    char name[EVENT_BYTES];
    name_event(n, c, name);
    pthread_mutex_lock(&lock);
    struct event *e = find_event(name);
    const bool known = e != NULL;
    if (!known)
        e = new_event(name, c);
    int err = e == NULL ? -ENOMEM : e->node != NULL ? -EEXIST : 0;
    if (err == 0) {
        e->node = n;
        e->runs = false;
        e->summed = !c->of_worker || n->worker->node[0] == n;
    }
    pthread_mutex_unlock(&lock);
    if (err == 0 && !known && !rs_sde_register(name, c->text, read_event, e))
        err = -EIO;
    return err;
}

static const char *declare_all(rs_graph *g)
{
    const char *why = RS_METRICS ? rs_sde_open() : no_counters;
    int err = 0;
    for (size_t i = 0; why == NULL && err == 0 && i < g->n_nodes; i++)
        for (size_t k = 0; err == 0 && k < COUNTERS; k++)
            err = declare_event(g->node[i], &counters[k]);
    return why != NULL      ? why
           : err == -EEXIST ? "a graph of this name is running; give each its own"
           : err == -ENOMEM ? "out of memory"
           : err != 0       ? "libsde takes no more events"
                            : NULL;
}

void rs_sde_declare(rs_graph *g)
{
    const char *why = g->opt.sde ? declare_all(g) : NULL;
    if (why == NULL)
        return;
    rs_log_line(&g->log, RS_WARN, "", "not all counters are software-defined events: %s", why);
}

void rs_sde_attach(rs_graph *g)
{
    pthread_mutex_lock(&lock);
    for (struct event *e = g->opt.sde ? events : NULL; e != NULL; e = e->next)
        e->runs |= e->node != NULL && e->node->graph == g;
    pthread_mutex_unlock(&lock);
}

void rs_sde_detach(rs_graph *g)
{
    pthread_mutex_lock(&lock);
    for (struct event *e = g->opt.sde ? events : NULL; e != NULL; e = e->next) {
        if (e->node == NULL || e->node->graph != g)
            continue;
        const uint64_t last = now_of(e);
        e->past += last;
        e->past_sum += e->summed ? last : 0;
        e->node = NULL;
        e->runs = false;
    }
    pthread_mutex_unlock(&lock);
}
