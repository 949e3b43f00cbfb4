//! Kicks, snares and hats, each as it begins.
//!
//! Called once a hop by the front of the analysis, on the analysis thread. After construction nothing here allocates,
//! locks or waits.
//!
//! A drum is a band that jumps up: far, compared with its own strongest jumps of late, whatever the volume. What tells
//! the drums apart is how they jump, because a click, and any stroke through a clipped mixer, jumps in all bands:
//!
//! * A kick's pitch falls: two low bands jump together, and they are much of all that is heard. A bass note misses the
//!   upper one, a snare's body the lower one.
//! * A snare or a clap stays up in the middle for two hops, which a click does not, and is no brighter than white
//!   noise, which a hat is.
//! * A hat stays up at the top for two hops, when a click has long faded. Under a snare it cannot be told from the
//!   snare's own hiss: that is called a hat, which is right wherever hats play through the backbeat.
//!
//! Each drum is decided on its own from what only it does, so strokes that fall together are all heard. They are known
//! two or three hops after they began; [`Hit::age_s`] says so.

mod jump;
#[cfg(test)]
mod tests;

use crate::audio::spectrum::Spectrum;
use jump::{Jump, Jumps, Rules};

/// The windows for kicks and for the rest, in hops: 46 ms tell 60 Hz from 130 Hz, 12 ms tell a click from a hat.
pub const WINDOW_HOPS: usize = 8;
const SHORT_HOPS: usize = 2;

/// Decay time of the peak amplitude of everything, which jumps are compared with.
const ALL_S: f32 = 3.0;

/// Through these a kick falls.
const LOWER: Rules = Rules { band_hz: (90.0, 150.0), growth: 1.6, hold: 0, of_all: 1.0, of_usual: 12.0 };
const UPPER: Rules = Rules { band_hz: (110.0, 230.0), of_all: 0.2, ..LOWER };
/// Above the harmonics of a clipped kick, below those of a hat.
const MID: Rules = Rules { band_hz: (1000.0, 2500.0), growth: 2.0, hold: 2, of_all: 0.1, of_usual: 23.0 };
const HIGH: Rules = Rules { band_hz: (6000.0, 15_000.0), growth: 1.35, hold: 2, of_all: 0.1, of_usual: 0.0 };

/// A jump is a stroke from this share of a strong one: hats differ most, an accent from a ghost note.
const KICK_FROM: f32 = 0.35;
const SNARE_FROM: f32 = 0.3;
const HAT_FROM: f32 = 0.05;
/// What is brighter than this part of white noise, in amplitude, is no snare: a hat's middle is 0.6 and less.
const SNARE_WHITE: f32 = 0.75;
/// What keeps less of its jump is a click: a kick's keeps 0.04, a short hat's a third.
const HAT_HELD: f32 = 0.2;

/// Two strokes of a drum are at least so far apart: the bursts of a clap are one, a roll of sixteenths at 180 BPM is
/// not.
const DRUM_APART_S: f32 = 0.08;
const HAT_APART_S: f32 = 0.05;
/// From the beginning of a stroke to the end of the hop in which it is known, on average.
const DRUM_DELAY_HOPS: f32 = 3.0;
const HAT_DELAY_HOPS: f32 = 2.8;

/// How fast a stroke's level falls off.
const FALL_S: f32 = 0.12;

/// A stroke.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Amplitude, relative to the strongest of late: 0..1.
    pub strength: f32,
    /// How long before the newest sample it began, give or take half a hop.
    pub age_s: f32,
}

/// The strokes of one drum so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Drum {
    pub count: u64,
    /// Of the newest: its strength 0..1, and how long it had been there when it became known.
    pub strength: f32,
    pub age_s: f32,
    /// The newest one's strength, falling off.
    pub level: f32,
}

impl Drum {
    /// Counts `hit`, when there was one in this hop of `dt` seconds.
    pub(super) fn note(&mut self, hit: Option<Hit>, dt: f32) {
        self.level *= (-dt / FALL_S).exp();
        if let Some(Hit { strength, age_s }) = hit {
            *self = Self { count: self.count + 1, strength, age_s, level: strength.max(self.level) };
        }
    }
}

