/* SPDX-License-Identifier: MIT */
/*
 * One ring behind pointers: compiled once a ring with -DRS_VARIANT=<name>, it exports
 * rs_ring_ops_<name>.  A missing operation of the contract fails to compile here.
 */
#include "ring.h"

#define STRING_(x) #x
#define STRING(x)  STRING_(x)
#include STRING(RS_VARIANT.h)

typedef struct RS_PASTE(rs_, RS_VARIANT) ring;
#define OP_(v, op)     rs_##v##_##op
#define OP__(v, op)    OP_(v, op)
#define OP(op)         OP__(RS_VARIANT, op)
#define HAS_(v, what)  RS_HAS_##v##_##what
#define HAS__(v, what) HAS_(v, what)
#define HAS(what)      HAS__(RS_VARIANT, what)

static size_t op_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)
{
    return OP(bytes)(capacity, msg_bytes, msg_align);
}

static int op_init(void *r, void *mem, const struct rs_config *cfg)
{
    return OP(init)((ring *)r, mem, cfg);
}

static bool op_push(void *r, const void *msg, size_t size)
{
    return OP(push)((ring *)r, msg, size);
}

static bool op_pop(void *r, void *msg, size_t size)
{
    return OP(pop)((ring *)r, msg, size);
}

static size_t op_push_n(void *r, const void *msgs, size_t n, size_t size)
{
    return OP(push_n)((ring *)r, msgs, n, size);
}

static size_t op_pop_n(void *r, void *msgs, size_t n, size_t size)
{
    return OP(pop_n)((ring *)r, msgs, n, size);
}

#if HAS(spans)
static size_t op_reserve(void *r, size_t n, struct rs_span *s)
{
    return OP(reserve)((ring *)r, n, s);
}

static size_t op_reserve_all(void *r, size_t n, struct rs_span *s)
{
    return OP(reserve_all)((ring *)r, n, s);
}

static void op_commit(void *r, size_t n)
{
    OP(commit)((ring *)r, n);
}

static size_t op_peek(void *r, size_t n, struct rs_span *s)
{
    return OP(peek)((ring *)r, n, s);
}

static size_t op_peek_all(void *r, size_t n, struct rs_span *s)
{
    return OP(peek_all)((ring *)r, n, s);
}

static void op_release(void *r, size_t n)
{
    OP(release)((ring *)r, n);
}
#endif

#if HAS(wait)
static void op_wait_space(void *r)
{
    OP(wait_space)((ring *)r);
}

static void op_wait_data(void *r)
{
    OP(wait_data)((ring *)r);
}
#endif

static void op_flush(void *r)
{
    OP(flush)((ring *)r);
}

static void op_close(void *r)
{
    OP(close)((ring *)r);
}

static bool op_closed(void *r)
{
    return OP(closed)((ring *)r);
}

static size_t op_count(void *r)
{
    return OP(count)((ring *)r);
}

extern const struct rs_ring_ops RS_PASTE(rs_ring_ops_, RS_VARIANT);
const struct rs_ring_ops RS_PASTE(rs_ring_ops_, RS_VARIANT) = {
    .name = STRING(RS_VARIANT),
    .caps = RS_PASTE(RS_CAPS_, RS_VARIANT),
    .separation = RS_SEPARATION,
    .struct_bytes = sizeof(ring),
    .bytes = op_bytes,
    .init = op_init,
    .push = op_push,
    .pop = op_pop,
    .push_n = op_push_n,
    .pop_n = op_pop_n,
#if HAS(spans)
    .reserve = op_reserve,
    .reserve_all = op_reserve_all,
    .commit = op_commit,
    .peek = op_peek,
    .peek_all = op_peek_all,
    .release = op_release,
#endif
#if HAS(wait)
    .wait_space = op_wait_space,
    .wait_data = op_wait_data,
#endif
    .flush = op_flush,
    .close = op_close,
    .closed = op_closed,
    .count = op_count,
};
