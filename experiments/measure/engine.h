/* SPDX-License-Identifier: MIT */
/*
 * Who runs a cell of the graph kernel: this program, or one that lies beside it and takes the same
 * words and prints the same line (`make peers` builds them).
 */
#ifndef ENGINE_H
#define ENGINE_H

#include "factors.h"

#ifdef __cplusplus
extern "C" {
#endif

/* This program is the engine: ringside, or ringside-bare where it was compiled with
 * -DRS_METRICS=0. */
bool engine_is_this(int64_t engine);

/* The file name of the engine's program, in the folder of this one. */
const char *engine_program(int64_t engine);

/* Why the cell's engine cannot run it, with the way out, in why[0..n); false if it can.  For
 * cells of the graph kernel. */
bool engine_refusal(const struct cell *c, char *why, size_t n);

/* Becomes the cell's engine, which runs it and prints its line.  Returns only if that fails:
 * -errno with the reason in why[0..n). */
int engine_become(const struct cell *c, char *why, size_t n);

#ifdef __cplusplus
}
#endif

#endif
