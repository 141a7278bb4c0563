/* SPDX-License-Identifier: MIT */
#ifndef PEER_SOUND_H
#define PEER_SOUND_H

#include "over_padded.h"

#define RS_CAPS_sound      (RS_PEER | RS_POWER_OF_TWO)
#define RS_HAS_sound_batch 0
#define RS_HAS_sound_spans 0
#define RS_HAS_sound_flush 0
#define RS_HAS_sound_slack 0
#define RS_HAS_sound_wait  0

static inline bool sound_fault(struct over_padded *p, const void *msg, size_t size)
{
    return rs_padded_push(&p->ring, msg, size);
}

PEER_OVER_PADDED(sound, sound_fault);

#endif
