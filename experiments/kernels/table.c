/* SPDX-License-Identifier: MIT */
/* Every ring's kernels, at every separation, and in ringside-peers those of every peer that is
 * built (-DPEERS_DEF='"..."'), at one. */
#include <string.h>

#include "kernel.h"

#ifndef PEERS_DEF
#define PEERS_DEF "experiments/peers/none.def"
#endif

#define EACH_SEPARATION(X, name) X(name, 64) X(name, 128) X(name, 256)

#define DECLARE_(name, separation)                                                                 \
    extern const struct ring_kernels ring_kernels_##name##_##separation;
#define DECLARE(name, separation)            DECLARE_(name, separation)
#define RING(name, summary)                  EACH_SEPARATION(DECLARE, name)
#define PEER(name, language, needs, summary) DECLARE(name, RS_SEPARATION)
#include "rings/variants.def"
#include PEERS_DEF
#undef RING
#undef PEER

static const struct ring_kernels *const table[] = {
#define ENTRY_(name, separation)             &ring_kernels_##name##_##separation,
#define ENTRY(name, separation)              ENTRY_(name, separation)
#define RING(name, summary)                  EACH_SEPARATION(ENTRY, name)
#define PEER(name, language, needs, summary) ENTRY(name, RS_SEPARATION)
#include "rings/variants.def"
#include PEERS_DEF
#undef RING
#undef PEER
};

const struct ring_kernels *kernels_find(const char *ring, int64_t separation)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i]->separation == separation && strcmp(table[i]->ring, ring) == 0)
            return table[i];
    return NULL;
}

size_t kernel_size_index(size_t msg_bytes)
{
    static const size_t sizes[] = {
#define SIZE(n) n,
        KERNEL_SIZE_LIST(SIZE)};
    size_t i = 0;
    while (i < KERNEL_SIZES && sizes[i] != msg_bytes)
        i++;
    return i;
}
