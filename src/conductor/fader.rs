//! Blackout, which `master.fade` stretches over beats.

use crate::param::{self, Values};
use crate::units::Bpm;

/// How black the wall is: 0 open, 1 black.
#[derive(Default)]
pub struct Fader(pub f32);

impl Fader {
    /// Moves on by `elapsed_s` seconds towards what `master.blackout` says.
    pub fn step(&mut self, unmodulated: &Values, elapsed_s: f64, bpm: Bpm) {
        let goal = if unmodulated.on(param::MASTER_BLACKOUT) { 1.0 } else { 0.0 };
        let beats = f64::from(unmodulated[param::MASTER_FADE]);
        let travel = if beats > 0.0 { (elapsed_s * bpm.beats_per_second() / beats) as f32 } else { 1.0 };
        self.0 += (goal - self.0).clamp(-travel, travel);
    }
}
