/* SPDX-License-Identifier: MIT */
/* Which part of a graph file is this host's, and bridges where its edges leave. */
#include "graph_split.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/bridge.h"

enum { HOSTS_MAX = 1024 };

/* Keys of an edge that are parameters of its bridge. */
static const char *const transport_keys[] = {"transport", "message",  "frame",
                                             "heartbeat", "patience", "reconnect",
                                             "keys",      "plain",    "position"};
enum { TRANSPORT_KEYS = sizeof transport_keys / sizeof transport_keys[0] };

bool graph_split_is_key(const char *name)
{
    for (size_t i = 0; i < TRANSPORT_KEYS; i++)
        if (strcmp(transport_keys[i], name) == 0)
            return true;
    return false;
}

static const char *value_of(const struct graph_section *s, const char *key)
{
    const struct graph_key *k = graph_section_key(s, key);
    return k != NULL ? k->value : NULL;
}

static int fail_at(struct graph_builder *b, const struct graph_section *s, const char *key)
{
    const struct graph_key *k = key != NULL ? graph_section_key(s, key) : NULL;
    b->file.where = b->to->path;
    return k != NULL ? graph_key_line(b, k) : s->line;
}

/* ---- hosts ------------------------------------------------------------------------------------
 */

size_t graph_split_hosts(const struct graph_file *f, const char **host, size_t most)
{
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++) {
        const char *name =
            f->section[i].type == NODE_SECTION ? value_of(&f->section[i], "host") : NULL;
        size_t k = 0;
        while (name != NULL && k < n && strcmp(host[k], name) != 0)
            k++;
        if (name != NULL && k == n && n < most)
            host[n++] = name;
    }
    return n;
}

bool graph_is_split(const struct graph_file *f)
{
    const char *first;
    return graph_split_hosts(f, &first, 1) > 0;
}

bool graph_split_is_here(const struct graph_builder *b, const struct graph_section *node)
{
    const char *own = b->to->options.host, *host = value_of(node, "host");
    return own == NULL || (host != NULL && strcmp(host, own) == 0);
}

bool graph_split_is_host(const char *name)
{
    const size_t n = strlen(name);
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)name[i]) && strchr("._-", name[i]) == NULL)
            return false;
    return n > 0 && n < GRAPH_HOST_BYTES && name[0] != '.';
}

static int check_node(struct graph_builder *b, const struct graph_section *s)
{
    const char *host = value_of(s, "host");
    if (host == NULL)
        return ini_file_fail(&b->file, fail_at(b, s, NULL),
                             "node '%s' has no host, and others have; give it host = NAME",
                             s->name);
    if (!graph_split_is_host(host))
        return ini_file_fail(&b->file, fail_at(b, s, "host"), "host = '%.80s': " GRAPH_HOST_RULE,
                             host, GRAPH_HOST_BYTES - 1);
    return 1;
}

/* "a, b, c" */
static void list_hosts(const struct graph_file *f, char *text, size_t room)
{
    const char *host[HOSTS_MAX];
    const size_t n = graph_split_hosts(f, host, HOSTS_MAX);
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < n && used < room; i++)
        used += (size_t)snprintf(text + used, room - used, "%s%s", i ? ", " : "", host[i]);
}

static int check_own(struct graph_builder *b)
{
    const char *host[HOSTS_MAX], *own = b->to->options.host, *near;
    const size_t n = graph_split_hosts(b->to, host, HOSTS_MAX);
    char all[512];
    b->file.where = b->to->path;
    if (own == NULL && n == 0)
        return 1;
    if (n == 0)
        return ini_file_fail(&b->file, 0,
                             "--host %.60s: no node says its host, so there is nothing to split; "
                             "leave --host out, or give the nodes host = NAME",
                             own);
    list_hosts(b->to, all, sizeof all);
    if (own == NULL)
        return ini_file_fail(
            &b->file, 0, "its nodes run on several hosts; say which part: --host, one of %s", all);
    for (size_t i = 0; i < n; i++)
        if (strcmp(host[i], own) == 0)
            return 1;
    near = rs_nearest_name(own, host, n);
    return ini_file_fail(&b->file, 0, "no node has host %.60s%s%s%s; there are %s", own,
                         near ? ": did you mean '" : "", near ? near : "", near ? "'?" : "", all);
}

/* ---- edges ------------------------------------------------------------------------------------
 */

static bool crosses(const struct graph_file *f, const struct graph_section *e)
{
    const struct graph_section *from = graph_file_find(f, NODE_SECTION, e->from);
    const struct graph_section *to = graph_file_find(f, NODE_SECTION, e->to);
    const char *a = from != NULL ? value_of(from, "host") : NULL;
    const char *z = to != NULL ? value_of(to, "host") : NULL;
    return a != NULL && z != NULL && strcmp(a, z) != 0;
}

