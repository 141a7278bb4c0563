/* SPDX-License-Identifier: MIT */
/* The command line of `ringside select`. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "graph/graph.h"
#include "select/selection.h"

static const struct {
    const char *name;
    enum factor factor;
} filters[] = {{"--msg-bytes", FACTOR_msg_bytes}, {"--batch", FACTOR_batch},
               {"--capacity", FACTOR_capacity},   {"--api", FACTOR_api},
               {"--poll", FACTOR_poll},           {"--placement", FACTOR_placement}};

static const struct {
    const char *name;
    size_t offset;
    double max;
} numbers[] = {
    {"--max-rtt-ns", offsetof(struct select_options, max_rtt_ns), 1e12},
    {"--max-memory", offsetof(struct select_options, max_memory_bytes), 1e18},
    {"--weight-throughput", offsetof(struct select_options, weight_throughput), 1e6},
    {"--weight-rtt", offsetof(struct select_options, weight_rtt), 1e6},
    {"--min-margin", offsetof(struct select_options, min_margin), 1},
};

enum { FILTERS = sizeof filters / sizeof filters[0], NUMBERS = sizeof numbers / sizeof numbers[0] };

static int unknown_option(const char *word)
{
    const char *names[FILTERS + NUMBERS + 5], *near;
    size_t n = 0;
    for (size_t i = 0; i < FILTERS; i++)
        names[n++] = filters[i].name;
    for (size_t i = 0; i < NUMBERS; i++)
        names[n++] = numbers[i].name;
    names[n++] = "--allow";
    names[n++] = "--seed";
    names[n++] = "--json";
    names[n++] = "--out";
    names[n++] = "--help";
    near = rs_nearest_name(word, names, n);
    complain("select has no option '%s'%s%s%s; `ringside select --help` lists them", word,
             near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    return EXIT_USAGE;
}

static int parse_number(size_t i, const char *text, struct select_options *o)
{
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    if (*text == '\0' || *end != '\0' || errno != 0 || !(value >= 0 && value <= numbers[i].max)) {
        complain("%s %s: give a number from 0 to %g", numbers[i].name, text, numbers[i].max);
        return EXIT_USAGE;
    }
    memcpy((char *)o + numbers[i].offset, &value, sizeof value);
    return 0;
}

static int parse_seed(const char *text, uint64_t *seed)
{
    char *end;
    errno = 0;
    *seed = strtoull(text, &end, 0);
    if (*text >= '0' && *text <= '9' && *end == '\0' && errno == 0)
        return 0;
    complain("--seed %s: give a whole number from 0 to 18446744073709551615", text);
    return EXIT_USAGE;
}

static int parse_allow(const char *text, unsigned *allow)
{
    const char *wrong;
    char all[64];
    size_t length;
    if (conditions_parse(text, allow, &wrong, &length))
        return 0;
    conditions_words(~0u, all, sizeof all);
    complain("--allow %s: no condition '%.*s'; give words of %s with commas between them", text,
             (int)(length < 64 ? length : 64), wrong, all);
    return EXIT_USAGE;
}

static int parse_filter(enum factor f, const char *text, struct select_options *o)
{
    char why[512];
    o->level[f] = FACTOR_UNUSED;
    if (f == FACTOR_api && strcmp(text, "any") == 0)
        return 0;
    if (factor_parse(f, text, &o->level[f], why, sizeof why) == 0)
        return 0;
    complain("%s", why);
    return EXIT_USAGE;
}

/* An option that takes a value; -1 if there is no such option. */
static int parse_valued(const char *option, const char *text, struct select_options *o)
{
    for (size_t i = 0; i < FILTERS; i++)
        if (strcmp(option, filters[i].name) == 0)
            return text ? parse_filter(filters[i].factor, text, o) : EXIT_USAGE;
    for (size_t i = 0; i < NUMBERS; i++)
        if (strcmp(option, numbers[i].name) == 0)
            return text ? parse_number(i, text, o) : EXIT_USAGE;
    if (strcmp(option, "--seed") == 0)
        return text ? parse_seed(text, &o->seed) : EXIT_USAGE;
    if (strcmp(option, "--allow") == 0)
        return text ? parse_allow(text, &o->allow) : EXIT_USAGE;
    if (strcmp(option, "--out") != 0)
        return -1;
    o->out = text;
    return text ? 0 : EXIT_USAGE;
}

