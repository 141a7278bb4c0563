/* SPDX-License-Identifier: MIT */
/*
 * How a worker waits, and how it is woken.  Private to the engine.
 *
 * Parking is Dekker's handshake.  The sleeper announces itself, then looks at its rings once more;
 * the other side stores a ring index, then looks whether somebody announced itself:
 *
 *     sleeper                                   waker (rs_io_settle)
 *     W4 parked = 1            (seq_cst)        ring index stored     (release, by the ring)
 *     W2 full fence of every thread             W1 compiler fence
 *     look at the rings again                   W3 load parked
 *     futex sleeps while parked == 1            if set: W5 parked = 0 (seq_cst), futex wake
 *
 * Both loads must not miss both stores, so both sides need a full fence between their store and
 * their load.  The waker's would cost it every message, so it is asymmetric: membarrier(2) makes
 * every running thread of the process execute a full fence on behalf of the sleeper, and the waker
 * only keeps the compiler from reordering (M. Desnoyers et al., "User-Level Implementations of
 * Read-Copy Update", IEEE TPDS 23(2), 2012; P1202 asymmetric_thread_fence).  Where the kernel has
 * no private expedited membarrier, the ends of parking graphs settle through a real fence instead
 * (edge.c).  No timeout takes part in it.
 */
#ifndef RINGSIDE_WAIT_H
#define RINGSIDE_WAIT_H

#include "graph/graph.h"

/* 0 where W2 and W1 may be asymmetric; registers the process. */
int rs_membarrier_register(void);

/* Sleeper: W4 and W2.  Then look again, and call rs_park_sleep or rs_park_cancel.  `bell` = 0: it
 * sleeps on the word; else on descriptors, among them the eventfd bell - 1, which a waker writes
 * to.  That one stays open for as long as anybody may wake. */
void rs_park_announce(RS_ATOMIC(uint32_t) * parked, uint32_t bell, bool asymmetric);
void rs_park_cancel(RS_ATOMIC(uint32_t) * parked);
/* Returns once somebody woke it. */
void rs_park_sleep(RS_ATOMIC(uint32_t) * parked);
/* Any thread: W5; true if it slept or was about to. */
bool rs_park_wake(RS_ATOMIC(uint32_t) * parked);

/* One step of waiting but for parking; `polls` = steps so far.  `crowded`: it shares its cpu. */
enum rs_step { RS_STEP_POLL, RS_STEP_PARK };
enum rs_step rs_wait_step(rs_wait, unsigned polls, bool crowded, bool can_park);

#endif
