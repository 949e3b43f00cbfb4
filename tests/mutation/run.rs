//! Feeds a kind its mutated inputs: no panic, no hang, no absurd allocation, and memory that stays.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::bytes::mutated;
use super::kinds::Kind;
use super::memory::{live_bytes, most_bytes};

/// An input that takes longer hangs.
pub const LONGEST_S: f64 = 2.0;
/// One that takes so long will never end: the process is.
const LOST_S: u64 = 30;
/// More than any input of some kilobytes can need; what a header claims is not to be believed.
const MOST_BYTES: usize = 64 << 20;
/// Faults of each sort that are kept to be told.
const TOLD: usize = 5;

/// What came of the inputs of one kind.
#[derive(Default)]
pub struct Outcome {
    pub inputs: u64,
    /// What the reader took for good.
    pub accepted: u64,
    pub took_s: f64,
    pub slowest_s: f64,
    /// Memory that was kept after the first tenth, in bytes.
    pub kept_bytes: isize,
    /// The most memory that one of them took, in bytes.
    pub most_bytes: usize,
    pub panics: u64,
    pub hangs: u64,
    pub greedy: u64,
    /// The first faults, each with its seed.
    pub faults: Vec<String>,
}

impl Outcome {
    /// Inputs that did what no input may do.
    pub fn bad(&self) -> u64 {
        self.panics + self.hangs + self.greedy
    }

    fn tell(&mut self, kind: &str, seed: u64, what: &str) {
        if self.faults.len() < TOLD {
            self.faults.push(format!("{kind} {seed}: {what}"));
        }
    }
}

/// Lets the watch end, however the run does.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Reads the inputs of `count` seeds from `first` on.
pub fn run(kind: &mut Kind, first: u64, count: u64) -> Outcome {
    let (seed_at, began_ms, done) = (AtomicU64::new(first), AtomicU64::new(0), AtomicBool::new(false));
    let began = Instant::now();
    let name = kind.name;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(20));
                let since_ms = (began.elapsed().as_millis() as u64).saturating_sub(began_ms.load(Ordering::Relaxed));
                if since_ms > LOST_S * 1000 {
                    eprintln!("{name} {}: it hangs", seed_at.load(Ordering::Relaxed));
                    std::process::abort();
                }
            }
        });
        let _done = Done(&done);
        let mut outcome = Outcome::default();
        let mut settled = live_bytes();
        for seed in first..first + count {
            if seed == first + count / 10 {
                settled = live_bytes();
            }
            seed_at.store(seed, Ordering::Relaxed);
            began_ms.store(began.elapsed().as_millis() as u64, Ordering::Relaxed);
            one(kind, seed, &mut outcome);
        }
        outcome.kept_bytes = live_bytes() - settled;
        outcome.took_s = began.elapsed().as_secs_f64();
        outcome
    })
}

/// The input of `seed`.
pub fn input(kind: &Kind, seed: u64) -> Vec<u8> {
    mutated(seed, &kind.corpus, kind.form)
}

fn one(kind: &mut Kind, seed: u64, outcome: &mut Outcome) {
    let input = input(kind, seed);
    let began = Instant::now();
    let (read, most) = most_bytes(|| catch_unwind(AssertUnwindSafe(|| (kind.read)(&input))));
    let took_s = began.elapsed().as_secs_f64();
    outcome.inputs += 1;
    outcome.slowest_s = outcome.slowest_s.max(took_s);
    outcome.most_bytes = outcome.most_bytes.max(most);
    match read {
        Ok(accepted) => outcome.accepted += u64::from(accepted),
        Err(panic) => {
            outcome.panics += 1;
            let said = panic.downcast_ref::<String>().map(String::as_str);
            let said = said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default();
            outcome.tell(kind.name, seed, &format!("panic: {said}"));
        }
    }
    if took_s > LONGEST_S {
        outcome.hangs += 1;
        outcome.tell(kind.name, seed, &format!("{took_s:.1} s"));
    }
    if most > MOST_BYTES {
        outcome.greedy += 1;
        outcome.tell(kind.name, seed, &format!("takes {} MiB", most >> 20));
    }
}
