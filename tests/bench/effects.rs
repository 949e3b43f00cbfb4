//! What each effect costs on this machine, as `make bench` prints it: milliseconds a frame at 1280x720 beside the bare wall, the
//! generator at rest. Where a processor draws the wall, it is drawn smaller than that while people watch.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Frames of the short and of the long run: in the short one every pipeline has been built, and what the long one takes longer is
/// drawing alone.
const FRAMES: [u32; 2] = [40, 120];
const FPS: f64 = 20.0;

/// A name, and what is set for it.
const EFFECTS: [(&str, &[(&str, f64)]); 15] = [
    ("bare", &[]),
    ("trails", &[("look.trails", 1.0)]),
    ("glow", &[("look.halation", 1.0)]),
    ("mirror", &[("look.mirror", 1.0)]),
    ("tunnel", &[("look.tunnel", 1.0)]),
    ("bend", &[("look.bend", 1.0)]),
    ("edges", &[("look.contour", 1.0)]),
    ("rgb", &[("look.rgb", 1.0)]),
    ("palette", &[("look.palette", 1.0)]),
    ("invert", &[("look.invert", 1.0)]),
    ("hue", &[("look.hue", 90.0)]),
    ("dots", &[("look.dots", 1.0)]),
    ("lines", &[("look.dots", 1.0), ("look.dots.kind", 1.0)]),
    ("grain", &[("look.grain", 1.0)]),
    ("strobe", &[("look.strobe", 1.0)]),
];
/// Everything that moves by itself is at rest.
const AT_REST: [(&str, f64); 8] = [
    ("scene.auto", 0.0),
    ("audio.react", 0.0),
    ("look.trails", 0.0),
    ("look.halation", 0.0),
    ("look.grain", 0.0),
    ("prompt.walk", 0.0),
    ("dream.rate", 0.1),
    ("dream.hold", 1.0),
];

fn main() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    println!("\nCost of each effect at 1280 x 720, ms a frame");
    let mut bare_ms = 0.0;
    for (name, values) in EFFECTS {
        let replay = folder.join("bench-effects.jsonl");
        let events = AT_REST
            .iter()
            .chain(values)
            .map(|(id, value)| format!(r#"{{"t":0.0,"kind":"event","id":"{id}","change":"set","value":{value}}}"#));
        std::fs::write(&replay, events.collect::<Vec<_>>().join("\n")).expect("a replay");
        let [short_s, long_s] = FRAMES.map(|frames| seconds(&replay, frames));
        let ms = 1000.0 * (long_s - short_s) / f64::from(FRAMES[1] - FRAMES[0]);
        if values.is_empty() {
            bare_ms = ms;
            println!("  {name:<8} {ms:6.1}");
        } else {
            println!("  {name:<8} {ms:6.1}   {:+.1}, {:.2} of the bare wall", ms - bare_ms, ms / bare_ms);
        }
    }
}

/// How long it takes to play so many frames in virtual time, the start included; the best of two.
fn seconds(replay: &Path, frames: u32) -> f64 {
    let once = || {
        let began = Instant::now();
        let status = Command::new(env!("CARGO_BIN_EXE_halation"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["play", "--stepped", "--size", "1280x720", "--audio", "none", "--fps", &FPS.to_string()])
            .args([
                "--duration",
                &(f64::from(frames) / FPS).to_string(),
                "--replay",
                replay.to_str().expect("a plain path"),
            ])
            .stderr(std::process::Stdio::null())
            .status();
        assert!(status.expect("the binary starts").success(), "the show did not play");
        began.elapsed().as_secs_f64()
    };
    (0..2).map(|_| once()).fold(f64::INFINITY, f64::min)
}
