/* SPDX-License-Identifier: MIT */
/* The node as a plug-in: cc -shared -fPIC $(pkg-config --cflags ringside) plugin.c -o scale.so,
 * then `plugin = ./scale.so` in the [graph] section of a graph file. */
#include "scale.h"

extern const struct rs_plugin rs_plugin;
static const rs_node_ops *const kinds[] = {&scale_ops};
const struct rs_plugin rs_plugin = {.abi = RS_GRAPH_ABI, .n = 1, .kind = kinds};
