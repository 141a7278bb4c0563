/* SPDX-License-Identifier: MIT */
/*
 * The contract of every ring.
 *
 * A ring carries fixed-size messages from one producer thread to one consumer thread, in
 * order, each exactly once, without a system call (a BLOCKING ring excepted).  Ring `v` is
 * `struct rs_v` in v.h with static-inline operations rs_v_<op>:
 *
 *   operation                          thread    does
 *   bytes(capacity, msg_bytes, align)  any       bytes of slot memory it needs; 0 if too large
 *   init(r, mem, cfg)                  any       0 or -EINVAL; before either side starts
 *   push(r, msg, size) -> bool         producer  false = full, nothing written
 *   push_n(r, msgs, n, size) -> count  producer  0..n of n packed messages, in order
 *   reserve(r, n, span) -> count       producer  lends 0..n free slots (ZERO_COPY)
 *   reserve_all(r, n, span) -> count   producer  n or 0 (ZERO_COPY)
 *   commit(r, n)                       producer  publishes the first n lent slots, n <= lent
 *   flush(r)                           producer  publishes what a deferring ring holds back
 *   pop(r, msg, size) -> bool          consumer  false = empty, msg untouched
 *   pop_n(r, msgs, n, size) -> count   consumer  0..n messages, packed
 *   peek(r, n, span) -> count          consumer  lends the 0..n oldest messages (ZERO_COPY)
 *   peek_all(r, n, span) -> count      consumer  n or 0 (ZERO_COPY)
 *   release(r, n)                      consumer  returns the first n lent slots, n <= lent
 *   record_max(cfg) -> bytes           any       largest record that it takes (VARLEN)
 *   claim(r, n, record) -> 0 or error  producer  lends n bytes; -EAGAIN: full, -EMSGSIZE: too large
 *   commit_record(r, n)                producer  publishes the first n claimed bytes
 *   abort_record(r)                    producer  drops the claim
 *   next_record(r, record) -> bool     consumer  lends the oldest record; false = empty (VARLEN)
 *   release_record(r)                  consumer  returns the lent record
 *   take_producer(r, p), put_producer(r, p)  producer  its own state to hold, and back (HELD;
 * below) push_held(r, p, msg, size) -> bool producer  push by the state that it holds (HELD)
 *   take_consumer(r, c), put_consumer(r, c)  consumer  its own state to hold, and back (HELD)
 *   pop_held(r, c, msg, size) -> bool  consumer  pop by the state that it holds (HELD)
 *   wait_space(r), wait_data(r)        its side  sleep until there is some, or closed (BLOCKING)
 *   close(r)                           both      nothing will follow; idempotent
 *   closed(r) -> bool                  both      see below
 *   count(r) -> slots                  both      approximate fill, 0..capacity; a third thread
 *                                                may call it and see more than capacity
 *   slack(cfg) -> slots                any       popped slots that may be held back (DEFERS_CREDIT)
 *
 * "producer" and "consumer" are roles: one thread each at a time.  `size` is cfg.msg_bytes;
 * pass a constant where it is one and the copy compiles to plain moves.  push after close is
 * a caller's error.  A popped or released message frees its slot at once, except in a ring that
 * DEFERS_CREDIT: that holds back up to slack(cfg) of them, and returns all as soon as a pop, pop_n
 * or peek yields less than was asked for (a COARSE one keeps up to slack(cfg) even then).  A ring
 * that NEEDS_FLUSH holds back what was pushed until it has enough of it, is full, or is flushed;
 * its producer flushes before it waits or closes. A loan (reserve, peek) is dropped by asking
 * again; commit and release count from the oldest lent slot.
 *
 * A VARLEN ring carries records of 0 to record_max(cfg) bytes, each claimed and read in place, and
 * push and pop are records of msg_bytes: one ring carries either the one or the other.  Capacity is
 * then the room of that many messages of msg_bytes, of smaller records more fit, and count counts
 * records.  A claim is dropped by claiming again; an error drops it too.  next_record lends the
 * same record until it is released.
 *
 * Nothing pushed before a close is lost if the consumer reads `closed` before it pops again:
 *
 *     for (;;) {
 *         bool ended = rs_v_closed(r);
 *         if (rs_v_pop(r, &msg, sizeof msg))
 *             use(&msg);
 *         else if (ended)
 *             break;
 *     }
 *
 * A side of a HELD ring may keep its own state, its index and what it last saw of the other side's,
 * in a local variable, so that a compiler has it in registers from one message to the next; in
 * memory it is stored and loaded for each.  Until it is put back, this side uses nothing else, and
 * count is of before:
 *
 *     rs_v_producer p;
 *     rs_v_take_producer(r, &p);
 *     while (more)
 *         while (!rs_v_push_held(r, &p, &msg, sizeof msg))
 *             rs_pause();
 *     rs_v_put_producer(r, &p);
 *
 * Ownership: the caller provides and frees both the struct and the slot memory, which must
 * outlive both sides.  A ring keeps no other resource.  Slot memory of a MIRRORED ring is mapped by
 * rs_mirror_map (mirror.h); rs_slots_alloc there makes that of any ring.
 */
