/* SPDX-License-Identifier: MIT */
/* Reading a graph file into sections, and freeing it. */
#include "graph_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file that is being read. */
struct reader {
    struct ini_file file;
    struct graph_file *to;
};

static int out_of_memory(struct ini_file *f)
{
    ini_file_fail(f, 0, "out of memory; free some and repeat");
    f->err = f->err == -EINVAL ? -ENOMEM : f->err;
    return 0;
}

const struct graph_section *graph_file_find(const struct graph_file *f,
                                            enum graph_section_type type, const char *name)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->section[i].type == type && strcmp(f->section[i].name, name) == 0)
            return &f->section[i];
    return NULL;
}

struct graph_key *graph_section_key(const struct graph_section *s, const char *name)
{
    for (size_t i = 0; i < s->keys; i++)
        if (strcmp(s->key[i].name, name) == 0)
            return &s->key[i];
    return NULL;
}

/* ---- sections -------------------------------------------------------------------------------- */

/* Copies text[0..length) without the blanks around it; false if it is empty or does not fit. */
static bool copy_word(char *to, size_t n, const char *text, size_t length)
{
    while (length > 0 && (*text == ' ' || *text == '\t')) {
        text++;
        length--;
    }
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    if (length == 0 || length >= n)
        return false;
    memcpy(to, text, length);
    to[length] = '\0';
    return true;
}

/* "NODE.PORT" */
static bool split_end(const char *text, size_t length, char node[64], char port[64])
{
    const char *dot = memchr(text, '.', length);
    if (dot == NULL)
        return false;
    size_t before = (size_t)(dot - text);
    return copy_word(node, 64, text, before) && copy_word(port, 64, dot + 1, length - before - 1);
}

/* "A.out -> B.in" */
static bool split_edge(struct graph_section *s, const char *text)
{
    const char *arrow = strstr(text, "->");
    if (arrow == NULL || !split_end(text, (size_t)(arrow - text), s->from, s->out) ||
        !split_end(arrow + 2, strlen(arrow + 2), s->to, s->in))
        return false;
    snprintf(s->name, sizeof s->name, "%s.%s -> %s.%s", s->from, s->out, s->to, s->in);
    return true;
}

static int new_section(struct ini_file *f, const char *title, struct graph_section *s)
{
    size_t word = strcspn(title, " \t");
    const char *rest = title + word + strspn(title + word, " \t");
    if (word == 5 && strncmp(title, "graph", word) == 0 && *rest == '\0') {
        s->type = GRAPH_SECTION;
    } else if (word == 4 && strncmp(title, "node", word) == 0) {
        s->type = NODE_SECTION;
        if (!copy_word(s->name, 64, rest, strlen(rest)))
            return ini_file_fail(f, f->line,
                                 "[%.80s] is not [node NAME] with a name of 1 to 63 "
                                 "bytes",
                                 title);
    } else if (word == 4 && strncmp(title, "edge", word) == 0) {
        s->type = EDGE_SECTION;
        if (!split_edge(s, rest))
            return ini_file_fail(
                f, f->line,
                "[%.80s] is not [edge NODE.PORT -> NODE.PORT], as [edge src.out -> dst.in]", title);
    } else {
        return ini_file_fail(f, f->line,
                             "section [%.80s] is none of [graph], [node NAME] and [edge NODE.PORT "
                             "-> NODE.PORT]",
                             title);
    }
    return 1;
}

static struct graph_section *append_section(struct ini_file *f, struct graph_file *to,
                                            const struct graph_section *s)
{
    void *more = realloc(to->section, (to->n + 1) * sizeof *to->section);
    if (more == NULL) {
        out_of_memory(f);
        return NULL;
    }
    to->section = (struct graph_section *)more;
    to->section[to->n] = *s;
    return &to->section[to->n++];
}

static int take_section(struct ini_file *f, const char *title)
{
    struct graph_file *to = ((struct reader *)f->user)->to;
    struct graph_section s = {.line = f->line};
    if (!new_section(f, title, &s))
        return 0;
    const struct graph_section *again = graph_file_find(to, s.type, s.name);
    if (again != NULL)
        return ini_file_fail(f, f->line, "[%.80s] is given again; it stands in line %d", title,
                             again->line);
    return append_section(f, to, &s) != NULL;
}

/* ---- keys ------------------------------------------------------------------------------------ */

static struct graph_key *add_key(struct graph_section *s, const char *name, const char *value)
{
    struct graph_key k = {.name = strdup(name), .value = strdup(value)};
    void *more = realloc(s->key, (s->keys + 1) * sizeof *s->key);
    if (more != NULL)
        s->key = (struct graph_key *)more;
    if (more == NULL || k.name == NULL || k.value == NULL) {
        free(k.name);
        free(k.value);
        return NULL;
    }
    s->key[s->keys] = k;
    return &s->key[s->keys++];
}

/* A value that goes on in the next line, with a space between. */
static bool append(struct graph_key *k, const char *more)
{
    char *text;
    if (asprintf(&text, "%s%s%s", k->value, *k->value ? " " : "", more) < 0)
        return false;
    free(k->value);
    k->value = text;
    return true;
}

