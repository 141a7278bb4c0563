/* SPDX-License-Identifier: MIT */
/* atomic_queue_lat: the same without MAXIMIZE_THROUGHPUT: a side that waits for a slot does not
 * pause; see atomic_queue_spsc.h. */
#ifndef PEER_ATOMIC_QUEUE_LAT_H
#define PEER_ATOMIC_QUEUE_LAT_H

#include "atomic_queue_spsc.h"

#define RS_CAPS_atomic_queue_lat      (RS_PEER | RS_NONZERO_ONLY)
#define RS_HAS_atomic_queue_lat_batch 0
#define RS_HAS_atomic_queue_lat_spans 0
#define RS_HAS_atomic_queue_lat_flush 0
#define RS_HAS_atomic_queue_lat_slack 0
#define RS_HAS_atomic_queue_lat_wait  0

ATOMIC_QUEUE_PEER(atomic_queue_lat, false);

#endif
