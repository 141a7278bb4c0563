// SPDX-License-Identifier: MIT
//! rtrb: each half keeps a copy of both indices and looks at the other's only when it must.

use crate::message::Message;
use crate::ring::{Ring, Spans};
use rtrb::{Consumer, Producer, RingBuffer};
use std::mem::MaybeUninit;

pub struct Rtrb;

impl<M: Message> Ring<M> for Rtrb {
    type Producer = Producer<M>;
    type Consumer = Consumer<M>;

    fn split(capacity: usize) -> (Self::Producer, Self::Consumer) {
        RingBuffer::new(capacity)
    }
    #[inline(always)]
    fn push(producer: &mut Self::Producer, message: M) -> bool {
        producer.push(message).is_ok()
    }
    #[inline(always)]
    fn pop(consumer: &mut Self::Consumer, take: impl FnOnce(&M)) -> bool {
        consumer.pop().is_ok_and(|m| {
            take(&m);
            true
        })
    }
    #[inline(always)]
    fn push_slice(producer: &mut Self::Producer, messages: &[M]) -> usize {
        producer.push_partial_slice(messages).0.len()
    }
    #[inline(always)]
    fn pop_slice(consumer: &mut Self::Consumer, messages: &mut [M]) -> usize {
        consumer.pop_partial_slice(messages).0.len()
    }
    fn count(consumer: &Self::Consumer) -> usize {
        consumer.slots()
    }
}

/// A chunk is all or nothing, so it is asked for as much as there is, as the crate's own
/// push_partial_slice does: what is known of the other side, and what is so only where that is less.
#[inline(always)]
fn available(most: usize, known: usize, look: impl FnOnce() -> usize) -> usize {
    if known < most { look().min(most) } else { most }
}

impl<M: Message> Spans<M> for Rtrb {
    #[inline(always)]
    unsafe fn push_span(
        producer: &mut Self::Producer,
        most: usize,
        fill: impl FnOnce(&mut [MaybeUninit<M>], &mut [MaybeUninit<M>]),
    ) -> usize {
        let n = available(most, producer.cached_slots(), || producer.slots());
        if n == 0 {
            return 0;
        }
        let Ok(mut chunk) = producer.write_chunk_uninit(n) else { return 0 };
        let (first, second) = chunk.as_mut_slices();
        fill(first, second);
        // SAFETY: the caller's `fill` has initialised all of them.
        unsafe { chunk.commit_all() };
        n
    }
    #[inline(always)]
    fn pop_span(
        consumer: &mut Self::Consumer,
        most: usize,
        read: impl FnOnce(&[M], &[M]),
    ) -> usize {
        let n = available(most, consumer.cached_slots(), || consumer.slots());
        if n == 0 {
            return 0;
        }
        let Ok(chunk) = consumer.read_chunk(n) else { return 0 };
        let (first, second) = chunk.as_slices();
        read(first, second);
        chunk.commit_all();
        n
    }
}
