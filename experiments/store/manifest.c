/* SPDX-License-Identifier: MIT */
#include "manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "commit.h"
#include "measure/environment.h"
#include "measure/sysfile.h"

enum { MANIFEST_VERSION = 1 };

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t n)
{
    const unsigned char *p = (const unsigned char *)bytes;
    for (size_t i = 0; i < n; i++) /* FNV-1a */
        hash = (hash ^ p[i]) * 0x100000001b3u;
    return hash;
}

static uint64_t hash_file(const char *path)
{
    unsigned char bytes[65536];
    uint64_t hash = 0xcbf29ce484222325u;
    FILE *file = fopen(path, "re");
    size_t n;
    while (file != NULL && (n = fread(bytes, 1, sizeof bytes, file)) > 0)
        hash = hash_bytes(hash, bytes, n);
    if (file != NULL)
        fclose(file);
    return hash;
}

bool manifest_file_hash(const char *path, char hash[17])
{
    snprintf(hash, 17, "%016" PRIx64, hash_file(path));
    return access(path, R_OK) == 0;
}

void manifest_here(const struct topology *t, struct manifest *m)
{
    struct utsname system = {0};
    char model[96] = "";
    uname(&system);
    if (!sysfile_field("", model, sizeof model, "/proc/cpuinfo", "model name"))
        snprintf(model, sizeof model, "%s", system.machine);
    snprintf(m->binary_hash, sizeof m->binary_hash, "%016" PRIx64, hash_file("/proc/self/exe"));
    snprintf(m->machine, sizeof m->machine, "%s; %zu cpus, first %d; %s %.60s", model, t->n_cpus,
             t->cpus[0].cpu, system.sysname, system.release);
}

void manifest_plan_hash(const struct plan *p, char hash[17])
{
    uint64_t h = hash_bytes(0xcbf29ce484222325u, p->text, strlen(p->text));
    for (size_t i = 0; i < p->n; i++) {
        uint64_t id = cell_id(&p->cell[i]);
        h = hash_bytes(h, &id, sizeof id);
    }
    snprintf(hash, 17, "%016" PRIx64, h);
}

int file_replace(const char *path, const char *text, size_t length)
{
    char beside[4200];
    snprintf(beside, sizeof beside, "%s.new", path);
    unlink(beside); /* left by a process that was killed, or a link to elsewhere */
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644), err = 0;
    if (fd < 0)
        return -errno;
    for (size_t done = 0; err == 0 && done < length;) {
        ssize_t n = write(fd, text + done, length - done);
        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || errno != EINTR)
            err = n == 0 ? -ENOSPC : -errno;
    }
    if (close(fd) != 0 && err == 0)
        err = -errno;
    if (err == 0 && rename(beside, path) != 0)
        err = -errno;
    if (err != 0)
        unlink(beside);
    return err;
}

json_t *manifest_command_json(int argc, char **argv)
{
    json_t *command = json_array();
    json_array_append_new(command, json_string(program_invocation_short_name));
    for (int i = 0; i < argc; i++)
        json_array_append_new(command, json_string(argv[i]));
    return command;
}

static json_t *plan_json(const struct plan *p, const struct manifest *m)
{
    json_t *cells = json_array();
    for (size_t i = 0; i < p->n; i++)
        json_array_append_new(cells, cell_json(&p->cell[i]));
    return json_pack("{s:s, s:s, s:s, s:i, s:i, s:f, s:i, s:f, s:s, s:i, s:O, s:o}", "name",
                     p->name, "title", p->title, "hash", m->plan_hash, "rounds_min",
                     p->rule.rounds_min, "rounds_max", p->rule.rounds_max, "interval",
                     p->rule.target, "repeats", p->rule.repeats, "limit_s", p->limit_s, "counters",
                     p->counters, "counter_rounds", p->counter_rounds, "set", m->set, "cells",
                     cells);
}

json_t *manifest_now(void)
{
    char text[32];
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return json_string(text);
}

