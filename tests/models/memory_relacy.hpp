/* SPDX-License-Identifier: MIT */
/*
 * The seam of rings/memory.h for Relacy, the model checker.  Atomics are rl::atomic; all else that
 * both sides can reach (constants, owner-private fields, every payload byte) is a race-checked
 * rl::var.  Every atomic access has a number; rs_weakened names the one that runs as relaxed.
 */
#ifndef RINGSIDE_MODELS_MEMORY_RELACY_HPP
#define RINGSIDE_MODELS_MEMORY_RELACY_HPP

/* What the rings and the models need comes before Relacy, which defines malloc, new and errno. */
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

typedef rl::var<unsigned char> rs_cell;
typedef rs_cell rs_raw;

#define rs_load_relaxed(p)     ((p)->load(RS_AT(mo_relaxed)))
#define rs_load_acquire(p)     ((p)->load(RS_AT(mo_acquire)))
#define rs_load_seq_cst(p)     ((p)->load(RS_AT(mo_seq_cst)))
#define rs_store_relaxed(p, v) ((p)->store((v), RS_AT(mo_relaxed)))
#define rs_store_release(p, v) ((p)->store((v), RS_AT(mo_release)))
#define rs_store_seq_cst(p, v) ((p)->store((v), RS_AT(mo_seq_cst)))

#define rs_get(p)    ((*(p))(RL_INFO).load())
#define rs_set(p, v) ((*(p))(RL_INFO).store(v))

/* A sentinel word lies beside the cells: an rl::atomic for each cell that a slot may start at. */
alignas(RS_SEPARATION) inline unsigned char rs_relacy_cells[64 * sizeof(rs_cell)];
inline rl::atomic<rs_word> *rs_relacy_words;

inline rl::atomic<rs_word> *rs_word_at(rs_cell *cell)
{
    return rs_relacy_words + (cell - reinterpret_cast<rs_cell *>(rs_relacy_cells));
}

#define rs_copy_in(to, from, n)        rs_relacy_copy_in((to), (from), (n), RL_INFO)
#define rs_copy_out(to, from, n)       rs_relacy_copy_out((to), (from), (n), RL_INFO)
#define rs_opaque(p)                   ((void)(p))
#define rs_prefetch_write(p)           ((void)(p)) /* moves lines, which there are none of here */
#define rs_prefetch_read(p)            ((void)(p))
#define rs_stream_fence()              ((void)0)
#define rs_copy_in_stream(to, from, n) rs_copy_in((to), (from), (n))
#define rs_pause()                     rl::yield(1, RL_INFO)

inline void rs_relacy_copy_in(rs_cell *to, const void *from, size_t n, rl::debug_info_param at)
{
    const unsigned char *bytes = static_cast<const unsigned char *>(from);
    for (size_t i = 0; i < n; i++)
        to[i](at).store(bytes[i]);
}

inline void rs_relacy_copy_out(void *to, const rs_cell *from, size_t n, rl::debug_info_param at)
{
    unsigned char *bytes = static_cast<unsigned char *>(to);
    for (size_t i = 0; i < n; i++)
        bytes[i] = from[i](at).load();
}

typedef rl::mutex rs_lock;
typedef rl::condition_variable rs_condition;
#define rs_lock_init(l)         ((void)(l), 0)
#define rs_lock_take(l)         ((l)->lock(RL_INFO))
#define rs_lock_drop(l)         ((l)->unlock(RL_INFO))
#define rs_condition_init(c)    ((void)(c), 0)
#define rs_condition_wait(c, l) ((c)->wait(*(l), RL_INFO))
#define rs_condition_signal(c)  ((c)->notify_one(RL_INFO))

#endif
