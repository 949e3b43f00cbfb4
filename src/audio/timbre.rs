//! The colour of the sound: how bright, how noisy, how much it changes, and the spectrum as a picture of itself.

use super::spectrum::{Band, Spectrum, power_db};

pub const SPECTRUM_BANDS: usize = 64;
const LOWEST_HZ: f32 = 30.0;
const HIGHEST_HZ: f32 = 16_000.0;
/// Music falls by about this much an octave; lifted by it, highs move as much as lows.
const TILT_DB_PER_OCTAVE: f32 = 3.0;
/// What the spectrum shows, top to bottom.
const RANGE_DB: f32 = 48.0;
/// Y = ln(1 + λ·amplitude), as in the beat tracker; flux is a share of this much rise in every band.
const LAMBDA: f32 = 512.0;
const FULL_FLUX: f32 = 1.5;

/// What the spectrum of one hop says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timbre {
    /// Rise of log amplitudes since the last hop, averaged over the bands, 0..1.
    pub flux: f32,
    /// Where the power lies, 0..1 from 30 Hz to 16 kHz in octaves.
    pub centroid: f32,
    /// Geometric over arithmetic mean of the band powers, 0..1: a tone is near 0, noise near 1.
    pub flatness: f32,
    /// Level of 64 bands, a seventh of an octave each, 0..255, lifted towards the highs.
    pub spectrum: [u8; SPECTRUM_BANDS],
}

impl Default for Timbre {
    fn default() -> Self {
        Self { flux: 0.0, centroid: 0.0, flatness: 0.0, spectrum: [0; SPECTRUM_BANDS] }
    }
}

pub(super) struct TimbreMeter {
    bands: Vec<Band>,
    before: [f32; SPECTRUM_BANDS],
    /// Octaves of the whole range.
    octaves: f32,
}

impl TimbreMeter {
    pub fn new(sample_rate_hz: f32, len: usize) -> Self {
        let octaves = (HIGHEST_HZ / LOWEST_HZ).log2();
        let edge = |k: usize| LOWEST_HZ * (octaves * k as f32 / SPECTRUM_BANDS as f32).exp2();
        let bin_hz = sample_rate_hz / len as f32;
        // Low bands that would be narrower than a bin are widened to one.
        let band = |k: usize| Band::new((edge(k), edge(k + 1).max(edge(k) + bin_hz)), sample_rate_hz, len);
        Self { bands: (0..SPECTRUM_BANDS).map(band).collect(), before: [0.0; SPECTRUM_BANDS], octaves }
    }

    /// One hop; `top_db` is what counts as loud.
    pub fn measure(&mut self, spectrum: &Spectrum, top_db: f32) -> Timbre {
        let mut out = Timbre::default();
        let (mut sum, mut moment, mut logs, mut rise) = (1e-20, 0.0, 0.0, 0.0);
        for (k, band) in self.bands.iter().enumerate() {
            let power = band.power(spectrum);
            let place = (k as f32 + 0.5) / SPECTRUM_BANDS as f32;
            sum += power;
            moment += power * place;
            logs += (power + 1e-12).ln();
            let level = (1.0 + LAMBDA * power.sqrt()).ln();
            rise += (level - self.before[k]).max(0.0);
            self.before[k] = level;
            let lifted_db = power_db(power) + TILT_DB_PER_OCTAVE * self.octaves * (place - 0.5);
            let shown = ((lifted_db - top_db) / RANGE_DB + 1.0).clamp(0.0, 1.0);
            out.spectrum[k] = (shown * 255.0).round() as u8;
        }
        let count = SPECTRUM_BANDS as f32;
        out.flux = (rise / count / FULL_FLUX).min(1.0);
        out.centroid = (moment / sum).clamp(0.0, 1.0);
        out.flatness = ((logs / count).exp() / (sum / count)).clamp(0.0, 1.0);
        out
    }
}
