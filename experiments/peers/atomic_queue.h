/* SPDX-License-Identifier: MIT */
/* atomic_queue: with MAXIMIZE_THROUGHPUT, its default: a side that waits for a slot pauses; see
 * atomic_queue_spsc.h. */
#ifndef PEER_ATOMIC_QUEUE_H
#define PEER_ATOMIC_QUEUE_H

#include "atomic_queue_spsc.h"

#define RS_CAPS_atomic_queue      (RS_PEER | RS_NONZERO_ONLY)
#define RS_HAS_atomic_queue_batch 0
#define RS_HAS_atomic_queue_spans 0
#define RS_HAS_atomic_queue_flush 0
#define RS_HAS_atomic_queue_slack 0
#define RS_HAS_atomic_queue_wait  0

ATOMIC_QUEUE_PEER(atomic_queue, true);

#endif
