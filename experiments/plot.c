/* SPDX-License-Identifier: MIT */
/* The list of plots, and what they are drawn from. */
#include "plot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct plot plot_table[] = {
    {"throughput", plot_throughput, "rounds of the stream kernel; put kernel = stream in a plan"},
    {"throughput-by-size", plot_throughput_by_size,
     "a ring at two message sizes; put msg_bytes = 8, 64, 1024 in a plan"},
    {"throughput-by-batch", plot_throughput_by_batch,
     "a ring at two batch sizes; put batch = 1, 8, 64 in a plan"},
    {"throughput-by-capacity", plot_throughput_by_capacity,
     "a ring at two capacities; put capacity = 64, 1024, 16384 in a plan"},
    {"round-trip", plot_round_trip,
     "rounds of the pingpong kernel; put kernel = pingpong in a plan"},
    {"separation-alignment", plot_separation_alignment,
     "a ring at two separations or alignments; put separation = 64, 128, 256 and msg_align = 1, 64 "
     "in a plan"},
    {"drift", plot_drift, "three rounds of any cell; put rounds = 6..20 in a plan"},
    {"aa", plot_aa, "rounds of both halves of the A/A pair; every sweep that goes on gets them"},
    {"placement", plot_placement,
     "a ring at two placements; put placement = all, or 0:1, 0:2, in a plan"},
    {"transfers", plot_transfers,
     "rounds of the stream or the pingpong kernel with a ring; put kernel = stream in a plan"},
    {"node-metrics", plot_node_metrics,
     "rounds of the graph kernel; put kernel = graph in a plan (`ringside sweep graph`)"},
};
const size_t plot_table_count = sizeof plot_table / sizeof plot_table[0];

/* The run's title: at the top of manifest.json, or its plan's.  A run may have none. */
static void load_title(const char *dir, char *title, size_t n)
{
    char path[4096];
    if ((size_t)snprintf(path, sizeof path, "%s/manifest.json", dir) >= sizeof path)
        return;
    json_t *manifest = json_load_file(path, 0, NULL);
    const json_t *text = json_object_get(manifest, "title");
    if (!json_is_string(text))
        text = json_object_get(json_object_get(manifest, "plan"), "title");
    if (json_is_string(text))
        plot_clean(json_string_value(text), title, n);
    json_decref(manifest);
}

/* Of a run that has rounds. */
static int load_samples(const char *dir, struct samples *s, char *why, size_t n)
{
    int err = samples_load(dir, s, why, n);
    if (err == 0 && s->n == 0) {
        snprintf(why, n, "%s/samples.jsonl has no rounds yet; run `ringside resume` first", dir);
        samples_free(s);
        err = -ENODATA;
    }
    return err;
}

/* r has its samples. */
static int sum_up(const char *dir, struct plot_run *r, char *why, size_t n)
{
    const struct stop_rule any = {1, 1, 1.0, 0}; /* no plot shows why a cell stopped */
    snprintf(r->dir, sizeof r->dir, "%s", dir);
    r->machine = r->samples.item[0].machine;
    int err = summary_make(&r->samples, &any, &r->summary);
    if (err)
        snprintf(why, n, "out of memory");
    else
        load_title(dir, r->title, sizeof r->title);
    return err;
}

int plot_run_load(const char *dir, struct plot_run *r, char *why, size_t n)
{
    memset(r, 0, sizeof *r);
    int err = load_samples(dir, &r->samples, why, n);
    if (err)
        return err;
    for (size_t i = 1; err == 0 && i < r->samples.n; i++)
        if (r->samples.item[i].machine != r->samples.item[0].machine) {
            snprintf(why, n, "%s has rounds of unlike machines, which no plot puts together", dir);
            err = -EINVAL;
        }
    if (err == 0)
        err = sum_up(dir, r, why, n);
    if (err)
        samples_free(&r->samples);
    return err;
}

void plot_run_free(struct plot_run *r)
{
    summary_free(&r->summary);
    samples_free(&r->samples);
}

/* "Title, Xeon (… 6 143 8)" */
static void add_machine(struct plot_run *r, const struct machine_kinds *kinds)
{
    const struct machine_kind *kind = machine_kinds_find(kinds, r->machine);
    const size_t used = strlen(r->title);
    char name[sizeof kind->cpu_model];
    if (kind == NULL)
        return;
    plot_clean(kind->cpu_model, name, sizeof name);
    snprintf(r->title + used, sizeof r->title - used, "%s%s", used > 0 ? ", " : "", name);
}

int plot_runs_load(const char *dir, struct plot_runs *r, char *why, size_t n)
{
    struct samples_part *part = NULL;
    struct machine_kinds kinds;
    size_t parts;
    *r = (struct plot_runs){.n = 0};
    int err = load_samples(dir, &r->samples, why, n);
    if (err)
        return err;
    machine_kinds_load(dir, &kinds);
    if (samples_split(&r->samples, &part, &parts) != 0 ||
        (r->run = calloc(parts, sizeof *r->run)) == NULL) {
        snprintf(why, n, "out of memory");
        err = -ENOMEM;
    }
    for (; err == 0 && r->n < parts; r->n++) {
        r->run[r->n].samples = part[r->n].samples;
        err = sum_up(dir, &r->run[r->n], why, n);
        if (parts > 1)
            add_machine(&r->run[r->n], &kinds);
    }
    free(part);
    free(kinds.kind);
    if (err)
        plot_runs_free(r);
    return err;
}

void plot_runs_free(struct plot_runs *r)
{
    for (size_t i = 0; i < r->n; i++)
        summary_free(&r->run[i].summary);
    free(r->run);
    samples_free(&r->samples);
    *r = (struct plot_runs){.n = 0};
}
