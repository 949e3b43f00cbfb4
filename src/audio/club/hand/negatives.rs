//! Sounds of a club that are no music: nobody could dance to them, and nobody should.

use super::Take;
use super::drums::{Kick, Snare, snare};
use super::dsp::{Osc, Pass, Sound, Svf, add, db, filter, hold, level, make, peak, rms, samples, scale, sine};
use super::fx::{applause, babble, crowd, horn, siren};
use super::keys::{KeyKind, Keys, syllable};
use super::kit::Kit;
use super::metal::glass;
use super::rng::Rng;
use crate::audio::club::Truth;

pub const COUNT: usize = 30;
const LENGTH_S: f64 = 60.0;

type Player = fn(&mut Rng) -> Sound;

const SORTS: [(&str, Player); 8] = [
    ("drum-check", drum_check),
    ("bar", bar),
    ("scratching", scratching),
    ("one-two", one_two),
    ("applause", cheering),
    ("noodling", noodling),
    ("weather", weather),
    ("announcer", announcer),
];

/// One of [`takes`], which are large.
#[must_use]
pub fn one(n: usize) -> Take {
    let (name, play) = SORTS[n % SORTS.len()];
    let mut rng = Rng::named(name, n as u64);
    let mut sound = play(&mut rng);
    let gain = db(rng.range(-24.0, -1.0)) / f64::from(peak(&sound)).max(1e-9);
    scale(&mut sound, gain);
    // No line is silent.
    let hiss = db(rng.range(-90.0, -65.0));
    sound.iter_mut().for_each(|x| *x = (f64::from(*x) + rng.noise() * hiss).clamp(-1.0, 1.0) as f32);
    Take { name: format!("{name}-{}", n / SORTS.len()), bpm: 0.0, samples: sound, truth: Truth::default() }
}

#[must_use]
pub fn takes() -> Vec<Take> {
    (0..COUNT).map(one).collect()
}

fn silence() -> Sound {
    vec![0.0; samples(LENGTH_S)]
}

/// One drum after the other, as long as the man at the desk wants it, then all for a moment.
fn drum_check(rng: &mut Rng) -> Sound {
    let kit = Kit::draw(Kick::Thud, Snare::Wires, rng);
    let drums: Vec<&Sound> = [&kit.kick, &kit.snare, &kit.toms, &kit.hat, &kit.crash].into_iter().flatten().collect();
    let (mut out, mut t) = (silence(), rng.range(0.3, 2.0));
    while t < LENGTH_S {
        let drum = drums[rng.below(drums.len())];
        t = match rng.below(6) {
            0..=2 => singles(&mut out, drum, t, rng),
            3 => drum_roll(&mut out, drum, t, rng),
            4 => tumble(&mut out, &drums, t, rng),
            _ => short_groove(&mut out, &kit, t, rng),
        };
        t += rng.range(0.8, 5.0);
    }
    out
}

/// The same drum at an uneven pace.
fn singles(out: &mut Sound, drum: &[f32], mut t: f64, rng: &mut Rng) -> f64 {
    let pace = rng.range(0.5, 1.6);
    for _ in 0..3 + rng.below(9) {
        add(out, drum, t, rng.range(0.4, 1.0));
        t += pace * rng.range(0.65, 1.5);
    }
    t
}

fn drum_roll(out: &mut Sound, drum: &[f32], mut t: f64, rng: &mut Rng) -> f64 {
    let gap = rng.range(0.045, 0.09);
    for n in 0..10 + rng.below(25) {
        add(out, drum, t, (0.2 + 0.02 * n as f64).min(0.8) * rng.range(0.7, 1.0));
        t += gap * rng.range(0.85, 1.15);
    }
    t
}

fn tumble(out: &mut Sound, drums: &[&Sound], mut t: f64, rng: &mut Rng) -> f64 {
    for _ in 0..4 + rng.below(10) {
        add(out, drums[rng.below(drums.len())], t, rng.range(0.4, 1.0));
        t += rng.pick(&[0.11, 0.17, 0.23, 0.34]) * rng.range(0.85, 1.2);
    }
    t
}

