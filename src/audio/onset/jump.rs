//! How far a band has just jumped up, in shares of its own strongest jumps.

use crate::audio::spectrum::{Band, Spectrum};

/// Hops a jump is compared with: together with the newest one, about the length of the window that hears it.
const BEFORE: usize = 4;
const LONGEST_HOLD: usize = 2;
/// Memory of how strong jumps are, longer than a break between kicks, and of how the band usually moves.
const STRONG_S: f32 = 12.0;
const USUAL_S: f32 = 2.0;

/// What counts as a jump of a band.
#[derive(Clone, Copy)]
pub struct Rules {
    pub band_hz: (f32, f32),
    /// The band must have grown to so many times its amplitude.
    pub growth: f32,
    /// It must have stayed up for so many hops more: 0 to 2.
    pub hold: usize,
    /// A strong jump is at least this share of all that is heard…
    pub of_all: f32,
    /// …and so many times what the band moves on average: noise jumps all the time, too.
    pub of_usual: f32,
}

/// What a band has just done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Jump {
    /// Shares of a strong jump; 0 when the band has not grown enough.
    pub weight: f32,
    /// From the lowest before to the lowest since, in amplitude.
    pub held: f32,
    /// From the lowest before to the highest since: much more than `held` when the sound is already gone.
    pub reached: f32,
}

/// The jumps of one band.
pub struct Jumps {
    rules: Rules,
    band: Band,
    hop_s: f32,
    /// The newest amplitudes, oldest first.
    recent: [f32; BEFORE + 1 + LONGEST_HOLD],
    strong: f32,
    usual: f32,
}

impl Jumps {
    /// `len` is the length of the window to come, in samples.
    pub fn new(rules: Rules, sample_rate_hz: f32, len: usize, hop_s: f32) -> Self {
        let band = Band::new(rules.band_hz, sample_rate_hz, len);
        Self { rules, band, hop_s, recent: [0.0; BEFORE + 1 + LONGEST_HOLD], strong: 0.0, usual: 0.0 }
    }

    /// One hop; `all` is the amplitude of everything heard lately. In silence nothing is learned, and nothing jumps.
    pub fn step(&mut self, spectrum: &Spectrum, all: f32, silent: bool) -> Jump {
        self.recent.rotate_left(1);
        self.recent[BEFORE + LONGEST_HOLD] = self.band.power(spectrum).sqrt();
        if silent {
            return Jump::default();
        }
        let (before, since) = self.recent[LONGEST_HOLD - self.rules.hold..].split_at(BEFORE);
        let lowest = |of: &[f32]| of.iter().copied().fold(f32::INFINITY, f32::min);
        let from = lowest(before);
        let held = (lowest(since) - from).max(0.0);
        let reached = since.iter().copied().fold(from, f32::max) - from;
        self.learn(held);
        let strong = self.strong.max(self.rules.of_all * all).max(self.rules.of_usual * self.usual);
        let grown = held > (self.rules.growth - 1.0) * from;
        Jump { weight: if grown { held / strong } else { 0.0 }, held, reached }
    }

    fn learn(&mut self, held: f32) {
        let keep = |memory_s: f32| (-self.hop_s / memory_s).exp();
        self.strong = held.max(self.strong * keep(STRONG_S));
        self.usual = held + (self.usual - held) * keep(USUAL_S);
    }
}
