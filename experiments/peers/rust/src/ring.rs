// SPDX-License-Identifier: MIT
//! What the loops need of a ring, and where its two halves are.

use crate::message::Message;
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr::addr_of_mut;

/// A ring of messages of type `M`: the crate's own operations under common names.
pub trait Ring<M: Message> {
    type Producer;
    type Consumer;

    /// A ring in which `capacity` messages fit, no fewer and no more.
    fn split(capacity: usize) -> (Self::Producer, Self::Consumer);
    /// False if it is full.
    fn push(producer: &mut Self::Producer, message: M) -> bool;
    /// False if it is empty; else `take` sees the message where the crate's pop has put it.
    fn pop(consumer: &mut Self::Consumer, take: impl FnOnce(&M)) -> bool;
    /// How many of them, from the first on, found room.
    fn push_slice(producer: &mut Self::Producer, messages: &[M]) -> usize;
    /// How many came, to the front of `messages`.
    fn pop_slice(consumer: &mut Self::Consumer, messages: &mut [M]) -> usize;
    /// Messages in it.
    fn count(consumer: &Self::Consumer) -> usize;
}

/// A ring that lends its slots.  Both return how many messages they moved, `most` at most.
pub trait Spans<M: Message>: Ring<M> {
    /// Lends free slots, in two runs, and publishes them when `fill` has made all of them messages.
    ///
    /// # Safety
    /// `fill` initialises every slot it is given.
    unsafe fn push_span(
        producer: &mut Self::Producer,
        most: usize,
        fill: impl FnOnce(&mut [MaybeUninit<M>], &mut [MaybeUninit<M>]),
    ) -> usize;
    /// Lends the oldest messages, in two runs, and frees their slots.
    fn pop_span(consumer: &mut Self::Consumer, most: usize, read: impl FnOnce(&[M], &[M]))
    -> usize;
}

/// Bytes of `struct rust_ring`, and what it and each half of it is aligned to: two threads write them.
pub const HALF_BYTES: usize = 256;
pub const RING_BYTES: usize = 3 * HALF_BYTES;

/// None while a loop has it.
#[repr(C, align(256))]
struct Half<T>(Option<T>);

/// What lies in the memory of a `struct rust_ring`.
#[repr(C, align(256))]
struct Halves<P, C> {
    count: unsafe fn(*const c_void) -> usize, // constant
    producer: Half<P>,
    consumer: Half<C>,
}

/// Makes a ring in the memory of a `struct rust_ring`.
///
/// # Safety
/// `ring` points to RING_BYTES bytes, aligned to HALF_BYTES, that nobody else uses.
pub unsafe fn init<R: Ring<M>, M: Message>(ring: *mut c_void, capacity: usize) -> c_int {
    const {
        assert!(size_of::<Halves<R::Producer, R::Consumer>>() == RING_BYTES);
        assert!(align_of::<Halves<R::Producer, R::Consumer>>() == HALF_BYTES);
    }
    let (producer, consumer) = R::split(capacity);
    // SAFETY: the caller's memory is as large and as aligned as just asserted.
    unsafe {
        ring.cast::<Halves<R::Producer, R::Consumer>>().write(Halves {
            count: count_of::<R, M>,
            producer: Half(Some(producer)),
            consumer: Half(Some(consumer)),
        });
    }
    0
}

unsafe fn count_of<R: Ring<M>, M: Message>(ring: *const c_void) -> usize {
    let halves = ring.cast::<Halves<R::Producer, R::Consumer>>();
    // SAFETY: called by the consumer's thread between its loops, or when both threads have ended.
    unsafe { (*halves).consumer.0.as_ref() }.map_or(0, R::count)
}

/// Messages in any ring of ours.
///
/// # Safety
/// `init` made it, and no consumer's loop runs on it in another thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ringside_rust_count(ring: *const c_void) -> usize {
    // SAFETY: `count` is the first member whatever the types of the halves are.
    unsafe { (*ring.cast::<unsafe fn(*const c_void) -> usize>())(ring) }
}

/// Runs `body` with the producer of a ring, which is its own meanwhile, as in a thread of Rust: what
/// a half caches of the other need not be in memory.
///
/// # Safety
/// `init` made the ring with this R and M, and no other thread uses its producer.
#[inline(always)]
pub unsafe fn with_producer<R: Ring<M>, M: Message>(
    ring: *mut c_void,
    body: impl FnOnce(&mut R::Producer),
) {
    let halves = ring.cast::<Halves<R::Producer, R::Consumer>>();
    // SAFETY: as the caller says; no reference to the other half is made.
    let half = unsafe { &mut *addr_of_mut!((*halves).producer.0) };
    let mut producer = half.take().expect("one loop at a time has the producer");
    body(&mut producer);
    *half = Some(producer);
}

/// As `with_producer`.
///
/// # Safety
/// As there, of the consumer.
#[inline(always)]
pub unsafe fn with_consumer<R: Ring<M>, M: Message>(
    ring: *mut c_void,
    body: impl FnOnce(&mut R::Consumer),
) {
    let halves = ring.cast::<Halves<R::Producer, R::Consumer>>();
    // SAFETY: as the caller says; no reference to the other half is made.
    let half = unsafe { &mut *addr_of_mut!((*halves).consumer.0) };
    let mut consumer = half.take().expect("one loop at a time has the consumer");
    body(&mut consumer);
    *half = Some(consumer);
}
