/* SPDX-License-Identifier: MIT */
/*
 * The rings of crates in Rust, whose loops are in Rust too (peers/rust): what C knows of each, and
 * of what it exports.  rust_kernels.c and rust_ops.c are compiled once for each with
 * -DRS_VARIANT=<name>; a loop that is promised here and missing there does not link.
 *
 *   rtrb             rtrb (MIT or Apache-2.0)
 *   ringbuf          ringbuf's HeapRb, split (MIT or Apache-2.0)
 *   crossbeam        crossbeam-channel, bounded (MIT or Apache-2.0)
 *   crossbeam_queue  crossbeam-queue's ArrayQueue (MIT or Apache-2.0)
 *
 * Capacity: any, exact.  Ownership: a ring keeps its slots itself, in memory that lives as long as
 * the process; the slot memory of the contract is not used.  There are whole loops only: no
 * operation on one message crosses from one language to the other.
 */
#ifndef PEER_RUST_H
#define PEER_RUST_H

#include "experiments/rust_layout.h"
#include "peer.h"

#define RS_HAS_rtrb_spans            1
#define RS_HAS_ringbuf_spans         1
#define RS_HAS_crossbeam_spans       0
#define RS_HAS_crossbeam_queue_spans 0

/* Bytes of a slot beyond its message. */
#define RUST_STAMP_BYTES_rtrb            0
#define RUST_STAMP_BYTES_ringbuf         0
#define RUST_STAMP_BYTES_crossbeam       8
#define RUST_STAMP_BYTES_crossbeam_queue 8

#define RUST_STRING_(x)      #x
#define RUST_STRING(x)       RUST_STRING_(x)
#define RUST_HAS_SPANS       RS_PASTE(RS_PASTE(RS_HAS_, RS_VARIANT), _spans)
#define RUST_CAPS            (RS_PEER | (RUST_HAS_SPANS ? (unsigned)RS_ZERO_COPY : 0u))
#define RUST_STAMP_BYTES     RS_PASTE(RUST_STAMP_BYTES_, RS_VARIANT)
#define RUST_NAME_(v, what)  ringside_rust_##v##_##what
#define RUST_NAME__(v, what) RUST_NAME_(v, what)
/* The function that peers/rust exports for this ring. */
#define RUST_NAME(what) RUST_NAME__(RS_VARIANT, what)

/* Bytes of the slots of a ring. */
static inline size_t rust_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)
{
    return rs_slots_bytes(capacity, msg_bytes + RUST_STAMP_BYTES, msg_align);
}

/* Messages in a ring; for the consumer's thread, or when both threads have ended. */
size_t ringside_rust_count(const void *ring);

#endif
