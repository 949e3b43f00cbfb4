//! A second hand: club tracks by somebody else, with exact truth, for the tracker to be judged on.
//!
//! It was written without a look at the tracker or at the clips that the tracker grew up with, and shares nothing with
//! them: its drums, basses, patterns and rooms are its own. Half of its kinds may be looked at while the tracker is tuned;
//! the other half are there to be surprised by.

pub mod ambiguous;
mod bass;
mod channel;
pub mod drops;
mod drums;
mod dsp;
mod form;
mod fresh;
mod fx;
mod keys;
mod kit;
mod metal;
pub mod negatives;
mod rng;
mod song;
mod strange;
#[cfg(test)]
mod tests;
mod tuned;
mod unseen;

use rng::Rng;
use song::Song;

use super::Truth;

/// How many takes there are of a kind.
pub const TAKES: usize = 6;
/// Longest take of a kind, in seconds.
const LENGTH_S: f64 = 63.9;

/// A kind of music, of which [`TAKES`] takes can be had.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    pub name: &'static str,
    /// Whether the tracker may be tuned on it.
    pub tuned: bool,
    /// Its natural tempi.
    bpm: (f64, f64),
    write: fn(&mut Song),
    /// Whether more may be laid over it; not where it is about what is missing.
    spiced: bool,
}

/// A clip: mono at [`super::SAMPLE_RATE_HZ`] in −1..1, and the truth about it.
#[derive(Clone, Debug)]
pub struct Take {
    pub name: String,
    pub bpm: f64,
    pub samples: Vec<f32>,
    pub truth: Truth,
}

/// A kind that was never looked at.
const fn kind(name: &'static str, lo: f64, hi: f64, write: fn(&mut Song)) -> Kind {
    Kind { name, tuned: false, bpm: (lo, hi), write, spiced: true }
}

/// One over which nothing more is laid.
const fn bare(name: &'static str, lo: f64, hi: f64, write: fn(&mut Song)) -> Kind {
    Kind { spiced: false, ..kind(name, lo, hi, write) }
}

impl Kind {
    /// The tempo of take `n`, and the dice for the rest of it.
    fn tempo(&self, n: usize) -> (f64, Rng) {
        let mut rng = Rng::named(self.name, n as u64);
        let along = (n as f64 + rng.range(0.3, 0.7)) / TAKES as f64;
        let bpm = self.bpm.0 + (self.bpm.1 - self.bpm.0) * along;
        // Many tracks are made at a whole tempo; others are pitched by a DJ.
        let whole = rng.chance(0.5) && self.bpm.1 - self.bpm.0 > 10.0;
        let bpm = if whole { bpm.round() } else { (bpm * 100.0).round() / 100.0 };
        (bpm, rng)
    }

    /// Take `n` of [`TAKES`]: each its own part of the range of tempi, its own sounds and patterns.
    #[must_use]
    pub fn take(&self, n: usize) -> Take {
        let (bpm, rng) = self.tempo(n);
        let mut song = Song::new(self.name, bpm, LENGTH_S, rng);
        (self.write)(&mut song);
        if self.spiced {
            song.spice();
        }
        let mut take = song.finish();
        take.name = format!("{}-{}", self.name, n);
        take
    }
}

/// All kinds: those that may be tuned on, then the others.
#[must_use]
pub fn kinds() -> Vec<Kind> {
    let tuned = tuned::KINDS.into_iter().map(|kind| Kind { tuned: true, ..kind });
    tuned.chain(unseen::KINDS).chain(fresh::KINDS).collect()
}