#ifndef RINGSIDE_RING_H
#define RINGSIDE_RING_H

#include "events.h"
#include "memory.h"

#include <errno.h>
#include <unistd.h>

/* What a ring can and cannot do: RS_CAPS_<v>. */
enum {
    RS_ZERO_COPY = 1u << 0,     /* reserve/commit and peek/release */
    RS_POWER_OF_TWO = 1u << 1,  /* the capacity must be a power of two */
    RS_BLOCKING = 1u << 2,      /* a side that cannot go on sleeps in wait_space/wait_data */
    RS_CONTROL = 1u << 3,       /* a yardstick, never selected */
    RS_NO_TRANSFER = 1u << 4,   /* moves nothing: what pop yields is not what was pushed */
    RS_NEEDS_FLUSH = 1u << 5,   /* defers publishes; follows from RS_HAS_<v>_flush */
    RS_DEFERS_CREDIT = 1u << 6, /* defers returns; follows from RS_HAS_<v>_slack */
    RS_COARSE = 1u << 7, /* slack(cfg) slots may never be usable: it works in groups of slots */
    RS_NONZERO_ONLY = 1u << 8, /* the first word (size_t) of a message is never 0; see sentinel.h */
    RS_MIRRORED = 1u << 9, /* slot memory is mapped twice, back to back, so a loan is one piece */
    RS_VARLEN = 1u << 10,  /* records of any length; follows from RS_HAS_<v>_varlen */
    RS_PEER = 1u << 11,    /* another library's behind this contract; a yardstick */
    RS_PREFETCHES = 1u << 12, /* heeds prefetch_write and prefetch_read */
    RS_ROAMS = 1u << 13,      /* heeds slots */
    RS_STREAMS = 1u << 14,    /* heeds stream; see stream_copy.h */
    RS_HELD = 1u << 15        /* a side's state can be held; follows from RS_HAS_<v>_held */
};

struct rs_config {
    size_t capacity;  /* slots; all of them usable */
    size_t msg_bytes; /* bytes of a message */
    size_t msg_align; /* bytes, a power of two: slots start on multiples; 1 = packed */
    rs_index start;   /* first index; 0, or near the wrap in tests */
    size_t defer; /* messages a ring that defers may hold back, <= capacity / 2; 0 = its default */
    /* Lines that a ring which PREFETCHES fetches ahead of what its producer writes, and of what its
     * consumer reads; at most half of the slots.  0 = none. */
    size_t prefetch_write, prefetch_read;
    bool stream; /* a ring that STREAMS copies large messages in past the caches */
    /* Of memory, a power of two >= capacity; 0 = capacity.  A slot is used again after so many
     * messages, however few are in the ring: by then its line may have left the other's cache. */
    size_t slots;
};

/* At most two pieces of lent slots; the second begins at slot 0. */
struct rs_piece {
    rs_raw *data;
    size_t count; /* messages */
};
struct rs_span {
    struct rs_piece piece[2];
    size_t stride_bytes; /* from one message to the next */
};

/* A record in place, claimed or to be read. */
struct rs_record {
    rs_raw *data; /* RS_RECORD_UNIT bytes past a multiple of cfg.msg_align */
    size_t bytes;
};

/* Message i of a loan. */
RS_INLINE rs_cell *rs_span_at(const struct rs_span *s, size_t i)
{
    const struct rs_piece *p = &s->piece[i >= s->piece[0].count];
    size_t k = i < s->piece[0].count ? i : i - s->piece[0].count;
    return (rs_cell *)p->data + k * s->stride_bytes;
}

/* Slot stride, and the memory of a ring whose slots are all it keeps outside its struct. */
RS_INLINE size_t rs_stride_bytes(size_t msg_bytes, size_t msg_align)
{
    return (msg_bytes + msg_align - 1) & ~(msg_align - 1);
}

