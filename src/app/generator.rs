//! The generator thread: has the dreamer make one image after another until told to stop, and survives its panics.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::Receiver;

use super::drills::{Drills, Trouble};
use super::show_clock::ShowClock;
use crate::dream::{DreamError, Dreamer};
use crate::frame::Frame;
use crate::param::{self, Snapshot};
use crate::rt::{self, Reader, Stop, Writer};
use crate::telemetry::{Faults, Kind};
use crate::tempo::Clock;
use crate::units::Seconds;

/// How long to wait before asking again when there is no image to make.
const IDLE: Duration = Duration::from_millis(2);
/// Seconds to wait after a fault.
const AFTER_FAULT_S: f64 = 0.2;
/// The wait doubles with each fault in a row, so many times at most.
const DOUBLINGS: u32 = 3;
/// Images that the drill `nan@SECONDS` spoils.
const SPOILT: u32 = 3;

/// What the generator works from, newest wins.
#[derive(Clone, Debug)]
pub struct GeneratorInput {
    pub snapshot: Snapshot,
    pub clock: Clock,
}

/// Cancel token of the image being made: a count, stored by the conductor on every tick and read by the generator
/// between network blocks. The image is dropped when the count differs from that of the snapshot it was begun with.
#[derive(Clone, Default)]
pub struct CancelToken(Arc<AtomicU64>);

impl CancelToken {
    pub fn set(&self, count: u64) {
        self.0.store(count, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The token's count: the sum of the triggers (slot, cut, reject, panic) that make an image being made obsolete.
pub fn cancel_count(snapshot: &Snapshot) -> u64 {
    [param::PROMPT_SLOT, param::DREAM_CUT, param::DREAM_REJECT, param::MASTER_PANIC]
        .into_iter()
        .map(|id| u64::from(snapshot.triggers[id.index()]))
        .sum()
}

/// What the generator thread owns.
pub struct Worker {
    pub dreamer: Dreamer,
    /// The generator of a show that takes over.
    pub dreamers: Option<Receiver<Box<Dreamer>>>,
    pub input: Reader<GeneratorInput>,
    pub cancel: CancelToken,
    pub frames: Writer<Option<Arc<Frame>>>,
    pub wall: ShowClock,
    pub faults: Faults,
    /// Counts the images of the stream.
    pub made: Arc<AtomicU64>,
    pub stop: Stop,
    pub drills: Drills,
}

/// Starts the thread. The generator's pool has all cores but one and low priority, so that display, conductor and audio
/// go first.
///
/// # Errors
/// When there are no threads for it.
pub fn spawn(worker: Worker) -> anyhow::Result<JoinHandle<()>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).saturating_sub(1).max(1);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|k| format!("dream {k}"))
        .start_handler(|_| rt::lower_priority())
        .build()?;
    Ok(rt::spawn("generator", move || pool.install(|| worker.run()))?)
}

/// Counts an image that failed; the first failure of each kind is logged.
pub fn note_failure(faults: &Faults, error: &DreamError) {
    if error.is_not_finite() {
        if faults.happened(Kind::NotFinite) {
            tracing::warn!("{error}; the wall keeps the last good picture, and the next image starts from it");
        }
    } else if faults.happened(Kind::Generator) {
        tracing::warn!("{error}; the generator starts again, the wall plays on");
    }
}

/// An image was made: whatever was wrong is over.
pub fn note_success(faults: &Faults) {
    faults.recovered(Kind::Generator);
    faults.recovered(Kind::NotFinite);
}

/// Spoils images when the drill `nan@SECONDS` is due.
pub fn spoil_when_due(dreamer: &mut Dreamer, drills: &mut Drills, now: Seconds) {
    if drills.take(Trouble::NotFinite, now) {
        dreamer.spoil(SPOILT);
    }
}

impl Worker {
    /// Makes images until told to stop. Runs inside the generator's own thread pool.
    fn run(mut self) {
        rt::lower_priority();
        let mut in_a_row = 0;
        while !self.stop.is_set() {
            if let Some(next) = self.dreamers.as_ref().and_then(|next| next.try_recv().ok()) {
                self.dreamer = *next;
            }
            let began = self.wall.now();
            let input = self.input.read().clone();
            let made = catch_unwind(AssertUnwindSafe(|| self.image(&input)));
            match made {
                Ok(Ok(true)) => {
                    in_a_row = 0;
                    note_success(&self.faults);
                }
                Ok(Ok(false)) => std::thread::sleep(IDLE),
                Ok(Err(e)) => {
                    note_failure(&self.faults, &e);
                    self.recover(&mut in_a_row);
                }
                Err(_) => {
                    if self.faults.happened(Kind::Generator) {
                        tracing::warn!("the generator panicked; it starts again, the wall plays on");
                    }
                    self.recover(&mut in_a_row);
                }
            }
            self.rest(began, cancel_count(&input.snapshot));
        }
    }

    /// Waits 0.2 s, doubled with each fault in a row up to 1.6 s, so that a lasting fault does not use all the CPU. A
    /// cancel count that changes during the wait (a pad, a cut) ends it.
    fn recover(&self, in_a_row: &mut u32) {
        let wait_s = AFTER_FAULT_S * f64::from(1u32 << (*in_a_row).min(DOUBLINGS));
        *in_a_row += 1;
        let (began, before) = (self.wall.now(), self.cancel.get());
        while !self.stop.is_set() && self.cancel.get() == before && self.wall.now().since(began) < wait_s {
            std::thread::sleep(IDLE);
        }
    }

    /// One image; false when there was none to make.
    fn image(&mut self, input: &GeneratorInput) -> Result<bool, DreamError> {
        self.go_through_drills();
        let (wall, stop, cancel) = (self.wall, self.stop.clone(), self.cancel.clone());
        let before = cancel_count(&input.snapshot);
        let cancelled = || stop.is_set() || cancel.get() != before;
        let frame = self.dreamer.step(&input.snapshot, &input.clock, &|| wall.now(), &cancelled)?;
        let Some(frame) = frame else { return Ok(false) };
        self.frames.write(Some(Arc::new(frame)));
        self.made.fetch_add(1, Ordering::Relaxed);
        Ok(true)
    }

    /// Spoils images, hangs or panics when a debug fault is due.
    #[expect(clippy::panic, reason = "asked for on the command line, to rehearse recovery")]
    fn go_through_drills(&mut self) {
        let now = self.wall.now();
        spoil_when_due(&mut self.dreamer, &mut self.drills, now);
        if self.drills.take(Trouble::GeneratorHangs, now) {
            loop {
                std::thread::sleep(IDLE);
            }
        }
        if self.drills.take(Trouble::GeneratorPanics, now) {
            panic!("generator panic on purpose");
        }
    }

    /// Waits so that no more images a second are made than `dream.rate` asks for. A cancel count that is no longer
    /// `before`, that of the image just made (a pad, a cut), ends the wait.
    fn rest(&mut self, began: Seconds, before: u64) {
        while !self.stop.is_set() && self.cancel.get() == before {
            let rate = f64::from(self.input.read().snapshot.effective[param::DREAM_RATE]);
            if rate <= 0.0 || self.wall.now().since(began) >= 1.0 / rate {
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}
