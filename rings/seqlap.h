/* SPDX-License-Identifier: MIT */
/*
 * seqlap: every slot begins with a tag that names the message in it, so that a message and the word
 * that publishes it share a line.  The producer stores the message's index as the tag, after the
 * message; the consumer waits for the index that it expects and never writes a slot: what the slot
 * held a lap ago has another tag.  Freed slots are given back through an index of their own, after
 * capacity/8 of them and whenever the consumer runs short.  No word of a message is special.
 *
 * Near-empty a message costs the transfer and the upgrade of its own line and 2/capacity of the
 * credit's; in a stream the lines are shared by as many slots as fit.  Slots that do not divide a
 * line, as of 64-byte messages, cost two lines near-empty.
 *
 * A sequence number in each slot is from D. Vyukov, "Bounded MPMC queue" (1024cores.net, 2010),
 * where the consumer writes it too; the Disruptor (M. Thompson, D. Farley, M. Barker, P. Gee,
 * A. Stewart, "Disruptor: High performance alternative to bounded queues for exchanging data
 * between concurrent threads", LMAX 2011) has numbers that only producers write, apart from the
 * slots.  That the slot alone says whether it is filled is FastForward's (J. Giacomoni, T. Moseley,
 * M. Vachharajani, PPoPP 2008); that returns are deferred is as in credit.h.
 *
 * Capacity: a power of two.  Slack: as credit.  A slot is a word and the message, from a multiple
 * of msg_align and of the word: a message of 56 bytes has a line.
 *
 * Ordering (who, on what, why):
 *   P1 relaxed  producer.tail    the producer reads and writes its own index
 *   P2 acquire  returned.credit  slots are free; pairs with C3
 *   P3 release  *rs_word_at      publishes the slot; pairs with C2
 *   C1 relaxed  consumer.head    the consumer reads and writes its own index
 *   C2 acquire  *rs_word_at      the slot is filled; pairs with P3
 *   C3 release  returned.credit  returns slots; pairs with P2
 *   X1 release  shared.closed    close; pairs with X2
 *   X2 acquire  shared.closed    what was pushed before the close is visible; pairs with X1
 *   N1 relaxed  consumer.head    approximate count
 *   N2 relaxed  producer.tail    approximate count
 *   I1 relaxed  all of them      before the ring is shared
 */
#ifndef RINGSIDE_SEQLAP_H
#define RINGSIDE_SEQLAP_H

#include "ring.h"

#define RS_CAPS_seqlap      RS_POWER_OF_TWO
#define RS_HAS_seqlap_batch 1
#define RS_HAS_seqlap_spans 0
#define RS_HAS_seqlap_flush 0
#define RS_HAS_seqlap_slack 1
#define RS_HAS_seqlap_wait  0

struct rs_seqlap {
    struct RS_SEPARATED {
        RS_ATOMIC(rs_index) tail; /* next slot to fill; read by count alone */
        RS_PLAIN(rs_index) limit; /* slots before it are free: the last view of credit, a lap on */
        struct rs_slots slots;
    } producer;
    struct RS_SEPARATED {
        RS_ATOMIC(rs_index) head;    /* next slot to drain; read by count alone */
        RS_PLAIN(rs_index) returned; /* what credit says */
        RS_PLAIN(rs_index) defer;    /* slots freed before they are given back */
        struct rs_slots slots;
    } consumer;
    struct RS_SEPARATED {
        RS_ATOMIC(rs_index) credit; /* slots before it are free */
    } returned;
    struct RS_SEPARATED {
        RS_ATOMIC(uint32_t) closed; /* either side writes 1; read only when stuck */
    } shared;
};

/* Messages the consumer may hold back: as configured, or an eighth of the capacity. */
RS_INLINE size_t rs_seqlap_defer(const struct rs_config *cfg)
{
    size_t eighth = cfg->capacity / 8;
    size_t defer = cfg->defer > 0 ? cfg->defer : eighth;
    return defer > 0 ? defer : 1;
}

RS_INLINE size_t rs_seqlap_slack(const struct rs_config *cfg)
{
    return rs_seqlap_defer(cfg) - 1;
}

RS_INLINE size_t rs_seqlap_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)
{
    if (rs_slots_bytes(capacity, msg_bytes, msg_align) == 0)
        return 0;
    return rs_slots_bytes(capacity, sizeof(rs_word) + msg_bytes,
                          msg_align < sizeof(rs_word) ? sizeof(rs_word) : msg_align);
}

