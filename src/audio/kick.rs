//! Low-band hits: a fast envelope good enough to move pictures with a four-on-the-floor track.
//!
//! This is not an onset detector; it says how hard the low band is being hit right now.

use super::spectrum::{Band, Spectrum};

/// The hit band in Hz.
const BAND_HZ: (f32, f32) = (30.0, 160.0);
/// Rises are measured over this many hops (about 20 ms), as long as the short window takes to fill.
const LAG: usize = 4;
const DECAY_S: f32 = 0.120;
/// Memory of how hard hits are.
const STRENGTH_MEMORY_S: f32 = 8.0;
/// A rise below this part of a strong hit counts as nothing: bass notes, and beating between them.
const THRESHOLD: f32 = 0.3;

pub(super) struct Kick {
    spectrum: Spectrum,
    band: Band,
    /// Amplitudes of the last hops, oldest first.
    recent: [f32; LAG],
    strong: f32,
    envelope: f32,
}

impl Kick {
    /// `len` is the window in samples: shorter than that of the levels, because hits must not wait.
    pub fn new(sample_rate_hz: f32, len: usize) -> Self {
        Self {
            spectrum: Spectrum::new(len),
            band: Band::new(BAND_HZ, sample_rate_hz, len),
            recent: [0.0; LAG],
            strong: 0.0,
            envelope: 0.0,
        }
    }

    /// One hop of `dt` seconds: the newest samples, the amplitude the low band usually peaks at, and whether
    /// the gate is closed. Returns the envelope, 0..1.
    pub fn step(&mut self, samples: &[f32], usual_peak: f32, silent: bool, dt: f32) -> f32 {
        self.spectrum.analyse(samples);
        let amplitude = self.band.power(&self.spectrum).sqrt();
        let before = self.recent.iter().copied().fold(f32::INFINITY, f32::min);
        let rise = (amplitude - before).max(0.0);
        self.recent.rotate_left(1);
        self.recent[LAG - 1] = amplitude;
        self.envelope *= (-dt / DECAY_S).exp();
        if !silent {
            self.strong = rise.max(self.strong * (-dt / STRENGTH_MEMORY_S).exp());
            // When there was no kick for a while, small rises must not be taken for hits.
            let strength = rise / self.strong.max(0.3 * usual_peak).max(1e-4);
            self.envelope = self.envelope.max(((strength - THRESHOLD) / (1.0 - THRESHOLD)).clamp(0.0, 1.0));
        }
        self.envelope
    }
}
