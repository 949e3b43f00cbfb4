//! A track in the making: parts are written as patterns, a bar each, and mixed in at once.
//!
//! Rhythms: `x` a stroke, `X` a harder one, `o` a soft and `i` a softer one, `g` a ghost, `?` a stroke that comes or not,
//! `.` none. A bar has as many steps as its string; bars are parted by `|`. Lines: a digit is a degree of the scale above
//! the bar's root, `-` holds it.

use std::collections::HashMap;

use super::Take;
use super::bass::Bass;
use super::channel::Channel;
use super::dsp::{Sound, add, db, samples};
use super::keys::{Keys, syllable};
use super::rng::Rng;
use crate::audio::club::{RATE, Truth};

/// What of the truth a stroke is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Told {
    Kick,
    Snare,
    Hat,
    No,
}

#[derive(Clone, Debug)]
pub struct Feel {
    /// How much later every second sixteenth is, in sixteenths.
    pub swing: f64,
    /// How far a stroke may be off.
    pub human_s: f64,
    /// Of ghost notes, against a stroke.
    pub ghost: f64,
    /// A fill ends every so many bars; 0 for none.
    pub fill_every: usize,
    /// Whether the kick rests in its last beat.
    pub fill_rests: bool,
}

#[derive(Clone, Debug)]
pub struct Harmony {
    /// The lowest bass note.
    pub root_hz: f64,
    /// Semitones above it, bar by bar.
    pub roots: Vec<i32>,
}

#[derive(Clone, Debug)]
pub struct Pump {
    pub depth: f64,
    pub release_s: f64,
    pub times: Vec<f64>,
}

pub struct Song {
    name: &'static str,
    pub bpm: f64,
    pub bars: usize,
    start_s: f64,
    /// Which bars are written on.
    pub span: (usize, usize),
    pub feel: Feel,
    pub harmony: Harmony,
    pub pump: Pump,
    pub channel: Channel,
    pub rng: Rng,
    pub drums: Sound,
    pub music: Sound,
    pub truth: Truth,
}

const PROGRESSIONS: [[i32; 4]; 8] = [
    [0, 0, 0, 0],
    [0, 0, 0, 0],
    [0, 8, 3, 10],
    [0, 5, 8, 7],
    [0, 3, 5, 10],
    [0, 10, 8, 10],
    [0, 0, 5, 3],
    [0, 0, 8, 10],
];
const MINOR: [i32; 7] = [0, 2, 3, 5, 7, 8, 10];

impl Song {
    /// `length_s` of bars at `bpm`.
    #[must_use]
    pub fn new(name: &'static str, bpm: f64, length_s: f64, mut rng: Rng) -> Self {
        let (start_s, bar_s) = (rng.range(0.05, 0.9), 240.0 / bpm);
        let bars = ((length_s - start_s) / bar_s).floor() as usize;
        let length = samples(start_s + bars as f64 * bar_s);
        let (slow, chords) = (1 + rng.below(2), rng.pick(&PROGRESSIONS));
        let human_s = rng.range(0.0, 0.002);
        Self {
            name,
            bpm,
            bars,
            start_s,
            span: (0, bars),
            feel: Feel {
                swing: 0.0,
                human_s,
                ghost: db(rng.range(-24.0, -18.0)),
                fill_every: rng.pick(&[0, 4, 8, 8]),
                fill_rests: rng.chance(0.5),
            },
            harmony: Harmony {
                root_hz: rng.range(41.0, 58.0),
                roots: chords.iter().flat_map(|root| std::iter::repeat_n(*root, slow)).collect(),
            },
            pump: Pump { depth: rng.range(0.2, 0.8), release_s: rng.range(0.06, 0.16), times: Vec::new() },
            channel: Channel::mild(&mut rng),
            rng,
            drums: vec![0.0; length],
            music: vec![0.0; length],
            truth: Truth::default(),
        }
    }

    /// When a part (0..1) of a bar is.
    #[must_use]
    pub fn time(&self, bar: usize, part: f64) -> f64 {
        self.start_s + (bar as f64 + part) * 240.0 / self.bpm
    }

    #[must_use]
    pub fn bar_s(&self) -> f64 {
        240.0 / self.bpm
    }

    /// Writes on bars `from` to the end, or on none past it.
    pub fn from(&mut self, from: usize) -> &mut Self {
        self.span = (from.min(self.bars), self.bars);
        self
    }

    pub fn between(&mut self, from: usize, to: usize) -> &mut Self {
        self.span = (from.min(self.bars), to.min(self.bars));
        self
    }

    /// One of some lengths, in bars, of what comes before the rest.
    pub fn intro(&mut self) -> usize {
        self.rng.pick(&[0, 0, 0, 1, 2, 4])
    }

