/* SPDX-License-Identifier: MIT */
/* The message sizes that peers are compiled for: those of the kernels. */
#ifndef PEER_SIZES_H
#define PEER_SIZES_H

#include "experiments/kernels/kernel.h"

#define PEER_SIZE_LIST(X) KERNEL_SIZE_LIST(X)

static inline __attribute__((unused)) bool peer_has_size(size_t msg_bytes)
{
    static const size_t sizes[] = {
#define PEER_SIZE(n) n,
        PEER_SIZE_LIST(PEER_SIZE)
#undef PEER_SIZE
    };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        if (sizes[i] == msg_bytes)
            return true;
    return false;
}

#endif
