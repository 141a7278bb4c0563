/* SPDX-License-Identifier: MIT */
/*
 * What the seams of rings/memory.h for Relacy, the model checker, have in common.  Atomics are
 * rl::atomic, owner-private fields and constants race-checked rl::var.  Every atomic access and
 * fence has a number; rs_weakened names the one that runs as relaxed, which of a fence is none.
 */
#ifndef RINGSIDE_MODELS_ATOMICS_RELACY_HPP
#define RINGSIDE_MODELS_ATOMICS_RELACY_HPP

/* What the code under test and the models need comes before Relacy, which defines malloc, new and
 * errno. */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <new>

#include <relacy/relacy.hpp>

#undef new /* the models construct cells in place; Relacy's tracking form cannot */
#undef delete

struct rs_site {
    const char *file;
    int line;
    bool ordered; /* stronger than relaxed: can be weakened */
    bool reached;
};
inline rs_site rs_sites[512];
inline int rs_weakened = -1;

template <int N>
inline rl::memory_order rs_order(rl::memory_order order, const char *file, int line)
{
    static_assert(N < 512, "more accesses than rs_sites holds");
    rs_sites[N] = {file, line, order != rl::mo_relaxed, true};
    return N == rs_weakened ? rl::mo_relaxed : order;
}
#define RS_AT(order) rs_order<__COUNTER__>(rl::order, __FILE__, __LINE__), RL_INFO

#define RS_ATOMIC(T) rl::atomic<T>
#define RS_PLAIN(T)  rl::var<T>
#define RS_SEPARATED /* Relacy places objects itself; it has no lines to separate */

#define rs_load_relaxed(p)        ((p)->load(RS_AT(mo_relaxed)))
#define rs_load_acquire(p)        ((p)->load(RS_AT(mo_acquire)))
#define rs_load_seq_cst(p)        ((p)->load(RS_AT(mo_seq_cst)))
#define rs_store_relaxed(p, v)    ((p)->store((v), RS_AT(mo_relaxed)))
#define rs_store_release(p, v)    ((p)->store((v), RS_AT(mo_release)))
#define rs_store_seq_cst(p, v)    ((p)->store((v), RS_AT(mo_seq_cst)))
#define rs_exchange_seq_cst(p, v) ((p)->exchange((v), RS_AT(mo_seq_cst)))

#define rs_fence_seq_cst() rs_relacy_fence(RS_AT(mo_seq_cst))

inline void rs_relacy_fence(rl::memory_order order, rl::debug_info_param at)
{
    if (order != rl::mo_relaxed)
        rl::atomic_thread_fence(order, at);
}

#define rs_get(p)    ((*(p))(RL_INFO).load())
#define rs_set(p, v) ((*(p))(RL_INFO).store(v))
/* Its variables cannot be copied; nor does a model hold a side's state. */
#define rs_assign(to, from) ((void)(to), (void)(from))

#define rs_opaque(p)         ((void)(p))
#define rs_prefetch_write(p) ((void)(p)) /* moves lines, which there are none of here */
#define rs_prefetch_read(p)  ((void)(p))
#define rs_stream_fence()    ((void)0)
#define rs_pause()           rl::yield(1, RL_INFO)

typedef rl::mutex rs_lock;
typedef rl::condition_variable rs_condition;
#define rs_lock_init(l)         ((void)(l), 0)
#define rs_lock_take(l)         ((l)->lock(RL_INFO))
#define rs_lock_drop(l)         ((l)->unlock(RL_INFO))
#define rs_condition_init(c)    ((void)(c), 0)
#define rs_condition_wait(c, l) ((c)->wait(*(l), RL_INFO))
#define rs_condition_signal(c)  ((c)->notify_one(RL_INFO))

/* Of a model's main: the accesses that were reached, for the gate. */
inline void rs_list_sites()
{
    for (int i = 0; i < 512; i++)
        if (rs_sites[i].reached)
            printf("site %d %s:%d %s\n", i, rs_sites[i].file, rs_sites[i].line,
                   rs_sites[i].ordered ? "ordered" : "relaxed");
}

#endif
