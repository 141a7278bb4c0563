/* SPDX-License-Identifier: MIT */
#include "graph/pack.h"

#include <string.h>

/* How many messages from number `at` on lie in one piece, `most` at most. */
static size_t run_of(const struct rs_span *s, size_t at, size_t most)
{
    const size_t head = s->piece[0].count;
    const size_t run = at < head ? head - at : head + s->piece[1].count - at;
    return run < most ? run : most;
}

void rs_pack(unsigned char *to, const struct rs_span *s, size_t first, size_t n, size_t bytes)
{
    for (size_t i = 0, run; i < n; i += run, to += run * bytes) {
        const unsigned char *from = (const unsigned char *)rs_span_at(s, first + i);
        run = run_of(s, first + i, n - i);
        if (s->stride_bytes == bytes)
            memcpy(to, from, run * bytes);
        else
            for (size_t k = 0; k < run; k++)
                memcpy(to + k * bytes, from + k * s->stride_bytes, bytes);
    }
}

void rs_unpack(const struct rs_span *s, const unsigned char *from, size_t n, size_t bytes)
{
    for (size_t i = 0, run; i < n; i += run, from += run * bytes) {
        unsigned char *to = (unsigned char *)rs_span_at(s, i);
        run = run_of(s, i, n - i);
        if (s->stride_bytes == bytes)
            memcpy(to, from, run * bytes);
        else
            for (size_t k = 0; k < run; k++)
                memcpy(to + k * s->stride_bytes, from + k * bytes, bytes);
    }
}
