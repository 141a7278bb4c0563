/* SPDX-License-Identifier: MIT */
/*
 * Whether the Rust of experiments/peers/rust sees the structs it shares with C as they are.
 *
 * Rust has a mirror of struct side, written by hand.  It states where it believes each member to
 * be, and this compares, before a loop runs on it.  Threads: any.
 */
#ifndef RUST_LAYOUT_H
#define RUST_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What both must agree on: a member's offset and size, a struct's alignment and size, a constant's
 * value and size; all in bytes but the value. */
struct rust_fact {
    const char *name;
    size_t value, bytes;
};

/* What a ring in Rust keeps in the memory that the harness provides: which of its functions it is
 * called by, and the half of each side. */
struct rust_ring {
    unsigned char part[3][256];
} __attribute__((aligned(256)));

/* C's facts, in the order of peers/rust/src/layout.rs. */
const struct rust_fact *rust_layout_facts(size_t *count);

/* Whether `rust` states anything else; then what, in why[0..n). */
bool rust_layout_differs(const struct rust_fact *rust, size_t count, char *why, size_t n);

#ifdef __cplusplus
}
#endif

#endif
