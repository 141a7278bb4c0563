/* SPDX-License-Identifier: MIT */
#ifndef PEER_SWAPPING_H
#define PEER_SWAPPING_H

#include "over_padded.h"

#define RS_CAPS_swapping      (RS_PEER | RS_POWER_OF_TWO)
#define RS_HAS_swapping_batch 0
#define RS_HAS_swapping_spans 0
#define RS_HAS_swapping_flush 0
#define RS_HAS_swapping_slack 0
#define RS_HAS_swapping_wait  0

static inline bool swapping_fault(struct over_padded *p, const void *msg, size_t size)
{
    /* Each of the two is known from the other: they follow each other. */
    unsigned char other[FAULT_BYTES_MAX];
    const uint64_t seq = message_seq(msg);
    if (size > sizeof other)
        return false;
    message_fill(other, p->pushed == FAULT_AT ? seq + 1 : seq - 1, size);
    return rs_padded_push(&p->ring, other, size);
}

PEER_OVER_PADDED(swapping, swapping_fault);

#endif
