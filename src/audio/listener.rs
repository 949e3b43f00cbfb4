//! An input and the analysis behind it, stepped by the analysis thread or the stepped runner.

use super::analysis::{Analysis, AnalysisConfig};
use super::features::Features;
use super::input::Input;
use super::memory::LevelMemory;
use super::pull::{Counters, LONGEST_BLOCK_S};
use super::tap::Tap;
use crate::units::Seconds;

/// A device that gave nothing for this long is heard as silence, so that features never freeze at their last
/// values.
const STALL_S: f64 = 0.25;

/// What hands set about listening.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ListenSettings {
    /// Input trim, `audio.gain`.
    pub gain_db: f32,
    /// The tempo to expect, `tempo.near`: it decides octaves that the music leaves open. 0 expects nothing.
    pub near_bpm: f32,
}

/// Hears one input; the writer of [`Features`].
pub struct Listener {
    input: Option<Input>,
    analysis: Analysis,
    block: Vec<f32>,
    heard_until: Seconds,
    stalled: bool,
    /// What the newest features were dated; they never go back in time.
    dated_s: f64,
    tap: Option<Tap>,
}

impl Listener {
    /// Listens to `input`, or to nothing.
    #[must_use]
    pub fn new(input: Option<Input>) -> Self {
        let config = input.as_ref().map_or_else(AnalysisConfig::default, Input::config);
        Self {
            input,
            analysis: Analysis::new(config),
            block: Vec::with_capacity(room(config)),
            heard_until: Seconds(f64::NEG_INFINITY),
            stalled: false,
            dated_s: f64::NEG_INFINITY,
            tap: None,
        }
    }

    /// Whatever is heard from now on goes to `tap`, too, before the input trim.
    pub fn set_tap(&mut self, tap: Option<Tap>) {
        self.tap = tap;
    }

    #[must_use]
    pub fn input(&self) -> Option<&Input> {
        self.input.as_ref()
    }

    #[must_use]
    pub fn counters(&self) -> Counters {
        self.input.as_ref().map(Input::counters).unwrap_or_default()
    }

    /// What was learned about levels so far.
    #[must_use]
    pub fn memory(&self) -> LevelMemory {
        self.analysis.memory()
    }

    /// Goes on from what was learned before.
    pub fn remember(&mut self, memory: &LevelMemory) {
        self.analysis.remember(memory);
    }

    /// Hears everything up to show time `now` and says what it was, dated when the newest sound in it was captured.
    ///
    /// Never waits and, while the form of the input stays the same, never allocates.
    pub fn step(&mut self, now: Seconds, settings: ListenSettings) -> Features {
        self.analysis.set_gain_db(settings.gain_db);
        self.analysis.expect_bpm(settings.near_bpm);
        let mut newest = now;
        if let Some(input) = &mut self.input {
            self.block.clear();
            newest = input.pull(now, &mut self.block);
            let config = input.config().sane();
            if config != self.analysis.config() {
                self.analysis.reformat(config);
                self.block.reserve(room(config));
            }
            if self.block.is_empty() && input.is_device() {
                if self.hear_silence(now) {
                    newest = now;
                }
            } else {
                self.stalled = false;
                self.heard_until = now;
            }
            if let Some(tap) = &mut self.tap {
                tap.hear(&self.block, usize::from(config.channels), config.sample_rate_hz);
            }
            self.analysis.push(&self.block);
        }
        self.dated_s = self.dated_s.max(newest.0 - self.analysis.pending_s());
        Features { time_s: self.dated_s, ..self.analysis.features() }
    }

    /// Makes up silence for the time in which a device gave nothing, once that is more than a late block; whether it
    /// did.
    fn hear_silence(&mut self, now: Seconds) -> bool {
        let missing_s = now.since(self.heard_until);
        self.stalled |= missing_s > STALL_S;
        if self.stalled {
            let config = self.analysis.config();
            // Of a long stall only the length of one block is analysed.
            let frames = (missing_s.clamp(0.0, LONGEST_BLOCK_S) * f64::from(config.sample_rate_hz)) as usize;
            self.block.resize(frames * usize::from(config.channels), 0.0);
            self.heard_until = now;
        }
        self.stalled
    }
}

/// Samples in the longest block, with one frame to spare for rounding.
fn room(config: AnalysisConfig) -> usize {
    let frames = (f64::from(config.sample_rate_hz) * LONGEST_BLOCK_S) as usize + 1;
    frames * usize::from(config.channels)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::capture::tests::made_up;
    use super::*;

    #[test]
    fn features_are_dated_when_their_sound_was_captured() {
        let (capture, mut driver) = made_up(48_000);
        let mut listener = Listener::new(Some(Input::device(capture, "made up".into())));
        // Blocks of 10 ms whose last sample is 60 ms old when it comes, as a USB card's may be.
        let mut last = f64::NEG_INFINITY;
        for k in 0..40u32 {
            let now = Seconds(10.0 + 0.01 * f64::from(k));
            driver.deliver(&[0.1; 480], Duration::from_millis(60));
            let heard = listener.step(now, ListenSettings::default());
            // A hop is 5.3 ms; the machine may be slow, and then samples are older still.
            let late_s = now.0 - heard.time_s;
            assert!((0.059..2.0).contains(&late_s), "{late_s}");
            assert!(heard.time_s >= last);
            last = heard.time_s;
        }
        // A device that stops is heard as silence at the present.
        let heard = listener.step(Seconds(12.0), ListenSettings::default());
        assert!((12.0 - heard.time_s).abs() < 0.006, "{}", heard.time_s);
    }
}
