//! Basses: one tone is drawn for a clip, notes are rendered from it.

use super::dsp::{Osc, Sound, Svf, drive, hold, level, make};
use super::rng::Rng;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BassKind {
    Sub,
    /// Detuned saws.
    Reese,
    /// A low pass that an oscillator moves.
    Wobble,
    Pluck,
    /// Short and hollow, for off-beats.
    Stab,
    /// The tuned drum of amapiano.
    Log,
    /// A resonance that sings.
    Acid,
    /// Two sines, one bending the other.
    Fm,
}

#[derive(Clone, Debug)]
pub struct Bass {
    kind: BassKind,
    cutoff_hz: f64,
    q: f64,
    detune: f64,
    drive: f64,
    decay_s: f64,
    /// Turns of the wobble a second.
    pub wobble_hz: f64,
    pulse: bool,
}

impl Bass {
    #[must_use]
    pub fn draw(kind: BassKind, rng: &mut Rng) -> Self {
        Self {
            kind,
            cutoff_hz: rng.range(250.0, 900.0),
            q: if kind == BassKind::Acid { rng.range(4.0, 11.0) } else { rng.range(0.7, 2.5) },
            detune: rng.range(0.004, 0.014),
            drive: rng.range(1.0, if kind == BassKind::Sub { 1.8 } else { 3.5 }),
            decay_s: rng.range(0.06, 0.25),
            wobble_hz: 6.0,
            pulse: rng.chance(0.5),
        }
    }

    /// A note of `hz` for `len_s`.
    #[must_use]
    pub fn note(&self, hz: f64, len_s: f64, rng: &mut Rng) -> Sound {
        let mut oscs = [Osc(rng.unit()), Osc(rng.unit()), Osc(rng.unit()), Osc::default()];
        let (mut one, mut two, kind) = (Svf::default(), Svf::default(), self.kind);
        let mut sound = make(len_s + 0.02, |t| {
            let [a, b, c, sub] = &mut oscs;
            let fade = hold(t, len_s + 0.02, 0.003, 0.02);
            let fallen = (-t / self.decay_s).exp();
            let edge = |osc: &mut Osc, hz| if self.pulse { osc.pulse(hz, 0.45) } else { osc.saw(hz) };
            let x = match kind {
                BassKind::Sub => sub.sine(hz),
                BassKind::Reese => {
                    let raw = a.saw(hz) + b.saw(hz * (1.0 + self.detune)) + c.saw(hz * (1.0 - self.detune));
                    0.4 * one.step(raw, self.cutoff_hz * 1.3, self.q).0 + 0.5 * sub.sine(hz)
                }
                BassKind::Wobble => {
                    let open = 0.5 - 0.5 * (t * self.wobble_hz * std::f64::consts::TAU).cos();
                    let raw = edge(a, hz) + b.saw(hz * (1.0 + self.detune));
                    let cut = 90.0 + self.cutoff_hz * 2.5 * open * open;
                    0.45 * one.step(raw, cut, self.q + 1.0).0 * (0.35 + 0.65 * open) + 0.4 * sub.sine(hz)
                }
                BassKind::Pluck => {
                    one.step(edge(a, hz), 120.0 + 2.2 * self.cutoff_hz * fallen, self.q).0 * (0.3 + fallen)
                }
                BassKind::Stab => one.step(edge(a, hz) + 0.5 * b.pulse(hz * 2.0, 0.5), self.cutoff_hz * 1.4, 0.9).0,
                BassKind::Log => {
                    let bent = hz * (1.0 + 0.6 * (-t / 0.025).exp());
                    let knock = two.step(rng.noise() * (-t / 0.004).exp(), 900.0, 2.0).1;
                    (sub.sine(bent) + 0.25 * a.sine(bent * 2.0)) * (-t / (0.12 + self.decay_s)).exp() + 0.5 * knock
                }
                BassKind::Acid => {
                    let (low, band, _) = one.step(edge(a, hz), 150.0 + 3.0 * self.cutoff_hz * fallen, self.q);
                    0.5 * two.step(low + 1.5 * band, 4000.0, 0.7).0
                }
                BassKind::Fm => {
                    (std::f64::consts::TAU * (a.0 + 0.3 * fallen * b.sine(hz * 2.0))).sin() + 0.0 * a.saw(hz)
                }
            };
            x * fade
        });
        sound = level(sound);
        drive(&mut sound, self.drive);
        sound
    }
}