/// Two bars at most.
fn short_groove(out: &mut Sound, kit: &Kit, t: f64, rng: &mut Rng) -> f64 {
    let (eighth, steps) = (rng.range(0.2, 0.33), 6 + rng.below(11));
    for n in 0..steps {
        let at = t + n as f64 * eighth + rng.range(-0.012, 0.012);
        add(out, &kit.hat[0], at, 0.3);
        match n % 4 {
            0 => add(out, &kit.kick[0], at, 1.0),
            2 => add(out, &kit.snare[0], at, 0.8),
            _ => {}
        }
    }
    t + steps as f64 * eighth
}

/// Talk, glasses, chairs.
fn bar(rng: &mut Rng) -> Sound {
    let mut out = crowd(LENGTH_S, rng);
    scale(&mut out, 0.1);
    for _ in 0..40 + rng.below(80) {
        let (sound, t, gain) = (glass(rng), rng.range(0.0, LENGTH_S), rng.range(0.03, 0.4));
        add(&mut out, &sound, t, gain);
    }
    for _ in 0..6 + rng.below(8) {
        let (len, hz) = (rng.range(0.2, 0.9), rng.range(90.0, 260.0));
        let (mut osc, mut band) = (Osc::default(), Svf::default());
        let chair = level(make(len, |t| {
            let scrape = osc.saw(hz * (1.0 + 0.3 * sine(7.0 * t))) + rng.noise();
            band.step(scrape, hz * 4.0, 1.5).1 * hold(t, len, 0.02, 0.05)
        }));
        let (t, gain) = (rng.range(0.0, LENGTH_S), rng.range(0.1, 0.5));
        add(&mut out, &chair, t, gain);
    }
    out
}

/// A record moved by hand: a tone or a voice played forth and back at a changing speed.
fn scratching(rng: &mut Rng) -> Sound {
    let record = match rng.below(2) {
        0 => {
            let len = 0.8;
            syllable(rng.range(110.0, 220.0), len, 0.1, rng)
        }
        _ => Keys::draw(KeyKind::Brass, rng).chord(&[220.0, 277.0, 330.0], 0.8, rng),
    };
    let (mut out, mut t, mut place) = (silence(), 0.5, 0.2);
    while t < LENGTH_S - 2.0 {
        let strokes = 1 + rng.below(12);
        for _ in 0..strokes {
            let (len, to) = (rng.range(0.06, 0.4), rng.range(0.02, 0.7));
            let cut = if rng.chance(0.4) { rng.range(0.4, 0.9) } else { 1.0 };
            let stroke = make(len, |since| {
                let along = 0.5 - 0.5 * (std::f64::consts::PI * since / len).cos();
                let at = samples(place + (to - place) * along);
                let open = since < cut * len;
                if open { f64::from(record.get(at).copied().unwrap_or(0.0)) } else { 0.0 }
            });
            add(&mut out, &stroke, t, rng.range(0.5, 1.0));
            (t, place) = (t + len + rng.range(0.0, 0.12), to);
        }
        t += rng.range(0.2, 3.0);
    }
    out
}

/// "One, two … two … check."
fn one_two(rng: &mut Rng) -> Sound {
    let (mut out, mut t, hz) = (silence(), rng.range(0.5, 2.0), rng.range(95.0, 200.0));
    while t < LENGTH_S {
        for _ in 0..1 + rng.below(4) {
            let (len, breath) = (rng.range(0.15, 0.5), rng.range(0.0, 0.12));
            let said = syllable(hz * rng.range(0.85, 1.2), len, breath, rng);
            add(&mut out, &said, t, rng.range(0.4, 1.0));
            t += len + rng.range(0.1, 0.9);
        }
        if rng.chance(0.3) {
            // A knock on the microphone.
            let knock = snare(Snare::Rim, rng);
            add(&mut out, &knock, t, 0.3);
        }
        t += rng.range(0.4, 4.0);
    }
    out
}

fn cheering(rng: &mut Rng) -> Sound {
    let mut out = applause(LENGTH_S, rng.range(40.0, 400.0), rng);
    let (mut cheers, loud) = (crowd(LENGTH_S, rng), rms(&out));
    scale(&mut cheers, loud * rng.range(0.2, 2.0));
    add(&mut out, &cheers, 0.0, 1.0);
    for _ in 0..rng.below(12) {
        // Whistles.
        let (len, hz, bend) = (rng.range(0.2, 0.9), rng.range(1400.0, 2800.0), rng.range(-0.3, 0.5));
        let mut osc = Osc::default();
        let whistle = make(len, |t| osc.sine(hz * (1.0 + bend * t)) * hold(t, len, 0.04, 0.08));
        add(&mut out, &whistle, rng.range(0.0, LENGTH_S), loud * 2.0);
    }
    out
}

