/* SPDX-License-Identifier: MIT */
/* Messages of a span, which lie apart and in two pieces, to and from bytes without gaps, as frames
 * have them.  Private to the bridges.  Threads: none; the span is the caller's. */
#ifndef RINGSIDE_PACK_H
#define RINGSIDE_PACK_H

#include "rings/ring.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Messages [first..first+n) of the span, `bytes` each, to to[0..n*bytes). */
void rs_pack(unsigned char *to, const struct rs_span *, size_t first, size_t n, size_t bytes);

/* The other way, to the first n messages of the span. */
void rs_unpack(const struct rs_span *, const unsigned char *from, size_t n, size_t bytes);

#ifdef __cplusplus
}
#endif

#endif
