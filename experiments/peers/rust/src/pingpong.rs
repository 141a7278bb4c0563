// SPDX-License-Identifier: MIT
//! The loops of kernels/pingpong.h: a message there, and the same one back.

use crate::message::Message;
use crate::ring::Ring;
use crate::side::{Histogram, Side};

unsafe extern "C" {
    fn ringside_rust_clock_ns() -> u64;
    fn ringside_rust_record(histogram: *mut Histogram, ns: u64);
}

#[inline(always)]
fn push<R: Ring<M>, M: Message>(s: &mut Side, p: &mut R::Producer, message: &M) {
    while !R::push(p, *message) {
        s.poll();
    }
}

fn clock_ns() -> u64 {
    // SAFETY: takes nothing and cannot fail.
    unsafe { ringside_rust_clock_ns() }
}

/// Pushes to the ring there, pops from the ring back.
#[inline(always)]
pub fn ask<R: Ring<M>, M: Message>(
    s: &mut Side,
    there: &mut R::Producer,
    back: &mut R::Consumer,
    round_trips: u64,
) {
    let recorded = !s.round_trips.is_null();
    let mut before = if recorded { clock_ns() } else { 0 };
    let (mut wrong, mut message) = (0, M::BLANK);
    for _ in 0..round_trips {
        message.fill(s.seq);
        push::<R, M>(s, there, &message);
        while !R::pop(back, |answer| wrong |= answer.check(s.seq)) {
            s.poll();
        }
        if recorded {
            let now = clock_ns();
            // SAFETY: the histogram is this side's own.
            unsafe { ringside_rust_record(s.round_trips, now - before) };
            before = now;
        }
        s.seq += 1;
    }
    s.mismatches |= wrong;
}

#[inline(always)]
pub fn answer<R: Ring<M>, M: Message>(
    s: &mut Side,
    back: &mut R::Producer,
    there: &mut R::Consumer,
    round_trips: u64,
) {
    let mut wrong = 0;
    for _ in 0..round_trips {
        while !R::pop(there, |message| {
            wrong |= message.check(s.seq);
            push::<R, M>(s, back, message);
        }) {
            s.poll();
        }
        s.seq += 1;
    }
    s.mismatches |= wrong;
}