static inline __attribute__((unused)) size_t rs_slots_bytes(size_t capacity, size_t msg_bytes,
                                                            size_t msg_align)
{
    const size_t most = SIZE_MAX / 4; /* leaves room for every rounding below */
    size_t stride;
    if (capacity == 0 || msg_bytes == 0 || msg_align == 0 || msg_bytes > most || msg_align > most)
        return 0;
    stride = rs_stride_bytes(msg_bytes, msg_align);
    if (capacity > most / stride)
        return 0;
    return (capacity * stride + RS_SEPARATION - 1) / RS_SEPARATION * RS_SEPARATION;
}

/* Alignment that init demands of the slot memory: slots share a line with nothing else. */
RS_INLINE size_t rs_slots_align(size_t msg_align)
{
    return msg_align > RS_SEPARATION ? msg_align : RS_SEPARATION;
}

/* A VARLEN ring's records start on multiples of this, each with a header of as many bytes. */
enum { RS_RECORD_UNIT = sizeof(rs_word) < 4 ? sizeof(rs_word) : 8 };

/* From one record of so many bytes to the next; 0 if too large. */
RS_INLINE size_t rs_record_stride_bytes(size_t bytes, size_t msg_align)
{
    const size_t align = msg_align < RS_RECORD_UNIT ? (size_t)RS_RECORD_UNIT : msg_align;
    return rs_stride_bytes(bytes + RS_RECORD_UNIT, align);
}

/* The memory of a ring of records: one more than its capacity, for the header behind the last one
 * is written too. */
static inline __attribute__((unused)) size_t rs_records_bytes(size_t capacity, size_t msg_bytes,
                                                              size_t msg_align)
{
    if (rs_slots_bytes(capacity, msg_bytes, msg_align) == 0)
        return 0;
    return rs_slots_bytes(capacity + 1, rs_record_stride_bytes(msg_bytes, msg_align), msg_align);
}

