//! The sounds of a drum machine and its bass, each a function of the time since it was struck.

use std::f64::consts::TAU;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Voice {
    Kick,
    /// Without a click, as in minimal.
    SoftKick,
    Snare,
    Clap,
    Hat,
    OpenHat,
    Bass {
        hz: f64,
        length_s: f64,
    },
    Pad {
        hz: f64,
        length_s: f64,
    },
    /// Noise that grows all through a build-up.
    Riser {
        length_s: f64,
    },
    Conga {
        hz: f64,
    },
    /// A sung syllable with a vibrato.
    Vowel {
        hz: f64,
        length_s: f64,
    },
}

impl Voice {
    pub fn length_s(self) -> f64 {
        match self {
            Self::Kick | Self::SoftKick => 0.35,
            Self::Snare => 0.25,
            Self::Clap => 0.22,
            Self::Hat => 0.08,
            Self::OpenHat => 0.25,
            Self::Conga { .. } => 0.2,
            Self::Bass { length_s, .. }
            | Self::Pad { length_s, .. }
            | Self::Riser { length_s }
            | Self::Vowel { length_s, .. } => length_s,
        }
    }

    /// −1..1, `t` seconds after the hit; `n` seeds the noise of this sample.
    pub fn sample(self, t: f64, n: u64) -> f64 {
        let fall = |tau: f64| (-t / tau).exp();
        match self {
            Self::Kick => {
                let turns = 48.0 * t + 110.0 * 0.025 * (1.0 - fall(0.025));
                (TAU * turns).sin() * fall(0.13) + 0.3 * noise(n) * fall(0.003)
            }
            Self::SoftKick => {
                let turns = 45.0 * t + 45.0 * 0.03 * (1.0 - fall(0.03));
                (TAU * turns).sin() * fall(0.12) * (1.0 - fall(0.004))
            }
            Self::Snare => 0.55 * noise(n) * fall(0.07) + 0.6 * (TAU * 190.0 * t).sin() * fall(0.05),
            Self::Clap => {
                let bursts: f64 =
                    [0.0, 0.011, 0.023].iter().map(|at| if t >= *at { (-(t - at) / 0.008).exp() } else { 0.0 }).sum();
                band_noise(n) * (0.5 * bursts + 0.6 * fall(0.06))
            }
            Self::Hat => hiss(n) * fall(0.02),
            Self::OpenHat => hiss(n) * fall(0.09),
            Self::Bass { hz, length_s } => {
                let gate = ((length_s - t) / 0.02).clamp(0.0, 1.0) * (t / 0.004).min(1.0);
                gate * (1..6).map(|k| (TAU * hz * f64::from(k) * t).sin() / f64::from(k * k)).sum::<f64>()
            }
            Self::Riser { length_s } => hiss(n) * (t / length_s).powi(2),
            Self::Conga { hz } => {
                (TAU * hz * (t + 0.004 * (1.0 - fall(0.02)))).sin() * fall(0.06) + 0.2 * noise(n) * fall(0.004)
            }
            Self::Vowel { hz, length_s } => vowel(hz, length_s, t),
            Self::Pad { hz, length_s } => {
                let gate = ((length_s - t) / 0.3).clamp(0.0, 1.0) * (t / 0.3).min(1.0);
                let chord = [1.0, 1.189, 1.498, 2.004];
                gate * chord
                    .iter()
                    .map(|r| (TAU * hz * r * t).sin() + 0.4 * (TAU * 2.0 * hz * r * t).sin())
                    .sum::<f64>()
                    / 4.0
            }
        }
    }
}

/// An "a": formants at 700 and 1 200 Hz.
fn vowel(hz: f64, length_s: f64, t: f64) -> f64 {
    let gate = ((length_s - t) / 0.05).clamp(0.0, 1.0) * (t / 0.03).min(1.0);
    let turns = hz * t + 0.004 * hz / 5.5 * (1.0 - (TAU * 5.5 * t).cos());
    let strength =
        |hz: f64| [700.0, 1200.0].iter().map(|formant| 1.0 / (1.0 + ((hz - formant) / 150.0).powi(2))).sum::<f64>();
    gate * (1..12).map(|k| strength(hz * f64::from(k)) * (TAU * f64::from(k) * turns).sin()).sum::<f64>() / 2.0
}

/// White noise in −1..1 (splitmix64).
pub fn noise(n: u64) -> f64 {
    let mut z = n.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x1234_5678_9abc_def1);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

/// Noise without lows.
fn hiss(n: u64) -> f64 {
    (noise(n) - 2.0 * noise(n.wrapping_sub(1)) + noise(n.wrapping_sub(2))) / 2.5
}

/// Noise around 1–3 kHz, roughly.
fn band_noise(n: u64) -> f64 {
    (0..8).map(|k| noise(n.wrapping_sub(k)) * (TAU * k as f64 / 20.0).cos()).sum::<f64>() / 3.0
}
