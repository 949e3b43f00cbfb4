//! The instrument under load, as `make bench` prints it: 320x180 at 30 fps for a minute, generator busy,
//! knobs over OSC fifty times a second, a pad twice a second.

use std::net::UdpSocket;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rosc::{OscMessage, OscPacket, OscType};
use serde_json::Value;

const SECONDS: u64 = 60;
/// Until every still is made; pads are only as quick as their stills.
const WARM_UP_S: f64 = 30.0;

fn main() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let report = folder.join("bench-play.json");
    let _ = std::fs::remove_file(&report);
    let port = free_port();
    let mut show = Command::new(env!("CARGO_BIN_EXE_halation"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["play", "--headless", "--size", "320x180", "--fps", "30", "--audio", "synth:house126"])
        .args(["--osc", &format!("127.0.0.1:{port}"), "--warm-up", &WARM_UP_S.to_string()])
        .args([
            "--duration",
            &(SECONDS as f64 + WARM_UP_S).to_string(),
            "--report",
            report.to_str().expect("a plain path"),
        ])
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the binary starts");
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let began = Instant::now();
    // Pads that cut: what is measured is the picture alone, not the beginning of a glide.
    std::thread::sleep(Duration::from_secs(5));
    let _ = socket.send_to(&message("/prompt/glide", OscType::Float(0.0)), ("127.0.0.1", port));
    let mut k = 0u32;
    let status = loop {
        if let Some(status) = show.try_wait().expect("a process") {
            break status;
        }
        let to = ("127.0.0.1", port);
        let knob = (f64::from(k) * 0.05).sin() as f32;
        let _ = socket.send_to(&message("/look/hue", OscType::Float(knob * 90.0)), to);
        if k.is_multiple_of(25) && began.elapsed().as_secs_f64() > WARM_UP_S {
            let _ = socket.send_to(&message("/prompt/slot", OscType::Int((k / 25 % 8) as i32 + 1)), to);
        }
        k += 1;
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(status.success(), "the show ended with {status}");
    print(&read(&report));
    flight(&report);
}

fn read(report: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(report).expect("a report")).expect("JSON")
}

/// The wall while its camera flies through depth, its schedules play and nobody's hands are on it.
fn flight(report: &Path) {
    let args = ["play", "mappings/shows/starflight.toml", "--headless", "--size", "320x180", "--fps", "30"];
    let status = Command::new(env!("CARGO_BIN_EXE_halation"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(args)
        .args(["--audio", "synth:house126", "--osc", "off", "--web", "off", "--duration", "40", "--warm-up", "10"])
        .args(["--report", report.to_str().expect("a plain path")])
        .stderr(std::process::Stdio::null())
        .status()
        .expect("the binary starts");
    assert!(status.success(), "the flight ended with {status}");
    let report = read(report);
    println!("the same wall in a flight through depth, 30 s");
    println!("  frames on schedule      {:6.1} %    (bar 95)", on_time(&report));
}

/// Frames that came in time, in percent of all that were due.
fn on_time(report: &Value) -> f64 {
    let n = |path: &str| report.pointer(path).and_then(Value::as_f64).unwrap_or(f64::NAN);
    let (presented, late, dropped) = (n("/frames/presented"), n("/frames/late"), n("/frames/dropped"));
    100.0 * (presented - late) / (presented + dropped).max(1.0)
}

fn free_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").and_then(|s| s.local_addr()).map(|a| a.port()).expect("a port")
}

fn message(address: &str, value: OscType) -> Vec<u8> {
    rosc::encoder::encode(&OscPacket::Message(OscMessage { addr: address.into(), args: vec![value] })).expect("OSC")
}

fn print(report: &Value) {
    let n = |path: &str| report.pointer(path).and_then(Value::as_f64).unwrap_or(f64::NAN);
    println!("320x180 at 30 fps for {SECONDS} s, generator busy");
    println!("  frames on schedule      {:6.1} %    (bar 95)", on_time(report));
    println!("  interval p99            {:6.1} ms   (bar 50)", n("/frames/interval_ms/p99"));
    println!("  OSC to frame p99        {:6.1} ms   (bar 70)", n("/control/to_frame_ms/p99"));
    println!("  pad to wall p99         {:6.1} ms   (bar 100)", n("/control/to_wall_ms/p99"));
    println!("  images per second       {:6.2}", n("/images/per_second"));
    println!("  image latency p50       {:6.0} ms", n("/images/latency_ms/p50"));
    println!("  faults                  {:6}", report["faults"].as_array().map_or(0, Vec::len));
}
