/* SPDX-License-Identifier: MIT */
#ifndef PEER_LOSING_H
#define PEER_LOSING_H

#include "over_padded.h"

#define RS_CAPS_losing      (RS_PEER | RS_POWER_OF_TWO)
#define RS_HAS_losing_batch 0
#define RS_HAS_losing_spans 0
#define RS_HAS_losing_flush 0
#define RS_HAS_losing_slack 0
#define RS_HAS_losing_wait  0

static inline bool losing_fault(struct over_padded *p, const void *msg, size_t size)
{
    (void)p;
    (void)msg;
    (void)size;
    return true;
}

PEER_OVER_PADDED(losing, losing_fault);

#endif
