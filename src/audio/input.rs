//! One audio input: a captured device, a sound file or a synthetic track.

use super::aloud::Aloud;
use super::analysis::AnalysisConfig;
use super::capture::Capture;
use super::channels::Channels;
use super::choice::Choice;
use super::club;
use super::pull::Counters;
use super::track::PlayedTrack;
use super::{AudioError, device, file, synth};
use crate::units::Seconds;

/// Where the samples come from.
pub struct Input {
    kind: Kind,
    description: String,
    blocks: u64,
    /// Where a track is heard, too.
    aloud: Option<Aloud>,
}

enum Kind {
    Track(Box<PlayedTrack>),
    Device(Capture),
}

/// Opens what was asked for. `Ok(None)`: nothing was asked for, or `auto` found nothing.
///
/// # Errors
/// A file that cannot be read; a named device that does not exist or does not open.
pub fn open(choice: &Choice, channels: Channels) -> Result<Option<Input>, AudioError> {
    match choice {
        Choice::None => Ok(None),
        Choice::File(path) => {
            let decoded = file::decode(path, channels)?;
            let (seconds, rate_hz) = (decoded.seconds(), decoded.sample_rate_hz);
            let description = format!("file:{} ({seconds:.1} s, {rate_hz} Hz)", path.display());
            Ok(Some(Input::track(PlayedTrack::file(decoded), description)))
        }
        Choice::Synth(name) => Ok(Some(Input::synth(name)?)),
        _ => Ok(device::open(choice, channels)?.map(|(capture, description)| Input::device(capture, description))),
    }
}

impl Input {
    /// The synthetic track called `name`.
    ///
    /// # Errors
    /// Unknown names.
    pub fn synth(name: &str) -> Result<Self, AudioError> {
        let description = format!("synth:{name}");
        if name == synth::NAME {
            return Ok(Self::track(PlayedTrack::synth(), description));
        }
        let sound = club::sound(name).ok_or_else(|| AudioError::Synth { name: name.to_owned() })?;
        let samples = sound.into_iter().map(|x| (x * 32_767.0).round() as i16).collect();
        let rendered = file::Decoded { samples, channels: 1, sample_rate_hz: club::SAMPLE_RATE_HZ };
        Ok(Self::track(PlayedTrack::file(rendered), description))
    }

    fn track(track: PlayedTrack, description: String) -> Self {
        Self { kind: Kind::Track(Box::new(track)), description, blocks: 0, aloud: None }
    }

    pub(super) fn device(capture: Capture, description: String) -> Self {
        Self { kind: Kind::Device(capture), description, blocks: 0, aloud: None }
    }

    /// Lets a track be heard on this machine's speakers; returns their name.
    ///
    /// # Errors
    /// A sentence part saying why it is not heard.
    pub fn play_aloud(&mut self) -> Result<String, String> {
        let AnalysisConfig { sample_rate_hz, channels, .. } = self.config();
        let (aloud, name) = Aloud::open(sample_rate_hz, channels)?;
        self.aloud = Some(aloud);
        Ok(name)
    }

    /// What was chosen, for the status line and the report.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// How long it is before it begins again; `None` for a device.
    #[must_use]
    pub fn length_s(&self) -> Option<f64> {
        match &self.kind {
            Kind::Track(track) => Some(track.length_s()),
            Kind::Device(_) => None,
        }
    }

    /// True for a captured device, false for sound that follows show time exactly.
    #[must_use]
    pub fn is_device(&self) -> bool {
        matches!(self.kind, Kind::Device(_))
    }

    /// True while the device is gone.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        match &self.kind {
            Kind::Track(_) => false,
            Kind::Device(capture) => capture.is_lost(),
        }
    }

    #[must_use]
    pub fn counters(&self) -> Counters {
        match &self.kind {
            Kind::Track(_) => Counters { callbacks: self.blocks, ..Counters::default() },
            Kind::Device(capture) => capture.counters(),
        }
    }

    /// The form of the samples that `pull` gives.
    #[must_use]
    pub fn config(&self) -> AnalysisConfig {
        match &self.kind {
            Kind::Track(track) => track.config(),
            Kind::Device(capture) => capture.config(),
        }
    }

    /// Appends interleaved samples to `out`: everything up to show time `now` from a track, everything captured since
    /// the last call from a device. Never waits; at most half a second a call, so a buffer of that capacity never
    /// grows. Their form is what [`Input::config`] says after the call. Returns when the newest of them was captured.
    pub fn pull(&mut self, now: Seconds, out: &mut Vec<f32>) -> Seconds {
        let before = out.len();
        let (pulled, captured_s) = match &mut self.kind {
            Kind::Track(track) => (track.pull(now, out), now.0),
            Kind::Device(capture) => capture.pull(now.0, out),
        };
        if let Some(aloud) = &mut self.aloud {
            aloud.write(&out[before..]);
        }
        self.blocks += u64::from(pulled > 0);
        Seconds(captured_s)
    }
}
