// SPDX-License-Identifier: MIT
//! crossbeam-queue's ArrayQueue: the queue of many producers and consumers without the channel around
//! it.  A batch is the loop of single messages.

use crate::message::Message;
use crate::ring::Ring;
use crossbeam_queue::ArrayQueue;
use std::iter::from_fn;
use std::sync::Arc;

pub struct CrossbeamQueue;

impl<M: Message> Ring<M> for CrossbeamQueue {
    type Producer = Arc<ArrayQueue<M>>;
    type Consumer = Arc<ArrayQueue<M>>;

    fn split(capacity: usize) -> (Self::Producer, Self::Consumer) {
        let queue = Arc::new(ArrayQueue::new(capacity));
        (Arc::clone(&queue), queue)
    }
    #[inline(always)]
    fn push(producer: &mut Self::Producer, message: M) -> bool {
        producer.push(message).is_ok()
    }
    #[inline(always)]
    fn pop(consumer: &mut Self::Consumer, take: impl FnOnce(&M)) -> bool {
        consumer.pop().is_some_and(|m| {
            take(&m);
            true
        })
    }
    #[inline(always)]
    fn push_slice(producer: &mut Self::Producer, messages: &[M]) -> usize {
        messages.iter().take_while(|&&m| producer.push(m).is_ok()).count()
    }
    #[inline(always)]
    fn pop_slice(consumer: &mut Self::Consumer, messages: &mut [M]) -> usize {
        // The room is asked first: what is popped is gone from the queue.
        messages.iter_mut().zip(from_fn(|| consumer.pop())).map(|(to, m)| *to = m).count()
    }
    fn count(consumer: &Self::Consumer) -> usize {
        consumer.len()
    }
}
