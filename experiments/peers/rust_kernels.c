/* SPDX-License-Identifier: MIT */
/*
 * The loops of one ring in Rust as a table: compiled with -DRS_VARIANT=<name> and
 * -DRS_SEPARATION=<n>, it exports ring_kernels_<name>_<n>.
 */
#include <errno.h>

#include "cli.h"
#include "rust.h"

extern const struct rust_fact ringside_rust_facts[];
extern const size_t ringside_rust_facts_count;
int RUST_NAME(init)(void *ring, size_t capacity, size_t msg_bytes);

/* The loops of a message size, for either side; in Rust they stand alone, not in a table, so that
 * one that is missing is noticed when linking. */
#define STREAM(loop, size)                                                                         \
    {                                                                                              \
        RUST_NAME(push_##loop##_##size), RUST_NAME(pop_##loop##_##size)                            \
    }
#define ONE(size)         STREAM(one, size),
#define BATCH(size)       STREAM(batch, size),
#define SPAN(size)        STREAM(span, size),
#define PINGPONG(size)    {RUST_NAME(ask_##size), RUST_NAME(answer_##size)},
#define DECLARE_TWO(a, b) extern kernel_function RUST_NAME(a), RUST_NAME(b);
#define DECLARE_LOOPS(size)                                                                        \
    DECLARE_TWO(push_one_##size, pop_one_##size)                                                   \
    DECLARE_TWO(push_batch_##size, pop_batch_##size)                                               \
    DECLARE_TWO(push_span_##size, pop_span_##size)                                                 \
    DECLARE_TWO(ask_##size, answer_##size)
PEER_SIZE_LIST(DECLARE_LOOPS)

/* A block of messages of a size that has no place of its own in struct ring_kernels. */
#define BYTES(size) size,
static const size_t sizes[] = {PEER_SIZE_LIST(BYTES)};
enum { SIZES = sizeof sizes / sizeof sizes[0] };
static kernel_function *const one[][2] = {PEER_SIZE_LIST(ONE)};
static kernel_function *const batch[][2] = {PEER_SIZE_LIST(BATCH)};
static kernel_function *const pingpong[][2] = {PEER_SIZE_LIST(PINGPONG)};
#if RUST_HAS_SPANS
static kernel_function *const span[][2] = {PEER_SIZE_LIST(SPAN)};
#endif

static void run(kernel_function *const loop[][2], int side, struct side *s, uint64_t messages)
{
    size_t i = 0;
    while (i < SIZES - 1 && sizes[i] != s->msg_bytes)
        i++;
    loop[i][side](s, messages); /* init refused what is not in the list */
}

#define OTHER(loops, name, which)                                                                  \
    static void name##_##loops(struct side *s, uint64_t messages)                                  \
    {                                                                                              \
        run(loops, which, s, messages);                                                            \
    }
OTHER(one, push, 0)
OTHER(one, pop, 1)
OTHER(batch, push, 0)
OTHER(batch, pop, 1)
OTHER(pingpong, ask, 0)
OTHER(pingpong, answer, 1)
#if RUST_HAS_SPANS
OTHER(span, push, 0)
OTHER(span, pop, 1)
#define SPANS_OF_EVERY_SIZE                                                                        \
    KERNEL_SIZE_LIST(SPAN)                                                                         \
    {                                                                                              \
        push_span, pop_span                                                                        \
    }
#else
#define SPANS_OF_EVERY_SIZE                                                                        \
    {                                                                                              \
        NULL, NULL                                                                                 \
    }
#endif

static int ring_init(void *r, void *mem, const struct rs_config *cfg)
{
    char why[512];
    int err = peer_check(cfg, mem, RUST_CAPS);
    if (err)
        return err;
    if (rust_layout_differs(ringside_rust_facts, ringside_rust_facts_count, why, sizeof why)) {
        complain("%s", why);
        return -EPROTO;
    }
    return RUST_NAME(init)(r, cfg->capacity, cfg->msg_bytes);
}

static size_t ring_count(void *r)
{
    return ringside_rust_count(r);
}

#define TABLE RS_PASTE(RS_PASTE(ring_kernels_, RS_VARIANT), RS_PASTE(_, RS_SEPARATION))
extern const struct ring_kernels TABLE;
const struct ring_kernels TABLE = {
    .ring = RUST_STRING(RS_VARIANT),
    .separation = RS_SEPARATION,
    .struct_bytes = sizeof(struct rust_ring),
    .bytes = rust_bytes,
    .init = ring_init,
    .count = ring_count,
    /* clang-format off */
    .stream = {[MODE_ONE] = {KERNEL_SIZE_LIST(ONE) {push_one, pop_one}},
               [MODE_BATCH] = {KERNEL_SIZE_LIST(BATCH) {push_batch, pop_batch}},
               [MODE_SPAN] = {SPANS_OF_EVERY_SIZE}},
    .pingpong = {KERNEL_SIZE_LIST(PINGPONG) {ask_pingpong, answer_pingpong}},
    /* clang-format on */
};
