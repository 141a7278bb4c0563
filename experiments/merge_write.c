/* SPDX-License-Identifier: MIT */
/* The merged folder.  Its manifest comes last: without it a folder is no run. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "merge.h"
#include "store/counter_records.h"
#include "store/jsonl.h"

enum { BUFFER_BYTES = 1 << 20 };

/* ---- a file of records -------------------------------------------------------------------- */

/* NAME in the making: it has its name when it is whole. */
struct output {
    FILE *to;
    char path[4200], beside[4210];
};

static int output_open(struct output *o, const char *dir, const char *name)
{
    snprintf(o->path, sizeof o->path, "%s/%s", dir, name);
    snprintf(o->beside, sizeof o->beside, "%s.new", o->path);
    o->to = fopen(o->beside, "we");
    if (o->to == NULL)
        return -errno;
    setvbuf(o->to, NULL, _IOFBF, BUFFER_BYTES);
    return 0;
}

/* The runs are still there if the machine stops now: nothing is brought to the disk. */
static int output_close(struct output *o, int err)
{
    if (o->to != NULL && fclose(o->to) != 0 && err == 0)
        err = -errno;
    if (err == 0 && rename(o->beside, o->path) != 0)
        err = -errno;
    if (err != 0)
        unlink(o->beside);
    return err;
}

/* The record with its machine as a last member. */
static int write_record(const char *text, size_t length, const char *machine, FILE *to)
{
    size_t end = length;
    while (end > 0 && text[end - 1] != '}')
        end--;
    if (end == 0)
        return -EINVAL;
    fwrite(text, 1, end - 1, to);
    fprintf(to, ",\"machine\":\"%s\"}\n", machine);
    return ferror(to) ? -EIO : 0;
}

/* ---- samples.jsonl ------------------------------------------------------------------------ */

/* The journal that was read last stays open: records of a round stand side by side. */
struct source {
    const struct merge *merge;
    uint32_t folder;
    int file; /* -1 = none */
    char *text;
    size_t room;
};

static int source_open(struct source *s, uint32_t folder)
{
    char path[4200];
    if (s->file >= 0 && s->folder == folder)
        return 0;
    if (s->file >= 0)
        close(s->file);
    snprintf(path, sizeof path, "%s/samples.jsonl", s->merge->folder[folder].dir);
    s->file = open(path, O_RDONLY | O_CLOEXEC);
    s->folder = folder;
    return s->file >= 0 ? 0 : -errno;
}

static int source_read(struct source *s, const struct merge_place *p)
{
    int err = source_open(s, p->folder);
    if (err)
        return err;
    if (s->room < p->length) {
        free(s->text);
        s->room = 2 * (size_t)p->length;
        s->text = malloc(s->room);
        if (s->text == NULL)
            s->room = 0;
        if (s->text == NULL)
            return -ENOMEM;
    }
    const ssize_t n = pread(s->file, s->text, p->length, p->offset);
    return n == (ssize_t)p->length ? 0 : n < 0 ? -errno : -EIO;
}

static int write_samples(const struct merge *m, FILE *to)
{
    struct source source = {.merge = m, .file = -1};
    int err = 0;
    for (size_t i = 0; err == 0 && i < m->samples.n; i++) {
        const struct merge_place *p = &m->place[i];
        char machine[MACHINE_KIND_TEXT];
        machine_kind_format(m->samples.item[i].machine, machine);
        err = source_read(&source, p);
        if (err == 0)
            err = write_record(source.text, p->length, machine, to);
    }
    if (source.file >= 0)
        close(source.file);
    free(source.text);
    return err;
}

/* ---- files of records that are only put together ------------------------------------------ */

struct appending {
    FILE *to;
    char machine[MACHINE_KIND_TEXT];
};

/* A killed round may have left half a line of its nodes' reports in the middle. */
static int append_line(void *user, const struct jsonl_line *line)
{
    const struct appending *a = (const struct appending *)user;
    const int err = write_record(line->text, line->length, a->machine, a->to);
    return err == -EINVAL ? 0 : err;
}

/* The records of all folders that have a file of this name; none does: no file. */
static int append_all(const struct merge *m, const char *out, const char *name)
{
    struct output o = {0};
    int err = 0;
    for (size_t k = 0; err == 0 && k < m->kinds; k++)
        for (size_t i = 0; err == 0 && i < m->folders; i++) {
            struct appending a = {.to = o.to};
            char path[4200], why[512];
            bool torn;
            snprintf(path, sizeof path, "%s/%s", m->folder[i].dir, name);
            if (m->folder[i].kind != k || access(path, R_OK) != 0)
                continue;
            if (o.to == NULL)
                err = output_open(&o, out, name);
            a.to = o.to;
            machine_kind_format(m->kind[k].about.id, a.machine);
            if (err == 0)
                err = jsonl_lines(m->folder[i].dir, name, append_line, &a, &torn, why, sizeof why);
        }
    return o.to != NULL ? output_close(&o, err) : err;
}

/* ---- summary.csv and manifest.json -------------------------------------------------------- */

static void list_kinds(const struct merge *m, struct machine_kind *kind)
{
    for (size_t i = 0; i < m->kinds; i++)
        kind[i] = m->kind[i].about;
}

static int write_summary(const struct merge *m, FILE *to)
{
    struct machine_kinds kinds = {calloc(m->kinds, sizeof *kinds.kind), m->kinds};
    struct samples samples = m->samples; /* in order of kinds, so that nothing moves */
    if (kinds.kind == NULL)
        return -ENOMEM;
    list_kinds(m, kinds.kind);
    int err = summary_write_by_machine(&samples, &m->folder[0].about.rule, &kinds, to);
    free(kinds.kind);
    return err;
}

