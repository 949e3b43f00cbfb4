//! Risers, impacts, sirens, and the noise that people make.

use super::dsp::{Osc, Pass, Sound, Svf, add, filter, hold, level, make, rms, samples, scale, sine};
use super::keys::syllable;
use super::rng::Rng;
use crate::audio::club::RATE;

/// Noise and a tone that climb for `len_s`.
#[must_use]
pub fn riser(len_s: f64, rng: &mut Rng) -> Sound {
    let (tone, top, bottom) = (rng.range(0.0, 0.6), rng.range(5000.0, 11000.0), rng.range(200.0, 700.0));
    let (mut osc, mut band) = (Osc::default(), Svf::default());
    level(make(len_s, |t| {
        let along = t / len_s;
        let hz = bottom * (top / bottom).powf(along);
        let saw = osc.saw(110.0 * 8f64.powf(along)) * tone * 0.3;
        (band.step(rng.noise(), hz, 1.3).1 + saw) * (0.1 + 0.9 * along * along) * hold(t, len_s, 0.05, 0.01)
    }))
}

/// What falls on the first beat after a break: a boom and a crash of noise.
#[must_use]
pub fn impact(rng: &mut Rng) -> Sound {
    let (mut osc, mut low) = (Osc::default(), Svf::default());
    let (hz, tau) = (rng.range(32.0, 48.0), rng.range(0.3, 0.8));
    level(make(tau * 5.0, |t| {
        let air = low.step(rng.noise(), 300.0 + 9000.0 * (-t / 0.3).exp(), 0.7).0;
        osc.sine(hz * (1.0 + (-t / 0.05).exp())) * (-t / tau).exp() + 0.6 * air * (-t / (tau * 0.7)).exp()
    }))
}

/// A siren from the mixer's sampler.
#[must_use]
pub fn siren(len_s: f64, rng: &mut Rng) -> Sound {
    let (rate, hz, wide) = (rng.range(0.4, 3.0), rng.range(500.0, 1100.0), rng.range(0.15, 0.5));
    let mut osc = Osc::default();
    level(make(len_s, |t| osc.pulse(hz * (1.0 + wide * sine(rate * t)), 0.5) * hold(t, len_s, 0.03, 0.2)))
}

/// An air horn: a few reeds out of tune.
#[must_use]
pub fn horn(len_s: f64, rng: &mut Rng) -> Sound {
    let hz = rng.range(380.0, 520.0);
    let mut reeds = [const { Osc(0.0) }; 3];
    let mut sound = make(len_s, |t| {
        let bend = 1.0 - 0.08 * (-t / 0.03).exp() - 0.1 * (1.0 - hold(t, len_s, 0.01, 0.12));
        let reed = |(n, osc): (usize, &mut Osc)| osc.saw(hz * bend * (1.0 + 0.19 * n as f64));
        reeds.iter_mut().enumerate().map(reed).sum::<f64>() * hold(t, len_s, 0.01, 0.1)
    });
    filter(&mut sound, Pass::Band, 1200.0, 0.6);
    level(sound)
}

/// Many people talking, `per_s` syllables a second.
#[must_use]
pub fn babble(len_s: f64, per_s: f64, rng: &mut Rng) -> Sound {
    let said: Vec<Sound> = (0..36)
        .map(|_| {
            let (hz, len, breath) = (rng.range(90.0, 260.0), rng.range(0.08, 0.3), rng.range(0.0, 0.07));
            syllable(hz, len, breath, rng)
        })
        .collect();
    let mut out = vec![0.0f32; samples(len_s)];
    for _ in 0..(len_s * per_s) as usize {
        let (t, gain) = (rng.range(0.0, len_s), rng.range(0.05, 1.0).powi(2));
        add(&mut out, &said[rng.below(said.len())], t, gain);
    }
    out
}

/// A room full of people: babble, now and then a shout, and a bed of noise. Its RMS is 1.
#[must_use]
pub fn crowd(len_s: f64, rng: &mut Rng) -> Sound {
    let mut out = babble(len_s, rng.range(20.0, 50.0), rng);
    let mut bed: Sound = (0..out.len()).map(|_| rng.noise() as f32).collect();
    filter(&mut bed, Pass::Band, rng.range(500.0, 1100.0), 0.5);
    let share = rng.range(0.3, 0.9) * rms(&out) / rms(&bed).max(1e-9);
    scale(&mut bed, share);
    add(&mut out, &bed, 0.0, 1.0);
    for _ in 0..(len_s / 4.0) as usize {
        let (hz, len) = (rng.range(250.0, 700.0), rng.range(0.3, 1.2));
        let shout = syllable(hz, len, 0.0, rng);
        add(&mut out, &shout, rng.range(0.0, len_s), rng.range(0.5, 2.0));
    }
    let loud = rms(&out).max(1e-9);
    scale(&mut out, 1.0 / loud);
    out
}

/// Claps of many hands, `per_s` of them a second, swelling and falling.
#[must_use]
pub fn applause(len_s: f64, per_s: f64, rng: &mut Rng) -> Sound {
    let hands: Vec<Sound> = (0..24)
        .map(|_| {
            let (hz, tau) = (rng.range(700.0, 2600.0), rng.range(0.003, 0.012));
            let mut band = Svf::default();
            level(make(tau * 6.0, |t| band.step(rng.noise(), hz, 1.5).1 * (-t / tau).exp()))
        })
        .collect();
    let mut out = vec![0.0f32; samples(len_s)];
    let (slow, phase) = (rng.range(0.03, 0.15), rng.unit());
    for _ in 0..(len_s * per_s) as usize {
        let t = rng.range(0.0, len_s);
        let swell = 0.5 + 0.5 * sine(slow * t + phase);
        if rng.chance(0.15 + 0.85 * swell) {
            add(&mut out, &hands[rng.below(hands.len())], t, rng.range(0.1, 1.0));
        }
    }
    out
}

/// Echoes, `delay_s` apart, each `back` of the one before and duller.
pub fn echo(sound: &mut [f32], delay_s: f64, back: f64, dull_hz: f64) {
    let (late, mut low) = (samples(delay_s), Svf::default());
    let mut wet = vec![0.0f32; sound.len()];
    for n in late..sound.len() {
        let heard = f64::from(sound[n - late]) + f64::from(wet[n - late]);
        wet[n] = (back * low.step(heard, dull_hz, 0.7).0) as f32;
    }
    add(sound, &wet, 0.0, 1.0);
}

/// A filter that somebody turns from one frequency to another.
pub fn glide(sound: &mut [f32], pass: Pass, (from_hz, to_hz): (f64, f64)) {
    let (mut svf, turns) = (Svf::default(), (to_hz / from_hz).log2() / sound.len().max(1) as f64);
    for (n, x) in sound.iter_mut().enumerate() {
        *x = pass.of(svf.step(f64::from(*x), from_hz * (turns * n as f64).exp2(), 0.9)) as f32;
    }
}

/// What a worn record adds, for `len_s`: `per_s` ticks a second, and dust.
#[must_use]
pub fn crackle(len_s: f64, per_s: f64, rng: &mut Rng) -> Sound {
    let (mut low, rare) = (Svf::default(), per_s / RATE);
    level(make(len_s, |_| {
        let tick = if rng.chance(rare) { 40.0 * rng.noise().powi(3) } else { 0.0 };
        low.step(tick + 0.1 * rng.noise(), 6000.0, 0.7).0
    }))
}
