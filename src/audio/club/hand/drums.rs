//! Skins: kicks, snares, claps, toms. Each call draws another instrument of its sort.

use super::dsp::{Osc, Pass, Sound, Svf, add, drive, filter, hold, level, make};
use super::rng::Rng;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kick {
    /// An 808 that rings.
    Long,
    /// Like a 909.
    Nine,
    /// Distorted until it is square.
    Gabber,
    /// A microphone before a drum.
    Thud,
    /// Deep and without a click.
    Soft,
}

struct Skin {
    from_hz: f64,
    to_hz: f64,
    sweep_s: f64,
    decay_s: f64,
    click: f64,
    drive: f64,
}

#[must_use]
pub fn kick(kind: Kick, rng: &mut Rng) -> Sound {
    let r = |rng: &mut Rng, a, b| rng.range(a, b);
    let (from, to, sweep, decay, click, push) = match kind {
        Kick::Long => ((90.0, 140.0), (42.0, 54.0), (0.02, 0.05), (0.28, 0.55), (0.05, 0.15), (1.0, 1.6)),
        Kick::Nine => ((180.0, 340.0), (47.0, 66.0), (0.012, 0.03), (0.10, 0.22), (0.15, 0.5), (1.0, 2.5)),
        Kick::Gabber => ((300.0, 620.0), (48.0, 62.0), (0.025, 0.055), (0.10, 0.17), (0.3, 0.6), (6.0, 22.0)),
        Kick::Thud => ((110.0, 160.0), (58.0, 84.0), (0.006, 0.015), (0.05, 0.12), (0.3, 0.7), (1.0, 1.4)),
        Kick::Soft => ((75.0, 110.0), (44.0, 60.0), (0.015, 0.03), (0.12, 0.24), (0.0, 0.04), (1.0, 1.3)),
    };
    let skin = Skin {
        from_hz: r(rng, from.0, from.1),
        to_hz: r(rng, to.0, to.1),
        sweep_s: r(rng, sweep.0, sweep.1),
        decay_s: r(rng, decay.0, decay.1),
        click: r(rng, click.0, click.1),
        drive: r(rng, push.0, push.1),
    };
    let mut sound = body(&skin, kind == Kick::Thud, rng);
    if kind == Kick::Gabber {
        let hz = rng.range(3000.0, 9000.0);
        filter(&mut sound, Pass::Low, hz, 0.7);
    }
    level(sound)
}

