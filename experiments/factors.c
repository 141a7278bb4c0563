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
#include "rings/stream_copy.h"

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

json_t *cell_json(const struct cell *c)
{
    json_t *object = json_object();
    for (int f = 0; f < FACTORS; f++)
        json_object_set_new(object, factor_table[f].name, factor_json((enum factor)f, c->value[f]));
    return object;
}

static bool factor_from_json(enum factor f, const json_t *j, int64_t *value)
{
    char text[64], why[512];
    if (j == NULL || json_is_null(j)) {
        *value = FACTOR_UNUSED;
        return true;
    }
    if (json_is_number(j))
        snprintf(text, sizeof text, "%.17g", json_number_value(j));
    else if (json_is_string(j))
        snprintf(text, sizeof text, "%s", json_string_value(j));
    else
        return false;
    return factor_parse(f, text, value, why, sizeof why) == 0;
}

bool factor_of_rings(enum factor f)
{
    return f == FACTOR_defer || f == FACTOR_slots || f == FACTOR_prefetch_write ||
           f == FACTOR_prefetch_read || f == FACTOR_copy;
}

/* Added when runs had been published: there it has its default, unsaid, and its name is no part of
 * a cell's identity. */
static bool is_late(enum factor f)
{
    return f == FACTOR_allocator || f == FACTOR_sizes || factor_of_rings(f);
}

bool cell_from_json(const json_t *factors, struct cell *c)
{
    for (int f = 0; f < FACTORS; f++) {
        const json_t *j = json_object_get(factors, factor_table[f].name);
        if (!factor_from_json((enum factor)f, j, &c->value[f]))
            return false;
    }
    if (c->value[FACTOR_kernel] == FACTOR_UNUSED)
        return false;
    const struct cell plain = cell_default();
    for (int f = 0; f < FACTORS; f++)
        if (is_late((enum factor)f) && json_object_get(factors, factor_table[f].name) == NULL &&
            factor_used((enum factor)f, c))
            c->value[f] = plain.value[f];
    for (int f = 0; f < FACTORS; f++)
        if (factor_used((enum factor)f, c) != (c->value[f] != FACTOR_UNUSED))
            return false;
    return true;
}

struct cell cell_default(void)
{
    struct cell c;
    char why[256];
    for (int f = 0; f < FACTORS; f++)
        if (factor_parse((enum factor)f, factor_table[f].default_text, &c.value[f], why,
                         sizeof why) != 0)
            abort(); /* factors.def contradicts itself; its test says where */
    return c;
}

/* Other people's engines have their own queues, waiting and placement. */
static bool graph_uses(enum factor f, const struct cell *c)
{
    bool ours = c->value[FACTOR_engine] <= ENGINE_RINGSIDE_BARE;
    switch (f) {
    case FACTOR_separation: /* compiled into the engine */
    case FACTOR_api:        /* always spans */
    case FACTOR_sizes:
    case FACTOR_poll:
    case FACTOR_defer: /* its edges' rings are at their defaults */
    case FACTOR_slots:
    case FACTOR_prefetch_write:
    case FACTOR_prefetch_read:
    case FACTOR_copy:
        return false;
    case FACTOR_ring:
    case FACTOR_msg_align:
    case FACTOR_wait:
    case FACTOR_fuse:
    case FACTOR_allocator:
        return ours;
    default:
        return true;
    }
}

/* What only some rings heed, and they not in every way that messages go in and out. */
static bool ring_uses(enum factor f, const struct cell *c)
{
    const int64_t *v = c->value;
    const unsigned caps =
        v[FACTOR_ring] == FACTOR_UNUSED ? 0 : rs_ring_table[v[FACTOR_ring]].ops->caps;
    const bool batches = (kernel_table[v[FACTOR_kernel]].uses & USES_BATCH) != 0;
    if (f == FACTOR_defer) /* a COARSE ring holds back what shares a line, and nothing else */
        return (caps & (RS_NEEDS_FLUSH | RS_DEFERS_CREDIT)) != 0 && (caps & RS_COARSE) == 0;
    if (f == FACTOR_slots)
        return (caps & RS_ROAMS) != 0;
    if (f == FACTOR_copy)
        return (caps & RS_STREAMS) != 0 && v[FACTOR_msg_bytes] >= RS_STREAM_BYTES &&
               !(batches && v[FACTOR_api] == API_SPAN);
    return (caps & RS_PREFETCHES) != 0 && batches &&
           ((caps & RS_ZERO_COPY) == 0 || v[FACTOR_api] != API_COPY);
}

