/* SPDX-License-Identifier: MIT */
#include "counter_file.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counter_check.h"
#include "graph/graph.h"
#include "ini_file.h"
#include "resources.h"

#define FAMILIES_PATH "experiments/counters/families.ini"

/* A file that is being read. */
struct parser {
    struct ini_file file;
    struct counter_table *table;
    int from;
};

static int group_named(const struct counter_table *t, const char *name)
{
    for (size_t i = 0; i < t->n_groups; i++)
        if (strcmp(t->group[i].name, name) == 0)
            return (int)i;
    return -1;
}

int counter_group_find(const struct counter_table *t, const char *name, const char **nearest)
{
    const char *names[COUNTER_GROUPS_MAX];
    for (size_t i = 0; i < t->n_groups; i++)
        names[i] = t->group[i].name;
    *nearest = rs_nearest_name(name, names, t->n_groups);
    return group_named(t, name);
}

static bool is_name(const char *text, size_t room)
{
    const size_t length = strlen(text);
    for (const char *p = text; *p; p++)
        if (!isalnum((unsigned char)*p) && *p != '-' && *p != '_')
            return false;
    return length > 0 && length < room;
}

/* ---- [groups] ----------------------------------------------------------------------------- */

static int take_group(struct parser *p, const char *name, const char *value)
{
    struct counter_table *t = p->table;
    int known = group_named(t, name);
    if (known < 0 && (!is_name(name, sizeof t->group[0].name) || strcmp(name, "all") == 0 ||
                      strcmp(name, "title") == 0 || strcmp(name, "pmu") == 0))
        return ini_file_fail(&p->file, p->file.line,
                             "'%.40s' cannot name a group: use letters, digits, - and _, and none "
                             "of all, title, pmu",
                             name);
    if (known < 0 && t->n_groups == COUNTER_GROUPS_MAX)
        return ini_file_fail(&p->file, p->file.line, "more than %d groups", COUNTER_GROUPS_MAX);
    struct counter_group *g = &t->group[known < 0 ? t->n_groups++ : (size_t)known];
    snprintf(g->name, sizeof g->name, "%s", name);
    snprintf(g->summary, sizeof g->summary, "%s", value);
    return 1;
}

/* ---- [family NAME] ------------------------------------------------------------------------ */

static struct counter_family *take_family(struct parser *p, const char *name)
{
    struct counter_table *t = p->table;
    for (size_t i = 0; i < t->n_families; i++)
        if (strcmp(t->family[i].name, name) == 0)
            return &t->family[i];
    if (!is_name(name, sizeof t->family[0].name)) {
        ini_file_fail(&p->file, p->file.line,
                      "'%.40s' cannot name a family: use letters, digits, - and _", name);
        return NULL;
    }
    if (t->n_families == COUNTER_FAMILIES_MAX) {
        ini_file_fail(&p->file, p->file.line, "more than %d families", COUNTER_FAMILIES_MAX);
        return NULL;
    }
    struct counter_family *f = &t->family[t->n_families++];
    *f = (struct counter_family){.from = p->from, .line = p->file.line};
    snprintf(f->name, sizeof f->name, "%s", name);
    return f;
}

/* The next of the items between commas, trimmed; false at the end.  Empty ones are skipped. */
static bool next_item(const char **text, char *to, size_t room)
{
    for (;;) {
        const char *start = *text + strspn(*text, " \t,");
        size_t length = strcspn(start, ",");
        *text = start + length;
        while (length > 0 && isspace((unsigned char)start[length - 1]))
            length--;
        if (length == 0)
            return false;
        snprintf(to, room, "%.*s", (int)length, start);
        return true;
    }
}

static int take_pmus(struct parser *p, struct counter_family *f, const char *value)
{
    char item[64];
    if (!p->file.continued)
        f->n_pmus = 0;
    while (next_item(&value, item, sizeof item)) {
        if (f->n_pmus == COUNTER_PMUS_MAX || !is_name(item, sizeof f->pmu[0]))
            return ini_file_fail(&p->file, p->file.line,
                                 "pmu takes up to %d names of libpfm4, not '%.40s'",
                                 COUNTER_PMUS_MAX, item);
        snprintf(f->pmu[f->n_pmus++], sizeof f->pmu[0], "%.31s", item);
    }
    return 1;
}

