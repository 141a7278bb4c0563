/* SPDX-License-Identifier: MIT */
#include "bounds.h"

#include <stdio.h>

#include "measure/clock.h"
#include "poll.h"

struct line {
    uint64_t word[LINE_BYTES / 8];
} __attribute__((aligned(2 * LINE_BYTES))); /* pairs of lines are prefetched together */

static void set_nothing(void *shared, size_t k)
{
    (void)shared;
    (void)k;
}

static void describe_nothing(size_t k, char *text, size_t n)
{
    (void)k;
    snprintf(text, n, "-");
}

static void idle(struct side *s, uint64_t n)
{
    (void)s;
    (void)n;
}

/*
 * line-pingpong: a number goes to and fro, on one line that both write, or on a line for each
 * direction.  The release store and the acquire load are what a ring needs at the least.
 */
struct pingpong_lines {
    struct line a, b;
    struct line setup; /* word[0]: 0 = one line, 1 = two */
};

static void pingpong_line(struct side *s, uint64_t n, int side)
{
    struct pingpong_lines *shared = (struct pingpong_lines *)s->ring[0];
    uint64_t *mine = side == 0 ? &shared->a.word[0] : &shared->b.word[0];
    uint64_t *theirs = side == 0 ? &shared->b.word[0] : &shared->a.word[0];
    if (shared->setup.word[0] == 0)
        mine = theirs = &shared->a.word[0];
    for (uint64_t end = s->seq + 2 * n; s->seq != end; s->seq += 2) {
        uint64_t ask = s->seq + 1, answer = s->seq + 2;
        if (side == 0)
            rs_store_release(mine, ask);
        for (; rs_load_acquire(theirs) != (side == 0 ? answer : ask); s->polls++)
            poll_once(s->poll);
        if (side == 1)
            rs_store_release(mine, answer);
    }
}

static void pingpong_line_ask(struct side *s, uint64_t n)
{
    pingpong_line(s, n, 0);
}

static void pingpong_line_answer(struct side *s, uint64_t n)
{
    pingpong_line(s, n, 1);
}

static void pingpong_line_set(void *shared, size_t k)
{
    ((struct pingpong_lines *)shared)->setup.word[0] = k;
}

static void pingpong_two_lines_set(void *shared, size_t k)
{
    pingpong_line_set(shared, k + 1);
}

static void pingpong_line_describe(size_t k, char *text, size_t n)
{
    snprintf(text, n, k == 0 ? "one line" : "two lines");
}

/*
 * line-stream: side 0 fills whole lines of a circular buffer and publishes every `publish` lines;
 * side 1 reads one word of each line and returns them by as many.
 */
static const struct stream_setting {
    unsigned publish, prefetch, buffer; /* lines */
} stream_settings[] = {
    {8, 0, 128},   {32, 0, 128},   {8, 16, 128},  {32, 16, 128},  {32, 0, 512},   {128, 0, 512},
    {32, 16, 512}, {128, 16, 512}, {64, 0, 4096}, {64, 16, 4096}, {512, 0, 4096}, {512, 16, 4096},
};
enum { STREAM_LINES_MAX = 4096 };

struct stream_lines {
    struct line tail, head, setup;
    struct stream_setting setting;
    struct {
        uint64_t word[LINE_BYTES / 8];
    } line[STREAM_LINES_MAX] __attribute__((aligned(LINE_BYTES)));
};

static void stream_fill(struct stream_lines *l, uint64_t from, uint64_t to)
{
    const uint64_t mask = l->setting.buffer - 1, ahead = l->setting.prefetch;
    for (uint64_t i = from; i != to; i++) {
        if (ahead > 0)
            rs_prefetch_write(&l->line[(i + ahead) & mask]);
        for (size_t w = 0; w < LINE_BYTES / 8; w++)
            l->line[i & mask].word[w] = i;
    }
}

