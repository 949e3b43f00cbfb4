//! What a route may listen to, and the moments it may wait for.

use super::lfo::Wave;
use crate::audio::{FeatureSource, Features};
use crate::conductor::deck_follower::DeckNow;
use crate::tempo::{Beat, PhraseKind, PhraseNow};
use crate::units::BEATS_PER_BAR;

/// Where a route gets its level from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Signal {
    /// The sound.
    Heard(FeatureSource),
    /// A wave, one turn every so many beats, starting with the bar; `phase` moves it on by a part of a turn.
    Lfo { wave: Wave, every_beats: f32, phase: f32 },
    /// What the DJ's software knows of the track that plays; 0 while nobody does.
    Form(FormSignal),
    /// From 0 to 1 through the DJ's track.
    Track,
    /// Always 1: for modes that bring their own movement.
    One,
}

/// What is known of the form of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormSignal {
    /// From 0 to 1 through the phrase.
    Position,
    /// From 0 to 1 over the four bars before the next phrase.
    Coming,
    /// 1 in a fill.
    Fill,
    /// 1 in phrases of this kind.
    Kind(PhraseKind),
}

impl FormSignal {
    /// All of them, with their names in routes.
    pub fn all() -> impl Iterator<Item = (Self, String)> {
        let others = [(Self::Position, "position"), (Self::Coming, "coming"), (Self::Fill, "fill")];
        let kinds = PhraseKind::ALL.map(|(kind, name)| (Self::Kind(kind), name));
        others.into_iter().chain(kinds).map(|(signal, name)| (signal, format!("phrase.{name}")))
    }

    fn value(self, phrase: &PhraseNow) -> f32 {
        let on = |on: bool| if on { 1.0 } else { 0.0 };
        match self {
            Self::Position => (phrase.since_beats / (phrase.since_beats + phrase.to_next_beats)) as f32,
            Self::Coming => (1.0 - phrase.to_next_beats / COMING_BEATS).max(0.0) as f32,
            Self::Fill => on(phrase.in_fill),
            Self::Kind(kind) => on(phrase.kind == kind),
        }
    }
}

/// So long before a phrase its coming shows.
const COMING_BEATS: f64 = 16.0;

/// Shortest and longest turn of a wave, in beats: an eighth of a beat to sixteen bars.
pub const TURN_BEATS: std::ops::RangeInclusive<f32> = 0.125..=64.0;

/// What a route's moments are: a recurring event of beat, track or sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteTrigger {
    Beat,
    Bar,
    /// Every four, eight, sixteen bars.
    Bars(u8),
    /// The kick has come back after a break.
    Drop,
    /// A phrase of the track begins.
    Phrase,
    /// A stroke of a drum: kick, snare, hat.
    Drum(u8),
}

impl RouteTrigger {
    pub const ALL: [(Self, &'static str); 10] = [
        (Self::Beat, "beat"),
        (Self::Bar, "bar"),
        (Self::Bars(4), "4 bars"),
        (Self::Bars(8), "8 bars"),
        (Self::Bars(16), "16 bars"),
        (Self::Drop, "drop"),
        (Self::Phrase, "phrase"),
        (Self::Drum(0), "kick"),
        (Self::Drum(1), "snare"),
        (Self::Drum(2), "hat"),
    ];
}

/// Sound, beat and leading deck at one step.
#[derive(Clone, Copy)]
pub struct Pulses<'a> {
    pub heard: &'a Features,
    pub beat: Beat,
    pub deck: DeckNow,
}

impl Pulses<'_> {
    /// How often `moment` has come so far.
    pub(super) fn count(&self, moment: RouteTrigger) -> u64 {
        let number = match moment {
            RouteTrigger::Beat => self.beat.beats.floor() as i64,
            RouteTrigger::Bar => self.beat.bar,
            RouteTrigger::Drum(k) => return self.heard.drums.get(usize::from(k)).map_or(0, |drum| drum.count),
            RouteTrigger::Phrase => return self.deck.phrases_begun,
            RouteTrigger::Drop => return self.heard.passage.drops,
            RouteTrigger::Bars(many) => self.beat.bar.div_euclid(i64::from(many.max(1))),
        };
        number as u64
    }

    /// Beats counted from the first bar, so that turns start with a bar.
    fn beats_in_bars(&self) -> f64 {
        self.beat.bar as f64 * BEATS_PER_BAR + f64::from(self.beat.beat_in_bar) + self.beat.phase
    }
}

impl Signal {
    /// The level before any shaping; `salt` belongs to the route.
    pub(super) fn value(self, pulses: &Pulses<'_>, salt: u64) -> f32 {
        match self {
            Self::Heard(source) => pulses.heard.source(source),
            Self::Lfo { wave, every_beats, phase } => {
                wave.at(pulses.beats_in_bars() / f64::from(every_beats) + f64::from(phase), salt)
            }
            Self::Form(signal) => pulses.deck.phrase.as_ref().map_or(0.0, |phrase| signal.value(phrase)),
            Self::Track => pulses.deck.through_track,
            Self::One => 1.0,
        }
    }
}
