// SPDX-License-Identifier: MIT
//! Every ring under every loop: whole, in order, and no more in it than its capacity; and what the
//! loops say of a ring that is broken.

use crate::message::{Lines, Message, Packed};
use crate::peers::{crossbeam::Crossbeam, crossbeam_queue::CrossbeamQueue, ringbuf, rtrb};
use crate::ring::{Ring, Spans};
use crate::side::{BLANK, Histogram, POLL_YIELD, Side};
use crate::{pingpong, stream};
use std::collections::VecDeque;
use std::mem::MaybeUninit;
use std::sync::{Arc, Mutex};
use std::thread;

const MESSAGES: u64 = 4_000;

/// The C side's, so that the loops link; no histogram is recorded here.
#[unsafe(no_mangle)]
extern "C" fn ringside_rust_clock_ns() -> u64 {
    unreachable!("no round trip is recorded")
}
#[unsafe(no_mangle)]
extern "C" fn ringside_rust_record(_: *mut Histogram, _: u64) {
    unreachable!("no round trip is recorded")
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    One,
    Batch,
}

fn side<M: Message>(buffer: &mut [M]) -> Side {
    Side { batch: buffer.len(), buffer: buffer.as_mut_ptr().cast(), poll: POLL_YIELD, ..BLANK }
}

/// Runs both bodies, each on a thread with a side of its own; the OR of their mismatches.
fn two_sides<M: Message>(
    batch: usize,
    first: impl FnOnce(&mut Side) + Send,
    second: impl FnOnce(&mut Side) + Send,
) -> u64 {
    let run = |body: Box<dyn FnOnce(&mut Side) + Send + '_>| {
        let mut buffer = vec![M::BLANK; batch];
        let mut side = side(&mut buffer);
        body(&mut side);
        assert!(side.stuck <= side.polls);
        assert_eq!(side.seq, MESSAGES);
        side.mismatches
    };
    thread::scope(|scope| {
        let other = scope.spawn(|| run(Box::new(second)));
        run(Box::new(first)) | other.join().expect("the second side ends")
    })
}

fn streamed<R: Ring<M>, M: Message>(mode: Mode, capacity: usize, batch: usize) -> u64
where
    R::Producer: Send,
    R::Consumer: Send,
{
    let (mut p, mut c) = R::split(capacity);
    two_sides::<M>(
        batch,
        |s| match mode {
            Mode::One => stream::push_one::<R, M>(s, &mut p, MESSAGES),
            // SAFETY: the buffer holds a batch.
            Mode::Batch => unsafe { stream::push_batch::<R, M>(s, &mut p, MESSAGES) },
        },
        |s| {
            match mode {
                Mode::One => stream::pop_one::<R, M>(s, &mut c, MESSAGES),
                // SAFETY: as above.
                Mode::Batch => unsafe { stream::pop_batch::<R, M>(s, &mut c, MESSAGES) },
            }
            assert_eq!(R::count(&c), 0);
        },
    )
}

fn spanned<R: Spans<M>, M: Message>(capacity: usize, batch: usize) -> u64
where
    R::Producer: Send,
    R::Consumer: Send,
{
    let (mut p, mut c) = R::split(capacity);
    two_sides::<M>(
        batch,
        |s| stream::push_span::<R, M>(s, &mut p, MESSAGES),
        |s| stream::pop_span::<R, M>(s, &mut c, MESSAGES),
    )
}

fn returned<R: Ring<M>, M: Message>(capacity: usize) -> u64
where
    R::Producer: Send,
    R::Consumer: Send,
{
    let (mut p, mut c) = R::split(capacity);
    let (mut back_p, mut back_c) = R::split(capacity);
    two_sides::<M>(
        1,
        |s| pingpong::ask::<R, M>(s, &mut p, &mut back_c, MESSAGES),
        |s| pingpong::answer::<R, M>(s, &mut back_p, &mut c, MESSAGES),
    )
}

/// As many messages fit as were asked for: one more does not, and they come out in order.
fn holds_exactly<R: Ring<M>, M: Message>(capacity: usize) {
    let (mut p, mut c) = R::split(capacity);
    let mut message = M::BLANK;
    for round in 0..3 {
        for k in 0..capacity as u64 {
            message.fill(round + k);
            assert!(R::push(&mut p, message), "message {k} of {capacity}");
        }
        assert!(!R::push(&mut p, message));
        assert_eq!(R::push_slice(&mut p, &[message]), 0);
        assert_eq!(R::count(&c), capacity);
        for k in 0..capacity as u64 {
            assert!(R::pop(&mut c, |m| assert_eq!(m.check(round + k), 0)));
        }
        assert!(!R::pop(&mut c, |_| panic!("nothing is left")));
        assert_eq!(R::pop_slice(&mut c, &mut [message]), 0);
    }
}

fn keeps_its_contract<R: Ring<M>, M: Message>()
where
    R::Producer: Send,
    R::Consumer: Send,
{
    for (capacity, batch) in [(1, 1), (3, 2), (64, 64), (1024, 100)] {
        holds_exactly::<R, M>(capacity);
        for mode in [Mode::One, Mode::Batch] {
            assert_eq!(streamed::<R, M>(mode, capacity, batch), 0, "{mode:?} {capacity} {batch}");
        }
        assert_eq!(returned::<R, M>(capacity), 0, "round trips {capacity}");
    }
}

fn lends_its_slots<R: Spans<M>, M: Message>()
where
    R::Producer: Send,
    R::Consumer: Send,
{
    for (capacity, batch) in [(1, 1), (3, 2), (64, 64), (1024, 100)] {
        assert_eq!(spanned::<R, M>(capacity, batch), 0, "{capacity} {batch}");
    }
}

