/* SPDX-License-Identifier: MIT */
/* What a side does between two tries. */
#ifndef POLL_H
#define POLL_H

#include <sched.h>

#include "factors.h"
#include "rings/memory.h"

RS_INLINE void poll_pause(int times)
{
    for (int i = 0; i < times; i++)
        rs_pause();
}

RS_INLINE void poll_once(enum poll poll)
{
    if (poll == POLL_PAUSE)
        rs_pause();
    else if (poll == POLL_PAUSE4)
        poll_pause(4);
    else if (poll == POLL_PAUSE16)
        poll_pause(16);
    else if (poll == POLL_FENCE)
        rs_pause_fence();
    else if (poll == POLL_YIELD)
        sched_yield();
}

#endif
