//! The whole instrument on one thread in virtual time: exact, frame by frame.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{brightest, difference, frames, replay, report, root, run_well, scratch};

const FPS: f64 = 20.0;

/// Plays the shipped show stepped at 160x96, 20 fps; returns the folder of captures and the report's path.
fn play(name: &str, seconds: f64, events: &[(f64, &str, f64)], more: &[&str]) -> (PathBuf, PathBuf) {
    let folder = scratch(name);
    let (captures, file, script) = (folder.join("frames"), folder.join("report.json"), folder.join("hands.jsonl"));
    replay(&script, events);
    let duration = seconds.to_string();
    let base = [
        "play",
        "--stepped",
        "--size",
        "160x96",
        "--fps",
        "20",
        "--osc",
        "off",
        "--duration",
        &duration,
        "--replay",
        script.to_str().unwrap(),
        "--capture",
        captures.to_str().unwrap(),
        "--report",
        file.to_str().unwrap(),
    ];
    let audio = if more.contains(&"--audio") { &[][..] } else { &["--audio", "synth:house126"][..] };
    run_well(&[&base[..], audio, more].concat());
    (captures, file)
}

fn at(seconds: f64) -> usize {
    (seconds * FPS).round() as usize
}

#[test]
fn twice_the_same() {
    let events = [(0.5, "dream.strength", 0.7), (1.0, "prompt.slot", 2.0), (1.6, "motion.rotate", 0.3)];
    let (a, _) = play("twice-a", 2.5, &events, &[]);
    let (b, _) = play("twice-b", 2.5, &events, &[]);
    let (a, b) = (frames(&a), frames(&b));
    assert_eq!(a.len(), at(2.5));
    for (k, (x, y)) in a.iter().zip(&b).enumerate() {
        assert!(x == y, "frame {k} differs by {}", difference(x, y));
    }
    assert!(brightest(a.last().unwrap()) > 40, "a picture is on the wall");
}

#[test]
fn blackout_is_black_and_the_show_comes_back_whole() {
    let events = [(1.0, "dream.hold", 1.0), (1.5, "master.blackout", 1.0), (2.0, "master.blackout", 0.0)];
    let quiet = [(0.0, "audio.react", 0.0), (0.0, "motion.zoom", 0.0), (0.0, "look.trails", 0.0)];
    let (folder, _) = play("blackout", 2.5, &[&quiet[..], &events[..]].concat(), &[]);
    let pictures = frames(&folder);
    let before = &pictures[at(1.5) - 1];
    assert!(brightest(before) > 40);
    for (k, black) in pictures[at(1.5)..at(2.0)].iter().enumerate() {
        assert_eq!(brightest(black), 0, "frame {k} of blackout is not black");
    }
    for (k, back) in pictures[at(2.0)..at(2.5)].iter().enumerate() {
        let d = difference(before, back);
        assert!(d < 1.0, "frame {k} after blackout differs by {d}");
    }
}

#[test]
fn panic_gives_a_clean_picture_in_one_frame() {
    let trouble = [
        (0.2, "motion.zoom", 1.5),
        (0.2, "motion.rotate", 0.8),
        (0.2, "look.trails", 6.0),
        (0.2, "master.brightness", 0.2),
        (0.3, "master.blackout", 1.0),
        (0.3, "tempo.bpm", 150.0),
        (3.0, "master.panic", 1.0),
    ];
    let (folder, file) = play("panic", 4.0, &trouble, &["--audio", "none"]);
    let pictures = frames(&folder);
    assert_eq!(brightest(&pictures[at(3.0) - 1]), 0);
    let first = &pictures[at(3.0)];
    assert!(brightest(first) > 40, "the very next frame shows a picture");
    let params = &report(&file)["params"];
    for id in ["motion.zoom", "motion.rotate", "look.trails", "audio.react"] {
        assert_eq!(params[id].as_f64(), Some(0.0), "{id}");
    }
    assert_eq!(params["master.brightness"].as_f64(), Some(1.0));
    assert_eq!(params["master.blackout"], "off");
    assert!((report(&file)["tempo"]["bpm"].as_f64().unwrap() - 150.0).abs() < 0.1, "the tempo is kept");
}

