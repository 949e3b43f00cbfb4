//! How much this instant sounds like a beat, 0..1: rises in three bands, each against its own usual rise.
//!
//! Log-frequency flux with the maximum filter of SuperFlux (Böck & Widmer 2013: a note that glides is no onset).
//! Saturation makes kick and snare alike, so that the backbeat does not halve the tempo; taking only rising edges
//! makes all spikes one shape; hats count less, so that they do not double it.

use crate::audio::spectrum::{Band, Spectrum};

const BANDS_PER_OCTAVE: f32 = 12.0;
const LOWEST_HZ: f32 = 30.0;
const HIGHEST_HZ: f32 = 16_000.0;
/// Where low ends and where high begins.
const SPLITS_HZ: [f32; 2] = [180.0, 3000.0];
const WEIGHTS: [f32; 3] = [1.0, 1.0, 0.4];
/// Y = ln(1 + λ·amplitude): 512 makes a full-scale sine what an unnormalised Hann transform of 2048 would give.
const LAMBDA: f32 = 512.0;
/// Rises are measured over this many hops: half of what the window takes to fill.
const LAG: usize = 3;
const USUAL_S: f32 = 3.0;
/// Less than this is the unrest of a steady sound such as hum; a kick 40 dB down rises by 20.
const LOWEST_USUAL: f32 = 4.0;
const PEAK_S: f32 = 4.0;
const LOWEST_PEAK: f32 = 0.05;
/// Never less than this: a beat is wider than the spike of its onset, and the hops beside it must not count against it.
const FLOOR: f32 = 0.02;

pub struct Activation {
    bands: Vec<(Band, usize)>,
    /// The last [`LAG`] frames of log amplitudes and the newest, as a ring; a frame is `bands.len()` long.
    frames: Vec<f32>,
    newest: usize,
    usual: [f32; 3],
    before: [f32; 3],
    peak: f32,
    keep_usual: f32,
    keep_peak: f32,
}

impl Activation {
    pub fn new(sample_rate_hz: f32, len: usize, hop_s: f32) -> Self {
        let bands = log_bands(sample_rate_hz, len);
        Self {
            frames: vec![0.0; bands.len() * (LAG + 1)],
            bands,
            newest: 0,
            usual: [LOWEST_USUAL; 3],
            before: [0.0; 3],
            peak: LOWEST_PEAK,
            keep_usual: (-hop_s / USUAL_S).exp(),
            keep_peak: (-hop_s / PEAK_S).exp(),
        }
    }

    /// The activation of one hop, 0.02..0.98.
    pub fn step(&mut self, spectrum: &Spectrum) -> f32 {
        let flux = self.flux(spectrum);
        let mut rise = 0.0;
        for (g, flux) in flux.into_iter().enumerate() {
            self.usual[g] = flux.max(self.usual[g] * self.keep_usual).max(LOWEST_USUAL);
            let saturated = flux / (flux + 0.5 * self.usual[g]);
            rise += WEIGHTS[g] * (saturated - self.before[g]).max(0.0);
            self.before[g] = saturated;
        }
        self.peak = rise.max(self.peak * self.keep_peak).max(LOWEST_PEAK);
        (rise / self.peak).clamp(FLOOR, 0.98)
    }

    fn flux(&mut self, spectrum: &Spectrum) -> [f32; 3] {
        let count = self.bands.len();
        self.newest = (self.newest + 1) % (LAG + 1);
        let now = self.newest * count;
        for (k, (band, _)) in self.bands.iter().enumerate() {
            self.frames[now + k] = (1.0 + LAMBDA * band.power(spectrum).sqrt()).ln();
        }
        // The oldest frame of the ring is the next to be overwritten.
        let old = (self.newest + 1) % (LAG + 1) * count;
        let (now, old) = (&self.frames[now..now + count], &self.frames[old..old + count]);
        let mut flux = [0.0; 3];
        for (k, (_, group)) in self.bands.iter().enumerate() {
            let before = old[k.saturating_sub(1)..(k + 2).min(count)].iter().copied().fold(0.0, f32::max);
            flux[*group] += (now[k] - before).max(0.0);
        }
        flux
    }
}

/// Bands a twelfth of an octave apart, no narrower than a bin, each with the group it belongs to.
fn log_bands(sample_rate_hz: f32, len: usize) -> Vec<(Band, usize)> {
    let (bin_hz, highest_hz) = (sample_rate_hz / len as f32, HIGHEST_HZ.min(0.45 * sample_rate_hz));
    let (mut bands, mut low_hz) = (Vec::new(), LOWEST_HZ);
    while low_hz < highest_hz {
        let high_hz = (low_hz * (1.0 / BANDS_PER_OCTAVE).exp2()).max(low_hz + bin_hz);
        let group = SPLITS_HZ.iter().filter(|split| low_hz >= **split).count();
        bands.push((Band::new((low_hz, high_hz), sample_rate_hz, len), group));
        low_hz = high_hz;
    }
    bands
}
