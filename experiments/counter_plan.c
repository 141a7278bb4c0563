/* SPDX-License-Identifier: MIT */
#include "counter_plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PMUS_MAX = 16, GROUP_EVENTS_MAX = 64 };

/* The PMU that the machine has and the family claims. */
static void note_pmu(struct counter_plan *p, const char (*pmu)[32], size_t n)
{
    for (size_t i = 0; i < p->family->n_pmus; i++)
        for (size_t k = 0; k < n && p->pmu[0] == '\0'; k++)
            if (strcmp(p->family->pmu[i], pmu[k]) == 0)
                snprintf(p->pmu, sizeof p->pmu, "%.31s", pmu[k]);
}

int counter_plan_open(struct counter_plan *p, char *why, size_t n)
{
    char pmu[PMUS_MAX][32];
    memset(p, 0, sizeof *p);
    int err = counter_table_load(getenv("RINGSIDE_COUNTERS"), &p->table, why, n);
    if (err)
        return err;
    p->hardware = counters_choose(p->without, sizeof p->without);
    p->pass = calloc(COUNTER_PASSES_MAX, sizeof *p->pass);
    if (p->hardware == NULL || p->pass == NULL) {
        snprintf(why, n, "%s", p->hardware ? "out of memory" : p->without);
        err = p->hardware ? -ENOMEM : -EINVAL;
        counter_plan_close(p);
        return err;
    }
    const size_t pmus = counters_pmus(p->hardware, pmu, PMUS_MAX);
    p->family = counter_family_of(&p->table, (const char(*)[32])pmu, pmus);
    note_pmu(p, (const char(*)[32])pmu, pmus);
    return 0;
}

void counter_plan_close(struct counter_plan *p)
{
    counter_table_free(&p->table);
    free(p->pass);
    p->pass = NULL;
    p->n = 0;
}

static void fill_pass(const struct counter_plan *p, size_t group,
                      const struct counter_event *const *event, size_t n, struct counters_pass *to)
{
    to->hardware = p->hardware;
    snprintf(to->without, sizeof to->without, "%s", p->without);
    snprintf(to->family, sizeof to->family, "%s", p->family->name);
    snprintf(to->group, sizeof to->group, "%s", p->table.group[group].name);
    to->n = n;
    for (size_t i = 0; i < n; i++) {
        snprintf(to->event[i].label, sizeof to->event[i].label, "%s", event[i]->label);
        counter_full_name(p->pmu, event[i]->native, to->event[i].native,
                          sizeof to->event[i].native);
    }
}

/* A group may be named twice, or once beside `all`; a pass runs once. */
static bool has_pass(const struct counter_plan *p, const char *group, size_t index)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->pass[i].index == index && strcmp(p->pass[i].group, group) == 0)
            return true;
    return false;
}

/* only: the pass from 1, 0 = all. */
static int add_passes(struct counter_plan *p, size_t group, size_t only)
{
    const struct counter_event *event[GROUP_EVENTS_MAX];
    const size_t n = counter_events(&p->table, p->family, group, event, GROUP_EVENTS_MAX);
    const size_t of = (n + COUNTERS_PASS_MAX - 1) / COUNTERS_PASS_MAX;
    for (size_t i = 0; i < of; i++) {
        const size_t left = n - i * COUNTERS_PASS_MAX;
        if ((only != 0 && only != i + 1) || has_pass(p, p->table.group[group].name, i + 1))
            continue;
        if (p->n == COUNTER_PASSES_MAX)
            return -ENOMEM;
        struct counters_pass *to = &p->pass[p->n++];
        to->index = i + 1;
        to->of = of;
        fill_pass(p, group, &event[i * COUNTERS_PASS_MAX],
                  left < COUNTERS_PASS_MAX ? left : COUNTERS_PASS_MAX, to);
    }
    return only <= of ? 0 : -ERANGE;
}

int counter_plan_add_group(struct counter_plan *p, size_t group)
{
    return add_passes(p, group, 0);
}

/* ---- names -------------------------------------------------------------------------------- */

/* "GROUP" or "GROUP/PASS"; pass 0 = all of them. */
static int read_item(const struct counter_table *t, const char *item, size_t *pass, char *why,
                     size_t n)
{
    char name[64];
    const char *near;
    const size_t length = strcspn(item, "/");
    int end = 0;
    unsigned number = 0;
    snprintf(name, sizeof name, "%.*s", (int)length, item);
    int group = counter_group_find(t, name, &near);
    if (group < 0) {
        snprintf(why, n, "no group of counters '%.60s'%s%s%s; `ringside list counters` shows them",
                 name, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
        return -EINVAL;
    }
    if (item[length] == '/' && (sscanf(item + length, "/%4u%n", &number, &end) != 1 ||
                                item[length + (size_t)end] != '\0' || number == 0)) {
        snprintf(why, n, "'%.60s' is not GROUP/PASS with a pass from 1", item);
        return -EINVAL;
    }
    *pass = number;
    return group;
}

static bool next_word(const char **text, char *to, size_t room)
{
    const char *start = *text + strspn(*text, " \t,");
    const size_t length = strcspn(start, " \t,");
    *text = start + length;
    snprintf(to, room, "%.*s", (int)length, start);
    return length > 0;
}

int counter_groups_check(const char *groups, char *why, size_t n)
{
    struct counter_table t;
    char item[128];
    size_t pass;
    int err = counter_table_load(getenv("RINGSIDE_COUNTERS"), &t, why, n);
    if (err)
        return err;
    while (err == 0 && next_word(&groups, item, sizeof item))
        if (strcmp(item, "all") != 0 && read_item(&t, item, &pass, why, n) < 0)
            err = -EINVAL;
    counter_table_free(&t);
    return err;
}

static int add_item(struct counter_plan *p, const char *item, char *why, size_t n)
{
    size_t pass = 0;
    int group = read_item(&p->table, item, &pass, why, n);
    if (group < 0)
        return -EINVAL;
    int err = add_passes(p, (size_t)group, pass);
    if (err == -ERANGE) {
        snprintf(why, n, "group %s has no pass %zu on family %s; `ringside list counters` shows it",
                 p->table.group[group].name, pass, p->family->name);
        return -EINVAL;
    }
    if (err)
        snprintf(why, n, "more than %d passes of counters; name fewer groups", COUNTER_PASSES_MAX);
    return err;
}

int counter_plan_add(struct counter_plan *p, const char *groups, char *why, size_t n)
{
    char item[128];
    int err = 0;
    bool any = false;
    while (err == 0 && next_word(&groups, item, sizeof item)) {
        any = true;
        for (size_t g = 0; strcmp(item, "all") == 0 && err == 0 && g < p->table.n_groups; g++)
            err = add_item(p, p->table.group[g].name, why, n);
        if (strcmp(item, "all") != 0)
            err = add_item(p, item, why, n);
    }
    if (err == 0 && !any) {
        snprintf(why, n, "no group of counters is named; `ringside list counters` shows them");
        err = -EINVAL;
    }
    return err;
}
