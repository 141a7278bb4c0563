// SPDX-License-Identifier: MIT
//! A chain of threads over bounded crossbeam channels: the graph kernel of `ringside cell`, with
//! the same words, the same messages and the same line as its result.
//!
//! One message an item where batch = 1; else a vector of `batch` messages, which maps pass on
//! without copying it.  A channel holds as many messages as `capacity` says.  Source and sink are
//! on the cell's two cpus where there are only the two.

use crossbeam_channel::{bounded, Receiver, Sender};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::OnceLock;
use std::thread;
use std::time::Instant;

const STEP: u64 = 0x9e37_79b9_7f4a_7c15; // kernels/message.h
const FIRST_MESSAGES: u64 = 1024;
const GROWTH: u64 = 16;
const WARMUPS_MAX: u32 = 16;
const TIMED_MAX: u32 = 4;

extern "C" {
    fn sched_setaffinity(pid: i32, bytes: usize, mask: *const u64) -> i32;
}

fn pin(cpu: Option<usize>) {
    let mut mask = [0u64; 1024];
    if let Some(cpu) = cpu.filter(|&c| c < 64 * 1024) {
        mask[cpu / 64] |= 1 << (cpu % 64);
        // SAFETY: the mask is as long as said and is only read.
        if unsafe { sched_setaffinity(0, size_of_val(&mask), mask.as_ptr()) } != 0 {
            eprintln!("ringside-crossbeam: cannot pin a thread to cpu {cpu}");
        }
    }
}

fn now_ns() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_nanos() as u64 // CLOCK_MONOTONIC
}

fn fill<const W: usize>(seq: u64) -> [u64; W] {
    let first = 2 * seq + 1;
    std::array::from_fn(|i| first.wrapping_add((i as u64).wrapping_mul(STEP)))
}

/// 0 if the message is whole and is number `seq`.
fn check<const W: usize>(m: &[u64; W], seq: u64) -> u64 {
    let (w, first) = (W as u64, 2 * seq + 1);
    let sum = m.iter().fold(0u64, |s, &x| s.wrapping_add(x));
    let steps = (w * (w - 1) / 2).wrapping_mul(STEP);
    (m[0] ^ first) | (sum ^ w.wrapping_mul(first).wrapping_add(steps))
}

fn busy(turns: u64) {
    let mut x = turns;
    for _ in 0..turns {
        x = std::hint::black_box(x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
    }
}

fn busy_turns(ns: u64) -> u64 {
    const TURNS: u64 = 50_000;
    if ns == 0 {
        return 0;
    }
    let best = (0..8).map(|_| {
        let start = now_ns();
        busy(TURNS);
        (now_ns() - start).max(1)
    });
    ns * TURNS / best.min().unwrap_or(1) + 1
}

/// What goes through a channel.
trait Item: Send + 'static {
    fn make(seq: u64, n: u64) -> Self;
    fn len(&self) -> u64;
    fn wrong(&self, seq: u64) -> u64;
}

impl<const W: usize> Item for [u64; W] {
    fn make(seq: u64, _: u64) -> Self {
        fill(seq)
    }
    fn len(&self) -> u64 {
        1
    }
    fn wrong(&self, seq: u64) -> u64 {
        check(self, seq)
    }
}

impl<const W: usize> Item for Vec<[u64; W]> {
    fn make(seq: u64, n: u64) -> Self {
        (seq..seq + n).map(fill).collect()
    }
    fn len(&self) -> u64 {
        Vec::len(self) as u64
    }
    fn wrong(&self, seq: u64) -> u64 {
        let each = self.iter().zip(seq..);
        each.fold(0, |wrong, (m, seq)| wrong | check(m, seq))
    }
}

#[derive(Clone)]
struct Cell {
    words: Vec<(String, String)>,
    stages: u64,
    batch: u64,
    capacity: u64,
    msg_bytes: u64,
    messages: u64,
    seconds_ns: f64,
    warmup_ns: f64,
    turns: u64,
    cpu: [Option<usize>; 2],
}

#[derive(Default)]
struct Trial {
    good: bool,
    elapsed_ns: u64,
    timed_messages: u64,
    timed_ns: u64,
}

