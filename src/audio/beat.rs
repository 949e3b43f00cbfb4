//! The beat tracker: where the beat is, from the sound alone, causally.
//!
//! ```text
//! power spectrum ─ Sight ─ Network ─┬ beat ─ Pointer (bar-pointer HMM) ─ beats ─ BeatLine (robust fit) ─┬─► Pulse
//!        │                          └ downbeat ─ Bar (which beat of four) ──────────────────────────────┘
//!        └ kick band ─ KickWatch: holds the line while the kick is gone, re-seeds the pointer when it comes back
//! ```
//!
//! Stepped once per hop by the analysis; allocates only at construction. What it publishes is a line through the
//! recent beats, so whoever asks can look ahead of the sound.

mod bar;
mod belief;
mod kick_watch;
mod line;
mod network;
mod pointer;
mod sight;
#[cfg(test)]
mod tests;

use super::spectrum::Spectrum;
use bar::Bar;
use belief::Belief;
pub(super) use kick_watch::KickTurn;
use kick_watch::{GONE_S, KickWatch};
use line::{BeatLine, Rewind};
use network::{FRAME_S, Hint, LATE_S, Network};
use pointer::Pointer;
use sight::Sight;

/// Confidence from which a pulse is sure.
const SURE: f32 = 0.5;
/// No beat is learned from a pointer that is spread more widely than this, 0..1.
const LEAST_CONCENTRATION: f32 = 0.25;
/// The pointer passes a beat where its phase falls from above the first to below the second.
const PASSING: (f32, f32) = (0.7, 0.3);
/// Of beats that nobody passed so many at most are made up for: by then the bar is forgotten.
const MOST_SKIPPED: f64 = 16.0;
/// Silence of this length, counted from when the gate closed, ends the music: tracking starts anew.
const OVER_S: f64 = 2.5;
/// A hold of more than so many beats (64 bars) is given up: no break is that long.
const LONGEST_HOLD_BEATS: u64 = 256;
/// A held line is left for another one when so many beats in a row, each this likely, are not on it: two bars.
const ASTRAY_BEATS: u32 = 8;
const SURE_OF_ANOTHER: f32 = 0.9;

/// The beat as heard, relative to the newest sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pulse {
    /// Seconds since a beat of the fitted line; less than one period, negative never.
    pub age_s: f32,
    pub period_s: f32,
    /// How likely this beat is right, 0..1.
    pub confidence: f32,
    /// Beats counted so far; changes once a beat.
    pub count: u64,
    /// Running on through a break by the last line.
    pub held: bool,
    /// Which beat of a bar of four the newest one is, 0 to 3, and how likely that is, 0..1.
    pub beat_in_bar: u8,
    pub bar_confidence: f32,
}

impl Default for Pulse {
    /// Nothing heard yet.
    fn default() -> Self {
        Self { age_s: 0.0, period_s: 0.5, confidence: 0.0, count: 0, held: false, beat_in_bar: 0, bar_confidence: 0.0 }
    }
}

impl Pulse {
    #[must_use]
    pub fn bpm(&self) -> f32 {
        60.0 / self.period_s
    }

    /// Whether a clock should follow it.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        self.confidence >= SURE
    }
}

/// The line runs on by itself.
#[derive(Clone, Copy)]
struct Hold {
    /// The count of beats when it began, and how likely they were right.
    from: u64,
    confidence: f32,
    /// Beats in a row that were not on the line.
    astray: u32,
}

/// What is heard, before anybody draws conclusions.
struct Ear {
    sight: Sight,
    network: Network,
    kick: KickWatch,
    /// How likely a groove plays, as the network says.
    groove: f32,
    /// What the kick did in the newest hop.
    turn: Option<KickTurn>,
}

pub(super) struct BeatTracker {
    hop_s: f64,
    hops: u64,
    ear: Ear,
    pointer: Pointer,
    belief: Belief,
    bar: Bar,
    line: BeatLine,
    rewind: Rewind,
    /// Where the pointer was last seen in the beat, 0..1, and the end of the frame it had seen then.
    pointed: f32,
    pointed_s: f64,
    count: u64,
    /// When the newest counted beat was.
    counted_s: f64,
    held: Option<Hold>,
    silent_s: f64,
}

impl BeatTracker {
    /// For spectra of `len` samples every `hop_s` seconds.
    pub fn new(sample_rate_hz: f32, len: usize, hop_s: f32) -> Self {
        Self {
            hop_s: f64::from(hop_s),
            hops: 0,
            ear: Ear {
                sight: Sight::new(sample_rate_hz, len, f64::from(hop_s)),
                network: Network::new(),
                kick: KickWatch::new(sample_rate_hz, len, hop_s),
                groove: 0.0,
                turn: None,
            },
            pointer: Pointer::new(),
            belief: Belief::default(),
            bar: Bar::default(),
            line: BeatLine::default(),
            rewind: Rewind::default(),
            pointed: 0.0,
            pointed_s: 0.0,
            count: 0,
            counted_s: f64::NEG_INFINITY,
            held: None,
            silent_s: 0.0,
        }
    }

    /// Goes on counting where another left off.
    pub fn count_on(&mut self, before: &Pulse) {
        self.count = before.count;
    }

    /// The tempo to expect, in bpm; 0 expects nothing.
    pub fn expect_bpm(&mut self, bpm: f32) {
        self.pointer.expect_bpm(bpm);
    }

