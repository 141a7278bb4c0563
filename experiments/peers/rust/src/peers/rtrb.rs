// SPDX-License-Identifier: MIT
//! rtrb: each half keeps a copy of both indices and looks at the other's only when it must.

use crate::message::{Message, Slot};
use crate::ring::{Ring, Spans};
use rtrb::chunks::{ChunkError, ReadChunk, WriteChunkUninit};
use rtrb::{Consumer, Producer, RingBuffer};

pub struct Rtrb;

impl<const W: usize> Ring<W> for Rtrb {
    type Producer = Producer<Message<W>>;
    type Consumer = Consumer<Message<W>>;

    fn split(capacity: usize) -> (Self::Producer, Self::Consumer) {
        RingBuffer::new(capacity)
    }
    #[inline(always)]
    fn push(producer: &mut Self::Producer, message: Message<W>) -> bool {
        producer.push(message).is_ok()
    }
    #[inline(always)]
    fn pop(consumer: &mut Self::Consumer, take: impl FnOnce(&Message<W>)) -> bool {
        consumer.pop().is_ok_and(|m| {
            take(&m);
            true
        })
    }
    #[inline(always)]
    fn push_slice(producer: &mut Self::Producer, messages: &[Message<W>]) -> usize {
        producer.push_partial_slice(messages).0.len()
    }
    #[inline(always)]
    fn pop_slice(consumer: &mut Self::Consumer, messages: &mut [Message<W>]) -> usize {
        consumer.pop_partial_slice(messages).0.len()
    }
    fn count(consumer: &Self::Consumer) -> usize {
        consumer.slots()
    }
}

/// A chunk is all or nothing, but says how much there would have been.
#[inline(always)]
fn free<const W: usize>(
    producer: &mut Producer<Message<W>>,
    most: usize,
) -> Option<WriteChunkUninit<'_, Message<W>>> {
    let n = match producer.write_chunk_uninit(most) {
        Ok(_) => most,
        Err(ChunkError::TooFewSlots(0)) => return None,
        Err(ChunkError::TooFewSlots(n)) => n,
    };
    producer.write_chunk_uninit(n).ok()
}

#[inline(always)]
fn oldest<const W: usize>(
    consumer: &mut Consumer<Message<W>>,
    most: usize,
) -> Option<ReadChunk<'_, Message<W>>> {
    let n = match consumer.read_chunk(most) {
        Ok(_) => most,
        Err(ChunkError::TooFewSlots(0)) => return None,
        Err(ChunkError::TooFewSlots(n)) => n,
    };
    consumer.read_chunk(n).ok()
}

impl<const W: usize> Spans<W> for Rtrb {
    #[inline(always)]
    unsafe fn push_span(
        producer: &mut Self::Producer,
        most: usize,
        fill: impl FnOnce(&mut [Slot<W>], &mut [Slot<W>]),
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
        read: impl FnOnce(&[Message<W>], &[Message<W>]),
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