int manifest_write(const char *dir, int argc, char **argv, const struct manifest *m,
                   const struct plan *p, const struct topology *t)
{
    char path[4096];
    json_t *j =
        json_pack("{s:i, s:s, s:o, s:I, s:o, s:o, s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "version",
                  MANIFEST_VERSION, "title", p->title, "command", manifest_command_json(argc, argv),
                  "seed", (json_int_t)m->seed, "started", manifest_now(), "plan", plan_json(p, m),
                  "commit", RINGSIDE_COMMIT, "compiler", RINGSIDE_COMPILER, "flags", RINGSIDE_FLAGS,
                  "binary", m->binary_hash, "machine", m->machine, "environment",
                  environment_json(t), "topology", topology_json(t));
    if (j != NULL && p->shard.of > 0)
        json_object_set_new(j, "shard", json_sprintf("%d/%d", p->shard.index, p->shard.of));
    char *text = j ? json_dumps(j, JSON_INDENT(1)) : NULL;
    int err = text ? 0 : -ENOMEM;
    json_decref(j);
    snprintf(path, sizeof path, "%s/plan.exp", dir);
    if (err == 0)
        err = file_replace(path, p->text, strlen(p->text));
    snprintf(path, sizeof path, "%s/manifest.json", dir);
    if (err == 0)
        err = file_replace(path, text, strlen(text));
    free(text);
    return err;
}

int manifest_write_apart(const char *dir, const char *title, int argc, char **argv, uint64_t seed,
                         const struct topology *t)
{
    char path[4096];
    struct manifest here = {.seed = seed};
    manifest_here(t, &here);
    json_t *j = json_pack(
        "{s:i, s:s, s:o, s:I, s:o, s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "version", MANIFEST_VERSION,
        "title", title, "command", manifest_command_json(argc, argv), "seed", (json_int_t)seed,
        "started", manifest_now(), "commit", RINGSIDE_COMMIT, "compiler", RINGSIDE_COMPILER,
        "flags", RINGSIDE_FLAGS, "binary", here.binary_hash, "machine", here.machine, "environment",
        environment_json(t), "topology", topology_json(t));
    char *text = j ? json_dumps(j, JSON_INDENT(1)) : NULL;
    json_decref(j);
    snprintf(path, sizeof path, "%s/manifest.json", dir);
    int err = text ? file_replace(path, text, strlen(text)) : -ENOMEM;
    free(text);
    return err;
}

static bool copy_string(const json_t *object, const char *key, char *to, size_t n)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (text != NULL)
        snprintf(to, n, "%s", text);
    return text != NULL;
}

/* A run that is no shard says nothing of it. */
static bool read_shard(const json_t *shard, struct manifest *m)
{
    return shard == NULL ||
           (json_is_string(shard) && shard_parse(json_string_value(shard), &m->shard));
}

static bool read_plan(json_t *plan, struct manifest *m)
{
    m->set = json_incref(json_object_get(plan, "set"));
    m->rule.rounds_min = (int)json_integer_value(json_object_get(plan, "rounds_min"));
    m->rule.rounds_max = (int)json_integer_value(json_object_get(plan, "rounds_max"));
    m->rule.repeats = (int)json_integer_value(json_object_get(plan, "repeats"));
    m->rule.target = json_number_value(json_object_get(plan, "interval"));
    copy_string(plan, "counters", m->counters, sizeof m->counters); /* older runs have none */
    return json_is_array(m->set) && m->rule.rounds_min > 0 &&
           m->rule.rounds_max >= m->rule.rounds_min &&
           copy_string(plan, "name", m->plan_name, sizeof m->plan_name) &&
           copy_string(plan, "hash", m->plan_hash, sizeof m->plan_hash);
}

int manifest_read(const char *dir, struct manifest *m, char *why, size_t n)
{
    json_t *all = NULL;
    int err = manifest_load(dir, m, &all, why, n);
    json_decref(all);
    return err;
}

int manifest_load(const char *dir, struct manifest *m, json_t **all, char *why, size_t n)
{
    char path[4096];
    json_error_t error;
    *m = (struct manifest){0};
    *all = NULL;
    snprintf(path, sizeof path, "%s/manifest.json", dir);
    if (access(path, R_OK) != 0) {
        int err = errno;
        snprintf(why, n, "cannot read %s: %s; give the folder of a sweep", path, strerror(err));
        return -err;
    }
    json_t *j = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    bool good = json_integer_value(json_object_get(j, "version")) == MANIFEST_VERSION &&
                json_is_integer(json_object_get(j, "seed")) &&
                read_plan(json_object_get(j, "plan"), m) &&
                read_shard(json_object_get(j, "shard"), m) &&
                copy_string(j, "binary", m->binary_hash, sizeof m->binary_hash) &&
                copy_string(j, "machine", m->machine, sizeof m->machine);
    m->seed = (uint64_t)json_integer_value(json_object_get(j, "seed"));
    m->merged = json_object_get(j, "merged") != NULL;
    if (good) {
        *all = j;
        return 0;
    }
    json_decref(j);
    snprintf(why, n, "%s is damaged or of another version of ringside", path);
    manifest_free(m);
    return -EINVAL;
}

void manifest_free(struct manifest *m)
{
    json_decref(m->set);
    m->set = NULL;
}
