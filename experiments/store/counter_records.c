/* SPDX-License-Identifier: MIT */
#include "counter_records.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/jsonl.h"

bool counter_values_any(const json_t *counters)
{
    const char *key, *event;
    json_t *thread, *value;
    json_object_foreach((json_t *)counters, key, thread)
    {
        if (!json_is_object(thread))
            continue;
        json_object_foreach(thread, event, value)
        {
            if (json_is_integer(json_object_get(value, "value")))
                return true;
        }
    }
    return false;
}

static bool in_range(const json_t *j, json_int_t least)
{
    const json_int_t most = 100000;
    return json_is_integer(j) && json_integer_value(j) >= least && json_integer_value(j) <= most;
}

static bool read_record(const json_t *record, struct counter_record *r)
{
    const json_t *round = json_object_get(record, "round"), *pass = json_object_get(record, "pass");
    const json_t *disturbed = json_object_get(record, "disturbed");
    const char *group = json_string_value(json_object_get(record, "group"));
    json_t *counters = json_object_get(record, "counters");
    *r = (struct counter_record){.status = SAMPLE_OK};
    if (!in_range(round, 0) || !in_range(pass, 1) || group == NULL ||
        strlen(group) >= sizeof r->group || !json_is_array(disturbed) ||
        !sample_status_read(record, &r->status) || !sample_machine_read(record, &r->machine) ||
        !cell_from_json(json_object_get(record, "factors"), &r->cell) ||
        json_is_object(counters) != (r->status == SAMPLE_OK))
        return false;
    r->id = cell_id(&r->cell);
    snprintf(r->group, sizeof r->group, "%s", group);
    r->pass = (int)json_integer_value(pass);
    r->round = (int)json_integer_value(round);
    r->start_s = json_number_value(json_object_get(record, "start_s"));
    r->disturbed = json_array_size(disturbed) > 0;
    r->any = counter_values_any(counters);
    r->counters = json_is_object(counters) ? json_incref(counters) : NULL;
    return true;
}

static int take_record(void *user, const json_t *record)
{
    struct counter_records *r = (struct counter_records *)user;
    if ((r->n & (r->n - 1)) == 0) { /* grows at the powers of two */
        struct counter_record *more = realloc(r->item, (r->n ? 2 * r->n : 1) * sizeof *more);
        if (more == NULL)
            return -ENOMEM;
        r->item = more;
    }
    if (!read_record(record, &r->item[r->n]))
        return -EINVAL;
    r->n++;
    return 0;
}

int counter_records_load(const char *dir, struct counter_records *r, char *why, size_t n)
{
    *r = (struct counter_records){0};
    int err = jsonl_read(dir, COUNTERS_JOURNAL, take_record, r, &r->torn, why, n);
    if (err)
        counter_records_free(r);
    return err == -ENOENT ? 0 : err;
}

void counter_records_free(struct counter_records *r)
{
    for (size_t i = 0; i < r->n; i++)
        json_decref(r->item[i].counters);
    free(r->item);
    *r = (struct counter_records){0};
}
