/* SPDX-License-Identifier: MIT */
/*
 * One ring behind pointers: compiled once a ring with -DRS_VARIANT=<name>, as C or as C++, it
 * exports rs_ring_ops_<name>.  A missing operation of the contract fails to compile here.
 */
#include "variant.h"

static size_t op_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)
{
    return RS_OP(bytes)(capacity, msg_bytes, msg_align);
}

static int op_init(void *r, void *mem, const struct rs_config *cfg)
{
    return RS_OP(init)((RS_RING *)r, mem, cfg);
}

static bool op_push(void *r, const void *msg, size_t size)
{
    return RS_OP(push)((RS_RING *)r, msg, size);
}

static bool op_pop(void *r, void *msg, size_t size)
{
    return RS_OP(pop)((RS_RING *)r, msg, size);
}

static size_t op_push_n(void *r, const void *msgs, size_t n, size_t size)
{
    return RS_OP(push_n)((RS_RING *)r, msgs, n, size);
}

static size_t op_pop_n(void *r, void *msgs, size_t n, size_t size)
{
    return RS_OP(pop_n)((RS_RING *)r, msgs, n, size);
}

#if RS_HAS(spans)
static size_t op_reserve(void *r, size_t n, struct rs_span *s)
{
    return RS_OP(reserve)((RS_RING *)r, n, s);
}

static size_t op_reserve_all(void *r, size_t n, struct rs_span *s)
{
    return RS_OP(reserve_all)((RS_RING *)r, n, s);
}

static void op_commit(void *r, size_t n)
{
    RS_OP(commit)((RS_RING *)r, n);
}

static size_t op_peek(void *r, size_t n, struct rs_span *s)
{
    return RS_OP(peek)((RS_RING *)r, n, s);
}

static size_t op_peek_all(void *r, size_t n, struct rs_span *s)
{
    return RS_OP(peek_all)((RS_RING *)r, n, s);
}

static void op_release(void *r, size_t n)
{
    RS_OP(release)((RS_RING *)r, n);
}
#endif

#if RS_MAY(varlen)
static size_t op_record_max(const struct rs_config *cfg)
{
    return RS_OP(record_max)(cfg);
}

static int op_claim(void *r, size_t n, struct rs_record *record)
{
    return RS_OP(claim)((RS_RING *)r, n, record);
}

static void op_commit_record(void *r, size_t n)
{
    RS_OP(commit_record)((RS_RING *)r, n);
}

static void op_abort_record(void *r)
{
    RS_OP(abort_record)((RS_RING *)r);
}

static bool op_next_record(void *r, struct rs_record *record)
{
    return RS_OP(next_record)((RS_RING *)r, record);
}

static void op_release_record(void *r)
{
    RS_OP(release_record)((RS_RING *)r);
}
#endif

#if RS_HAS(wait)
static void op_wait_space(void *r)
{
    RS_OP(wait_space)((RS_RING *)r);
}

static void op_wait_data(void *r)
{
    RS_OP(wait_data)((RS_RING *)r);
}
#endif

static void op_flush(void *r)
{
    RS_OP(flush)((RS_RING *)r);
}

static void op_close(void *r)
{
    RS_OP(close)((RS_RING *)r);
}

static bool op_closed(void *r)
{
    return RS_OP(closed)((RS_RING *)r);
}

static size_t op_count(void *r)
{
    return RS_OP(count)((RS_RING *)r);
}

static size_t op_slack(const struct rs_config *cfg)
{
    return RS_OP(slack)(cfg);
}

#if RS_HAS(spans)
#define SPAN_OPS op_reserve, op_reserve_all, op_commit, op_peek, op_peek_all, op_release
#else
#define SPAN_OPS NULL, NULL, NULL, NULL, NULL, NULL
#endif
#if RS_MAY(varlen)
#define RECORD_OPS                                                                                 \
    op_record_max, op_claim, op_commit_record, op_abort_record, op_next_record, op_release_record
#else
#define RECORD_OPS NULL, NULL, NULL, NULL, NULL, NULL
#endif
#if RS_HAS(wait)
#define WAIT_OPS op_wait_space, op_wait_data
#else
#define WAIT_OPS NULL, NULL
#endif

/* In the order of struct rs_ring_ops: C++17 names no members here. */
RS_EXPORTED const struct rs_ring_ops RS_PASTE(rs_ring_ops_, RS_VARIANT);
const struct rs_ring_ops RS_PASTE(rs_ring_ops_, RS_VARIANT) = {
    RS_STRING(RS_VARIANT),
    RS_CAPS | (RS_HAS(flush) ? (unsigned)RS_NEEDS_FLUSH : 0u) |
        (RS_HAS(slack) ? (unsigned)RS_DEFERS_CREDIT : 0u) |
        (RS_MAY(varlen) ? (unsigned)RS_VARLEN : 0u) | (RS_MAY(held) ? (unsigned)RS_HELD : 0u),
    RS_SEPARATION,
    sizeof(RS_RING),
    op_bytes,
    op_init,
    op_push,
    op_pop,
    op_push_n,
    op_pop_n,
    SPAN_OPS,
    RECORD_OPS,
    WAIT_OPS,
    op_flush,
    op_close,
    op_closed,
    op_count,
    op_slack,
};
