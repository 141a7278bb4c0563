/* SPDX-License-Identifier: MIT */
#include "ring_events.h"

void ring_events_read(struct ring_events *e)
{
    for (int i = 0; i < RS_EVENT_KINDS; i++)
        e->n[i] = RS_EVENTS ? rs_events_sum((enum rs_event)i) : 0;
}

void ring_events_since(struct ring_events *e)
{
    struct ring_events now;
    ring_events_read(&now);
    for (int i = 0; i < RS_EVENT_KINDS; i++)
        e->n[i] = now.n[i] - e->n[i];
}

static json_t *counts_json(const struct ring_events *e)
{
    static const char *const names[] = {
#define NAME(mark, name, text) #name,
        RS_EVENT_LIST(NAME)
#undef NAME
    };
    json_t *counts = json_object();
    for (int i = 0; i < RS_EVENT_KINDS; i++)
        json_object_set_new(counts, names[i], json_integer((json_int_t)e->n[i]));
    return counts;
}

void ring_events_put(json_t *metrics, const struct ring_events *e, uint64_t messages)
{
    json_object_set_new(metrics, "ring_events", RS_EVENTS ? counts_json(e) : json_null());
    json_object_set_new(metrics, "index_refreshes_per_msg",
                        RS_EVENTS ? json_real((double)e->n[RS_EVENT_refresh] / (double)messages)
                                  : json_null());
}
