/* SPDX-License-Identifier: MIT */
#include "plan.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "counter_plan.h"
#include "graph/graph.h"
#include "ini_file.h"
#include "plan_grid.h"
#include "resources.h"

enum { GRIDS_MAX = 64 };
#define PLAN_FOLDER "experiments/plans/"

/* A plan that is being read. */
struct parser {
    struct ini_file file;
    struct plan *plan;
    struct grid *grid; /* [GRIDS_MAX] */
    size_t grids;
    unsigned seen; /* keys of [plan], as bits */
};

static int unknown_key(struct parser *p, const char *name, const char *nearest)
{
    return ini_file_unknown(&p->file, p->file.line, name, nearest,
                            "`ringside list factors` shows them");
}

static int plan_number(struct parser *p, const char *name, const char *text, double low,
                       double high, double *to)
{
    char *end;
    double x = strtod(text, &end);
    if (end == text || *end != '\0' || !(x >= low && x <= high))
        return ini_file_fail(&p->file, p->file.line, "%s = '%.40s' is not a number from %g to %g",
                             name, text, low, high);
    *to = x;
    return 1;
}

static int plan_whole(struct parser *p, const char *name, const char *text, double low, int *to)
{
    double number = low;
    if (!plan_number(p, name, text, low, 100, &number))
        return 0;
    if (number != floor(number))
        return ini_file_fail(&p->file, p->file.line, "%s = %.40s is not a whole number", name,
                             text);
    *to = (int)number;
    return 1;
}

static int plan_counters(struct parser *p, const char *text)
{
    char why[512];
    int used = snprintf(p->plan->counters, sizeof p->plan->counters, "%s", text);
    if ((size_t)used >= sizeof p->plan->counters)
        return ini_file_fail(&p->file, p->file.line, "counters is longer than %zu bytes",
                             sizeof p->plan->counters - 1);
    if (counter_groups_check(text, why, sizeof why) != 0)
        return ini_file_fail(&p->file, p->file.line, "%s", why);
    return 1;
}

static int plan_rounds(struct parser *p, const char *text)
{
    struct stop_rule *rule = &p->plan->rule;
    int least, most, end = 0;
    if (sscanf(text, "%6d..%6d%n", &least, &most, &end) != 2 || text[end] != '\0') {
        if (sscanf(text, "%6d%n", &least, &end) != 1 || text[end] != '\0')
            return ini_file_fail(&p->file, p->file.line, "rounds = '%.40s' is not N or MIN..MAX",
                                 text);
        most = least;
    }
    if (least < 1 || most < least || most > 100000)
        return ini_file_fail(&p->file, p->file.line,
                             "rounds = %.40s: 1 <= MIN <= MAX <= 100000 must hold", text);
    rule->rounds_min = least;
    rule->rounds_max = most;
    return 1;
}

/* It goes into manifest.json, which takes nothing but UTF-8. */
static int plan_title(struct parser *p, const char *text)
{
    json_t *utf8 = json_string(text);
    int used = snprintf(p->plan->title, sizeof p->plan->title, "%s", text);
    json_decref(utf8);
    if (utf8 == NULL || (size_t)used >= sizeof p->plan->title)
        return ini_file_fail(&p->file, p->file.line, "title is not UTF-8, or longer than %zu bytes",
                             sizeof p->plan->title - 1);
    return 1;
}

static int plan_key(struct parser *p, const char *name, const char *value)
{
    static const char *const keys[] = {"title", "rounds",   "interval",      "repeats",
                                       "limit", "counters", "counter_rounds"};
    for (unsigned k = 0; k < sizeof keys / sizeof keys[0]; k++) {
        if (strcmp(name, keys[k]) != 0)
            continue;
        if ((p->seen & 1u << k) != 0)
            return ini_file_fail(&p->file, p->file.line,
                                 "%s is given again; it is one value on one line", name);
        p->seen |= 1u << k;
    }
    if (strcmp(name, "title") == 0)
        return plan_title(p, value);
    if (strcmp(name, "rounds") == 0)
        return plan_rounds(p, value);
    if (strcmp(name, "interval") == 0)
        return plan_number(p, name, value, 0, 1, &p->plan->rule.target);
    if (strcmp(name, "limit") == 0)
        return plan_number(p, name, value, 0.1, 3600, &p->plan->limit_s);
    if (strcmp(name, "repeats") == 0)
        return plan_whole(p, name, value, 0, &p->plan->rule.repeats);
    if (strcmp(name, "counters") == 0)
        return plan_counters(p, value);
    if (strcmp(name, "counter_rounds") == 0)
        return plan_whole(p, name, value, 1, &p->plan->counter_rounds);
    return unknown_key(p, name, rs_nearest_name(name, keys, sizeof keys / sizeof keys[0]));
}

