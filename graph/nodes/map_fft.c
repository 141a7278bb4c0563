/* SPDX-License-Identifier: MIT */
/*
 * Short-time Fourier transform by kissfft.  Frame k covers the samples from k * hop on; samples at
 * the end that fill no frame are left out, as nothing is invented to fill it up.
 */
#include "graph/nodes/map_fft.h"
#include "graph/nodes/frame.h"
#include "graph/nodes/nodes.h"
#include "graph/nodes/samples.h"

#include <kiss_fftr.h>
#include <math.h>
#include <stdlib.h>

struct stft {
    size_t size, hop;
    bool hann;
    struct frame_type type;
    kiss_fftr_cfg plan;
    float *window, *samples, *windowed; /* [size] each */
    size_t fill;                        /* of samples */
    size_t skip;                        /* samples before the next frame, where hop > size */
    uint64_t frames;
};

static int fft_init(rs_node *node, const rs_params *params)
{
    struct stft *s = rs_node_state(node);
    const char *window = "";
    int64_t size = 0, hop = 0;
    int err = rs_param_integer(node, params, "size", FRAME_SIZE_MIN, FRAME_SIZE_MAX, &size);
    if (err == 0)
        err = rs_param_integer(node, params, "hop", 0, INT32_MAX, &hop);
    if (err == 0)
        err = rs_param_text(node, params, "window", &window);
    if (err != 0)
        return err;
    if (size % 2 != 0)
        return rs_node_fail(node, -EINVAL, "size = %d is odd; it must be even", (int)size);
    s->hann = strcmp(window, "hann") == 0;
    if (!s->hann && strcmp(window, "none") != 0)
        return rs_node_fail(node, -EINVAL, "window = %s is unknown; it is hann or none", window);
    s->size = (size_t)size;
    s->hop = (size_t)(hop > 0 ? hop : size / 2);
    s->type = frame_type_of("c32", sizeof(kiss_fft_cpx), size);
    rs_node_set_out(node, 0, s->type.schema, s->type.bytes, _Alignof(kiss_fft_cpx));
    return 0;
}

static void fft_release(struct stft *s)
{
    kiss_fftr_free(s->plan);
    free(s->window);
    free(s->samples);
    free(s->windowed);
}

static int fft_start(rs_node *node)
{
    struct stft *s = rs_node_state(node);
    const double turn = 2 * 3.14159265358979323846 / (double)s->size;
    s->plan = kiss_fftr_alloc((int)s->size, 0, NULL, NULL);
    s->window = malloc(s->size * sizeof(float));
    s->samples = calloc(s->size, sizeof(float));
    s->windowed = calloc(s->size, sizeof(float));
    if (s->plan == NULL || s->window == NULL || s->samples == NULL || s->windowed == NULL) {
        fft_release(s);
        return rs_node_fail(node, -ENOMEM, "no memory for a transform of %zu samples", s->size);
    }
    for (size_t i = 0; i < s->size; i++)
        s->window[i] = s->hann ? (float)(0.5 - 0.5 * cos(turn * (double)i)) : 1.0F;
    return 0;
}

/* Appends samples until a frame is full; how many were taken from the input. */
static size_t take(struct stft *s, rs_io *io)
{
    struct rs_span span;
    size_t passed_over = s->skip;
    size_t n = rs_io_peek(io, 0, passed_over > 0 ? passed_over : s->size - s->fill, &span);
    if (n == 0)
        return 0;
    if (passed_over > 0) {
        s->skip -= n;
    } else {
        for (int p = 0; p < 2; p++) {
            samples_gather(s->samples + s->fill, span.piece[p].data, span.stride_bytes,
                           span.piece[p].count);
            s->fill += span.piece[p].count;
        }
    }
    rs_io_release(io, 0, n);
    return n;
}

static void advance(struct stft *s)
{
    size_t keep = s->hop < s->size ? s->size - s->hop : 0;
    memmove(s->samples, s->samples + s->size - keep, keep * sizeof *s->samples);
    s->fill = keep;
    s->skip = s->hop > s->size ? s->hop - s->size : 0;
    s->frames++;
}

/* Transforms a full frame into the next slot; false if there is none. */
static bool emit(struct stft *s, rs_io *io)
{
    struct rs_span span;
    if (rs_io_reserve(io, 0, 1, &span) == 0)
        return false;
    for (size_t i = 0; i < s->size; i++)
        s->windowed[i] = s->samples[i] * s->window[i];
    kiss_fftr(s->plan, s->windowed, (kiss_fft_cpx *)(void *)rs_span_at(&span, 0));
    rs_io_commit(io, 0, 1);
    advance(s);
    return true;
}

static int fft_work(rs_node *node, rs_io *io)
{
    struct stft *s = rs_node_state(node);
    size_t moved = s->fill < s->size ? take(s, io) : 0;
    if (s->fill == s->size && emit(s, io))
        moved++;
    return moved > 0 ? (int)moved : RS_IDLE;
}

static int fft_drain(rs_node *node, rs_io *io)
{
    struct stft *s = rs_node_state(node);
    if (s->fill == s->size && !emit(s, io))
        return RS_IDLE;
    if (s->frames == 0)
        rs_node_log(node, RS_WARN, "no frame: the stream was shorter than size = %zu samples",
                    s->size);
    return RS_EOS;
}

static void fft_stop(rs_node *node)
{
    fft_release(rs_node_state(node));
}

static const rs_port in[] = {
    {.name = "in", .schema = "f32", .msg_bytes = sizeof(float), .msg_align = sizeof(float)}};
static const rs_port out[] = {{.name = "out"}};
static const rs_param_spec params[] = MAP_FFT_PARAMS;

const rs_node_ops rs_kind_map_fft = {
    .abi = RS_GRAPH_ABI,
    .kind = "map.fft",
    .summary = MAP_FFT_SUMMARY,
    .in = in,
    .out = out,
    .n_in = 1,
    .n_out = 1,
    .params = params,
    .state_bytes = sizeof(struct stft),
    .init = fft_init,
    .start = fft_start,
    .work = fft_work,
    .drain = fft_drain,
    .stop = fft_stop,
};
