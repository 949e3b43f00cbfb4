//! Metal, wood and grains: hats, rides, shakers, cowbells, blocks, clicks, glasses.

use super::dsp::{Osc, Pass, Sound, Svf, filter, level, make};
use super::rng::Rng;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Hat {
    Closed,
    Open,
    Ride,
    Crash,
}

/// Squares that do not fit each other, and noise.
#[must_use]
pub fn hat(kind: Hat, rng: &mut Rng) -> Sound {
    let tau = match kind {
        Hat::Closed => rng.range(0.012, 0.045),
        Hat::Open => rng.range(0.08, 0.22),
        Hat::Ride => rng.range(0.25, 0.5),
        Hat::Crash => rng.range(0.5, 0.9),
    };
    let base = rng.range(220.0, 420.0);
    let mut partials: Vec<(Osc, f64)> = [1.0, 1.34, 1.79, 2.17, 2.63, 3.41]
        .into_iter()
        .map(|ratio| (Osc(rng.unit()), base * ratio * rng.range(0.93, 1.07)))
        .collect();
    let (mix, ping) = (rng.range(0.2, 0.8), if kind == Hat::Ride { 0.5 } else { 0.0 });
    let low = if kind == Hat::Ride { rng.range(3000.0, 5000.0) } else { rng.range(5000.0, 8500.0) };
    let mut bell = Osc::default();
    let bell_hz = base * 9.3;
    let mut sound = make(tau * 5.0, |t| {
        let metal: f64 = partials.iter_mut().map(|(osc, hz)| osc.pulse(*hz, 0.5)).sum::<f64>() / 6.0;
        let fade = (-t / tau).exp() + 0.5 * (-t / (tau * 0.2)).exp();
        (metal * mix + rng.noise() * (1.0 - mix)) * fade + ping * bell.sine(bell_hz) * (-t / 0.1).exp()
    });
    filter(&mut sound, Pass::High, low, 0.7);
    filter(&mut sound, Pass::High, low, 0.9);
    level(sound)
}

/// Grains that swell and stop.
#[must_use]
pub fn shaker(rng: &mut Rng) -> Sound {
    let (rise, tau, hz) = (rng.range(0.004, 0.018), rng.range(0.015, 0.045), rng.range(4500.0, 8000.0));
    let mut band = Svf::default();
    level(make(rise + tau * 5.0, |t| {
        let fade = if t < rise { t / rise } else { (-(t - rise) / tau).exp() };
        band.step(rng.noise(), hz, 1.5).1 * fade
    }))
}

#[must_use]
pub fn cowbell(rng: &mut Rng) -> Sound {
    let (hz, tau) = (rng.range(500.0, 620.0), rng.range(0.05, 0.12));
    tuned_cowbell(hz, tau)
}

#[must_use]
pub fn tuned_cowbell(hz: f64, tau: f64) -> Sound {
    let (mut a, mut b) = (Osc::default(), Osc::default());
    let mut sound = make(tau * 6.0, |t| {
        (a.pulse(hz, 0.5) + b.pulse(hz * 1.48, 0.5)) * (0.6 * (-t / tau).exp() + 0.6 * (-t / 0.01).exp())
    });
    filter(&mut sound, Pass::Band, hz * 1.6, 0.9);
    level(sound)
}

/// A wood block, a clave or a log, by its pitch.
#[must_use]
pub fn block(hz: f64, rng: &mut Rng) -> Sound {
    let (mut a, mut b) = (Osc::default(), Osc::default());
    let (hz, tau, ratio) = (hz * rng.range(0.92, 1.08), rng.range(0.012, 0.04), rng.range(1.4, 2.7));
    level(make(tau * 6.0, |t| {
        (a.sine(hz) + 0.4 * b.sine(hz * ratio)) * (-t / tau).exp() + 0.3 * rng.noise() * (-t / 0.0015).exp()
    }))
}

/// Next to nothing: a few samples of a filter ringing.
#[must_use]
pub fn click(rng: &mut Rng) -> Sound {
    let (hz, q) = (rng.range(1200.0, 6000.0), rng.range(1.5, 9.0));
    let mut band = Svf::default();
    level(make(0.03, |t| band.step(if t < 0.0006 { rng.noise() + 0.5 } else { 0.0 }, hz, q).1))
}

/// A glass against another.
#[must_use]
pub fn glass(rng: &mut Rng) -> Sound {
    let (hz, tau) = (rng.range(1800.0, 4200.0), rng.range(0.05, 0.25));
    let ratios = [1.0, rng.range(1.4, 1.7), rng.range(2.2, 2.9), rng.range(3.4, 4.2)];
    let mut parts = [const { Osc(0.0) }; 4];
    level(make(tau * 5.0, |t| {
        let ring = |(n, osc): (usize, &mut Osc)| osc.sine(hz * ratios[n]) * (-t * (1.0 + n as f64) / tau).exp();
        parts.iter_mut().enumerate().map(ring).sum::<f64>() + 0.5 * rng.noise() * (-t / 0.002).exp()
    }))
}

/// A zap between two pitches.
#[must_use]
pub fn zap(rng: &mut Rng) -> Sound {
    let (from, to, tau) = (rng.range(1500.0, 5000.0), rng.range(80.0, 300.0), rng.range(0.02, 0.06));
    let mut osc = Osc::default();
    level(make(tau * 5.0, |t| osc.pulse(to + (from - to) * (-t / (tau * 0.5)).exp(), 0.4) * (-t / tau).exp()))
}
