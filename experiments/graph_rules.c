/* SPDX-License-Identifier: MIT */
/* Which keys the sections of a graph file take, and what their values may be. */
#include "graph_rules.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS_MAX = 256 };

/* What a key of a section does to the options at `offset`. */
enum rule_type {
    RULE_OTHER,   /* read elsewhere */
    RULE_TEXT,    /* const char * */
    RULE_CHOICE,  /* an enum: the index into `choice` */
    RULE_COUNT,   /* size_t */
    RULE_POWER,   /* size_t, a power of two */
    RULE_INT,     /* int */
    RULE_NUMBER,  /* double */
    RULE_SECONDS, /* double; 0 in the file is "never", which the options say by -1 */
    RULE_RING,    /* const char *, of the table of rings */
    RULE_FLAG,    /* bool: the second of its choices */
    RULE_HASH_KEY /* OFFSET:BYTES */
};

struct rule {
    const char *name;
    enum rule_type type;
    size_t offset;
    double low, high;
    const char *const *choice; /* ends with NULL */
};

static const char *const waits[] = {"auto", "spin", "pause", "yield", "park", "sleep", NULL};
static const char *const placements[] = {"auto", "threads", "free", NULL};
static const char *const priorities[] = {"none", "nice", "fifo", NULL};
static const char *const modes[] = {"broadcast", "round-robin", "hash", NULL};
static const char *const merges[] = {"round-robin", "priority", NULL};
static const char *const no_yes[] = {"no", "yes", NULL};
static const char *const drops[] = {"none", "newest", NULL};

#define GRAPH(field) offsetof(rs_graph_options, field)
#define NODE(field)  offsetof(rs_node_options, field)
#define EDGE(field)  offsetof(rs_edge_options, field)
#define SLOTS_MAX    (1 << 28)
#define BATCH_MAX    (1 << 24)

static const struct rule graph_rules[] = {
    {"name", RULE_TEXT, GRAPH(name), 0, 0, NULL},
    {"wait", RULE_CHOICE, GRAPH(wait), 0, 0, waits},
    {"placement", RULE_CHOICE, GRAPH(placement), 0, 0, placements},
    {"priority", RULE_CHOICE, GRAPH(priority), 0, 0, priorities},
    {"ring", RULE_RING, GRAPH(ring), 0, 0, NULL},
    {"capacity", RULE_COUNT, GRAPH(capacity), 1, SLOTS_MAX, NULL},
    {"batch", RULE_COUNT, GRAPH(batch), 1, BATCH_MAX, NULL},
    {"report", RULE_SECONDS, GRAPH(report_s), 0, 3600, NULL},
    {"stall", RULE_SECONDS, GRAPH(stall_s), 0, 3600, NULL},
    {"metrics", RULE_TEXT, GRAPH(metrics_path), 0, 0, NULL},
    {"arenas", RULE_FLAG, GRAPH(arenas), 0, 0, no_yes},
    {"prometheus", RULE_TEXT, GRAPH(prometheus_path), 0, 0, NULL},
    {"plugin", RULE_OTHER, 0, 0, 0, NULL},
};
static const struct rule node_rules[] = {
    {"kind", RULE_OTHER, 0, 0, 0, NULL},
    {"cpu", RULE_INT, NODE(cpu), 0, 1 << 20, NULL},
    {"fuse", RULE_TEXT, NODE(fuse), 0, 0, NULL},
    {"batch", RULE_COUNT, NODE(batch), 1, BATCH_MAX, NULL},
    {"cost", RULE_NUMBER, NODE(cost), 1e-6, 1e9, NULL},
    {"host", RULE_OTHER, 0, 0, 0, NULL},
};
static const struct rule edge_rules[] = {
    {"ring", RULE_RING, EDGE(ring), 0, 0, NULL},
    {"capacity", RULE_COUNT, EDGE(capacity), 1, SLOTS_MAX, NULL},
    {"align", RULE_POWER, EDGE(align), 1, 1 << 20, NULL},
    {"mode", RULE_CHOICE, EDGE(mode), 0, 0, modes},
    {"merge", RULE_CHOICE, EDGE(merge), 0, 0, merges},
    {"priority", RULE_INT, EDGE(priority), -1000000, 1000000, NULL},
    {"drop", RULE_FLAG, EDGE(drop_newest), 0, 0, drops},
    {"key", RULE_HASH_KEY, 0, 0, 0, NULL},
    {"credits", RULE_COUNT, EDGE(credits), 1, SLOTS_MAX, NULL},
    {"transport", RULE_OTHER, 0, 0, 0, NULL},
    {"message", RULE_OTHER, 0, 0, 0, NULL},
    {"frame", RULE_OTHER, 0, 0, 0, NULL},
    {"heartbeat", RULE_OTHER, 0, 0, 0, NULL},
    {"patience", RULE_OTHER, 0, 0, 0, NULL},
    {"reconnect", RULE_OTHER, 0, 0, 0, NULL},
    {"keys", RULE_OTHER, 0, 0, 0, NULL},
    {"plain", RULE_OTHER, 0, 0, 0, NULL},
    {"position", RULE_OTHER, 0, 0, 0, NULL},
};
#define COUNT(list) (sizeof list / sizeof list[0])

