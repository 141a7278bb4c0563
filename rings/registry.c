/* SPDX-License-Identifier: MIT */
/* variants.def as a table. */
#include "ring.h"

#define RING(name, summary) extern const struct rs_ring_ops rs_ring_ops_##name;
#include "variants.def"
#undef RING

const struct rs_ring_entry rs_ring_table[] = {
#define RING(name, summary) {#name, summary, &rs_ring_ops_##name},
#include "variants.def"
#undef RING
};

const size_t rs_ring_table_count = sizeof rs_ring_table / sizeof rs_ring_table[0];
