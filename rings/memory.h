/* SPDX-License-Identifier: MIT */
/*
 * The seam: every access a ring makes to memory that two threads can reach goes
 * through the names in this file and through nothing else.
 *
 * A checker defines RS_MEMORY_OVERRIDE as the quoted name of a header that replaces
 * the production section below; the ring headers compile against it unchanged.
 *
 * The memory order is part of an operation's name, so a site can be read, counted,
 * argued and weakened by itself.  Use one seam access a statement: argument evaluation
 * order differs between compilers, and a checker's trace would differ with it.
 */
#ifndef RINGSIDE_MEMORY_H
#define RINGSIDE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes between what the producer writes and what the consumer writes: 64, 128 or 256.
 * 128 is the default because adjacent-line prefetchers couple pairs of 64-byte lines. */
#ifndef RS_SEPARATION
#define RS_SEPARATION 128
#endif
#if RS_SEPARATION != 64 && RS_SEPARATION != 128 && RS_SEPARATION != 256
#error "RS_SEPARATION must be 64, 128 or 256 (bytes)"
#endif

/* Free-running index type.  Narrower types are for models and wrap tests. */
#ifndef RS_INDEX
#define RS_INDEX size_t
#endif
typedef RS_INDEX rs_index;

/* Messages from index `older` to index `newer`.  The cast keeps the difference modulo the
 * index range when rs_index is narrower than int. */
#define rs_distance(newer, older) ((rs_index)((newer) - (older)))

/* What a sentinel ring keeps in the first bytes of a slot: the message's own first word, 0 = no
 * message.  Narrower words are for models. */
#ifndef RS_WORD
#define RS_WORD size_t
#endif
typedef RS_WORD __attribute__((may_alias)) rs_word;

/* Bytes of a cache line, where a ring works a line at a time; smaller ones are for models. */
#ifndef RS_LINE_BYTES
#define RS_LINE_BYTES 64
#endif

#define RS_INLINE      static inline __attribute__((always_inline, unused))
#define rs_unlikely(x) __builtin_expect(!!(x), 0)

#ifdef RS_MEMORY_OVERRIDE
#include RS_MEMORY_OVERRIDE
#else

#include <pthread.h>

#define RS_ATOMIC(T) T /* shared: one side writes it, the other reads it */
#define RS_PLAIN(T)  T /* private to one side, constant after init, or under a lock */
#define RS_SEPARATED __attribute__((aligned(RS_SEPARATION)))

typedef unsigned char rs_cell; /* one byte of payload storage */
typedef void rs_raw;           /* what a span points at */

#define rs_load_relaxed(p)     __atomic_load_n((p), __ATOMIC_RELAXED)
#define rs_load_acquire(p)     __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define rs_load_seq_cst(p)     __atomic_load_n((p), __ATOMIC_SEQ_CST)
#define rs_store_relaxed(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define rs_store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define rs_store_seq_cst(p, v) __atomic_store_n((p), (v), __ATOMIC_SEQ_CST)

#define rs_exchange_seq_cst(p, v) __atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST)
#define rs_fence_seq_cst()        __atomic_thread_fence(__ATOMIC_SEQ_CST)
/* One half of an asymmetric fence: orders the compiler only; the other half makes every thread of
 * the process run a full one (membarrier). */
#define rs_fence_light()          __atomic_signal_fence(__ATOMIC_SEQ_CST)

#define rs_get(p)    (*(p))
#define rs_set(p, v) ((void)(*(p) = (v)))

/* The word in the first bytes of the slot at `cell`. */
RS_INLINE RS_ATOMIC(rs_word) * rs_word_at(rs_cell *cell)
{
    return (RS_ATOMIC(rs_word) *)(void *)cell;
}

/* From so many bytes on a copy is libc's, which is chosen for the cpu it runs on; in its place a
 * compiler puts `rep movs` (gcc) for every cpu.  Its call is small beside the copy. */
enum { RS_COPY_CALL_BYTES = 512 };

/* n, which the compiler then does not know if it is that large. */
RS_INLINE size_t rs_copy_bytes(size_t n)
{
    if (__builtin_constant_p(n) && n >= RS_COPY_CALL_BYTES)
        __asm__("" : "+r"(n));
    return n;
}

/* Copy n payload bytes into or out of the ring.  A constant n becomes plain moves. */
RS_INLINE void rs_copy_in(rs_cell *to, const void *from, size_t n)
{
    memcpy(to, from, rs_copy_bytes(n));
}

RS_INLINE void rs_copy_out(void *to, const rs_cell *from, size_t n)
{
    memcpy(to, from, rs_copy_bytes(n));
}

/* Fetch the line at p ahead of its use.  For writing: without it the line arrives shared and is
 * fetched again.  gcc knows prefetchw only where told, and every x86-64 cpu runs it, if only as a
 * no-op. */
#if defined(__x86_64__)
#define rs_prefetch_write(p) __asm__ __volatile__("prefetchw %0" : : "m"(*(const char *)(p)))
#else
#define rs_prefetch_write(p) __builtin_prefetch((p), 1, 3)
#endif
#define rs_prefetch_read(p) __builtin_prefetch((p), 0, 3)

/* rs_copy_in past the caches; ordered with later stores by rs_stream_fence alone. */
#if defined(__x86_64__)
#define RS_STREAMS_HERE   1
#define rs_stream_fence() __builtin_ia32_sfence()
RS_INLINE void rs_copy_in_stream(rs_cell *to, const void *from, size_t n)
{
    long long word;
    size_t at = 0;
    for (; n - at >= sizeof word; at += sizeof word) {
        memcpy(&word, (const char *)from + at, sizeof word);
        __builtin_ia32_movnti64((long long *)(void *)(to + at), word);
    }
    memcpy(to + at, (const char *)from + at, n - at);
}
#else
#define RS_STREAMS_HERE                0
#define rs_stream_fence()              ((void)0)
#define rs_copy_in_stream(to, from, n) rs_copy_in((to), (from), (n))
#endif

/* Makes the compiler assume that the message at p is read and written here. */
RS_INLINE void rs_opaque(const void *p)
{
    __asm__ __volatile__("" : : "r"(p) : "memory");
}

/* What a polling thread runs between two looks. */
RS_INLINE void rs_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("isb" ::: "memory");
#elif defined(__arm__)
    __asm__ __volatile__("yield" ::: "memory");
#endif
}

/* The same, and nothing is looked at again before all accesses are done: the polls are fewer, and
 * none is under way when the line is taken away. */
RS_INLINE void rs_pause_fence(void)
{
#if defined(__x86_64__)
    __asm__ __volatile__("mfence" ::: "memory");
#elif defined(__aarch64__) || defined(__ARM_ARCH_7A__)
    __asm__ __volatile__("dmb ish" ::: "memory");
#else
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

/* A lock and its conditions, for the ring that blocks. */
typedef pthread_mutex_t rs_lock;
typedef pthread_cond_t rs_condition;
#define rs_lock_init(l)         pthread_mutex_init((l), NULL)
#define rs_lock_take(l)         ((void)pthread_mutex_lock(l))
#define rs_lock_drop(l)         ((void)pthread_mutex_unlock(l))
#define rs_condition_init(c)    pthread_cond_init((c), NULL)
#define rs_condition_wait(c, l) ((void)pthread_cond_wait((c), (l)))
#define rs_condition_signal(c)  ((void)pthread_cond_signal(c))

#endif /* RS_MEMORY_OVERRIDE */
/* One side's whole state, *from, into *to, when no one else touches either. */
#ifndef rs_assign
#define rs_assign(to, from) ((void)(*(to) = *(from)))
#endif

#endif
