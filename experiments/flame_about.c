/* SPDX-License-Identifier: MIT */
/* What a flame graph is of: NAME.json.  No host name, no user. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "commit.h"
#include "flame.h"
#include "measure/environment.h"
#include "store/manifest.h"

enum { ABOUT_VERSION = 1 };

static json_t *command_json(const struct flame_request *r)
{
    json_t *words = json_pack("[s]", "ringside");
    for (int i = 0; i < r->argc; i++)
        json_array_append_new(words, json_string(r->argv[i]));
    return words;
}

static json_t *now_json(void)
{
    char text[32];
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return json_string(text);
}

json_t *flame_about(const struct flame_request *r, const struct flame_means *m)
{
    struct topology t;
    struct manifest here = {0};
    json_t *environment = NULL;
    if (topology_load(&t) == 0) {
        manifest_here(&t, &here);
        environment = environment_json(&t);
        topology_free(&t);
    }
    json_t *about = json_pack(
        "{s:i, s:o, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:[]}", "version",
        ABOUT_VERSION, "command", command_json(r), "recorded", now_json(), "commit",
        RINGSIDE_COMMIT, "compiler", RINGSIDE_COMPILER, "flags", RINGSIDE_FLAGS, "binary",
        here.binary_hash, "machine", here.machine, "perf", m->perf_version, "event", m->event,
        "event_about", m->event_about, "environment",
        environment != NULL ? environment : environment_unavailable("the cpus cannot be read"),
        "recordings");
    return about;
}

static json_t *or_null(const json_t *value)
{
    return value != NULL ? json_deep_copy(value) : json_null();
}

void flame_about_add(json_t *about, const struct flame_request *r, const struct flame_target *t,
                     const struct flame_recording *rec)
{
    const struct fold_counts *n = &rec->counts;
    const json_t *metrics = json_object_get(rec->result, "metrics");
    json_t *one =
        json_pack("{s:s, s:s, s:f, s:I, s:I, s:I, s:I, s:I, s:s, s:o, s:o, s:o}", "name", t->name,
                  "title", t->title, "seconds", t->seconds, "samples", (json_int_t)n->samples,
                  "weight", (json_int_t)n->weight, "lost", (json_int_t)n->lost, "left_out",
                  (json_int_t)n->left_out, "threads", (json_int_t)n->threads, "unit",
                  r->off_cpu ? "us" : "samples", "metrics", or_null(metrics), "factors",
                  or_null(json_object_get(rec->result, "factors")), "waits", or_null(rec->waits));
    json_object_set_new(one, "frequency_hz",
                        r->off_cpu ? json_null() : json_integer(r->frequency_hz));
    json_object_set_new(one, "unpaired",
                        r->off_cpu ? json_integer((json_int_t)n->unpaired) : json_null());
    json_object_set_new(one, "without_stack",
                        r->off_cpu ? json_integer((json_int_t)n->no_stack) : json_null());
    json_array_append_new(json_object_get(about, "recordings"), one);
}
