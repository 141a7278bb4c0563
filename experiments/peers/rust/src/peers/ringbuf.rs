// SPDX-License-Identifier: MIT
//! ringbuf: a HeapRb split into its caching halves, which look at the other's index when they find
//! the ring full or empty; slices and spans look at it every time.

use crate::message::Message;
use crate::ring::{Ring, Spans};
use ringbuf::traits::{Consumer, Observer, Producer, Raw, Split};
use ringbuf::{HeapCons, HeapProd, HeapRb};
use std::mem::MaybeUninit;

pub struct Ringbuf;

impl<M: Message> Ring<M> for Ringbuf {
    type Producer = HeapProd<M>;
    type Consumer = HeapCons<M>;

    fn split(capacity: usize) -> (Self::Producer, Self::Consumer) {
        HeapRb::new(capacity).split()
    }
    #[inline(always)]
    fn push(producer: &mut Self::Producer, message: M) -> bool {
        producer.try_push(message).is_ok()
    }
    #[inline(always)]
    fn pop(consumer: &mut Self::Consumer, take: impl FnOnce(&M)) -> bool {
        consumer.try_pop().is_some_and(|m| {
            take(&m);
            true
        })
    }
    #[inline(always)]
    fn push_slice(producer: &mut Self::Producer, messages: &[M]) -> usize {
        producer.push_slice(messages)
    }
    #[inline(always)]
    fn pop_slice(consumer: &mut Self::Consumer, messages: &mut [M]) -> usize {
        consumer.pop_slice(messages)
    }
    fn count(consumer: &Self::Consumer) -> usize {
        consumer.occupied_len()
    }
}

/// The lengths of what `most` leaves of two runs.
fn cut(most: usize, first: usize, second: usize) -> (usize, usize) {
    let first = first.min(most);
    (first, second.min(most - first))
}

impl<M: Message> Spans<M> for Ringbuf {
    #[inline(always)]
    unsafe fn push_span(
        producer: &mut Self::Producer,
        most: usize,
        fill: impl FnOnce(&mut [MaybeUninit<M>], &mut [MaybeUninit<M>]),
    ) -> usize {
        let (first, second) = producer.vacant_slices_mut();
        let (a, b) = cut(most, first.len(), second.len());
        fill(&mut first[..a], &mut second[..b]);
        // SAFETY: the caller's `fill` has initialised all of them.
        unsafe { producer.advance_write_index(a + b) };
        a + b
    }
    #[inline(always)]
    fn pop_span(
        consumer: &mut Self::Consumer,
        most: usize,
        read: impl FnOnce(&[M], &[M]),
    ) -> usize {
        let (first, second) = consumer.as_slices();
        let (a, b) = cut(most, first.len(), second.len());
        read(&first[..a], &second[..b]);
        // SAFETY: that many were there, and a message needs no drop.
        unsafe { consumer.advance_read_index(a + b) };
        a + b
    }
}
