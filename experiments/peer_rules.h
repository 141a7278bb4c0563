/* SPDX-License-Identifier: MIT */
/* What is said of peers: rings of other libraries, which only ringside-peers has. */
#ifndef PEER_RULES_H
#define PEER_RULES_H

#include "factors.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Whether `ring` is a peer that this command lacks; then why, and how to get it, in why[0..n). */
bool peer_absent(const char *ring, char *why, size_t n);

/* Why a peer cannot run the cell, with the way out; false if it can, or the ring is ours. */
bool peer_refusal(const struct cell *c, char *why, size_t n);

/* The name of peer `index` in the order of peers.def, whether built or not; NULL past the end. */
const char *peer_name(size_t index);

#ifdef __cplusplus
}
#endif

#endif
