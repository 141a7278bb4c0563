/* SPDX-License-Identifier: MIT */
/* The seam of rings/memory.h for the models of rings: every payload byte is race-checked. */
#ifndef RINGSIDE_MODELS_MEMORY_RELACY_HPP
#define RINGSIDE_MODELS_MEMORY_RELACY_HPP

#include "atomics_relacy.hpp"

typedef rl::var<unsigned char> rs_cell;
typedef rs_cell rs_raw;

/* A sentinel word lies beside the cells: an rl::atomic for each cell that a slot may start at. */
alignas(RS_SEPARATION) inline unsigned char rs_relacy_cells[64 * sizeof(rs_cell)];
inline rl::atomic<rs_word> *rs_relacy_words;

inline rl::atomic<rs_word> *rs_word_at(rs_cell *cell)
{
    return rs_relacy_words + (cell - reinterpret_cast<rs_cell *>(rs_relacy_cells));
}

#define rs_copy_in(to, from, n)        rs_relacy_copy_in((to), (from), (n), RL_INFO)
#define rs_copy_out(to, from, n)       rs_relacy_copy_out((to), (from), (n), RL_INFO)
#define rs_copy_in_stream(to, from, n) rs_copy_in((to), (from), (n))

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

#endif
