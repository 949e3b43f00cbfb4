//! What sounds above the bass: pads, stabs, pianos, organs, arpeggios, voices.

use super::dsp::{Osc, Sound, Svf, hold, level, make, sine};
use super::rng::Rng;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KeyKind {
    Pad,
    Stab,
    Piano,
    Organ,
    Rhodes,
    Pluck,
    Super,
    Strings,
    Brass,
}

#[derive(Clone, Debug)]
pub struct Keys {
    kind: KeyKind,
    cutoff_hz: f64,
    detune: f64,
    decay_s: f64,
    attack_s: f64,
}

impl Keys {
    #[must_use]
    pub fn draw(kind: KeyKind, rng: &mut Rng) -> Self {
        Self {
            kind,
            cutoff_hz: rng.range(700.0, 3200.0),
            detune: rng.range(0.003, 0.012),
            decay_s: rng.range(0.08, 0.3),
            attack_s: match kind {
                KeyKind::Pad => rng.range(0.05, 0.4),
                KeyKind::Strings => rng.range(0.03, 0.12),
                _ => 0.003,
            },
        }
    }

    /// How long a note sounds when nothing holds it.
    #[must_use]
    pub fn struck_s(&self) -> f64 {
        match self.kind {
            KeyKind::Piano | KeyKind::Rhodes => 6.0 * self.decay_s,
            KeyKind::Stab | KeyKind::Pluck | KeyKind::Organ | KeyKind::Super | KeyKind::Brass => 2.0 * self.decay_s,
            KeyKind::Pad | KeyKind::Strings => 0.0,
        }
    }

    /// A chord of these pitches for `len_s`.
    #[must_use]
    pub fn chord(&self, pitches: &[f64], len_s: f64, rng: &mut Rng) -> Sound {
        let release = if self.attack_s > 0.02 { 0.15 } else { 0.03 };
        let mut sum = vec![0.0f32; super::dsp::samples(len_s + release)];
        for hz in pitches {
            let note = self.note(*hz, len_s + release, release, rng);
            sum.iter_mut().zip(note).for_each(|(x, y)| *x += y);
        }
        level(sum)
    }

    fn note(&self, hz: f64, len_s: f64, release_s: f64, rng: &mut Rng) -> Sound {
        let mut oscs: [Osc; 5] = std::array::from_fn(|_| Osc(rng.unit()));
        let mut low = Svf::default();
        make(len_s, |t| {
            let [a, b, c, d, e] = &mut oscs;
            let fade = hold(t, len_s, self.attack_s, release_s);
            let fallen = (-t / self.decay_s).exp();
            let wide = 1.0 + self.detune;
            let x = match self.kind {
                KeyKind::Pad => low.step(a.saw(hz) + b.saw(hz * wide), self.cutoff_hz * 0.8, 0.8).0,
                KeyKind::Strings => {
                    let vibrato = 1.0 + 0.004 * sine(5.2 * t);
                    low.step(a.saw(hz * vibrato) + b.saw(hz * wide), self.cutoff_hz * 1.5, 0.7).0
                }
                KeyKind::Stab => {
                    low.step(a.saw(hz) + b.pulse(hz * wide, 0.4), self.cutoff_hz * (0.4 + 2.0 * fallen), 1.2).0
                }
                KeyKind::Piano => {
                    let over =
                        0.5 * b.sine(hz * 2.003) + 0.3 * c.sine(hz * 3.01) * fallen + 0.25 * d.sine(hz * 4.03) * fallen;
                    let hammer = e.saw(hz * 7.1) * 0.3 * (-t / 0.012).exp();
                    (a.sine(hz) + over + hammer) * (-t / (self.decay_s * 3.0)).exp()
                }
                KeyKind::Organ => a.sine(hz) + 0.7 * b.sine(hz * 2.0) + 0.5 * c.sine(hz * 3.0) + 0.3 * d.sine(hz * 0.5),
                KeyKind::Rhodes => {
                    let bell = 0.35 * b.sine(hz * 4.0) * (-t / 0.08).exp();
                    (a.sine(hz) + bell + 0.2 * c.sine(hz * 2.0)) * (-t / (self.decay_s * 3.0)).exp()
                }
                KeyKind::Pluck => low.step(a.saw(hz), 200.0 + self.cutoff_hz * 2.0 * fallen, 1.5).0 * fallen,
                KeyKind::Super => {
                    let saws = a.saw(hz) + b.saw(hz * wide) + c.saw(hz / wide) + d.saw(hz * (wide + 0.006));
                    low.step(saws + e.saw(hz * 2.0), self.cutoff_hz * 3.0, 0.7).0 * 0.6
                }
                KeyKind::Brass => low.step(a.saw(hz) + b.saw(hz * wide), self.cutoff_hz * (t / 0.04).min(1.0), 0.9).0,
            };
            x * fade
        })
    }
}

const VOWELS: [[f64; 3]; 6] = [
    [730.0, 1090.0, 2440.0],
    [270.0, 2290.0, 3010.0],
    [300.0, 870.0, 2240.0],
    [530.0, 1840.0, 2480.0],
    [570.0, 840.0, 2410.0],
    [640.0, 1190.0, 2390.0],
];

/// A syllable: a consonant of `breath_s`, then a vowel that glides to another, sung or spoken at `hz`.
#[must_use]
pub fn syllable(hz: f64, len_s: f64, breath_s: f64, rng: &mut Rng) -> Sound {
    let (from, to) = (rng.pick(&VOWELS), rng.pick(&VOWELS));
    let (size, bend, vibrato) = (rng.range(0.9, 1.2), rng.range(-0.12, 0.08), rng.range(0.0, 0.012));
    let (mut cords, mut forms, mut hiss) = (Osc(rng.unit()), [const { None::<Svf> }; 3], Svf::default());
    let hiss_hz = rng.range(2500.0, 6500.0);
    level(make(breath_s + len_s, |t| {
        let since = (t - breath_s).max(0.0);
        let along = (since / len_s).min(1.0);
        let pitch = hz * (1.0 + bend * along + vibrato * sine(5.5 * t));
        let voiced = if t < breath_s { 0.0 } else { hold(since, len_s, 0.02, 0.06) };
        let source = cords.pulse(pitch, 0.12) * voiced + 0.05 * rng.noise() * voiced;
        let mut out = 0.0;
        for (n, form) in forms.iter_mut().enumerate() {
            let at = size * (from[n] + (to[n] - from[n]) * along);
            out += form.get_or_insert_default().step(source, at, 9.0).1 / (1.0 + 0.7 * n as f64);
        }
        let breath = hiss.step(rng.noise(), hiss_hz, 1.0).1 * 0.25 * hold(t, breath_s + 0.01, 0.01, 0.02);
        out + if breath_s > 0.0 { breath } else { 0.0 }
    }))
}
