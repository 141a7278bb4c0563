/* SPDX-License-Identifier: MIT */
/* Every ring's kernels, at every separation. */
#include <string.h>

#include "kernel.h"

#define EACH_SEPARATION(X, name) X(name, 64) X(name, 128) X(name, 256)

#define DECLARE(name, separation)                                                                  \
    extern const struct ring_kernels ring_kernels_##name##_##separation;
#define RING(name, summary) EACH_SEPARATION(DECLARE, name)
#include "rings/variants.def"
#undef RING

static const struct ring_kernels *const table[] = {
#define ENTRY(name, separation) &ring_kernels_##name##_##separation,
#define RING(name, summary)     EACH_SEPARATION(ENTRY, name)
#include "rings/variants.def"
#undef RING
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
