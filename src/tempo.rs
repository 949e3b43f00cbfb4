//! The beat clock, and the taps and tempo sources that set it.
//!
//! [`Tempo`] is the one writer: the conductor feeds it taps, MIDI clock bytes, beats from other machines or from audio
//! analysis ([`Tempo::sight`]) and button presses, and calls [`Tempo::step`] on every tick. Its output is a [`Clock`],
//! a `Copy` value that any thread may keep and ask about any instant, past or future; the renderer asks for its present
//! time, the generator for the time its image will be on the wall.
//!
//! The beat count is continuous and never runs backwards: tempo changes bend the line, phase corrections are
//! blended in by running faster or slower for about a beat, and ×2 and ÷2 take effect at the next beat.
//!
//! ```
//! use halation::tempo::Tempo;
//! use halation::units::{Bpm, Seconds};
//!
//! let mut tempo = Tempo::new(Bpm(120.0));
//! tempo.step(Seconds(3.0));
//! let clock = tempo.clock();
//! assert_eq!(clock.at(Seconds(4.25)).beats, 8.5);
//! // The future, too: when will the bar after next begin?
//! assert_eq!(clock.time_of(12.0), Seconds(6.0));
//! tempo.double(Seconds(4.25));
//! assert_eq!(tempo.clock().at(Seconds(5.0)).beats, 11.0, "from the next beat on it runs twice as fast");
//! ```

mod clock;
mod follow;
mod gap;
mod lead;
mod line;
mod midi;
mod packets;
mod phrase;
pub mod prolink;
mod straight;
mod tap;
#[cfg(test)]
mod tests;

pub(crate) use clock::Clock;
pub use clock::{Beat, ClockSource};
pub(crate) use follow::Sighting;
pub(crate) use phrase::{Collection, DeckPlace, Phrase, PhraseKind, PhraseNow, Phrases, Track};
pub(crate) use straight::StraightLine;

use crate::units::{Bpm, Seconds};
use follow::Downbeat;
use lead::Lead;
use line::{RateChange, TempoLine};
use midi::{MidiClock, TICKS_PER_BEAT};
use tap::TapSeries;

/// Slowest and fastest tempo the clock will run at, after ×2 and ÷2.
pub const BPM_RANGE: std::ops::RangeInclusive<f64> = 20.0..=400.0;

/// A phase correction is spread over this many beats, longer when it would bend the rate by more than half.
const BLEND_BEATS: f64 = 1.0;

/// How a MIDI tick position maps to our beats: `beat + (ticks - tick) / 24 * scale`.
#[derive(Clone, Copy, Debug)]
struct MidiLock {
    tick: f64,
    beat: f64,
}

/// The one writer of the beat clock.
///
/// Every method takes show time; times that run backwards are treated as "no time has passed".
/// Priority: hold, then the sources by the order of [`ClockSource`], each until it was silent for 3 s, then the last
/// tempo. Taps lead on until a machine agrees with them or they are released: by the end of hold, another choice of
/// source, or a tempo set by hand.
pub struct Tempo {
    line: TempoLine,
    clock: Clock,
    lead: Lead,
    confidence: f32,
    held: bool,
    /// Our beats per beat of the machine that leads: 2 after ×2, 0.5 after ÷2.
    scale: f64,
    /// The machine that led last.
    followed: Option<ClockSource>,
    /// How far nudges moved us off the machine's beat.
    nudged_beats: f64,
    downbeat: Downbeat,
    midi: MidiClock,
    lock: Option<MidiLock>,
    taps: TapSeries,
    /// Of whom it was said that a tempo by hand does not count while they lead.
    said: Option<ClockSource>,
}

impl Tempo {
    /// A free-running clock whose beat 0 is at show time 0.
    #[must_use]
    pub fn new(bpm: Bpm) -> Self {
        let line = TempoLine::new(clamp_bpm(bpm.0));
        Self {
            clock: Clock::new(&line, ClockSource::Free, 0.0),
            line,
            lead: Lead::new(),
            confidence: 0.0,
            held: false,
            scale: 1.0,
            followed: None,
            nudged_beats: 0.0,
            downbeat: Downbeat::default(),
            midi: MidiClock::default(),
            lock: None,
            taps: TapSeries::default(),
            said: None,
        }
    }

    /// The clock as it is now.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// True while [`Tempo::hold`] freezes the tempo.
    #[must_use]
    pub fn held(&self) -> bool {
        self.held
    }

