//! What changes a clip on its way from the deck to the input: gain, clipping, filters, rooms, noise, gaps.

use std::f64::consts::TAU;

use super::drums::noise;
use super::{RATE, Truth, kept_by_pole, place};

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Channel {
    pub gain_db: f32,
    /// Clipping at full scale after this much more gain.
    pub drive_db: f32,
    /// Level of pink-ish crowd noise, dB relative to full scale.
    pub noise_db: f32,
    /// 50 Hz hum with harmonics.
    pub hum_db: f32,
    pub dc: f32,
    /// The DJ's high pass is in between these bars, at 300 Hz; his low pass, at 250 Hz.
    pub sweep_bars: Option<(usize, usize)>,
    pub muffle_bars: Option<(usize, usize)>,
    /// From this second on the level is so many dB higher.
    pub step: Option<(f64, f32)>,
    /// A limiter with a slow release takes up to so many dB away after each peak.
    pub pump_db: f32,
    /// Reverberation time (RT60) of the room a microphone hears it in; 0 for a line.
    pub room_s: f64,
    /// Every few seconds a gap of 5 to 500 ms.
    pub gaps: bool,
    /// Every six seconds a block of 1 024 samples never arrives.
    pub losses: bool,
}

impl Default for Channel {
    fn default() -> Self {
        Self {
            gain_db: 0.0,
            drive_db: 0.0,
            noise_db: -120.0,
            hum_db: -120.0,
            dc: 0.0,
            sweep_bars: None,
            muffle_bars: None,
            step: None,
            pump_db: 0.0,
            room_s: 0.0,
            gaps: false,
            losses: false,
        }
    }
}

impl Channel {
    pub(super) fn spoil(&self, samples: &mut Vec<f32>, truth: &mut Truth, bar_s: f64, seed: u64) {
        self.filter(samples, bar_s);
        if self.room_s > 0.0 {
            reverberate(samples, self.room_s);
        }
        if self.pump_db > 0.0 {
            pump(samples, self.pump_db);
        }
        self.carry(samples, seed);
        if self.gaps {
            tear(samples, seed);
        }
        if self.losses {
            lose(samples, truth);
        }
    }

    fn filter(&self, samples: &mut [f32], bar_s: f64) {
        let within = |bars: Option<(usize, usize)>, bar: f64| {
            bars.is_some_and(|(from, to)| (from as f64..to as f64).contains(&bar))
        };
        let (high_pass, low_pass) = (kept_by_pole(300.0), kept_by_pole(250.0));
        let (mut low, mut dull) = (0.0f32, 0.0f32);
        for (n, x) in samples.iter_mut().enumerate() {
            let bar = n as f64 / RATE / bar_s;
            if within(self.sweep_bars, bar) {
                low = *x + (low - *x) * high_pass;
                *x -= low;
            }
            if within(self.muffle_bars, bar) {
                dull = *x + (dull - *x) * low_pass;
                *x = dull;
            }
        }
    }

    /// Gain, clipping, and what the cable adds.
    fn carry(&self, samples: &mut [f32], seed: u64) {
        let gain = |db: f32| 10f32.powf(db / 20.0);
        let (before, noise_gain, hum_gain) =
            (gain(self.gain_db + self.drive_db), gain(self.noise_db), gain(self.hum_db));
        let (step_s, after) = self.step.map_or((f64::INFINITY, before), |(at_s, db)| (at_s, before * gain(db)));
        let mut rumble = 0.0f32;
        for (n, x) in samples.iter_mut().enumerate() {
            let t = n as f64 / RATE;
            let white = noise(seed ^ n as u64) as f32;
            rumble += 0.02 * (white - rumble);
            let crowd = 4.0 * rumble + 0.3 * white;
            let hum: f32 = (1..4).map(|k| (TAU * 50.0 * f64::from(k) * t).sin() as f32 / k as f32).sum();
            *x = (*x * if t < step_s { before } else { after }).clamp(-1.0, 1.0);
            *x += crowd * noise_gain + hum * hum_gain + self.dc;
        }
    }
}

/// Schroeder's reverberator (1962): four combs side by side, two all-passes, 30 ms after the direct sound.
fn reverberate(samples: &mut [f32], rt60_s: f64) {
    let mut wet = vec![0.0f32; samples.len()];
    for delay_s in [0.0297, 0.0371, 0.0411, 0.0437] {
        let keep = 10f64.powf(-3.0 * delay_s / rt60_s) as f32;
        let mut line = vec![0.0f32; place(delay_s)];
        let delay = line.len();
        for (n, (x, out)) in samples.iter().zip(&mut wet).enumerate() {
            let place = &mut line[n % delay];
            *out += 0.25 * *place;
            *place = x + keep * *place;
        }
    }
    for delay_s in [0.005, 0.0017] {
        let mut line = vec![0.0f32; place(delay_s)];
        let delay = line.len();
        for (n, x) in wet.iter_mut().enumerate() {
            let place = &mut line[n % delay];
            let out = *place - 0.7 * *x;
            *place = *x + 0.7 * out;
            *x = out;
        }
    }
    let late = place(0.03).min(samples.len());
    samples[late..].iter_mut().zip(&wet).for_each(|(x, wet)| *x = 0.6 * *x + 0.5 * wet);
}

fn pump(samples: &mut [f32], depth_db: f32) {
    let pace = |s: f64| 1.0 - (-1.0 / (s * RATE)).exp() as f32;
    let (attack, release) = (pace(0.003), pace(0.25));
    let mut level = 0.0f32;
    for x in samples {
        let now = x.abs();
        level += (now - level) * if now > level { attack } else { release };
        *x *= 10f32.powf(-depth_db * level / 20.0);
    }
}

/// Gaps, a few seconds apart, lengths even on a logarithmic scale.
fn tear(samples: &mut [f32], seed: u64) {
    let chance = |k: u64| 0.5 * (noise(seed ^ (k << 20)) + 1.0);
    for k in 0..(samples.len() as f64 / RATE / 4.0) as u64 {
        let (at_s, gap_s) = (4.0 * (k as f64 + chance(2 * k)), 0.005 * 100f64.powf(chance(2 * k + 1)));
        samples.iter_mut().skip(place(at_s)).take(place(gap_s)).for_each(|x| *x = 0.0);
    }
}

fn lose(samples: &mut Vec<f32>, truth: &mut Truth) {
    const EVERY_S: f64 = 6.0;
    const LOST: usize = 1024;
    let every = place(EVERY_S);
    let mut n = 0;
    samples.retain(|_| {
        let arrives = n < every || n % every >= LOST;
        n += 1;
        arrives
    });
    truth.retime(|t| t - (t / EVERY_S).floor() * LOST as f64 / RATE);
}