/// What became known in one hop.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DrumHits {
    pub kick: Option<Hit>,
    /// Claps, too.
    pub snare: Option<Hit>,
    /// Open ones, too.
    pub hat: Option<Hit>,
}

pub struct Onsets {
    hop_s: f32,
    long: Spectrum,
    short: Spectrum,
    lower: Jumps,
    upper: Jumps,
    mid: Jumps,
    high: Jumps,
    /// Peak amplitude of everything heard lately, as a sine.
    all: f32,
    /// The kick's weight in the hop before: it counts when it lasts for two.
    kick_before: f32,
    kick: Stroke,
    snare: Stroke,
    hat: Stroke,
}

impl Onsets {
    /// `hop` is about 5.5 ms in samples.
    #[must_use]
    pub fn new(sample_rate_hz: f32, hop: usize) -> Self {
        let (long, short) = (WINDOW_HOPS * hop, SHORT_HOPS * hop);
        let hop_s = hop as f32 / sample_rate_hz;
        let jumps = |rules, len| Jumps::new(rules, sample_rate_hz, len, hop_s);
        Self {
            hop_s,
            long: Spectrum::leaning(long, long / 8),
            short: Spectrum::leaning(short, short / 4),
            lower: jumps(LOWER, long),
            upper: jumps(UPPER, long),
            mid: jumps(MID, short),
            high: jumps(HIGH, short),
            all: 0.0,
            kick_before: 0.0,
            kick: Stroke::new(DRUM_APART_S, DRUM_DELAY_HOPS, hop_s),
            snare: Stroke::new(DRUM_APART_S, DRUM_DELAY_HOPS, hop_s),
            hat: Stroke::new(HAT_APART_S, HAT_DELAY_HOPS, hop_s),
        }
    }

    /// One hop: the newest samples, oldest first and at least [`WINDOW_HOPS`] long, and whether the gate is closed.
    pub fn step(&mut self, samples: &[f32], silent: bool) -> DrumHits {
        let (long, short) = (self.long.len(), self.short.len());
        let Some(start) = samples.len().checked_sub(long) else { return DrumHits::default() };
        let newest = &samples[start..];
        self.long.analyse(newest);
        self.short.analyse(&newest[long - short..]);
        let power = newest.iter().map(|x| x * x).sum::<f32>() / long as f32;
        self.all = (2.0 * power).sqrt().max(self.all * (-self.hop_s / ALL_S).exp());
        let lower = self.lower.step(&self.long, self.all, silent);
        let upper = self.upper.step(&self.long, self.all, silent);
        let mid = self.mid.step(&self.short, self.all, silent);
        let high = self.high.step(&self.short, self.all, silent);
        self.decide(lower.weight.min(upper.weight), mid, high)
    }

    fn decide(&mut self, kick: f32, mid: Jump, high: Jump) -> DrumHits {
        let is_kick = kick.min(std::mem::replace(&mut self.kick_before, kick)) >= KICK_FROM;
        let width_hz = |rules: Rules| rules.band_hz.1 - rules.band_hz.0;
        let white = (width_hz(MID) / width_hz(HIGH)).sqrt() * high.held;
        let is_snare = mid.weight >= SNARE_FROM && mid.held > SNARE_WHITE * white;
        let is_hat = high.weight >= HAT_FROM && high.held > HAT_HELD * high.reached;
        DrumHits {
            kick: self.kick.step(is_kick.then_some(kick)),
            snare: self.snare.step(is_snare.then_some(mid.weight)),
            hat: self.hat.step(is_hat.then_some(high.weight)),
        }
    }
}

/// A drum that is struck now and then.
struct Stroke {
    hop_s: f32,
    apart_s: f32,
    delay_s: f32,
    since_s: f32,
}

impl Stroke {
    fn new(apart_s: f32, delay_hops: f32, hop_s: f32) -> Self {
        // The first window fills up as if everything jumped.
        Self { hop_s, apart_s, delay_s: delay_hops * hop_s, since_s: 0.0 }
    }

    /// One hop, in which it seems to be struck so hard.
    fn step(&mut self, strength: Option<f32>) -> Option<Hit> {
        self.since_s += self.hop_s;
        let strength = strength.filter(|_| self.since_s >= self.apart_s)?;
        self.since_s = 0.0;
        Some(Hit { strength: strength.min(1.0), age_s: self.delay_s })
    }
}
