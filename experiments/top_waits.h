/* SPDX-License-Identifier: MIT */
/* Who waits for whom. */
#ifndef TOP_WAITS_H
#define TOP_WAITS_H

#include "top.h"

#ifdef __cplusplus
extern "C" {
#endif

/* "waits for src.out", "works". */
void top_waits_say(const struct top_node *, char *text, size_t n);

/* The node that most others wait for, directly or through each other; false if nobody waits for
 * a node. */
bool top_waits_root(const struct top_graph *, char *text, size_t n);

#ifdef __cplusplus
}
#endif

#endif
