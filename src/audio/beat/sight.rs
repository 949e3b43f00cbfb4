//! What the network sees of the sound, [`FRAME_HZ`] times a second whatever the sample rate: log amplitudes of bands a
//! quarter of an octave wide, relative to the loudest of the last seconds, and how much each has risen over two frames.
//! It sees two frames at a time.
//!
//! A ghost stays a ghost: every band is measured against the whole, not against itself. A rise counts against the
//! loudest of its neighbours before it (the maximum filter of SuperFlux, Böck & Widmer 2013: a note that glides is no
//! onset). `models/ears/train/features.py` computes the same.

use crate::audio::spectrum::{Band, Spectrum};

/// Frames a second: every second hop at 44.1 kHz.
pub const FRAME_HZ: f64 = 44_100.0 / 512.0;
pub const BANDS: usize = 33;
/// Of two frames: the levels of the newer, the rises of the older, the rises of the newer.
pub const INPUTS: usize = 3 * BANDS;

const BANDS_PER_OCTAVE: f32 = 4.0;
const LOWEST_HZ: f32 = 30.0;
const HIGHEST_HZ: f32 = 16_000.0;
/// No band is narrower: a bin of 2048 at 44.1 kHz.
const NARROWEST_HZ: f32 = 44_100.0 / 2048.0;
/// ln(1 + λ·a): what is 46 dB below the loudest is still told apart.
const LAMBDA: f32 = 200.0;
/// The loudest is forgotten with this time constant, and is never less than −80 dBFS.
const LOUDEST_S: f64 = 6.0;
const QUIETEST: f32 = 1e-4;
/// A rise is measured over so many frames: what the window takes to fill.
const LAG: usize = 2;
/// Rounding must not put a frame off by a whole hop.
const ON_TIME_S: f64 = 1e-6;

pub struct Sight {
    hop_s: f64,
    bands: Vec<Band>,
    /// Amplitudes of the newest hop, and of the one before.
    newest: [f32; BANDS],
    before: [f32; BANDS],
    /// Seconds from the newest hop's end to the end of the next frame.
    due_s: f64,
    loudest: f32,
    keep: f32,
    /// Levels of the last frames, oldest first.
    levels: [[f32; BANDS]; LAG],
    started: bool,
    /// The rises of a frame that waits for its second.
    first: Option<[f32; BANDS]>,
}

impl Sight {
    /// For spectra of `len` samples every `hop_s` seconds; a frame is longer than a hop.
    pub fn new(sample_rate_hz: f32, len: usize, hop_s: f64) -> Self {
        Self {
            hop_s,
            bands: edges_hz().map(|edges| Band::new(edges, sample_rate_hz, len)).collect(),
            newest: [0.0; BANDS],
            before: [0.0; BANDS],
            due_s: 1.0 / FRAME_HZ,
            loudest: QUIETEST,
            keep: (-1.0 / FRAME_HZ / LOUDEST_S).exp() as f32,
            levels: [[0.0; BANDS]; LAG],
            started: false,
            first: None,
        }
    }

    /// One hop. Where a second frame ends in it: what the network sees, and how long before the hop's end that was, in
    /// seconds.
    pub fn step(&mut self, spectrum: &Spectrum) -> Option<([f32; INPUTS], f64)> {
        self.due_s -= self.hop_s;
        // Only the hops on both sides of a frame's end are looked at.
        if self.due_s < self.hop_s - ON_TIME_S {
            self.before = self.newest;
            for (amplitude, band) in self.newest.iter_mut().zip(&self.bands) {
                *amplitude = band.power(spectrum).sqrt();
            }
        }
        if self.due_s > ON_TIME_S {
            return None;
        }
        let ago_s = -self.due_s;
        self.due_s += 1.0 / FRAME_HZ;
        let share = (ago_s / self.hop_s).clamp(0.0, 1.0) as f32;
        let (level, rise) =
            self.frame(std::array::from_fn(|k| self.newest[k] + (self.before[k] - self.newest[k]) * share));
        let Some(first) = self.first.take() else {
            self.first = Some(rise);
            return None;
        };
        let mut seen = [0.0; INPUTS];
        for (part, of) in seen.chunks_exact_mut(BANDS).zip([level, first, rise]) {
            part.copy_from_slice(&of);
        }
        Some((seen, ago_s))
    }

    /// Levels and rises of a frame, from the amplitudes of its bands.
    fn frame(&mut self, amplitudes: [f32; BANDS]) -> ([f32; BANDS], [f32; BANDS]) {
        let all = amplitudes.iter().map(|a| a * a).sum::<f32>().sqrt();
        self.loudest = all.max(self.loudest * self.keep).max(QUIETEST);
        let level = amplitudes.map(|a| (LAMBDA * a / self.loudest).ln_1p() / LAMBDA.ln_1p());
        if !std::mem::replace(&mut self.started, true) {
            self.levels = [level; LAG];
        }
        let past = &self.levels[0];
        let wide = |k: usize| past[k.saturating_sub(1)..(k + 2).min(BANDS)].iter().copied().fold(0.0, f32::max);
        let rise = std::array::from_fn(|k| (level[k] - wide(k)).max(0.0));
        self.levels.rotate_left(1);
        self.levels[LAG - 1] = level;
        (level, rise)
    }
}

/// Edges of the bands, low to high. Above half the sample rate they stay empty.
fn edges_hz() -> impl Iterator<Item = (f32, f32)> {
    let mut low = LOWEST_HZ;
    std::iter::from_fn(move || {
        let high = (low * (1.0 / BANDS_PER_OCTAVE).exp2()).max(low + NARROWEST_HZ);
        let edges = (low, high);
        low = high;
        (edges.0 < HIGHEST_HZ).then_some(edges)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_bands_as_the_network_was_taught() {
        assert_eq!(edges_hz().count(), BANDS);
    }
}
