/* SPDX-License-Identifier: MIT */
/*
 * What rings share whose slots say by themselves whether they are filled: the first word (size_t)
 * of a slot is the first word of its message, and 0 in an empty slot.  No index is shared, so both
 * sides' control data stays in their own caches; the price is that a message's first word must not
 * be 0 (RS_NONZERO_ONLY).  A pointer is such a message, or a size, or a number counted from 1.
 *
 * The idea is from FastForward (J. Giacomoni, T. Moseley, M. Vachharajani, "FastForward for
 * Efficient Pipeline Parallelism", PPoPP 2008).
 *
 * Ordering (who, on what, why), of the word of a slot:
 *   P1 acquire  *rs_word_at  0: the consumer has read the slot; pairs with C2
 *   P2 release  *rs_word_at  publishes the message; pairs with C1
 *   C1 acquire  *rs_word_at  not 0: the message is whole; pairs with P2
 *   C2 release  *rs_word_at  returns the slot; pairs with P1
 *   C5 relaxed  *rs_word_at  C1 has seen this message or a later one
 *   I1 relaxed  *rs_word_at  before the ring is shared
 */
#ifndef RINGSIDE_SENTINEL_H
#define RINGSIDE_SENTINEL_H

#include "ring.h"

/* cfg with slots that start on whole words. */
RS_INLINE struct rs_config rs_sentinel_config(const struct rs_config *cfg)
{
    struct rs_config aligned = *cfg;
    if (aligned.msg_align < sizeof(rs_word))
        aligned.msg_align = sizeof(rs_word);
    return aligned;
}

RS_INLINE size_t rs_sentinel_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)
{
    if (msg_align == 0)
        return 0;
    return rs_slots_bytes(capacity, msg_bytes,
                          msg_align < sizeof(rs_word) ? sizeof(rs_word) : msg_align);
}

/* Both sides' view of empty slots. */
RS_INLINE void rs_sentinel_init(struct rs_slots *producer, struct rs_slots *consumer, rs_cell *mem,
                                const struct rs_config *cfg)
{
    struct rs_config aligned = rs_sentinel_config(cfg);
    size_t i;
    rs_slots_init(producer, mem, &aligned);
    rs_slots_init(consumer, mem, &aligned);
    for (i = 0; i < cfg->capacity; i++)
        /* I1 relaxed: not shared yet; whatever hands the ring over orders these. */
        rs_store_relaxed(rs_word_at(rs_slots_at(producer, (rs_index)i)), (rs_word)0);
}

/* Slots whose messages share a line, a power of two; at most half of the ring. */
RS_INLINE size_t rs_sentinel_group(const struct rs_config *cfg)
{
    struct rs_config aligned = rs_sentinel_config(cfg);
    size_t stride = rs_stride_bytes(aligned.msg_bytes, aligned.msg_align), group = 1;
    while (2 * group * stride <= RS_LINE_BYTES && 4 * group <= cfg->capacity)
        group *= 2;
    return group;
}

/* Producer: whether the slot has been returned. */
RS_INLINE bool rs_sentinel_free(rs_cell *slot)
{
    /* P1 acquire: the consumer has read the slot, and those before it; pairs with C2. Without it
     * P overwrites a slot that C still reads. */
    return rs_load_acquire(rs_word_at(slot)) == 0;
}

/* Whether the message can be told from an empty slot. */
RS_INLINE bool rs_sentinel_takes(const void *msg)
{
    rs_word word;
    memcpy(&word, msg, sizeof word);
    return word != 0;
}

/* Producer: fills a free slot. */
RS_INLINE void rs_sentinel_put(rs_cell *slot, const void *msg, size_t size)
{
    rs_word word;
    memcpy(&word, msg, sizeof word);
    if (size > sizeof word)
        rs_copy_in(slot + sizeof word, (const unsigned char *)msg + sizeof word,
                   size - sizeof word);
    /* P2 release: publishes the rest of the message; pairs with C1. Without it C reads a stale
     * rest. */
    rs_store_release(rs_word_at(slot), word);
}

/* Consumer: whether the slot is filled. */
RS_INLINE bool rs_sentinel_filled(rs_cell *slot)
{
    /* C1 acquire: the message is whole, and those before it; pairs with P2. Without it C reads a
     * stale rest. */
    return rs_load_acquire(rs_word_at(slot)) != 0;
}

/* What is left of a message when its word is known. */
RS_INLINE void rs_sentinel_copy_out(void *msg, rs_word word, rs_cell *slot, size_t size)
{
    memcpy(msg, &word, sizeof word);
    if (size > sizeof word)
        rs_copy_out((unsigned char *)msg + sizeof word, slot + sizeof word, size - sizeof word);
}

/* Consumer: copies the message out, or returns false and leaves msg alone. */
RS_INLINE bool rs_sentinel_take(void *msg, rs_cell *slot, size_t size)
{
    /* C1 acquire: the message is whole; pairs with P2. Without it C reads a stale rest. */
    rs_word word = rs_load_acquire(rs_word_at(slot));
    if (rs_unlikely(word == 0)) {
        rs_note(empty, 1);
        return false;
    }
    rs_sentinel_copy_out(msg, word, slot, size);
    return true;
}

/* Consumer: copies out a message that rs_sentinel_filled has seen, or seen one behind. */
RS_INLINE void rs_sentinel_read(void *msg, rs_cell *slot, size_t size)
{
    rs_word word = rs_load_relaxed(rs_word_at(slot)); /* C5 relaxed: ordered by an earlier C1 */
    rs_sentinel_copy_out(msg, word, slot, size);
}

/* Consumer: the slot may be filled again. */
RS_INLINE void rs_sentinel_clear(rs_cell *slot)
{
    /* C2 release: the slot has been read, and those before it; pairs with P1. Without it P
     * overwrites a slot that C still reads. */
    rs_store_release(rs_word_at(slot), (rs_word)0);
}

#endif
