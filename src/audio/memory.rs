//! The learned levels and the energy, kept across a restart: after a crash the automatic gains and the energy go on
//! from where they were.
//!
//! Copied out of the analysis now and then, written by a thread that may wait for a disk.

use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::gain::{AutoGain, Learned};
use crate::disk::{self, Durable};

/// Automatic gains there are: three wide bands, eight narrow ones, loudness.
pub(super) const GAINS: usize = 12;
/// An older file is ignored: it is of another night.
const FORGOTTEN: Duration = Duration::from_secs(12 * 3600);

/// The energy of a file up to so many seconds old is kept whole; beyond that it is halved every `HALF_FORGOTTEN_S`.
const RESTARTED_S: f32 = 60.0;
const HALF_FORGOTTEN_S: f32 = 300.0;

/// The state of every automatic gain, and the energy over seconds and over a minute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelMemory {
    gains: [Learned; GAINS],
    pub(super) energy: f32,
    pub(super) energy_long: f32,
}

/// What is in the file.
#[derive(Deserialize, Serialize)]
struct Written {
    /// The input it was learned on.
    input: String,
    #[serde(default)]
    energy: f32,
    #[serde(default)]
    energy_long: f32,
    gains: Vec<WrittenGain>,
}

#[derive(Deserialize, Serialize)]
struct WrittenGain {
    histogram: Vec<f32>,
    heard_s: f32,
    bottom_db: f32,
    top_db: f32,
}

impl LevelMemory {
    pub(super) fn of<'a>(gains: impl Iterator<Item = &'a AutoGain>, energy: f32, energy_long: f32) -> Self {
        let mut all = [Learned::default(); GAINS];
        all.iter_mut().zip(gains).for_each(|(slot, gain)| *slot = gain.learned());
        Self { gains: all, energy, energy_long }
    }

    pub(super) fn teach<'a>(&self, gains: impl Iterator<Item = &'a mut AutoGain>) {
        self.gains.iter().zip(gains).for_each(|(learned, gain)| gain.remember(learned));
    }

    /// Writes it for `input`, over what is there; the old file stays when the disk is full.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: &Path, input: &str) -> std::io::Result<()> {
        let gain = |learned: &Learned| WrittenGain {
            histogram: learned.histogram.to_vec(),
            heard_s: learned.heard_s,
            bottom_db: learned.bottom_db,
            top_db: learned.top_db,
        };
        let Self { gains, energy, energy_long } = *self;
        let written = Written { input: input.to_owned(), energy, energy_long, gains: gains.iter().map(gain).collect() };
        let text = serde_json::to_string(&written)?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        disk::write(path, Durable::Now, |file| file.write_all(text.as_bytes()))
    }

    /// What was learned on `input` less than half a day ago; `None` when there is nothing usable.
    #[must_use]
    pub fn load(path: &Path, input: &str) -> Option<Self> {
        let age = SystemTime::now().duration_since(std::fs::metadata(path).ok()?.modified().ok()?).ok()?;
        let written: Written = serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok()?;
        if age > FORGOTTEN || written.input != input || written.gains.len() != GAINS {
            return None;
        }
        let mut all = [Learned::default(); GAINS];
        for (slot, gain) in all.iter_mut().zip(written.gains) {
            let histogram = gain.histogram.try_into().ok()?;
            let learned = Learned { histogram, heard_s: gain.heard_s, bottom_db: gain.bottom_db, top_db: gain.top_db };
            *slot = learned.is_sane().then_some(learned)?;
        }
        let kept = 0.5f32.powf((age.as_secs_f32() - RESTARTED_S).max(0.0) / HALF_FORGOTTEN_S);
        let energy = |written: f32| if (0.0..=1.0).contains(&written) { kept * written } else { 0.0 };
        Some(Self { gains: all, energy: energy(written.energy), energy_long: energy(written.energy_long) })
    }
}
