/* SPDX-License-Identifier: MIT */
/* `ringside list`: the tables that everything else is made of. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "graph/graph.h"
#include "list_counters.h"
#include "plan.h"
#include "rings/ring.h"

static const char options[] =
    "  --json                as JSON, with everything that is known\n"
    "  --counters-file FILE  names more events (or RINGSIDE_COUNTERS=FILE)\n";

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

static int refuse_words(void)
{
    complain(
        "list takes one of rings, factors, kernels, plans, counters, and --json; `ringside list "
        "--help` says more");
    return EXIT_USAGE;
}

static int refuse_name(const char *name)
{
    const char *names[LISTS];
    for (size_t i = 0; i < LISTS; i++)
        names[i] = lists[i].name;
    const char *near = rs_nearest_name(name, names, LISTS);
    complain("no list '%s'%s%s%s rings, factors, kernels, plans, counters", name,
             near ? "; did you mean '" : "", near ? near : "",
             near ? "'? There are" : "; there are");
    return EXIT_USAGE;
}

int cmd_list(int argc, char **argv)
{
    static const struct option flags[] = {{"json", no_argument, NULL, 'j'},
                                          {"counters-file", required_argument, NULL, 'f'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    bool json = false, file = false;
    int c;
    optind = 1;
    while ((c = cli_option(argc, argv, "", flags)) != -1) {
        if (c == 'h') {
            cli_help("list", options);
            return EXIT_DONE;
        }
        if (c == '?')
            return EXIT_USAGE;
        json = json || c == 'j';
        file = file || c == 'f';
        if (c == 'f')
            setenv("RINGSIDE_COUNTERS", optarg, 1);
    }
    if (optind + 1 != argc)
        return refuse_words();
    for (size_t i = 0; i < LISTS; i++) {
        if (strcmp(argv[optind], lists[i].name) != 0)
            continue;
        if (!file || lists[i].make == list_counters)
            return print_list(i, json);
        complain("--counters-file is for `ringside list counters`");
        return EXIT_USAGE;
    }
    return refuse_name(argv[optind]);
}
