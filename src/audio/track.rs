//! A sound file or synthetic track as an input: show time says which samples are due.

use super::file::Decoded;
use super::pull::LONGEST_BLOCK_S;
use super::{analysis::AnalysisConfig, synth};
use crate::units::Seconds;

/// A track played against show time: frame number = show time × sample rate.
pub(super) struct PlayedTrack {
    sound: Sound,
    sample_rate_hz: u32,
    channels: u16,
    /// Number of the next frame; unset until the first pull says when listening begins.
    next: Option<u64>,
}

enum Sound {
    /// Interleaved, never empty: `file::decode` refuses a file without samples.
    File(Vec<i16>),
    House126,
}

impl PlayedTrack {
    pub fn file(decoded: Decoded) -> Self {
        let Decoded { samples, channels, sample_rate_hz } = decoded;
        Self { sound: Sound::File(samples), sample_rate_hz, channels, next: None }
    }

    pub fn synth() -> Self {
        Self { sound: Sound::House126, sample_rate_hz: synth::SAMPLE_RATE_HZ, channels: 1, next: None }
    }

    pub fn config(&self) -> AnalysisConfig {
        AnalysisConfig { sample_rate_hz: self.sample_rate_hz, channels: self.channels, ..AnalysisConfig::default() }
    }

    /// How long it is before it begins again.
    pub fn length_s(&self) -> f64 {
        self.frames() as f64 / f64::from(self.sample_rate_hz)
    }

    fn frames(&self) -> u64 {
        match &self.sound {
            Sound::File(samples) => samples.len() as u64 / u64::from(self.channels),
            Sound::House126 => synth::LOOP_SAMPLES,
        }
    }

    /// Appends the samples of the frames up to `now`; returns how many frames.
    pub fn pull(&mut self, now: Seconds, out: &mut Vec<f32>) -> usize {
        let rate = f64::from(self.sample_rate_hz);
        let end = (now.0.max(0.0) * rate) as u64;
        let earliest = end.saturating_sub((LONGEST_BLOCK_S * rate) as u64);
        let next = self.next.unwrap_or(end).max(earliest);
        match &self.sound {
            Sound::File(samples) => {
                let (length, channels) = (self.frames(), usize::from(self.channels));
                for frame in next..end {
                    let at = (frame % length) as usize * channels;
                    out.extend(samples[at..at + channels].iter().map(|x| f32::from(*x) / 32_767.0));
                }
            }
            Sound::House126 => out.extend((next..end).map(synth::sample)),
        }
        self.next = Some(end.max(next));
        end.saturating_sub(next) as usize
    }
}
