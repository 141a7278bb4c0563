/* SPDX-License-Identifier: MIT */
/* From the sections of a graph file to a checked graph. */
#include "graph_rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph_split.h"

static int line_of(struct graph_builder *b, const struct graph_section *s)
{
    b->file.where = b->to->path;
    return s->line;
}

/* ---- plug-ins -------------------------------------------------------------------------------- */

/* Relative to the folder of the graph file; always with a slash. */
static int load_plugin(struct graph_builder *b, const struct graph_key *k)
{
    char path[PATH_MAX], why[1024];
    const char *slash = strrchr(b->to->path, '/');
    bool absolute = k->value[0] == '/';
    if (*k->value == '\0')
        return ini_file_fail(&b->file, graph_key_line(b, k), "plugin has no path");
    if (strchr(k->value, '/') == NULL)
        return ini_file_fail(
            &b->file, graph_key_line(b, k),
            "plugin %s: nothing is searched; give a path with a slash, as ./%s for "
            "one beside this file",
            k->value, k->value);
    int folder = absolute || slash == NULL ? 0 : (int)(slash - b->to->path) + 1;
    int used = snprintf(path, sizeof path, "%.*s%s", folder, b->to->path, k->value);
    if (used < 0 || (size_t)used >= sizeof path)
        return ini_file_fail(&b->file, graph_key_line(b, k), "the path of the plug-in is too long");
    if (rs_kinds_load(b->to->kinds, path, why, sizeof why) != 0)
        return ini_file_fail(&b->file, graph_key_line(b, k), "%s", why);
    return 1;
}

static void load_plugins(struct graph_builder *b)
{
    const struct graph_section *s = graph_file_find(b->to, GRAPH_SECTION, "");
    for (size_t i = 0; s != NULL && i < s->keys && b->file.err == 0; i++)
        if (strcmp(s->key[i].name, "plugin") == 0)
            load_plugin(b, &s->key[i]);
}

/* ---- graph, nodes, edges --------------------------------------------------------------------- */

/* All keys of [graph] or of an edge. */
static int apply_keys(struct graph_builder *b, const struct graph_section *s, void *options)
{
    for (size_t i = 0; i < s->keys; i++) {
        int known = graph_key_apply(b, s->type, &s->key[i], options);
        if (known < 0)
            return graph_key_unknown(b, s->type, &s->key[i], NULL);
        if (known == 0)
            return 0;
    }
    return 1;
}

static int make_graph(struct graph_builder *b)
{
    const struct graph_section *s = graph_file_find(b->to, GRAPH_SECTION, "");
    const struct graph_file_options *o = &b->to->options;
    rs_graph_options options = {.log = o->log, .log_user = o->log_user};
    if (s != NULL && !apply_keys(b, s, &options))
        return 0;
    if (o->metrics != NULL)
        options.metrics_path = o->metrics;
    if (o->prometheus != NULL)
        options.prometheus_path = o->prometheus;
    options.publish = o->publish;
    options.host = o->host;
    b->capacity = options.capacity > 0 ? options.capacity : RS_DEFAULT_CAPACITY;
    if (o->silent && options.metrics_path == NULL)
        options.report_s = -1;
    b->to->graph = rs_graph_new(&options);
    if (b->to->graph == NULL)
        return ini_file_fail(&b->file, 0,
                             "cannot make a graph: memory is out, or a sandbox forbids "
                             "sched_getaffinity");
    return 1;
}

/* ---- nodes ----------------------------------------------------------------------------------- */

static int find_kind(struct graph_builder *b, struct graph_section *s)
{
    const struct graph_key *k = graph_section_key(s, "kind");
    const char *near = NULL;
    if (k == NULL)
        return ini_file_fail(&b->file, line_of(b, s),
                             "node '%s' has no kind; add kind = NAME, `ringside graph kinds` lists "
                             "them",
                             s->name);
    s->kind = rs_kinds_find(b->to->kinds, k->value, &near);
    if (s->kind != NULL)
        return 1;
    return ini_file_fail(&b->file, graph_key_line(b, k), "no kind '%.60s'%s%s%s", k->value,
                         near ? "; did you mean '" : "; `ringside graph kinds` lists them",
                         near ? near : "", near ? "'?" : "");
}

static bool takes(const rs_node_ops *kind, const char *name)
{
    for (const rs_param_spec *p = kind->params; p != NULL && p->name != NULL; p++)
        if (strcmp(p->name, name) == 0)
            return true;
    return false;
}

/* The key that an error of rs_graph_add is about: "node 'fir': taps = ...". */
static int line_of_error(struct graph_builder *b, const struct graph_section *s, const char *error)
{
    const char *colon = strstr(error, "': ");
    for (size_t i = 0; colon != NULL && i < s->keys; i++) {
        size_t length = strlen(s->key[i].name);
        if (strncmp(colon + 3, s->key[i].name, length) == 0 && colon[3 + length] == ' ')
            return graph_key_line(b, &s->key[i]);
    }
    return line_of(b, s);
}

