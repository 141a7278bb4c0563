/* SPDX-License-Identifier: MIT */
/*
 * Any sequence of operations on any ring, beside a model of it (ring_model.h).  The input is the
 * name of a ring and a newline, five bytes of configuration, then two bytes an operation: which,
 * and how many messages.  Without a name that is known, its first byte chooses the ring.  The high
 * bits of the alignment's byte ask for what only some rings heed.
 */
#include "ring_model.h"

#include <string.h>

struct input {
    const uint8_t *at, *end;
};

/* The next byte of the input; 0 at its end. */
static uint8_t next(struct input *in)
{
    return in->at < in->end ? *in->at++ : 0;
}

static const struct rs_ring_ops *choose_ring(struct input *in)
{
    const size_t size = (size_t)(in->end - in->at);
    const uint8_t *newline = size > 0 ? memchr(in->at, '\n', size) : NULL;
    for (size_t i = 0; i < rs_ring_table_count && newline != NULL; i++) {
        const size_t length = (size_t)(newline - in->at);
        if (strlen(rs_ring_table[i].name) == length &&
            memcmp(rs_ring_table[i].name, in->at, length) == 0) {
            in->at = newline + 1;
            return rs_ring_table[i].ops;
        }
    }
    fuzz_require(rs_ring_table_count > 0);
    return rs_ring_table[next(in) % rs_ring_table_count].ops;
}

/* What only some rings heed, and slots of whole pages for those that need them. */
static void choose_extras(struct rs_config *cfg, uint8_t bits, unsigned caps)
{
    if ((bits & 0x10) != 0 && (caps & RS_ROAMS) != 0)
        cfg->slots = cfg->capacity * 2;
    if ((bits & 0x20) != 0)
        cfg->prefetch_write = cfg->prefetch_read = rs_prefetch_most(cfg);
    cfg->stream = (bits & 0x40) != 0;
    if ((bits & 0x08) != 0)
        *cfg = rs_config_fit(cfg, caps);
}

static struct rs_config choose_config(struct input *in, unsigned caps)
{
    struct rs_config cfg = {.capacity = 0};
    uint8_t align;
    uint8_t capacity = next(in), start = next(in);
    cfg.capacity = (caps & RS_POWER_OF_TWO) != 0 ? (size_t)1 << capacity % 8 : capacity % 100 + 1u;
    cfg.start = start % 2 == 0 ? (rs_index)(0 - start) : (rs_index)((UINT64_C(1) << 32) - start);
    cfg.msg_bytes = next(in) % MODEL_MESSAGE_MAX + 1u;
    align = next(in);
    cfg.msg_align = (size_t)1 << align % 8;
    cfg.defer = next(in) % (cfg.capacity / 2 + 2); /* one too many is among them */
    choose_extras(&cfg, align, caps);
    return cfg;
}

static void operate(struct model *m, struct input *in)
{
    static void (*const operation[])(struct model *, size_t) = {
        model_push,     model_push_n, model_push,        model_push_n,    model_reserve,
        model_commit,   model_commit, model_flush,       model_pop,       model_pop_n,
        model_pop,      model_pop_n,  model_peek,        model_release,   model_release,
        model_peek_all, model_count,  model_reserve_all, model_push_zero, model_wait,
    };
    const size_t n = sizeof operation / sizeof operation[0];
    uint8_t which = next(in), many = next(in);
    if (which == UINT8_MAX) /* seldom: little can follow */
        model_close(m, 0);
    else
        operation[which % n](m, many % (MOST_AT_ONCE + 1u));
    model_count(m, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct model m; /* large; begun anew for each input */
    struct input in = {data, data + size};
    const struct rs_ring_ops *ops = choose_ring(&in);
    const struct rs_config cfg = choose_config(&in, ops->caps);
    if ((ops->caps & RS_NO_TRANSFER) != 0)
        return 0;
    if (model_begin(&m, ops, &cfg)) {
        while (in.at < in.end)
            operate(&m, &in);
        model_drain(&m);
    }
    model_end(&m);
    return 0;
}