static int take_key(struct ini_file *f, const char *section, const char *name, const char *value)
{
    struct graph_file *to = ((struct reader *)f->user)->to;
    (void)section;
    if (to->n == 0)
        return ini_file_fail(f, f->line,
                             "'%.40s' stands before the first section; it belongs below [graph], "
                             "[node NAME] or [edge NODE.PORT -> NODE.PORT]",
                             name);
    struct graph_section *s = &to->section[to->n - 1];
    if (f->continued && s->keys > 0)
        return append(&s->key[s->keys - 1], value) ? 1 : out_of_memory(f);
    const struct graph_key *again = graph_section_key(s, name);
    bool list = s->type == GRAPH_SECTION && strcmp(name, "plugin") == 0;
    if (again != NULL && !list)
        return ini_file_fail(f, f->line, "%s is given again; it stands in line %d", name,
                             again->line);
    struct graph_key *k = add_key(s, name, value);
    if (k == NULL)
        return out_of_memory(f);
    k->line = f->line;
    return 1;
}

/* ---- --set ----------------------------------------------------------------------------------- */

/* A node, else [graph], which need not be in the file. */
static struct graph_section *find_target(struct ini_file *f, struct graph_file *to,
                                         const char *name)
{
    const char *near = NULL, **names = calloc(to->n + 1, sizeof *names);
    struct graph_section *found = NULL, *graph = NULL;
    size_t n = 0;
    for (size_t i = 0; i < to->n && names != NULL; i++) {
        struct graph_section *s = &to->section[i];
        if (s->type == GRAPH_SECTION)
            graph = s;
        if (s->type == NODE_SECTION)
            names[n++] = s->name;
        if (s->type == NODE_SECTION && strcmp(s->name, name) == 0)
            found = s;
    }
    if (found == NULL && strcmp(name, "graph") == 0)
        found = graph != NULL ? graph : append_section(f, to, &(struct graph_section){0});
    near = found == NULL && n > 0 ? rs_nearest_name(name, names, n) : NULL;
    if (found == NULL)
        ini_file_fail(f, 0, "there is no node '%s'%s%s%s", name, near ? "; did you mean '" : "",
                      near ? near : "", near ? "'?" : "");
    free(names);
    return found;
}

static int apply_set(struct ini_file *f, struct graph_file *to, const char *item)
{
    char node[64], key[64];
    const char *equals = strchr(item, '=');
    if (equals == NULL || !split_end(item, (size_t)(equals - item), node, key))
        return ini_file_fail(f, 0, "'%.80s' is not NODE.KEY=VALUE", item);
    struct graph_section *s = find_target(f, to, node);
    if (s == NULL)
        return 0;
    struct graph_key *k = graph_section_key(s, key);
    if (k == NULL) {
        k = add_key(s, key, equals + 1);
    } else {
        char *value = strdup(equals + 1);
        free(k->value);
        k->value = value;
    }
    if (k == NULL || k->value == NULL)
        return out_of_memory(f);
    k->from_command_line = true;
    return 1;
}

/* ---- the file -------------------------------------------------------------------------------- */

int graph_file_parse(struct graph_file *to, const char *path, const char *text, size_t length,
                     const struct graph_file_options *options, char *why, size_t n)
{
    struct reader r = {.file = {.where = path,
                                .what = "graph file",
                                .section = take_section,
                                .key = take_key,
                                .why = why,
                                .n = n},
                       .to = to};
    r.file.user = &r;
    *to = (struct graph_file){.path = strdup(path), .kinds = rs_kinds_new()};
    if (options != NULL)
        to->options = *options;
    if (to->path == NULL || to->kinds == NULL)
        out_of_memory(&r.file);
    else
        ini_file_parse(&r.file, text, length);
    r.file.where = "--set";
    for (size_t i = 0; i < to->options.sets && r.file.err == 0; i++)
        apply_set(&r.file, to, to->options.set[i]);
    if (r.file.err != 0)
        graph_file_free(to);
    return r.file.err;
}

int graph_file_load(struct graph_file *to, const char *path,
                    const struct graph_file_options *options, char *why, size_t n)
{
    size_t length;
    char *text = ini_file_read(path, "graph file", &length, why, n);
    *to = (struct graph_file){0};
    if (text == NULL)
        return -ENOENT;
    int err = graph_file_parse(to, path, text, length, options, why, n);
    free(text);
    return err;
}

int graph_file_free(struct graph_file *f)
{
    int err = rs_graph_free(f->graph);
    if (err != 0)
        return err;
    for (size_t i = 0; i < f->n; i++) {
        for (size_t k = 0; k < f->section[i].keys; k++) {
            free(f->section[i].key[k].name);
            free(f->section[i].key[k].value);
        }
        free(f->section[i].key);
    }
    free(f->section);
    free(f->path);
    rs_kinds_free(f->kinds);
    *f = (struct graph_file){0};
    return 0;
}