/* What an earlier file says of this group of this family is replaced. */
static void forget_earlier(struct counter_table *t, size_t family, size_t group, int from)
{
    size_t kept = 0;
    for (size_t i = 0; i < t->n_events; i++) {
        const struct counter_event *e = &t->event[i];
        if (e->family != family || e->group != group || e->from == from)
            t->event[kept++] = *e;
    }
    t->n_events = kept;
}

static struct counter_event *add_event(struct counter_table *t)
{
    if ((t->n_events & (t->n_events - 1)) == 0) { /* grows at the powers of two */
        const size_t room = t->n_events ? 2 * t->n_events : 1;
        struct counter_event *more = realloc(t->event, room * sizeof *more);
        if (more == NULL)
            return NULL;
        t->event = more;
    }
    return &t->event[t->n_events++];
}

/* LABEL = EVENT, or EVENT, which then is its own label. */
static bool split(const char *item, struct counter_event *e)
{
    const char *equals = strchr(item, '=');
    size_t length = equals ? (size_t)(equals - item) : strlen(item);
    while (length > 0 && isspace((unsigned char)item[length - 1]))
        length--;
    const char *native = equals ? equals + 1 + strspn(equals + 1, " \t") : item;
    if (length == 0 || length >= sizeof e->label || *native == '\0' ||
        strlen(native) >= sizeof e->native || native[strcspn(native, " \t=\"")] != '\0')
        return false;
    snprintf(e->label, sizeof e->label, "%.*s", (int)length, item);
    snprintf(e->native, sizeof e->native, "%.111s", native);
    return e->label[strcspn(e->label, " \t\",")] == '\0';
}

static bool has_label(const struct counter_table *t, const struct counter_event *e)
{
    for (size_t i = 0; i < t->n_events; i++)
        if (t->event[i].family == e->family && t->event[i].group == e->group &&
            strcmp(t->event[i].label, e->label) == 0)
            return true;
    return false;
}

static int take_events(struct parser *p, size_t family, size_t group, const char *value)
{
    struct counter_table *t = p->table;
    char item[192];
    if (!p->file.continued)
        forget_earlier(t, family, group, p->from);
    while (next_item(&value, item, sizeof item)) {
        struct counter_event e = {
            .family = family, .group = group, .from = p->from, .line = p->file.line};
        if (!split(item, &e))
            return ini_file_fail(&p->file, p->file.line,
                                 "'%.60s' is neither EVENT nor LABEL = EVENT", item);
        if (has_label(t, &e))
            return ini_file_fail(&p->file, p->file.line,
                                 "'%s' is in the group already; give it another label", e.label);
        struct counter_event *to = add_event(t);
        if (to == NULL) {
            p->file.err = -ENOMEM;
            return 0;
        }
        *to = e;
    }
    return 1;
}

static int family_key(struct parser *p, const char *family, const char *name, const char *value)
{
    const char *names[COUNTER_GROUPS_MAX + 2];
    struct counter_table *t = p->table;
    struct counter_family *f = take_family(p, family);
    if (f == NULL)
        return 0;
    if (strcmp(name, "title") == 0) {
        snprintf(f->title, sizeof f->title, "%s", value);
        return 1;
    }
    if (strcmp(name, "pmu") == 0)
        return take_pmus(p, f, value);
    int group = group_named(t, name);
    if (group >= 0)
        return take_events(p, (size_t)(f - t->family), (size_t)group, value);
    for (size_t i = 0; i < t->n_groups; i++)
        names[i] = t->group[i].name;
    names[t->n_groups] = "title";
    names[t->n_groups + 1] = "pmu";
    return ini_file_unknown(&p->file, p->file.line, name,
                            rs_nearest_name(name, names, t->n_groups + 2),
                            "it is neither title, pmu, nor a group; a new group is a line in "
                            "[groups]");
}

