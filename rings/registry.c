/* SPDX-License-Identifier: MIT */
/* variants.def, or another list of rings (-DRS_VARIANTS_DEF='"..."'), as a table. */
#include "ring.h"

#ifndef RS_VARIANTS_DEF
#define RS_VARIANTS_DEF "variants.def"
#endif

#define RING(name, summary) extern const struct rs_ring_ops rs_ring_ops_##name;
#include RS_VARIANTS_DEF
#undef RING

const struct rs_ring_entry rs_ring_table[] = {
#define RING(name, summary) {#name, summary, &rs_ring_ops_##name},
#include RS_VARIANTS_DEF
#undef RING
};

const size_t rs_ring_table_count = sizeof rs_ring_table / sizeof rs_ring_table[0];