RS_INLINE size_t rs_page_bytes(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* cfg with slots that a ring with these caps takes at this capacity, wider where they must be: a
 * MIRRORED ring's fill whole pages. */
static inline __attribute__((unused)) struct rs_config rs_config_fit(const struct rs_config *cfg,
                                                                     unsigned caps)
{
    struct rs_config fit = *cfg;
    const size_t page = (caps & RS_MIRRORED) != 0 ? rs_page_bytes() : 1;
    while (fit.msg_align < page && fit.msg_align != 0 && fit.capacity < page / fit.msg_align)
        fit.msg_align *= 2;
    return fit;
}

/* The slots of memory that cfg asks for. */
RS_INLINE size_t rs_config_slots(const struct rs_config *cfg)
{
    return cfg->slots != 0 ? cfg->slots : cfg->capacity;
}

/* Lines in half of the slots. */
RS_INLINE size_t rs_prefetch_most(const struct rs_config *cfg)
{
    return cfg->capacity * rs_stride_bytes(cfg->msg_bytes, cfg->msg_align) / RS_LINE_BYTES / 2;
}

/* Why a ring with these caps refuses cfg, in words for its user; NULL if it does not. */
static inline __attribute__((unused)) const char *rs_config_refusal(const struct rs_config *cfg,
                                                                    unsigned caps)
{
    const rs_index most = (rs_index)((rs_index) ~(rs_index)0 / 2);
    if (cfg->capacity == 0)
        return "capacity is 0; it must be at least 1 slot";
    if (cfg->msg_bytes == 0)
        return "msg_bytes is 0; a message has at least 1 byte";
    if (cfg->msg_align == 0 || (cfg->msg_align & (cfg->msg_align - 1)) != 0)
        return "msg_align is not a power of two";
    if ((caps & RS_POWER_OF_TWO) != 0 && (cfg->capacity & (cfg->capacity - 1)) != 0)
        return "capacity is not a power of two, and this ring masks its indices";
    if (cfg->capacity > most)
        return "capacity is more than half the range of the index type";
    if (cfg->slots != 0 && (caps & RS_ROAMS) == 0)
        return "this ring has as many slots as its capacity";
    if (cfg->slots != 0 && (cfg->slots < cfg->capacity || (cfg->slots & (cfg->slots - 1)) != 0))
        return "slots is not a power of two that is at least the capacity";
    if (cfg->slots > most)
        return "slots is more than half the range of the index type";
    if (cfg->defer > cfg->capacity / 2)
        return "defer is more than half of the capacity: the two sides could wait for each other";
    if (rs_slots_bytes(rs_config_slots(cfg), cfg->msg_bytes, cfg->msg_align) == 0)
        return "the slots would need more memory than can be addressed";
    if ((caps & RS_PREFETCHES) != 0 &&
        (cfg->prefetch_write > rs_prefetch_most(cfg) || cfg->prefetch_read > rs_prefetch_most(cfg)))
        return "prefetch is more lines than half of the slots: they would be in use by either side";
    if ((caps & RS_NONZERO_ONLY) != 0 && cfg->msg_bytes < sizeof(rs_word))
        return "a message is smaller than the word (size_t) in which this ring keeps its sentinel";
    if ((caps & RS_VARLEN) != 0 &&
        rs_records_bytes(cfg->capacity, cfg->msg_bytes, cfg->msg_align) == 0)
        return "the records would need more memory than can be addressed";
    if ((caps & RS_VARLEN) != 0 &&
        rs_records_bytes(cfg->capacity, cfg->msg_bytes, cfg->msg_align) > most)
        return "the records are more bytes than half the range of the index type, which counts "
               "them";
    if ((caps & RS_MIRRORED) != 0 &&
        cfg->capacity * rs_stride_bytes(cfg->msg_bytes, cfg->msg_align) % rs_page_bytes() != 0)
        return "capacity times a slot (msg_bytes rounded up to msg_align) is not whole pages, "
               "which this ring maps twice";
    return NULL;
}

/* Whether each page of image_bytes at mem is the same memory as image_bytes further on; both are
 * readable and writable.  What is there stays. */
static inline __attribute__((unused)) bool rs_is_mirrored(void *mem, size_t image_bytes)
{
    const size_t page = rs_page_bytes();
    unsigned char *first = (unsigned char *)mem, *second = first + image_bytes;
    bool same = (uintptr_t)mem % page == 0;
    for (size_t at = 0; same && at < image_bytes; at += page) {
        const unsigned char was = first[at], other = (unsigned char)~second[at];
        first[at] = other;
        rs_opaque(first + at); /* to a compiler these are two bytes */
        same = second[at] == other;
        first[at] = was;
        rs_opaque(first + at);
    }
    return same;
}

/* Why a ring with these caps and a cfg that it takes refuses this slot memory, in words for its
 * user; NULL if it does not. */
static inline __attribute__((unused)) const char *rs_memory_refusal(const struct rs_config *cfg,
                                                                    void *mem, unsigned caps)
{
    if (mem == NULL)
        return "there is no slot memory";
    if ((uintptr_t)mem % rs_slots_align(cfg->msg_align) != 0)
        return "the slot memory is not aligned to RS_SEPARATION and msg_align";
    if ((caps & RS_MIRRORED) != 0 &&
        !rs_is_mirrored(mem, cfg->capacity * rs_stride_bytes(cfg->msg_bytes, cfg->msg_align)))
        return "the slot memory is not mapped twice, back to back; take it from rs_mirror_map";
    return NULL;
}

/* What every init checks first: 0 or -EINVAL. */
static inline __attribute__((unused)) int rs_config_check(const struct rs_config *cfg, void *mem,
                                                          unsigned caps)
{
    if (cfg == NULL || rs_config_refusal(cfg, caps) != NULL)
        return -EINVAL;
    return rs_memory_refusal(cfg, mem, caps) == NULL ? 0 : -EINVAL;
}

/* One side's private view of the slots; constant after init. */
struct rs_slots {
    RS_PLAIN(rs_cell *) base;
    RS_PLAIN(rs_index) mask; /* slots - 1, slots a power of two */
    RS_PLAIN(size_t) stride_bytes;
    RS_PLAIN(size_t) ahead_bytes; /* how far ahead this side prefetches; 0 = it does not */
};

RS_INLINE void rs_slots_init(struct rs_slots *s, rs_cell *mem, const struct rs_config *cfg)
{
    rs_set(&s->base, mem);
    rs_set(&s->mask, (rs_index)(rs_config_slots(cfg) - 1));
    rs_set(&s->stride_bytes, rs_stride_bytes(cfg->msg_bytes, cfg->msg_align));
    rs_set(&s->ahead_bytes, (size_t)0);
}

RS_INLINE rs_cell *rs_slots_at(struct rs_slots *s, rs_index i)
{
    rs_cell *base = rs_get(&s->base);
    rs_index mask = rs_get(&s->mask);
    size_t stride = rs_get(&s->stride_bytes);
    return base + (size_t)(i & mask) * stride;
}

/* Cuts n slots from index `at` into at most two pieces. */
RS_INLINE void rs_slots_cut(struct rs_slots *s, rs_index at, size_t n, struct rs_span *out)
{
    rs_index mask = rs_get(&s->mask);
    size_t first = (size_t)mask + 1 - (size_t)(at & mask);
    first = first < n ? first : n;
    out->piece[0].data = rs_slots_at(s, at);
    out->piece[0].count = first;
    out->piece[1].data = rs_get(&s->base);
    out->piece[1].count = n - first;
    out->stride_bytes = rs_get(&s->stride_bytes);
}

/* Fetches the lines that begin in [from, to), bytes of the slots. */
RS_INLINE void rs_slots_fetch(struct rs_slots *s, size_t from, size_t to, bool write)
{
    rs_cell *base = rs_get(&s->base);
    size_t at = (from + RS_LINE_BYTES - 1) / RS_LINE_BYTES * RS_LINE_BYTES;
    for (; at < to; at += RS_LINE_BYTES)
        if (write)
            rs_prefetch_write(base + at);
        else
            rs_prefetch_read(base + at);
}

/* Side that is about to use n slots from index `at`: fetches the lines that lie as far ahead of
 * them as it was told, so that uses in a row fetch every line once.  The distance is at most half
 * of the slots, which saves a division. */
RS_INLINE void rs_slots_prefetch(struct rs_slots *s, rs_index at, size_t n, bool write)
{
    size_t ahead = rs_get(&s->ahead_bytes);
    if (rs_unlikely(ahead != 0)) {
        size_t mask = (size_t)rs_get(&s->mask);
        size_t stride = rs_get(&s->stride_bytes);
        size_t end = (mask + 1) * stride;
        size_t from = ((size_t)at & mask) * stride + ahead;
        size_t to;
        from -= from >= end ? end : 0;
        to = from + n * stride;
        rs_slots_fetch(s, from, to < end ? to : end, write);
        if (to > end)
            rs_slots_fetch(s, 0, to - end, write);
    }
}

/* Copies packed messages into (out of) lent slots; one plain copy a piece where slots are packed.
 */
RS_INLINE void rs_span_write(const struct rs_span *s, const void *from, size_t size)
{
    const unsigned char *f = (const unsigned char *)from;
    for (int p = 0; p < 2; p++) {
        rs_cell *to = (rs_cell *)s->piece[p].data;
        size_t n = s->piece[p].count;
        if (s->stride_bytes == size && n > 0)
            rs_copy_in(to, f, n * size);
        else
            for (size_t i = 0; i < n; i++)
                rs_copy_in(to + i * s->stride_bytes, f + i * size, size);
        f += n * size;
    }
}

RS_INLINE void rs_span_read(void *to, const struct rs_span *s, size_t size)
{
    unsigned char *t = (unsigned char *)to;
    for (int p = 0; p < 2; p++) {
        const rs_cell *from = (const rs_cell *)s->piece[p].data;
        size_t n = s->piece[p].count;
        if (s->stride_bytes == size && n > 0)
            rs_copy_out(t, from, n * size);
        else
            for (size_t i = 0; i < n; i++)
                rs_copy_out(t + i * size, from + i * s->stride_bytes, size);
        t += n * size;
    }
}

/*
 * What a ring leaves out.  Each header states RS_HAS_<v>_batch, _spans, _flush, _slack and _wait
 * as 0 or 1 and ends with RS_RING_DEFAULTS(v): a missing batch becomes the loop, a missing flush
 * nothing, a missing slack 0; missing spans and waits stay undefined (the caps say so).  A ring
 * with records states RS_HAS_<v>_varlen as 1, one whose sides can be held RS_HAS_<v>_held; the
 * others need not mention them.
 */
#define RS_PASTE_(a, b) a##b
#define RS_PASTE(a, b)  RS_PASTE_(a, b)

#define RS_DEFAULT_BATCH_1(v)
#define RS_DEFAULT_BATCH_0(v)                                                                      \
    RS_INLINE size_t rs_##v##_push_n(struct rs_##v *r, const void *msgs, size_t n, size_t size)    \
    {                                                                                              \
        const unsigned char *m = (const unsigned char *)msgs;                                      \
        size_t i = 0;                                                                              \
        while (i < n && rs_##v##_push(r, m + i * size, size))                                      \
            i++;                                                                                   \
        return i;                                                                                  \
    }                                                                                              \
    RS_INLINE size_t rs_##v##_pop_n(struct rs_##v *r, void *msgs, size_t n, size_t size)           \
    {                                                                                              \
        unsigned char *m = (unsigned char *)msgs;                                                  \
        size_t i = 0;                                                                              \
        while (i < n && rs_##v##_pop(r, m + i * size, size))                                       \
            i++;                                                                                   \
        return i;                                                                                  \
    }

#define RS_DEFAULT_SPANS_0(v)
#define RS_DEFAULT_SPANS_1(v)                                                                      \
    RS_INLINE size_t rs_##v##_reserve_all(struct rs_##v *r, size_t n, struct rs_span *s)           \
    {                                                                                              \
        size_t lent = rs_##v##_reserve(r, n, s);                                                   \
        rs_note(full, lent > 0 && lent < n);                                                       \
        return lent == n ? n : 0;                                                                  \
    }                                                                                              \
    RS_INLINE size_t rs_##v##_peek_all(struct rs_##v *r, size_t n, struct rs_span *s)              \
    {                                                                                              \
        size_t lent = rs_##v##_peek(r, n, s);                                                      \
        rs_note(empty, lent > 0 && lent < n);                                                      \
        return lent == n ? n : 0;                                                                  \
    }

#define RS_DEFAULT_FLUSH_1(v)
#define RS_DEFAULT_FLUSH_0(v)                                                                      \
    RS_INLINE void rs_##v##_flush(struct rs_##v *r)                                                \
    {                                                                                              \
        (void)r;                                                                                   \
    }

#define RS_DEFAULT_SLACK_1(v)
#define RS_DEFAULT_SLACK_0(v)                                                                      \
    RS_INLINE size_t rs_##v##_slack(const struct rs_config *cfg)                                   \
    {                                                                                              \
        (void)cfg;                                                                                 \
        return 0;                                                                                  \
    }

#define RS_RING_DEFAULTS(v)                                                                        \
    RS_PASTE(RS_DEFAULT_BATCH_, RS_HAS_##v##_batch)                                                \
    (v) RS_PASTE(RS_DEFAULT_SPANS_, RS_HAS_##v##_spans)(v)                                         \
        RS_PASTE(RS_DEFAULT_FLUSH_, RS_HAS_##v##_flush)(v)                                         \
            RS_PASTE(RS_DEFAULT_SLACK_, RS_HAS_##v##_slack)(v) struct rs_##v

/*
 * A ring behind pointers, for code that takes any ring at run time: tests, graphs, tools.
 * It costs an indirect call an operation; hot loops use the inline operations.
 * NULL where the caps lack the operation.
 */
struct rs_ring_ops {
    const char *name;
    unsigned caps;
    unsigned separation; /* bytes, RS_SEPARATION it was compiled with */
    size_t struct_bytes; /* of struct rs_<v> */
    size_t (*bytes)(size_t capacity, size_t msg_bytes, size_t msg_align);
    int (*init)(void *r, void *mem, const struct rs_config *cfg);
    bool (*push)(void *r, const void *msg, size_t size);
    bool (*pop)(void *r, void *msg, size_t size);
    size_t (*push_n)(void *r, const void *msgs, size_t n, size_t size);
    size_t (*pop_n)(void *r, void *msgs, size_t n, size_t size);
    size_t (*reserve)(void *r, size_t n, struct rs_span *s);
    size_t (*reserve_all)(void *r, size_t n, struct rs_span *s);
    void (*commit)(void *r, size_t n);
    size_t (*peek)(void *r, size_t n, struct rs_span *s);
    size_t (*peek_all)(void *r, size_t n, struct rs_span *s);
    void (*release)(void *r, size_t n);
    size_t (*record_max)(const struct rs_config *cfg);
    int (*claim)(void *r, size_t n, struct rs_record *record);
    void (*commit_record)(void *r, size_t n);
    void (*abort_record)(void *r);
    bool (*next_record)(void *r, struct rs_record *record);
    void (*release_record)(void *r);
    void (*wait_space)(void *r);
    void (*wait_data)(void *r);
    void (*flush)(void *r);
    void (*close)(void *r);
    bool (*closed)(void *r);
    size_t (*count)(void *r);
    size_t (*slack)(const struct rs_config *cfg);
};

/* A line of the table.  The order is that of variants.def: from simple to complex. */
struct rs_ring_entry {
    const char *name;
    const char *summary;
    const struct rs_ring_ops *ops;
};

#ifdef __cplusplus
extern "C" {
#endif
extern const struct rs_ring_entry rs_ring_table[];
extern const size_t rs_ring_table_count;
#ifdef __cplusplus
}
#endif

#endif
