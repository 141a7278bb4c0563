/* SPDX-License-Identifier: MIT */
/* A cell: a value of each factor, which of them it heeds, its identity, and its forms in text. */
#include "factors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rings/ring.h"
#include "rings/stream_copy.h"

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
