//! A synthetic club track: the input when `auto` finds no device, and a deterministic source for tests.
//!
//! A sample is a pure function of its number, so any block size and any thread give the same track.

use std::f64::consts::TAU;

/// What this track is called; the generated clips of [`super::club`] have names of their own.
pub(super) const NAME: &str = "house126";

pub(super) const SAMPLE_RATE_HZ: u32 = 48_000;
const BPM: f64 = 126.0;
const SEED: u64 = 0x5eed_1261;

/// Sections of the track in bars: it lasts a little over four minutes and loops.
const INTRO: u64 = 8;
const GROOVE: u64 = 40;
const BREAK: u64 = 56;
const BUILD: u64 = 64;
const DROP: u64 = 112;
const LOOP: u64 = 128;
/// Samples until it begins again.
pub(super) const LOOP_SAMPLES: u64 = (LOOP as f64 * 240.0 / BPM * SAMPLE_RATE_HZ as f64) as u64;

/// Roots of an eight-bar progression in Hz: A, F, C, G.
const ROOTS_HZ: [f64; 4] = [55.0, 43.65, 65.41, 49.0];

/// Which instruments play.
struct SynthSection {
    kick: bool,
    hats: bool,
    clap: bool,
    bass: bool,
    pad: f64,
    /// 0..1 through the build-up, else 0.
    build: f64,
}

impl SynthSection {
    fn at(bar: u64, in_bar: f64) -> Self {
        let played = |from: u64, to: u64| (from..to).contains(&bar);
        let building = played(BREAK, BUILD);
        let build = if building { ((bar - BREAK) as f64 + in_bar) / (BUILD - BREAK) as f64 } else { 0.0 };
        let quiet = played(GROOVE, BUILD);
        Self {
            kick: !quiet,
            hats: !quiet && bar >= INTRO / 2,
            clap: played(INTRO, GROOVE) || played(BUILD, DROP),
            bass: played(INTRO, GROOVE) || played(BUILD, DROP),
            pad: if quiet {
                1.0
            } else if played(BUILD, DROP) {
                0.5
            } else {
                0.15
            },
            build,
        }
    }
}

/// Sample number `n`, −1..1.
pub(super) fn sample(n: u64) -> f32 {
    let t = n as f64 / f64::from(SAMPLE_RATE_HZ);
    let beat_s = 60.0 / BPM;
    let beats = (t / beat_s) % (LOOP * 4) as f64;
    let bar = (beats / 4.0) as u64;
    let section = SynthSection::at(bar, (beats / 4.0).fract());
    let since_beat_s = beats.fract() * beat_s;
    let since_half_s = (beats + 0.5).fract() * beat_s;
    let since_sixteenth_s = (beats * 4.0).fract() * beat_s / 4.0;
    // The kick pushes everything else aside, as on any club master.
    let duck = if section.kick { 1.0 - 0.7 * (-since_beat_s / 0.12).exp() } else { 1.0 };
    let root_hz = ROOTS_HZ[(bar / 2 % 4) as usize];

    let mut mix = 0.0;
    if section.kick {
        mix += 0.75 * kick(since_beat_s, n);
    }
    if section.hats {
        let sixteenth = (beats * 4.0) as u64;
        let accent = if sixteenth % 4 == 2 { 0.0 } else { 0.35 + 0.25 * noise(sixteenth) };
        mix += 0.10 * accent * hiss(n) * (-since_sixteenth_s / 0.025).exp();
        mix += 0.16 * hiss(n) * (-since_half_s / 0.07).exp();
    }
    if section.clap && beats as u64 % 2 == 1 {
        mix += 0.22 * noise(n) * (-since_beat_s / 0.09).exp();
    }
    if section.bass {
        let note = (-since_half_s / 0.16).exp() + 0.4 * (-since_sixteenth_s / 0.08).exp();
        mix += 0.22 * duck * note * saw(root_hz, t, 6);
    }
    mix += 0.10 * section.pad * duck * pad(root_hz, t);
    for part in build(section.build, beats, beat_s, n) {
        mix += part;
    }
    mix.tanh() as f32
}

/// A snare roll that doubles twice, under a rising hiss; `progress` is 0..1, and 0 outside of a build-up.
fn build(progress: f64, beats: f64, beat_s: f64, n: u64) -> [f64; 2] {
    let rate = match progress {
        0.0 => return [0.0; 2],
        early if early < 0.5 => 1.0,
        middle if middle < 0.75 => 2.0,
        _ => 4.0,
    };
    let since_hit_s = (beats * rate).fract() * beat_s / rate;
    let roll = (0.08 + 0.25 * progress) * noise(n) * (-since_hit_s / 0.06).exp();
    [roll, 0.12 * progress * progress * hiss(n)]
}

/// A sine falling from 150 to 47 Hz, with a click.
fn kick(t: f64, n: u64) -> f64 {
    let turns = 47.0 * t + 103.0 * 0.028 * (1.0 - (-t / 0.028).exp());
    let body = (TAU * turns).sin() * (-t / 0.15).exp();
    body + 0.25 * noise(n) * (-t / 0.003).exp()
}

/// The first harmonics of a sawtooth, by sin(kx) = 2·cos(x)·sin((k−1)x) − sin((k−2)x).
fn saw(hz: f64, t: f64, harmonics: u32) -> f64 {
    let (first, cosine) = (TAU * (hz * t).fract()).sin_cos();
    let (mut before, mut now, mut sum) = (0.0, first, first);
    for k in 2..=harmonics {
        (before, now) = (now, 2.0 * cosine * now - before);
        sum += now / f64::from(k);
    }
    sum
}

/// A minor seventh, two octaves above the bass, slightly detuned.
fn pad(root_hz: f64, t: f64) -> f64 {
    [4.0, 4.764, 6.006, 7.143].iter().map(|ratio| saw(root_hz * ratio, t, 3)).sum::<f64>()
}

/// White noise in −1..1 (splitmix64 of the number and the seed).
fn noise(n: u64) -> f64 {
    let mut z = n.wrapping_add(SEED).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

/// Noise without lows: second difference.
fn hiss(n: u64) -> f64 {
    (noise(n) - 2.0 * noise(n.wrapping_sub(1)) + noise(n.wrapping_sub(2))) / 2.5
}
