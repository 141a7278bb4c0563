/* SPDX-License-Identifier: MIT */
/* What a side does between two tries. */
#ifndef POLL_H
#define POLL_H

#include <sched.h>

#include "factors.h"
#include "rings/memory.h"

RS_INLINE void poll_once(enum poll poll)
{
    if (poll == POLL_PAUSE)
        rs_pause();
    else if (poll == POLL_YIELD)
        sched_yield();
}

#endif
