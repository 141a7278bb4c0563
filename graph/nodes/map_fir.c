/* SPDX-License-Identifier: MIT */
/* Filters samples; the fastest implementation that this cpu has is chosen when the node starts. */
#include "graph/nodes/fir.h"
#include "graph/nodes/nodes.h"

#include <stdlib.h>

struct filter_node {
    float *taps;
    size_t n_taps;
    struct fir fir;
};

/* A list has a comma or is one number; anything else is the name of a file. */
static bool is_list(const char *text)
{
    char *end;
    if (strchr(text, ',') != NULL)
        return true;
    strtof(text, &end);
    return end != text && *end == '\0';
}

static int given_taps(rs_node *node, struct filter_node *s, const char *text)
{
    char why[160];
    int err = is_list(text) ? fir_taps_parse(text, &s->taps, &s->n_taps, why, sizeof why)
                            : fir_taps_read(text, &s->taps, &s->n_taps, why, sizeof why);
    return err == 0 ? 0
                    : rs_node_fail(node, err,
                                   "taps = %s: %s; give a file with a number a line, or numbers "
                                   "with commas between them",
                                   text, why);
}

static int lowpass_taps(rs_node *node, const rs_params *params, struct filter_node *s)
{
    double rate_hz = 0, cutoff_hz = 0;
    int64_t length = 0;
    int err = rs_param_number(node, params, "rate", 1e-6, 1e12, &rate_hz);
    if (err == 0)
        err = rs_param_number(node, params, "lowpass", rate_hz * 1e-6, rate_hz * 0.5, &cutoff_hz);
    if (err == 0)
        err = rs_param_integer(node, params, "length", 1, FIR_TAPS_MAX, &length);
    if (err != 0)
        return err;
    s->n_taps = (size_t)length;
    s->taps = malloc(s->n_taps * sizeof *s->taps);
    if (s->taps == NULL)
        return rs_node_fail(node, -ENOMEM, "no memory for %zu taps; lower length", s->n_taps);
    fir_lowpass(s->taps, s->n_taps, cutoff_hz, rate_hz);
    return 0;
}

static int filter_init(rs_node *node, const rs_params *params)
{
    struct filter_node *s = rs_node_state(node);
    const char *taps = "", *lowpass = "";
    int err = rs_param_text(node, params, "taps", &taps);
    if (err == 0)
        err = rs_param_text(node, params, "lowpass", &lowpass);
    if (err != 0)
        return err;
    if ((*taps == '\0') == (*lowpass == '\0'))
        return rs_node_fail(node, -EINVAL, "%s of taps and lowpass is given; give one of them",
                            *taps == '\0' ? "none" : "each");
    return *taps != '\0' ? given_taps(node, s, taps) : lowpass_taps(node, params, s);
}

static int filter_start(rs_node *node)
{
    struct filter_node *s = rs_node_state(node);
    if (fir_init(&s->fir, fir_fastest(), s->taps, s->n_taps) != 0)
        return rs_node_fail(node, -ENOMEM, "no memory for a filter of %zu taps", s->n_taps);
    rs_node_log(node, RS_DEBUG, "%zu taps, %s", s->n_taps, s->fir.with->name);
    return 0;
}

static int filter_batch(rs_node *node, const rs_batch *b)
{
    struct filter_node *s = rs_node_state(node);
    fir_run(&s->fir, b->in, b->in_stride_bytes, b->out, b->out_stride_bytes, b->n);
    return (int)b->n;
}

static void filter_stop(rs_node *node)
{
    struct filter_node *s = rs_node_state(node);
    fir_fini(&s->fir);
}

static void filter_fini(rs_node *node)
{
    struct filter_node *s = rs_node_state(node);
    free(s->taps);
    s->taps = NULL;
}

static const rs_port in[] = {
    {.name = "in", .schema = "f32", .msg_bytes = sizeof(float), .msg_align = sizeof(float)}};
static const rs_port out[] = {
    {.name = "out", .schema = "f32", .msg_bytes = sizeof(float), .msg_align = sizeof(float)}};
static const rs_param_spec params[] = {
    {"taps", "", "", "coefficients: a file of one number a line, or numbers with commas"},
    {"lowpass", "", "Hz", "instead of taps: Hamming-windowed sinc with this cutoff"},
    {"rate", "48000", "Hz", "sample rate, for lowpass"},
    {"length", "127", "taps", "for lowpass; odd delays by whole samples"},
    {NULL, NULL, NULL, NULL},
};

const rs_node_ops rs_kind_map_fir = {
    .abi = RS_GRAPH_ABI,
    .kind = "map.fir",
    .summary = "finite impulse response filter over f32 samples",
    .in = in,
    .out = out,
    .n_in = 1,
    .n_out = 1,
    .params = params,
    .state_bytes = sizeof(struct filter_node),
    .init = filter_init,
    .start = filter_start,
    .stop = filter_stop,
    .fini = filter_fini,
    .process_batch = filter_batch,
};
