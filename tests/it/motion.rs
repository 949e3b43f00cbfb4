//! Deforum's settings, performed: keys land on the beat while the tempo moves, the commands tell every value, and files that
//! are broken are refused in a sentence.

use serde_json::Value;

use crate::support::{difference, frames, halation, replay, root, run, run_well, scratch};

const FPS: f64 = 20.0;
/// 32 bars of 30 frames.
const FRAMES: usize = 960;
const BEATS: f64 = 128.0;

/// Tempo at each second: from 120 to 128 bpm over 32 bars.
fn ramp() -> Vec<(f64, f64)> {
    (0..62).map(|second| (f64::from(second), 120.0 + 8.0 * f64::from(second) / 62.0)).collect()
}

/// Beats that have passed after `seconds` of the ramp.
fn beats_at(seconds: f64) -> f64 {
    ramp().iter().map(|(from, bpm)| (seconds - from).clamp(0.0, 1.0) * bpm / 60.0).sum()
}

/// Settings whose camera moves in every second of 2-bar windows, and whose prompt changes every 8 bars.
fn settings() -> String {
    let zoom: Vec<String> =
        (0..16).map(|k| format!("{}:({}+0*t)", k * 60, if k % 2 == 1 { 1.01 } else { 1.0 })).collect();
    let prompts = ["electric blue galaxy", "gold mandala", "neon pink flower", "blood red corridor"];
    let prompts: Vec<String> = (0..4).map(|k| format!("\"{}\": \"{}\"", k * 240, prompts[k])).collect();
    format!(
        "{{\"W\": 160, \"H\": 90, \"animation_mode\": \"2D\", \"max_frames\": {FRAMES}, \"fps\": 15, \"diffusion_cadence\": 8, \
         \"zoom\": \"{}\", \"strength_schedule\": \"0:(0.65)\", \"noise_schedule\": \"0:(0)\", \
         \"prompts\": {{ {} }} }}",
        zoom.join(", "),
        prompts.join(", ")
    )
}

#[test]
fn keys_of_a_settings_file_land_on_the_beat_while_the_tempo_moves() {
    let folder = scratch("motion-ramp");
    let (file, hands) = (folder.join("ramp.txt"), folder.join("hands.jsonl"));
    std::fs::write(&file, settings()).unwrap();
    let quiet = [(0.0, "dream.hold", 1.0), (0.0, "audio.react", 0.0)];
    let tempo = ramp().into_iter().map(|(at, bpm)| (at, "tempo.bpm", bpm));
    for held in [true, false] {
        let events: Vec<(f64, &str, f64)> = tempo.clone().chain(quiet.into_iter().skip(usize::from(!held))).collect();
        replay(&hands, &events);
        let (captures, trace) = (folder.join(format!("frames-{held}")), folder.join(format!("trace-{held}.jsonl")));
        let mut args =
            vec!["play", file.to_str().unwrap(), "--stepped", "--size", "160x90", "--fps", "20", "--osc", "off"];
        args.extend(["--web", "off", "--audio", "none", "--replay", hands.to_str().unwrap()]);
        args.extend(["--duration", "61", "--trace", trace.to_str().unwrap()]);
        if held {
            args.extend(["--capture", captures.to_str().unwrap()]);
        }
        run_well(&args);
        if held {
            camera_keys(&frames(&captures));
        } else {
            prompt_keys(&std::fs::read_to_string(&trace).unwrap());
        }
    }
}

