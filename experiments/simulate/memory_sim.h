/* SPDX-License-Identifier: MIT */
/*
 * The seam of rings/memory.h for the coherence simulator: every access is reported before it
 * happens.  The simulator may let another agent run inside the report, never between the report and
 * the access, so that one seam access is one indivisible step.
 *
 * One thread runs at a time, so plain reads and writes do; memory orders and fences are not
 * modelled.  Files that include this define RS_INDEX as uint64_t first, or a ring that keeps
 * indices in its slots would have other lines on a 32-bit machine.
 */
#ifndef RINGSIDE_SIMULATE_MEMORY_SIM_H
#define RINGSIDE_SIMULATE_MEMORY_SIM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How an access is made: the sum of these. */
enum sim_access_kind {
    SIM_READ = 0,
    SIM_WRITE = 1,  /* also what reads and writes in one step */
    SIM_PAYLOAD = 2 /* a copy of message bytes */
};

/* Defined by simulate.c; called by ring code only. */
void sim_access(const volatile void *p, size_t n, unsigned kind);
void sim_pause(void);

#ifdef __cplusplus
}
#endif

#define RS_ATOMIC(T) T
#define RS_PLAIN(T)  T
#define RS_SEPARATED __attribute__((aligned(RS_SEPARATION)))

typedef unsigned char rs_cell;
typedef void rs_raw;

#define SIM_LOAD(p)                                                                                \
    __extension__({                                                                                \
        const __typeof__(*(p)) *sim_from_ = (p);                                                   \
        sim_access(sim_from_, sizeof *sim_from_, SIM_READ);                                        \
        *sim_from_;                                                                                \
    })
#define SIM_STORE(p, v)                                                                            \
    __extension__({                                                                                \
        __typeof__(*(p)) *sim_to_ = (p);                                                           \
        __typeof__(*(p)) sim_value_ = (v);                                                         \
        sim_access(sim_to_, sizeof *sim_to_, SIM_WRITE);                                           \
        *sim_to_ = sim_value_;                                                                     \
        (void)0;                                                                                   \
    })

#define rs_load_relaxed(p)     SIM_LOAD(p)
#define rs_load_acquire(p)     SIM_LOAD(p)
#define rs_load_seq_cst(p)     SIM_LOAD(p)
#define rs_store_relaxed(p, v) SIM_STORE(p, v)
#define rs_store_release(p, v) SIM_STORE(p, v)
#define rs_store_seq_cst(p, v) SIM_STORE(p, v)
#define rs_get(p)              SIM_LOAD(p)
#define rs_set(p, v)           SIM_STORE(p, v)

#define rs_exchange_seq_cst(p, v)                                                                  \
    __extension__({                                                                                \
        __typeof__(*(p)) *sim_at_ = (p);                                                           \
        __typeof__(*(p)) sim_new_ = (v), sim_old_;                                                 \
        sim_access(sim_at_, sizeof *sim_at_, SIM_WRITE);                                           \
        sim_old_ = *sim_at_;                                                                       \
        *sim_at_ = sim_new_;                                                                       \
        sim_old_;                                                                                  \
    })

#define rs_fence_seq_cst() ((void)0)
#define rs_fence_light()   ((void)0)
#define rs_opaque(p)       ((void)(p))
#define rs_pause()         sim_pause()

RS_INLINE rs_word *rs_word_at(rs_cell *cell)
{
    return (rs_word *)(void *)cell;
}

RS_INLINE void rs_copy_in(rs_cell *to, const void *from, size_t n)
{
    sim_access(to, n, SIM_WRITE | SIM_PAYLOAD);
    memcpy(to, from, n);
}

RS_INLINE void rs_copy_out(void *to, const rs_cell *from, size_t n)
{
    sim_access(from, n, SIM_READ | SIM_PAYLOAD);
    memcpy(to, from, n);
}

/* A prefetch takes the line as the access would that it is ahead of. */
#define rs_prefetch_write(p) sim_access((p), 1, SIM_WRITE | SIM_PAYLOAD)
#define rs_prefetch_read(p)  sim_access((p), 1, SIM_READ | SIM_PAYLOAD)

/* Nothing is known of memory beyond the caches: stores past them count as others. */
#define rs_copy_in_stream(to, from, n) rs_copy_in((to), (from), (n))
#define rs_stream_fence()              ((void)0)

/* A lock is one word that is taken and dropped by an exchange.  Who finds it taken looks again
 * instead of sleeping; a condition is a word that a signal writes. */
typedef uint32_t rs_lock;
typedef uint32_t rs_condition;
#define rs_lock_init(l)      (*(l) = 0u, 0)
#define rs_condition_init(c) (*(c) = 0u, 0)
#define rs_lock_drop(l)      ((void)rs_exchange_seq_cst((l), 0u))

RS_INLINE void rs_lock_take(rs_lock *l)
{
    while (rs_exchange_seq_cst(l, 1u) != 0)
        sim_pause();
}

RS_INLINE void rs_condition_signal(rs_condition *c)
{
    uint32_t signals = rs_get(c);
    rs_set(c, signals + 1);
}

RS_INLINE void rs_condition_wait(rs_condition *c, rs_lock *l)
{
    const uint32_t before = rs_get(c);
    rs_lock_drop(l);
    while (rs_get(c) == before)
        sim_pause();
    rs_lock_take(l);
}

#endif
