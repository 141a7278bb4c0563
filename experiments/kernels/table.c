/* SPDX-License-Identifier: MIT */
/* Every ring's kernels, at every separation, and in ringside-peers those of every peer that is
 * built (-DPEERS_DEF='"..."'), at one. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kernel.h"

#ifndef PEERS_DEF
#define PEERS_DEF "experiments/peers/none.def"
#endif

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

bool kernels_separation_refusal(int64_t separation, char *why, size_t n)
{
#define BYTES(name, separation)    separation,
#define IN_WORDS(name, separation) " " #separation
    static const int64_t built[] = {EACH_SEPARATION(BYTES, )};
    for (size_t i = 0; i < sizeof built / sizeof built[0]; i++)
        if (built[i] == separation)
            return false;
    snprintf(why, n,
             "this command was built without separation = %" PRId64 ", and has" EACH_SEPARATION(
                 IN_WORDS, ) "; use one of these, or build it with make SEPARATIONS='64 128 256'",
             separation);
    return true;
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