/// A guitar being tuned, or fingers on a synthesizer.
fn noodling(rng: &mut Rng) -> Sound {
    let kind = rng.pick(&[KeyKind::Pluck, KeyKind::Rhodes, KeyKind::Super, KeyKind::Piano]);
    let (keys, tuning) = (Keys::draw(kind, rng), rng.chance(0.5));
    let strings = [82.4, 110.0, 146.8, 196.0, 246.9, 329.6];
    let (mut out, mut t) = (silence(), rng.range(0.2, 1.5));
    while t < LENGTH_S {
        let string = rng.pick(&strings);
        for n in 0..2 + rng.below(7) {
            let hz = if tuning {
                string * (1.0 + 0.02 * (n as f64 - 4.0) / 4.0)
            } else {
                string * 2f64.powf(f64::from(rng.pick(&[0, 2, 3, 5, 7, 10, 12])) / 12.0)
            };
            let len = rng.range(0.2, 1.5);
            let note = keys.chord(&[hz], len.max(keys.struck_s()), rng);
            add(&mut out, &note, t, rng.range(0.3, 1.0));
            t += if tuning { rng.range(0.4, 1.6) } else { rng.range(0.08, 0.9) };
        }
        t += rng.range(0.1, 3.0);
    }
    out
}

/// Rain or a fan, mains hum, and a microphone that somebody handles.
fn weather(rng: &mut Rng) -> Sound {
    let (mut band, hz, q) = (Svf::default(), rng.range(300.0, 4000.0), rng.range(0.3, 0.8));
    let (mains, hum, slow) = (rng.pick(&[50.0, 60.0]), rng.range(0.0, 0.4), rng.range(0.02, 0.2));
    let mut out = make(LENGTH_S, |t| {
        let air = band.step(rng.noise(), hz, q).1 * (0.7 + 0.3 * sine(slow * t));
        air + hum * (sine(mains * t) + 0.4 * sine(2.0 * mains * t) + 0.2 * sine(3.0 * mains * t))
    });
    let drops = rng.range(0.0, 40.0);
    for _ in 0..(drops * LENGTH_S) as usize {
        let (pitch, t, gain) = (rng.range(1500.0, 7000.0), rng.range(0.0, LENGTH_S), rng.range(0.0, 0.5));
        let drop = make(0.01, |t| sine(pitch * t) * (-t / 0.002).exp());
        add(&mut out, &drop, t, gain);
    }
    for _ in 0..rng.below(25) {
        let len = rng.range(0.05, 0.6);
        let mut thump = make(len, |t| rng.noise() * hold(t, len, 0.01, 0.1));
        filter(&mut thump, Pass::Low, rng.range(60.0, 300.0), 0.7);
        let (t, gain) = (rng.range(0.0, LENGTH_S), rng.range(0.3, 1.5));
        add(&mut out, &level(thump), t, gain);
    }
    out
}

/// Talk over a siren and an air horn.
fn announcer(rng: &mut Rng) -> Sound {
    let (mut out, mut t, hz) = (babble(LENGTH_S, 4.0, rng), 0.5, rng.range(100.0, 170.0));
    scale(&mut out, 0.15);
    while t < LENGTH_S {
        for _ in 0..3 + rng.below(14) {
            let (len, breath) = (rng.range(0.07, 0.3), rng.range(0.0, 0.08));
            let said = syllable(hz * rng.range(0.8, 1.4), len, breath, rng);
            add(&mut out, &said, t, rng.range(0.4, 1.0));
            t += len + breath + rng.range(0.0, 0.12);
        }
        t += rng.range(0.2, 2.5);
        let len = rng.range(0.2, 4.0);
        match rng.below(4) {
            0 => add(&mut out, &siren(len, rng), t, 0.4),
            1 => {
                for n in 0..1 + rng.below(4) {
                    let blast = horn(rng.range(0.15, 0.8), rng);
                    add(&mut out, &blast, t + n as f64 * rng.range(0.25, 0.5), 0.5);
                }
            }
            _ => {}
        }
    }
    out
}
