/* SPDX-License-Identifier: MIT */
#include "simulate/coherence.h"

#include <stddef.h>

const char *protocol_name(int64_t index)
{
    static const char *const names[] = {"mesi", "moesi"};
    return index >= 0 && index < 2 ? names[index] : NULL;
}

const char *distance_name(int64_t index)
{
    static const char *const names[DISTANCES] = {"same-core", "same-l3", "other-l3",
                                                 "other-socket"};
    return index >= 0 && index < DISTANCES ? names[index] : NULL;
}

static uint64_t bit(unsigned cache)
{
    return UINT64_C(1) << cache;
}

/* The nearest (farthest) of the caches in `set`, which is not empty. */
static enum distance reach(const struct coherence *c, unsigned cache, uint64_t set, bool farthest)
{
    unsigned found = farthest ? 0 : DISTANCES - 1;
    for (; set != 0; set &= set - 1) {
        const unsigned d = c->distance[cache][__builtin_ctzll(set)];
        if (farthest ? d > found : d < found)
            found = d;
    }
    return (enum distance)found;
}

/* Where a line that others hold comes from: its owner, or the nearest holder. */
static enum distance source(const struct coherence *c, const struct coherence_line *line,
                            unsigned cache)
{
    if (line->owner != NO_CACHE)
        return (enum distance)c->distance[cache][line->owner];
    return reach(c, cache, line->holders, false);
}

static struct coherence_effect read_line(const struct coherence *c, struct coherence_line *line,
                                         unsigned cache)
{
    struct coherence_effect e = {0};
    if ((line->holders & bit(cache)) != 0)
        return e;
    if (line->holders == 0) {
        e.memory_read = true;
        line->owner = (uint8_t)cache;
    } else {
        e.transfer = true;
        e.distance = source(c, line, cache);
        if (!line->dirty || c->protocol == PROTOCOL_MESI) {
            e.writeback = line->dirty;
            line->dirty = false;
            line->owner = NO_CACHE;
        }
    }
    line->holders |= bit(cache);
    return e;
}

static struct coherence_effect write_line(const struct coherence *c, struct coherence_line *line,
                                          unsigned cache)
{
    struct coherence_effect e = {0};
    const bool here = (line->holders & bit(cache)) != 0;
    const uint64_t others = line->holders & ~bit(cache);
    e.memory_read = line->holders == 0;
    e.transfer = !here && others != 0;
    e.upgrade = here && others != 0;
    e.invalidations = (unsigned)__builtin_popcountll(others);
    if (others != 0)
        e.distance = reach(c, cache, others, true);
    *line = (struct coherence_line){.holders = bit(cache), .owner = (uint8_t)cache, .dirty = true};
    return e;
}

struct coherence_effect coherence_access(const struct coherence *c, struct coherence_line *line,
                                         unsigned cache, bool write)
{
    return write ? write_line(c, line, cache) : read_line(c, line, cache);
}
