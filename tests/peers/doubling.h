/* SPDX-License-Identifier: MIT */
#ifndef PEER_DOUBLING_H
#define PEER_DOUBLING_H

#include "over_padded.h"

#define RS_CAPS_doubling      (RS_PEER | RS_POWER_OF_TWO)
#define RS_HAS_doubling_batch 0
#define RS_HAS_doubling_spans 0
#define RS_HAS_doubling_flush 0
#define RS_HAS_doubling_slack 0
#define RS_HAS_doubling_wait  0

static inline bool doubling_fault(struct over_padded *p, const void *msg, size_t size)
{
    return rs_padded_push(&p->ring, msg, size) && rs_padded_push(&p->ring, msg, size);
}

PEER_OVER_PADDED(doubling, doubling_fault);

#endif
