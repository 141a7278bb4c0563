/* SPDX-License-Identifier: MIT */
#include "factors.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "graph/graph.h"
#include "peer_rules.h"
#include "rings/ring.h"

#define CHOICE(list)      .type = TYPE_CHOICE, .choice = list
#define INTEGER(low, top) .type = TYPE_INTEGER, .min = (double)(low), .max = (double)(top)
#define POWER(low, top)   .type = TYPE_POWER, .min = (double)(low), .max = (double)(top)
#define SECONDS(low, top) .type = TYPE_SECONDS, .min = (low), .max = (top)
#define PLACEMENT()       .type = TYPE_PLACEMENT

const struct factor_info factor_table[FACTORS] = {
#define FACTOR(id, how, text, units, words)                                                        \
    [FACTOR_##id] = {.name = #id, .default_text = text, .unit = units, .help = words, how},
#include "factors.def"
#undef FACTOR
};

const struct kernel_info kernel_table[KERNELS] = {
#define KERNEL(id, label, what, limit, needs, words)                                               \
    [KERNEL_##                                                                                     \
        id] = {.name = label, .metric = what, .bound = limit, .uses = needs, .summary = words},
#include "kernels/kernels.def"
#undef KERNEL
};

const char *kernel_name(int64_t index)
{
    return index >= 0 && index < KERNELS ? kernel_table[index].name : NULL;
}

const char *ring_name(int64_t index)
{
    return index >= 0 && (size_t)index < rs_ring_table_count ? rs_ring_table[index].name : NULL;
}

const char *api_name(int64_t index)
{
    static const char *const names[] = {"copy", "span", "held"};
    return index >= 0 && index < APIS ? names[index] : NULL;
}

const char *sizes_name(int64_t index)
{
    static const char *const names[] = {"fixed", "mixed"};
    return index >= 0 && index < 2 ? names[index] : NULL;
}

const char *poll_name(int64_t index)
{
    static const char *const names[POLLS] = {"spin",   "pause",   "yield",
                                             "pause4", "pause16", "fence"};
    return index >= 0 && index < POLLS ? names[index] : NULL;
}

const char *copy_name(int64_t index)
{
    static const char *const names[] = {"plain", "stream"};
    return index >= 0 && index < 2 ? names[index] : NULL;
}

const char *engine_name(int64_t index)
{
    static const char *const names[ENGINES] = {"ringside", "ringside-bare", "tbb-flow",
                                               "tbb-pipeline", "crossbeam"};
    return index >= 0 && index < ENGINES ? names[index] : NULL;
}

const char *topology_name(int64_t index)
{
    static const char *const names[] = {"chain", "broadcast", "fan-in", "diamond"};
    return index >= 0 && index < 4 ? names[index] : NULL;
}

const char *wait_name(int64_t index)
{
    static const char *const names[] = {"auto", "spin", "pause", "yield", "park", "sleep"};
    return index >= 0 && index < 6 ? names[index] : NULL;
}

const char *fuse_name(int64_t index)
{
    static const char *const names[] = {"auto", "none", "all"};
    return index >= 0 && index < 3 ? names[index] : NULL;
}

const char *allocator_name(int64_t index)
{
    static const char *const names[] = {"glibc", "jemalloc"};
    return index >= 0 && index < 2 ? names[index] : NULL;
}

int factor_find(const char *name, const char **nearest)
{
    const char *names[FACTORS];
    for (int f = 0; f < FACTORS; f++) {
        names[f] = factor_table[f].name;
        if (strcmp(name, names[f]) == 0)
            return f;
    }
    *nearest = rs_nearest_name(name, names, FACTORS);
    return -1;
}

static int parse_choice(const struct factor_info *info, const char *text, int64_t *value, char *why,
                        size_t n)
{
    const char *names[64], *near;
    size_t count = 0;
    for (; count < 64 && (names[count] = info->choice((int64_t)count)) != NULL; count++)
        if (strcmp(names[count], text) == 0) {
            *value = (int64_t)count;
            return 0;
        }
    if (info == &factor_table[FACTOR_ring] && peer_absent(text, why, n))
        return -EINVAL;
    near = rs_nearest_name(text, names, count);
    int used =
        near ? snprintf(why, n, "no %s '%s'; did you mean '%s'? Valid:", info->name, text, near)
             : snprintf(why, n, "no %s '%s'. Valid:", info->name, text);
    for (size_t i = 0; i < count && used > 0 && (size_t)used < n; i++)
        used += snprintf(why + used, n - (size_t)used, " %s", names[i]);
    return -EINVAL;
}

static int parse_number(const struct factor_info *info, const char *text, double *value, char *why,
                        size_t n)
{
    char *end;
    errno = 0;
    *value = strtod(text, &end);
    if (*text == '\0' || *end != '\0' || errno != 0 || !isfinite(*value)) {
        snprintf(why, n, "%s = '%.40s' is not a number", info->name, text);
        return -EINVAL;
    }
    if (*value < info->min || *value > info->max) {
        snprintf(why, n, "%s = %.40s is out of range; valid: %.12g to %.12g %s", info->name, text,
                 info->min, info->max, info->unit);
        return -EINVAL;
    }
    return 0;
}

static int parse_integer(const struct factor_info *info, const char *text, int64_t *value,
                         char *why, size_t n)
{
    double number;
    if (parse_number(info, text, &number, why, n) != 0)
        return -EINVAL;
    *value = (int64_t)number;
    if ((double)*value != number) {
        snprintf(why, n, "%s = %.40s is not a whole number", info->name, text);
        return -EINVAL;
    }
    if (info->type == TYPE_POWER && (*value & (*value - 1)) != 0) {
        snprintf(why, n,
                 "%s = %.40s is not a power of two; valid: powers of two from %.12g to %.12g",
                 info->name, text, info->min, info->max);
        return -EINVAL;
    }
    return 0;
}

static const struct {
    const char *name;
    int64_t value;
} place_names[] = {
    {"any", PLACE_ANY}, {"same", PLACE_SAME}, {"pair", PLACE_PAIR}, {"all", PLACE_ALL}};

static int parse_placement(const char *text, int64_t *value, char *why, size_t n)
{
    int producer, consumer, end = 0;
    for (size_t i = 0; i < sizeof place_names / sizeof place_names[0]; i++)
        if (strcmp(text, place_names[i].name) == 0) {
            *value = place_names[i].value;
            return 0;
        }
    if (sscanf(text, "%5d:%5d%n", &producer, &consumer, &end) == 2 && text[end] == '\0' &&
        producer >= 0 && consumer >= 0 && producer < PLACE_CPUS && consumer < PLACE_CPUS) {
        *value = PLACE(producer, consumer);
        return 0;
    }
    snprintf(why, n,
             "placement = '%.40s' is not PRODUCER:CONSUMER cpu numbers (0:1) or one of "
             "pair, all, same, any",
             text);
    return -EINVAL;
}

int factor_parse(enum factor f, const char *text, int64_t *value, char *why, size_t n)
{
    const struct factor_info *info = &factor_table[f];
    double number;
    int err;
    switch (info->type) {
    case TYPE_CHOICE:
        return parse_choice(info, text, value, why, n);
    case TYPE_INTEGER:
    case TYPE_POWER:
        return parse_integer(info, text, value, why, n);
    case TYPE_SECONDS:
        err = parse_number(info, text, &number, why, n);
        if (err == 0)
            *value = llround(number * 1e9);
        return err;
    case TYPE_PLACEMENT:
        return parse_placement(text, value, why, n);
    }
    return -EINVAL;
}

void factor_format(enum factor f, int64_t value, char *text, size_t n)
{
    const struct factor_info *info = &factor_table[f];
    if (value == FACTOR_UNUSED) {
        snprintf(text, n, "-");
    } else if (info->type == TYPE_CHOICE) {
        snprintf(text, n, "%s", info->choice(value));
    } else if (info->type == TYPE_SECONDS) {
        snprintf(text, n, "%.9g", (double)value / 1e9);
    } else if (info->type == TYPE_PLACEMENT && value < 0) {
        snprintf(text, n, "%s", place_names[-1 - value].name);
    } else if (info->type == TYPE_PLACEMENT) {
        snprintf(text, n, "%" PRId64 ":%" PRId64, value / PLACE_CPUS, value % PLACE_CPUS);
    } else {
        snprintf(text, n, "%" PRId64, value);
    }
}

json_t *factor_json(enum factor f, int64_t value)
{
    char text[64];
    if (value == FACTOR_UNUSED)
        return json_null();
    if (factor_table[f].type == TYPE_INTEGER || factor_table[f].type == TYPE_POWER)
        return json_integer(value);
    if (factor_table[f].type == TYPE_SECONDS)
        return json_real((double)value / 1e9);
    factor_format(f, value, text, sizeof text);
    return json_string(text);
}
