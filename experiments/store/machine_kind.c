/* SPDX-License-Identifier: MIT */
#include "machine_kind.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t hash_text(const char *text, uint32_t hash)
{
    for (; *text != '\0'; text++) /* FNV-1a */
        hash = (hash ^ (unsigned char)*text) * 0x01000193u;
    return hash;
}

/* Words for a column of a table: no commas, quotes or control characters. */
static void copy_plain(const char *from, char *to, size_t n)
{
    size_t used = 0;
    for (; *from != '\0' && used + 1 < n; from++) {
        const bool plain = (unsigned char)*from >= ' ' && *from != ',' && *from != '"';
        to[used] = ' ';
        if (plain)
            to[used] = *from;
        used++;
    }
    to[used] = '\0';
}

/* The name, and the numbers: hypervisors give unlike processors one name, and Arm machines mostly
 * tell numbers only. */
static void copy_model(const json_t *manifest, char *to, size_t n)
{
    const json_t *environment = json_object_get(manifest, "environment");
    const char *model = json_string_value(json_object_get(environment, "cpu_model"));
    const char *numbers = json_string_value(json_object_get(environment, "cpu_signature"));
    char both[256];
    if (model == NULL && numbers == NULL)
        model = json_string_value(json_object_get(manifest, "machine"));
    snprintf(both, sizeof both, "%s%s%s%s",
             model     ? model
             : numbers ? "cpu"
                       : "unknown cpu",
             numbers ? " (" : "", numbers ? numbers : "", numbers ? ")" : "");
    copy_plain(both, to, n);
}

/* How many cpus a list such as "0-3,8" names. */
static long count_list(const char *list)
{
    long n = 0;
    while (list != NULL && *list != '\0') {
        char *end;
        long first = strtol(list, &end, 10), last = first;
        if (end == list)
            return n;
        if (*end == '-')
            last = strtol(end + 1, &end, 10);
        n += last - first + 1;
        list = *end == ',' ? end + 1 : "";
    }
    return n;
}

/* How many cpus are the first with their value of `key`; 0 = not told. */
static size_t count_distinct(const json_t *cpus, const char *key)
{
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(cpus); i++) {
        const json_t *value = json_object_get(json_array_get(cpus, i), key);
        bool first = json_is_integer(value);
        for (size_t k = 0; first && k < i; k++)
            first = !json_equal(value, json_object_get(json_array_get(cpus, k), key));
        n += first;
    }
    return n;
}

static void append_count(char *text, size_t size, size_t n, const char *what)
{
    const size_t used = strlen(text);
    if (n > 0)
        snprintf(text + used, size - used, "%s%zu %s%s", used > 0 ? " " : "", n, what,
                 n == 1 ? "" : "s");
}

static void append_caches(char *text, size_t size, const json_t *cpu)
{
    size_t i;
    json_t *cache;
    json_array_foreach(json_object_get(cpu, "caches"), i, cache)
    {
        const json_int_t bytes = json_integer_value(json_object_get(cache, "size_bytes"));
        const long sharers = count_list(json_string_value(json_object_get(cache, "shared_cpus")));
        const size_t used = strlen(text);
        snprintf(text + used, size - used, "%s L%d %lldK", i > 0 ? "" : ";",
                 (int)json_integer_value(json_object_get(cache, "level")),
                 (long long)(bytes / 1024));
        const size_t then = strlen(text);
        if (sharers > 1)
            snprintf(text + then, size - then, "/%ld", sharers);
    }
}

static void describe(const json_t *cpus, char *text, size_t size)
{
    text[0] = '\0';
    append_count(text, size, json_array_size(cpus), "cpu");
    append_count(text, size, count_distinct(cpus, "core"), "core");
    append_count(text, size, count_distinct(cpus, "package"), "package");
    append_count(text, size, count_distinct(cpus, "node"), "node");
    append_caches(text, size, json_array_get(cpus, 0));
    if (text[0] == '\0')
        snprintf(text, size, "topology not told");
}

void machine_kind_of(const json_t *manifest, struct machine_kind *kind)
{
    json_t *cpus = json_object_get(json_object_get(manifest, "topology"), "cpus");
    char *claims = json_dumps(cpus, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    copy_model(manifest, kind->cpu_model, sizeof kind->cpu_model);
    describe(cpus, kind->topology, sizeof kind->topology);
    kind->id = hash_text(claims ? claims : "", hash_text(kind->cpu_model, 0x811c9dc5u));
    kind->id += kind->id == 0;
    free(claims);
}

void machine_kind_format(uint32_t id, char text[MACHINE_KIND_TEXT])
{
    snprintf(text, MACHINE_KIND_TEXT, "%08" PRIx32, id);
}

bool machine_kind_parse(const char *text, uint32_t *id)
{
    if (text == NULL || strlen(text) != 8 || strspn(text, "0123456789abcdef") != 8)
        return false;
    *id = (uint32_t)strtoul(text, NULL, 16);
    return *id != 0;
}

static bool read_kind(const json_t *j, struct machine_kind *kind)
{
    const char *model = json_string_value(json_object_get(j, "cpu_model"));
    const char *topology = json_string_value(json_object_get(j, "topology_class"));
    if (model == NULL || topology == NULL)
        return false;
    copy_plain(model, kind->cpu_model, sizeof kind->cpu_model);
    copy_plain(topology, kind->topology, sizeof kind->topology);
    return machine_kind_parse(json_string_value(json_object_get(j, "id")), &kind->id);
}

static void read_kinds(const json_t *machines, struct machine_kinds *kinds)
{
    size_t i;
    json_t *j;
    kinds->kind = calloc(json_array_size(machines) + 1, sizeof *kinds->kind);
    json_array_foreach(machines, i, j)
    {
        if (kinds->kind != NULL && read_kind(j, &kinds->kind[kinds->n]))
            kinds->n++;
    }
}

void machine_kinds_load(const char *dir, struct machine_kinds *kinds)
{
    char path[4200];
    *kinds = (struct machine_kinds){0};
    snprintf(path, sizeof path, "%s/manifest.json", dir);
    json_t *manifest = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    const json_t *machines = json_object_get(json_object_get(manifest, "merged"), "machines");
    if (json_is_array(machines))
        read_kinds(machines, kinds);
    json_decref(manifest);
}

const struct machine_kind *machine_kinds_find(const struct machine_kinds *kinds, uint32_t id)
{
    for (size_t i = 0; i < kinds->n; i++)
        if (kinds->kind[i].id == id)
            return &kinds->kind[i];
    return NULL;
}
