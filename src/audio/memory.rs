//! What the ears have learned about a room's levels, kept across a restart: a crash in the middle of the night must not
//! make a quiet passage loud.
//!
//! Copied out of the analysis now and then, written by a thread that may wait for a disk.

use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::gain::{AutoGain, Learned};

/// Automatic gains there are: three wide bands, eight narrow ones, loudness.
pub(super) const GAINS: usize = 12;
/// After this long it is another night.
const FORGOTTEN: Duration = Duration::from_secs(12 * 3600);

/// The state of every automatic gain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Memory([Learned; GAINS]);

/// What is in the file.
#[derive(Deserialize, Serialize)]
struct Written {
    /// The input it was learned on.
    input: String,
    gains: Vec<WrittenGain>,
}

#[derive(Deserialize, Serialize)]
struct WrittenGain {
    histogram: Vec<f32>,
    heard_s: f32,
    bottom_db: f32,
    top_db: f32,
}

impl Memory {
    pub(super) fn of<'a>(gains: impl Iterator<Item = &'a AutoGain>) -> Self {
        let mut all = [Learned::default(); GAINS];
        all.iter_mut().zip(gains).for_each(|(slot, gain)| *slot = gain.learned());
        Self(all)
    }

    pub(super) fn teach<'a>(&self, gains: impl Iterator<Item = &'a mut AutoGain>) {
        self.0.iter().zip(gains).for_each(|(learned, gain)| gain.remember(learned));
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
        let written = Written { input: input.to_owned(), gains: self.0.iter().map(gain).collect() };
        let text = serde_json::to_string(&written)?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let fresh = path.with_extension("new");
        std::fs::write(&fresh, text)?;
        std::fs::rename(&fresh, path)
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
        Some(Self(all))
    }
}