/* Keys are options of the node, else parameters of its kind.  0 after an error. */
static int sort_keys(struct graph_builder *b, const struct graph_section *s,
                     rs_node_options *options, rs_param *item, size_t *params)
{
    for (size_t i = 0; i < s->keys; i++) {
        const struct graph_key *k = &s->key[i];
        int known = graph_key_apply(b, NODE_SECTION, k, options);
        if (known == 0)
            return 0;
        if (known < 0 && !takes(s->kind, k->name))
            return graph_key_unknown(b, NODE_SECTION, k, s->kind);
        if (known < 0)
            item[(*params)++] = (rs_param){k->name, k->value};
    }
    return 1;
}

static void add_node(struct graph_builder *b, struct graph_section *s)
{
    rs_node_options options = RS_NODE_DEFAULTS;
    rs_graph *g = b->to->graph;
    size_t params = 0;
    if (!find_kind(b, s))
        return;
    rs_param *item = calloc(s->keys + 1, sizeof *item);
    if (item == NULL) {
        ini_file_fail(&b->file, line_of(b, s), "out of memory; free some and repeat");
    } else if (sort_keys(b, s, &options, item, &params)) {
        s->node = rs_graph_add(g, s->kind, s->name, &(rs_params){item, params}, &options);
        if (s->node == NULL)
            ini_file_fail(&b->file, line_of_error(b, s, rs_graph_error(g)), "%s",
                          rs_graph_error(g));
    }
    free(item);
}

/* ---- edges ----------------------------------------------------------------------------------- */

static const struct graph_section *find_node(struct graph_builder *b,
                                             const struct graph_section *edge, const char *name)
{
    const struct graph_section *found = graph_file_find(b->to, NODE_SECTION, name);
    const char **names = found == NULL ? malloc((b->to->n + 1) * sizeof *names) : NULL, *near;
    size_t n = 0;
    if (found != NULL)
        return found;
    for (size_t i = 0; names != NULL && i < b->to->n; i++)
        if (b->to->section[i].type == NODE_SECTION)
            names[n++] = b->to->section[i].name;
    near = n > 0 ? rs_nearest_name(name, names, n) : NULL;
    ini_file_fail(&b->file, line_of(b, edge), "there is no node '%s'%s%s%s", name,
                  near ? "; did you mean '" : "; add a section [node ", near ? near : name,
                  near ? "'?" : "]");
    free(names);
    return NULL;
}

static void add_edge(struct graph_builder *b, struct graph_section *s)
{
    rs_edge_options options = {0};
    const struct graph_section *from = find_node(b, s, s->from), *to;
    to = from != NULL ? find_node(b, s, s->to) : NULL;
    if (to == NULL || !apply_keys(b, s, &options))
        return;
    const bool near = graph_split_is_here(b, from), far = graph_split_is_here(b, to);
    if (near != far)
        graph_split_bridge(b, s, from, to, &options);
    if (near && far &&
        rs_graph_connect(b->to->graph, from->node, s->out, to->node, s->in, &options) != 0)
        ini_file_fail(&b->file, line_of(b, s), "%s", rs_graph_error(b->to->graph));
}

/* ---- all ------------------------------------------------------------------------------------- */

/* The line of the section that an error of rs_graph_check names first; 0 = it names none. */
static int line_of_check(struct graph_builder *b, const char *error)
{
    const char *first = NULL;
    int line = 0;
    b->file.where = b->to->path;
    for (size_t i = 0; i < b->to->n; i++) {
        const struct graph_section *s = &b->to->section[i];
        char word[300];
        if (s->type == GRAPH_SECTION)
            continue;
        snprintf(word, sizeof word, s->type == NODE_SECTION ? "'%s'" : "edge %s", s->name);
        if (s->type == EDGE_SECTION && s->node != NULL) /* it is one to or from its bridge */
            snprintf(word, sizeof word, "%s.", rs_node_name(s->node));
        const char *here = strstr(error, word);
        if (here != NULL && (first == NULL || here < first)) {
            first = here;
            line = s->line;
        }
    }
    return line;
}

static void each(struct graph_builder *b, enum graph_section_type type)
{
    for (size_t i = 0; i < b->to->n && b->file.err == 0; i++) {
        struct graph_section *s = &b->to->section[i];
        if (s->type == type && type == NODE_SECTION && graph_split_is_here(b, s))
            add_node(b, s);
        else if (s->type == type && type == EDGE_SECTION)
            add_edge(b, s);
    }
}

int graph_file_load_plugins(struct graph_file *f, char *why, size_t n)
{
    struct graph_builder b = {.file = {.where = f->path, .why = why, .n = n}, .to = f};
    load_plugins(&b);
    return b.file.err;
}

int graph_file_build(struct graph_file *f, char *why, size_t n)
{
    struct graph_builder b = {.file = {.where = f->path, .why = why, .n = n}, .to = f};
    load_plugins(&b);
    if (b.file.err == 0 && graph_split_check(&b))
        make_graph(&b);
    each(&b, NODE_SECTION);
    each(&b, EDGE_SECTION);
    if (b.file.err == 0 && rs_graph_check(f->graph) != 0) {
        const char *error = rs_graph_error(f->graph);
        const bool hint = f->options.host != NULL && strstr(error, "how large a message") != NULL;
        ini_file_fail(&b.file, line_of_check(&b, error), "%s%s", error,
                      hint ? ", or the edge that comes from another host message = BYTES" : "");
    }
    return b.file.err;
}
