/* SPDX-License-Identifier: MIT */
/* What the rings of this process marked (rings/events.h) between two moments of a round. */
#ifndef RING_EVENTS_H
#define RING_EVENTS_H

#include <jansson.h>

#include "rings/events.h"

struct ring_events {
    uint64_t n[RS_EVENT_KINDS]; /* all 0 with RS_EVENTS = 0 */
};

/* All threads, so far.  Exact while no thread uses a ring. */
void ring_events_read(struct ring_events *e);

/* What was marked after e was read replaces it. */
void ring_events_since(struct ring_events *e);

/* ring_events and index_refreshes_per_msg, null with RS_EVENTS = 0. */
void ring_events_put(json_t *metrics, const struct ring_events *e, uint64_t messages);

#endif
