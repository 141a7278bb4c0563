/* SPDX-License-Identifier: MIT */
/*
 * The seam of rings/memory.h for stress: its production section as it stands, and a delay before
 * each atomic access, fence, payload copy and lock.
 *
 * memory.h is read once more without the override.  A macro does not expand within itself, so the
 * names below stand for a delay and then what they were: the builtins that the production section
 * is made of keep their orders, whatever it says.
 */
#ifndef RINGSIDE_TESTS_STRESS_MEMORY_DELAYS_H
#define RINGSIDE_TESTS_STRESS_MEMORY_DELAYS_H

#include "delays.h"

#undef RS_MEMORY_OVERRIDE
#undef RINGSIDE_MEMORY_H
#include "rings/memory.h"

#define __atomic_load_n(p, order)        (stress_delay(), __atomic_load_n((p), (order)))
#define __atomic_store_n(p, v, order)    (stress_delay(), __atomic_store_n((p), (v), (order)))
#define __atomic_exchange_n(p, v, order) (stress_delay(), __atomic_exchange_n((p), (v), (order)))
#define __atomic_thread_fence(order)     (stress_delay(), __atomic_thread_fence(order))
#define __atomic_signal_fence(order)     (stress_delay(), __atomic_signal_fence(order))
#define rs_copy_in(to, from, n)          (stress_delay(), rs_copy_in((to), (from), (n)))
#define rs_copy_out(to, from, n)         (stress_delay(), rs_copy_out((to), (from), (n)))
#define pthread_mutex_lock(l)            (stress_delay(), pthread_mutex_lock(l))
#define pthread_mutex_unlock(l)          (stress_delay(), pthread_mutex_unlock(l))
#define pthread_cond_wait(c, l)          (stress_delay(), pthread_cond_wait((c), (l)))
#define pthread_cond_signal(c)           (stress_delay(), pthread_cond_signal(c))

#endif