    fn slot(&mut self, bar: usize, step: usize, steps: usize) -> f64 {
        let sixteenth = step as f64 * 16.0 / steps as f64;
        let odd = steps.is_multiple_of(16) && sixteenth as usize % 2 == 1;
        let swung = if odd { sixteenth + self.feel.swing } else { sixteenth };
        let human = self.rng.noise() * self.feel.human_s;
        (self.time(bar, swung / 16.0) + human).max(0.0)
    }

    fn written(&self, pattern: &str) -> Vec<(usize, Vec<char>)> {
        let bars: Vec<Vec<char>> =
            pattern.split('|').map(|bar| bar.chars().filter(|c| !c.is_whitespace()).collect()).collect();
        (self.span.0..self.span.1).map(|bar| (bar, bars[(bar - self.span.0) % bars.len()].clone())).collect()
    }

    /// A rhythm on one of `sounds` at a time, at `level`.
    pub fn strike(&mut self, told: Told, sounds: &[Sound], pattern: &str, level: f64) {
        for (bar, steps) in self.written(pattern) {
            let every = self.feel.fill_every;
            let rests = told == Told::Kick && self.feel.fill_rests && every > 0 && bar % every == every - 1;
            for (step, c) in steps.iter().enumerate() {
                let force = match c {
                    'X' => 1.25,
                    'x' => 1.0,
                    'o' => 0.6,
                    'i' => 0.35,
                    'g' => self.feel.ghost,
                    '?' if self.rng.chance(0.5) => self.rng.range(0.15, 0.5),
                    _ => continue,
                };
                if rests && step * 4 >= steps.len() * 3 {
                    continue;
                }
                let t = self.slot(bar, step, steps.len());
                // Cymbals are small beside a kick of the same peak.
                let force = force * self.rng.range(0.85, 1.0) * if told == Told::Hat { 1.7 } else { 1.0 };
                let which = self.rng.below(sounds.len());
                self.hit(told, &sounds[which], t, level * force);
            }
        }
    }

    /// One stroke at `t`.
    pub fn hit(&mut self, told: Told, sound: &[f32], t: f64, gain: f64) {
        match told {
            Told::Kick => {
                self.truth.kicks.push(t);
                self.pump.times.push(t);
            }
            Told::Snare => self.truth.snares.push(t),
            Told::Hat => self.truth.hats.push(t),
            Told::No => {}
        }
        add(&mut self.drums, sound, t, gain);
    }

    /// Lets the music duck without a stroke.
    pub fn duck(&mut self, pattern: &str) {
        for (bar, steps) in self.written(pattern) {
            let struck = steps.iter().enumerate().filter(|(_, c)| **c != '.');
            let times: Vec<f64> = struck.map(|(step, _)| self.time(bar, step as f64 / steps.len() as f64)).collect();
            self.pump.times.extend(times);
        }
    }

    fn root(&self, bar: usize) -> i32 {
        self.harmony.roots[bar % self.harmony.roots.len()]
    }

    /// (bar, step, steps, sign, how many steps it lasts) of a line.
    fn notes(&self, pattern: &str) -> Vec<(usize, usize, usize, u32, usize)> {
        let mut notes = Vec::new();
        for (bar, steps) in self.written(pattern) {
            for (step, c) in steps.iter().enumerate() {
                let sign = c.to_digit(16).or((*c == 'x').then_some(0));
                let held = 1 + steps[step + 1..].iter().take_while(|c| **c == '-').count();
                notes.extend(sign.map(|sign| (bar, step, steps.len(), sign, held)));
            }
        }
        notes
    }

    /// A bass line, `octave`s above the lowest.
    pub fn line(&mut self, bass: &Bass, pattern: &str, level: f64, octave: i32) {
        let mut known: HashMap<(i32, usize, usize), Sound> = HashMap::new();
        for (bar, step, steps, degree, held) in self.notes(pattern) {
            // The lowest octave alone moves with the chords below the fifth.
            let root = if self.root(bar) > 7 { self.root(bar) - 12 } else { self.root(bar) };
            let low = root + MINOR[degree as usize % 7] + 12 * (degree as i32 / 7 + octave);
            let hz = self.harmony.root_hz * 2f64.powf(f64::from(low) / 12.0);
            let t = self.slot(bar, step, steps);
            let len_s = self.bar_s() * held as f64 / steps as f64;
            let gain = level * self.rng.range(0.9, 1.0);
            let rng = &mut self.rng;
            let sound = known.entry((low, held, steps)).or_insert_with(|| bass.note(hz, len_s * 0.97, rng));
            add(&mut self.music, sound, t, gain);
        }
    }

