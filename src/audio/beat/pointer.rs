//! The bar-pointer model (Whiteley 2006; Krebs, Böck & Widmer 2015): a pointer runs through the beat at one of many
//! speeds, and each frame says how likely each place is. Only the forward pass, so it never looks ahead.
//!
//! One state per frame of every period: the pointer moves on by one state a frame and may change its period only where
//! it wraps. All phases and octaves stay alive in it, so a wrong one is left as soon as the evidence turns.

use std::f32::consts::TAU;
use std::ops::Range;

use super::sight::FRAME_HZ;

/// From slow hip-hop to hardcore: the octave comes from the evidence, not from the range.
pub const SLOWEST_BPM: f64 = 72.0;
pub const FASTEST_BPM: f64 = 212.0;
/// p(T'|T) ∝ e^(−λ·|T'/T − 1|) where the pointer wraps.
const LAMBDA: f32 = 100.0;
/// Of every wrap so much goes to all other periods together: a new track must be able to win.
const LEAP: f32 = 0.002;
/// And so much each to half the period and to twice it: the likeliest mistakes.
const OCTAVE: f32 = 0.01;
/// And so much to the middle of the beat: what comes between two beats was taken for one, or half a beat got lost.
const SLIP: f32 = 0.003;
/// No state ever holds less than its share of this: another phase or octave must be able to win within two bars.
const ANYWHERE: f32 = 1e-3;
/// How much a frame of the hint weighs: neighbouring frames say nearly the same.
const TRUST: f32 = 0.71;
/// Of all frames so many are beats: what a hint says beyond that is evidence.
const USUAL: f32 = 0.07;
/// Hints are never surer than this.
const SUREST: f32 = 0.95;
const LEAST: f32 = 0.01;
/// What a hint expects beside a beat, in shares of the beat's own: it was trained on triangles this wide.
const BESIDE: f32 = 1.0 / 3.0;
/// Periods this near to each other, relative, are one tempo.
const SAME_TEMPO: f32 = 0.06;

/// Of a seed so much goes to a bump this wide, in beats, and the rest anywhere.
const SEED: f32 = 0.85;
const SEED_WIDTH: f32 = 0.06;
/// Octaves by which a tempo may be off the expected one before it weighs little: a whole octave loses e^−2.5 a beat.
const EXPECTED_OCTAVES: f32 = 0.45;

pub struct Posterior {
    /// 0..1 from beat to beat, of the likeliest tempo.
    pub phase: f32,
    pub period_s: f32,
    /// Length of the mean phase vector of the likeliest tempo, 0..1: what other tempi hold is missing from it.
    pub confidence: f32,
}

/// All states of one period, as a ring that turns instead of moving its contents.
struct Ring {
    /// Frames a beat.
    len: usize,
    start: usize,
    /// Place of the first state in `Pointer::p`.
    offset: usize,
    mass: f32,
}

impl Ring {
    fn place(&self, i: usize) -> usize {
        self.offset + (self.start + i) % self.len
    }

    /// The places of its states.
    fn states(&self) -> Range<usize> {
        self.offset..self.offset + self.len
    }
}

pub struct Pointer {
    rings: Vec<Ring>,
    p: Vec<f32>,
    /// For each ring, those of the same tempo.
    near: Vec<Range<usize>>,
    /// How welcome each period is, 0..1, and the tempo in bpm that this was made for.
    welcome: Vec<f32>,
    expected_bpm: f32,
    /// `[to][from]`, each column sums to 1.
    transition: Vec<f32>,
    leaving: Vec<f32>,
    /// e^(iφ) of every state, place by place.
    circle: Vec<(f32, f32)>,
}

impl Pointer {
    pub fn new() -> Self {
        let frames = |bpm: f64| 60.0 / bpm * FRAME_HZ;
        let lengths: Vec<usize> =
            (frames(FASTEST_BPM).floor() as usize..=frames(SLOWEST_BPM).ceil() as usize).collect();
        let mut offset = 0;
        let rings: Vec<Ring> = lengths
            .iter()
            .map(|len| {
                let ring = Ring { len: *len, start: 0, offset, mass: 0.0 };
                offset += len;
                ring
            })
            .collect();
        let circle = lengths.iter().flat_map(|len| (0..*len).map(move |i| (TAU * i as f32 / *len as f32).sin_cos()));
        Self {
            circle: circle.collect(),
            near: lengths.iter().map(|len| same_tempo(&lengths, *len)).collect(),
            welcome: vec![1.0; lengths.len()],
            expected_bpm: 0.0,
            transition: transition(&lengths),
            leaving: vec![0.0; lengths.len()],
            p: vec![1.0 / offset as f32; offset],
            rings,
        }
    }

    /// Of two octaves expects the one nearer to `bpm` from now on; 0 expects nothing.
    pub fn expect_bpm(&mut self, bpm: f32) {
        if bpm == self.expected_bpm {
            return;
        }
        self.expected_bpm = bpm;
        let frames = (self.rings[0].len, self.rings[self.rings.len() - 1].len);
        let logarithm = |len: usize| {
            let octaves = (60.0 * FRAME_HZ as f32 / len as f32 / bpm).log2();
            if (frames.0..=frames.1).contains(&len) { -0.5 * (octaves / EXPECTED_OCTAVES).powi(2) } else { f32::MIN }
        };
        for (welcome, ring) in self.welcome.iter_mut().zip(&self.rings) {
            // It decides between octaves, and makes nobody deaf to a tempo that has no better one.
            let best = logarithm(ring.len).max(logarithm(ring.len / 2)).max(logarithm(ring.len * 2));
            *welcome = if bpm > 0.0 { (logarithm(ring.len) - best).exp() } else { 1.0 };
        }
    }