/* cfg of the slots: a word and a message each, and the word aligned. */
RS_INLINE struct rs_config rs_seqlap_config(const struct rs_config *cfg)
{
    struct rs_config tagged = *cfg;
    tagged.msg_bytes += sizeof(rs_word);
    if (tagged.msg_align < sizeof(rs_word))
        tagged.msg_align = sizeof(rs_word);
    return tagged;
}

/* Tags every slot with the message that it would have held a lap before the first. */
RS_INLINE void rs_seqlap_init_tags(struct rs_seqlap *r, const struct rs_config *cfg)
{
    size_t i;
    for (i = 0; i < cfg->capacity; i++) {
        rs_index first = (rs_index)(cfg->start + i);
        /* I1 relaxed: not shared yet; whatever hands the ring to the other thread orders these. */
        rs_store_relaxed(rs_word_at(rs_slots_at(&r->producer.slots, first)),
                         (rs_word)(first - cfg->capacity));
    }
}

RS_INLINE int rs_seqlap_init(struct rs_seqlap *r, void *mem, const struct rs_config *cfg)
{
    int err = rs_config_check(cfg, mem, RS_CAPS_seqlap);
    struct rs_config tagged;
    if (err)
        return err;
    if (rs_seqlap_bytes(cfg->capacity, cfg->msg_bytes, cfg->msg_align) == 0)
        return -EINVAL;
    tagged = rs_seqlap_config(cfg);
    rs_slots_init(&r->producer.slots, (rs_cell *)mem, &tagged);
    rs_slots_init(&r->consumer.slots, (rs_cell *)mem, &tagged);
    rs_seqlap_init_tags(r, cfg);
    rs_set(&r->producer.limit, (rs_index)(cfg->start + cfg->capacity));
    rs_set(&r->consumer.returned, cfg->start);
    rs_set(&r->consumer.defer, (rs_index)rs_seqlap_defer(cfg));
    /* I1 relaxed: not shared yet; whatever hands the ring to the other thread orders these. */
    rs_store_relaxed(&r->producer.tail, cfg->start);
    rs_store_relaxed(&r->consumer.head, cfg->start);   /* I1 relaxed: as above */
    rs_store_relaxed(&r->returned.credit, cfg->start); /* I1 relaxed: as above */
    rs_store_relaxed(&r->shared.closed, 0u);           /* I1 relaxed: as above */
    return 0;
}

/* How many of n slots the producer may fill from tail on; asks the consumer only if the last view
 * does not hold n. */
RS_INLINE size_t rs_seqlap_room(struct rs_seqlap *r, rs_index tail, size_t n)
{
    rs_index limit = rs_get(&r->producer.limit);
    size_t room = (size_t)rs_distance(limit, tail);
    if (rs_unlikely(room < n)) {
        /* P2 acquire: the consumer has read the slots before credit; pairs with C3. Without it P
         * overwrites a slot that C still reads. */
        rs_index credit = rs_load_acquire(&r->returned.credit);
        limit = (rs_index)(credit + rs_get(&r->producer.slots.mask) + 1);
        rs_set(&r->producer.limit, limit);
        room = (size_t)rs_distance(limit, tail);
        rs_note(refresh, 1);
        rs_note(full, room == 0);
    }
    return room < n ? room : n;
}

/* The messages before tail are about to be published: first, so that whoever has one has counted
 * it. */
RS_INLINE void rs_seqlap_announce(struct rs_seqlap *r, rs_index tail)
{
    rs_store_relaxed(&r->producer.tail, tail); /* P1 relaxed: sole writer */
}

/* Fills the free slot of message `at` and publishes it. */
RS_INLINE void rs_seqlap_put(struct rs_seqlap *r, rs_index at, const void *msg, size_t size)
{
    rs_cell *slot = rs_slots_at(&r->producer.slots, at);
    rs_copy_in(slot + sizeof(rs_word), msg, size);
    /* P3 release: publishes the message behind the tag; pairs with C2. Without it C reads a stale
     * message. */
    rs_store_release(rs_word_at(slot), (rs_word)at);
}

RS_INLINE bool rs_seqlap_push(struct rs_seqlap *r, const void *msg, size_t size)
{
    rs_index tail = rs_load_relaxed(&r->producer.tail); /* P1 relaxed: sole writer */
    if (rs_unlikely(rs_seqlap_room(r, tail, 1) == 0))
        return false;
    rs_seqlap_announce(r, (rs_index)(tail + 1));
    rs_seqlap_put(r, tail, msg, size);
    rs_note(pushed, 1);
    return true;
}

