/* SPDX-License-Identifier: MIT */
/*
 * Any sequence of operations on records (claim, commit, abort, next, release) of a ring that
 * carries them, beside a queue of their lengths and, for bytering, the room that its header
 * promises: a claim succeeds just when the record, the padding before it and one header more fit.
 *
 * The input is three bytes of configuration, then two bytes an operation: which, and how large.
 */
#include "fuzz.h"

#include "rings/ring.h"
#include "tests/stress/message.h"

#include <string.h>

enum { STREAM = 2, CAPACITY_MOST = 40, MESSAGE_MOST = 64, ALIGN_MOST = 128 };
/* Records of no bytes are the smallest: a header each. */
enum { RECORDS_MOST = (CAPACITY_MOST + 1) * (MESSAGE_MOST + ALIGN_MOST) / RS_RECORD_UNIT };

struct queue {
    const struct rs_ring_ops *ops;
    struct rs_config cfg;
    unsigned char *ring, *bytes;
    size_t ring_bytes, max;                          /* of all slot memory, and of a record */
    uint64_t in, out;                                /* records so far */
    size_t length[RECORDS_MOST], used[RECORDS_MOST]; /* of record i % RECORDS_MOST: its own bytes,
                                                        the ring's bytes with padding */
    size_t at, used_bytes; /* where the next record starts, and what is not free */
    size_t padding;        /* before the claim */
    struct rs_record claim, next;
    bool claimed, lent, closed;
};

static size_t lap_bytes(const struct queue *q)
{
    return (q->cfg.capacity + 1) * rs_record_stride_bytes(q->cfg.msg_bytes, q->cfg.msg_align);
}

static size_t stride(const struct queue *q, size_t bytes)
{
    return rs_record_stride_bytes(bytes, q->cfg.msg_align);
}

/* A record lies within the ring's memory, behind its header. */
static void check_place(const struct queue *q, const struct rs_record *r)
{
    const size_t at = (size_t)((const unsigned char *)r->data - q->bytes);
    fuzz_require(at >= RS_RECORD_UNIT && at + r->bytes <= lap_bytes(q));
    fuzz_require((at - RS_RECORD_UNIT) % stride(q, 0) == 0);
}

/* ---- producer -------------------------------------------------------------------------------- */

static void claim(struct queue *q, size_t n)
{
    const size_t to_end = lap_bytes(q) - q->at;
    int err;
    if (q->closed)
        return;
    err = q->ops->claim(q->ring, n, &q->claim);
    q->claimed = err == 0;
    fuzz_require((err == -EMSGSIZE) == (n > q->max));
    if (n > q->max)
        return;
    q->padding = stride(q, n) > to_end ? to_end : 0;
    fuzz_require((err == 0) ==
                 (q->used_bytes + q->padding + stride(q, n) + RS_RECORD_UNIT <= lap_bytes(q)));
    fuzz_require(err == 0 || err == -EAGAIN);
    fuzz_require(err == 0 || q->in != q->out); /* an empty ring has room for any */
    if (err != 0)
        return;
    fuzz_require(q->claim.bytes == n);
    check_place(q, &q->claim);
    memset(q->claim.data, 0xa5, n); /* all of a claim may be written */
}

static void commit(struct queue *q, size_t n)
{
    const size_t i = q->in % RECORDS_MOST;
    if (!q->claimed)
        return;
    q->claimed = false;
    n = n > q->claim.bytes ? q->claim.bytes : n;
    message_fill(q->claim.data, n, STREAM, q->in);
    q->ops->commit_record(q->ring, n);
    q->length[i] = n;
    q->used[i] = q->padding + stride(q, n);
    q->used_bytes += q->used[i];
    q->at = (q->at + q->used[i]) % lap_bytes(q);
    q->in++;
}

static void put(struct queue *q, size_t n)
{
    claim(q, n);
    commit(q, n);
}

static void drop(struct queue *q, size_t n)
{
    (void)n;
    if (!q->claimed)
        return;
    q->ops->abort_record(q->ring);
    q->claimed = false;
}

static void claim_too_large(struct queue *q, size_t n)
{
    claim(q, q->max + 1 + n);
    claim(q, SIZE_MAX - n);
    claim(q, SIZE_MAX / 2 + n);
}

