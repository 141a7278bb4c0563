/* SPDX-License-Identifier: MIT */
#include "ring_model.h"

#include "rings/mirror.h"
#include "tests/stress/message.h"

enum { STREAM = 1 };

static bool has(const struct model *m, unsigned cap)
{
    return (m->ops->caps & cap) != 0;
}

static size_t lesser(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* ---- what the contract says ------------------------------------------------------------------ */

static size_t room_most(const struct model *m)
{
    return m->cfg.capacity - (size_t)(m->in - m->out);
}

static size_t held_back(const struct model *m)
{
    return has(m, RS_COARSE) ? m->slack : lesser(m->slack, m->held);
}

static size_t room_least(const struct model *m)
{
    size_t room = room_most(m), held = held_back(m);
    return room > held ? room - held : 0;
}

static size_t ready_most(const struct model *m)
{
    return (size_t)(m->in - m->out);
}

static size_t ready_least(const struct model *m)
{
    return m->published > m->out ? (size_t)(m->published - m->out) : 0;
}

static void require_within(size_t moved, size_t n, size_t least, size_t most)
{
    fuzz_require(moved <= lesser(n, most));
    fuzz_require(moved >= lesser(n, least));
}

/* The producer asked for `n` and has filled `moved`. */
static void went_in(struct model *m, size_t n, size_t moved)
{
    m->in += moved;
    if (moved < n || !has(m, RS_NEEDS_FLUSH))
        m->published = m->in;
}

/* The consumer asked for n and has got `moved`. */
static void returns(struct model *m, size_t n, size_t moved)
{
    m->held = moved < n ? 0 : m->held + moved;
}

static void fill(const struct model *m, unsigned char *to, size_t index)
{
    message_fill(to, m->cfg.msg_bytes, STREAM, m->in + index);
}

static void check(const struct model *m, const unsigned char *message, size_t index)
{
    unsigned char want[MODEL_MESSAGE_MAX];
    message_fill(want, m->cfg.msg_bytes, STREAM, m->out + index);
    fuzz_require(memcmp(message, want, m->cfg.msg_bytes) == 0);
}

/* ---- producer -------------------------------------------------------------------------------- */

void model_push(struct model *m, size_t n)
{
    bool ok;
    (void)n;
    if (m->closed)
        return;
    m->n_lent_in = 0;
    fill(m, m->batch, 0);
    ok = m->ops->push(m->ring, m->batch, m->cfg.msg_bytes);
    require_within(ok, 1, room_least(m), room_most(m));
    went_in(m, 1, ok);
}

void model_push_n(struct model *m, size_t n)
{
    size_t moved;
    if (m->closed)
        return;
    m->n_lent_in = 0;
    for (size_t i = 0; i < n; i++)
        fill(m, m->batch + i * m->cfg.msg_bytes, i);
    moved = m->ops->push_n(m->ring, m->batch, n, m->cfg.msg_bytes);
    require_within(moved, n, room_least(m), room_most(m));
    went_in(m, n, moved);
}

void model_push_zero(struct model *m, size_t n)
{
    (void)n;
    if (m->closed || !has(m, RS_NONZERO_ONLY))
        return;
    memset(m->batch, 0, m->cfg.msg_bytes);
    fuzz_require(!m->ops->push(m->ring, m->batch, m->cfg.msg_bytes));
}

/* Lent slots lie within the ring's memory, in at most two pieces, the second from slot 0 on. */
static void check_span(const struct model *m, const struct rs_span *s, size_t n)
{
    fuzz_require(s->piece[0].count + s->piece[1].count == n);
    fuzz_require(s->stride_bytes >= m->cfg.msg_bytes);
    fuzz_require(s->piece[1].count == 0 || (unsigned char *)s->piece[1].data == m->slots);
    for (size_t i = 0; i < n; i++) {
        size_t at = (size_t)(rs_span_at(s, i) - m->slots);
        fuzz_require(at <= m->slots_bytes - m->cfg.msg_bytes);
    }
}

static void lend_in(struct model *m, size_t lent)
{
    m->n_lent_in = lent;
    check_span(m, &m->lent_in, lent);
    for (size_t i = 0; i < lent; i++)
        memset(rs_span_at(&m->lent_in, i), 0xa5, m->cfg.msg_bytes);
}

void model_reserve(struct model *m, size_t n)
{
    size_t lent;
    if (m->closed || !has(m, RS_ZERO_COPY))
        return;
    lent = m->ops->reserve(m->ring, n, &m->lent_in);
    require_within(lent, n, room_least(m), room_most(m));
    if (lent < n)
        m->published = m->in;
    lend_in(m, lent);
}

void model_reserve_all(struct model *m, size_t n)
{
    size_t lent;
    if (m->closed || !has(m, RS_ZERO_COPY))
        return;
    lent = m->ops->reserve_all(m->ring, n, &m->lent_in);
    fuzz_require(lent == n ? n <= room_most(m) : lent == 0 && n > room_least(m));
    if (lent == n)
        lend_in(m, lent);
    else
        m->n_lent_in = 0;
}

void model_commit(struct model *m, size_t n)
{
    if (m->closed || m->n_lent_in == 0)
        return;
    n = lesser(n, m->n_lent_in);
    for (size_t i = 0; i < n; i++)
        fill(m, rs_span_at(&m->lent_in, i), i);
    m->ops->commit(m->ring, n);
    m->n_lent_in = 0;
    went_in(m, n, n);
}

void model_flush(struct model *m, size_t n)
{
    (void)n;
    if (m->closed)
        return;
    m->n_lent_in = 0;
    m->ops->flush(m->ring);
    m->published = m->in;
}

/* ---- consumer -------------------------------------------------------------------------------- */

void model_pop(struct model *m, size_t n)
{
    bool ok;
    (void)n;
    m->n_lent_out = 0;
    memset(m->batch, 0x5a, m->cfg.msg_bytes);
    ok = m->ops->pop(m->ring, m->batch, m->cfg.msg_bytes);
    require_within(ok, 1, ready_least(m), ready_most(m));
    if (ok)
        check(m, m->batch, 0);
    for (size_t i = 0; i < m->cfg.msg_bytes && !ok; i++)
        fuzz_require(m->batch[i] == 0x5a);
    m->out += ok;
    returns(m, 1, ok);
}

void model_pop_n(struct model *m, size_t n)
{
    size_t moved = m->ops->pop_n(m->ring, m->batch, n, m->cfg.msg_bytes);
    m->n_lent_out = 0;
    require_within(moved, n, ready_least(m), ready_most(m));
    for (size_t i = 0; i < moved; i++)
        check(m, m->batch + i * m->cfg.msg_bytes, i);
    m->out += moved;
    returns(m, n, moved);
}

static void lend_out(struct model *m, size_t lent)
{
    m->n_lent_out = lent;
    check_span(m, &m->lent_out, lent);
    for (size_t i = 0; i < lent; i++)
        check(m, rs_span_at(&m->lent_out, i), i);
}

void model_peek(struct model *m, size_t n)
{
    size_t lent;
    if (!has(m, RS_ZERO_COPY))
        return;
    lent = m->ops->peek(m->ring, n, &m->lent_out);
    require_within(lent, n, ready_least(m), ready_most(m));
    if (lent < n)
        m->held = 0;
    lend_out(m, lent);
}

void model_peek_all(struct model *m, size_t n)
{
    size_t lent;
    if (!has(m, RS_ZERO_COPY))
        return;
    lent = m->ops->peek_all(m->ring, n, &m->lent_out);
    fuzz_require(lent == n ? n <= ready_most(m) : lent == 0 && n > ready_least(m));
    if (lent == n)
        lend_out(m, lent);
    else
        m->n_lent_out = 0;
}

void model_release(struct model *m, size_t n)
{
    if (m->n_lent_out == 0)
        return;
    n = lesser(n, m->n_lent_out);
    for (size_t i = 0; i < n; i++) /* nobody has touched them since they were lent */
        check(m, rs_span_at(&m->lent_out, i), i);
    m->ops->release(m->ring, n);
    m->n_lent_out = 0;
    m->out += n;
    m->held += n;
}

/* ---- both ------------------------------------------------------------------------------------ */

void model_count(struct model *m, size_t n)
{
    size_t count = m->ops->count(m->ring);
    (void)n;
    fuzz_require(count <= m->cfg.capacity);
    fuzz_require(count >= ready_least(m) && count <= ready_most(m) + held_back(m));
    fuzz_require(m->ops->closed(m->ring) == m->closed);
}

void model_close(struct model *m, size_t n)
{
    model_flush(m, n);
    m->ops->close(m->ring);
    m->closed = true;
    m->n_lent_in = 0;
}

void model_wait(struct model *m, size_t n)
{
    if (!has(m, RS_BLOCKING))
        return;
    if (n % 2 == 0 && (room_least(m) > 0 || m->closed))
        m->ops->wait_space(m->ring);
    if (n % 2 == 1 && (ready_least(m) > 0 || m->closed))
        m->ops->wait_data(m->ring);
}

bool model_begin(struct model *m, const struct rs_ring_ops *ops, const struct rs_config *cfg)
{
    const bool refused = rs_config_refusal(cfg, ops->caps) != NULL;
    void *slots = NULL;
    memset(m, 0, sizeof *m);
    m->ops = ops;
    m->cfg = *cfg;
    m->slots_bytes = ops->bytes(rs_config_slots(cfg), cfg->msg_bytes, cfg->msg_align);
    fuzz_require(refused || m->slots_bytes >= cfg->capacity * cfg->msg_bytes);
    m->slots_caps = refused ? 0 : ops->caps; /* what is refused may have no size to map */
    m->ring = aligned_alloc(RS_SEPARATION, ops->struct_bytes);
    fuzz_require(rs_slots_alloc(m->slots_caps, m->slots_bytes, cfg->msg_align, &slots) == 0);
    fuzz_require(m->ring != NULL);
    m->slots = slots;
    fuzz_require(ops->init(m->ring, m->slots, cfg) == (refused ? -EINVAL : 0));
    m->slack = ops->slack(cfg);
    return !refused;
}

void model_drain(struct model *m)
{
    model_flush(m, 0);
    while (m->out < m->in)
        model_pop(m, 0);
    model_pop(m, 0);
    model_count(m, 0);
}

void model_end(struct model *m)
{
    free(m->ring);
    rs_slots_free(m->slots_caps, m->slots, m->slots_bytes);
}