/* Option at argv[*i], as `--name value` or `--name=value`. */
static int parse_option(int argc, char **argv, int *i, struct select_options *o)
{
    char name[64];
    const char *equals = strchr(argv[*i], '='), *value;
    size_t length = equals ? (size_t)(equals - argv[*i]) : strlen(argv[*i]);
    if (strcmp(argv[*i], "--json") == 0) {
        o->json = true;
        return 0;
    }
    if (length >= sizeof name)
        return unknown_option(argv[*i]);
    memcpy(name, argv[*i], length);
    name[length] = '\0';
    value = equals ? equals + 1 : *i + 1 < argc ? argv[*i + 1] : NULL;
    int result = parse_valued(name, value, o);
    if (result < 0)
        return unknown_option(name);
    if (value == NULL)
        complain("%s needs a value", name);
    else if (equals == NULL)
        ++*i;
    return result;
}

static int check(const struct select_options *o)
{
    if (o->dir == NULL) {
        complain("select needs the folder of a sweep: ringside select DIR");
        return EXIT_USAGE;
    }
    if (o->weight_throughput + o->weight_rtt > 0)
        return 0;
    complain("--weight-throughput and --weight-rtt are both 0, so that nothing counts; give one "
             "of them a weight");
    return EXIT_USAGE;
}

int select_parse(int argc, char **argv, struct select_options *o, bool *help)
{
    int err = 0;
    *o = (struct select_options){.max_rtt_ns = INFINITY,
                                 .max_memory_bytes = INFINITY,
                                 .weight_throughput = 1,
                                 .min_margin = 0.03,
                                 .seed = 1,
                                 .argc = argc,
                                 .argv = argv};
    for (int f = 0; f < FACTORS; f++)
        o->level[f] = FACTOR_UNUSED;
    for (int i = 1; err == 0 && i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            *help = true;
            return 0;
        }
        if (strncmp(argv[i], "-", 1) == 0) {
            err = parse_option(argc, argv, &i, o);
        } else if (o->dir != NULL) {
            complain("select takes one folder; '%s' is a second one", argv[i]);
            err = EXIT_USAGE;
        } else {
            o->dir = argv[i];
        }
    }
    if (err == 0)
        err = check(o);
    if (o->out == NULL)
        o->out = o->dir;
    return err;
}

static bool is_new(const struct summary *s, size_t at, enum factor f)
{
    for (size_t i = 0; i < at; i++)
        if (s->cell[i].cell.value[f] == s->cell[at].cell.value[f])
            return false;
    return s->cell[at].cell.value[f] != FACTOR_UNUSED;
}

static int no_such_level(const struct summary *s, enum factor f, int64_t level)
{
    char text[512] = "", one[64];
    size_t used = 0;
    for (size_t i = 0; i < s->n && used < sizeof text; i++) {
        if (!is_new(s, i, f))
            continue;
        factor_format(f, s->cell[i].cell.value[f], one, sizeof one);
        used += (size_t)snprintf(text + used, sizeof text - used, " %s", one);
    }
    factor_format(f, level, one, sizeof one);
    complain("no cell of this run has %s = %s; the run has:%s", factor_table[f].name, one, text);
    return EXIT_USAGE;
}

int select_check_levels(const struct summary *s, const struct select_options *o)
{
    for (int f = 0; f < FACTORS; f++) {
        bool found = o->level[f] == FACTOR_UNUSED;
        for (size_t i = 0; !found && i < s->n; i++)
            found = s->cell[i].cell.value[f] == o->level[f];
        if (!found)
            return no_such_level(s, (enum factor)f, o->level[f]);
    }
    return 0;
}
