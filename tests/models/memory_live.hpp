/* SPDX-License-Identifier: MIT */
/*
 * The seam of rings/memory.h for the model of the live view, whose words lie in a mapped file: each
 * has its rl::atomic in a table beside it, found by its address.
 */
#ifndef RINGSIDE_MODELS_MEMORY_LIVE_HPP
#define RINGSIDE_MODELS_MEMORY_LIVE_HPP

#include "atomics_relacy.hpp"

inline rl::atomic<uint64_t> *rs_relacy_word(const void *at); /* of the model */

template <class T> struct rs_beside {
    T unused;
    T load(rl::memory_order order, rl::debug_info_param info) const
    {
        return (T)rs_relacy_word(this)->load(order, info);
    }
    void store(T value, rl::memory_order order, rl::debug_info_param info)
    {
        rs_relacy_word(this)->store(value, order, info);
    }
};
#undef RS_ATOMIC
#define RS_ATOMIC(T)     rs_beside<T>
#define rs_fence_light() ((void)0) /* of ports, which there are none of here */

typedef unsigned char rs_cell;
typedef void rs_raw;

inline RS_ATOMIC(rs_word) * rs_word_at(rs_cell *)
{
    return NULL; /* there are no slots here */
}

inline void rs_copy_in(rs_cell *to, const void *from, size_t n)
{
    memcpy(to, from, n);
}

inline void rs_copy_out(void *to, const rs_cell *from, size_t n)
{
    memcpy(to, from, n);
}
#define rs_copy_in_stream(to, from, n) rs_copy_in((to), (from), (n))

#endif
