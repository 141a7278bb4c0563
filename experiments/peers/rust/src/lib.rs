// SPDX-License-Identifier: MIT
//! Rings written in Rust under the kernels of the C harness.
//!
//! What crosses the language border is a block of many messages, never one: for each ring, loop and
//! message size there is one function of the type `kernel_function` in experiments/kernels/kernel.h,
//! monomorphised from `stream` and `pingpong`, which do what stream.h and pingpong.h do.  rust.c
//! makes tables of them.
//!
//! A ring is a file in `peers`: a few lines that name the crate's own operations.  It keeps its slots
//! itself; the memory that C provides holds the two halves.  Nothing is freed: the process of a round
//! ends with it.

include!(concat!(env!("OUT_DIR"), "/sizes.rs"));

mod export;
mod layout;
mod message;
mod peers;
mod pingpong;
mod ring;
mod side;
mod stream;
#[cfg(test)]
mod tests;
