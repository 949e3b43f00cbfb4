//! The reader's side: a plain value that answers "which beat is it at time t".

use super::line::TempoLine;
use crate::units::{BEATS_PER_BAR, Bpm, Seconds};

/// Who sets the tempo, by rising priority: while a source is alive, those of lower priority do not move the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockSource {
    /// Nobody: the clock runs on at the last tempo or at the one set by hand.
    Free,
    /// Our own audio analysis.
    Audio,
    /// MIDI clock.
    Midi,
    /// Beats sent over OSC.
    Osc,
    /// Ableton Link, through Carabiner.
    Link,
    /// The decks, over Pro DJ Link.
    ProLink,
    /// Taps.
    Tap,
}

impl ClockSource {
    pub const ALL: [Self; 7] = [Self::Free, Self::Audio, Self::Midi, Self::Osc, Self::Link, Self::ProLink, Self::Tap];

    /// The word for reports and the status line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Audio => "audio",
            Self::Midi => "midi",
            Self::Osc => "osc",
            Self::Link => "link",
            Self::ProLink => "prolink",
            Self::Tap => "tap",
        }
    }

    pub(super) fn rank(self) -> usize {
        self as usize
    }

    /// These filter their beats before they report any, so that the first one reported may take the lead.
    pub(super) fn is_sure_of_itself(self) -> bool {
        matches!(self, Self::Audio | Self::Midi)
    }
}

/// The musical time at one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beat {
    /// Beats since the show began; continuous, never falls.
    pub beats: f64,
    /// Bars counted from 0; never falls. Where a phrase is known to begin (a resync, a drop, a song, the DJ's track) it
    /// goes up to a multiple of sixteen, so that 4, 8 and 16 bars are counted from there.
    pub bar: i64,
    /// Position within the beat, 0..1.
    pub phase: f64,
    /// 0 on the one, to 3.
    pub beat_in_bar: u8,
    pub bpm: Bpm,
    /// How far to trust the phase: 0 free-running, 0.5 coasting after a lost clock, up to 1.
    pub confidence: f32,
    pub source: ClockSource,
    /// A hand or the source said where the bar begins; otherwise it is counted from the last resync, drop or start.
    pub bar_known: bool,
}

impl Beat {
    /// Beats since the first bar: as [`Self::bar`] counts, so that its multiples of four are ones.
    #[must_use]
    pub fn since_first_bar(&self) -> f64 {
        BEATS_PER_BAR * self.bar as f64 + f64::from(self.beat_in_bar) + self.phase
    }

    /// Position within the bar, 0..1.
    #[must_use]
    pub fn bar_phase(&self) -> f64 {
        (f64::from(self.beat_in_bar) + self.phase) / BEATS_PER_BAR
    }
}

/// Where a straight piece of the beat line starts.
#[derive(Clone, Copy, Debug)]
struct Knot {
    at_s: f64,
    beats: f64,
    beats_per_s: f64,
    bpm: f64,
}

/// One straight piece behind us, the current one, and at most two corners ahead.
const KNOTS: usize = 4;

/// The beat clock: a `Copy` value, asked about any instant.
///
/// Within one value `at` is continuous and strictly rising. From one published value to the next it is
/// continuous at the moment of publishing; a reader that looks ahead may see its *prediction* revised, and
/// should keep the larger beat if that matters to it.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    knots: [Knot; KNOTS],
    len: usize,
    bar_beat: f64,
    bar: i64,
    confidence: f32,
    source: ClockSource,
    bar_known: bool,
}

impl Clock {
    pub(super) fn new(line: &TempoLine, source: ClockSource, confidence: f32) -> Self {
        let start = Knot::of(line);
        let (knots, bar_known) = ([start; KNOTS], false);
        let empty = Self { knots, len: 1, bar_beat: line.bar_beat, bar: line.bar, confidence, source, bar_known };
        empty.redrawn(line, source, confidence)
    }

    /// The clock after the writer changed the line at `line.at_s`: the piece before that instant is kept.
    pub(super) fn redrawn(&self, line: &TempoLine, source: ClockSource, confidence: f32) -> Self {
        let behind = self.knots[..self.len].iter().rev().find(|knot| knot.at_s < line.at_s);
        let mut knots = [Knot::of(line); KNOTS];
        let mut len = 0;
        if let Some(behind) = behind {
            knots[0] = *behind;
            len = 1;
        }
        let mut ahead = *line;
        while len < KNOTS {
            knots[len] = Knot::of(&ahead);
            len += 1;
            if ahead.next_corner_s().is_none() {
                break;
            }
            ahead.take_corner();
        }
        Self { knots, len, bar_beat: line.bar_beat, bar: line.bar, confidence, source, ..*self }
    }

    pub(super) fn with_bar_known(self, bar_known: bool) -> Self {
        Self { bar_known, ..self }
    }

    /// The musical time at show time `t`, past or future.
    #[must_use]
    pub fn at(&self, t: Seconds) -> Beat {
        let known = &self.knots[..self.len];
        let index = known.iter().rposition(|knot| knot.at_s <= t.0).unwrap_or(0);
        let knot = known[index];
        let mut beats = knot.beats + (t.0 - knot.at_s) * knot.beats_per_s;
        if let Some(next) = known.get(index + 1) {
            // Rounding must not lead past the corner: the count would then fall at the next knot.
            beats = beats.min(next.beats);
        }
        let in_bars = (beats - self.bar_beat) / BEATS_PER_BAR;
        let whole = beats.floor();
        Beat {
            beats,
            bar: self.bar + in_bars.floor() as i64,
            phase: beats - whole,
            beat_in_bar: (beats - self.bar_beat).floor().rem_euclid(BEATS_PER_BAR) as u8,
            bpm: Bpm(knot.bpm),
            confidence: self.confidence,
            source: self.source,
            bar_known: self.bar_known,
        }
    }

    /// When beat number `beats` comes (or came).
    #[must_use]
    pub fn time_of(&self, beats: f64) -> Seconds {
        let known = &self.knots[..self.len];
        let index = known.iter().rposition(|knot| knot.beats <= beats).unwrap_or(0);
        let knot = known[index];
        Seconds(knot.at_s + (beats - knot.beats) / knot.beats_per_s)
    }
}

impl Default for Clock {
    /// 120 BPM from show time 0.
    fn default() -> Self {
        Self::new(&TempoLine::new(120.0), ClockSource::Free, 0.0)
    }
}

impl Knot {
    fn of(line: &TempoLine) -> Self {
        Self { at_s: line.at_s, beats: line.beats, beats_per_s: line.rate(), bpm: line.bpm }
    }
}