static const struct {
    const struct rule *rule;
    size_t n;
} rules_of[] = {[GRAPH_SECTION] = {graph_rules, COUNT(graph_rules)},
                [NODE_SECTION] = {node_rules, COUNT(node_rules)},
                [EDGE_SECTION] = {edge_rules, COUNT(edge_rules)}};

int graph_key_line(struct graph_builder *b, const struct graph_key *k)
{
    b->file.where = k->from_command_line ? "--set" : b->to->path;
    return k->from_command_line ? 0 : k->line;
}

/* ---- values ---------------------------------------------------------------------------------- */

static int take_number(struct graph_builder *b, const struct graph_key *k, const struct rule *r,
                       bool whole, double *to)
{
    char *end;
    double x = strtod(k->value, &end);
    if (end == k->value || *end != '\0' || !(x >= r->low && x <= r->high) ||
        (whole && x != floor(x)))
        return ini_file_fail(&b->file, graph_key_line(b, k),
                             "%s = '%.40s' is not a %s from %.10g to %.10g", k->name, k->value,
                             whole ? "whole number" : "number", r->low, r->high);
    *to = x;
    return 1;
}

/* "a, b, c" */
static void join(char *to, size_t n, const char *const *names, size_t count)
{
    size_t used = 0;
    to[0] = '\0';
    for (size_t i = 0; i < count && used < n; i++)
        used += (size_t)snprintf(to + used, n - used, "%s%s", i ? ", " : "", names[i]);
}

/* The index into names[0..count), or -1 after the error. */
static int take_name(struct graph_builder *b, const struct graph_key *k, const char *const *names,
                     size_t count)
{
    char all[512];
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], k->value) == 0)
            return (int)i;
    const char *near = rs_nearest_name(k->value, names, count);
    join(all, sizeof all, names, count);
    if (near != NULL)
        ini_file_fail(&b->file, graph_key_line(b, k), "%s = '%.40s': did you mean '%s'? Valid: %s",
                      k->name, k->value, near, all);
    else
        ini_file_fail(&b->file, graph_key_line(b, k), "%s = '%.40s' is none of %s", k->name,
                      k->value, all);
    return -1;
}

static int take_ring(struct graph_builder *b, const struct graph_key *k, const char **to)
{
    const char *names[64];
    size_t n = 0;
    for (size_t i = 0; i < rs_ring_table_count && n < COUNT(names); i++)
        if ((rs_ring_table[i].ops->caps & RS_PEER) == 0) /* another library's: no edge of a graph */
            names[n++] = rs_ring_table[i].name;
    int i = take_name(b, k, names, n);
    if (i >= 0)
        *to = names[i];
    return i >= 0;
}

