//! The beat tracker: where the beat is, from the sound alone, causally and without a trained model.
//!
//! ```text
//! power spectrum ─ Activation ─ Pointer (bar-pointer HMM) ─ beats ─ BeatLine (robust fit) ─► Pulse
//!        └ kick band ─ KickWatch: holds the pointer while the kick is gone, re-seeds it when it comes back
//! ```
//!
//! Stepped once per hop by the analysis; allocates only at construction. What it publishes is a line through the
//! recent beats, so whoever asks can look ahead of the sound.

mod activation;
mod ground;
mod kick_watch;
mod line;
mod pointer;
#[cfg(test)]
mod tests;

use super::spectrum::Spectrum;
use activation::Activation;
use ground::Ground;
use kick_watch::KickWatch;
pub(super) use kick_watch::{GONE_S, KickTurn};
use line::BeatLine;
use pointer::Pointer;

/// Confidence from which a pulse is sure. Below half of it no beat is learned, and drums must be found anew.
const SURE: f32 = 0.5;
/// How late the mean phase says "now": what the window takes to fill, less half of what counts as the beat. Measured.
const LATENESS_S: f64 = 0.0045;
/// So many beats must have been counted before a break is held, which means that the line runs on through it.
const BEATS_BEFORE_HOLD: u64 = 12;
/// Silence of this length, counted from when the gate closed, ends the music: tracking starts anew.
const OVER_S: f64 = 2.5;
/// A hold of more than so many beats (64 bars) is given up: no break is that long.
const LONGEST_HOLD_BEATS: u64 = 256;

/// The beat as heard, relative to the newest sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pulse {
    /// Seconds since a beat of the fitted line; less than one period, negative never.
    pub age_s: f32,
    pub period_s: f32,
    /// How far the posterior is concentrated on one phase, 0..1.
    pub confidence: f32,
    /// Beats counted so far; changes once a beat.
    pub count: u64,
    /// Running on through a break by the last line.
    pub held: bool,
}

impl Default for Pulse {
    /// Nothing heard yet.
    fn default() -> Self {
        Self { age_s: 0.0, period_s: 0.5, confidence: 0.0, count: 0, held: false }
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

pub(super) struct BeatTracker {
    hop_s: f64,
    activation: Activation,
    ground: Ground,
    /// There are drums under this line, or were when it was first believed.
    grounded: bool,
    pointer: Pointer,
    kick: KickWatch,
    /// What the kick did in the newest hop.
    turn: Option<KickTurn>,
    line: BeatLine,
    hops: u64,
    phase: f32,
    count: u64,
    /// The count when a hold began, for as long as it lasts.
    held_from: Option<u64>,
    silent_s: f64,
    confidence: f32,
}

impl BeatTracker {
    /// For spectra of `len` samples every `hop_s` seconds.
    pub fn new(sample_rate_hz: f32, len: usize, hop_s: f32) -> Self {
        Self {
            hop_s: f64::from(hop_s),
            activation: Activation::new(sample_rate_hz, len, hop_s),
            ground: Ground::new(sample_rate_hz, len, hop_s),
            grounded: false,
            pointer: Pointer::new(hop_s),
            kick: KickWatch::new(sample_rate_hz, len, hop_s),
            turn: None,
            line: BeatLine::default(),
            hops: 0,
            phase: 0.0,
            count: 0,
            held_from: None,
            silent_s: 0.0,
            confidence: 0.0,
        }
    }

    /// Goes on counting where another left off.
    pub fn count_on(&mut self, before: &Pulse) {
        self.count = before.count;
    }

    /// One hop: the newest spectrum, and whether the gate is closed.
    pub fn step(&mut self, spectrum: &Spectrum, silent: bool) -> Pulse {
        self.hops += 1;
        let now_s = self.hops as f64 * self.hop_s;
        let activation = self.activation.step(spectrum);
        let steady = self.count >= BEATS_BEFORE_HOLD && self.line.is_steady() && self.confidence >= SURE;
        self.turn = self.kick.step(spectrum, silent);
        match self.turn {
            Some(KickTurn::Gone) if steady => self.held_from = Some(self.count),
            Some(KickTurn::Back | KickTurn::Blinked) if self.held_from.is_some() => {
                self.held_from = None;
                let (phase, period_s) = (self.line.phase(now_s), self.line.period_s());
                self.pointer.seed(phase as f32, period_s as f32);
                self.line.expect_again();
            }
            _ => {}
        }
        self.silent_s = if silent { self.silent_s + self.hop_s } else { 0.0 };
        let too_long = self.held_from.is_some_and(|from| self.count - from > LONGEST_HOLD_BEATS);
        if too_long || (self.silent_s > OVER_S && self.confidence > 0.0) {
            self.forget();
        }
        let held = self.held_from.is_some();
        if held || silent {
            self.run_on(now_s);
        } else {
            self.pointer.step(activation);
            self.listen(now_s);
        }
        let confidence = if silent { 0.0 } else { self.confidence * self.line.trust() as f32 };
        // Drums are asked for when a line is first believed; a high-passed passage must not lose it.
        let drums = self.ground.step(spectrum, silent);
        self.grounded = (self.grounded || drums) && (held || confidence >= 0.5 * SURE);
        Pulse {
            age_s: (self.line.phase(now_s) * self.line.period_s()) as f32,
            period_s: self.line.period_s() as f32,
            confidence: if self.grounded { confidence } else { 0.0 },
            count: self.count,
            held,
        }
    }

    /// The music has ended: forgets line, confidence and kick, so that talk, for one, is not taken for the same beat.
    fn forget(&mut self) {
        (self.held_from, self.confidence, self.grounded) = (None, 0.0, false);
        self.pointer.forget();
        self.line = BeatLine::default();
        self.kick.forget();
    }

    /// Whether the kick went or came back in the newest hop.
    pub fn turn(&self) -> Option<KickTurn> {
        self.turn
    }

    /// Takes the pointer's phase; when it passes a beat, the line learns it.
    fn listen(&mut self, now_s: f64) {
        let seen = self.pointer.posterior();
        self.confidence = seen.confidence;
        let passed = self.phase > 0.7 && seen.phase < 0.3;
        self.phase = seen.phase;
        if passed && seen.confidence >= 0.5 * SURE {
            let beat_s = now_s - f64::from(seen.phase * seen.period_s) - LATENESS_S;
            if self.line.learn(beat_s, f64::from(seen.period_s)) {
                self.count += 1;
            }
        }
    }

    /// Counts the beats of the line while nothing is listened to.
    fn run_on(&mut self, now_s: f64) {
        let phase = self.line.phase(now_s) as f32;
        if self.phase > 0.7 && phase < 0.3 {
            self.count += 1;
        }
        self.phase = phase;
    }
}
