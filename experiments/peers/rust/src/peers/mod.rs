// SPDX-License-Identifier: MIT
//! A file a ring.
pub mod crossbeam;
pub mod crossbeam_queue;
pub mod ringbuf;
pub mod rtrb;
