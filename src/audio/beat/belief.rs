//! How likely the beat being told is right: from how far the pointer has made up its mind, and from how strongly the
//! network saw a beat wherever the pointer passed one.
//!
//! Calibrated on the tuned-on kinds of the bench: of the beats told with 0.9 or more, nine of ten are right.

use super::network::Hint;
use super::pointer::Posterior;

/// What is nearer to a beat than this, in beats, belongs to it.
const BEFORE: f32 = 0.88;
const AFTER: f32 = 0.15;
/// Support below the first is none, from the second on it is full.
const SUPPORT: (f32, f32) = (0.1, 0.5);
/// The product of both is too modest by far; its fourth root is right about as often as it says.
const CALIBRATION: f32 = 0.25;
/// Support is averaged over about so many beats, or over all there were.
const BEATS: f32 = 5.0;

#[derive(Clone, Copy, Debug, Default)]
pub struct Belief {
    concentration: f32,
    /// Mean height of the network's spikes at the pointer's beats, 0..1.
    support: f32,
    beats: f32,
    /// The highest spikes around the beat being passed.
    beat: f32,
    downbeat: f32,
    near: bool,
}

impl Belief {
    /// One frame. When a beat has been passed: how likely it was a downbeat, if it was a beat.
    pub fn step(&mut self, seen: &Posterior, hint: Hint) -> Option<f32> {
        self.concentration = seen.confidence;
        if seen.phase > BEFORE || seen.phase < AFTER {
            self.near = true;
            self.beat = hint.beat.max(self.beat);
            self.downbeat = hint.downbeat.max(self.downbeat);
            return None;
        }
        if !std::mem::take(&mut self.near) {
            return None;
        }
        let (beat, downbeat) = (std::mem::take(&mut self.beat), std::mem::take(&mut self.downbeat));
        self.beats = (self.beats + 1.0).min(BEATS);
        self.support += (beat - self.support) / self.beats;
        Some(downbeat / beat.max(0.05))
    }

    /// 0..1.
    pub fn confidence(&self) -> f32 {
        let support = ((self.support - SUPPORT.0) / (SUPPORT.1 - SUPPORT.0)).clamp(0.0, 1.0);
        (self.concentration * support).powf(CALIBRATION)
    }
}
