/* SPDX-License-Identifier: MIT */
#include "samples.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer_rules.h"
#include "store/jsonl.h"
#include "store/machine_kind.h"

static const char *const status_names[SAMPLE_STATUSES] = {"ok", "failed", "timeout", "crashed",
                                                          "aborted"};

static double number_or_nan(const json_t *object, const char *key)
{
    const json_t *j = json_object_get(object, key);
    return json_is_number(j) ? json_number_value(j) : NAN;
}

bool sample_status_read(const json_t *record, enum sample_status *status)
{
    const char *text = json_string_value(json_object_get(record, "status"));
    for (int i = 0; text != NULL && i < SAMPLE_STATUSES; i++)
        if (strcmp(text, status_names[i]) == 0) {
            *status = (enum sample_status)i;
            return true;
        }
    return false;
}

static void read_metrics(const json_t *metrics, struct sample *s)
{
    const char *metric = kernel_table[s->cell.value[FACTOR_kernel]].metric;
    s->value = s->status == SAMPLE_OK ? number_or_nan(metrics, metric) : NAN;
    s->messages = number_or_nan(metrics, "messages");
    s->ring_bytes = number_or_nan(metrics, "ring_bytes");
    s->fill_mean_slots = number_or_nan(metrics, "fill_mean_slots");
    s->full_hits = number_or_nan(metrics, "full_hits");
    s->empty_hits = number_or_nan(metrics, "empty_hits");
    s->rtt_p99_ns = number_or_nan(metrics, "rtt_p99_ns");
}

static bool is_count(const json_t *j)
{
    const json_int_t most = 100000; /* what a plan allows, and far from INT_MAX */
    return json_is_integer(j) && json_integer_value(j) >= 0 && json_integer_value(j) <= most;
}

bool sample_machine_read(const json_t *record, uint32_t *machine)
{
    const json_t *kind = json_object_get(record, "machine"); /* of a merged run */
    *machine = 0;
    return kind == NULL || machine_kind_parse(json_string_value(kind), machine);
}

bool sample_read(const json_t *record, struct sample *s)
{
    const json_t *round = json_object_get(record, "round");
    const json_t *attempt = json_object_get(record, "attempt");
    const json_t *disturbed = json_object_get(record, "disturbed");
    if (!is_count(round) || !is_count(attempt) || !json_is_array(disturbed) ||
        !sample_status_read(record, &s->status) || !sample_machine_read(record, &s->machine) ||
        !cell_from_json(json_object_get(record, "factors"), &s->cell))
        return false;
    s->id = cell_id(&s->cell);
    s->round = (int)json_integer_value(round);
    s->attempt = (int)json_integer_value(attempt);
    s->disturbed = json_array_size(disturbed) > 0;
    s->start_s = number_or_nan(record, "start_s");
    read_metrics(json_object_get(record, "metrics"), s);
    return s->status != SAMPLE_OK || s->value > 0;
}

struct reading {
    struct samples *samples;
    char no_ring[256]; /* why a record's ring is not one of this command; "" if that is not it */
};

static void note_ring(const json_t *record, struct reading *r)
{
    const json_t *factors = json_object_get(record, "factors");
    const char *ring = json_string_value(json_object_get(factors, "ring"));
    if (ring == NULL || !peer_absent(ring, r->no_ring, sizeof r->no_ring))
        r->no_ring[0] = '\0';
}

static int take_record(void *user, const json_t *record)
{
    struct reading *r = (struct reading *)user;
    struct samples *s = r->samples;
    if ((s->n & (s->n - 1)) == 0) { /* grows at the powers of two */
        struct sample *more = realloc(s->item, (s->n ? 2 * s->n : 1) * sizeof *more);
        if (more == NULL)
            return -ENOMEM;
        s->item = more;
    }
    if (!sample_read(record, &s->item[s->n])) {
        note_ring(record, r);
        return -EINVAL;
    }
    s->n++;
    return 0;
}

int samples_load(const char *dir, struct samples *s, char *why, size_t n)
{
    *s = (struct samples){0};
    struct reading r = {.samples = s};
    int err = jsonl_read(dir, "samples.jsonl", take_record, &r, &s->torn, why, n);
    if (err && r.no_ring[0] != '\0')
        snprintf(why, n, "%s holds a run of another command: %s", dir, r.no_ring);
    if (err)
        samples_free(s);
    return err;
}

void samples_free(struct samples *s)
{
    free(s->item);
    *s = (struct samples){0};
}
