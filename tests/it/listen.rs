//! `halation listen FILE --json`: what it says of a file, it says causally.

use std::fs;

use halation::audio::club::score::f_measure;
use halation::audio::club::{Clip, SAMPLE_RATE_HZ, wav};
use serde_json::Value;

use crate::support::{run_well, scratch};

/// Every line but the summary, which speaks of the whole file.
fn lines(path: &std::path::Path) -> Vec<Value> {
    let out = run_well(&["listen", path.to_str().unwrap(), "--json"]);
    let text = String::from_utf8(out.stdout).unwrap();
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let summary = lines.pop().unwrap();
    assert_eq!(summary["type"], "summary");
    assert!(summary["times_realtime"].as_f64().unwrap() > 1.0, "{summary}");
    lines
}

#[test]
fn cutting_the_file_anywhere_changes_nothing_before() {
    let folder = scratch("listen-cut");
    let (samples, _) = Clip::find("break126").unwrap().render();
    let file = |name: &str, samples: &[f32]| {
        let path = folder.join(name);
        fs::write(&path, wav(samples, SAMPLE_RATE_HZ)).unwrap();
        path
    };
    let whole = lines(&file("whole.wav", &samples));
    for kind in ["beat", "onset", "section"] {
        assert!(whole.iter().any(|line| line["type"] == kind), "no {kind}");
    }
    for line in &whole {
        let number = |key: &str| line[key].as_f64().unwrap_or_else(|| panic!("{line} has no {key}"));
        assert!(number("known") - number("t") <= 0.05 || line["type"] != "beat", "{line}");
    }
    for cut_s in [1.0, 5.503, 11.117, 20.25, 33.333] {
        let kept = (cut_s * f64::from(SAMPLE_RATE_HZ)) as usize;
        let cut = lines(&file("cut.wav", &samples[..kept]));
        assert_eq!(cut[..], whole[..cut.len()], "cut at {cut_s} s");
        let next = whole.get(cut.len()).map_or(f64::INFINITY, |line| line["known"].as_f64().unwrap());
        assert!(next > cut_s - 0.05, "cut at {cut_s} s, but {next} s is missing");
    }
}

/// At another rate, by straight lines between the samples: good enough for where beats are.
fn resampled(samples: &[f32], rate_hz: u32) -> Vec<f32> {
    let pace = f64::from(SAMPLE_RATE_HZ) / f64::from(rate_hz);
    let at = |n: usize| {
        let (place, part) = ((n as f64 * pace) as usize, (n as f64 * pace).fract() as f32);
        samples[place] * (1.0 - part) + samples.get(place + 1).unwrap_or(&0.0) * part
    };
    (0..(samples.len() as f64 / pace) as usize).map(at).collect()
}

#[test]
fn the_sampling_rate_does_not_move_the_beats() {
    let folder = scratch("listen-rate");
    let (samples, truth) = Clip::find("house124").unwrap().render();
    let beats = |rate_hz: u32| -> Vec<f64> {
        let path = folder.join(format!("{rate_hz}.wav"));
        fs::write(&path, wav(&resampled(&samples, rate_hz), rate_hz)).unwrap();
        lines(&path).iter().filter(|line| line["type"] == "beat").map(|line| line["t"].as_f64().unwrap()).collect()
    };
    for rate_hz in [SAMPLE_RATE_HZ, 48_000, 88_200, 96_000, 192_000] {
        let found = beats(rate_hz);
        let f = f_measure(&truth.beats, &found);
        assert!(f > 0.97, "{rate_hz} Hz: F {f:.3}, {} beats", found.len());
        let mut late: Vec<f64> = found
            .iter()
            .map(|t| truth.beats.iter().map(|b| t - b).min_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap())
            .collect();
        late.sort_by(f64::total_cmp);
        assert!(late[late.len() / 2].abs() < 0.015, "{rate_hz} Hz: {:.3} s late", late[late.len() / 2]);
    }
}
