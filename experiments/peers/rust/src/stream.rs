// SPDX-License-Identifier: MIT
//! The loops of kernels/stream.h: one side pushes as fast as it can, the other pops and checks.

use crate::message::{Message, check_all, fill_slots};
use crate::ring::{Ring, Spans};
use crate::side::Side;
use std::slice;

/// The side's own batch of messages.
///
/// # Safety
/// `side.buffer` points to `side.batch` messages, all of whose bytes are initialised.
#[inline(always)]
unsafe fn buffer<'a, M: Message>(side: &Side) -> &'a mut [M] {
    // SAFETY: as the caller says; any bytes are a message, and the buffer is a thread's own.
    unsafe { slice::from_raw_parts_mut(side.buffer.cast(), side.batch) }
}

#[inline(always)]
pub fn push_one<R: Ring<M>, M: Message>(s: &mut Side, p: &mut R::Producer, messages: u64) {
    let end = s.seq + messages;
    let mut message = M::BLANK;
    for seq in s.seq..end {
        message.fill(seq);
        let mut tries = 0;
        while !R::push(p, message) {
            s.stuck(tries);
            tries += 1;
        }
    }
    s.seq = end;
}

#[inline(always)]
pub fn pop_one<R: Ring<M>, M: Message>(s: &mut Side, c: &mut R::Consumer, messages: u64) {
    let end = s.seq + messages;
    let mut wrong = 0;
    for seq in s.seq..end {
        let mut tries = 0;
        while !R::pop(c, |message| wrong |= message.check(seq)) {
            s.stuck(tries);
            tries += 1;
        }
    }
    s.seq = end;
    s.mismatches |= wrong;
}

/// # Safety
/// As of `buffer`.
#[inline(always)]
pub unsafe fn push_batch<R: Ring<M>, M: Message>(
    s: &mut Side,
    p: &mut R::Producer,
    mut messages: u64,
) {
    // SAFETY: as the caller says.
    let buffer = unsafe { buffer::<M>(s) };
    while messages > 0 {
        let mut rest = &mut buffer[..s.next(messages)];
        let n = rest.len() as u64;
        let mut tries = 0;
        for (message, seq) in rest.iter_mut().zip(s.seq..) {
            message.fill(seq);
        }
        while !rest.is_empty() {
            let moved = R::push_slice(p, rest);
            rest = &mut rest[moved..];
            if moved > 0 {
                tries = 0;
            } else {
                s.stuck(tries);
                tries += 1;
            }
        }
        s.seq += n;
        messages -= n;
    }
}

/// # Safety
/// As of `buffer`.
#[inline(always)]
pub unsafe fn pop_batch<R: Ring<M>, M: Message>(
    s: &mut Side,
    c: &mut R::Consumer,
    mut messages: u64,
) {
    // SAFETY: as the caller says.
    let buffer = unsafe { buffer::<M>(s) };
    let (mut tries, mut wrong) = (0, 0);
    while messages > 0 {
        let moved = R::pop_slice(c, &mut buffer[..s.next(messages)]);
        if moved == 0 {
            s.stuck(tries);
            tries += 1;
            continue;
        }
        tries = 0;
        wrong |= check_all(&buffer[..moved], s.seq);
        s.seq += moved as u64;
        messages -= moved as u64;
    }
    s.mismatches |= wrong;
}

#[inline(always)]
pub fn push_span<R: Spans<M>, M: Message>(s: &mut Side, p: &mut R::Producer, mut messages: u64) {
    let mut tries = 0;
    while messages > 0 {
        let seq = s.seq;
        // SAFETY: every slot is filled.
        let n = unsafe {
            R::push_span(p, s.next(messages), |first, second| {
                fill_slots(first, seq);
                fill_slots(second, seq + first.len() as u64);
            })
        };
        if n == 0 {
            s.stuck(tries);
            tries += 1;
            continue;
        }
        tries = 0;
        s.seq += n as u64;
        messages -= n as u64;
    }
}

#[inline(always)]
pub fn pop_span<R: Spans<M>, M: Message>(s: &mut Side, c: &mut R::Consumer, mut messages: u64) {
    let (mut tries, mut wrong) = (0, 0);
    while messages > 0 {
        let seq = s.seq;
        let n = R::pop_span(c, s.next(messages), |first, second| {
            wrong |= check_all(first, seq);
            wrong |= check_all(second, seq + first.len() as u64);
        });
        if n == 0 {
            s.stuck(tries);
            tries += 1;
            continue;
        }
        tries = 0;
        s.seq += n as u64;
        messages -= n as u64;
    }
    s.mismatches |= wrong;
}
