/* SPDX-License-Identifier: MIT */
#include "counters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/graph.h"
#include "measure/counters_pfm.h"
#include "measure/counters_software.h"

const struct counters_backend *const counters_backends[COUNTERS_BACKENDS] = {
    &counters_papi, &counters_perf, &counters_software};

static const struct counters_backend *forced(const char *name, char *why, size_t n)
{
    const char *names[COUNTERS_BACKENDS], *near;
    for (size_t i = 0; i < COUNTERS_BACKENDS; i++) {
        names[i] = counters_backends[i]->name;
        if (strcmp(name, names[i]) == 0) {
            snprintf(why, n, "RINGSIDE_COUNTERS_BACKEND=%s", names[i]);
            counters_backends[i]->usable(why, n);
            return counters_backends[i];
        }
    }
    near = rs_nearest_name(name, names, COUNTERS_BACKENDS);
    snprintf(why, n, "RINGSIDE_COUNTERS_BACKEND=%.40s is none of papi, perf, software%s%s%s", name,
             near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    return NULL;
}

/* Appends "papi: why", or "papi, perf: why" where several have one reason. */
static void add_reason(char *all, size_t n, const char *name, const char *why)
{
    const size_t used = strlen(all), own = strlen(why);
    if (used > own && strcmp(all + used - own, why) == 0) {
        char *colon = strstr(all, ": ");
        char rest[512];
        snprintf(rest, sizeof rest, "%s", colon);
        snprintf(colon, n - (size_t)(colon - all), ", %s%s", name, rest);
        return;
    }
    snprintf(all + used, n - used, "%s%s: %s", used ? "; " : "", name, why);
}

const struct counters_backend *counters_choose(char *why, size_t n)
{
    const char *name = getenv("RINGSIDE_COUNTERS_BACKEND");
    size_t i = 0;
    why[0] = '\0';
    if (name != NULL && name[0] != '\0')
        return forced(name, why, n);
    for (; i + 1 < COUNTERS_BACKENDS; i++) {
        char each[256] = "";
        if (counters_backends[i]->usable(each, sizeof each))
            break;
        add_reason(why, n, counters_backends[i]->name, each);
    }
    return counters_backends[i];
}

size_t counters_pmus(const struct counters_backend *hardware, char (*name)[32], size_t max)
{
    size_t n = pfm_present(name, max);
    return n > 0 ? n : hardware->pmus(name, max);
}

/* ---- one thread --------------------------------------------------------------------------- */

static bool is_software(const char *native)
{
    return strncmp(native, COUNTERS_SOFTWARE_PREFIX, strlen(COUNTERS_SOFTWARE_PREFIX)) == 0;
}

void counters_open(struct counters *c, const struct counters_pass *pass)
{
    const char *hardware[COUNTERS_PASS_MAX] = {NULL}, *software[COUNTERS_PASS_MAX] = {NULL};
    const bool none = pass->hardware == &counters_software;
    memset(c, 0, sizeof *c);
    c->pass = pass;
    for (size_t i = 0; i < pass->n; i++) {
        const char *native = pass->event[i].native;
        if (is_software(native))
            software[i] = native;
        else if (none)
            snprintf(c->value[i].why, sizeof c->value[i].why, "%s", pass->without);
        else
            hardware[i] = native;
    }
    if (!none)
        c->state[0] = pass->hardware->open(hardware, c->value);
    c->state[1] = counters_software.open(software, c->value);
}

/* The hardware's is the inner interval: what starting and reading the other costs is not in it. */
void counters_start(struct counters *c)
{
    if (c->state[1] != NULL)
        counters_software.start(c->state[1]);
    if (c->state[0] != NULL)
        c->pass->hardware->start(c->state[0]);
}

void counters_stop(struct counters *c)
{
    if (c->state[0] != NULL)
        c->pass->hardware->stop(c->state[0]);
    if (c->state[1] != NULL)
        counters_software.stop(c->state[1]);
    if (c->state[0] != NULL)
        c->pass->hardware->read(c->state[0], c->value);
    if (c->state[1] != NULL)
        counters_software.read(c->state[1], c->value);
}

void counters_close(struct counters *c)
{
    if (c->pass == NULL)
        return;
    if (c->state[0] != NULL)
        c->pass->hardware->close(c->state[0]);
    if (c->state[1] != NULL)
        counters_software.close(c->state[1]);
    c->state[0] = c->state[1] = NULL;
}

/* ---- the result --------------------------------------------------------------------------- */

static json_t *value_json(const struct counter_value *v, double messages)
{
    if (!v->known)
        return json_pack("{s:n, s:n, s:s}", "value", "per_msg", "reason",
                         v->why[0] ? v->why : "nothing was counted: the thread did not start");
    return json_pack("{s:I, s:o}", "value", (json_int_t)v->value, "per_msg",
                     messages > 0 ? json_real((double)v->value / messages) : json_null());
}

json_t *counters_json(const struct counters *c, double messages)
{
    json_t *all = json_object();
    for (size_t i = 0; c->pass != NULL && i < c->pass->n; i++)
        json_object_set_new(all, c->pass->event[i].label, value_json(&c->value[i], messages));
    return all;
}

json_t *counters_pass_json(const struct counters_pass *pass)
{
    bool hardware = false;
    for (size_t i = 0; i < pass->n; i++)
        hardware = hardware || !is_software(pass->event[i].native);
    return json_pack("{s:s, s:s, s:s, s:i, s:i}", "backend",
                     hardware ? pass->hardware->name : counters_software.name, "family",
                     pass->family, "group", pass->group, "pass", (int)pass->index, "passes",
                     (int)pass->of);
}
