/* SPDX-License-Identifier: MIT */
/*
 * Copies large messages into a ring past the caches (rs_config.stream): non-temporal stores write
 * whole lines to memory and fetch none of them first.  The producer keeps its cache for other data;
 * the consumer reads from memory what it would else get from the producer's cache.  It is for rings
 * larger than the caches, and whether it pays even there is for a measurement to say.
 *
 * Ordering: non-temporal stores are not ordered with later stores, not even with a release store,
 * which on x86 is a plain one.  So rs_stream_fence stands after the last of them and before the
 * ring's publish; from there on they are ordered as other payload.  A consumer needs nothing: its
 * loads are plain.
 *
 * It ends here: without this header there remain the field `stream` and the cap STREAMS in ring.h,
 * rs_copy_in_stream and rs_stream_fence in the three seams, and two calls and a field in cached.h.
 */
#ifndef RINGSIDE_STREAM_COPY_H
#define RINGSIDE_STREAM_COPY_H

#include "ring.h"

/* Smaller messages take the plain way whatever is asked for; where the size is a constant the
 * branch is none. */
enum { RS_STREAM_BYTES = 1024 };

/* Producer: one message into its slot. */
RS_INLINE void rs_stream_put(rs_cell *slot, const void *msg, size_t size, RS_PLAIN(bool) * stream)
{
    if (size < RS_STREAM_BYTES || !rs_get(stream)) {
        rs_copy_in(slot, msg, size);
        return;
    }
    rs_copy_in_stream(slot, msg, size);
    rs_stream_fence();
}

/* Producer: packed messages into lent slots. */
RS_INLINE void rs_stream_put_n(const struct rs_span *s, const void *msgs, size_t size,
                               RS_PLAIN(bool) * stream)
{
    const unsigned char *m = (const unsigned char *)msgs;
    const size_t n = s->piece[0].count + s->piece[1].count;
    if (size < RS_STREAM_BYTES || !rs_get(stream)) {
        rs_span_write(s, msgs, size);
        return;
    }
    for (size_t i = 0; i < n; i++)
        rs_copy_in_stream(rs_span_at(s, i), m + i * size, size);
    rs_stream_fence();
}

#endif