    /// Lets only `source` and hands move the clock; `None` lets the best source that is alive. A change releases taps.
    pub fn listen_to(&mut self, now: Seconds, source: Option<ClockSource>) {
        if self.lead.restrict(source) {
            self.lead.release_taps();
        }
        self.step(now);
    }

    /// Lets time pass: applies what fell due and lets go of a machine that went quiet (the tempo stays).
    pub fn step(&mut self, now: Seconds) -> Clock {
        self.advance(now);
        let mut coasts = self.lead.lets_go(now.0);
        if self.midi.is_stale(now.0) {
            self.midi.reset();
            self.lock = None;
            coasts |= self.lead.lose(ClockSource::Midi);
            self.publish();
        }
        if coasts {
            self.confidence = 0.5;
            self.publish();
        }
        self.clock
    }

    /// A tap on the beat. Sets the phase at once, the tempo from the fourth tap of a series on.
    pub fn tap(&mut self, now: Seconds) {
        self.advance(now);
        if self.held {
            return;
        }
        self.taps.push(now.0);
        if let Some(fit) = self.taps.fit() {
            self.line.set_bpm(clamp_bpm(60.0 / fit.period_s));
            self.lead.take(ClockSource::Tap, now.0);
            self.confidence = fit.confidence;
            self.lock = None;
            (self.scale, self.followed) = (1.0, None);
            self.pull_phase((now.0 - fit.last_beat_s) / fit.period_s);
        } else if !self.follows() {
            self.pull_phase(0.0);
        }
        self.publish();
    }

    /// Sets the downbeat: the beat nearest to now starts a bar, and a phrase. Moves only the bar, never the beat.
    pub fn resync(&mut self, now: Seconds) {
        self.advance(now);
        self.line.start_phrase_at(self.line.beats.round());
        self.downbeat.by_hand = true;
        self.publish();
    }

    /// Audio analysis heard a downbeat that begins a phrase. The nearest beat becomes the first of a bar only while
    /// audio leads and no resync set the bar; otherwise the nearest bar starts the phrase. Ignored while the tempo is
    /// held, and while MIDI clock leads with a known song position, which numbers the bars itself.
    pub fn hear_the_one(&mut self, now: Seconds) {
        self.advance(now);
        let counts = self.lead.source() == ClockSource::Midi && self.midi.origin().is_some();
        if self.held || counts {
            return;
        }
        if self.lead.source() == ClockSource::Audio && !self.downbeat.by_hand {
            self.line.start_phrase_at(self.line.beats.round());
            self.downbeat.told_at = Some(self.line.beats);
        } else {
            self.line.start_phrase_at(self.line.bar_near(self.line.beats));
        }
        self.publish();
    }

    /// A phrase of the track that plays begins at or near beat `beats`: the nearest bar starts it.
    pub fn start_phrase(&mut self, now: Seconds, beats: f64) {
        self.advance(now);
        self.line.start_phrase_at(self.line.bar_near(beats));
        self.publish();
    }

    /// Shifts the beat by `ms` milliseconds: positive makes the next beat come earlier.
    pub fn nudge(&mut self, now: Seconds, ms: f64) {
        self.advance(now);
        if !ms.is_finite() {
            return;
        }
        let beats = (ms / 1000.0 * self.line.bpm / 60.0).clamp(-1.0, 1.0);
        if let Some(lock) = &mut self.lock {
            // Otherwise the next MIDI tick would take the nudge back, as the next beat of another machine.
            lock.beat += beats;
        }
        self.nudged_beats += beats;
        self.line.bend(beats, BLEND_BEATS / 4.0);
        self.publish();
    }

    /// Twice the tempo, from the next beat.
    pub fn double(&mut self, now: Seconds) {
        self.multiply(now, 2.0);
    }

    /// Half the tempo, from the next beat.
    pub fn halve(&mut self, now: Seconds) {
        self.multiply(now, 0.5);
    }

    /// While true the tempo is frozen and taps and MIDI clock are ignored; the clock runs on, and nudge,
    /// resync, ×2, ÷2 and [`Tempo::set_bpm`] still act. Letting go releases taps.
    pub fn hold(&mut self, now: Seconds, on: bool) {
        self.advance(now);
        if on {
            self.line.straighten();
            self.taps.clear();
        } else if self.held {
            self.lead.release_taps();
        }
        self.lock = None;
        self.held = on;
        self.publish();
    }