    fn chord(&self, bar: usize) -> Vec<f64> {
        let root = self.root(bar);
        let third = if matches!(root, 3 | 8 | 10) { 4 } else { 3 };
        let pitch = |semitones: i32| self.harmony.root_hz * 4.0 * 2f64.powf(f64::from(semitones) / 12.0);
        [0, third, 7, 10].into_iter().map(|above| pitch((root + above) % 15)).collect()
    }

    /// Chords of the bar's harmony where the pattern has a digit or an `x`.
    pub fn chords(&mut self, keys: &Keys, pattern: &str, level: f64) {
        let mut known: HashMap<(i32, usize), Sound> = HashMap::new();
        for (bar, step, steps, _, held) in self.notes(pattern) {
            let pitches = self.chord(bar);
            let t = self.slot(bar, step, steps);
            let len_s = (self.bar_s() * held as f64 / steps as f64 * 0.98).max(keys.struck_s());
            let gain = 1.4 * level * self.rng.range(0.85, 1.0);
            let rng = &mut self.rng;
            let id = (self.harmony.roots[bar % self.harmony.roots.len()], 1000 * held / steps);
            let sound = known.entry(id).or_insert_with(|| keys.chord(&pitches, len_s, rng));
            add(&mut self.music, sound, t, gain);
        }
    }

    /// Single notes: digits 0 to 3 are the chord's, 4 to 7 those an octave above.
    pub fn arp(&mut self, keys: &Keys, pattern: &str, level: f64) {
        let mut known: HashMap<(u64, usize), Sound> = HashMap::new();
        for (bar, step, steps, sign, held) in self.notes(pattern) {
            let pitches = self.chord(bar);
            let hz = pitches[sign as usize % 4] * 2f64.powi(sign as i32 / 4 + 1);
            let t = self.slot(bar, step, steps);
            let len_s = (self.bar_s() * held as f64 / steps as f64).max(keys.struck_s());
            let gain = 1.4 * level * self.rng.range(0.8, 1.0);
            let rng = &mut self.rng;
            let sound = known.entry((hz.to_bits(), held)).or_insert_with(|| keys.chord(&[hz], len_s, rng));
            add(&mut self.music, sound, t, gain);
        }
    }

    /// A voice.
    pub fn sing(&mut self, pattern: &str, level: f64) {
        let voice = self.rng.range(1.5, 4.0);
        let mut said: Vec<Sound> = Vec::new();
        for (bar, step, steps, degree, held) in self.notes(pattern) {
            let len_s = self.bar_s() * held as f64 / steps as f64;
            let hz = self.harmony.root_hz * voice * 2f64.powf(f64::from(MINOR[degree as usize % 7]) / 12.0);
            let breath = if self.rng.chance(0.5) { 0.04 } else { 0.0 };
            let t = self.slot(bar, step, steps);
            let sound = syllable(hz, len_s, breath, &mut self.rng);
            add(&mut self.music, &sound, (t - breath).max(0.0), level);
            said.push(sound);
        }
    }

    fn ducked(&mut self) {
        self.pump.times.sort_by(f64::total_cmp);
        let (mut next, mut since) = (self.pump.times.iter().map(|t| samples(*t)).peekable(), 1e9f64);
        let fall = (-1.0 / (self.pump.release_s * RATE)).exp();
        let mut aside = 0.0;
        for (n, x) in self.music.iter_mut().enumerate() {
            while next.next_if(|at| *at <= n).is_some() {
                since = 0.0;
            }
            // Two milliseconds down, and back up slowly.
            aside = if since < 88.0 { (aside + 1.0 / 88.0f64).min(1.0) } else { aside * fall };
            since += 1.0;
            *x *= (1.0 - self.pump.depth * aside) as f32;
        }
    }

    /// The whole through the channel.
    #[must_use]
    pub fn finish(mut self) -> Take {
        self.ducked();
        let mut sound = std::mem::take(&mut self.drums);
        add(&mut sound, &self.music, 0.0, 1.0);
        self.channel.carry(&mut sound, &mut self.rng);
        let length_s = sound.len() as f64 / RATE;
        self.truth.beats = (0..4 * self.bars).map(|beat| self.time(0, beat as f64 / 4.0)).collect();
        self.truth.downbeats = (0..self.bars).map(|bar| self.time(bar, 0.0)).collect();
        for list in self.truth.lists() {
            list.retain(|t| *t < length_s);
            list.sort_by(f64::total_cmp);
        }
        Take { name: format!("{}-{:.0}", self.name, self.bpm), bpm: self.bpm, samples: sound, truth: self.truth }
    }
}
