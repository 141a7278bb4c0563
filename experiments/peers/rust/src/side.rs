// SPDX-License-Identifier: MIT
//! `struct side` of kernels/kernel.h, and what a side does between two tries.  `layout` tells C where
//! this mirror has each member, and C compares.

use std::ffi::{c_int, c_uint, c_void};

/// `struct histogram`; only C looks inside.
#[repr(C)]
pub struct Histogram {
    _opaque: [u8; 0],
}

/// `enum poll`.
pub const POLL_SPIN: c_uint = 0;
pub const POLL_PAUSE: c_uint = 1;
pub const POLL_YIELD: c_uint = 2;

#[repr(C, align(256))]
pub struct Side {
    pub ring: [*mut c_void; 2],
    pub msg_bytes: usize,
    pub batch: usize,
    pub poll: c_uint,
    pub seq: u64,
    pub buffer: *mut c_void,
    pub round_trips: *mut Histogram,
    pub stuck: u64,
    pub polls: u64,
    pub mismatches: u64,
}

/// All bits zero, as the harness makes it.
pub const BLANK: Side = Side {
    ring: [std::ptr::null_mut(); 2],
    msg_bytes: 0,
    batch: 0,
    poll: POLL_SPIN,
    seq: 0,
    buffer: std::ptr::null_mut(),
    round_trips: std::ptr::null_mut(),
    stuck: 0,
    polls: 0,
    mismatches: 0,
};

unsafe extern "C" {
    fn sched_yield() -> c_int;
}

impl Side {
    /// After a try on a full or empty ring, the `tries`th in a row, from 0.
    #[inline(always)]
    pub fn stuck(&mut self, tries: u64) {
        self.stuck += u64::from(tries == 0);
        self.poll();
    }

    #[inline(always)]
    pub fn poll(&mut self) {
        self.polls += 1;
        match self.poll {
            POLL_PAUSE => std::hint::spin_loop(), // the instruction that rs_pause() is
            // SAFETY: takes nothing and cannot fail on Linux.
            POLL_YIELD => unsafe {
                sched_yield();
            },
            _ => {}
        }
    }

    /// How many of the remaining messages the next call asks for.
    #[inline(always)]
    pub fn next(&self, messages: u64) -> usize {
        messages.min(self.batch as u64) as usize
    }
}
