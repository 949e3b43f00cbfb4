//! `halation soundcheck`: go or no-go, and the beat's offset from a film.

use std::path::Path;
use std::process::Command;

use halation::audio::club::{self, SAMPLE_RATE_HZ, wav};

use crate::support::{halation, run, run_well, scratch};

fn said(out: &std::process::Output) -> String {
    String::from_utf8_lossy(&out.stdout).into_owned()
}

/// House that stops, and mains hum, as through a bad cable.
fn humming(path: &Path) {
    let house = club::sound("house124").unwrap();
    let hum = |n: usize| {
        let t = n as f64 / f64::from(SAMPLE_RATE_HZ);
        (1..=3).map(|k| 0.005 / f64::from(k) * (std::f64::consts::TAU * 50.0 * f64::from(k) * t).sin()).sum::<f64>()
    };
    let level = |n: usize| if n < 3 * SAMPLE_RATE_HZ as usize { 0.5 } else { 0.0 };
    let samples: Vec<f32> = house
        .iter()
        .take(20 * SAMPLE_RATE_HZ as usize)
        .enumerate()
        .map(|(n, x)| level(n) * x + hum(n) as f32)
        .collect();
    std::fs::write(path, wav(&samples, SAMPLE_RATE_HZ)).unwrap();
}

#[test]
fn a_sound_check_rehearses_the_show_and_hears_a_bad_cable() {
    let folder = scratch("soundcheck");
    let sound = folder.join("hum.wav");
    humming(&sound);
    let mut check = halation();
    check.args([
        "soundcheck",
        "--headless",
        "--size",
        "160x90",
        "--fps",
        "25",
        "--seconds",
        "32",
        "--osc",
        "127.0.0.1:0",
    ]);
    let out = check.args(["--audio", &format!("file:{}", sound.display())]).output().unwrap();
    let text = said(&out);
    assert!(out.status.success(), "{text}{}", String::from_utf8_lossy(&out.stderr));
    let line =
        |what: &str| text.lines().find(|line| line.contains(what)).unwrap_or_else(|| panic!("no {what} in {text}"));
    assert!(line("it hums at 50 Hz").starts_with("CARE"));
    assert!(line("pad to wall").starts_with("good") || line("pad to wall").starts_with("CARE"));
    assert!(line("images").contains("a second"));
    assert!(line("frames a second").starts_with("good  wall") || line("frames a second").starts_with("CARE"));
    assert!(line("GO, with an eye on").contains("line-in"));

    let broken = folder.join("broken.toml");
    std::fs::write(&broken, "name = 3\n").unwrap();
    let out = run(&["soundcheck", &broken.display().to_string(), "--seconds", "6"]);
    assert_eq!(out.status.code(), Some(2));
    assert!(
        said(&out).contains("NO    show") && String::from_utf8_lossy(&out.stderr).contains("no go: first see to show")
    );
}

#[test]
fn a_film_of_the_wall_sets_the_offset() {
    if Command::new("ffmpeg").arg("-version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "CI needs ffmpeg (package ffmpeg)");
        return println!("skipped: ffmpeg is not installed (package ffmpeg)");
    }
    let folder = scratch("soundcheck_film");
    let at = |name: &str| folder.join(name).display().to_string();
    std::fs::copy("mappings/shows/first-light.toml", folder.join("show.toml")).unwrap();
    let play = ["play", "--flash-beats", "--stepped", "--audio", "synth:house126", "--size", "160x90", "--fps", "60"];
    run_well(&[&play[..], &["--duration", "12", "--record", &at("wall.mkv")]].concat());
    // A projector that takes 60 ms.
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-i", &at("wall.mkv"), "-itsoffset", "0.060", "-i", &at("wall.mkv")])
        .args(["-map", "1:v", "-map", "0:a", "-c", "copy", &at("phone.mkv")])
        .status();
    assert!(made.unwrap().success());
    let out = run_well(&["soundcheck", &at("show.toml"), "--film", &at("phone.mkv")]);
    let show = std::fs::read_to_string(folder.join("show.toml")).unwrap();
    let written = show.lines().find_map(|line| line.strip_prefix("\"tempo.offset\" = ")).expect("an offset");
    let offset: f64 = written.split_whitespace().next().unwrap().parse().unwrap();
    assert!((-80.0..=-56.0).contains(&offset), "{}", said(&out));
    run_well(&["check", &at("show.toml")]);

    let again = run(&["soundcheck", &at("show.toml"), "--film", &at("phone.mkv")]);
    assert!(String::from_utf8_lossy(&again.stderr).contains("is in tempo.offset already"), "once is enough");
    let out = run(&["soundcheck", &at("show.toml"), "--film", &at("show.toml")]);
    assert_eq!(out.status.code(), Some(2), "a show is no film");
    assert_eq!(std::fs::read_to_string(folder.join("show.toml")).unwrap(), show, "and nothing is written");
}
