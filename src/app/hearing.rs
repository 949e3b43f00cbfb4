//! The analysis thread: analyses new samples every two milliseconds and publishes the features, newest wins.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;
use std::time::Duration;

use super::TELL_S;
use super::keep::Notes;
use super::show_clock::ShowClock;
use super::sound::{Sound, SoundFigures};
use crate::audio::{Features, LevelMemory, ListenSettings};
use crate::rt::{self, Reader, Stop, Writer};
use crate::telemetry::{Attempts, Faults, Kind};

/// How often the analysis looks for new samples.
const LISTEN: Duration = Duration::from_millis(2);
/// Seconds between two publications of the learned levels, which the status thread saves.
const TELL_MEMORY_S: f64 = 5.0;

/// The running thread.
pub struct Hearing {
    thread: JoinHandle<SoundFigures>,
    /// Its figures, `TELL_S` old at most.
    told: Reader<SoundFigures>,
    /// What is heard, for the report of a thread that does not leave.
    source: String,
}

/// The cells through which other threads reach the running analysis.
pub struct HearingCells {
    pub features: Reader<Features>,
    pub settings: Writer<ListenSettings>,
    /// The learned levels and the file they are saved to; `None` where nothing is kept.
    pub notes: Option<Notes>,
}

/// Where the thread puts what it heard.
struct Outlets {
    features: Writer<Features>,
    memory: Writer<LevelMemory>,
    heard: Writer<SoundFigures>,
}

impl Hearing {
    /// Starts the thread.
    ///
    /// # Errors
    /// When there is no thread for it.
    pub fn spawn(sound: Sound, wall: ShowClock, faults: &Faults, stop: &Stop) -> std::io::Result<(Self, HearingCells)> {
        let (features_in, features) = rt::cell(Features::default());
        let (settings_in, settings) = rt::cell(ListenSettings::default());
        let (memory_in, memory) = rt::cell(sound.memory());
        let (heard_in, told) = rt::cell(SoundFigures::default());
        let notes = sound.notebook().map(|book| Notes { book, memory });
        let source = sound.heard().source;
        let out = Outlets { features: features_in, memory: memory_in, heard: heard_in };
        let (attempts, stop) = (Attempts::new(faults, Kind::Analysis), stop.clone());
        let thread = rt::spawn("analysis", move || hear(sound, out, settings, wall, attempts, &stop))?;
        Ok((Self { thread, told, source }, HearingCells { features, settings: settings_in, notes }))
    }

    /// Waits for the thread to leave. Returns its figures and whether it left in time; if not, they are up to `TELL_S`
    /// old.
    pub fn join(mut self, deadline: Duration) -> (SoundFigures, bool) {
        match Stop::join(self.thread, deadline) {
            Some(heard) => (heard, true),
            None => (SoundFigures { source: self.source, ..self.told.read().clone() }, false),
        }
    }
}

fn hear(
    mut sound: Sound,
    mut out: Outlets,
    mut settings: Reader<ListenSettings>,
    wall: ShowClock,
    mut attempts: Attempts,
    stop: &Stop,
) -> SoundFigures {
    let (mut memory_told, mut figures_told) = (wall.now(), wall.now());
    while !stop.is_set() {
        let settings = *settings.read();
        let heard = catch_unwind(AssertUnwindSafe(|| sound.step(wall.now(), settings)));
        attempts.note(heard.is_ok());
        // On a panic the default (silent) features are published, so that the last beat does not repeat.
        out.features.write(heard.unwrap_or_default());
        if wall.now().since(memory_told) >= TELL_MEMORY_S {
            memory_told = wall.now();
            out.memory.write(sound.memory());
        }
        if wall.now().since(figures_told) >= TELL_S {
            figures_told = wall.now();
            out.heard.write(sound.figures());
        }
        std::thread::sleep(LISTEN);
    }
    sound.heard()
}
