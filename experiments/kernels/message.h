/* SPDX-License-Identifier: MIT */
/*
 * What the kernels send, and how the consumer checks it.
 *
 * A message of `size` bytes, size >= 8, is made of 64-bit words w[0..W): w[i] = w[0] + i * STEP,
 * and size % 8 tail bytes that repeat the low bytes of w[0] = 2 * seq + 1.  That is odd, so a ring
 * whose empty slots begin with a zero word (RS_NONZERO_ONLY) takes every message, whatever the size
 * of that word.  The check reads every byte: w[0] tells the sequence, the sum of all words is the
 * checksum.  With a constant size both compile to straight code.  Whole lines are written and read
 * eight words at a time, so that a loop of the compiler's making, which may take two cycles for 16
 * bytes or one by where it happens to lie, is not what is measured.
 */
#ifndef MESSAGE_H
#define MESSAGE_H

#include "shared.h"

#define MESSAGE_STEP 0x9e3779b97f4a7c15u

/* The first word of message number seq, seq < 2^63. */
RS_INLINE uint64_t message_word(uint64_t seq)
{
    return 2 * seq + 1;
}

/* The number of a message. */
RS_INLINE uint64_t message_seq(const void *from)
{
    uint64_t first;
    memcpy(&first, from, 8);
    return first / 2;
}

/* A line is four pairs of words: wider vectors go through the stack where the cpu has none. */
enum { MESSAGE_LINE = 64, MESSAGE_PAIRS = 4 };
typedef uint64_t message_pair __attribute__((vector_size(16)));
struct message_line {
    message_pair pair[MESSAGE_PAIRS];
};

/* The words first, first + step, ... */
RS_INLINE struct message_line message_line_from(uint64_t first, uint64_t step)
{
    struct message_line l;
    for (unsigned i = 0; i < MESSAGE_PAIRS; i++) {
        const message_pair p = {first + 2 * i * step, first + (2 * i + 1) * step};
        l.pair[i] = p;
    }
    return l;
}

/* By pairs: a copy of the whole would keep it in memory. */
RS_INLINE void message_line_store(unsigned char *to, const struct message_line *l)
{
    for (unsigned i = 0; i < MESSAGE_PAIRS; i++)
        memcpy(to + 16 * i, &l->pair[i], 16);
}

RS_INLINE struct message_line message_line_load(const unsigned char *from)
{
    struct message_line l;
    for (unsigned i = 0; i < MESSAGE_PAIRS; i++)
        memcpy(&l.pair[i], from + 16 * i, 16);
    return l;
}

RS_INLINE void message_line_add(struct message_line *l, uint64_t step)
{
    const message_pair by = {step, step};
    for (unsigned i = 0; i < MESSAGE_PAIRS; i++)
        l->pair[i] += by;
}

RS_INLINE void message_fill_lines(unsigned char *p, uint64_t first, size_t size)
{
    struct message_line l = message_line_from(first, MESSAGE_STEP);
    for (size_t at = 0; at < size; at += MESSAGE_LINE) {
        message_line_store(p + at, &l);
        message_line_add(&l, 8 * MESSAGE_STEP);
    }
}

/* The sum of all words. */
RS_INLINE uint64_t message_sum_lines(const unsigned char *p, size_t size)
{
    struct message_line sum = message_line_from(0, 0);
    for (size_t at = 0; at < size; at += MESSAGE_LINE) {
        const struct message_line l = message_line_load(p + at);
        for (unsigned i = 0; i < MESSAGE_PAIRS; i++)
            sum.pair[i] += l.pair[i];
    }
    const message_pair all = (sum.pair[0] + sum.pair[1]) + (sum.pair[2] + sum.pair[3]);
    return all[0] + all[1];
}

RS_INLINE void message_fill_here(void *to, uint64_t seq, size_t size)
{
    unsigned char *p = (unsigned char *)to;
    const uint64_t first = message_word(seq);
    uint64_t word = first;
    if (size % MESSAGE_LINE == 0) {
        message_fill_lines(p, first, size);
        return;
    }
    for (size_t i = 0; i < size / 8; i++, word += MESSAGE_STEP)
        memcpy(p + 8 * i, &word, 8);
    memcpy(p + size / 8 * 8, &first, size % 8);
}

RS_INLINE uint64_t message_check_here(const void *from, uint64_t seq, size_t size)
{
    const unsigned char *p = (const unsigned char *)from;
    const uint64_t words = size / 8, wanted = message_word(seq);
    uint64_t sum = 0, first, word, tail = 0, wanted_tail = 0;
    memcpy(&first, p, 8);
    if (size % MESSAGE_LINE == 0)
        sum = message_sum_lines(p, size);
    else
        for (size_t i = 0; i < words; i++) {
            memcpy(&word, p + 8 * i, 8);
            sum += word;
        }
    memcpy(&tail, p + words * 8, size % 8);
    memcpy(&wanted_tail, &wanted, size % 8);
    return (first ^ wanted) | (sum ^ (words * wanted + words * (words - 1) / 2 * MESSAGE_STEP)) |
           (tail ^ wanted_tail);
}

SHARED void message_fill_shared(void *to, uint64_t seq, size_t size)
{
    message_fill_here(to, seq, size);
}

SHARED uint64_t message_check_shared(const void *from, uint64_t seq, size_t size)
{
    return message_check_here(from, seq, size);
}

RS_INLINE void message_fill(void *to, uint64_t seq, size_t size)
{
    if (SHARED_SIZE(size))
        message_fill_shared(to, seq, size);
    else
        message_fill_here(to, seq, size);
}

/* 0 if the message is whole and is number `seq`. */
RS_INLINE uint64_t message_check(const void *from, uint64_t seq, size_t size)
{
    return SHARED_SIZE(size) ? message_check_shared(from, seq, size)
                             : message_check_here(from, seq, size);
}

/* Bytes of record number seq where sizes are mixed: 0 to most < 2^32, alike often, and the same in
 * every run (the finaliser of splitmix64). */
RS_INLINE size_t record_bytes(uint64_t seq, size_t most)
{
    uint64_t x = (seq + 1) * MESSAGE_STEP;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return (size_t)(((x >> 32) * ((uint64_t)most + 1)) >> 32);
}

/* 0 if the record is whole and is number `seq`; of one under 8 bytes they are all there is to tell.
 */
RS_INLINE uint64_t record_check(const void *from, uint64_t seq, size_t size)
{
    const uint64_t wanted = message_word(seq);
    if (size >= 8)
        return message_check(from, seq, size);
    return size > 0 && memcmp(from, &wanted, size) != 0;
}

#endif
