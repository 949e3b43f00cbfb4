//! What a route may listen to, and the moments it may wait for.

use super::lfo::Wave;
use crate::audio::{Features, Source};
use crate::tempo::Beat;
use crate::units::BEATS_PER_BAR;

/// Where a route gets its level from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Signal {
    /// The sound.
    Heard(Source),
    /// A wave, one turn every so many beats, starting with the bar; `phase` moves it on by a part of a turn.
    Lfo { wave: Wave, every_beats: f32, phase: f32 },
    /// Always 1: for modes that bring their own movement.
    One,
}

/// Shortest and longest turn of a wave, in beats: an eighth of a beat to sixteen bars.
pub const TURN_BEATS: std::ops::RangeInclusive<f32> = 0.125..=64.0;

/// Something that comes again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    Beat,
    Bar,
    /// Every four, eight, sixteen bars.
    Bars(u8),
    /// The kick has come back after a break.
    Drop,
    /// A stroke of a drum: kick, snare, hat.
    Drum(u8),
}

impl Moment {
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::Beat, "beat"),
        (Self::Bar, "bar"),
        (Self::Bars(4), "4 bars"),
        (Self::Bars(8), "8 bars"),
        (Self::Bars(16), "16 bars"),
        (Self::Drop, "drop"),
        (Self::Drum(0), "kick"),
        (Self::Drum(1), "snare"),
        (Self::Drum(2), "hat"),
    ];
}

/// The sound and the beat at one tick.
#[derive(Clone, Copy)]
pub struct Pulses<'a> {
    pub heard: &'a Features,
    pub beat: Beat,
}

impl Pulses<'_> {
    /// How often `moment` has come so far.
    pub(super) fn count(&self, moment: Moment) -> u64 {
        let number = match moment {
            Moment::Beat => self.beat.beats.floor() as i64,
            Moment::Bar => self.beat.bar,
            Moment::Drum(k) => return self.heard.drums.get(usize::from(k)).map_or(0, |drum| drum.count),
            Moment::Drop => return self.heard.passage.drops,
            Moment::Bars(many) => self.beat.bar.div_euclid(i64::from(many.max(1))),
        };
        number as u64
    }

    /// Beats counted from the first bar, so that turns start with a bar.
    fn beats_in_bars(&self) -> f64 {
        self.beat.bar as f64 * BEATS_PER_BAR + f64::from(self.beat.beat_in_bar) + self.beat.phase
    }
}

impl Signal {
    /// The level before any shaping.
    pub(super) fn value(self, pulses: &Pulses<'_>) -> f32 {
        match self {
            Self::Heard(source) => pulses.heard.source(source),
            Self::Lfo { wave, every_beats, phase } => {
                wave.at(pulses.beats_in_bars() / f64::from(every_beats) + f64::from(phase))
            }
            Self::One => 1.0,
        }
    }
}