/* ---- consumer -------------------------------------------------------------------------------- */

static void next(struct queue *q, size_t n)
{
    unsigned char want[RS_RECORD_UNIT + (CAPACITY_MOST + 1) * (MESSAGE_MOST + ALIGN_MOST)];
    (void)n;
    q->lent = q->ops->next_record(q->ring, &q->next);
    fuzz_require(q->lent == (q->in != q->out));
    if (!q->lent)
        return;
    fuzz_require(q->next.bytes == q->length[q->out % RECORDS_MOST]);
    check_place(q, &q->next);
    message_fill(want, q->next.bytes, STREAM, q->out);
    fuzz_require(memcmp(q->next.data, want, q->next.bytes) == 0);
}

static void release(struct queue *q, size_t n)
{
    (void)n;
    if (!q->lent)
        return;
    q->ops->release_record(q->ring);
    q->lent = false;
    q->used_bytes -= q->used[q->out % RECORDS_MOST];
    q->out++;
}

static void take(struct queue *q, size_t n)
{
    next(q, n);
    release(q, n);
}

/* ---- both ------------------------------------------------------------------------------------ */

static void close_ring(struct queue *q, size_t n)
{
    (void)n;
    q->ops->close(q->ring);
    q->closed = true;
    q->claimed = false;
}

static void look(struct queue *q, size_t n)
{
    (void)n;
    fuzz_require(q->ops->count(q->ring) == q->in - q->out);
    fuzz_require(q->ops->closed(q->ring) == q->closed);
}

static void drain(struct queue *q)
{
    while (q->in != q->out)
        take(q, 0);
    take(q, 0);
    look(q, 0);
    fuzz_require(q->used_bytes == 0);
}

static void begin(struct queue *q, const struct rs_ring_ops *ops, const uint8_t config[3])
{
    memset(q, 0, sizeof *q);
    q->ops = ops;
    q->cfg.capacity = config[0] % CAPACITY_MOST + 1u;
    q->cfg.msg_bytes = config[1] % MESSAGE_MOST + 1u;
    q->cfg.msg_align = (size_t)1 << (config[2] % 8);
    q->cfg.start = (rs_index)(0 - (rs_index)(config[2] / 8)); /* the counts wrap early */
    q->ring_bytes = ops->bytes(q->cfg.capacity, q->cfg.msg_bytes, q->cfg.msg_align);
    q->ring = aligned_alloc(RS_SEPARATION, ops->struct_bytes);
    q->bytes = aligned_alloc(rs_slots_align(q->cfg.msg_align), q->ring_bytes);
    fuzz_require(q->ring != NULL && q->bytes != NULL && q->ring_bytes >= lap_bytes(q));
    memset(q->bytes, 0xff, q->ring_bytes); /* whatever was there before */
    fuzz_require(ops->init(q->ring, q->bytes, &q->cfg) == 0);
    q->max = ops->record_max(&q->cfg);
    fuzz_require(q->max >= q->cfg.msg_bytes);
}

static void operate(struct queue *q, uint8_t which, uint8_t many)
{
    static void (*const operation[])(struct queue *, size_t) = {
        claim, commit, put, put, take, next, release, take, drop, claim_too_large, put, look,
    };
    const bool scaled = which >= 128; /* up to the largest and one more, or by the byte */
    const size_t n = scaled ? many * (q->max + 1) / UINT8_MAX : many % (q->max + 2);
    if (which == UINT8_MAX) /* seldom: little can follow */
        close_ring(q, 0);
    else
        operation[which % (sizeof operation / sizeof operation[0])](q, n);
    look(q, 0);
}

static void run(const struct rs_ring_ops *ops, const uint8_t *data, size_t size)
{
    static struct queue q; /* large; begun anew for each input */
    begin(&q, ops, data);
    for (size_t at = 3; at + 1 < size; at += 2)
        operate(&q, data[at], data[at + 1]);
    drain(&q);
    free(q.ring);
    free(q.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t rings = 0;
    for (size_t i = 0; i < rs_ring_table_count && size >= 3; i++)
        if ((rs_ring_table[i].ops->caps & RS_VARLEN) != 0) {
            run(rs_ring_table[i].ops, data, size);
            rings++;
        }
    fuzz_require(size < 3 || rings > 0);
    return 0;
}
