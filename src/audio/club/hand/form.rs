//! Breaks, filters and hands that clap along; and parts of which the dice choose pattern, sound and level.

use super::bass::{Bass, BassKind};
use super::dsp::{Pass, Sound, samples};
use super::fx::glide;
use super::keys::{KeyKind, Keys};
use super::song::{Song, Told};

type Range = (f64, f64);
type Bars = (usize, usize);

impl Song {
    /// The bars around a break, or all of them.
    pub fn around_break(&mut self, likely: f64) -> Vec<Bars> {
        let (from, long) = (self.rng.pick(&[8, 8, 12]), self.rng.pick(&[4, 4, 8]));
        if !self.rng.chance(likely) || from + long + 4 > self.bars {
            return vec![(0, self.bars)];
        }
        let rest = (self.time(from, 0.0), self.time(from + long, 0.0));
        self.truth.breaks.push(rest);
        vec![(0, from), (from + long, self.bars)]
    }

    /// One of some rhythms, on the bars that are written on.
    pub fn some_strikes(&mut self, told: Told, sounds: &[Sound], patterns: &[&str], (soft, loud): Range) {
        let (pattern, level) = (self.rng.pick(patterns), self.rng.range(soft, loud));
        self.strike(told, sounds, pattern, level);
    }

    /// One of some rhythms on these bars; all bars are written on afterwards.
    pub fn strikes_on(&mut self, bars: &[Bars], told: Told, sounds: &[Sound], patterns: &[&str], (soft, loud): Range) {
        let (pattern, level) = (self.rng.pick(patterns), self.rng.range(soft, loud));
        for (from, to) in bars {
            self.between(*from, *to).strike(told, sounds, pattern, level);
        }
        self.from(0);
    }

    pub fn some_bass(&mut self, kinds: &[BassKind], lines: &[&str], (soft, loud): Range) {
        let bass = Bass::draw(self.rng.pick(kinds), &mut self.rng);
        let (line, level) = (self.rng.pick(lines), self.rng.range(soft, loud));
        self.line(&bass, line, level, 0);
    }

    pub fn some_chords(&mut self, kinds: &[KeyKind], patterns: &[&str], (soft, loud): Range) {
        let keys = Keys::draw(self.rng.pick(kinds), &mut self.rng);
        let (pattern, level) = (self.rng.pick(patterns), self.rng.range(soft, loud));
        self.chords(&keys, pattern, level);
    }

    pub fn some_riff(&mut self, kinds: &[KeyKind], riffs: &[&str], (soft, loud): Range) {
        let keys = Keys::draw(self.rng.pick(kinds), &mut self.rng);
        let (riff, level) = (self.rng.pick(riffs), self.rng.range(soft, loud));
        self.arp(&keys, riff, level);
    }

    /// A voice, or none.
    pub fn some_voice(&mut self, likely: f64, lines: &[&str], (soft, loud): Range) {
        let (line, level) = (self.rng.pick(lines), self.rng.range(soft, loud));
        if self.rng.chance(likely) {
            self.sing(line, level);
        }
    }

    /// What is written so far through a filter that glides between two bars.
    pub fn turn(&mut self, (from, to): Bars, pass: Pass, hz: Range) {
        let (begin, end) = (samples(self.time(from, 0.0)), samples(self.time(to, 0.0)).min(self.drums.len()));
        for sound in [&mut self.drums, &mut self.music] {
            if let Some(part) = sound.get_mut(begin..end) {
                glide(part, pass, hz);
            }
        }
    }

    /// The DJ turns a filter for some bars, or leaves it.
    pub fn dj_filter(&mut self) {
        let (from, long) = (self.rng.pick(&[4, 12, 16]), self.rng.pick(&[1, 2, 4, 8]));
        let (high, low) = (self.rng.range(120.0, 450.0), self.rng.range(400.0, 1200.0));
        match self.rng.below(4) {
            0 => self.turn((from, from + long), Pass::High, (25.0, high)),
            1 => self.turn((from, from + long), Pass::Low, (14_000.0, low)),
            _ => {}
        }
    }

    /// Many hands on each beat, more or less.
    pub fn clap_along(&mut self, hand: &[f32], (from, to): Bars, level: f64) {
        for beat in 4 * from..4 * to {
            for _ in 0..8 {
                let t = self.time(0, beat as f64 / 4.0) + 0.015 + 0.03 * self.rng.noise();
                let gain = level * self.rng.range(0.2, 1.0);
                self.hit(Told::No, hand, t, gain);
            }
        }
    }
}