/* One look for room, and one store of the index, a batch. */
RS_INLINE size_t rs_seqlap_push_n(struct rs_seqlap *r, const void *msgs, size_t n, size_t size)
{
    const unsigned char *m = (const unsigned char *)msgs;
    rs_index tail = rs_load_relaxed(&r->producer.tail); /* P1 relaxed: sole writer */
    size_t i;
    n = rs_seqlap_room(r, tail, n);
    if (n == 0)
        return 0;
    rs_seqlap_announce(r, (rs_index)(tail + n));
    for (i = 0; i < n; i++)
        rs_seqlap_put(r, (rs_index)(tail + i), m + i * size, size);
    rs_note(pushed, n);
    return n;
}

/* Copies message `at` out, or returns false and leaves msg alone. */
RS_INLINE bool rs_seqlap_take(struct rs_seqlap *r, rs_index at, void *msg, size_t size)
{
    rs_cell *slot = rs_slots_at(&r->consumer.slots, at);
    /* C2 acquire: the message behind the tag is whole; pairs with P3. Without it C reads a stale
     * message. */
    rs_word tag = rs_load_acquire(rs_word_at(slot));
    if (rs_unlikely(tag != (rs_word)at))
        return false;
    rs_copy_out(msg, slot + sizeof(rs_word), size);
    return true;
}

/* Gives the slots before head back, those that were held back too. */
RS_INLINE void rs_seqlap_return(struct rs_seqlap *r, rs_index head)
{
    rs_set(&r->consumer.returned, head);
    /* C3 release: the loads of the slots before head are done; pairs with P2. Without it P
     * overwrites a slot that C still reads. */
    rs_store_release(&r->returned.credit, head);
}

/* The messages before head are done with. */
RS_INLINE void rs_seqlap_advance(struct rs_seqlap *r, rs_index head)
{
    rs_index returned = rs_get(&r->consumer.returned);
    rs_index defer = rs_get(&r->consumer.defer);
    /* C1 relaxed: sole writer; before the return, so that whoever has the slots has counted it. */
    rs_store_relaxed(&r->consumer.head, head);
    if (rs_unlikely(rs_distance(head, returned) >= defer))
        rs_seqlap_return(r, head);
}

/* The consumer got less than it asked for: the producer may be waiting for what is held back. */
RS_INLINE void rs_seqlap_short(struct rs_seqlap *r, rs_index head)
{
    if (rs_get(&r->consumer.returned) != head)
        rs_seqlap_return(r, head);
}

RS_INLINE bool rs_seqlap_pop(struct rs_seqlap *r, void *msg, size_t size)
{
    rs_index head = rs_load_relaxed(&r->consumer.head); /* C1 relaxed: sole writer */
    if (rs_unlikely(!rs_seqlap_take(r, head, msg, size))) {
        rs_seqlap_short(r, head);
        rs_note(empty, 1);
        return false;
    }
    rs_seqlap_advance(r, (rs_index)(head + 1));
    rs_note(popped, 1);
    return true;
}

/* One store of the index, and one thought of the credit, a batch. */
RS_INLINE size_t rs_seqlap_pop_n(struct rs_seqlap *r, void *msgs, size_t n, size_t size)
{
    unsigned char *m = (unsigned char *)msgs;
    rs_index head = rs_load_relaxed(&r->consumer.head); /* C1 relaxed: sole writer */
    size_t i = 0;
    while (i < n && rs_seqlap_take(r, (rs_index)(head + i), m + i * size, size))
        i++;
    if (i > 0)
        rs_seqlap_advance(r, (rs_index)(head + i));
    if (i < n)
        rs_seqlap_short(r, (rs_index)(head + i));
    rs_note(empty, i == 0 && n > 0);
    rs_note(popped, i);
    return i;
}

RS_INLINE void rs_seqlap_close(struct rs_seqlap *r)
{
    /* X1 release: every push before it is published; pairs with X2. Without it the other side
     * sees the end but not the last messages. */
    rs_store_release(&r->shared.closed, 1u);
}

RS_INLINE bool rs_seqlap_closed(struct rs_seqlap *r)
{
    /* X2 acquire: a pop after this sees the last publish; pairs with X1. Without it the tail is
     * lost. */
    return rs_load_acquire(&r->shared.closed) != 0;
}

RS_INLINE size_t rs_seqlap_count(struct rs_seqlap *r)
{
    rs_index head = rs_load_relaxed(&r->consumer.head); /* N1 relaxed: approximate */
    rs_index tail = rs_load_relaxed(&r->producer.tail); /* N2 relaxed: approximate */
    return (size_t)rs_distance(tail, head);
}

RS_RING_DEFAULTS(seqlap);

#endif