static json_t *folders_json(const struct merge *m, size_t kind)
{
    json_t *list = json_array();
    for (size_t i = 0; i < m->folders; i++) {
        const struct merge_folder *f = &m->folder[i];
        const char *slash = strrchr(f->dir, '/');
        const char *name = slash != NULL && slash[1] != '\0' ? slash + 1 : f->dir;
        if (f->kind != kind)
            continue;
        json_t *shard = f->about.shard.of > 0
                            ? json_sprintf("%d/%d", f->about.shard.index, f->about.shard.of)
                            : json_null();
        json_array_append_new(list,
                              json_pack("{s:s, s:o, s:s, s:I}", "folder", name, "shard", shard,
                                        "started", f->started, "records", (json_int_t)f->records));
    }
    return list;
}

static json_t *machines_json(const struct merge *m)
{
    json_t *list = json_array();
    for (size_t k = 0; k < m->kinds; k++) {
        const struct merge_kind *kind = &m->kind[k];
        char id[MACHINE_KIND_TEXT];
        machine_kind_format(kind->about.id, id);
        json_t *j = json_pack("{s:s, s:s, s:s, s:I, s:o}", "id", id, "cpu_model",
                              kind->about.cpu_model, "topology_class", kind->about.topology,
                              "records", (json_int_t)kind->records, "folders", folders_json(m, k));
        static const char *const same[] = {"machine", "environment", "topology"};
        for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
            json_object_set(j, same[i], json_object_get(kind->manifest, same[i]));
        json_array_append_new(list, j);
    }
    return list;
}

static const char *first_started(const struct merge *m)
{
    const char *first = m->folder[0].started;
    for (size_t i = 1; i < m->folders; i++)
        if (strcmp(m->folder[i].started, first) < 0)
            first = m->folder[i].started;
    return first;
}

/* That of a run of the first kind, with what holds for all; of several kinds there is no one
 * machine. */
static json_t *manifest_json(const struct merge *m, int argc, char **argv)
{
    json_t *j = json_copy(m->kind[0].manifest);
    json_object_del(j, "shard");
    json_object_set_new(j, "command", manifest_command_json(argc, argv));
    json_object_set_new(j, "started", json_string(first_started(m)));
    json_object_set_new(j, "merged",
                        json_pack("{s:o, s:b, s:o}", "at", manifest_now(), "partial",
                                  (int)m->partial, "machines", machines_json(m)));
    if (m->kinds > 1) {
        json_object_set_new(j, "machine",
                            json_sprintf("%d unlike kinds of machine", (int)m->kinds));
        json_object_del(j, "environment");
        json_object_del(j, "topology");
    }
    return j;
}

static int write_manifest(const struct merge *m, const char *out, int argc, char **argv)
{
    char path[4200];
    json_t *j = manifest_json(m, argc, argv);
    char *text = json_dumps(j, JSON_INDENT(1));
    json_decref(j);
    snprintf(path, sizeof path, "%s/manifest.json", out);
    int err = text ? file_replace(path, text, strlen(text)) : -ENOMEM;
    free(text);
    return err;
}

/* ---- all of it ---------------------------------------------------------------------------- */

static int write_through(const struct merge *m, const char *out, const char *name,
                         int (*write)(const struct merge *m, FILE *to))
{
    struct output o = {0};
    int err = output_open(&o, out, name);
    return err ? err : output_close(&o, write(m, o.to));
}

/* Files that are the same in all folders. */
static int copy_file(const struct merge *m, const char *out, const char *name)
{
    char path[4200], text[65536];
    struct output o = {0};
    size_t n;
    snprintf(path, sizeof path, "%s/%s", m->folder[0].dir, name);
    FILE *from = fopen(path, "re");
    if (from == NULL)
        return errno == ENOENT ? 0 : -errno;
    int err = output_open(&o, out, name);
    while (err == 0 && (n = fread(text, 1, sizeof text, from)) > 0)
        err = fwrite(text, 1, n, o.to) == n ? 0 : -EIO;
    fclose(from);
    return o.to != NULL ? output_close(&o, err) : err;
}

/* The summary of what was put into counters.jsonl. */
static int write_counters(const char *out)
{
    struct counter_records records;
    struct output o = {0};
    char why[512];
    int err = counter_records_load(out, &records, why, sizeof why);
    if (err == 0 && records.n > 0) {
        err = output_open(&o, out, "counters.csv");
        if (err == 0)
            err = output_close(&o, counter_records_write_csv(&records, o.to));
    }
    counter_records_free(&records);
    return err;
}

int merge_write(const struct merge *m, const char *out, int argc, char **argv)
{
    int err = write_through(m, out, "samples.jsonl", write_samples);
    if (err == 0)
        err = append_all(m, out, COUNTERS_JOURNAL);
    if (err == 0)
        err = write_counters(out);
    if (err == 0)
        err = append_all(m, out, "node_1hz.jsonl");
    if (err == 0)
        err = write_through(m, out, "summary.csv", write_summary);
    if (err == 0)
        err = copy_file(m, out, "plan.exp");
    if (err == 0)
        err = copy_file(m, out, "counters.ini");
    if (err == 0)
        err = write_manifest(m, out, argc, argv);
    if (err == 0)
        return EXIT_DONE;
    complain("cannot write %s: %s; make room, remove what is in it, and merge again", out,
             strerror(-err));
    return EXIT_INCOMPLETE;
}
