/* SPDX-License-Identifier: MIT */
/* The two sides of a pair in one life: random operations, checked messages, a close. */
#ifndef RINGSIDE_TESTS_STRESS_SIDES_H
#define RINGSIDE_TESTS_STRESS_SIDES_H

#include "pair.h"

/* Each returns when the life is over or something is wrong; then side->wrong says what. */
void side_produce(struct side *);
void side_consume(struct side *);

static inline void side_does(struct side *s, enum doing doing)
{
    __atomic_store_n(&s->doing, doing, __ATOMIC_RELAXED);
}

#endif