static struct grid *find_grid(struct parser *p, const char *name)
{
    for (size_t i = 0; i < p->grids; i++)
        if (strcmp(p->grid[i].name, name) == 0)
            return &p->grid[i];
    if (p->grids == GRIDS_MAX) {
        ini_file_fail(&p->file, p->file.line, "more than %d [cells ...] sections", GRIDS_MAX);
        return NULL;
    }
    struct grid *g = &p->grid[p->grids++];
    grid_init(g);
    snprintf(g->name, sizeof g->name, "%s", name);
    g->line = p->file.line;
    return g;
}

static int cells_key(struct parser *p, const char *section, const char *name, const char *value)
{
    const char *nearest, *label = section + strlen("cells");
    char why[512];
    struct grid *g = find_grid(p, label + strspn(label, " "));
    if (g == NULL)
        return 0;
    int f = factor_find(name, &nearest);
    if (f < 0)
        return unknown_key(p, name, nearest);
    if (f == FACTOR_replica)
        return ini_file_fail(&p->file, p->file.line,
                             "replica is set by the A/A pair, not by a plan");
    struct levels *l = &g->levels[f];
    if (l->line > 0 && !p->file.continued)
        return ini_file_fail(&p->file, p->file.line, "%s is given again; it stands in line %d",
                             name, l->line);
    if (l->line == 0)
        l->n = 0; /* replaces the default */
    l->line = p->file.line;
    if (levels_add((enum factor)f, value, l, why, sizeof why) != 0)
        return ini_file_fail(&p->file, p->file.line, "%s", why);
    return 1;
}

static int take_key(struct ini_file *f, const char *section, const char *name, const char *value)
{
    struct parser *p = (struct parser *)f->user;
    if (strcmp(section, "plan") == 0)
        return plan_key(p, name, value);
    if (strcmp(section, "cells") == 0 || strncmp(section, "cells ", 6) == 0)
        return cells_key(p, section, name, value);
    return ini_file_fail(&p->file, p->file.line,
                         "section [%.40s] is neither [plan] nor [cells NAME]", section);
}

/* Level lists from the command line replace the plan's, in every section. */
static void apply_override(struct parser *p, const char *item)
{
    char name[64], why[512];
    const char *equals = strchr(item, '='), *nearest = NULL;
    size_t length = equals ? (size_t)(equals - item) : 0;
    p->file.where = "--set";
    p->file.line = 0;
    if (equals == NULL || length >= sizeof name) {
        ini_file_fail(&p->file, 0, "'%.60s' is not FACTOR=LEVEL[,LEVEL...]", item);
        return;
    }
    memcpy(name, item, length);
    name[length] = '\0';
    int f = factor_find(name, &nearest);
    if (f < 0 || f == FACTOR_replica) {
        unknown_key(p, name, nearest);
        return;
    }
    for (size_t i = 0; i < p->grids; i++) {
        struct levels *l = &p->grid[i].levels[f];
        *l = (struct levels){.line = l->line, .wildcard = l->wildcard};
        if (levels_add((enum factor)f, equals + 1, l, why, sizeof why) != 0)
            ini_file_fail(&p->file, 0, "%s", why);
    }
}

static void expand(struct parser *p, const struct topology *t)
{
    char why[640] = "";
    for (size_t i = 0; i < p->grids && p->file.err == 0; i++) {
        int line = p->grid[i].line;
        int err = grid_expand(&p->grid[i], t, p->plan, &line, why, sizeof why);
        if (err == -EINVAL)
            ini_file_fail(&p->file, line, "%s", why);
        else if (err != 0)
            p->file.err = err;
    }
    if (p->file.err == 0 && p->plan->n == 0)
        ini_file_fail(&p->file, p->file.line, "no cells; a plan needs a [cells NAME] section");
    if (p->file.err == 0)
        p->file.err = plan_add_aa(p->plan);
}