/* Does a way lead from `node` to `goal`?  seen[i]: section i was visited. */
static bool leads(const struct graph_file *f, const char *node, const char *goal, bool *seen)
{
    if (strcmp(node, goal) == 0)
        return true;
    for (size_t i = 0; i < f->n; i++) {
        const struct graph_section *e = &f->section[i];
        if (e->type != EDGE_SECTION || seen[i] || strcmp(e->from, node) != 0)
            continue;
        seen[i] = true;
        if (leads(f, e->to, goal, seen))
            return true;
    }
    return false;
}

static int check_loop(struct graph_builder *b, const struct graph_section *e)
{
    bool *seen = (bool *)calloc(b->to->n, sizeof *seen);
    if (seen == NULL)
        return ini_file_fail(&b->file, 0, "out of memory; free some and repeat");
    const bool loop = leads(b->to, e->to, e->from, seen);
    free(seen);
    if (!loop)
        return 1;
    return ini_file_fail(&b->file, fail_at(b, e, NULL),
                         "edge %s leaves the host within a loop: credits of a loop do not reach "
                         "across hosts, so it could deadlock; keep loops on one host",
                         e->name);
}

static const char *ring_of(const struct graph_builder *b, const struct graph_section *e)
{
    const struct graph_section *g = graph_file_find(b->to, GRAPH_SECTION, "");
    const char *ring = value_of(e, "ring");
    if (ring == NULL && g != NULL)
        ring = value_of(g, "ring");
    return ring != NULL ? ring : "chunked";
}

static int check_ring(struct graph_builder *b, const struct graph_section *e)
{
    const char *again = value_of(e, "reconnect"), *ring = ring_of(b, e);
    if (again == NULL || strcmp(again, "yes") != 0 || strcmp(ring, "chunked") == 0 ||
        strcmp(ring, "mirrored") == 0)
        return 1;
    return ini_file_fail(&b->file, fail_at(b, e, "reconnect"),
                         "edge %s: with reconnect = yes the ring must tell what was read, and "
                         "%.30s does not; use ring = chunked or mirrored",
                         e->name, ring);
}

static bool over_mpi(const struct graph_section *e)
{
    const char *address = value_of(e, "transport");
    return address != NULL && strcmp(address, "mpi") == 0;
}

bool graph_split_over_mpi(const struct graph_file *f)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->section[i].type == EDGE_SECTION && over_mpi(&f->section[i]))
            return true;
    return false;
}

/* Ranks and tags follow from the file, and mpirun sees to it that the other side lives. */
static int check_mpi(struct graph_builder *b, const struct graph_section *e)
{
    static const char *const idle[] = {"heartbeat", "position"};
    if (!over_mpi(e))
        return ini_file_fail(&b->file, fail_at(b, e, "transport"),
                             "transport = %.80s: give mpi and nothing more; the ranks are the "
                             "hosts in the order of the file, from 0",
                             value_of(e, "transport"));
    for (size_t i = 0; i < sizeof idle / sizeof idle[0]; i++)
        if (value_of(e, idle[i]) != NULL)
            return ini_file_fail(&b->file, fail_at(b, e, idle[i]),
                                 "edge %s: %s means nothing with transport = mpi: a process that "
                                 "dies ends the whole job; leave it out, or use tcp",
                                 e->name, idle[i]);
    return 1;
}

static int check_address(struct graph_builder *b, const struct graph_section *e)
{
    const char *address = value_of(e, "transport");
    if (address == NULL)
        return ini_file_fail(&b->file, fail_at(b, e, NULL),
                             "edge %s leads to another host and has no transport; give it "
                             "transport = tcp://HOST:PORT, where the reader's host listens",
                             e->name);
    if (strncmp(address, "mpi", 3) == 0)
        return check_mpi(b, e);
    for (const struct graph_section *other = b->to->section; other < e; other++)
        if (other->type == EDGE_SECTION && value_of(other, "transport") != NULL &&
            strcmp(value_of(other, "transport"), address) == 0)
            return ini_file_fail(&b->file, fail_at(b, e, "transport"),
                                 "transport = %.80s is that of edge %s (line %d) too; give each "
                                 "edge an address of its own",
                                 address, other->name, other->line);
    return 1;
}

/* An edge within a host needs no bridge. */
static int check_inner(struct graph_builder *b, const struct graph_section *e)
{
    for (size_t i = 0; i < e->keys; i++)
        if (graph_split_is_key(e->key[i].name))
            return ini_file_fail(&b->file, fail_at(b, e, e->key[i].name),
                                 "edge %s has %s, but its nodes run on one host; leave it out, or "
                                 "give them different ones by host = NAME",
                                 e->name, e->key[i].name);
    return 1;
}

