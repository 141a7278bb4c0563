/* SPDX-License-Identifier: MIT */
#include "sides.h"

#include "message.h"

#include <sched.h>
#include <stdio.h>

enum way { SINGLES, BATCHES, SPANS, SPANS_ALL, WAYS };

static enum way draw_way(struct side *s)
{
    bool lends = (s->pair->ops->caps & RS_ZERO_COPY) != 0;
    return (enum way)random_below(&s->random, lends ? WAYS : SPANS);
}

/* As often a few as many. */
static size_t draw_batch(struct side *s, uint64_t left)
{
    uint64_t n = 1 + random_below(&s->random, random_one_in(&s->random, 2) ? 4 : BATCH_MAX);
    return (size_t)(n < left ? n : left);
}

static void moved(struct side *s, size_t n)
{
    s->of_life += n;
    s->stuck = 0;
    __atomic_store_n(&s->moved, s->moved + n, __ATOMIC_RELAXED);
    side_does(s, MOVING);
}

static void check_count(struct side *s)
{
    size_t n = s->pair->ops->count(s->pair->ring);
    if (n > s->pair->capacity && s->wrong[0] == '\0')
        snprintf(s->wrong, sizeof s->wrong, "count says %zu of %zu slots", n, s->pair->capacity);
}

/* After a try that moved nothing.  Both sides may be on one cpu, so it gives the cpu away. */
static void get_unstuck(struct side *s, void (*wait)(void *ring))
{
    side_does(s, STUCK);
    if (wait != NULL && random_one_in(&s->random, 2)) {
        side_does(s, IN_WAIT);
        wait(s->pair->ring);
    } else if (++s->stuck % 4 == 0) {
        sched_yield();
    } else {
        rs_pause();
    }
}

/* ---- producer -------------------------------------------------------------------------------- */

static void fill(struct side *s, unsigned char *to, size_t index)
{
    const struct life *l = &s->pair->life;
    message_fill(to, l->cfg.msg_bytes, l->stream, s->of_life + index);
}

/* Lent slots are filled with what no message is before the messages are written: a slot that the
 * consumer could see too early would show it. */
static size_t put_spans(struct side *s, size_t n, bool all)
{
    const struct rs_ring_ops *ops = s->pair->ops;
    const size_t bytes = s->pair->life.cfg.msg_bytes;
    struct rs_span span;
    n = all ? ops->reserve_all(s->pair->ring, n, &span) : ops->reserve(s->pair->ring, n, &span);
    for (size_t i = 0; i < n; i++)
        memset(rs_span_at(&span, i), 0xa5, bytes);
    if (n > 0 && random_one_in(&s->random, 8))
        n = (size_t)random_below(&s->random, n + 1); /* the rest of the loan is dropped */
    for (size_t i = 0; i < n; i++) {
        stress_delay();
        fill(s, rs_span_at(&span, i), i);
    }
    ops->commit(s->pair->ring, n);
    return n;
}

static size_t put(struct side *s, size_t n)
{
    const struct rs_ring_ops *ops = s->pair->ops;
    const size_t bytes = s->pair->life.cfg.msg_bytes;
    enum way way = draw_way(s);
    if (way == SPANS || way == SPANS_ALL)
        return put_spans(s, n, way == SPANS_ALL);
    n = way == SINGLES ? 1 : n;
    for (size_t i = 0; i < n; i++)
        fill(s, s->batch + i * bytes, i);
    if (way == SINGLES)
        return ops->push(s->pair->ring, s->batch, bytes);
    return ops->push_n(s->pair->ring, s->batch, n, bytes);
}

