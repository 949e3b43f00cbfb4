//! What benches of the ears have in common: a clip is heard as on stage, hop by hop, and all that was noticed is kept.

use std::path::Path;
use std::{fs, io};

use halation::audio::club::{SAMPLE_RATE_HZ, Truth, wav};
use halation::audio::{Analysis, AnalysisConfig, Notice, Watcher};

/// A beat as it was told.
pub struct Told {
    pub t: f64,
    pub beat_in_bar: u8,
    pub bar_known: bool,
    pub bpm: f64,
    pub confidence: f32,
}

/// What was noticed in one clip, in seconds.
#[derive(Default)]
pub struct Heard {
    pub beats: Vec<f64>,
    /// The same beats with what else was said of them.
    pub told: Vec<Told>,
    /// `known` − `t` of beats.
    pub beat_delays: Vec<f64>,
    /// (known, t).
    pub kicks: Vec<(f64, f64)>,
    pub drops: Vec<f64>,
    /// How far the beat line is off the truth at the end of each break.
    pub drifts: Vec<f64>,
    /// The most, and the last.
    pub energy: (f32, f32),
}

pub fn ears() -> Analysis {
    Analysis::new(AnalysisConfig { sample_rate_hz: SAMPLE_RATE_HZ, channels: 1, ..AnalysisConfig::default() })
}

pub fn hear(samples: &[f32], truth: &Truth) -> Heard {
    let (mut ears, mut watcher, mut out) = (ears(), Watcher::default(), Heard::default());
    let mut breaks = truth.breaks.iter().map(|(_, drop)| *drop).peekable();
    for hop in samples.chunks(256) {
        let before = ears.features();
        ears.push(hop);
        let now = ears.features();
        if breaks.next_if(|drop| now.time_s >= *drop).is_some() {
            let at = before.time_s - f64::from(before.pulse.age_s);
            out.drifts.extend(truth.beats.iter().map(|t| (at - t).abs()).min_by(f64::total_cmp));
        }
        out.energy = (out.energy.0.max(now.energy), now.energy);
        watcher.step(&now, &mut |notice| match notice {
            Notice::Beat { t, known, beat_in_bar, bar_known, bpm, confidence, .. } => {
                out.beats.push(t);
                out.told.push(Told { t, beat_in_bar, bar_known, bpm, confidence });
                out.beat_delays.push(known - t);
            }
            Notice::Onset { t, known, class: "kick", .. } => out.kicks.push((known, t)),
            Notice::Drop { t, .. } => out.drops.push(t),
            _ => {}
        });
    }
    out
}

pub fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values {
        (sum, count) = (sum + value, count + 1.0);
    }
    sum / count
}

pub fn quantile(values: impl IntoIterator<Item = f64>, q: f64) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get((values.len().saturating_sub(1) as f64 * q).round() as usize).copied().unwrap_or(f64::NAN)
}

/// Writes a clip, its truth and the beats we heard, for other trackers to be measured on the same sound: NAME.wav (16 bit
/// mono), NAME.json (all of the truth), NAME.truth and NAME.ours (beats in seconds, one a line).
pub fn write_clip(folder: &Path, name: &str, samples: &[f32], truth: &Truth) -> io::Result<()> {
    let lines = |times: &[f64]| times.iter().map(|t| format!("{t:.5}\n")).collect::<String>();
    let file = |end: &str| folder.join(format!("{name}.{end}"));
    fs::write(file("truth"), lines(&truth.beats))?;
    fs::write(file("json"), serde_json::to_vec(truth)?)?;
    fs::write(file("ours"), lines(&hear(samples, truth).beats))?;
    fs::write(file("wav"), wav(samples, SAMPLE_RATE_HZ))
}