impl Trial {
    fn ns_per_message(&self) -> f64 {
        (self.timed_ns as f64 / self.timed_messages.max(1) as f64).max(0.01)
    }
}

fn source<T: Item>(to: Sender<T>, messages: u64, batch: u64) {
    let mut seq = 0;
    while seq < messages {
        let n = batch.min(messages - seq);
        if to.send(T::make(seq, n)).is_err() {
            return;
        }
        seq += n;
    }
}

fn map<T: Item>(from: Receiver<T>, to: Sender<T>, turns: u64) {
    for item in from {
        busy(turns * item.len());
        if to.send(item).is_err() {
            return;
        }
    }
}

fn sink<T: Item>(from: Receiver<T>, messages: u64, begin_ns: u64) -> Trial {
    let (mut seq, mut wrong, mut mark) = (0, 0, None);
    for item in from {
        wrong |= item.wrong(seq);
        seq += item.len();
        if mark.is_none() && seq >= messages / 16 {
            mark = Some((seq, now_ns()));
        }
    }
    let end = now_ns();
    let (seen, from_ns) = mark.filter(|m| m.0 < messages).unwrap_or((0, begin_ns));
    Trial {
        good: wrong == 0 && seq == messages,
        elapsed_ns: end - begin_ns,
        timed_messages: messages - seen,
        timed_ns: end - from_ns,
    }
}

fn run<T: Item>(c: &Cell, messages: u64) -> Trial {
    let items = (c.capacity / c.batch).max(1) as usize;
    let begin = AtomicU64::new(0);
    thread::scope(|scope| {
        let (to, mut from) = bounded::<T>(items);
        let begin = &begin;
        let (cpu, batch) = (c.cpu, c.batch);
        scope.spawn(move || {
            pin(cpu[0]);
            begin.store(now_ns(), Ordering::Relaxed);
            source(to, messages, batch);
        });
        for _ in 2..c.stages {
            let (next_to, next_from) = bounded::<T>(items);
            let (turns, mine) = (c.turns, from);
            scope.spawn(move || map(mine, next_to, turns));
            from = next_from;
        }
        let end = scope.spawn(move || {
            pin(cpu[1]);
            let mut trial = sink(from, messages, 0);
            let begun = begin.load(Ordering::Relaxed); // the source ended before the sink did
            if trial.timed_ns >= trial.elapsed_ns {
                trial.timed_ns -= begun;
            }
            trial.elapsed_ns -= begun;
            trial
        });
        end.join().unwrap_or_default()
    })
}

fn grown(ns: f64, per_message: f64, low: u64, high: u64) -> u64 {
    ((ns / per_message) as u64).clamp(low, high.max(low))
}

/// The timed trial and what the warm-up took, as measure/graph_round.c does it.
fn round<T: Item>(c: &Cell) -> (Trial, u64) {
    let least = FIRST_MESSAGES.max(4 * c.batch);
    let (mut messages, mut warmup_ns, mut trial) = (least, 0, Trial::default());
    for _ in 0..WARMUPS_MAX {
        trial = run::<T>(c, messages);
        warmup_ns += trial.elapsed_ns;
        if !trial.good || warmup_ns as f64 >= c.warmup_ns {
            break;
        }
        let left = c.warmup_ns - warmup_ns as f64;
        messages = grown(left, trial.ns_per_message(), least, GROWTH * messages);
    }
    if !trial.good {
        return (trial, warmup_ns);
    }
    messages = match c.messages {
        0 => grown(c.seconds_ns * 16.0 / 15.0, trial.ns_per_message(), least, 1 << 39),
        n => n,
    };
    for i in 1.. {
        trial = run::<T>(c, messages);
        let ns = trial.timed_ns.max(1) as f64;
        if !trial.good || c.messages > 0 || ns >= c.seconds_ns / 2.0 || i == TIMED_MAX {
            break;
        }
        warmup_ns += trial.elapsed_ns;
        messages = grown(messages as f64 * c.seconds_ns, ns, least, 100 * messages);
    }
    (trial, warmup_ns)
}

