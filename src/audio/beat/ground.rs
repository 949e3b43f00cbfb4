//! Whether there are drums: the level of the bass must swing, and its peaks come close to those of the whole. Applause
//! has no bass, and hum a steady one. By chance their onsets lie on a line now and then; this check keeps such a line
//! from leading the clock.

use crate::audio::spectrum::{Band, Spectrum, power_db};

/// Below the fundamental of a man's voice.
const BASS_HZ: (f32, f32) = (30.0, 85.0);
const ALL_HZ: (f32, f32) = (25.0, 16_000.0);
/// Highs and lows of the levels close in at this pace: slower than a beat's own rise and fall.
const FORGET_DB_PER_S: f32 = 6.0;
/// The bass moves by this much, and its peaks come this close to those of everything.
const SWING_DB: f32 = 5.0;
const WEIGHT_DB: f32 = 12.0;
/// A sound is not judged before it fills the window.
const OPENING_S: f32 = 0.1;
/// Seconds for which drums count as present after they were seen.
const HANG_S: f32 = 8.0;

pub struct Ground {
    bass: Band,
    all: Band,
    hop_s: f32,
    bass_high_db: f32,
    bass_low_db: f32,
    all_high_db: f32,
    opening_s: f32,
    left_s: f32,
}

impl Ground {
    pub fn new(sample_rate_hz: f32, len: usize, hop_s: f32) -> Self {
        let band = |edges_hz| Band::new(edges_hz, sample_rate_hz, len);
        Self {
            bass: band(BASS_HZ),
            all: band(ALL_HZ),
            hop_s,
            bass_high_db: -100.0,
            bass_low_db: -100.0,
            all_high_db: -100.0,
            opening_s: OPENING_S,
            left_s: 0.0,
        }
    }

    /// One hop; whether there have been drums within the last seconds.
    pub fn step(&mut self, spectrum: &Spectrum, silent: bool) -> bool {
        let (bass, all) = (power_db(self.bass.power(spectrum)), power_db(self.all.power(spectrum)));
        if silent {
            // The beginning of a sound must not count as a swing of its level.
            (self.bass_high_db, self.bass_low_db, self.all_high_db, self.left_s) = (bass, bass, all, 0.0);
            self.opening_s = OPENING_S;
        } else if self.opening_s > 0.0 {
            self.opening_s -= self.hop_s;
            (self.bass_high_db, self.bass_low_db, self.all_high_db) = (bass, bass, all);
        }
        let forgotten = FORGET_DB_PER_S * self.hop_s;
        self.bass_high_db = bass.max(self.bass_high_db - forgotten);
        self.bass_low_db = bass.min(self.bass_low_db + forgotten);
        self.all_high_db = all.max(self.all_high_db - forgotten);
        let swings = self.bass_high_db - self.bass_low_db > SWING_DB;
        let carries = self.bass_high_db > self.all_high_db - WEIGHT_DB;
        self.left_s = if swings && carries { HANG_S } else { (self.left_s - self.hop_s).max(0.0) };
        self.left_s > 0.0
    }
}
