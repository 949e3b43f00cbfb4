//! The bar-pointer model (Whiteley 2006; Krebs, Böck & Widmer 2015): a pointer runs through the beat at one of many
//! speeds, and each hop says how likely each place is. Only the forward pass, so it never looks ahead.
//!
//! One state per hop of every period: the pointer moves on by one state a hop and may change its period only where
//! it wraps. The published phase is the circular mean of the posterior, its concentration the confidence.

use std::f32::consts::TAU;

/// One octave and a little: what is outside is told apart by ×2 and ÷2 of the clock.
const SLOWEST_BPM: f32 = 88.0;
const FASTEST_BPM: f32 = 180.0;
/// p(T'|T) ∝ e^(−λ·|T'/T − 1|) where the pointer wraps.
const LAMBDA: f32 = 100.0;
/// The beat is the first sixteenth of its period.
const PART: usize = 16;

pub struct Posterior {
    /// 0..1 from beat to beat.
    pub phase: f32,
    pub period_s: f32,
    /// Length of the mean phase vector, 0..1.
    pub confidence: f32,
}

/// All states of one period, as a ring that turns instead of moving its contents.
struct Ring {
    /// Hops a beat.
    len: usize,
    start: usize,
    /// States before this place are "on the beat".
    on_beat: usize,
    /// Place of the first state in `Pointer::p`.
    offset: usize,
}

pub struct Pointer {
    hop_s: f32,
    rings: Vec<Ring>,
    p: Vec<f32>,
    /// `[to][from]`, each column sums to 1.
    transition: Vec<f32>,
    leaving: Vec<f32>,
    /// e^(iφ) of every state, place by place.
    circle: Vec<(f32, f32)>,
}

impl Pointer {
    pub fn new(hop_s: f32) -> Self {
        let hops = |bpm: f32| 60.0 / bpm / hop_s;
        let lengths: Vec<usize> = (hops(FASTEST_BPM).floor() as usize..=hops(SLOWEST_BPM).ceil() as usize).collect();
        let mut offset = 0;
        let rings: Vec<Ring> = lengths
            .iter()
            .map(|len| {
                let ring = Ring { len: *len, start: 0, on_beat: len.div_ceil(PART), offset };
                offset += len;
                ring
            })
            .collect();
        let circle = lengths.iter().flat_map(|len| (0..*len).map(move |i| (TAU * i as f32 / *len as f32).sin_cos()));
        Self {
            hop_s,
            circle: circle.collect(),
            transition: transition(&lengths),
            leaving: vec![0.0; lengths.len()],
            p: vec![1.0 / offset as f32; offset],
            rings,
        }
    }

    /// Moves on by one hop and weighs every state with its `activation`, 0..1.
    pub fn step(&mut self, activation: f32) {
        let count = self.rings.len();
        for (ring, leaving) in self.rings.iter_mut().zip(&mut self.leaving) {
            // The last state becomes the first: turn the ring back by one.
            ring.start = if ring.start == 0 { ring.len - 1 } else { ring.start - 1 };
            *leaving = self.p[ring.offset + ring.start];
        }
        let off_beat = (1.0 - activation) / (PART - 1) as f32;
        let mut sum = 0.0;
        for (to, ring) in self.rings.iter().enumerate() {
            let row = &self.transition[to * count..(to + 1) * count];
            self.p[ring.offset + ring.start] = row.iter().zip(&self.leaving).map(|(t, p)| t * p).sum();
            for i in 0..ring.len {
                let state = &mut self.p[ring.offset + (ring.start + i) % ring.len];
                *state *= if i < ring.on_beat { activation } else { off_beat };
                sum += *state;
            }
        }
        // No state is ever impossible: a new track must be able to win.
        let (scale, floor) = (1.0 / sum.max(1e-30), 1e-9 / self.p.len() as f32);
        self.p.iter_mut().for_each(|p| *p = (*p * scale).max(floor));
    }

    pub fn posterior(&self) -> Posterior {
        let (mut sin, mut cos, mut best, mut period) = (0.0, 0.0, 0.0, self.rings[0].len as f32);
        for ring in &self.rings {
            let mut mass = 0.0;
            for i in 0..ring.len {
                let p = self.p[ring.offset + (ring.start + i) % ring.len];
                let (s, c) = self.circle[ring.offset + i];
                sin += p * s;
                cos += p * c;
                mass += p;
            }
            if mass > best {
                (best, period) = (mass, ring.len as f32);
            }
        }
        let phase = (sin.atan2(cos) / TAU).rem_euclid(1.0);
        Posterior { phase, period_s: period * self.hop_s, confidence: (sin * sin + cos * cos).sqrt() }
    }

    /// Starts again from nothing: it may be anywhere.
    pub fn forget(&mut self) {
        let anywhere = 1.0 / self.p.len() as f32;
        self.p.fill(anywhere);
    }

    /// Starts again around a known phase (0..1) and period: 0.85 of it there, the rest anywhere.
    pub fn seed(&mut self, phase: f32, period_s: f32) {
        let all = self.p.len() as f32;
        let mut sum = 0.0;
        for ring in &self.rings {
            let off = (ring.len as f32 * self.hop_s - period_s) / self.hop_s;
            let speed = (-0.5 * off * off).exp();
            for i in 0..ring.len {
                let apart = (i as f32 / ring.len as f32 - phase + 0.5).rem_euclid(1.0) - 0.5;
                let here = speed * (-0.5 * (apart / 0.06).powi(2)).exp();
                self.p[ring.offset + (ring.start + i) % ring.len] = here;
                sum += here;
            }
        }
        self.p.iter_mut().for_each(|p| *p = 0.85 * *p / sum.max(1e-30) + 0.15 / all);
    }
}

fn transition(lengths: &[usize]) -> Vec<f32> {
    let count = lengths.len();
    let mut out = vec![0.0; count * count];
    for (from, t) in lengths.iter().enumerate() {
        let weight = |to: usize| (-LAMBDA * (lengths[to] as f32 / *t as f32 - 1.0).abs()).exp();
        let sum: f32 = (0..count).map(weight).sum();
        (0..count).for_each(|to| out[to * count + from] = weight(to) / sum);
    }
    out
}
