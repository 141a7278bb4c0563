// SPDX-License-Identifier: MIT
//! crossbeam-channel, bounded: for many producers and many consumers, of which there is one each
//! here.  It has no operation on many messages: a batch is the loop of single ones.

use crate::message::Message;
use crate::ring::Ring;
use crossbeam_channel::{Receiver, Sender, bounded};

pub struct Crossbeam;

impl<M: Message> Ring<M> for Crossbeam {
    type Producer = Sender<M>;
    type Consumer = Receiver<M>;

    fn split(capacity: usize) -> (Self::Producer, Self::Consumer) {
        bounded(capacity)
    }
    #[inline(always)]
    fn push(producer: &mut Self::Producer, message: M) -> bool {
        producer.try_send(message).is_ok()
    }
    #[inline(always)]
    fn pop(consumer: &mut Self::Consumer, take: impl FnOnce(&M)) -> bool {
        consumer.try_recv().is_ok_and(|m| {
            take(&m);
            true
        })
    }
    #[inline(always)]
    fn push_slice(producer: &mut Self::Producer, messages: &[M]) -> usize {
        messages.iter().take_while(|&&m| producer.try_send(m).is_ok()).count()
    }
    #[inline(always)]
    fn pop_slice(consumer: &mut Self::Consumer, messages: &mut [M]) -> usize {
        // The room is asked first: what try_iter yields is gone from the channel.
        messages.iter_mut().zip(consumer.try_iter()).map(|(to, m)| *to = m).count()
    }
    fn count(consumer: &Self::Consumer) -> usize {
        consumer.len()
    }
}
