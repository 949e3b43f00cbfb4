//! Sounds that are no music: no beat may be found in them, and their energy must stay low.

use std::f32::consts::{PI, TAU};

use super::SAMPLE_RATE_HZ;

const RATE: f32 = SAMPLE_RATE_HZ as f32;

/// Sounds without a beat, by name.
pub const NEGATIVES: [&str; 6] = ["silence", "hum", "noise", "speech", "applause", "sparse-applause"];

/// The sound called `name`, `seconds` long, another one for every seed; `None` for other names.
#[must_use]
pub fn render(name: &str, seconds: f32, seed: u64) -> Option<Vec<f32>> {
    let count = (seconds * RATE) as usize;
    let mut noise = noise(seed);
    let hum = |n: usize| 0.03 * ((TAU * 50.0 * n as f32 / RATE).sin() + 0.3 * (TAU * 150.0 * n as f32 / RATE).sin());
    Some(match name {
        "silence" => vec![0.0; count],
        "hum" => (0..count).map(hum).collect(),
        "noise" => (0..count).map(|_| 0.1 * noise()).collect(),
        "speech" => speech(noise, count),
        "applause" => applause(noise, count, 20.0),
        "sparse-applause" => applause(noise, count, 7.0),
        _ => return None,
    })
}

/// White noise in −1..1 from a seed.
fn noise(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    }
}

/// Hands clapping when they like: bursts at random times, so many a second.
fn applause(mut noise: impl FnMut() -> f32, count: usize, per_s: f32) -> Vec<f32> {
    let mut out = vec![0.0f32; count];
    for _ in 0..(per_s * count as f32 / RATE) as usize {
        let (at, loud) = (((noise() + 1.0) * 0.5 * count as f32) as usize, 0.1 + 0.1 * noise());
        let clap = out.iter_mut().skip(at).take(800).enumerate();
        clap.for_each(|(n, x)| *x += loud * noise() * (-(n as f32) / 200.0).exp());
    }
    out
}

/// A voice without words: a buzz through moving formants, in syllables of uneven length with pauses.
fn speech(mut noise: impl FnMut() -> f32, count: usize) -> Vec<f32> {
    let mut out = Vec::with_capacity(count);
    while out.len() < count {
        let length_s = 0.09 + 0.09 * (noise() + 1.0);
        let pause_s = if noise() > 0.6 { 0.5 * (noise() + 1.0) } else { 0.03 };
        let (pitch_hz, formant_hz, voiced) = (125.0 + 25.0 * noise(), 700.0 + 400.0 * noise(), noise() > -0.5);
        let length = (length_s * RATE) as usize;
        for n in 0..length {
            let t = n as f32 / RATE;
            let open = (PI * n as f32 / length as f32).sin();
            let buzz: f32 = (1..20)
                .map(|k| {
                    let hz = pitch_hz * k as f32;
                    let near = 1.0 / (1.0 + ((hz - formant_hz) / 300.0).powi(2));
                    near * (TAU * hz * t).sin()
                })
                .sum();
            out.push(0.12 * open * if voiced { buzz } else { noise() });
        }
        out.extend(std::iter::repeat_n(0.0, (pause_s * RATE) as usize));
    }
    out.truncate(count);
    out
}
