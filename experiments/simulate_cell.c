/* SPDX-License-Identifier: MIT */
#include "simulate_cell.h"

#include <stdio.h>

#include "measure/round.h"

bool simulate_uses(enum factor f)
{
    switch (f) {
    case FACTOR_ring:
    case FACTOR_msg_bytes:
    case FACTOR_msg_align:
    case FACTOR_separation:
    case FACTOR_capacity:
    case FACTOR_batch:
    case FACTOR_api:
    case FACTOR_defer:
    case FACTOR_slots:
    case FACTOR_prefetch_write:
    case FACTOR_prefetch_read:
    case FACTOR_topology:
    case FACTOR_stages:
        return true;
    default:
        return false;
    }
}

/* Of the kernel whose refusals are the simulator's too. */
static struct cell stream_of(const struct cell *c)
{
    struct cell stream = *c;
    stream.value[FACTOR_kernel] = KERNEL_stream;
    for (int f = 0; f < FACTORS; f++)
        if (stream.value[f] == FACTOR_UNUSED)
            stream.value[f] = cell_default().value[f];
    cell_normalise(&stream);
    return stream;
}

void simulate_normalise(struct cell *c)
{
    static const enum factor some_rings[] = {FACTOR_defer, FACTOR_slots, FACTOR_prefetch_write,
                                             FACTOR_prefetch_read};
    const struct cell stream = stream_of(c);
    for (size_t i = 0; i < sizeof some_rings / sizeof some_rings[0]; i++)
        if (stream.value[some_rings[i]] == FACTOR_UNUSED)
            c->value[some_rings[i]] = FACTOR_UNUSED;
}

/* 0 where the ring does not heed the factor, which is the default of each of these. */
static size_t heeded(const struct cell *stream, enum factor f)
{
    return stream->value[f] == FACTOR_UNUSED ? 0 : (size_t)stream->value[f];
}

bool simulate_from_cell(const struct cell *c, struct simulate_config *to, char *why, size_t n)
{
    const int64_t *v = c->value;
    const struct cell stream = stream_of(c);
    if (cell_ring_refusal(&stream, why, n))
        return false;
    to->ring = simulated_ring(ring_name(v[FACTOR_ring]), v[FACTOR_separation]);
    if (to->ring == NULL) {
        snprintf(why, n, "%s is not built for the simulator", ring_name(v[FACTOR_ring]));
        return false;
    }
    to->msg_bytes = (size_t)v[FACTOR_msg_bytes];
    to->msg_align = (size_t)v[FACTOR_msg_align];
    to->capacity = (size_t)v[FACTOR_capacity];
    if (v[FACTOR_batch] != FACTOR_UNUSED) {
        to->batch = (size_t)v[FACTOR_batch];
        to->span = v[FACTOR_api] == API_SPAN;
    }
    to->defer = heeded(&stream, FACTOR_defer);
    to->slots = heeded(&stream, FACTOR_slots);
    to->prefetch_write = heeded(&stream, FACTOR_prefetch_write);
    to->prefetch_read = heeded(&stream, FACTOR_prefetch_read);
    if (v[FACTOR_topology] != FACTOR_UNUSED) {
        to->shape = (enum shape)v[FACTOR_topology];
        to->agents = (size_t)v[FACTOR_stages];
    }
    return true;
}