    /// Moves on by one frame and weighs every state with how likely this frame is a `beat`, 0..1.
    pub fn step(&mut self, beat: f32) {
        let count = self.rings.len();
        for (ring, leaving) in self.rings.iter_mut().zip(&mut self.leaving) {
            // The last state becomes the first: turn the ring back by one.
            ring.start = if ring.start == 0 { ring.len - 1 } else { ring.start - 1 };
            *leaving = self.p[ring.offset + ring.start];
        }
        let beat = beat.clamp(LEAST, SUREST);
        let odds = (beat / (1.0 - beat) * (1.0 - USUAL) / USUAL).powf(TRUST);
        let beside = odds.powf(BESIDE);
        let mut sum = 0.0;
        for (to, ring) in self.rings.iter_mut().enumerate() {
            let row = &self.transition[to * count..(to + 1) * count];
            let entering = self.welcome[to] * row.iter().zip(&self.leaving).map(|(t, p)| t * p).sum::<f32>();
            self.p[ring.place(0)] = (1.0 - SLIP) * entering;
            self.p[ring.place(ring.len / 2)] += SLIP * entering;
            for (i, weight) in [(0, odds), (1, beside), (ring.len - 1, beside)] {
                self.p[ring.place(i)] *= weight;
            }
            ring.mass = self.p[ring.states()].iter().sum();
            sum += ring.mass;
        }
        let (scale, floor) = (1.0 / sum.max(1e-30), ANYWHERE / self.p.len() as f32);
        self.p.iter_mut().for_each(|p| *p = (*p * scale).max(floor));
        self.rings.iter_mut().for_each(|ring| ring.mass *= scale);
    }

    pub fn posterior(&self) -> Posterior {
        let tempo = |near: &Range<usize>| self.rings[near.clone()].iter().map(|ring| ring.mass).sum::<f32>();
        let best = self.near.iter().max_by(|a, b| tempo(a).total_cmp(&tempo(b))).cloned().unwrap_or_default();
        let (mut sin, mut cos, mut mass, mut frames) = (0.0, 0.0, 0.0, 0.0);
        for ring in &self.rings[best] {
            let (states, circle) = (&self.p[ring.states()], &self.circle[ring.states()]);
            // The states from `start` on come first on the circle.
            let (last, first) = states.split_at(ring.start);
            for (p, (s, c)) in first.iter().chain(last).zip(circle) {
                sin += p * s;
                cos += p * c;
            }
            mass += ring.mass;
            frames += ring.mass * ring.len as f32;
        }
        Posterior {
            phase: (sin.atan2(cos) / TAU).rem_euclid(1.0),
            period_s: frames / mass.max(1e-30) / FRAME_HZ as f32,
            confidence: (sin * sin + cos * cos).sqrt().min(1.0),
        }
    }

    /// Starts again from nothing: it may be anywhere.
    pub fn forget(&mut self) {
        let anywhere = 1.0 / self.p.len() as f32;
        self.p.fill(anywhere);
    }

    /// Starts again around a known phase (0..1) and period.
    pub fn seed(&mut self, phase: f32, period_s: f32) {
        let all = self.p.len() as f32;
        let mut sum = 0.0;
        for ring in &self.rings {
            let off = ring.len as f32 - period_s * FRAME_HZ as f32;
            let speed = (-0.5 * off * off).exp();
            for i in 0..ring.len {
                let apart = (i as f32 / ring.len as f32 - phase + 0.5).rem_euclid(1.0) - 0.5;
                let here = speed * (-0.5 * (apart / SEED_WIDTH).powi(2)).exp();
                self.p[ring.place(i)] = here;
                sum += here;
            }
        }
        self.p.iter_mut().for_each(|p| *p = SEED * *p / sum.max(1e-30) + (1.0 - SEED) / all);
    }
}

/// Which of the rising `lengths` are the same tempo as `len`.
fn same_tempo(lengths: &[usize], len: usize) -> Range<usize> {
    let (least, most) = (len as f32 * (1.0 - SAME_TEMPO), len as f32 * (1.0 + SAME_TEMPO));
    lengths.partition_point(|other| (*other as f32) < least)..lengths.partition_point(|other| *other as f32 <= most)
}

fn transition(lengths: &[usize]) -> Vec<f32> {
    let count = lengths.len();
    let mut out = vec![0.0; count * count];
    for (from, t) in lengths.iter().enumerate() {
        let weight = |to: usize| (-LAMBDA * (lengths[to] as f32 / *t as f32 - 1.0).abs()).exp();
        let sum: f32 = (0..count).map(weight).sum();
        let octaves = [t / 2, t * 2].map(|len| lengths.binary_search(&len).ok());
        let stay = 1.0 - LEAP - OCTAVE * octaves.iter().flatten().count() as f32;
        let anywhere = LEAP / count as f32;
        (0..count).for_each(|to| out[to * count + from] = stay * weight(to) / sum + anywhere);
        octaves.iter().flatten().for_each(|to| out[to * count + from] += OCTAVE);
    }
    out
}