static void stream_lines_push(struct side *s, uint64_t n)
{
    struct stream_lines *l = (struct stream_lines *)s->ring[0];
    const uint64_t end = s->seq + n;
    uint64_t head = rs_load_acquire(&l->head.word[0]);
    while (s->seq != end) {
        uint64_t next = s->seq + l->setting.publish;
        next = next - s->seq > end - s->seq ? end : next;
        for (; next - head > l->setting.buffer; s->polls++) {
            poll_once(s->poll);
            head = rs_load_acquire(&l->head.word[0]);
        }
        stream_fill(l, s->seq, next);
        rs_store_release(&l->tail.word[0], next);
        s->seq = next;
    }
}

static void stream_lines_pop(struct side *s, uint64_t n)
{
    struct stream_lines *l = (struct stream_lines *)s->ring[0];
    const uint64_t end = s->seq + n, mask = l->setting.buffer - 1;
    uint64_t tail = s->seq, wrong = 0;
    while (s->seq != end) {
        uint64_t next;
        for (; tail == s->seq; s->polls++) {
            tail = rs_load_acquire(&l->tail.word[0]);
            if (tail == s->seq)
                poll_once(s->poll);
        }
        next = tail - s->seq > end - s->seq ? end : tail; /* side 0 may be in its next block */
        next = next - s->seq > l->setting.publish ? s->seq + l->setting.publish : next;
        for (uint64_t i = s->seq; i != next; i++)
            wrong |= l->line[i & mask].word[i & 7] ^ i;
        rs_store_release(&l->head.word[0], next);
        s->seq = next;
    }
    s->mismatches |= wrong;
}

static void stream_lines_set(void *shared, size_t k)
{
    ((struct stream_lines *)shared)->setting = stream_settings[k];
}

static void stream_lines_describe(size_t k, char *text, size_t n)
{
    snprintf(text, n, "publish %u lines, prefetch %u ahead, buffer %u lines",
             stream_settings[k].publish, stream_settings[k].prefetch, stream_settings[k].buffer);
}

/* memcpy: one cpu, from one half of a 16 KiB buffer to the other. */
enum { COPY_BYTES = 8192 };

static void copy_lines(struct side *s, uint64_t lines)
{
    unsigned char *buffer = (unsigned char *)s->ring[0];
    size_t n;
    for (uint64_t left = lines * LINE_BYTES; left > 0; left -= n) {
        n = left < COPY_BYTES ? (size_t)left : COPY_BYTES;
        memcpy(buffer + COPY_BYTES, buffer, n);
        rs_opaque(buffer);
    }
}

static void read_clock(struct side *s, uint64_t calls)
{
    uint64_t sum = 0;
    (void)s;
    for (uint64_t i = 0; i < calls; i++)
        sum += clock_ns();
    rs_opaque(&sum);
}

static const struct bound bounds[KERNELS] = {
    [KERNEL_line_pingpong] = {{pingpong_line_ask, pingpong_line_answer},
                              2,
                              sizeof(struct pingpong_lines),
                              pingpong_line_set,
                              pingpong_line_describe},
    [KERNEL_line_pingpong_1] = {{pingpong_line_ask, pingpong_line_answer},
                                1,
                                sizeof(struct pingpong_lines),
                                pingpong_line_set,
                                describe_nothing},
    [KERNEL_line_pingpong_2] = {{pingpong_line_ask, pingpong_line_answer},
                                1,
                                sizeof(struct pingpong_lines),
                                pingpong_two_lines_set,
                                describe_nothing},
    [KERNEL_line_stream] = {{stream_lines_push, stream_lines_pop},
                            sizeof stream_settings / sizeof stream_settings[0],
                            sizeof(struct stream_lines),
                            stream_lines_set,
                            stream_lines_describe},
    [KERNEL_memcpy] = {{copy_lines, idle}, 1, 2 * COPY_BYTES, set_nothing, describe_nothing},
    [KERNEL_timer] = {{read_clock, idle}, 1, LINE_BYTES, set_nothing, describe_nothing},
};

const struct bound *bound_find(enum kernel kernel)
{
    return bounds[kernel].settings > 0 ? &bounds[kernel] : NULL;
}
