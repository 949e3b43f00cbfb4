//! The part of the analysis that depends on the sample rate: framing, spectra, and what is measured on them.

use super::bands::{BANDS, BandMeter};
use super::beat::{BeatTracker, Pulse};
use super::framer::Framer;
use super::kick::Kick;
use super::loudness::{Loudness, LoudnessMeter};
use super::onset::{DrumHits, Onsets};
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

pub(super) struct Front {
    pub hop_s: f32,
    framer: Framer,
    spectrum: Spectrum,
    bands: [Band; 3],
    eight: BandMeter,
    timbre: TimbreMeter,
    loudness: Band,
    lufs: LoudnessMeter,
    kick: Kick,
    onsets: Onsets,
    beat: BeatTracker,
    sections: Sections,
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
            hop_s: hop as f32 / rate,
            framer: Framer::new(rate, hop, window, channels),
            spectrum: Spectrum::new(window),
            bands: BANDS_HZ.map(|edges_hz| Band::new(edges_hz, rate, window)),
            eight: BandMeter::new(rate, window),
            timbre: TimbreMeter::new(rate, window),
            loudness: Band::loudness(rate, window),
            lufs: LoudnessMeter::new(sample_rate_hz, channels),
            kick: Kick::new(rate, window / 2),
            onsets: Onsets::new(rate, hop),
            beat: BeatTracker::new(rate, window, hop as f32 / rate),
            sections: Sections::new(hop as f32 / rate),
        }
    }

    /// Counts beats and drops on from what was heard in another format.
    pub fn count_on(&mut self, pulse: &Pulse, passage: &Passage) {
        self.beat.count_on(pulse);
        self.sections.count_on(passage, pulse);
    }

    /// Seconds of sound taken since the last full hop.
    pub fn pending_s(&self) -> f64 {
        self.framer.pending_share() * f64::from(self.hop_s)
    }

    /// Takes the one or two channels of `frame`; true when a hop is full.
    pub fn take(&mut self, frame: &[f32], gain: f32) -> bool {
        self.framer.take(frame, gain)
    }

    /// Measures the hop that `take` has just filled.
    pub fn measure(&mut self) -> Hop {
        self.framer.advance();
        let newest = self.framer.newest();
        self.spectrum.analyse(newest);
        let new_samples = self.framer.new_samples();
        let lufs = self.lufs.step(self.framer.stereo(), self.hop_s);
        let power = new_samples.iter().map(|x| x * x).sum::<f32>() / new_samples.len() as f32;
        let (mean, side_power) = self.framer.balance();
        let (peak, clipped) = self.framer.finish();
        Hop {
            band_db: std::array::from_fn(|i| power_db(self.bands[i].power(&self.spectrum))),
            eight_db: self.eight.db(&self.spectrum),
            lufs,
            mean,
            side_power,
            power,
            loudness: self.loudness.power(&self.spectrum),
            peak,
            clipped,
        }
    }

    /// The colour of the same hop; `top_db` is what counts as loud.
    pub fn timbre(&mut self, top_db: f32) -> Timbre {
        self.timbre.measure(&self.spectrum, top_db)
    }

    /// The tempo to expect, in bpm; 0 expects nothing.
    pub fn expect_bpm(&mut self, bpm: f32) {
        self.beat.expect_bpm(bpm);
    }

    /// The beat after the same hop.
    pub fn beat(&mut self, silent: bool) -> Pulse {
        self.beat.step(&self.spectrum, silent)
    }

    /// Where in the track the same hop is, given its beat.
    pub fn passage(&mut self, pulse: &Pulse, highs_db: f32, silent: bool) -> Passage {
        self.sections.step(pulse, self.beat.turn(), self.beat.groove(), highs_db, silent)
    }

    /// The drums struck in the same hop.
    pub fn onsets(&mut self, silent: bool) -> DrumHits {
        self.onsets.step(self.framer.newest(), silent)
    }

    /// The shape of the newest sound; `usual_peak` counts as loud.
    pub fn waveform(&self, usual_peak: f32) -> [i8; WAVEFORM_POINTS] {
        waveform(self.framer.newest(), usual_peak)
    }

    /// The hit envelope after the same hop; see [`Kick::step`].
    pub fn kick(&mut self, usual_peak: f32, silent: bool) -> f32 {
        let newest = self.framer.newest();
        self.kick.step(&newest[newest.len() / 2..], usual_peak, silent, self.hop_s)
    }
}
