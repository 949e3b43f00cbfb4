//! How the clock follows tempo sources: each reported beat bends the line towards it.

use super::lead::LeadTurn;
use super::midi::TICKS_PER_BEAT;
use super::{BLEND_BEATS, ClockSource, MidiLock, Tempo, clamp_bpm};
use crate::units::{BEATS_PER_BAR, Bpm, Seconds};

/// Sightings that must agree on another downbeat before the bar moves: two bars.
const DOWNBEAT_VOTES: u32 = 8;
/// The bar counts as known for so long after a source said where it begins: eight bars.
const KNOWN_BEATS: f64 = 32.0;

/// A source this near to the tapped tempo (relative) and beat agrees with the taps.
const AGREED_TEMPO: f64 = 0.04;
const AGREED_BEATS: f64 = 0.25;

/// A beat as a source reports it, jitter already removed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sighting {
    /// When the beat was, or will be.
    pub at: Seconds,
    pub bpm: Bpm,
    /// 0 on the one, to 3; `None` when the source does not know.
    pub beat_in_bar: Option<u8>,
    /// How far to trust it, 0..1.
    pub confidence: f32,
}

/// Votes of the leading source for another downbeat.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Downbeat {
    /// How many beats away from ours they want it, and how many sightings in a row said so.
    shift: u8,
    votes: u32,
    /// The bar was set by resync: sources do not move it until another one leads.
    pub by_hand: bool,
    /// The beat at which a source last said where our bar begins, or agreed that it begins there.
    pub told_at: Option<f64>,
}

impl Downbeat {
    /// Whether somebody said where the bar begins, and not too long before `beats`.
    pub fn is_known(&self, beats: f64) -> bool {
        self.by_hand || self.told_at.is_some_and(|at| beats - at < KNOWN_BEATS)
    }
}

impl Tempo {
    /// A machine that is not MIDI clock saw a beat. The clock follows when no better source is alive; a source that
    /// takes the lead brings its bar along, later its bar must be another one for two bars before ours moves.
    pub fn sight(&mut self, now: Seconds, source: ClockSource, sighting: &Sighting) {
        self.advance(now);
        let Sighting { at, bpm, beat_in_bar, confidence } = *sighting;
        if !at.0.is_finite() || !bpm.0.is_finite() || !(20.0..=500.0).contains(&bpm.0) {
            return;
        }
        if self.held {
            return;
        }
        // The line may be past `now` already: messages are dated back to their arrival.
        let their_beats = (self.line.at_s - at.0) * bpm.beats_per_second();
        let agrees = self.agrees(bpm.0, Some(their_beats));
        let Some(turn) = self.lead.heard(source, now.0, agrees) else { return };
        if turn == LeadTurn::Takes {
            self.begin_following(source);
        }
        self.line.set_rate(clamp_bpm(bpm.0 * self.scale));
        self.confidence = confidence.clamp(0.0, 1.0);
        let since_beats = their_beats * self.scale + self.nudged_beats;
        // Of our beats only every `scale`-th is one of theirs; below 1 theirs come between ours.
        let grid = self.scale.min(1.0);
        let error = (since_beats - self.line.beats) / grid;
        let error = (error - error.round()) * grid;
        self.line.bend(error, BLEND_BEATS);
        if let (Some(place), true) = (beat_in_bar, self.scale == 1.0) {
            let beat = (self.line.beats + error - since_beats).round();
            self.hear_downbeat(beat - f64::from(place % 4), turn == LeadTurn::Takes);
        }
        self.publish();
    }

    /// A machine says that its bar begins at `beat` of ours.
    fn hear_downbeat(&mut self, beat: f64, at_once: bool) {
        let shift = (beat - self.line.bar_beat).rem_euclid(BEATS_PER_BAR) as u8;
        let downbeat = &mut self.downbeat;
        downbeat.votes = if downbeat.shift == shift { downbeat.votes + 1 } else { 1 };
        downbeat.shift = shift;
        let agreed = at_once || downbeat.votes >= DOWNBEAT_VOTES;
        if shift == 0 || (agreed && !downbeat.by_hand) {
            downbeat.told_at = Some(self.line.beats);
            self.line.start_bar_at(beat);
        }
    }

    /// Whether a source at tempo `bpm` agrees with the clock; `phase` is how many beats it is past one of its beats, if
    /// it knows.
    fn agrees(&self, bpm: f64, phase: Option<f64>) -> bool {
        let off = phase.map_or(0.0, |phase| phase - self.line.beats);
        (bpm / self.line.bpm - 1.0).abs() <= AGREED_TEMPO && (off - off.round()).abs() <= AGREED_BEATS
    }

    /// `source` takes the lead. For another source than the last, ×2 and ÷2, nudges and resync are reset; for the same
    /// one after a gap they are kept.
    fn begin_following(&mut self, source: ClockSource) {
        self.lock = None;
        self.downbeat.votes = 0;
        if self.followed.replace(source) == Some(source) {
            return;
        }
        self.scale = 1.0;
        self.nudged_beats = 0.0;
        self.line.turn = None;
        self.downbeat = Downbeat::default();
    }

    pub(super) fn follow_midi(&mut self, now: Seconds) {
        let Some(fit) = self.midi.fit() else { return };
        let ready = self.lead.source() == ClockSource::Midi || self.midi.has_whole_beat();
        if self.held || !ready {
            return;
        }
        let bpm = 60.0 / (fit.period_s * TICKS_PER_BEAT);
        let agrees = self.agrees(bpm, self.midi.origin().map(|origin| (fit.tick - origin) / TICKS_PER_BEAT));
        let Some(turn) = self.lead.heard(ClockSource::Midi, now.0, agrees) else { return };
        if turn == LeadTurn::Takes {
            self.begin_following(ClockSource::Midi);
        }
        self.line.set_rate(clamp_bpm(bpm * self.scale));
        self.make_up_for_pause();
        let scale = self.scale;
        let beat_of = |lock: MidiLock| lock.beat + (fit.tick - lock.tick) / TICKS_PER_BEAT * scale;
        let kept = self.lock.filter(|lock| (beat_of(*lock) - self.line.beats).abs() <= 0.5);
        let lock = kept.unwrap_or_else(|| self.new_lock(fit.tick));
        self.lock = Some(lock);
        self.confidence = if self.midi.origin().is_some() { 1.0 } else { 0.8 };
        self.line.bend(beat_of(lock) - self.line.beats, BLEND_BEATS);
    }

    /// The sender paused, without saying where it is: our bar moves with its beat, by the whole beats that passed.
    fn make_up_for_pause(&mut self) {
        let beats = (self.midi.take_pause() / TICKS_PER_BEAT * self.scale).round();
        if let Some(lock) = self.lock.as_mut().filter(|_| self.midi.origin().is_none() && beats != 0.0) {
            lock.beat += beats;
            self.line.start_bar_at(self.line.bar_beat + beats);
        }
    }

    /// Ties MIDI ticks to our beats: by the song position if it is known (and then the bar too), else so that
    /// nothing moves.
    fn new_lock(&mut self, tick: f64) -> MidiLock {
        let Some(origin) = self.midi.origin() else {
            return MidiLock { tick, beat: self.line.beats };
        };
        let played = (tick - origin) / TICKS_PER_BEAT * self.scale;
        let beat = (self.line.beats - played).round();
        // Songs begin with a phrase.
        self.line.start_phrase_at(beat);
        MidiLock { tick: origin, beat }
    }
}
