/* SPDX-License-Identifier: MIT */
/* `ringside list`: the tables that everything else is made of. */
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "graph/graph.h"
#include "list_counters.h"
#include "plan.h"
#include "rings/ring.h"

static json_t *caps_json(unsigned caps)
{
    static const struct {
        unsigned cap;
        const char *name;
    } names[] = {{RS_CONTROL, "control"},
                 {RS_PEER, "peer"},
                 {RS_POWER_OF_TWO, "power-of-two"},
                 {RS_ZERO_COPY, "zero-copy"},
                 {RS_HELD, "held"},
                 {RS_BLOCKING, "blocking"},
                 {RS_NO_TRANSFER, "moves-nothing"},
                 {RS_NEEDS_FLUSH, "needs-flush"},
                 {RS_DEFERS_CREDIT, "defers-credit"},
                 {RS_COARSE, "coarse"},
                 {RS_NONZERO_ONLY, "nonzero-only"},
                 {RS_MIRRORED, "mirrored"},
                 {RS_VARLEN, "varlen"},
                 {RS_PREFETCHES, "prefetches"},
                 {RS_ROAMS, "roams"},
                 {RS_STREAMS, "streams"}};
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (caps & names[i].cap)
            json_array_append_new(list, json_string(names[i].name));
    return list;
}

static json_t *rings_json(void)
{
    json_t *list = json_array();
    for (size_t i = 0; i < rs_ring_table_count; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "name", rs_ring_table[i].name,
                                              "summary", rs_ring_table[i].summary, "caps",
                                              caps_json(rs_ring_table[i].ops->caps)));
    return list;
}

/* The values a factor takes, in words. */
static void factor_range(const struct factor_info *f, char *text, size_t n)
{
    size_t used = 0;
    switch (f->type) {
    case TYPE_CHOICE:
        for (int64_t i = 0; f->choice(i) != NULL && used < n; i++)
            used += (size_t)snprintf(text + used, n - used, "%s%s", i ? "|" : "", f->choice(i));
        break;
    case TYPE_PLACEMENT:
        snprintf(text, n, "P:C|pair|all|same|any");
        break;
    case TYPE_POWER:
        snprintf(text, n, "2^k, %.0f..%.0f", f->min, f->max);
        break;
    default:
        snprintf(text, n, f->type == TYPE_SECONDS ? "%g..%g" : "%.0f..%.0f", f->min, f->max);
    }
}

static json_t *factors_json(void)
{
    json_t *list = json_array();
    for (int i = 0; i < FACTORS; i++) {
        const struct factor_info *f = &factor_table[i];
        char range[512];
        factor_range(f, range, sizeof range);
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", f->name,
                                              "default", f->default_text, "range", range, "unit",
                                              f->unit, "summary", f->help));
    }
    return list;
}

static json_t *kernels_json(void)
{
    json_t *list = json_array();
    for (int i = 0; i < KERNELS; i++)
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s?, s:s}", "name", kernel_table[i].name,
                                        "metric", kernel_table[i].metric, "bound",
                                        kernel_table[i].bound, "summary", kernel_table[i].summary));
    return list;
}

static json_t *plans_json(void)
{
    json_t *list = json_array();
    struct topology t;
    char name[64], why[1024];
    if (topology_load(&t) != 0)
        return list;
    for (size_t i = 0; plan_builtin(i, name, sizeof name) != NULL; i++) {
        struct plan p;
        bool good = plan_load(name, NULL, &t, &p, why, sizeof why) == 0;
        json_array_append_new(
            list, json_pack("{s:s, s:s}", "name", name, "summary", good ? p.title : why));
        if (good)
            plan_free(&p);
    }
    topology_free(&t);
    return list;
}

/* A table of the members that are strings; lists in brackets. */
static void print_rows(const json_t *list)
{
    size_t i, k;
    json_t *row, *value, *item;
    const char *key;
    json_array_foreach(list, i, row)
    {
        json_object_foreach(row, key, value)
        {
            bool last = strcmp(key, "summary") == 0;
            if (json_is_string(value) && json_string_length(value) > 0)
                printf(strcmp(key, "name") == 0 ? "%-13s"
                       : last                   ? " %s"
                                                : " %-12s",
                       json_string_value(value));
            else if (!json_is_array(value))
                printf(" %-12s", "");
            json_array_foreach(value, k, item) printf(" [%s]", json_string_value(item));
        }
        putchar('\n');
    }
}

enum { LISTS = 5 };
static const struct {
    const char *name;
    json_t *(*make)(void);
    void (*print)(const json_t *list);
} lists[LISTS] = {{"rings", rings_json, print_rows},
                  {"factors", factors_json, print_rows},
                  {"kernels", kernels_json, print_rows},
                  {"plans", plans_json, print_rows},
                  {"counters", list_counters, list_counters_print}};

static int print_list(size_t which, bool json)
{
    json_t *list = lists[which].make();
    if (list == NULL)
        return EXIT_USAGE;
    if (json)
        json_dumpf(list, stdout, JSON_INDENT(1));
    else
        lists[which].print(list);
    json_decref(list);
    return EXIT_DONE;
}

int cmd_list(int argc, char **argv)
{
    const char *names[LISTS], *near;
    bool json = argc == 3 && strcmp(argv[2], "--json") == 0;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        cli_help("list", "");
        return EXIT_DONE;
    }
    if (argc < 2 || argc > 3 || (argc == 3 && !json)) {
        complain("list takes one of rings, factors, kernels, plans, counters, and --json");
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < LISTS; i++) {
        names[i] = lists[i].name;
        if (strcmp(argv[1], names[i]) == 0)
            return print_list(i, json);
    }
    near = rs_nearest_name(argv[1], names, LISTS);
    complain("no list '%s'%s%s%s rings, factors, kernels, plans, counters", argv[1],
             near ? "; did you mean '" : "", near ? near : "",
             near ? "'? There are" : "; there are");
    return EXIT_USAGE;
}