    /// One hop: the newest spectrum, and whether the gate is closed.
    pub fn step(&mut self, spectrum: &Spectrum, silent: bool) -> Pulse {
        self.hops += 1;
        let now_s = self.hops as f64 * self.hop_s;
        self.ear.turn = self.ear.kick.step(spectrum, self.ear.groove, silent);
        self.rewind.keep(&self.line, self.hop_s, f64::from(GONE_S));
        self.hold_or_go_on();
        let was_silent_s = self.silent_s;
        self.silent_s = if silent { was_silent_s + self.hop_s } else { 0.0 };
        let too_long = self.held.is_some_and(|hold| self.count - hold.from > LONGEST_HOLD_BEATS);
        if too_long || (self.silent_s > OVER_S && was_silent_s <= OVER_S) {
            self.forget();
        }
        if let Some((seen, ago_s)) = self.ear.sight.step(spectrum) {
            self.bar.see(&seen);
            let hints = self.ear.network.step(&seen);
            self.ear.groove = hints.groove;
            for (hint, ago_s) in hints.frames.into_iter().zip([ago_s + FRAME_S, ago_s]) {
                self.pointer.step(if silent { 0.0 } else { hint.beat });
                if !silent {
                    self.listen(hint, now_s - ago_s);
                }
            }
        }
        if self.held.is_some() || silent {
            self.run_on(now_s);
        }
        self.pulse(now_s, silent)
    }

    fn pulse(&self, now_s: f64, silent: bool) -> Pulse {
        let confidence = match self.held {
            _ if silent => 0.0,
            Some(hold) => hold.confidence,
            None => self.confidence(),
        };
        let (beat_in_bar, bar_confidence) = self.bar.place();
        Pulse {
            age_s: (self.line.phase(now_s) * self.line.period_s()) as f32,
            period_s: self.line.period_s() as f32,
            confidence,
            count: self.count,
            held: self.held.is_some(),
            beat_in_bar,
            bar_confidence: if confidence > 0.0 { bar_confidence } else { 0.0 },
        }
    }

    fn confidence(&self) -> f32 {
        self.belief.confidence() * self.line.trust() as f32
    }

    /// When the kick goes, the line runs on; when it comes back, the pointer is told where that is.
    fn hold_or_go_on(&mut self) {
        let confidence = self.confidence();
        match self.ear.turn {
            Some(KickTurn::Gone { .. }) if self.line.is_steady() && confidence >= SURE => {
                self.held = Some(Hold { from: self.count, confidence, astray: 0 });
                // What was heard since the last kick may have misled the line.
                self.line = self.rewind.line().unwrap_or(self.line);
            }
            Some(KickTurn::Back | KickTurn::Blinked | KickTurn::Crept) if self.held.is_some() => {
                self.held = None;
                // The pointer runs late by what the network waits for.
                let phase = self.line.phase(self.pointed_s - LATE_S);
                self.pointer.seed(phase as f32, self.line.period_s() as f32);
                self.line.expect_again();
            }
            _ => {}
        }
    }

    /// The music has ended: forgets line, belief and kick, so that talk, for one, is not taken for the same beat.
    fn forget(&mut self) {
        self.held = None;
        self.belief = Belief::default();
        self.bar = Bar::default();
        self.pointer.forget();
        self.ear.network.forget();
        self.line = BeatLine::default();
        self.ear.kick.forget();
        self.ear.turn = Some(KickTurn::Over);
    }

    /// How likely it is that a groove plays: kick and bass, or what stands for them, 0..1.
    pub fn groove(&self) -> f32 {
        self.ear.groove
    }

    /// Whether the kick went or came back in the newest hop.
    pub fn turn(&self) -> Option<KickTurn> {
        self.ear.turn
    }

    /// Takes the pointer's phase after a frame that ended at `frame_s`; when it passes a beat, the line learns it.
    ///
    /// While the line is held it learns nothing, unless the pointer has been sure of another one for long.
    fn listen(&mut self, hint: Hint, frame_s: f64) {
        let seen = self.pointer.posterior();
        if let Some(downbeat) = self.belief.step(&seen, hint) {
            self.bar.hear(downbeat);
        }
        let passed = self.pointed > PASSING.0 && seen.phase < PASSING.1;
        (self.pointed, self.pointed_s) = (seen.phase, frame_s);
        if !passed || seen.confidence < LEAST_CONCENTRATION {
            return;
        }
        let beat_s = frame_s - f64::from(seen.phase * seen.period_s) - LATE_S;
        if let Some(hold) = &mut self.held {
            let sure = self.belief.confidence() >= SURE_OF_ANOTHER;
            hold.astray = if sure && !self.line.has(beat_s, f64::from(seen.period_s)) { hold.astray + 1 } else { 0 };
            if hold.astray < ASTRAY_BEATS {
                return;
            }
            self.held = None;
        }
        if self.line.learn(beat_s, f64::from(seen.period_s)) {
            self.count_beat(beat_s, self.confidence() >= SURE);
        }
    }

    /// Counts the beats of the line while nothing is listened to.
    fn run_on(&mut self, now_s: f64) {
        if !self.line.is_empty() {
            let beat_s = now_s - self.line.phase(now_s) * self.line.period_s();
            self.count_beat(beat_s, self.held.is_some());
        }
    }

    /// Counts the beat at `beat_s`, unless it was counted already. The bar goes on over those that nobody passed.
    fn count_beat(&mut self, beat_s: f64, sure: bool) {
        let beats = ((beat_s - self.counted_s) / self.line.period_s()).round();
        if beats < 1.0 {
            return;
        }
        let skipped = if beats.is_finite() { (beats - 1.0).min(MOST_SKIPPED) as usize } else { 0 };
        (0..skipped).for_each(|_| self.bar.pass(false));
        self.bar.pass(sure);
        self.count += 1;
        self.counted_s = beat_s;
    }
}
