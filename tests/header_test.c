/* SPDX-License-Identifier: MIT */
/*
 * One ring header as its user has it, compiled once a ring as C11 and as C++17 with
 * -include rings/<name>.h -DRS_VARIANT=<name>: it stands alone, may be included twice, and its
 * operations have the contract's types.
 */
#include "rings/variant.h"

typedef RS_RING ring;

int use(ring *r, void *mem, const struct rs_config *cfg);
int use(ring *r, void *mem, const struct rs_config *cfg)
{
    uint64_t msgs[4] = {1, 2, 3, 4};
    size_t moved = 0;
    int err = RS_OP(init)(r, mem, cfg);
    if (err || RS_OP(bytes)(cfg->capacity, sizeof msgs[0], cfg->msg_align) == 0)
        return err;
    moved += RS_OP(push)(r, msgs, sizeof msgs[0]) ? 1 : 0;
    moved += RS_OP(push_n)(r, msgs, 4, sizeof msgs[0]);
    RS_OP(flush)(r);
    moved += RS_OP(pop)(r, msgs, sizeof msgs[0]) ? 1 : 0;
    moved += RS_OP(pop_n)(r, msgs, 4, sizeof msgs[0]);
    RS_OP(close)(r);
    return RS_OP(closed)(r) && RS_OP(count)(r) <= moved;
}

#if RS_HAS(spans)
size_t lend(ring *r, const uint64_t *msg);
size_t lend(ring *r, const uint64_t *msg)
{
    struct rs_span s;
    size_t lent = RS_OP(reserve)(r, 2, &s) + RS_OP(reserve_all)(r, 1, &s);
    if (lent > 0)
        rs_copy_in(rs_span_at(&s, 0), msg, sizeof *msg);
    RS_OP(commit)(r, lent > 0);
    lent += RS_OP(peek)(r, 2, &s) + RS_OP(peek_all)(r, 1, &s);
    RS_OP(release)(r, 0);
    return lent;
}
#endif

#if RS_HAS(wait)
void sleep_on(ring *r);
void sleep_on(ring *r)
{
    RS_OP(wait_space)(r);
    RS_OP(wait_data)(r);
}
#endif
