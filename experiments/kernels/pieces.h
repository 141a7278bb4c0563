/* SPDX-License-Identifier: MIT */
/* Messages in a row: packed ones, and the pieces of a loan. */
#ifndef PIECES_H
#define PIECES_H

#include "message.h"
#include "rings/ring.h"

/* Of n packed messages of 8 bytes, those that make whole lines; how many. */
RS_INLINE size_t words_fill(unsigned char *to, uint64_t seq, size_t n)
{
    struct message_line l = message_line_from(message_word(seq), 2);
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        message_line_store(to + 8 * i, &l);
        message_line_add(&l, 16);
    }
    return i;
}

RS_INLINE size_t words_check(const unsigned char *from, uint64_t seq, size_t n, uint64_t *wrong)
{
    struct message_line wanted = message_line_from(message_word(seq), 2);
    struct message_line all = message_line_from(0, 0);
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const struct message_line l = message_line_load(from + 8 * i);
        for (unsigned k = 0; k < MESSAGE_PAIRS; k++)
            all.pair[k] |= l.pair[k] ^ wanted.pair[k];
        message_line_add(&wanted, 16);
    }
    const message_pair any = (all.pair[0] | all.pair[1]) | (all.pair[2] | all.pair[3]);
    *wrong |= any[0] | any[1];
    return i;
}

/* n packed messages from number seq on. */
RS_INLINE void messages_fill(unsigned char *to, uint64_t seq, size_t n, size_t size)
{
    for (size_t i = size == 8 ? words_fill(to, seq, n) : 0; i < n; i++)
        message_fill(to + i * size, seq + i, size);
}

RS_INLINE uint64_t messages_check(const unsigned char *from, uint64_t seq, size_t n, size_t size)
{
    uint64_t wrong = 0;
    for (size_t i = size == 8 ? words_check(from, seq, n, &wrong) : 0; i < n; i++)
        wrong |= message_check(from + i * size, seq + i, size);
    return wrong;
}

/* A piece of a loan; packed slots get a loop of their own, which vectorises. */
RS_INLINE void piece_fill(const struct rs_piece *p, size_t stride, uint64_t seq, size_t size)
{
    unsigned char *to = (unsigned char *)p->data;
    if (stride == size)
        messages_fill(to, seq, p->count, size);
    else
        for (size_t i = 0; i < p->count; i++)
            message_fill(to + i * stride, seq + i, size);
}

RS_INLINE uint64_t piece_check(const struct rs_piece *p, size_t stride, uint64_t seq, size_t size)
{
    const unsigned char *from = (const unsigned char *)p->data;
    uint64_t wrong = 0;
    if (stride == size)
        return messages_check(from, seq, p->count, size);
    for (size_t i = 0; i < p->count; i++)
        wrong |= message_check(from + i * stride, seq + i, size);
    return wrong;
}

RS_INLINE void slots_copy(unsigned char *to, size_t to_stride, const unsigned char *from,
                          size_t from_stride, size_t n, size_t size)
{
    if (to_stride == size && from_stride == size)
        for (size_t i = 0; i < n; i++)
            memcpy(to + i * size, from + i * size, size);
    else
        for (size_t i = 0; i < n; i++)
            memcpy(to + i * to_stride, from + i * from_stride, size);
}

/* Messages from number i of a loan to the end of its piece; `n` where that is the last one. */
RS_INLINE size_t span_run(const struct rs_span *s, size_t i, size_t n)
{
    const size_t first = s->piece[0].count;
    return (i < first && first < n ? first : n) - i;
}

/* The first n messages of a loan into another one. */
RS_INLINE void span_copy(const struct rs_span *to, const struct rs_span *from, size_t n,
                         size_t size)
{
    for (size_t i = 0, run; i < n; i += run) {
        const size_t room = span_run(to, i, n);
        run = span_run(from, i, n);
        run = run < room ? run : room;
        slots_copy((unsigned char *)rs_span_at(to, i), to->stride_bytes,
                   (const unsigned char *)rs_span_at(from, i), from->stride_bytes, run, size);
    }
}

#endif