static int take_key(struct ini_file *f, const char *section, const char *name, const char *value)
{
    struct parser *p = (struct parser *)f->user;
    if (strcmp(section, "groups") == 0)
        return take_group(p, name, value);
    if (strncmp(section, "family ", 7) == 0)
        return family_key(p, section + 7 + strspn(section + 7, " "), name, value);
    return ini_file_fail(f, f->line, "section [%.40s] is neither [groups] nor [family NAME]",
                         section);
}

/* ---- the whole ---------------------------------------------------------------------------- */

int counter_table_parse(struct counter_table *t, const char *where, int from, const char *text,
                        size_t length, char *why, size_t n)
{
    struct parser p = {
        .file = {.where = where, .what = "counters file", .key = take_key, .why = why, .n = n},
        .table = t,
        .from = from};
    p.file.user = &p;
    ini_file_parse(&p.file, text, length);
    for (size_t i = 0; p.file.err == 0 && from > 0 && i < t->n_families; i++)
        if (t->family[i].from == from && t->family[i].n_pmus == 0)
            ini_file_fail(&p.file, t->family[i].line,
                          "family %s has no pmu, so no cpu can be of it; add `pmu = NAME` as "
                          "libpfm4 names it",
                          t->family[i].name);
    for (size_t i = 0; p.file.err == 0 && from > 0 && i < t->n_events; i++)
        if (t->event[i].from == from)
            counter_check_event(&p.file, t, &t->event[i]);
    if (p.file.err == -ENOMEM)
        snprintf(why, n, "out of memory");
    return p.file.err;
}

int counter_table_load(const char *user, struct counter_table *t, char *why, size_t n)
{
    const char *own = resource_text(FAMILIES_PATH);
    size_t length = 0;
    *t = (struct counter_table){.n_groups = 0};
    int err = counter_table_parse(t, FAMILIES_PATH, 0, own, strlen(own), why, n);
    if (err == 0 && user != NULL && user[0] != '\0') {
        char *text = ini_file_read(user, "counters file", &length, why, n);
        err = text ? counter_table_parse(t, user, 1, text, length, why, n) : -ENOENT;
        free(text);
    }
    if (err)
        counter_table_free(t);
    return err;
}

void counter_table_free(struct counter_table *t)
{
    free(t->event);
    t->event = NULL;
    t->n_events = 0;
}

const struct counter_family *counter_family_of(const struct counter_table *t, const char (*pmu)[32],
                                               size_t n)
{
    const struct counter_family *any = NULL;
    for (size_t i = 0; i < t->n_families; i++) {
        const struct counter_family *f = &t->family[t->n_families - 1 - i]; /* the user's first */
        if (strcmp(f->name, COUNTER_FAMILY_ANY) == 0) {
            any = f;
            continue;
        }
        for (size_t k = 0; k < f->n_pmus; k++)
            for (size_t m = 0; m < n; m++)
                if (strcmp(f->pmu[k], pmu[m]) == 0)
                    return f;
    }
    return any;
}

static size_t events_of(const struct counter_table *t, size_t family, size_t group,
                        const struct counter_event **to, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n_events && n < max; i++)
        if (t->event[i].family == family && t->event[i].group == group)
            to[n++] = &t->event[i];
    return n;
}

size_t counter_events(const struct counter_table *t, const struct counter_family *f, size_t group,
                      const struct counter_event **to, size_t max)
{
    size_t n = events_of(t, (size_t)(f - t->family), group, to, max);
    for (size_t i = 0; n == 0 && i < t->n_families; i++)
        if (strcmp(t->family[i].name, COUNTER_FAMILY_ANY) == 0)
            n = events_of(t, i, group, to, max);
    return n;
}

void counter_full_name(const char *pmu, const char *native, char *to, size_t n)
{
    if (strstr(native, "::") != NULL || pmu[0] == '\0')
        snprintf(to, n, "%s", native);
    else
        snprintf(to, n, "%s::%s", pmu, native);
}
