/* SPDX-License-Identifier: MIT */
/*
 * A ring of the table, in one thread, beside the queue it must be: how many messages are in, how
 * many are out, and what rings/ring.h allows a ring to hold back in between.
 */
#ifndef RINGSIDE_TESTS_FUZZ_RING_MODEL_H
#define RINGSIDE_TESTS_FUZZ_RING_MODEL_H

#include "fuzz.h"

#include "rings/ring.h"

enum { MOST_AT_ONCE = 70, MODEL_MESSAGE_MAX = 64 };

struct model {
    const struct rs_ring_ops *ops;
    struct rs_config cfg;
    unsigned char *ring, *slots;
    size_t slots_bytes;
    unsigned slots_caps; /* that the slots were taken by */
    uint64_t in, out;    /* messages so far */
    uint64_t published;  /* at least; <= in */
    size_t held;         /* freed slots that may not have been returned, at most */
    size_t slack;        /* ops->slack(cfg) */
    struct rs_span lent_in, lent_out;
    size_t n_lent_in, n_lent_out; /* 0 = no loan */
    bool closed;
    unsigned char batch[MOST_AT_ONCE * MODEL_MESSAGE_MAX];
};

/* False where the ring refuses the configuration; its init must say the same. */
bool model_begin(struct model *, const struct rs_ring_ops *, const struct rs_config *);
void model_end(struct model *);

/* Whatever went on, what is in comes out, and then no more. */
void model_drain(struct model *);

/* Each does one operation on both, and aborts where they differ.  What the contract forbids (a push
 * after close, a commit without a loan, a wait that would not end) does nothing. */
void model_push(struct model *, size_t n);
void model_push_n(struct model *, size_t n);
void model_push_zero(struct model *, size_t n);
void model_reserve(struct model *, size_t n);
void model_reserve_all(struct model *, size_t n);
void model_commit(struct model *, size_t n);
void model_flush(struct model *, size_t n);
void model_pop(struct model *, size_t n);
void model_pop_n(struct model *, size_t n);
void model_peek(struct model *, size_t n);
void model_peek_all(struct model *, size_t n);
void model_release(struct model *, size_t n);
void model_count(struct model *, size_t n);
void model_close(struct model *, size_t n);
void model_wait(struct model *, size_t n);

#endif