static int check_edge(struct graph_builder *b, const struct graph_section *e)
{
    if (!crosses(b->to, e))
        return check_inner(b, e);
    if (value_of(e, "credits") != NULL)
        return ini_file_fail(&b->file, fail_at(b, e, "credits"),
                             "edge %s has credits, so it leads back in a loop, and loops do not "
                             "reach across hosts; keep them on one host",
                             e->name);
    return check_address(b, e) && check_ring(b, e) && check_loop(b, e);
}

int graph_split_check(struct graph_builder *b)
{
    const bool split = graph_is_split(b->to);
    for (size_t i = 0; i < b->to->n; i++) {
        const struct graph_section *s = &b->to->section[i];
        if ((s->type == NODE_SECTION && split && !check_node(b, s)) ||
            (s->type == EDGE_SECTION && !check_edge(b, s)))
            return 0;
    }
    return check_own(b);
}

/* ---- bridges ----------------------------------------------------------------------------------
 */

/* A name that no node has: "a-to-b", "a-to-b-2". */
static void name_bridge(const struct graph_builder *b, const struct graph_section *e, char name[64])
{
    snprintf(name, 64, "%.26s-to-%.26s", e->from, e->to);
    for (unsigned i = 2; graph_file_find(b->to, NODE_SECTION, name) != NULL ||
                         rs_graph_find(b->to->graph, name) != NULL;
         i++)
        snprintf(name, 64, "%.26s-to-%.26s-%u", e->from, e->to, i);
}

/* Of an edge over MPI: the rank that reads it, and its number in the file. */
static void mpi_address(const struct graph_builder *b, const struct graph_section *e,
                        const char *reader, char address[48])
{
    const char *host[HOSTS_MAX];
    const size_t n = graph_split_hosts(b->to, host, HOSTS_MAX);
    size_t rank = 0;
    while (rank < n && strcmp(host[rank], reader) != 0)
        rank++;
    snprintf(address, 48, "mpi:%zu:%zu", rank, (size_t)(e - b->to->section));
}

static rs_node *add_bridge(struct graph_builder *b, const struct graph_section *e, bool writes,
                           const char *own, const char *remote, size_t capacity)
{
    rs_param item[TRANSPORT_KEYS + 3] = {{"edge", e->name}, {"own", own}, {"remote", remote}};
    rs_params params = {item, 3};
    rs_node_options options = RS_NODE_DEFAULTS;
    char name[64], address[48];
    mpi_address(b, e, writes ? remote : own, address);
    for (size_t i = 0; i < e->keys; i++) {
        const struct graph_key *k = &e->key[i];
        if (!graph_split_is_key(k->name) || (writes && strcmp(k->name, "position") == 0))
            continue;
        const bool ranks = strcmp(k->name, "transport") == 0 && over_mpi(e);
        item[params.n++] = (rs_param){k->name, ranks ? address : k->value};
    }
    options.batch = capacity;
    name_bridge(b, e, name);
    rs_node *n = rs_graph_add(b->to->graph, writes ? &rs_kind_edge_writer : &rs_kind_edge_reader,
                              name, &params, &options);
    if (n == NULL)
        ini_file_fail(&b->file, fail_at(b, e, NULL), "%s", rs_graph_error(b->to->graph));
    return n;
}

int graph_split_bridge(struct graph_builder *b, struct graph_section *e,
                       const struct graph_section *from, const struct graph_section *to,
                       const rs_edge_options *given)
{
    const bool writes = graph_split_is_here(b, from);
    const char *here = b->to->options.host;
    const char *there = value_of(writes ? to : from, "host");
    rs_edge_options o = *given;
    o.capacity = o.capacity > 0 ? o.capacity : b->capacity;
    if (writes) {
        o.merge = RS_MERGE_ROUND_ROBIN;
        o.priority = 0;
    } else {
        o.mode = RS_BROADCAST;
        o.key_offset = o.key_bytes = 0;
        o.drop_newest = false;
    }
    rs_node *n = add_bridge(b, e, writes, here, there, o.capacity);
    e->node = n;
    if (n == NULL)
        return 0;
    const int err = writes ? rs_graph_connect(b->to->graph, from->node, e->out, n, "in", &o)
                           : rs_graph_connect(b->to->graph, n, "out", to->node, e->in, &o);
    return err == 0
               ? 1
               : ini_file_fail(&b->file, fail_at(b, e, NULL), "%s", rs_graph_error(b->to->graph));
}