/// A pad pressed in the middle of a bar changes the wall on the next one, to the frame; pressed again it means now.
#[test]
fn a_quantised_pad_lands_on_the_bar() {
    let still = [
        (0.0, "tempo.bpm", 120.0),
        (0.0, "dream.hold", 1.0),
        (0.0, "audio.react", 0.0),
        (0.0, "motion.zoom", 0.0),
        (0.0, "look.trails", 0.0),
        (0.0, "look.grain", 0.0),
        (0.0, "scene.auto", 0.0),
        (0.0, "prompt.walk", 0.0),
        (0.0, "prompt.glide", 0.0),
        (0.0, "prompt.quantise", 2.0),
    ];
    let hands = [(4.65, "prompt.slot", 4.0), (6.65, "prompt.slot", 2.0), (7.15, "prompt.slot", 2.0)];
    let (folder, _) = play("quantised", 8.0, &[&still[..], &hands[..]].concat(), &["--audio", "none"]);
    let pictures = frames(&folder);
    let change = |k: usize| difference(&pictures[k - 1], &pictures[k]);
    let jumps: Vec<usize> = (at(4.0)..pictures.len()).filter(|k| change(*k) > 2.0).collect();
    // What is pressed again shows in the next frame.
    assert_eq!(jumps[..2.min(jumps.len())], [at(6.0), at(7.15)], "{jumps:?}");
}

#[test]
fn the_report_says_what_the_hand_set() {
    let events = [
        (0.0, "scene.auto", 0.0),
        (0.5, "motion.zoom", 0.25),
        (0.5, "prompt.walk", 1.5),
        (0.6, "look.saturation", 0.8),
    ];
    let (_, file) = play("report", 3.0, &events, &[]);
    let report = report(&file);
    assert_eq!(report["params"]["motion.zoom"].as_f64(), Some(0.25));
    assert_eq!(report["params"]["look.saturation"].as_f64(), Some(0.8));
    assert_eq!(report["params"]["prompt.slot"].as_i64(), Some(3), "self-play never writes the base");
    assert_eq!(report["params"]["prompt.weight.3"].as_f64(), Some(1.0));
    assert_ne!(report["effective"]["prompt.weight.3"].as_f64(), Some(1.0), "the walk has moved on");
    let keys: Vec<&str> = report.as_object().unwrap().keys().map(String::as_str).collect();
    for key in ["frames", "images", "control", "audio", "tempo", "params", "effective", "faults"] {
        assert!(keys.contains(&key), "{key}");
    }
    assert_eq!(keys.len(), 8, "{keys:?}");
}

/// One frozen image, a 120 BPM kick file routed to `motion.zoom`: what the wall does follows what the file does.
#[test]
fn the_kick_moves_the_camera() {
    let folder = scratch("kick-files");
    let (wav, show) = (folder.join("kick.wav"), folder.join("kick.toml"));
    write_kicks(&wav, 6.0);
    std::fs::write(&show, KICK_SHOW).unwrap();
    let choice = format!("file:{}", wav.display());
    let captures = scratch("kick").join("frames");
    let events = folder.join("hands.jsonl");
    replay(&events, &[(0.0, "dream.hold", 1.0)]);
    run_well(&[
        "play",
        show.to_str().unwrap(),
        "--stepped",
        "--size",
        "256x256",
        "--fps",
        "30",
        "--osc",
        "off",
        "--duration",
        "6",
        "--audio",
        &choice,
        "--replay",
        events.to_str().unwrap(),
        "--capture",
        captures.to_str().unwrap(),
    ]);
    let script = root().join("tests/reference/kick_zoom.py");
    let out = Command::new("/usr/bin/python3").arg(script).arg(&captures).arg(&wav).arg("30").output();
    let Some(out) = out.ok().filter(|o| o.status.code() != Some(77)) else {
        assert!(std::env::var_os("CI").is_none(), "python3 with numpy and pillow is needed");
        return println!("skipped: python3 with numpy and pillow is missing");
    };
    let said = String::from_utf8_lossy(&out.stdout).to_string();
    assert!(out.status.success(), "{said}{}", String::from_utf8_lossy(&out.stderr));
    println!("{said}");
}