/// The wall begins and stops to move within a frame of its keys.
fn camera_keys(wall: &[image::RgbImage]) {
    let moves: Vec<bool> = wall.windows(2).map(|pair| difference(&pair[0], &pair[1]) > 0.25).collect();
    let mut worst: f64 = 0.0;
    for key in 1..15u32 {
        let beat = f64::from(key) * 8.0;
        // The first frame of which more than half of its movement lies behind the key.
        let expected = (0..moves.len()).find(|k| beats_at((*k as f64 + 1.0) / FPS) >= beat).unwrap();
        let near = expected.saturating_sub(12)..(expected + 12).min(moves.len());
        let found = near.clone().find(|k| moves[*k..near.end].iter().all(|moving| *moving == (key % 2 == 1)));
        let found = found.unwrap_or_else(|| panic!("key {key} at beat {beat} is not on the wall"));
        worst = worst.max((found as f64 - expected as f64).abs());
    }
    println!("14 keys of the camera over 32 bars from 120 to 128 bpm: at most {worst} frames off");
    assert!(worst <= 1.0);
}

/// The first image of a new prompt comes within an image's interval of its key.
fn prompt_keys(trace: &str) {
    let lines = trace.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let images: Vec<(f64, u64)> = lines
        .filter(|line| line["kind"] == "image")
        .filter_map(|line| Some((line["t"].as_f64()?, line["slot"].as_u64()?)))
        .collect();
    let interval = (images.last().unwrap().0 - images[2].0) / (images.len() - 3) as f64;
    for slot in 2..=4u64 {
        let beat = (slot - 1) as f64 * 32.0;
        assert!(beat < BEATS);
        let (at, _) = images.iter().find(|(_, shown)| *shown == slot).expect("its image");
        let key = (0..6200).map(|k| f64::from(k) / 100.0).find(|at| beats_at(*at) >= beat).unwrap();
        println!("slot {slot}: {:.0} ms after its key, images every {:.0} ms", (at - key) * 1000.0, interval * 1000.0);
        // It is asked for so early that it can be there, once the image before it is made.
        assert!(
            *at >= key - interval && *at <= key + interval + 1.0 / FPS,
            "slot {slot} at {at:.2} s, its key at {key:.2} s"
        );
    }
}

#[test]
fn the_commands_tell_what_a_file_holds() {
    let file = root().join("tests/fixtures/deforum/webui_253.txt");
    let told = run_well(&["schedule", file.to_str().unwrap(), "--frames", "8", "--json", "--strict"]);
    let values: Value = serde_json::from_slice(&told.stdout).unwrap();
    // Deforum's own numbers for its default file.
    let zoom = [1.0025, 1.002_761, 1.003_017, 1.003_265, 1.0035, 1.003_717, 1.003_914, 1.004_086];
    for (frame, want) in zoom.iter().enumerate() {
        assert!((values["zoom"][frame].as_f64().unwrap() - want).abs() < 1e-6);
    }
    assert_eq!(values["camera"].as_array().unwrap().len(), 8);
    let folder = scratch("motion-import");
    let out = folder.join("made.toml");
    let told = run_well(&["import", "deforum", file.to_str().unwrap(), "--out", out.to_str().unwrap()]);
    let report = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(report.contains("translation_z") && report.contains("motion.dolly"), "{report}");
    run_well(&["check", out.to_str().unwrap()]);
    let again = run(&["import", "deforum", file.to_str().unwrap(), "--out", out.to_str().unwrap()]);
    assert!(!again.status.success(), "a file of the performer's is never written over");
}

#[test]
fn a_file_that_is_no_settings_file_is_refused_in_a_sentence() {
    let folder = scratch("motion-refused");
    let cases: [(&str, &[u8]); 4] = [
        ("ini.txt", b"[main]\nzoom = 1\n"),
        ("empty.txt", b""),
        ("yaml.json", b"zoom: 1\nangle: 2\n"),
        ("png.txt", b"\x89PNG\r\n\x1a\n"),
    ];
    for (name, bytes) in cases {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        for command in [&["play"][..], &["check"], &["import", "deforum"], &["schedule"]] {
            let out = halation().args(command).arg(&path).output().unwrap();
            let said = String::from_utf8_lossy(&out.stderr).into_owned();
            assert!(out.status.code() == Some(2) && said.lines().count() == 1, "{command:?} {name}: {said}");
            assert!(said.contains(name) && !said.contains("panicked"), "{said}");
        }
    }
}
