// SPDX-License-Identifier: MIT
//! What this crate believes of the C side, for rust_layout.c to compare with what is so.

use crate::ring::{HALF_BYTES, RING_BYTES};
use crate::side::{BLANK, POLL_PAUSE, POLL_SPIN, POLL_YIELD, Side};
use std::ffi::{CStr, c_char, c_uint};
use std::mem::{align_of, offset_of, size_of};

/// `struct rust_fact` of rust_layout.h.
#[repr(C)]
pub struct Fact {
    name: *const c_char,
    value: usize,
    bytes: usize,
}

// SAFETY: the names are constants.
unsafe impl Sync for Fact {}

const fn fact(name: &'static CStr, value: usize, bytes: usize) -> Fact {
    Fact { name: name.as_ptr(), value, bytes }
}

macro_rules! member {
    ($name:literal, $member:ident) => {
        fact($name, offset_of!(Side, $member), size_of_val(&BLANK.$member))
    };
}

const fn setting(name: &'static CStr, value: c_uint) -> Fact {
    fact(name, value as usize, size_of::<c_uint>())
}

/// In the order of rust_layout.c: where a member is, what a constant is, how a struct is aligned.
#[unsafe(no_mangle)]
pub static ringside_rust_facts: [Fact; 15] = [
    fact(c"struct side", align_of::<Side>(), size_of::<Side>()),
    member!(c"side.ring", ring),
    member!(c"side.msg_bytes", msg_bytes),
    member!(c"side.batch", batch),
    member!(c"side.poll", poll),
    member!(c"side.seq", seq),
    member!(c"side.buffer", buffer),
    member!(c"side.round_trips", round_trips),
    member!(c"side.stuck", stuck),
    member!(c"side.polls", polls),
    member!(c"side.mismatches", mismatches),
    setting(c"POLL_SPIN", POLL_SPIN),
    setting(c"POLL_PAUSE", POLL_PAUSE),
    setting(c"POLL_YIELD", POLL_YIELD),
    fact(c"struct rust_ring", HALF_BYTES, RING_BYTES),
];

#[unsafe(no_mangle)]
pub static ringside_rust_facts_count: usize = ringside_rust_facts.len();