bool factor_used(enum factor f, const struct cell *c)
{
    unsigned uses = kernel_table[c->value[FACTOR_kernel]].uses;
    if ((uses & USES_GRAPH) != 0)
        return graph_uses(f, c);
    switch (f) {
    case FACTOR_ring:
    case FACTOR_msg_bytes:
    case FACTOR_msg_align:
    case FACTOR_separation:
    case FACTOR_capacity:
    case FACTOR_messages:
        return (uses & USES_RING) != 0;
    case FACTOR_batch:
    case FACTOR_api:
    case FACTOR_sizes:
        return (uses & USES_BATCH) != 0;
    case FACTOR_defer:
    case FACTOR_slots:
    case FACTOR_prefetch_write:
    case FACTOR_prefetch_read:
    case FACTOR_copy:
        return (uses & USES_RING) != 0 && ring_uses(f, c);
    case FACTOR_poll:
        return (uses & (USES_RING | USES_POLL)) != 0;
    case FACTOR_engine:
    case FACTOR_topology:
    case FACTOR_stages:
    case FACTOR_work_ns:
    case FACTOR_fuse:
    case FACTOR_allocator:
        return false;
    case FACTOR_wait:
        return (uses & USES_WAIT) != 0;
    default:
        return true;
    }
}

void cell_normalise(struct cell *c)
{
    for (int f = 0; f < FACTORS; f++)
        if (!factor_used((enum factor)f, c))
            c->value[f] = FACTOR_UNUSED;
}

bool cell_equal(const struct cell *a, const struct cell *b)
{
    return memcmp(a->value, b->value, sizeof a->value) == 0;
}

uint64_t cell_id(const struct cell *c)
{
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a, over the text: stable when lists grow */
    char text[1024];
    struct cell same = *c;
    const struct cell plain = cell_default();
    for (int f = 0; f < FACTORS; f++)
        if (is_late((enum factor)f) && same.value[f] == plain.value[f])
            same.value[f] = FACTOR_UNUSED;
    cell_format(&same, false, text, sizeof text);
    for (const char *p = text; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 0x100000001b3u;
    return hash;
}

void cell_format(const struct cell *c, bool brief, char *text, size_t n)
{
    struct cell plain = cell_default();
    size_t used = 0;
    if (n > 0)
        text[0] = '\0';
    for (int f = 0; f < FACTORS; f++) {
        char level[64];
        bool named = f == FACTOR_kernel || f == FACTOR_ring;
        if (c->value[f] == FACTOR_UNUSED || (brief && !named && c->value[f] == plain.value[f]))
            continue;
        factor_format((enum factor)f, c->value[f], level, sizeof level);
        int more = snprintf(text + used, n - used, "%s%s=%s", used ? " " : "", factor_table[f].name,
                            level);
        if (more < 0 || used + (size_t)more >= n)
            return;
        used += (size_t)more;
    }
}

void cell_to_words(const struct cell *c, const char *program, struct cell_words *w)
{
    size_t n = 0;
    w->program[0] = '\0';
    snprintf(w->program, sizeof w->program, "%s", program);
    w->argv[n++] = w->program;
    w->argv[n++] = (char *)"cell";
    for (int f = 0; f < FACTORS; f++) {
        char level[64];
        if (c->value[f] == FACTOR_UNUSED)
            continue;
        factor_format((enum factor)f, c->value[f], level, sizeof level);
        snprintf(w->word[f], sizeof w->word[f], "%s=%s", factor_table[f].name, level);
        w->argv[n++] = w->word[f];
    }
    w->argv[n] = NULL;
}

void cell_words_option(struct cell_words *w, const char *option)
{
    size_t n = 0;
    while (w->argv[n] != NULL)
        n++;
    snprintf(w->option, sizeof w->option, "%s", option);
    w->argv[n] = w->option;
    w->argv[n + 1] = NULL;
}