    /// Sets the free-running tempo at once, keeping the phase.
    ///
    /// Ignored (returns false) while a live machine leads and the tempo is not held: it would be undone by its next
    /// beat. Said once for each machine.
    pub fn set_bpm(&mut self, now: Seconds, bpm: Bpm) -> bool {
        self.advance(now);
        if !bpm.0.is_finite() {
            return false;
        }
        if self.follows() && !self.held {
            let source = self.lead.source();
            if self.said.replace(source) != Some(source) {
                let leads = source.name();
                tracing::warn!(
                    "tempo.bpm does nothing while {leads} sets the tempo: hold it first (/tempo/hold 1), or let hands \
                     alone set it (/tempo/source hands)"
                );
            }
            return false;
        }
        self.line.set_bpm(clamp_bpm(bpm.0));
        self.lead.take(ClockSource::Free, now.0);
        self.confidence = 0.0;
        (self.scale, self.followed) = (1.0, None);
        self.taps.clear();
        self.publish();
        true
    }

    /// One MIDI clock byte (F8), stamped with its arrival.
    pub fn midi_clock(&mut self, now: Seconds) {
        self.advance(now);
        if !self.midi.tick(now.0) {
            return;
        }
        self.follow_midi(now);
        self.publish();
    }

    /// MIDI start (FA): the next clock byte is beat 1 of bar 1.
    pub fn midi_start(&mut self, now: Seconds) {
        self.advance(now);
        self.midi.start();
        self.lock = None;
    }

    /// MIDI continue (FB): the next clock byte is where the song stopped or was put.
    pub fn midi_continue(&mut self, now: Seconds) {
        self.advance(now);
        self.midi.resume();
        self.lock = None;
    }

    /// MIDI stop (FC): the song position stands still; clock bytes that keep coming keep setting the tempo.
    pub fn midi_stop(&mut self, now: Seconds) {
        self.advance(now);
        self.midi.stop();
    }

    /// MIDI song position pointer (F2) in sixteenths.
    pub fn midi_song_position(&mut self, now: Seconds, sixteenths: u16) {
        self.advance(now);
        self.midi.locate(sixteenths);
        self.lock = None;
    }

    fn multiply(&mut self, now: Seconds, factor: f64) {
        self.advance(now);
        let pending = self.line.turn.map_or(1.0, |turn| turn.factor);
        if BPM_RANGE.contains(&(self.line.bpm * pending * factor)) {
            let beat = self.line.turn.map_or_else(|| self.line.beats.floor() + 1.0, |turn| turn.at_beat);
            self.line.turn = Some(RateChange { at_beat: beat, factor: pending * factor });
        }
        self.publish();
    }

    /// Runs the line up to `now`, carrying a completed ×2 or ÷2 over to the machine that leads.
    fn advance(&mut self, now: Seconds) {
        let pending = self.line.turn;
        self.line.run_to(now.0);
        if let (Some(turn), None) = (pending, self.line.turn) {
            if let Some(lock) = &mut self.lock {
                lock.tick += (turn.at_beat - lock.beat) / self.scale * TICKS_PER_BEAT;
                lock.beat = turn.at_beat;
            }
            self.scale *= turn.factor;
        }
    }

    /// Bends the line so that the fraction of the beat becomes `phase` (any real number) by the shorter way.
    fn pull_phase(&mut self, phase: f64) {
        let error = phase - self.line.beats;
        self.line.bend(error - error.round(), BLEND_BEATS);
    }

    /// Our beats per beat of the machine that leads: 2 after ×2, 0.5 after ÷2.
    #[must_use]
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// Whether a machine sets the tempo.
    fn follows(&self) -> bool {
        !matches!(self.lead.source(), ClockSource::Free | ClockSource::Tap)
    }

    fn publish(&mut self) {
        let counted = self.lead.source() == ClockSource::Midi && self.midi.origin().is_some();
        let bar_known = counted || self.downbeat.is_known(self.line.beats);
        self.clock = self.clock.redrawn(&self.line, self.lead.source(), self.confidence).with_bar_known(bar_known);
    }
}

fn clamp_bpm(bpm: f64) -> f64 {
    bpm.clamp(*BPM_RANGE.start(), *BPM_RANGE.end())
}
