/* SPDX-License-Identifier: MIT */
/*
 * All loops of one ring at one separation: compiled with -DRS_VARIANT=<name> -DRS_SEPARATION=<n>,
 * as C or as C++, it exports ring_kernels_<name>_<n>.
 */
#include "pingpong.h"
#include "stream.h"

#define SIZED(loop, size)                                                                          \
    static void loop##_##size(struct side *s, uint64_t messages)                                   \
    {                                                                                              \
        loop(s, messages, size);                                                                   \
    }
#define UNSIZED(loop)                                                                              \
    static void loop##_any(struct side *s, uint64_t messages)                                      \
    {                                                                                              \
        loop(s, messages, s->msg_bytes);                                                           \
    }

/* A message at a time, in a variable of the loop or, where its size is not known, the buffer. */
#define SIZED_ONE(loop, size)                                                                      \
    static void loop##_##size(struct side *s, uint64_t messages)                                   \
    {                                                                                              \
        __attribute__((aligned(64))) unsigned char message[size] = {0};                            \
        loop(s, messages, size, message);                                                          \
    }
#define UNSIZED_ONE(loop)                                                                          \
    static void loop##_any(struct side *s, uint64_t messages)                                      \
    {                                                                                              \
        loop(s, messages, s->msg_bytes, s->buffer);                                                \
    }

#define PUSH_ONE(size)   SIZED_ONE(stream_push_one, size)
#define POP_ONE(size)    SIZED_ONE(stream_pop_one, size)
#define PUSH_HELD(size)  SIZED_ONE(stream_push_held, size)
#define POP_HELD(size)   SIZED_ONE(stream_pop_held, size)
#define PUSH_BATCH(size) SIZED(stream_push_batch, size)
#define POP_BATCH(size)  SIZED(stream_pop_batch, size)
#define PUSH_SPAN(size)  SIZED(stream_push_span, size)
#define POP_SPAN(size)   SIZED(stream_pop_span, size)
#define ASK(size)        SIZED_ONE(pingpong_ask, size)
#define ANSWER(size)     SIZED_ONE(pingpong_answer, size)

/* clang-format off */
KERNEL_SIZE_LIST(PUSH_ONE) UNSIZED_ONE(stream_push_one)
KERNEL_SIZE_LIST(POP_ONE) UNSIZED_ONE(stream_pop_one)
KERNEL_SIZE_LIST(PUSH_BATCH) UNSIZED(stream_push_batch)
KERNEL_SIZE_LIST(POP_BATCH) UNSIZED(stream_pop_batch)
KERNEL_SIZE_LIST(ASK) UNSIZED_ONE(pingpong_ask)
KERNEL_SIZE_LIST(ANSWER) UNSIZED_ONE(pingpong_answer)
#if RS_HAS(spans)
KERNEL_SIZE_LIST(PUSH_SPAN) UNSIZED(stream_push_span)
KERNEL_SIZE_LIST(POP_SPAN) UNSIZED(stream_pop_span)
#endif
#if RS_MAY(held)
KERNEL_SIZE_LIST(PUSH_HELD) UNSIZED_ONE(stream_push_held)
KERNEL_SIZE_LIST(POP_HELD) UNSIZED_ONE(stream_pop_held)
#endif
#if RS_MAY(varlen)
UNSIZED(stream_push_mixed) UNSIZED(stream_pop_mixed)
#endif
    /* clang-format on */

    static size_t ring_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)
{
    return RS_OP(bytes)(capacity, msg_bytes, msg_align);
}

static int ring_init(void *r, void *mem, const struct rs_config *cfg)
{
    return RS_OP(init)((RS_RING *)r, mem, cfg);
}

static size_t ring_count(void *r)
{
    return RS_OP(count)((RS_RING *)r);
}

#define ONE(size)      {stream_push_one_##size, stream_pop_one_##size},
#define BATCH(size)    {stream_push_batch_##size, stream_pop_batch_##size},
#define HELD(size)     {stream_push_held_##size, stream_pop_held_##size},
#define SPAN(size)     {stream_push_span_##size, stream_pop_span_##size},
#define MIXED(size)    {stream_push_mixed_any, stream_pop_mixed_any},
#define PINGPONG(size) {pingpong_ask_##size, pingpong_answer_##size},

#define NAME_(variant, separation)  ring_kernels_##variant##_##separation
#define NAME__(variant, separation) NAME_(variant, separation)
#define NAME                        NAME__(RS_VARIANT, RS_SEPARATION)

#if RS_HAS(spans)
#define SPANS {KERNEL_SIZE_LIST(SPAN) SPAN(any)},
#else
#define SPANS {{NULL, NULL}},
#endif
#if RS_MAY(held)
#define HELDS {KERNEL_SIZE_LIST(HELD) HELD(any)},
#else
#define HELDS {{NULL, NULL}},
#endif
#if RS_MAY(varlen)
#define MIXES {KERNEL_SIZE_LIST(MIXED) MIXED(any)},
#else
#define MIXES {{NULL, NULL}},
#endif

/* In the order of struct ring_kernels and enum mode: C++17 names no members here. */
RS_EXPORTED const struct ring_kernels NAME;
const struct ring_kernels NAME = {
    RS_STRING(RS_VARIANT),
    RS_SEPARATION,
    sizeof(RS_RING),
    ring_bytes,
    ring_init,
    ring_count,
    /* clang-format off */
    {{KERNEL_SIZE_LIST(ONE) ONE(any)}, {KERNEL_SIZE_LIST(BATCH) BATCH(any)}, SPANS HELDS MIXES},
    {KERNEL_SIZE_LIST(PINGPONG) PINGPONG(any)},
    /* clang-format on */
};
