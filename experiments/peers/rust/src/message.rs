// SPDX-License-Identifier: MIT
//! The messages of kernels/message.h, of `W` words.

use std::mem::MaybeUninit;

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Message<const W: usize>([u64; W]);

pub type Slot<const W: usize> = MaybeUninit<Message<W>>;

impl<const W: usize> Message<W> {
    pub const BLANK: Self = Message([0; W]);

    /// Becomes message number `seq`.
    #[inline(always)]
    pub fn fill(&mut self, seq: u64) {
        let mut word = 2 * seq + 1;
        for w in &mut self.0 {
            *w = word;
            word = word.wrapping_add(STEP);
        }
    }

    /// Makes a slot message number `seq`, word by word: no message is built elsewhere and copied.
    #[inline(always)]
    pub fn fill_slot(slot: &mut Slot<W>, seq: u64) {
        let words = slot.as_mut_ptr().cast::<u64>();
        let mut word = 2 * seq + 1;
        for i in 0..W {
            // SAFETY: a slot has room for W words.
            unsafe { words.add(i).write(word) };
            word = word.wrapping_add(STEP);
        }
    }

    /// 0 if the message is whole and is number `seq`.
    #[inline(always)]
    pub fn check(&self, seq: u64) -> u64 {
        let (words, first) = (W as u64, 2 * seq + 1);
        let sum = self.0.iter().fold(0u64, |sum, &w| sum.wrapping_add(w));
        let steps = (words * (words - 1) / 2).wrapping_mul(STEP);
        (self.0[0] ^ first) | (sum ^ words.wrapping_mul(first).wrapping_add(steps))
    }
}

/// 0 if these are the whole messages from number `seq` on.
#[inline(always)]
pub fn check_all<const W: usize>(messages: &[Message<W>], seq: u64) -> u64 {
    messages.iter().zip(seq..).fold(0, |wrong, (m, seq)| wrong | m.check(seq))
}

#[inline(always)]
pub fn fill_slots<const W: usize>(slots: &mut [Slot<W>], seq: u64) {
    for (slot, seq) in slots.iter_mut().zip(seq..) {
        Message::fill_slot(slot, seq);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_flip_is_seen<const W: usize>() {
        for seq in [0, 1, 77, (1 << 63) - 1] {
            let mut m = Message::<W>::BLANK;
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
        let mut slot = Slot::<7>::uninit();
        Message::fill_slot(&mut slot, 41);
        // SAFETY: just filled.
        assert_eq!(unsafe { slot.assume_init() }.check(41), 0);
    }
}
