// SPDX-License-Identifier: MIT
//! rtrb: each half keeps a copy of both indices and looks at the other's only when it must.

use crate::message::Message;
use crate::ring::{Ring, Spans};
use rtrb::chunks::{ChunkError, ReadChunk, WriteChunkUninit};
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

/// A chunk is all or nothing, but says how much there would have been.
#[inline(always)]
fn free<M: Message>(producer: &mut Producer<M>, most: usize) -> Option<WriteChunkUninit<'_, M>> {
    let n = match producer.write_chunk_uninit(most) {
        Ok(_) => most,
        Err(ChunkError::TooFewSlots(0)) => return None,
        Err(ChunkError::TooFewSlots(n)) => n,
    };
    producer.write_chunk_uninit(n).ok()
}

#[inline(always)]
fn oldest<M: Message>(consumer: &mut Consumer<M>, most: usize) -> Option<ReadChunk<'_, M>> {
    let n = match consumer.read_chunk(most) {
        Ok(_) => most,
        Err(ChunkError::TooFewSlots(0)) => return None,
        Err(ChunkError::TooFewSlots(n)) => n,
    };
    consumer.read_chunk(n).ok()
}

impl<M: Message> Spans<M> for Rtrb {
    #[inline(always)]
    unsafe fn push_span(
        producer: &mut Self::Producer,
        most: usize,
        fill: impl FnOnce(&mut [MaybeUninit<M>], &mut [MaybeUninit<M>]),
    ) -> usize {
        let Some(mut chunk) = free(producer, most) else {
            return 0;
        };
        let n = chunk.len();
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
        let Some(chunk) = oldest(consumer, most) else {
            return 0;
        };
        let n = chunk.len();
        let (first, second) = chunk.as_slices();
        read(first, second);
        chunk.commit_all();
        n
    }
}
