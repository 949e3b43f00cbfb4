//! Faults of the audio cable: a DC offset, and one channel with inverted polarity.

use super::follow::follow;
use super::front::Hop;

/// Time constant of the smoothing, so that a fault is reported only when it lasts.
const CABLE_S: f32 = 2.0;
const DC_LEVEL: f32 = 0.01;
/// So many times the power of half the sum is the power of half the channels' difference when one is inverted.
const INVERTED_RATIO: f32 = 16.0;

/// Smoothed over seconds.
#[derive(Default)]
pub(super) struct Cable {
    mean: f32,
    /// Powers of the mix, freed of its DC offset, and of half the difference of the channels.
    mid_power: f32,
    side_power: f32,
}

impl Cable {
    /// One hop of `dt` seconds.
    pub fn step(&mut self, hop: &Hop, dt: f32) {
        self.mean = follow(self.mean, hop.mean, (CABLE_S, CABLE_S), dt);
        self.mid_power = follow(self.mid_power, hop.power, (CABLE_S, CABLE_S), dt);
        self.side_power = follow(self.side_power, hop.side_power, (CABLE_S, CABLE_S), dt);
    }

    /// Whether there is a DC offset of more than [`DC_LEVEL`].
    pub fn has_dc(&self) -> bool {
        self.mean.abs() > DC_LEVEL
    }

    /// Whether the channels cancel each other out.
    pub fn is_inverted(&self) -> bool {
        self.side_power > INVERTED_RATIO * self.mid_power
    }
}
