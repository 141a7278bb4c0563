/* SPDX-License-Identifier: MIT */
/* What an answer holds for, and how to get it again. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "select/selection.h"

/* Pairs that begin or end a comment, or a trigraph. */
static bool is_delimiter(char before, char c)
{
    return (before == '/' && c == '*') || (before == '*' && c == '/') ||
           (before == '?' && c == '?');
}

void plain_text(const char *from, char *to, size_t n)
{
    size_t used = 0;
    for (; *from != '\0' && used + 1 < n; from++) {
        to[used] = '.';
        if (*from >= ' ' && *from <= '~' && (used == 0 || !is_delimiter(to[used - 1], *from)))
            to[used] = *from;
        used++;
    }
    if (n > 0)
        to[used] = '\0';
}

static json_t *text_or_null(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? json_string(text) : json_null();
}

static json_t *load_manifest(const char *dir)
{
    char path[4096];
    json_error_t error;
    snprintf(path, sizeof path, "%s/manifest.json", dir);
    json_t *manifest = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (manifest == NULL)
        complain("%s cannot be read (%s): the answer's machine and command stay unknown", path,
                 error.text);
    return manifest;
}

/* The last component of a path, so that the evidence does not tell where things lie. */
static json_t *base_name(const char *path)
{
    size_t end = strlen(path), start;
    while (end > 1 && path[end - 1] == '/')
        end--;
    for (start = end; start > 0 && path[start - 1] != '/'; start--)
        continue;
    json_t *name = json_stringn(path + start, end - start);
    return name ? name : json_null();
}

static bool seen_level(const struct selection *s, size_t at, enum factor f)
{
    const struct field *field = &s->field;
    for (size_t i = 0; i < at; i++)
        if (field->workload[s->compared[i]].key.value[f] ==
            field->workload[s->compared[at]].key.value[f])
            return true;
    return false;
}

static json_t *levels_json(const struct selection *s)
{
    json_t *levels = json_object();
    for (int f = 0; f < FACTORS; f++) {
        json_t *list = json_array();
        for (size_t i = 0; i < s->workloads; i++) {
            int64_t level = s->field.workload[s->compared[i]].key.value[f];
            if (level != FACTOR_UNUSED && !seen_level(s, i, (enum factor)f))
                json_array_append_new(list, factor_json((enum factor)f, level));
        }
        if (json_array_size(list) > 0)
            json_object_set(levels, factor_table[f].name, list);
        json_decref(list);
    }
    return levels;
}

static json_t *arguments_json(const struct select_options *o)
{
    json_t *list = json_array();
    json_array_append_new(list, json_string("ringside"));
    for (int i = 0; i < o->argc; i++) {
        char plain[SCOPE_TEXT_MAX]; /* for words that are not UTF-8 */
        json_t *word = json_string(o->argv[i]);
        plain_text(o->argv[i], plain, sizeof plain);
        json_array_append_new(list, word ? word : json_string(plain));
    }
    return list;
}

static size_t disturbed_rounds(const struct selection *s, size_t *of)
{
    size_t disturbed = 0;
    for (size_t i = 0; i < s->n; i++)
        for (size_t w = 0; w < s->workloads; w++) {
            const struct summary_cell *c = s->entrant[i].candidate->cell[s->compared[w]];
            disturbed += c->n_disturbed;
            *of += c->n;
        }
    return disturbed;
}

/* Sweeps say what machine they ran on in one line; older or foreign ones only by its cpu. */
static json_t *machine_json(const json_t *manifest)
{
    json_t *machine = text_or_null(manifest, "machine");
    if (!json_is_null(machine))
        return machine;
    return text_or_null(json_object_get(manifest, "environment"), "cpu_model");
}

json_t *scope_json(const struct summary *summary, const struct selection *s)
{
    json_t *manifest = load_manifest(s->options->dir), *scope = json_object();
    json_t *command = json_object_get(manifest, "command");
    json_t *seed = json_object_get(manifest, "seed");
    size_t values = 0, disturbed = disturbed_rounds(s, &values);
    json_object_set_new(scope, "run", base_name(s->options->dir));
    json_object_set_new(scope, "date", text_or_null(manifest, "started"));
    json_object_set_new(scope, "machine", machine_json(manifest));
    json_object_set_new(scope, "plan", text_or_null(json_object_get(manifest, "plan"), "name"));
    json_object_set_new(scope, "commit", text_or_null(manifest, "commit"));
    json_object_set_new(scope, "compiler", text_or_null(manifest, "compiler"));
    json_object_set(scope, "seed", json_is_integer(seed) ? seed : json_null());
    json_object_set(scope, "command", json_is_array(command) ? command : json_null());
    json_object_set_new(scope, "select", arguments_json(s->options));
    json_object_set_new(scope, "cells", json_integer((json_int_t)summary->n));
    json_object_set_new(scope, "rounds", json_integer((json_int_t)s->contest.rounds));
    json_object_set_new(scope, "values", json_integer((json_int_t)values));
    json_object_set_new(scope, "disturbed_values", json_integer((json_int_t)disturbed));
    json_object_set_new(scope, "levels", levels_json(s));
    json_decref(manifest);
    return scope;
}

/* ---- as text ------------------------------------------------------------------------------ */

static void append(char *text, size_t n, const char *more)
{
    size_t used = strlen(text);
    snprintf(text + used, n - used, "%s", more);
}

/* A word as a shell takes it. */
static void append_word(char *text, size_t n, const char *word)
{
    static const char *const safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "0123456789_-+=./:,@%";
    append(text, n, *text ? " " : "");
    if (*word != '\0' && word[strspn(word, safe)] == '\0') {
        append(text, n, word);
        return;
    }
    append(text, n, "'");
    for (; *word != '\0'; word++)
        append(text, n, *word == '\'' ? "'\\''" : (char[]){*word, '\0'});
    append(text, n, "'");
}

static void append_levels(char *text, size_t n, const json_t *levels)
{
    const char *name;
    json_t *list, *level;
    size_t i;
    json_object_foreach((json_t *)levels, name, list)
    {
        append(text, n, *text ? "; " : "");
        append(text, n, name);
        json_array_foreach(list, i, level)
        {
            char one[64];
            if (json_is_string(level))
                snprintf(one, sizeof one, " %s", json_string_value(level));
            else
                snprintf(one, sizeof one, " %.12g", json_number_value(level));
            append(text, n, one);
        }
    }
}

void scope_text(const json_t *scope, const char *key, char *text, size_t n)
{
    json_t *value = json_object_get(scope, key), *word;
    char raw[SCOPE_TEXT_MAX] = "";
    size_t i;
    if (json_is_string(value))
        append(raw, sizeof raw, json_string_value(value));
    else if (json_is_integer(value))
        snprintf(raw, sizeof raw, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_array(value))
        json_array_foreach(value, i, word)
            append_word(raw, sizeof raw, json_is_string(word) ? json_string_value(word) : "?");
    else if (json_is_object(value))
        append_levels(raw, sizeof raw, value);
    plain_text(raw[0] ? raw : "unknown", text, n);
}
