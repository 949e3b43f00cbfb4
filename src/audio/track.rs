//! Sound that is computed or remembered rather than captured: it is exactly as long as the show time says.

use super::file::Decoded;
use super::input::LONGEST_BLOCK_S;
use super::{analysis::AnalysisConfig, synth};
use crate::units::Seconds;

/// A mono track played against show time: sample number = show time × sample rate.
pub(super) struct Track {
    sound: Sound,
    sample_rate_hz: u32,
    /// Number of the next sample; unset until the first pull says when listening begins.
    next: Option<u64>,
}

enum Sound {
    File(Vec<i16>),
    House126,
}

impl Track {
    pub fn file(decoded: Decoded) -> Self {
        Self { sound: Sound::File(decoded.samples), sample_rate_hz: decoded.sample_rate_hz, next: None }
    }

    pub fn synth() -> Self {
        Self { sound: Sound::House126, sample_rate_hz: synth::SAMPLE_RATE_HZ, next: None }
    }

    pub fn config(&self) -> AnalysisConfig {
        AnalysisConfig { sample_rate_hz: self.sample_rate_hz, channels: 1, ..AnalysisConfig::default() }
    }

    /// How long it is before it begins again.
    pub fn length_s(&self) -> f64 {
        let samples = match &self.sound {
            Sound::File(samples) => samples.len() as u64,
            Sound::House126 => synth::LOOP_SAMPLES,
        };
        samples as f64 / f64::from(self.sample_rate_hz)
    }

    /// Appends the samples up to `now`; returns how many.
    pub fn pull(&mut self, now: Seconds, out: &mut Vec<f32>) -> usize {
        let rate = f64::from(self.sample_rate_hz);
        let end = (now.0.max(0.0) * rate) as u64;
        let earliest = end.saturating_sub((LONGEST_BLOCK_S * rate) as u64);
        let next = self.next.unwrap_or(end).max(earliest);
        out.extend((next..end).map(|n| self.sample(n)));
        self.next = Some(end.max(next));
        end.saturating_sub(next) as usize
    }

    fn sample(&self, n: u64) -> f32 {
        match &self.sound {
            // Never empty: `file::decode` refuses silence.
            Sound::File(samples) => f32::from(samples[(n % samples.len() as u64) as usize]) / 32_767.0,
            Sound::House126 => synth::sample(n),
        }
    }
}
