//! Sound files: decoding, looping, what their channels show.

use std::path::Path;

use super::super::*;
use crate::units::Seconds;

fn wav(path: &Path, samples: &[i16], channels: u16, rate: u32) {
    let data: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
    let mut bytes = Vec::new();
    bytes.extend(b"RIFF");
    bytes.extend((36 + data.len() as u32).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16u32.to_le_bytes());
    for field in [1u16, channels] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend(rate.to_le_bytes());
    bytes.extend((rate * u32::from(channels) * 2).to_le_bytes());
    bytes.extend((channels * 2).to_le_bytes());
    bytes.extend(16u16.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_file_is_played_against_show_time_and_looped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ramp.wav");
    // One second of stereo: the frame's number, less and more five.
    let samples: Vec<i16> = (0..8000i16).flat_map(|n| [n - 5, n + 5]).collect();
    wav(&path, &samples, 2, 8000);
    let mut input = open(&Choice::File(path), Channels::default()).unwrap().unwrap();
    assert!(input.description().contains("ramp.wav") && !input.is_lost());
    let mut out = Vec::new();
    input.pull(Seconds(10.75), &mut out);
    assert!(out.is_empty(), "nothing is heard before listening begins");
    input.pull(Seconds(11.0 + 3.0 / 8000.0), &mut out);
    assert_eq!((out.len(), input.config().channels), (2 * 2003, 2));
    let frame = |n: usize| [out[2 * n], out[2 * n + 1]].map(|x| (x * 32_767.0).round() as i32);
    assert_eq!([frame(0), frame(1999), frame(2001)], [[5995, 6005], [7994, 8004], [-4, 6]]);
    let mut right = open(&Choice::File(folder.path().join("ramp.wav")), Channels([1, 1])).unwrap().unwrap();
    right.pull(Seconds(0.0), &mut out);
    out.clear();
    right.pull(Seconds(0.25), &mut out);
    assert_eq!((out.len(), right.config().channels, (out[7] * 32_767.0).round() as i32), (2000, 1, 12));
}

/// What a file of two channels shows after a minute: whether a cable is inverted, whether it clips, its energy, its tempo.
fn heard_of_two(folder: &Path, left: &[f32], right: impl Fn(f32) -> f32) -> Features {
    let whole = |x: f32| (x * 32_767.0).round() as i16;
    let samples: Vec<i16> = left.iter().flat_map(|x| [whole(*x), whole(right(*x))]).collect();
    let path = folder.join("two.wav");
    wav(&path, &samples, 2, club::SAMPLE_RATE_HZ);
    let mut listener = Listener::new(open(&Choice::File(path), Channels::default()).unwrap());
    (0..=31_000).map(|k| listener.step(Seconds(f64::from(k) * 0.002), 0.0)).last().unwrap()
}

#[test]
fn a_files_cables_are_judged_as_an_inputs_are() {
    let folder = tempfile::tempdir().unwrap();
    let (samples, _) = club::Clip::find("house124").unwrap().render();
    let good = heard_of_two(folder.path(), &samples, |x| x);
    let inverted = heard_of_two(folder.path(), &samples, |x| -x);
    let dead = heard_of_two(folder.path(), &samples, |_| 0.0);
    let hot = heard_of_two(folder.path(), &samples, |x| (4.0 * x).clamp(-1.0, 1.0));
    let flags = [&good, &inverted, &dead, &hot].map(|heard| (heard.inverted, heard.clip));
    assert_eq!(flags, [(false, false), (true, false), (false, false), (false, true)]);
    for heard in [&good, &dead, &hot] {
        assert!(heard.pulse.is_sure() && (heard.pulse.bpm() - 124.0).abs() < 0.5, "{:?}", heard.pulse);
        assert!((heard.energy - good.energy).abs() < 0.05, "{} {}", heard.energy, good.energy);
    }
}

#[test]
fn an_unreadable_file_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("no.wav");
    let garbage = folder.path().join("garbage.mp3");
    std::fs::write(&garbage, b"this is not music ".repeat(400)).unwrap();
    let empty = folder.path().join("empty.flac");
    std::fs::write(&empty, b"").unwrap();
    let silent = folder.path().join("nothing.wav");
    wav(&silent, &[], 1, 48_000);
    for path in [missing, garbage, empty, silent, folder.path().to_owned()] {
        let error = open(&Choice::File(path.clone()), Channels::default()).err().expect("must fail").to_string();
        assert!(error.contains(&path.display().to_string()) && !error.contains('\n'), "{error}");
    }
}
