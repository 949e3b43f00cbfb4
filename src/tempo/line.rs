//! The writer's side of the clock: where the beat count is now and how it will run on if nothing else happens.

use super::clamp_bpm;
use crate::units::BEATS_PER_BAR;

/// The longest phrase that is counted: where one begins, the number of the bar is a multiple of it.
const PHRASE_BARS: i64 = 16;

/// A phase correction in progress.
#[derive(Clone, Copy, Debug)]
struct Bend {
    until_s: f64,
    extra_beats_per_s: f64,
}

/// A ×2 or ÷2 that waits for its beat.
#[derive(Clone, Copy, Debug)]
pub(super) struct RateChange {
    pub at_beat: f64,
    pub factor: f64,
}

/// The beat count as a line over time, with at most two corners ahead of it: a bend ending and a turn.
#[derive(Clone, Copy, Debug)]
pub(super) struct TempoLine {
    pub at_s: f64,
    pub beats: f64,
    pub bpm: f64,
    pub turn: Option<RateChange>,
    bend: Option<Bend>,
    /// A beat number that starts a bar, and the bar it starts.
    pub bar_beat: f64,
    pub bar: i64,
}

impl TempoLine {
    pub fn new(bpm: f64) -> Self {
        Self { at_s: 0.0, beats: 0.0, bpm, turn: None, bend: None, bar_beat: 0.0, bar: 0 }
    }

    /// Beats per second right now, bend included. Always positive: a bend never takes more than half away.
    pub fn rate(&self) -> f64 {
        let base = self.bpm / 60.0;
        let extra = self.bend.map_or(0.0, |bend| bend.extra_beats_per_s);
        base + extra.clamp(-0.5 * base, base)
    }

    /// When the next corner of the line comes, if one is known.
    pub fn next_corner_s(&self) -> Option<f64> {
        let turn_s = self.turn.map(|turn| self.at_s + (turn.at_beat - self.beats).max(0.0) / self.rate());
        let bend_s = self.bend.map(|bend| bend.until_s);
        match (turn_s, bend_s) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Moves to the next corner and takes it.
    pub fn take_corner(&mut self) {
        let Some(corner_s) = self.next_corner_s() else { return };
        let turn_s = self.turn.map(|turn| self.at_s + (turn.at_beat - self.beats).max(0.0) / self.rate());
        if self.turn.is_some() && turn_s <= Some(corner_s) {
            if let Some(turn) = self.turn.take() {
                // Exactly on the beat, whatever rounding says.
                self.beats = self.beats.max(turn.at_beat);
                self.bpm = clamp_bpm(self.bpm * turn.factor);
            }
        } else {
            self.beats += (corner_s - self.at_s).max(0.0) * self.rate();
            self.bend = None;
        }
        self.at_s = self.at_s.max(corner_s);
    }

    /// Runs on to `now_s`; earlier times change nothing.
    pub fn run_to(&mut self, now_s: f64) {
        while self.next_corner_s().is_some_and(|corner_s| corner_s <= now_s) {
            self.take_corner();
        }
        if now_s > self.at_s {
            self.beats += (now_s - self.at_s) * self.rate();
            self.at_s = now_s;
        }
    }

    /// A new tempo from a hand: forgets a waiting turn.
    pub fn set_bpm(&mut self, bpm: f64) {
        self.turn = None;
        self.set_rate(bpm);
    }

    /// A new tempo from a source that is being followed.
    pub fn set_rate(&mut self, bpm: f64) {
        self.bpm = bpm;
    }

    /// Drops a correction in progress.
    pub fn straighten(&mut self) {
        self.bend = None;
    }

    /// Moves the count by `beats` over `over_beats` beats, or over more where that would bend the rate by more
    /// than half. Replaces a correction in progress.
    pub fn bend(&mut self, beats: f64, over_beats: f64) {
        let base = self.bpm / 60.0;
        let over_s = (over_beats / base).max(beats.abs() / (0.5 * base));
        self.bend = Some(Bend { until_s: self.at_s + over_s, extra_beats_per_s: beats / over_s });
    }

    /// Makes beat number `beat` the first of a bar. The bar number never falls.
    pub fn start_bar_at(&mut self, beat: f64) {
        let already = ((beat - self.bar_beat) / BEATS_PER_BAR).fract() == 0.0;
        if already {
            return;
        }
        let current = self.bar_of(self.beats);
        // `wanted` is the bar of the present beat: unchanged when `beat` is still to come, else the next one.
        let whole_bars = ((self.beats - beat) / BEATS_PER_BAR).floor() as i64;
        let wanted = if self.beats < beat { current } else { current + 1 };
        self.bar_beat = beat;
        self.bar = wanted - whole_bars;
    }

    /// Makes beat number `beat` the first of a phrase: of a bar whose number sixteen divides.
    pub fn start_phrase_at(&mut self, beat: f64) {
        self.start_bar_at(beat);
        self.bar += (-self.bar_of(beat)).rem_euclid(PHRASE_BARS);
    }

    /// The beat nearest to `beats` that starts a bar.
    pub fn bar_near(&self, beats: f64) -> f64 {
        self.bar_beat + BEATS_PER_BAR * ((beats - self.bar_beat) / BEATS_PER_BAR).round()
    }

    fn bar_of(&self, beats: f64) -> i64 {
        self.bar + ((beats - self.bar_beat) / BEATS_PER_BAR).floor() as i64
    }
}