void side_produce(struct side *s)
{
    const struct rs_ring_ops *ops = s->pair->ops;
    const struct life *l = &s->pair->life;
    void *ring = s->pair->ring;
    uint64_t total = l->consumer_closes ? UINT64_MAX : l->messages;
    while (s->of_life < total && s->wrong[0] == '\0') {
        size_t n = put(s, draw_batch(s, total - s->of_life));
        if (n > 0)
            moved(s, n);
        if (n == 0 || random_one_in(&s->random, 16))
            ops->flush(ring);
        if ((n == 0 || random_one_in(&s->random, 64)) && ops->closed(ring))
            break;
        if (n == 0)
            get_unstuck(s, ops->wait_space);
        if (random_one_in(&s->random, 32))
            check_count(s);
    }
    ops->flush(ring);
    ops->close(ring);
}

/* ---- consumer -------------------------------------------------------------------------------- */

static void check(struct side *s, const unsigned char *message, size_t index)
{
    const struct life *l = &s->pair->life;
    unsigned char want[MESSAGE_BYTES_MAX];
    uint64_t number = s->of_life + index;
    size_t at = 0;
    message_fill(want, l->cfg.msg_bytes, l->stream, number);
    if (memcmp(message, want, l->cfg.msg_bytes) == 0 || s->wrong[0] != '\0')
        return;
    while (message[at] == want[at])
        at++;
    snprintf(s->wrong, sizeof s->wrong,
             "message %llu of life %u came wrong from byte %zu of %zu on: it says it is %llu",
             (unsigned long long)number, s->pair->lives, at, l->cfg.msg_bytes,
             (unsigned long long)message_number(message, l->cfg.msg_bytes));
}

static size_t take_spans(struct side *s, size_t n, bool all)
{
    const struct rs_ring_ops *ops = s->pair->ops;
    struct rs_span span;
    n = all ? ops->peek_all(s->pair->ring, n, &span) : ops->peek(s->pair->ring, n, &span);
    if (n > 0 && random_one_in(&s->random, 8))
        n = (size_t)random_below(&s->random, n + 1); /* looks at all later once more */
    for (size_t i = 0; i < n; i++) {
        check(s, rs_span_at(&span, i), i);
        stress_delay();
    }
    ops->release(s->pair->ring, n);
    return n;
}

static size_t take(struct side *s, size_t n)
{
    const struct rs_ring_ops *ops = s->pair->ops;
    const size_t bytes = s->pair->life.cfg.msg_bytes;
    enum way way = draw_way(s);
    if (way == SPANS || way == SPANS_ALL)
        return take_spans(s, n, way == SPANS_ALL);
    memset(s->batch, 0x5a, bytes);
    n = way == SINGLES ? ops->pop(s->pair->ring, s->batch, bytes)
                       : ops->pop_n(s->pair->ring, s->batch, n, bytes);
    for (size_t i = 0; i < n; i++)
        check(s, s->batch + i * bytes, i);
    return n;
}

/* Whether the last try said that nothing is there: a loan may be given back untouched, and
 * peek_all may ask for more than there is. */
static bool drained(struct side *s)
{
    return s->pair->ops->pop(s->pair->ring, s->batch, s->pair->life.cfg.msg_bytes) == false;
}

static void check_end(struct side *s)
{
    const struct life *l = &s->pair->life;
    if (s->wrong[0] == '\0' && s->of_life != l->messages)
        snprintf(s->wrong, sizeof s->wrong, "life %u: %llu messages came of %llu", s->pair->lives,
                 (unsigned long long)s->of_life, (unsigned long long)l->messages);
}

void side_consume(struct side *s)
{
    const struct rs_ring_ops *ops = s->pair->ops;
    const struct life *l = &s->pair->life;
    void *ring = s->pair->ring;
    uint64_t total = l->consumer_closes ? l->messages : UINT64_MAX;
    while (s->of_life < total && s->wrong[0] == '\0') {
        bool ended = ops->closed(ring);
        size_t n = take(s, draw_batch(s, total - s->of_life));
        if (n == 0 && drained(s)) {
            if (ended)
                break;
            get_unstuck(s, ops->wait_data);
        } else if (n == 0) {
            check(s, s->batch, 0);
            n = 1;
        }
        if (n > 0)
            moved(s, n);
        if (random_one_in(&s->random, 32))
            check_count(s);
    }
    check_end(s);
    ops->close(ring);
}