static int take_choice(struct graph_builder *b, const struct graph_key *k, const struct rule *r,
                       void *to)
{
    size_t n = 0;
    while (r->choice[n] != NULL)
        n++;
    int i = take_name(b, k, r->choice, n);
    if (i >= 0 && r->type == RULE_FLAG)
        *(bool *)to = i == 1;
    else if (i >= 0)
        memcpy(to, &(unsigned){(unsigned)i}, sizeof(unsigned));
    return i >= 0;
}

static int take_hash_key(struct graph_builder *b, const struct graph_key *k, rs_edge_options *o)
{
    unsigned offset, bytes;
    int end = 0;
    if (sscanf(k->value, "%9u:%9u%n", &offset, &bytes, &end) != 2 || k->value[end] != '\0' ||
        bytes < 1 || bytes > 8)
        return ini_file_fail(&b->file, graph_key_line(b, k),
                             "key = '%.40s' is not OFFSET:BYTES with 1 to 8 bytes, as 0:4",
                             k->value);
    o->key_offset = offset;
    o->key_bytes = bytes;
    return 1;
}

static int apply_rule(struct graph_builder *b, const struct graph_key *k, const struct rule *r,
                      void *options)
{
    char *to = (char *)options + r->offset;
    bool whole = r->type != RULE_NUMBER && r->type != RULE_SECONDS;
    double x = 0;
    switch (r->type) {
    case RULE_OTHER:
        return 1;
    case RULE_TEXT:
        if (*k->value == '\0')
            return ini_file_fail(&b->file, graph_key_line(b, k), "%s has no value; leave it out",
                                 k->name);
        *(const char **)(void *)to = k->value;
        return 1;
    case RULE_CHOICE:
    case RULE_FLAG:
        return take_choice(b, k, r, to);
    case RULE_RING:
        return take_ring(b, k, (const char **)(void *)to);
    case RULE_HASH_KEY:
        return take_hash_key(b, k, (rs_edge_options *)options);
    default:
        break;
    }
    if (!take_number(b, k, r, whole, &x))
        return 0;
    if (r->type == RULE_POWER && ((size_t)x & ((size_t)x - 1)) != 0)
        return ini_file_fail(&b->file, graph_key_line(b, k), "%s = %s is not a power of two",
                             k->name, k->value);
    if (r->type == RULE_INT)
        *(int *)(void *)to = (int)x;
    else if (r->type == RULE_COUNT || r->type == RULE_POWER)
        *(size_t *)(void *)to = (size_t)x;
    else
        *(double *)(void *)to = r->type == RULE_SECONDS && x == 0 ? -1 : x;
    return 1;
}

int graph_key_apply(struct graph_builder *b, enum graph_section_type type,
                    const struct graph_key *k, void *options)
{
    for (size_t i = 0; i < rules_of[type].n; i++)
        if (strcmp(rules_of[type].rule[i].name, k->name) == 0)
            return apply_rule(b, k, &rules_of[type].rule[i], options);
    return -1;
}

int graph_key_unknown(struct graph_builder *b, enum graph_section_type type,
                      const struct graph_key *k, const rs_node_ops *kind)
{
    const char *names[KEYS_MAX];
    char list[1024] = "valid: ";
    size_t n = 0, room = KEYS_MAX - rules_of[type].n;
    for (const rs_param_spec *p = kind ? kind->params : NULL; p && p->name && n < room; p++)
        names[n++] = p->name;
    for (size_t i = 0; i < rules_of[type].n; i++)
        names[n++] = rules_of[type].rule[i].name;
    join(list + strlen(list), sizeof list - strlen(list), names, n);
    return ini_file_unknown(&b->file, graph_key_line(b, k), k->name,
                            rs_nearest_name(k->name, names, n), list);
}
