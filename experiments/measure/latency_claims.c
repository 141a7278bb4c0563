/* SPDX-License-Identifier: MIT */
#include "latency_claims.h"

#include <math.h>

/* Of two neighbouring sizes. */
static double size_step(void)
{
    return exp2(1.0 / LATENCY_PER_DOUBLING) * 1.01; /* sizes are rounded to lines */
}

/* A rise whose end was not seen holds what was measured of it: what lies further may be another. */
static bool holds(const struct latency_level *l, size_t bytes, size_t max_bytes)
{
    const double b = (double)bytes, step = size_step();
    const size_t end = l->next_bytes != 0 ? l->next_bytes : max_bytes;
    return !l->last && b * step >= (double)l->to_bytes && b <= (double)end * step;
}

/* How far the rise is from a size, as a factor's logarithm. */
static double distance(const struct latency_level *l, size_t bytes)
{
    return fabs(log((double)l->to_bytes / (double)bytes));
}

static struct latency_claim judge(const struct latency_level *level, size_t n, size_t bytes,
                                  size_t max_bytes)
{
    struct latency_claim c = {.claimed_bytes = bytes, .verdict = CLAIM_DISPUTED, .rise = -1};
    for (size_t i = 0; i < n && bytes > 0; i++) {
        if (level[i].last)
            break;
        if (c.rise < 0 || distance(&level[i], bytes) < distance(&level[c.rise], bytes))
            c.rise = (int)i;
    }
    for (size_t i = 0; i < n && bytes > 0; i++)
        if (holds(&level[i], bytes, max_bytes) && c.verdict != CLAIM_AGREES) {
            c.rise = (int)i;
            c.verdict = CLAIM_AGREES;
        }
    if (bytes == 0)
        c.verdict = CLAIM_NOT_TOLD;
    else if (c.verdict != CLAIM_AGREES && (double)bytes * size_step() > (double)max_bytes)
        c.verdict = CLAIM_BEYOND;
    return c;
}

size_t latency_judge(const struct latency_level *level, size_t n, const struct topology_cpu *cpu,
                     size_t max_bytes, struct latency_claim *claim, bool *explained)
{
    for (size_t i = 0; i < n; i++)
        explained[i] = false;
    for (size_t k = 0; k < cpu->n_caches; k++) {
        claim[k] = judge(level, n, cpu->cache[k].size_bytes, max_bytes);
        claim[k].level = cpu->cache[k].level;
        if (claim[k].verdict == CLAIM_AGREES)
            explained[claim[k].rise] = true;
    }
    return cpu->n_caches;
}
