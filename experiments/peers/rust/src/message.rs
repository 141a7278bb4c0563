// SPDX-License-Identifier: MIT
//! The messages of kernels/message.h.

use std::mem::MaybeUninit;

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A message as a type, which Rust's rings carry.  `seq` is its number, below 2^63.
pub trait Message: Copy + Send {
    const BLANK: Self;

    /// Becomes message number `seq`.
    fn fill(&mut self, seq: u64);
    /// Makes a slot message number `seq`, word by word: none is built elsewhere and copied.
    fn fill_slot(slot: &mut MaybeUninit<Self>, seq: u64);
    /// 0 if the message is whole and is number `seq`.
    fn check(&self, seq: u64) -> u64;
}

/// `W` words one after the other.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Packed<const W: usize>([u64; W]);

/// `W` words that make whole cache lines, and start on one.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub struct Lines<const W: usize>([u64; W]);

/// Which of them a size is where a ring keeps its messages side by side: `OfSize<W, true>` is of whole
/// lines.
pub struct OfSize<const W: usize, const LINES: bool>;
pub trait Layout {
    type Message: Message;
}
impl<const W: usize> Layout for OfSize<W, false> {
    type Message = Packed<W>;
}
impl<const W: usize> Layout for OfSize<W, true> {
    type Message = Lines<W>;
}

#[inline(always)]
fn fill_words(words: &mut [MaybeUninit<u64>], seq: u64) {
    let mut word = 2 * seq + 1;
    for w in words {
        w.write(word);
        word = word.wrapping_add(STEP);
    }
}

#[inline(always)]
fn check_words(words: &[u64], seq: u64) -> u64 {
    let (n, first) = (words.len() as u64, 2 * seq + 1);
    let sum = words.iter().fold(0u64, |sum, &w| sum.wrapping_add(w));
    let steps = (n * (n - 1) / 2).wrapping_mul(STEP);
    (words[0] ^ first) | (sum ^ n.wrapping_mul(first).wrapping_add(steps))
}

macro_rules! message {
    ($type:ident) => {
        impl<const W: usize> Message for $type<W> {
            const BLANK: Self = {
                assert!(size_of::<Self>() == 8 * W);
                Self([0; W])
            };

            #[inline(always)]
            fn fill(&mut self, seq: u64) {
                let mut word = 2 * seq + 1;
                for w in &mut self.0 {
                    *w = word;
                    word = word.wrapping_add(STEP);
                }
            }
            #[inline(always)]
            fn fill_slot(slot: &mut MaybeUninit<Self>, seq: u64) {
                // SAFETY: a message is W words, and a MaybeUninit of words may be uninitialised.
                fill_words(unsafe { &mut *slot.as_mut_ptr().cast::<[MaybeUninit<u64>; W]>() }, seq);
            }
            #[inline(always)]
            fn check(&self, seq: u64) -> u64 {
                check_words(&self.0, seq)
            }
        }
    };
}
message!(Packed);
message!(Lines);

/// 0 if these are the whole messages from number `seq` on.
#[inline(always)]
pub fn check_all<M: Message>(messages: &[M], seq: u64) -> u64 {
    messages.iter().zip(seq..).fold(0, |wrong, (m, seq)| wrong | m.check(seq))
}

#[inline(always)]
pub fn fill_slots<M: Message>(slots: &mut [MaybeUninit<M>], seq: u64) {
    for (slot, seq) in slots.iter_mut().zip(seq..) {
        M::fill_slot(slot, seq);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_flip_is_seen<const W: usize>() {
        for seq in [0, 1, 77, (1 << 63) - 1] {
            let mut m = Packed::<W>::BLANK;
            m.fill(seq);
            assert_eq!(m.check(seq), 0);
            assert_ne!(m.check(seq ^ 1), 0);
            for bit in 0..64 * W {
                m.0[bit / 64] ^= 1 << (bit % 64);
                assert_ne!(m.check(seq), 0, "bit {bit} of message {seq}");
                m.0[bit / 64] ^= 1 << (bit % 64);
            }
        }
    }

    #[test]
    fn a_flipped_bit_anywhere_is_seen() {
        every_flip_is_seen::<1>();
        every_flip_is_seen::<8>();
        every_flip_is_seen::<512>();
    }

    #[test]
    fn a_slot_is_filled_as_a_message_is() {
        let mut slot = MaybeUninit::<Lines<8>>::uninit();
        let mut message = Lines::<8>::BLANK;
        Message::fill_slot(&mut slot, 41);
        message.fill(41);
        // SAFETY: just filled.
        assert_eq!(unsafe { slot.assume_init() }.0, message.0);
        assert_eq!(message.check(41), 0);
    }
}