fn round_of_size<const W: usize>(c: &Cell) -> (Trial, u64) {
    match c.batch {
        1 => round::<[u64; W]>(c),
        _ => round::<Vec<[u64; W]>>(c),
    }
}

fn parse(words: impl Iterator<Item = String>) -> Result<Cell, String> {
    let mut pairs = Vec::new();
    for word in words {
        let (name, level) = word.split_once('=').ok_or(format!("'{word}' is not FACTOR=LEVEL"))?;
        pairs.push((name.to_string(), level.to_string()));
    }
    let text = |name: &str, default: &str| -> String {
        let found = pairs.iter().rev().find(|p| p.0 == name);
        found.map_or(default.to_string(), |p| p.1.clone())
    };
    let number = |name: &str, default: &str| -> Result<f64, String> {
        let level = text(name, default);
        level.parse().map_err(|_| format!("{name} = '{level}' is not a number"))
    };
    if text("topology", "chain") != "chain" {
        return Err("only topology = chain".into());
    }
    let stages = number("stages", "2")? as u64;
    let place = text("placement", "any");
    let cpus = place.split_once(':').filter(|_| stages == 2);
    Ok(Cell {
        stages,
        batch: (number("batch", "1")? as u64).max(1),
        capacity: number("capacity", "1024")? as u64,
        msg_bytes: number("msg_bytes", "8")? as u64,
        messages: number("messages", "0")? as u64,
        seconds_ns: number("seconds", "0.08")? * 1e9,
        warmup_ns: number("warmup", "0.02")? * 1e9,
        turns: busy_turns(number("work_ns", "0")? as u64),
        cpu: cpus.map_or([None; 2], |(p, c)| [p.parse().ok(), c.parse().ok()]),
        words: pairs,
    })
}

fn factors_json(c: &Cell) -> String {
    let each = c.words.iter().map(|(name, level)| match level.parse::<f64>() {
        Ok(_) => format!("\"{name}\":{level}"),
        Err(_) => format!("\"{name}\":\"{}\"", level.replace(['"', '\\'], "'")),
    });
    each.collect::<Vec<_>>().join(",")
}

fn print(c: &Cell, t: &Trial, warmup_ns: u64) {
    let (ns, hops) = (t.ns_per_message(), c.stages - 1);
    let metrics = format!(
        "{{\"ns_per_msg\":{ns},\"messages\":{},\"timed_ns\":{},\"warmup_ns\":{warmup_ns},\
         \"hops\":{hops},\"ns_per_hop\":{},\"workers\":{},\"parks\":null}}",
        t.timed_messages,
        t.timed_ns,
        ns / hops as f64,
        c.stages
    );
    let (status, reason, metrics) = match t.good {
        true => ("ok", "null", metrics.as_str()),
        false => ("failed", "\"a message was lost, or arrived damaged or out of order\"", "null"),
    };
    println!(
        "{{\"status\":\"{status}\",\"reason\":{reason},\"metrics\":{metrics},\
         \"evidence\":{{\"producer\":null,\"consumer\":null,\"block_max_over_median\":null,\
         \"reason\":\"this engine's threads are not watched\"}},\"disturbed\":[],\
         \"factors\":{{{}}}}}",
        factors_json(c)
    );
}

fn main() {
    let mut words = std::env::args().skip(1).peekable();
    words.next_if(|w| w == "cell");
    let cell = parse(words).and_then(|c| match c.stages {
        0 | 1 => Err("stages must be at least 2".to_string()),
        _ => Ok(c),
    });
    let result = cell.and_then(|c| {
        let (trial, warmup_ns) = match c.msg_bytes {
            8 => round_of_size::<1>(&c),
            16 => round_of_size::<2>(&c),
            32 => round_of_size::<4>(&c),
            64 => round_of_size::<8>(&c),
            128 => round_of_size::<16>(&c),
            256 => round_of_size::<32>(&c),
            n => return Err(format!("msg_bytes = {n}; only 8, 16, 32, 64, 128 and 256")),
        };
        print(&c, &trial, warmup_ns);
        Ok(())
    });
    if let Err(why) = result {
        eprintln!("ringside-crossbeam: {why}");
        std::process::exit(2);
    }
}
