/* SPDX-License-Identifier: MIT */
/* Types of the messages that carry one spectrum: size / 2 + 1 bins of a transform of `size`
 * samples. */
#ifndef RINGSIDE_NODES_FRAME_H
#define RINGSIDE_NODES_FRAME_H

#include <stdint.h>
#include <stdio.h>

enum { FRAME_SIZE_MIN = 2, FRAME_SIZE_MAX = 1 << 20 };

/* "c32[257]": what an edge compares, so that frames of another size are refused. */
struct frame_type {
    char schema[24];
    uint32_t bins, bytes;
};

static inline struct frame_type frame_type_of(const char *element, uint32_t element_bytes,
                                              int64_t size)
{
    struct frame_type t;
    t.bins = (uint32_t)size / 2 + 1;
    t.bytes = t.bins * element_bytes;
    snprintf(t.schema, sizeof t.schema, "%s[%u]", element, t.bins);
    return t;
}

#endif
