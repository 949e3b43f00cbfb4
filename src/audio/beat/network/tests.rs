//! The network against torch on the same sound and weights: `tests/reference/ears_network.py`.

use std::f64::consts::TAU;

use super::*;
use crate::audio::beat::sight::Sight;
use crate::audio::club::white_noise;
use crate::audio::spectrum::Spectrum;

const RATE: f64 = 44_100.0;
const HOP: usize = 256;
const WINDOW: usize = 2048;

#[derive(serde::Deserialize)]
struct Golden {
    every: usize,
    told: Vec<[f32; OUTPUTS]>,
}

/// Thuds on the beat at 126, hisses between them.
fn sound(n: usize) -> f32 {
    let (t, beat_s) = (n as f64 / RATE, 60.0 / 126.0);
    let thud = (TAU * 55.0 * t).sin() * (-(t % beat_s) / 0.1).exp();
    let hiss = white_noise(n as u64) * (-((t + beat_s / 2.0) % beat_s) / 0.02).exp();
    (0.5 * thud + 0.2 * hiss) as f32
}

#[test]
fn it_says_what_torch_says() {
    let golden: Golden = serde_json::from_str(include_str!("../../../../tests/fixtures/ears_network.json")).unwrap();
    let (mut spectrum, mut network) = (Spectrum::new(WINDOW), Network::new());
    let mut sight = Sight::new(RATE as f32, WINDOW, HOP as f64 / RATE);
    let mut samples = vec![0.0; WINDOW];
    let (mut steps, mut worst) = (0, 0.0f32);
    for hop in 0..10 * RATE as usize / HOP {
        samples.drain(..HOP);
        samples.extend((hop * HOP..(hop + 1) * HOP).map(sound));
        spectrum.analyse(&samples);
        let Some((seen, _)) = sight.step(&spectrum) else { continue };
        let Hints { frames: [a, b], groove } = network.step(&seen);
        if steps % golden.every == 0 {
            let told = [a.beat, a.downbeat, b.beat, b.downbeat, groove];
            let wanted = golden.told[steps / golden.every];
            worst = told.iter().zip(wanted).map(|(a, b)| (a - b).abs()).fold(worst, f32::max);
        }
        steps += 1;
    }
    println!("{steps} steps, at most {worst:.5} off");
    assert!(steps / golden.every + 1 >= golden.told.len() && worst < 2e-3, "{steps} steps, {worst}");
}
