//! The eight bands that routes can use: each has a level after an automatic gain of its own, three envelopes of it, and
//! a clock that runs faster while the band is loud.

use super::follow::follow;
use super::gain::{AutoGain, GainConfig};
use super::spectrum::{Band, Spectrum, power_db};

pub const BANDS: usize = 8;
/// What the bands are called in shows, low to high.
pub const BAND_NAMES: [&str; BANDS] = ["sub", "kick", "bass", "lowmid", "mid", "highmid", "treble", "air"];
const EDGES_HZ: [f32; BANDS + 1] = [25.0, 60.0, 120.0, 250.0, 500.0, 2000.0, 5000.0, 9000.0, 16_000.0];

/// Attack and release in seconds.
const FAST_S: (f32, f32) = (0.005, 0.120);
const PRESENCE_S: (f32, f32) = (0.4, 1.5);
const HIT_DECAY_S: f32 = 0.120;
/// A rise of the level over this many hops (about 20 ms) is a hit from this size on.
const LAG: usize = 4;
const HIT_FROM: f32 = 0.25;
/// Rate of a band's clock at level 0, and what full level adds to it, in seconds a second.
const CLOCK_IDLE: f32 = 0.15;
const CLOCK_MORE: f32 = 1.85;

/// One band at one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BandFeatures {
    /// Power in dB, unsmoothed; 0 is a full-scale sine inside the band.
    pub db: f32,
    /// After automatic gain, 0..1, unsmoothed.
    pub level: f32,
    /// The level with an attack of 5 ms and a release of 120 ms.
    pub fast: f32,
    /// The level over half a second up and one and a half down: is it there at all.
    pub presence: f32,
    /// A sudden rise, by its size, falling off with 120 ms.
    pub hit: f32,
    /// Seconds that pass up to twice as fast while the band is loud.
    pub clock_s: f64,
}

impl Default for BandFeatures {
    fn default() -> Self {
        Self { db: super::FLOOR_DB, level: 0.0, fast: 0.0, presence: 0.0, hit: 0.0, clock_s: 0.0 }
    }
}

/// Measures the power in the bands; made anew for another sample rate.
pub(super) struct BandMeter([Band; BANDS]);

impl BandMeter {
    pub fn new(sample_rate_hz: f32, len: usize) -> Self {
        Self(std::array::from_fn(|k| Band::new((EDGES_HZ[k], EDGES_HZ[k + 1]), sample_rate_hz, len)))
    }

    pub fn db(&self, spectrum: &Spectrum) -> [f32; BANDS] {
        std::array::from_fn(|k| power_db(self.0[k].power(spectrum)))
    }
}

/// Follows the bands; what it has learned survives a change of device.
pub(super) struct BandFollower {
    gains: [AutoGain; BANDS],
    /// The levels of the last hops, oldest first.
    recent: [[f32; BANDS]; LAG],
}

impl BandFollower {
    pub fn new() -> Self {
        // Club music falls by about 4 dB an octave.
        let gain = |k: usize| {
            let first_top_db = -14.0 - 4.0 * k as f32;
            let lowest_top_db = first_top_db - 35.0;
            AutoGain::new(GainConfig {
                memory_s: 120.0,
                first_memory_s: 8.0,
                settle_s: 20.0,
                lowest_top_db,
                first_top_db,
            })
        };
        Self { gains: std::array::from_fn(gain), recent: [[0.0; BANDS]; LAG] }
    }

    pub fn gains(&self) -> &[AutoGain; BANDS] {
        &self.gains
    }

    pub fn gains_mut(&mut self) -> &mut [AutoGain; BANDS] {
        &mut self.gains
    }

    /// One hop of `dt` seconds.
    pub fn step(&mut self, db: [f32; BANDS], silent: bool, dt: f32, out: &mut [BandFeatures; BANDS]) {
        let mut levels = [0.0; BANDS];
        for (k, band) in out.iter_mut().enumerate() {
            if !silent {
                self.gains[k].observe(db[k], dt);
                levels[k] = self.gains[k].level(db[k]);
                band.clock_s += f64::from(dt * (CLOCK_IDLE + CLOCK_MORE * levels[k] * levels[k]));
            }
            let before = self.recent.iter().map(|hop| hop[k]).fold(1.0, f32::min);
            let rise = ((levels[k] - before - HIT_FROM) / (1.0 - HIT_FROM)).clamp(0.0, 1.0);
            band.db = db[k];
            band.level = levels[k];
            band.fast = follow(band.fast, levels[k], FAST_S, dt);
            band.presence = follow(band.presence, levels[k], PRESENCE_S, dt);
            band.hit = rise.max(band.hit * (-dt / HIT_DECAY_S).exp());
        }
        self.recent.rotate_left(1);
        self.recent[LAG - 1] = levels;
    }
}
