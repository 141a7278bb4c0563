/* SPDX-License-Identifier: MIT */
#include "delays.h"

#include "rings/memory.h"

#include <sched.h>
#include <time.h>

__thread struct stress_delays *stress_delays_mine;

void stress_delay_now(struct stress_delays *d, uint64_t draw)
{
    const struct timespec nap = {.tv_nsec = 20000};
    if (draw % 4096 == 0) {
        d->sleeps++;
        nanosleep(&nap, NULL);
    } else if (draw % 16 == 0) {
        d->yields++;
        sched_yield();
    } else {
        for (uint64_t i = 0; i < draw / 16 % 32; i++)
            rs_pause();
    }
}
