/* SPDX-License-Identifier: MIT */
#ifndef PEER_DAMAGING_H
#define PEER_DAMAGING_H

#include "over_padded.h"

#define RS_CAPS_damaging      (RS_PEER | RS_POWER_OF_TWO)
#define RS_HAS_damaging_batch 0
#define RS_HAS_damaging_spans 0
#define RS_HAS_damaging_flush 0
#define RS_HAS_damaging_slack 0
#define RS_HAS_damaging_wait  0

static inline bool damaging_fault(struct over_padded *p, const void *msg, size_t size)
{
    unsigned char copy[FAULT_BYTES_MAX];
    if (size > sizeof copy)
        return false;
    memcpy(copy, msg, size);
    copy[size - 1] ^= 1;
    return rs_padded_push(&p->ring, copy, size);
}

PEER_OVER_PADDED(damaging, damaging_fault);

#endif
