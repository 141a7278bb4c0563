/* SPDX-License-Identifier: MIT */
/*
 * What the adapters share.  A peer is a ring of another library behind the contract of
 * rings/ring.h: struct rs_<name>, its operations and its flags, so that the same kernels run it.
 *
 *   - Messages are types of the sizes below, for these libraries take types; a switch over a
 *     constant size folds.  Other sizes are refused.  Those of whole lines start on a line, as ours
 *     do; a caller's message stands at a multiple of its type's alignment, as the kernels' do.
 *   - A peer has a layout of its own: it is compiled once, msg_align is 1, cfg.start is ignored.
 *   - It can hold as many messages as cfg.capacity says, and at most twice as many; where its
 *     library cannot, bytes() is 0.
 *   - Threads: push and its like from one, pop and its like from one, as in any ring.
 *   - Ownership: as in any ring, unless the header says that the library keeps memory of its own;
 *     that lives as long as the process.
 */
#ifndef PEER_H
#define PEER_H

#include "experiments/kernels/kernel.h"
#include "experiments/peers/sizes.h"

enum { PEER_LINE_BYTES = 64 };

#define PEER_ALIGN(n) ((n) % PEER_LINE_BYTES == 0 ? PEER_LINE_BYTES : (n) & -(n))
#define PEER_MESSAGE(n)                                                                            \
    struct peer_message_##n {                                                                      \
        unsigned char byte[n];                                                                     \
    } __attribute__((aligned(PEER_ALIGN(n)), may_alias));
PEER_SIZE_LIST(PEER_MESSAGE)
#undef PEER_MESSAGE

/* 0 or -EINVAL: what every peer refuses. */
static inline __attribute__((unused)) int peer_check(const struct rs_config *cfg, void *mem,
                                                     unsigned caps)
{
    if (cfg->msg_align != 1 || !peer_has_size(cfg->msg_bytes))
        return -EINVAL;
    return rs_config_check(cfg, mem, caps);
}

/* Either side may say that nothing follows; none of the libraries has a close of its own. */
struct peer_end {
    RS_ATOMIC(uint32_t) closed;
} RS_SEPARATED;

#define PEER_CLOSE(name)                                                                           \
    RS_INLINE void rs_##name##_close(struct rs_##name *r)                                          \
    {                                                                                              \
        rs_store_release(&r->end.closed, 1u);                                                      \
    }                                                                                              \
    RS_INLINE bool rs_##name##_closed(struct rs_##name *r)                                         \
    {                                                                                              \
        return rs_load_acquire(&r->end.closed) != 0;                                               \
    }                                                                                              \
    struct rs_##name

#endif
