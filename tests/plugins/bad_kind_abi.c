/* SPDX-License-Identifier: MIT */
/* A plug-in whose kind is of another version than its list. */
#include "graph/graph.h"

static const rs_node_ops old = {.abi = RS_GRAPH_ABI + 0x100, .kind = (const char *)8};
static const rs_node_ops *const kinds[] = {&old};
extern const struct rs_plugin rs_plugin;
const struct rs_plugin rs_plugin = {RS_GRAPH_ABI, 1, kinds};