fn body(skin: &Skin, acoustic: bool, rng: &mut Rng) -> Sound {
    let (mut osc, mut beater, mut second) = (Osc::default(), Svf::default(), Osc::default());
    let beater_hz = rng.range(1800.0, 4500.0);
    let length = skin.decay_s * 5.0;
    let mut sound = level(make(length, |t| {
        let hz = skin.to_hz + (skin.from_hz - skin.to_hz) * (-t / skin.sweep_s).exp();
        let fade = (-t / skin.decay_s).exp() * (1.0 - t / length).min(1.0);
        let tone = osc.sine(hz) * fade;
        let shell = if acoustic { 0.3 * second.sine(hz * 1.59) * (-t / 0.03).exp() } else { 0.0 };
        let click = beater.step(rng.noise() * (-t / 0.003).exp(), beater_hz, 0.8).0 * skin.click * 3.0;
        tone + shell + click
    }));
    drive(&mut sound, skin.drive);
    sound
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Snare {
    /// A drum with wires.
    Wires,
    /// An 808's.
    Eight,
    /// A stick on the rim.
    Rim,
    /// Out of an old record: noise, room, bits.
    Break,
    /// Fat, electronic, layered.
    Fat,
}

#[must_use]
pub fn snare(kind: Snare, rng: &mut Rng) -> Sound {
    if kind == Snare::Rim {
        return rim(rng);
    }
    let (tone_hz, tone_s, noise_s, noise, low) = match kind {
        Snare::Wires => (rng.range(180.0, 260.0), 0.06, rng.range(0.08, 0.16), 0.9, 1500.0),
        Snare::Eight => (rng.range(160.0, 200.0), 0.07, rng.range(0.05, 0.1), 0.6, 1200.0),
        Snare::Break => (rng.range(200.0, 300.0), 0.04, rng.range(0.06, 0.13), 1.3, 800.0),
        _ => (rng.range(150.0, 220.0), 0.09, rng.range(0.12, 0.2), 1.0, 1000.0),
    };
    let (mut low_osc, mut high_osc, mut pass) = (Osc::default(), Osc::default(), Svf::default());
    let ratio = rng.range(1.5, 1.9);
    let mut sound = make(noise_s * 5.0, |t| {
        let slide = 1.0 + 0.5 * (-t / 0.008).exp();
        let tone = low_osc.sine(tone_hz * slide) + 0.6 * high_osc.sine(tone_hz * ratio * slide);
        let hiss = pass.step(rng.noise(), low, 0.7).2 * noise;
        tone * 0.6 * (-t / tone_s).exp() + hiss * (-t / noise_s).exp() + 0.4 * rng.noise() * (-t / 0.004).exp()
    });
    match kind {
        Snare::Break => {
            let hz = rng.range(4500.0, 8500.0);
            filter(&mut sound, Pass::Low, hz, 0.8);
            drive(&mut sound, 2.5);
        }
        Snare::Fat => drive(&mut sound, 1.8),
        _ => {}
    }
    level(sound)
}

fn rim(rng: &mut Rng) -> Sound {
    let (low, high, tau) = (rng.range(420.0, 560.0), rng.range(1500.0, 2100.0), rng.range(0.008, 0.02));
    let (mut a, mut b) = (Osc::default(), Osc::default());
    level(make(0.12, |t| {
        (a.sine(low) + 0.8 * b.sine(high)) * (-t / tau).exp() + 0.6 * rng.noise() * (-t / 0.002).exp()
    }))
}

/// A drum in a hall whose door slams.
#[must_use]
pub fn gated(dry: &[f32], rng: &mut Rng) -> Sound {
    let (len_s, wet) = (rng.range(0.18, 0.4), rng.range(0.3, 0.7));
    let mut hall = make(len_s, |t| rng.noise() * hold(t, len_s, 0.01, 0.02));
    filter(&mut hall, Pass::Band, 1400.0, 0.5);
    hall = level(hall);
    hall.resize(hall.len().max(dry.len()), 0.0);
    add(&mut hall, dry, 0.0, 1.0 / wet);
    level(hall)
}

#[must_use]
pub fn clap(rng: &mut Rng) -> Sound {
    let hands = 3 + rng.below(2);
    let (gap, tail, hz) = (rng.range(0.007, 0.013), rng.range(0.04, 0.12), rng.range(900.0, 1800.0));
    let mut band = Svf::default();
    level(make(0.04 + tail * 5.0, |t| {
        let hand = ((t / gap) as usize).min(hands - 1);
        let since = t - hand as f64 * gap;
        let fade = if hand + 1 < hands { (-since / 0.004).exp() } else { (-since / tail).exp() };
        let (_, body, air) = band.step(rng.noise(), hz, 1.2);
        (body + 0.25 * air) * fade
    }))
}

/// A tom or, short and high, a conga or bongo; `hz` is its pitch.
#[must_use]
pub fn tom(hz: f64, decay_s: f64, slap: f64, rng: &mut Rng) -> Sound {
    let (mut osc, mut over, mut band) = (Osc::default(), Osc::default(), Svf::default());
    let hz = hz * rng.range(0.95, 1.05);
    level(make(decay_s * 5.0, |t| {
        let bent = hz * (1.0 + 0.25 * (-t / 0.02).exp());
        let skin = osc.sine(bent) + 0.3 * over.sine(bent * 1.6) * (-t / 0.03).exp();
        skin * (-t / decay_s).exp() + slap * band.step(rng.noise(), 2500.0, 0.8).1 * (-t / 0.006).exp()
    }))
}
