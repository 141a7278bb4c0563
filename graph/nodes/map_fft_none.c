/* SPDX-License-Identifier: MIT */
/* What stands for map.fft in a build without kissfft: it is listed, and says why it cannot be used.
 */
#include "graph/nodes/map_fft.h"
#include "graph/nodes/nodes.h"

static int fft_init(rs_node *node, const rs_params *params)
{
    (void)params;
    return rs_node_fail(node, -ENOTSUP,
                        "map.fft is not in this build, as kissfft was missing when it was made; "
                        "install libkissfft-dev and build again");
}

/* Never runs: init refuses. */
static int fft_work(rs_node *node, rs_io *io)
{
    (void)node;
    (void)io;
    return RS_EOS;
}

static const rs_port in[] = {
    {.name = "in", .schema = "f32", .msg_bytes = sizeof(float), .msg_align = sizeof(float)}};
static const rs_port out[] = {{.name = "out"}};
static const rs_param_spec params[] = MAP_FFT_PARAMS;

const rs_node_ops rs_kind_map_fft = {
    .abi = RS_GRAPH_ABI,
    .kind = "map.fft",
    .summary = MAP_FFT_SUMMARY " (not in this build: kissfft is missing)",
    .in = in,
    .out = out,
    .n_in = 1,
    .n_out = 1,
    .params = params,
    .init = fft_init,
    .work = fft_work,
};