macro_rules! contract {
    ($($name:ident: $ring:ty $(, $lends:ident)?;)*) => {
        $(
            #[test]
            fn $name() {
                keeps_its_contract::<$ring, Packed<1>>();
                keeps_its_contract::<$ring, Lines<32>>();
                $(
                    $lends::<$ring, Packed<1>>();
                    $lends::<$ring, Lines<32>>();
                )?
            }
        )*
    };
}

contract! {
    rtrb_moves_every_message_in_order: rtrb::Rtrb, lends_its_slots;
    ringbuf_moves_every_message_in_order: ringbuf::Ringbuf, lends_its_slots;
    crossbeam_moves_every_message_in_order: Crossbeam;
    crossbeam_queue_moves_every_message_in_order: CrossbeamQueue;
}

/// A ring that does one thing wrong to message number 1000.
struct Broken<const FAULT: u8>;
const DROPS: u8 = 0;
const DUPLICATES: u8 = 1;
const REORDERS: u8 = 2;
const DAMAGES: u8 = 3;

#[derive(Default)]
struct Shared<M: Message> {
    messages: VecDeque<M>,
    pushed: u64,
}

impl<const FAULT: u8, M: Message> Ring<M> for Broken<FAULT> {
    type Producer = Arc<Mutex<Shared<M>>>;
    type Consumer = Arc<Mutex<Shared<M>>>;

    fn split(_: usize) -> (Self::Producer, Self::Consumer) {
        let shared = Arc::new(Mutex::new(Shared { messages: VecDeque::new(), pushed: 0 }));
        (Arc::clone(&shared), shared)
    }
    fn push(producer: &mut Self::Producer, mut message: M) -> bool {
        let mut ring = producer.lock().expect("no side panics");
        ring.pushed += 1;
        let there = ring.messages.len();
        match FAULT {
            _ if ring.pushed != 1000 => ring.messages.push_back(message),
            DROPS => {}
            DUPLICATES => ring.messages.extend([message, message]),
            REORDERS => ring.messages.insert(there.saturating_sub(1), message),
            _ => {
                message.fill(7);
                ring.messages.push_back(message);
            }
        }
        true
    }
    fn pop(consumer: &mut Self::Consumer, take: impl FnOnce(&M)) -> bool {
        consumer.lock().expect("no side panics").messages.pop_front().is_some_and(|m| {
            take(&m);
            true
        })
    }
    fn push_slice(producer: &mut Self::Producer, messages: &[M]) -> usize {
        messages.iter().take_while(|&&m| Self::push(producer, m)).count()
    }
    fn pop_slice(consumer: &mut Self::Consumer, messages: &mut [M]) -> usize {
        let mut ring = consumer.lock().expect("no side panics");
        let n = messages.len().min(ring.messages.len());
        messages.iter_mut().zip(ring.messages.drain(..n)).map(|(to, m)| *to = m).count()
    }
    fn count(consumer: &Self::Consumer) -> usize {
        consumer.lock().expect("no side panics").messages.len()
    }
}

impl<const FAULT: u8, M: Message> Spans<M> for Broken<FAULT> {
    unsafe fn push_span(
        producer: &mut Self::Producer,
        most: usize,
        fill: impl FnOnce(&mut [MaybeUninit<M>], &mut [MaybeUninit<M>]),
    ) -> usize {
        let mut slots = vec![MaybeUninit::uninit(); most];
        fill(&mut slots, &mut []);
        // SAFETY: just filled.
        slots.iter().take_while(|m| Self::push(producer, unsafe { m.assume_init() })).count()
    }
    fn pop_span(
        consumer: &mut Self::Consumer,
        most: usize,
        read: impl FnOnce(&[M], &[M]),
    ) -> usize {
        let mut messages = vec![M::BLANK; most];
        let n = Self::pop_slice(consumer, &mut messages);
        read(&messages[..n], &[]);
        n
    }
}

/// All of it is in the ring before the consumer starts: a lost message is not waited for.
fn is_caught<const FAULT: u8>() {
    const SENT: u64 = 2000;
    let pop: [(&str, fn(&mut Side, &mut Arc<Mutex<Shared<Packed<8>>>>)); 3] = [
        ("one", |s, c| stream::pop_one::<Broken<FAULT>, Packed<8>>(s, c, SENT - 1)),
        // SAFETY: the buffer holds a batch.
        ("batch", |s, c| unsafe { stream::pop_batch::<Broken<FAULT>, Packed<8>>(s, c, SENT - 1) }),
        ("span", |s, c| stream::pop_span::<Broken<FAULT>, Packed<8>>(s, c, SENT - 1)),
    ];
    for (name, pop) in pop {
        let mut buffer = [Packed::<8>::BLANK; 32];
        let (mut p, mut c) = <Broken<FAULT> as Ring<Packed<8>>>::split(0);
        stream::push_one::<Broken<FAULT>, Packed<8>>(&mut side(&mut buffer), &mut p, SENT);
        let mut consumer = side(&mut buffer);
        pop(&mut consumer, &mut c);
        assert_ne!(consumer.mismatches, 0, "fault {FAULT}, {name}");
    }
}

#[test]
fn a_broken_ring_is_caught_in_every_mode() {
    is_caught::<DROPS>();
    is_caught::<DUPLICATES>();
    is_caught::<REORDERS>();
    is_caught::<DAMAGES>();
}