const KICK_SHOW: &str = r#"
name = "kick"
model = "models/spark"
[params]
"motion.zoom" = -0.3
"look.trails" = 0.0
"morph.speed" = 8.0
[[route]]
source = "kick"
target = "motion.zoom"
amount = 2.0
[[bank]]
slots = ["gold mandala", "gold mandala", "gold mandala", "gold mandala",
  "gold mandala", "gold mandala", "gold mandala", "gold mandala"]
"#;

/// A bare 120 BPM kick drum: a falling sine with a fast decay, 48 kHz mono, 16 bit.
fn write_kicks(path: &Path, seconds: f64) {
    let rate = 48_000.0;
    let samples: Vec<i16> = (0..(seconds * rate) as usize)
        .map(|n| {
            let t = (n as f64 / rate) % 0.5;
            let phase = std::f64::consts::TAU * (50.0 * t + 8.0 * (1.0 - (-t * 30.0).exp()) / 3.0);
            ((-t * 14.0).exp() * phase.sin() * 26_000.0) as i16
        })
        .collect();
    let data = samples.len() as u32 * 2;
    let mut bytes = Vec::from(*b"RIFF");
    bytes.extend((36 + data).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16u32.to_le_bytes());
    bytes.extend([1u8, 0, 1, 0]);
    bytes.extend(48_000u32.to_le_bytes());
    bytes.extend(96_000u32.to_le_bytes());
    bytes.extend([2u8, 0, 16, 0]);
    bytes.extend(b"data");
    bytes.extend(data.to_le_bytes());
    bytes.extend(samples.iter().flat_map(|s| s.to_le_bytes()));
    std::fs::write(path, bytes).unwrap();
}

/// Steps of the images in a trace, after a second.
fn steps(trace: &Path) -> Vec<u64> {
    let text = std::fs::read_to_string(trace).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let images = lines.filter(|line| line["kind"] == "image" && line["t"].as_f64().unwrap() > 1.0);
    images.map(|line| line["steps"].as_u64().unwrap()).collect()
}

#[test]
fn the_budget_is_kept_in_virtual_time() {
    let trace = scratch("budget-trace").join("trace.jsonl");
    for (budget_ms, guidance, expected) in [(250.0, 1.0, 4), (150.0, 1.0, 2), (250.0, 2.0, 2)] {
        // An image that waits for its beat is no matter of the budget.
        let at_once = (0.0, "morph.quantise", 0.0);
        let events = [at_once, (0.0, "dream.budget", budget_ms), (0.0, "dream.guidance", guidance)];
        let (_, file) = play("budget", 2.5, &events, &["--trace", trace.to_str().unwrap()]);
        let steps = steps(&trace);
        assert!(steps.len() >= 3 && steps.iter().all(|s| *s == expected), "{budget_ms} ms: {steps:?}");
        let latency = report(&file)["images"]["latency_ms"]["p99"].as_f64().unwrap();
        // A frame may pass before an image that is there is drawn.
        assert!(latency <= budget_ms + 1000.0 / FPS + 1.0, "{budget_ms} ms: {latency}");
    }
}

#[test]
fn a_picture_that_is_no_picture_is_counted_and_not_shown() {
    let (folder, file) = play("nan", 4.0, &[(0.0, "dream.strength", 0.5)], &["--debug-fault", "nan@1"]);
    for (k, picture) in frames(&folder).iter().enumerate().skip(at(0.75)) {
        assert!(brightest(picture) > 40, "frame {k} is dark");
    }
    let faults = report(&file)["faults"].clone();
    assert_eq!(faults, serde_json::json!([{ "kind": "not-finite", "count": 3, "recovered": true }]));
}
