/* SPDX-License-Identifier: MIT */
/*
 * The seam of rings/memory.h for the models of the engine, and what the kernel does for it.
 *
 * Payload is plain bytes here, as the engine's C moves it with memcpy; that a ring publishes it is
 * what the models of the rings show.  A message is the number of a body, and bodies are checked.
 *
 * The asymmetric fence is taken for what membarrier(2) guarantees and for no more (P1202).  Of a
 * light fence L of one thread and a heavy fence H of another, either what is before L happens
 * before what is after H, if L runs first, or what is before H happens before what is after L.  Two
 * light fences order nothing, nor does L order anything against a plain fence.  H hands on only
 * what its thread knew when it began, for the kernel may interrupt one thread earlier than another.
 */
#ifndef RINGSIDE_MODELS_MEMORY_ENGINE_HPP
#define RINGSIDE_MODELS_MEMORY_ENGINE_HPP

#include <assert.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#include "atomics_relacy.hpp"

typedef unsigned char rs_cell;
typedef void rs_raw;

inline rl::atomic<rs_word> *rs_word_at(rs_cell *)
{
    return NULL; /* no edge takes a ring that keeps words in its slots */
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

/* ---- the asymmetric fence -------------------------------------------------------------------- */

enum { RS_RELACY_THREADS = 4 };

struct rs_asymmetric {
    rl::timestamp_t light[RS_RELACY_THREADS]
                         [RS_RELACY_THREADS]; /* known before each thread's last */
    rl::timestamp_t heavy[RS_RELACY_THREADS]; /* and before any heavy one */
};
inline rs_asymmetric rs_relacy_asymmetric;

inline void rs_relacy_learn(rl::timestamp_t *to, const rl::timestamp_t *from)
{
    for (unsigned i = 0; i < rl::ctx().get_thread_count(); i++)
        to[i] = to[i] > from[i] ? to[i] : from[i];
}

inline void rs_relacy_fence_light(rl::memory_order order, rl::debug_info_param)
{
    if (order == rl::mo_relaxed)
        return;
    rl::ctx().sched();
    rl::thread_info_base *me = rl::ctx().threadx_;
    rs_relacy_learn(rs_relacy_asymmetric.light[me->index_], me->acq_rel_order_);
    rs_relacy_learn(me->acq_rel_order_, rs_relacy_asymmetric.heavy);
}
#define rs_fence_light() rs_relacy_fence_light(RS_AT(mo_seq_cst))

inline void rs_relacy_fence_heavy()
{
    rl::ctx().sched();
    rl::thread_info_base *me = rl::ctx().threadx_;
    rs_relacy_learn(rs_relacy_asymmetric.heavy, me->acq_rel_order_);
    for (unsigned t = 0; t < rl::ctx().get_thread_count(); t++)
        rs_relacy_learn(me->acq_rel_order_, rs_relacy_asymmetric.light[t]);
}

/* ---- futex -----------------------------------------------------------------------------------
 *
 * Comparing and falling asleep are one step; so is finding a sleeper and waking it.  The comparison
 * reads the last value stored, as the kernel's lock of the word makes it do.  Being woken orders
 * nothing: the engine must not rely on it.  A sleeper may wake for no reason.
 */

struct rs_futex {
    rl::atomic<uint32_t> *word; /* NULL = free */
    rl::waitset<RS_RELACY_THREADS> sleepers;
};
inline rs_futex rs_relacy_futex[RS_RELACY_THREADS];

inline rl::waitset<RS_RELACY_THREADS> &rs_relacy_sleepers(rl::atomic<uint32_t> *word)
{
    rs_futex *f = rs_relacy_futex;
    while (f->word != NULL && f->word != word)
        f++;
    f->word = word;
    return f->sleepers;
}

inline long rs_relacy_syscall(long, rl::atomic<uint32_t> *word, int command, uint32_t n,
                              const void *, const void *, int)
{
    rl::waitset<RS_RELACY_THREADS> &sleepers = rs_relacy_sleepers(word);
    if (command == FUTEX_WAIT_PRIVATE) {
        if (word->fetch_add(0, rl::mo_relaxed, RL_INFO) == n)
            sleepers.park_current(rl::ctx(), false, true, false, RL_INFO);
        return 0;
    }
    rl::ctx().sched();
    for (; n > 0 && sleepers.unpark_one(rl::ctx(), RL_INFO); n--)
        continue;
    return 0;
}

inline long rs_relacy_syscall(long, int command, int, int)
{
    if (command == MEMBARRIER_CMD_PRIVATE_EXPEDITED)
        rs_relacy_fence_heavy();
    return 0;
}

inline long rs_relacy_syscall(long)
{
    return 0; /* gettid */
}

inline void rs_relacy_forget()
{
    rs_relacy_asymmetric = rs_asymmetric();
    for (rs_futex &f : rs_relacy_futex)
        f = rs_futex();
}

/* ---- memory -----------------------------------------------------------------------------------
 */

/* Given back as a whole, when a schedule ends.  C++ does not convert a void *; this does. */
struct rs_relacy_pointer {
    void *at;
    template <class T> operator T *() const
    {
        return static_cast<T *>(at);
    }
};
alignas(64) inline unsigned char rs_relacy_arena[1 << 14];
inline size_t rs_relacy_taken;

inline rs_relacy_pointer rs_relacy_take(size_t bytes)
{
    void *at = rs_relacy_arena + rs_relacy_taken;
    rs_relacy_taken += (bytes + 63) / 64 * 64;
    RL_ASSERT(rs_relacy_taken <= sizeof rs_relacy_arena);
    memset(at, 0, bytes);
    return {at};
}

#undef calloc
#undef free
#undef malloc
#undef realloc
#define aligned_alloc(align, bytes) rs_relacy_take(bytes)
#define calloc(n, bytes)            rs_relacy_take((n) * (bytes))
#define free(p)                     ((void)(p))

/* ---- what else the engine asks of the system ---------------------------------------------------
 */

/* Relacy has its own of these, for programs of POSIX threads. */
#undef sched_yield
#undef pthread_mutex_t
#undef pthread_cond_t
#undef pthread_mutex_lock
#undef pthread_mutex_unlock
#undef pthread_cond_wait
#undef pthread_cond_broadcast
#define syscall                   rs_relacy_syscall
#define sched_yield()             rl::yield(1, RL_INFO)
#define pthread_mutex_t           rl::mutex
#define pthread_cond_t            rl::condition_variable
#define pthread_mutex_lock(m)     ((m)->lock(RL_INFO))
#define pthread_mutex_unlock(m)   ((m)->unlock(RL_INFO))
#define pthread_cond_wait(c, m)   ((c)->wait(*(m), RL_INFO))
#define pthread_cond_broadcast(c) ((c)->notify_all(RL_INFO))

#endif