int plan_parse(const char *where, const char *text, size_t length, const struct plan_override *set,
               const struct topology *t, struct plan *plan, char *why, size_t n)
{
    struct parser p = {
        .file = {.where = where, .what = "plan", .key = take_key, .why = why, .n = n},
        .plan = plan};
    p.file.user = &p;
    *plan = (struct plan){.rule = {6, 20, 0.02, 2}, .limit_s = 30, .counter_rounds = 3};
    plan->text = strndup(text, length);
    p.grid = calloc(GRIDS_MAX, sizeof *p.grid);
    if (p.grid == NULL || plan->text == NULL) {
        p.file.err = -ENOMEM;
    } else {
        ini_file_parse(&p.file, text, length);
        for (size_t i = 0; set != NULL && i < set->n && p.file.err == 0; i++)
            apply_override(&p, set->item[i]);
        p.file.where = where;
        if (p.file.err == 0)
            expand(&p, t);
    }
    free(p.grid);
    if (p.file.err != 0)
        plan_free(plan);
    return p.file.err;
}

const char *plan_builtin(size_t index, char *name, size_t n)
{
    for (unsigned long i = 0; i < resources_count; i++) {
        const char *path = resources[i].path;
        if (strncmp(path, PLAN_FOLDER, strlen(PLAN_FOLDER)) != 0 || index-- > 0)
            continue;
        snprintf(name, n, "%.*s", (int)(strlen(path) - strlen(PLAN_FOLDER) - 4),
                 path + strlen(PLAN_FOLDER));
        return name;
    }
    return NULL;
}

static void unknown_plan(const char *name, char *why, size_t n)
{
    char names[64][64];
    const char *list[64], *near;
    size_t count = 0;
    while (count < 64 && plan_builtin(count, names[count], sizeof names[count]) != NULL) {
        list[count] = names[count];
        count++;
    }
    near = rs_nearest_name(name, list, count);
    snprintf(why, n,
             "no plan '%s'%s%s%s; `ringside list plans` shows them, and a file needs a "
             "slash or .exp",
             name, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* It becomes part of a folder's name, and goes into manifest.json, which takes only UTF-8. */
static void make_plain(char *name)
{
    json_t *utf8 = json_string(name);
    for (char *c = name; *c != '\0'; c++) {
        const unsigned char byte = (unsigned char)*c;
        if (byte <= ' ' || byte == 0x7f || strchr("/\\'\"`$%&|;<>*?!(){}[]", *c) != NULL ||
            (byte >= 0x80 && utf8 == NULL))
            *c = '_';
    }
    json_decref(utf8);
}

static void set_name(struct plan *p, const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    size_t length = strlen(base);
    if (length > 4 && strcmp(base + length - 4, ".exp") == 0)
        length -= 4;
    snprintf(p->name, sizeof p->name, "%.*s", (int)length, base);
    make_plain(p->name);
    if (p->title[0] == '\0')
        snprintf(p->title, sizeof p->title, "%s", p->name);
}

int plan_load(const char *name, const struct plan_override *set, const struct topology *t,
              struct plan *p, char *why, size_t n)
{
    size_t length = strlen(name);
    bool is_file = strchr(name, '/') != NULL || (length > 4 && !strcmp(name + length - 4, ".exp"));
    char path[256];
    int err;
    if (is_file) {
        char *text = ini_file_read(name, "plan", &length, why, n);
        if (text == NULL)
            return -ENOENT;
        err = plan_parse(name, text, length, set, t, p, why, n);
        free(text);
    } else {
        snprintf(path, sizeof path, PLAN_FOLDER "%.100s.exp", name);
        const char *text = resource_text(path);
        if (text == NULL) {
            unknown_plan(name, why, n);
            return -ENOENT;
        }
        err = plan_parse(path, text, strlen(text), set, t, p, why, n);
    }
    if (err == 0)
        set_name(p, name);
    return err;
}

void plan_free(struct plan *p)
{
    free(p->cell);
    free(p->text);
    json_decref(p->left_out_reasons);
    p->left_out_reasons = NULL;
    p->cell = NULL;
    p->text = NULL;
    p->n = 0;
}

double plan_round_seconds(const struct cell *c)
{
    const double process = 0.006;
    double timed = (double)c->value[FACTOR_seconds] / 1e9;
    if (c->value[FACTOR_messages] > 0)
        timed = (double)c->value[FACTOR_messages] * 20e-9; /* a guess, 20 ns each */
    if (c->value[FACTOR_kernel] == KERNEL_pingpong)
        timed *= 1.25; /* and the pass that records each round trip */
    return process + timed + 1.3 * (double)c->value[FACTOR_warmup] / 1e9;
}
