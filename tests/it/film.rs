//! `--record`: a film at a steady rate with the sound that was heard, which a crash leaves playable.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use halation::audio::club::{SAMPLE_RATE_HZ, wav};

use crate::support::{difference, frames, halation, scratch};

const PATIENCE: Duration = Duration::from_secs(60);
const HOUSE: &str = "synth:house126";

/// Whether there is an ffmpeg to film with; a machine of our own must have it.
fn has_ffmpeg() -> bool {
    let found = Command::new("ffmpeg").arg("-version").output().is_ok();
    assert!(found || std::env::var_os("CI").is_none(), "CI needs ffmpeg (package ffmpeg)");
    if !found {
        println!("skipped: ffmpeg is not installed (package ffmpeg)");
    }
    found
}

/// What ffprobe counts in a film: pictures, and seconds of sound.
fn measured(film: &Path) -> (usize, f64) {
    let ask = |stream: &str, entry: &str| {
        let out = Command::new("ffprobe")
            .args(["-v", "error", "-count_frames", "-select_streams", stream, "-show_entries", entry])
            .args(["-of", "csv=p=0"])
            .arg(film)
            .output()
            .expect("ffprobe runs");
        String::from_utf8_lossy(&out.stdout).trim().to_owned()
    };
    let pictures = ask("v", "stream=nb_read_frames").parse().unwrap_or(0);
    // An AAC frame is 1024 samples.
    let blocks: f64 = ask("a", "stream=nb_read_frames").parse().unwrap_or(0.0);
    (pictures, blocks * 1024.0 / 48_000.0)
}

/// The sound of a film, mono at 48 kHz, as it lies under its pictures: the first sample is heard with the first picture.
fn sound(film: &Path) -> Vec<f32> {
    let mut ask = Command::new("ffmpeg");
    ask.args(["-v", "error", "-i"]).arg(film).args(["-ac", "1", "-ar", "48000", "-f", "f32le", "-"]);
    let raw = ask.output().expect("ffmpeg runs").stdout;
    raw.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

fn record(film: &Path, heard: &str, more: &[&str]) -> Command {
    let mut command = halation();
    command.args(["play", "--headless", "--size", "160x90", "--osc", "off", "--link", "off", "--prolink", "off"]);
    command.args(["--audio", heard, "--record"]).arg(film).args(more).stderr(Stdio::null());
    command
}

#[test]
fn a_film_has_every_picture_and_its_sound() {
    if !has_ffmpeg() {
        return;
    }
    let folder = scratch("film");
    let (film, captured, back) = (folder.join("film.mkv"), folder.join("captured"), folder.join("back"));
    let args = ["--stepped", "--fps", "10", "--duration", "3", "--capture", captured.to_str().unwrap()];
    assert!(record(&film, HOUSE, &args).status().expect("the binary runs").success());
    let (pictures, sound_s) = measured(&film);
    assert_eq!(pictures, 30);
    assert!((2.9..=3.1).contains(&sound_s), "{sound_s} s of sound");
    // The film shows at each time what the wall showed.
    std::fs::create_dir_all(&back).unwrap();
    let pattern = back.join("%04d.png");
    let unpacked = Command::new("ffmpeg").args(["-v", "error", "-i"]).arg(&film).arg(&pattern).status();
    assert!(unpacked.expect("ffmpeg runs").success());
    for (k, (shown, filmed)) in frames(&captured).iter().zip(&frames(&back)).enumerate() {
        let off = difference(shown, filmed);
        assert!(off < 8.0, "picture {k} differs by {off}");
    }
}

#[test]
fn a_click_is_heard_under_the_picture_that_was_shown_with_it() {
    if !has_ffmpeg() {
        return;
    }
    let folder = scratch("film-click");
    let (film, clicks) = (folder.join("film.mkv"), folder.join("clicks.wav"));
    let mut samples = vec![0.0; 3 * SAMPLE_RATE_HZ as usize];
    samples[SAMPLE_RATE_HZ as usize..][..48].fill(0.9);
    std::fs::write(&clicks, wav(&samples, SAMPLE_RATE_HZ)).unwrap();
    let heard = format!("file:{}", clicks.display());
    let args = ["--stepped", "--fps", "30", "--duration", "2"];
    assert!(record(&film, &heard, &args).status().expect("the binary runs").success());
    let at = sound(&film).iter().position(|sample| sample.abs() > 0.3).expect("the click is heard");
    // The encoder puts up to 1024 samples of its own before the first.
    let at_s = at as f64 / 48_000.0;
    assert!((0.97..=1.03).contains(&at_s), "a click of 1 s is heard at {at_s} s");
}

#[test]
fn a_show_that_is_killed_leaves_a_film_that_plays() {
    if !has_ffmpeg() {
        return;
    }
    let film = scratch("film-killed").join("film.mkv");
    let mut child = record(&film, HOUSE, &["--fps", "20", "--duration", "60"]).spawn().expect("the binary runs");
    let began = Instant::now();
    // Long enough for something to be in it, however slow the machine is.
    while std::fs::metadata(&film).map_or(0, |file| file.len()) < 60_000 {
        assert!(began.elapsed() < PATIENCE, "nothing is filmed");
        std::thread::sleep(Duration::from_millis(100));
    }
    child.kill().expect("it is there");
    child.wait().expect("it ends");
    let (pictures, sound_s) = loop {
        let found = measured(&film);
        if found.0 > 10 {
            break found;
        }
        assert!(began.elapsed() < PATIENCE, "the film does not play: {found:?}");
        std::thread::sleep(Duration::from_millis(200));
    };
    let pictures_s = pictures as f64 / 20.0;
    assert!((pictures_s - sound_s).abs() < 1.0, "{pictures_s} s of pictures and {sound_s} s of sound");
}

#[test]
fn a_film_that_is_there_is_not_overwritten() {
    let film = scratch("film-there").join("film.mkv");
    std::fs::write(&film, "last night").unwrap();
    let out = record(&film, HOUSE, &["--duration", "1"]).stderr(Stdio::piped()).output().expect("the binary runs");
    let told = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(2), "{told}");
    assert!(told.trim_end().lines().last().unwrap_or_default().contains("it is there already"), "{told}");
    assert_eq!(std::fs::read(&film).unwrap(), b"last night");
}
