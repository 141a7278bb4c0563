// SPDX-License-Identifier: MIT
//! One C function for each ring, loop and size: `<ring>_<loop>_<bytes>`, and `<ring>_init`.

use crate::message::{Layout, OfSize, Packed};
use crate::peers::{crossbeam::Crossbeam, crossbeam_queue::CrossbeamQueue, ringbuf, rtrb};
use crate::ring::{init, with_consumer, with_producer};
use crate::side::Side;
use crate::{pingpong, stream};
use std::ffi::{c_int, c_void};

const EINVAL: c_int = 22;

/// A `kernel_function` of the given name.
macro_rules! export {
    ($ring:literal, $kernel:literal, $bytes:literal, |$s:ident, $n:ident| $body:expr) => {
        const _: () = {
            // SAFETY: the harness calls it with a side that is the thread's own, whose rings
            // <ring>_init made for this size and whose buffer holds a batch of such messages.
            #[unsafe(export_name = concat!("ringside_rust_", $ring, "_", $kernel, "_", $bytes))]
            unsafe extern "C" fn run(side: *mut Side, $n: u64) {
                let $s = unsafe { &mut *side };
                unsafe { $body }
            }
        };
    };
}

/// The type of a message: `lines` where a ring keeps messages and nothing else, so that those of
/// whole lines can start on one; `packed` where a slot is a message and a stamp, which would be of
/// two lines instead of one and a bit.
macro_rules! message {
    (lines, $bytes:literal) => { <OfSize<{ $bytes / 8 }, { $bytes % 64 == 0 }> as Layout>::Message };
    (packed, $bytes:literal) => { Packed<{ $bytes / 8 }> };
}

macro_rules! export_one_size {
    ($ring:literal, $type:ty, $message:ty, $bytes:literal) => {
        export!($ring, "push_one", $bytes, |s, n| with_producer::<$type, $message>(
            s.ring[0],
            |p| stream::push_one::<$type, _>(s, p, n)
        ));
        export!($ring, "pop_one", $bytes, |s, n| with_consumer::<$type, $message>(
            s.ring[0],
            |c| stream::pop_one::<$type, _>(s, c, n)
        ));
        export!($ring, "push_batch", $bytes, |s, n| with_producer::<$type, $message>(
            s.ring[0],
            |p| stream::push_batch::<$type, _>(s, p, n)
        ));
        export!($ring, "pop_batch", $bytes, |s, n| with_consumer::<$type, $message>(
            s.ring[0],
            |c| stream::pop_batch::<$type, _>(s, c, n)
        ));
        export!($ring, "ask", $bytes, |s, n| with_producer::<$type, $message>(
            s.ring[0],
            |there| with_consumer::<$type, $message>(s.ring[1], |back| {
                pingpong::ask::<$type, _>(s, there, back, n)
            })
        ));
        export!($ring, "answer", $bytes, |s, n| with_producer::<$type, $message>(
            s.ring[1],
            |back| with_consumer::<$type, $message>(s.ring[0], |there| {
                pingpong::answer::<$type, _>(s, back, there, n)
            })
        ));
    };
}

macro_rules! export_one_size_of_spans {
    ($ring:literal, $type:ty, $message:ty, $bytes:literal) => {
        export!($ring, "push_span", $bytes, |s, n| with_producer::<$type, $message>(
            s.ring[0],
            |p| stream::push_span::<$type, _>(s, p, n)
        ));
        export!($ring, "pop_span", $bytes, |s, n| with_consumer::<$type, $message>(
            s.ring[0],
            |c| stream::pop_span::<$type, _>(s, c, n)
        ));
    };
}

macro_rules! export_ring {
    ($ring:literal, $type:ty, $layout:ident, $($bytes:literal)*) => {
        $(export_one_size!($ring, $type, message!($layout, $bytes), $bytes);)*
        const _: () = {
            // SAFETY: `memory` is that of a struct rust_ring.
            #[unsafe(export_name = concat!("ringside_rust_", $ring, "_init"))]
            unsafe extern "C" fn run(memory: *mut c_void, capacity: usize, bytes: usize) -> c_int {
                match bytes {
                    $($bytes => unsafe { init::<$type, message!($layout, $bytes)>(memory, capacity) },)*
                    _ => -EINVAL,
                }
            }
        };
    };
}

macro_rules! export_spans {
    ($ring:literal, $type:ty, $layout:ident, $($bytes:literal)*) => {
        $(export_one_size_of_spans!($ring, $type, message!($layout, $bytes), $bytes);)*
    };
}

with_sizes!(export_ring!("rtrb", rtrb::Rtrb, lines,));
with_sizes!(export_spans!("rtrb", rtrb::Rtrb, lines,));
with_sizes!(export_ring!("ringbuf", ringbuf::Ringbuf, lines,));
with_sizes!(export_spans!("ringbuf", ringbuf::Ringbuf, lines,));
with_sizes!(export_ring!("crossbeam", Crossbeam, packed,));
with_sizes!(export_ring!("crossbeam_queue", CrossbeamQueue, packed,));
