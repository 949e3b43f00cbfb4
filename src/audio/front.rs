//! The part of the analysis that depends on the sample rate: mixing, DC blocking, framing, spectra.

use super::bands::{BANDS, BandMeter};
use super::beat::{BeatTracker, Pulse};
use super::kick::Kick;
use super::loudness::{Loudness, LoudnessMeter};
use super::onset::{Heard, Onsets};
use super::section::{Passage, Sections};
use super::spectrum::{Band, Spectrum, power_db};
use super::timbre::{Timbre, TimbreMeter};
use super::waveform::{WAVEFORM_POINTS, waveform};

/// Hop and window at 44.1 and 48 kHz, in samples; they scale with the sample rate by powers of two, so that
/// time and frequency resolution stay the same.
const HOP: usize = 256;
const WINDOW: usize = 2048;

/// Edges of low, mid and high in Hz.
const BANDS_HZ: [(f32, f32); 3] = [(25.0, 150.0), (150.0, 4000.0), (4000.0, 16_000.0)];

/// No sound is louder than this, 18 dB over full scale.
const MOST_LEVEL: f32 = 8.0;
/// This many samples in a row beyond this level are an overdriven input.
const CLIP_LEVEL: f32 = 0.985;
const CLIP_RUN: u32 = 3;

pub(super) struct Front {
    hop: usize,
    pub hop_s: f32,
    dc_keep: f32,
    dc_in: f32,
    dc_out: f32,
    /// The newest window, then room for the hop being filled.
    history: Vec<f32>,
    filled: usize,
    spectrum: Spectrum,
    bands: [Band; 3],
    eight: BandMeter,
    timbre: TimbreMeter,
    loudness: Band,
    /// The new samples as they came in, one or two channels, for what must not see the mix.
    stereo: Vec<f32>,
    lufs: LoudnessMeter,
    kick: Kick,
    onsets: Onsets,
    beat: BeatTracker,
    sections: Sections,
    peak: f32,
    clip_run: u32,
    clipped: bool,
}

/// What one hop measured.
pub(super) struct Hop {
    pub band_db: [f32; 3],
    pub eight_db: [f32; BANDS],
    pub lufs: Loudness,
    /// Mean square of the new samples, and of half their difference between the channels.
    pub power: f32,
    pub side_power: f32,
    /// Mean of the new samples before DC is blocked.
    pub mean: f32,
    /// Loudness-weighted power over the window.
    pub loudness: f32,
    pub peak: f32,
    pub clipped: bool,
}

impl Front {
    /// `channels` is how many of the input's count: 1 or 2.
    pub fn new(sample_rate_hz: u32, channels: usize) -> Self {
        let rate = sample_rate_hz as f32;
        // 44.1 and 48 kHz give 0, 96 kHz 1, 192 kHz 2, 22.05 kHz −1.
        let octave = (rate / 46_000.0).log2().round() as i32;
        let scale = |len: usize| if octave >= 0 { len << octave } else { len >> -octave };
        let (hop, window) = (scale(HOP), scale(WINDOW));
        Self {
            hop,
            hop_s: hop as f32 / rate,
            // y[n] = x[n] − x[n−1] + R·y[n−1] with R for 5 Hz: far enough below a kick.
            dc_keep: (-std::f32::consts::TAU * 5.0 / rate).exp(),
            dc_in: 0.0,
            dc_out: 0.0,
            history: vec![0.0; window + hop],
            filled: 0,
            spectrum: Spectrum::new(window),
            bands: BANDS_HZ.map(|edges_hz| Band::new(edges_hz, rate, window)),
            eight: BandMeter::new(rate, window),
            timbre: TimbreMeter::new(rate, window),
            loudness: Band::loudness(rate, window),
            stereo: Vec::with_capacity(hop * channels),
            lufs: LoudnessMeter::new(sample_rate_hz, channels),
            kick: Kick::new(rate, window / 2),
            onsets: Onsets::new(rate, hop),
            beat: BeatTracker::new(rate, window, hop as f32 / rate),
            sections: Sections::new(hop as f32 / rate),
            peak: 0.0,
            clip_run: 0,
            clipped: false,
        }
    }

    /// Counts beats and drops on from what was heard in another format.
    pub fn count_on(&mut self, pulse: &Pulse, passage: &Passage) {
        self.beat.count_on(pulse);
        self.sections.count_on(passage, pulse);
    }

