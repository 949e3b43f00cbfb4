//! What sounds are made of: oscillators, filters, saturation, mixing.

use crate::audio::club::RATE;

pub type Sound = Vec<f32>;

#[must_use]
pub fn samples(s: f64) -> usize {
    (s * RATE).round().max(0.0) as usize
}

/// A sound of `len_s` from a function of time in seconds.
pub fn make(len_s: f64, mut f: impl FnMut(f64) -> f64) -> Sound {
    (0..samples(len_s)).map(|n| f(n as f64 / RATE) as f32).collect()
}

#[must_use]
pub fn db(db: f64) -> f64 {
    10f64.powf(db / 20.0)
}

#[must_use]
pub fn sine(turns: f64) -> f64 {
    (turns * std::f64::consts::TAU).sin()
}

/// Fades in over `attack_s`, holds, and is gone at `len_s` after `release_s`.
#[must_use]
pub fn hold(t: f64, len_s: f64, attack_s: f64, release_s: f64) -> f64 {
    (t / attack_s).min((len_s - t) / release_s).clamp(0.0, 1.0)
}

/// An oscillator without much aliasing.
#[derive(Clone, Debug, Default)]
pub struct Osc(pub f64);

fn blep(phase: f64, step: f64) -> f64 {
    if phase < step {
        let x = phase / step;
        x + x - x * x - 1.0
    } else if phase > 1.0 - step {
        let x = (phase - 1.0) / step;
        x * x + x + x + 1.0
    } else {
        0.0
    }
}

impl Osc {
    fn turn(&mut self, hz: f64) -> (f64, f64) {
        let step = (hz / RATE).min(0.49);
        self.0 = (self.0 + step).fract();
        (self.0, step)
    }

    pub fn sine(&mut self, hz: f64) -> f64 {
        sine(self.turn(hz).0)
    }

    pub fn saw(&mut self, hz: f64) -> f64 {
        let (phase, step) = self.turn(hz);
        2.0 * phase - 1.0 - blep(phase, step)
    }

    pub fn pulse(&mut self, hz: f64, width: f64) -> f64 {
        let (phase, step) = self.turn(hz);
        let level = if phase < width { 1.0 } else { -1.0 };
        level + blep(phase, step) - blep((phase + 1.0 - width).fract(), step)
    }
}

/// A filter of second order whose frequency may move: low, band and high pass at once.
#[derive(Clone, Debug, Default)]
pub struct Svf {
    a: f64,
    b: f64,
}

impl Svf {
    /// (low, band, high); the band peaks at 1.
    pub fn step(&mut self, x: f64, hz: f64, q: f64) -> (f64, f64, f64) {
        self.fixed(x, (std::f64::consts::PI * (hz / RATE).clamp(1e-4, 0.47)).tan(), 1.0 / q)
    }

    fn fixed(&mut self, x: f64, g: f64, k: f64) -> (f64, f64, f64) {
        let high = (x - (g + k) * self.a - self.b) / (1.0 + g * (g + k));
        let band = self.a + g * high;
        let low = self.b + g * band;
        (self.a, self.b) = (band + g * high, low + g * band);
        (low, k * band, high)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pass {
    Low,
    Band,
    High,
}

impl Pass {
    /// What this one lets through of what a filter puts out.
    pub fn of(self, (low, band, high): (f64, f64, f64)) -> f64 {
        match self {
            Self::Low => low,
            Self::Band => band,
            Self::High => high,
        }
    }
}

/// Filters in place with second order.
pub fn filter(sound: &mut [f32], pass: Pass, hz: f64, q: f64) {
    let (mut svf, g) = (Svf::default(), (std::f64::consts::PI * (hz / RATE).clamp(1e-4, 0.47)).tan());
    for x in sound {
        *x = pass.of(svf.fixed(f64::from(*x), g, 1.0 / q)) as f32;
    }
}

/// Butterworth of order 4.
pub fn steep(sound: &mut [f32], pass: Pass, hz: f64) {
    filter(sound, pass, hz, 0.541);
    filter(sound, pass, hz, 1.307);
}

#[must_use]
pub fn peak(sound: &[f32]) -> f32 {
    sound.iter().fold(0.0, |most: f32, x| most.max(x.abs()))
}

#[must_use]
pub fn rms(sound: &[f32]) -> f64 {
    let sum: f64 = sound.iter().map(|x| f64::from(*x).powi(2)).sum();
    (sum / sound.len().max(1) as f64).sqrt()
}

pub fn scale(sound: &mut [f32], gain: f64) {
    sound.iter_mut().for_each(|x| *x *= gain as f32);
}

/// With its peak at 1.
#[must_use]
pub fn level(mut sound: Sound) -> Sound {
    let most = f64::from(peak(&sound)).max(1e-9);
    scale(&mut sound, 1.0 / most);
    sound
}

/// Soft saturation of a sound whose peak is about 1.
pub fn drive(sound: &mut [f32], amount: f64) {
    let norm = amount.tanh();
    sound.iter_mut().for_each(|x| *x = ((f64::from(*x) * amount).tanh() / norm) as f32);
}

/// Mixes `what` in from `t` seconds on.
pub fn add(into: &mut [f32], what: &[f32], t: f64, gain: f64) {
    let at = samples(t);
    let Some(place) = into.get_mut(at..) else { return };
    place.iter_mut().zip(what).for_each(|(x, y)| *x += y * gain as f32);
}
