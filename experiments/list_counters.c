/* SPDX-License-Identifier: MIT */
/* `ringside list counters`: every group, its events on this cpu, and which of them work. */
#include "list_counters.h"

#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "counter_plan.h"

/* Opened for this thread and closed again. */
static void add_events(const struct counters_pass *pass, json_t *events)
{
    struct counters c;
    counters_open(&c, pass);
    counters_start(&c);
    counters_stop(&c);
    for (size_t i = 0; i < pass->n; i++)
        json_array_append_new(events,
                              json_pack("{s:s, s:s, s:i, s:b, s:s?}", "event", pass->event[i].label,
                                        "native", pass->event[i].native, "pass", (int)pass->index,
                                        "available", c.value[i].known, "reason",
                                        c.value[i].known ? NULL : c.value[i].why));
    counters_close(&c);
}

static json_t *group_json(struct counter_plan *p, size_t group)
{
    json_t *events = json_array();
    const size_t before = p->n;
    const int err = counter_plan_add_group(p, group);
    for (size_t i = before; err == 0 && i < p->n; i++)
        add_events(&p->pass[i], events);
    const bool none = json_array_size(events) == 0;
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:o, s:o}", "name", p->table.group[group].name, "summary",
        p->table.group[group].summary, "family", p->family->name, "backend", p->hardware->name,
        "events", events, "reason",
        none ? json_sprintf("the counters files name no event of it for family %s", p->family->name)
             : json_null());
}

json_t *list_counters(void)
{
    struct counter_plan p;
    char why[1024];
    json_t *list = json_array();
    if (counter_plan_open(&p, why, sizeof why) != 0) {
        complain("%s", why);
        json_decref(list);
        return NULL;
    }
    for (size_t g = 0; g < p.table.n_groups; g++)
        json_array_append_new(list, group_json(&p, g));
    counter_plan_close(&p);
    return list;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* A reason that many events share is printed once, below the group. */
static void print_events(const json_t *events)
{
    const char *last = "";
    size_t i;
    const json_t *e;
    json_array_foreach(events, i, e)
    {
        const bool works = json_is_true(json_object_get(e, "available"));
        printf("  %-22s %s%s\n", text_of(e, "event"), text_of(e, "native"),
               works ? "" : "  (not here)");
    }
    json_array_foreach(events, i, e)
    {
        if (text_of(e, "reason")[0] != '\0' && strcmp(last, text_of(e, "reason")) != 0) {
            last = text_of(e, "reason");
            printf("    not here: %s\n", last);
        }
    }
}

void list_counters_print(const json_t *list)
{
    size_t i;
    const json_t *group;
    json_array_foreach(list, i, group)
    {
        printf("%-13s %s\n", text_of(group, "name"), text_of(group, "summary"));
        print_events(json_object_get(group, "events"));
        if (text_of(group, "reason")[0] != '\0')
            printf("    not here: %s\n", text_of(group, "reason"));
    }
    group = json_array_get(list, 0);
    printf("cpu family %s; hardware events by backend %s\n", text_of(group, "family"),
           text_of(group, "backend"));
}
