/* SPDX-License-Identifier: MIT */
/*
 * Ordering (who, on what, why):
 *   W2 seq_cst  fence   the announcement is before the second look; pairs with W1, W8 and S2
 *   W4 seq_cst  parked  the sleeper announces itself; pairs with W5
 *   W5 seq_cst  parked  one waker takes the announcement back; pairs with W4
 *   W6 relaxed  parked  the futex call orders it
 *   W7 relaxed  parked  the sleeper takes back its own announcement
 */
#include "wait.h"

#include <errno.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    POLLS_BEFORE_YIELD = 256,       /* of a crowded spinner: some microseconds */
    POLLS_BEFORE_PARK = 1024,       /* likewise, where the other side has its own cpu */
    POLLS_CROWDED = 16,             /* the other side cannot run while this one polls */
    POLLS_BEFORE_PARK_AUTO = 20000, /* some hundred microseconds: longer than a batch takes */
    NAP_NS = 50 * 1000,
    NAPS_EACH = 64
};

static long membarrier(int command)
{
    return syscall(SYS_membarrier, command, 0, 0);
}

int rs_membarrier_register(void)
{
    long can = membarrier(MEMBARRIER_CMD_QUERY);
    if (can < 0 || !(can & MEMBARRIER_CMD_PRIVATE_EXPEDITED))
        return -ENOTSUP;
    return membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0 ? 0 : -errno;
}

void rs_park_announce(RS_ATOMIC(uint32_t) * parked, uint32_t bell, bool asymmetric)
{
    /* W4 seq_cst: before the second look at the rings; pairs with W5. Without it a message that
     * is sent meanwhile wakes nobody. */
    rs_store_seq_cst(parked, 1u + bell);
    /* W2 seq_cst: pairs with W1, W8 and S2. Without it both sides may miss each other's store and
     * the sleeper sleeps on a full ring. */
    rs_fence_seq_cst();
    if (asymmetric)
        membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED); /* W1's half: cannot fail once registered */
}

void rs_park_cancel(RS_ATOMIC(uint32_t) * parked)
{
    rs_store_relaxed(parked,
                     0u); /* W7 relaxed: a waker that still sees 1 wakes nobody, harmlessly */
}

void rs_park_sleep(RS_ATOMIC(uint32_t) * parked)
{
    /* W6 relaxed: what the waker stored is read by the rings' own acquires. */
    while (rs_load_relaxed(parked) == 1u)
        syscall(SYS_futex, parked, FUTEX_WAIT_PRIVATE, 1u, NULL, NULL, 0);
}

/* A full counter is readable too. */
static bool ring_bell(uint32_t fd)
{
    const uint64_t one = 1;
    return write((int)fd, &one, sizeof one) == (ssize_t)sizeof one || errno == EAGAIN;
}

bool rs_park_wake(RS_ATOMIC(uint32_t) * parked)
{
    /* W5 seq_cst: pairs with W4. Without it two wakers could both, or none, see the sleeper. */
    const uint32_t was = rs_exchange_seq_cst(parked, 0u);
    if (was == 0u)
        return false;
    if (was > 1u)
        return ring_bell(was - 2u);
    syscall(SYS_futex, parked, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    return true;
}

/* Longer the longer nothing came, up to 16 naps at once. */
static void nap(unsigned times)
{
    const unsigned doublings = times / NAPS_EACH < 4 ? times / NAPS_EACH : 4;
    const struct timespec t = {0, (long)NAP_NS << doublings};
    nanosleep(&t, NULL);
}

/* Pauses at first, or, where the other side needs this very cpu, gives it away: a futex call on
 * each side for every batch costs more than a turn of the scheduler.  Then what the strategy does.
 */
static enum rs_step pause_then(unsigned polls, unsigned limit, bool crowded, bool park)
{
    if (polls < limit && crowded)
        sched_yield();
    else if (polls < limit)
        rs_pause();
    else if (park)
        return RS_STEP_PARK;
    else
        nap(polls - limit);
    return RS_STEP_POLL;
}

enum rs_step rs_wait_step(rs_wait wait, unsigned polls, bool crowded, bool can_park)
{
    switch (wait) {
    case RS_WAIT_SPIN:
    case RS_WAIT_PAUSE:
        if (crowded && polls >= POLLS_BEFORE_YIELD)
            sched_yield();
        else if (wait == RS_WAIT_PAUSE)
            rs_pause();
        return RS_STEP_POLL;
    case RS_WAIT_YIELD:
        sched_yield();
        return RS_STEP_POLL;
    case RS_WAIT_PARK:
        return pause_then(polls, crowded ? POLLS_CROWDED : POLLS_BEFORE_PARK, crowded, can_park);
    case RS_WAIT_SLEEP:
        return pause_then(polls, crowded ? POLLS_CROWDED : POLLS_BEFORE_PARK, crowded, false);
    default:
        return pause_then(polls, crowded ? POLLS_CROWDED : POLLS_BEFORE_PARK_AUTO, crowded,
                          can_park);
    }
}