    /// Seconds of sound taken since the last full hop.
    pub fn pending_s(&self) -> f64 {
        self.filled as f64 / self.hop as f64 * f64::from(self.hop_s)
    }

    /// Mixes the one or two channels of `frame` to mono, blocks DC and stores it; true when a hop is full.
    pub fn take(&mut self, frame: &[f32], gain: f32) -> bool {
        let mut sum = 0.0;
        let mut over = false;
        for sample in frame {
            // A driver's garbage, squared and averaged, would deafen us for good.
            let sample = if sample.is_finite() { sample.clamp(-MOST_LEVEL, MOST_LEVEL) } else { 0.0 };
            over |= sample.abs() > CLIP_LEVEL;
            sum += sample;
            self.stereo.push(sample * gain);
        }
        self.clip_run = if over { self.clip_run + 1 } else { 0 };
        self.clipped |= self.clip_run >= CLIP_RUN;
        let x = sum / frame.len().max(1) as f32 * gain;
        let y = x - self.dc_in + self.dc_keep * self.dc_out;
        self.dc_in = x;
        // Denormals would slow the filter down in digital silence.
        self.dc_out = if y.abs() < 1e-20 { 0.0 } else { y };
        self.peak = self.peak.max(y.abs());
        let window = self.history.len() - self.hop;
        self.history[window + self.filled] = self.dc_out;
        self.filled += 1;
        self.filled == self.hop
    }

    /// Measures the hop that `take` has just filled.
    pub fn measure(&mut self) -> Hop {
        self.history.copy_within(self.hop.., 0);
        self.filled = 0;
        let window = self.history.len() - self.hop;
        let newest = &self.history[..window];
        self.spectrum.analyse(newest);
        let new_samples = &newest[window - self.hop..];
        let lufs = self.lufs.step(&self.stereo, self.hop_s);
        let (mean, side_power) = self.balance();
        self.stereo.clear();
        Hop {
            band_db: std::array::from_fn(|i| power_db(self.bands[i].power(&self.spectrum))),
            eight_db: self.eight.db(&self.spectrum),
            lufs,
            mean,
            side_power,
            power: new_samples.iter().map(|x| x * x).sum::<f32>() / self.hop as f32,
            loudness: self.loudness.power(&self.spectrum),
            peak: std::mem::take(&mut self.peak),
            clipped: std::mem::take(&mut self.clipped),
        }
    }

    /// Mean of the new samples, and mean square of half the difference between their channels.
    fn balance(&self) -> (f32, f32) {
        let channels = self.stereo.len() / self.hop;
        let mean = self.stereo.iter().sum::<f32>() / self.stereo.len().max(1) as f32;
        let side = |frame: &[f32]| if let [left, right] = frame { (left - right).powi(2) / 4.0 } else { 0.0 };
        let side_power = self.stereo.chunks_exact(channels.max(1)).map(side).sum::<f32>() / self.hop as f32;
        (mean, side_power)
    }

    /// The colour of the same hop; `top_db` is what counts as loud.
    pub fn timbre(&mut self, top_db: f32) -> Timbre {
        self.timbre.measure(&self.spectrum, top_db)
    }

    /// The beat after the same hop.
    pub fn beat(&mut self, silent: bool) -> Pulse {
        self.beat.step(&self.spectrum, silent)
    }

    /// Where in the track the same hop is, given its beat.
    pub fn passage(&mut self, pulse: &Pulse, highs_db: f32, silent: bool) -> Passage {
        self.sections.step(pulse, self.beat.turn(), highs_db, silent)
    }

    /// The drums struck in the same hop.
    pub fn onsets(&mut self, silent: bool) -> Heard {
        let window = self.history.len() - self.hop;
        self.onsets.step(&self.history[..window], silent)
    }

    /// The shape of the newest sound; `usual_peak` counts as loud.
    pub fn waveform(&self, usual_peak: f32) -> [i8; WAVEFORM_POINTS] {
        let window = self.history.len() - self.hop;
        waveform(&self.history[..window], usual_peak)
    }

    /// The hit envelope after the same hop; see [`Kick::step`].
    pub fn kick(&mut self, usual_peak: f32, silent: bool) -> f32 {
        let window = self.history.len() - self.hop;
        self.kick.step(&self.history[window / 2..window], usual_peak, silent, self.hop_s)
    }
}
