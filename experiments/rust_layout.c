/* SPDX-License-Identifier: MIT */
#include "rust_layout.h"

#include <stdio.h>
#include <string.h>

#include "kernels/kernel.h"

#define MEMBER(m)                                                                                  \
    {                                                                                              \
        "side." #m, offsetof(struct side, m), sizeof(((struct side *)0)->m)                        \
    }
#define CONSTANT(c)                                                                                \
    {                                                                                              \
#c, c, sizeof(enum poll)                                                                   \
    }
#define STRUCT(s)                                                                                  \
    {                                                                                              \
#s, _Alignof(s), sizeof(s)                                                                 \
    }

static const struct rust_fact facts[] = {
    STRUCT(struct side),  MEMBER(ring),         MEMBER(msg_bytes),        MEMBER(batch),
    MEMBER(poll),         MEMBER(seq),          MEMBER(buffer),           MEMBER(round_trips),
    MEMBER(stuck),        MEMBER(polls),        MEMBER(mismatches),       CONSTANT(POLL_SPIN),
    CONSTANT(POLL_PAUSE), CONSTANT(POLL_YIELD), STRUCT(struct rust_ring),
};
enum { FACTS = sizeof facts / sizeof facts[0] };

const struct rust_fact *rust_layout_facts(size_t *count)
{
    *count = FACTS;
    return facts;
}

bool rust_layout_differs(const struct rust_fact *rust, size_t count, char *why, size_t n)
{
    for (size_t i = 0; i < count && i < FACTS; i++) {
        const struct rust_fact *c = &facts[i], *r = &rust[i];
        if (strcmp(c->name, r->name) == 0 && c->value == r->value && c->bytes == r->bytes)
            continue;
        snprintf(why, n,
                 "experiments/peers/rust has %s as %zu (%zu bytes) where C has %s as %zu (%zu "
                 "bytes); bring peers/rust/src/side.rs and layout.rs in line with kernels/kernel.h",
                 r->name, r->value, r->bytes, c->name, c->value, c->bytes);
        return true;
    }
    if (count == FACTS)
        return false;
    snprintf(why, n,
             "experiments/peers/rust states %zu facts and C %d; bring peers/rust/src/layout.rs in "
             "line with rust_layout.c",
             count, FACTS);
    return true;
}
