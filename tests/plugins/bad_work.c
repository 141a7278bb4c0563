/* SPDX-License-Identifier: MIT */
/* A plug-in with a kind that does nothing. */
#include "graph/graph.h"

static const rs_node_ops idle = {.abi = RS_GRAPH_ABI, .kind = "bad.idle"};
static const rs_node_ops *const kinds[] = {&idle};
extern const struct rs_plugin rs_plugin;
const struct rs_plugin rs_plugin = {RS_GRAPH_ABI, 1, kinds};
