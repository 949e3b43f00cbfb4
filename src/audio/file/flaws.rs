//! What is wrong with a file that is played all the same: said once, when it is opened.

use std::path::Path;

use super::Decoded;
use crate::audio::Channels;

/// A file that ends by so much earlier than it says is cut short.
const SHORT_S: f64 = 0.5;
/// What cannot be decoded so near to the start belongs to sound before it: of an MP3 cut out of a longer one.
const START_S: f64 = 0.5;

pub(super) struct Flaws {
    /// How many frames it says it has.
    frames: Option<u64>,
    /// The part of its sound that is there, 0..1.
    pub part: f64,
    /// Damaged, and not heard any further.
    pub breaks_off: bool,
    /// Where the first thing that could not be decoded lies, in seconds.
    skipped_s: Option<f64>,
    /// Samples that are no finite numbers.
    odd: u64,
    channels: usize,
}

impl Flaws {
    pub fn of_frames(frames: Option<u64>) -> Self {
        Self { frames, part: 1.0, breaks_off: false, skipped_s: None, odd: 0, channels: 0 }
    }

    /// Something after what is `decoded` cannot be.
    pub fn skip(&mut self, decoded: &Decoded) {
        let at_s = decoded.seconds();
        if at_s > START_S {
            self.skipped_s.get_or_insert(at_s);
        }
    }

    /// Looks at interleaved samples of so many channels.
    pub fn look_at(&mut self, samples: &[f32], channels: usize) {
        self.odd += samples.iter().filter(|sample| !sample.is_finite()).count() as u64;
        self.channels = channels;
    }

    pub fn say(&self, path: &Path, decoded: &Decoded, pick: Channels) {
        let path = path.display();
        for flaw in [self.early(decoded), self.damaged(), self.no_numbers()].into_iter().flatten() {
            tracing::warn!("the audio file `{path}` {flaw}; export or record it again");
        }
        if let Some(beyond) = pick.beyond(self.channels as u16) {
            tracing::warn!("the audio file `{path}` {beyond}");
        }
    }

    fn early(&self, decoded: &Decoded) -> Option<String> {
        let heard_s = decoded.seconds();
        if self.breaks_off {
            return Some(format!("is damaged, and heard up to there, after {heard_s:.1} s"));
        }
        let said_s = self.frames.map_or(heard_s, |frames| frames as f64 / f64::from(decoded.sample_rate_hz));
        let said_s = said_s.max(heard_s / self.part);
        (heard_s + SHORT_S < said_s).then(|| format!("is cut short: {heard_s:.1} s instead of {said_s:.1} s"))
    }

    fn damaged(&self) -> Option<String> {
        let at_s = self.skipped_s?;
        Some(format!("is damaged at {at_s:.1} s: what cannot be decoded, there and perhaps later, is left out"))
    }

    fn no_numbers(&self) -> Option<String> {
        (self.odd > 0).then(|| format!("has {} samples that are no finite numbers", self.odd))
    }
}
