/* SPDX-License-Identifier: MIT */
/* A plug-in of another version: nothing behind its ABI may be looked at. */
#include "graph/graph.h"

extern const struct rs_plugin rs_plugin;
const struct rs_plugin rs_plugin = {RS_GRAPH_ABI + 0x100, 1, (const rs_node_ops *const *)8};
