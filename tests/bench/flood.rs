//! Floods of OSC beside a real knob, as `make bench` prints them: 50 000 datagrams a second for 20 s, plain addresses and
//! wildcards. The wall must stay on time, the knob must be heard, and overload must be said.

use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rosc::{OscMessage, OscPacket, OscType};
use serde_json::Value;

const PER_S: u32 = 50_000;
const SECONDS: u64 = 20;
/// Model loaded, and most stills made.
const WARM_UP_S: u64 = 20;
/// How often the knob is turned to a new place.
const KNOB_EVERY: Duration = Duration::from_millis(500);

fn main() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("flood");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    let plain = ["/motion/zoom", "/look/hue", "/dream/strength", "/prompt/heat", "/no/such/address"];
    let wildcards = ["/{prompt,dream,look,motion}/*{a,b,c,d,e}*", "/{look,motion,morph}/*", "/prompt/weight/*"];
    flood(&folder, "nothing", &[]);
    flood(&folder, "plain", &plain.map(str::to_owned));
    flood(&folder, "wildcards", &wildcards.map(str::to_owned));
    let ever_new: Vec<String> = (0..5000).map(|k| format!("/{{prompt,dream,look,motion}}/*{{a,b,c,d,{k}}}*")).collect();
    flood(&folder, "wildcards, ever new", &ever_new);
}

fn flood(folder: &Path, name: &str, addresses: &[String]) {
    let report = folder.join(format!("{}.json", name.replace([' ', ','], "-")));
    let port = UdpSocket::bind("127.0.0.1:0").and_then(|s| s.local_addr()).map(|a| a.port()).expect("a port");
    let mut play = start(&report, port);
    wait_for_hands(port, &mut play);
    std::thread::sleep(Duration::from_secs(WARM_UP_S));
    let until = Instant::now() + Duration::from_secs(SECONDS);
    let (sent, mut heard_ms) = std::thread::scope(|scope| {
        let flooding = scope.spawn(|| send_all(addresses, port, until));
        let heard_ms = turn_the_knob(port, until);
        (flooding.join().expect("a flood"), heard_ms)
    });
    let _ = Command::new("kill").arg(play.id().to_string()).status();
    let status = play.wait().expect("a process");
    let report: Value = serde_json::from_str(&std::fs::read_to_string(&report).expect("a report")).expect("JSON");
    let frames = |key: &str| report["frames"][key].as_u64().unwrap_or(0);
    let (presented, late, dropped) = (frames("presented"), frames("late"), frames("dropped"));
    let on_time = 100.0 * (presented - late) as f64 / (presented + dropped).max(1) as f64;
    heard_ms.sort_by(f64::total_cmp);
    let unheard = heard_ms.iter().filter(|ms| ms.is_infinite()).count();
    println!("{name}: {} datagrams a second, {status}", sent / SECONDS);
    println!("  wall on time {on_time:.1} %   (bar 95; of the whole run, start included)");
    println!(
        "  knob heard after {:.0} ms at the median, {:.0} ms at most, {unheard} of {} not at all   (bar 100)",
        heard_ms.get(heard_ms.len() / 2).copied().unwrap_or(0.0),
        heard_ms.iter().copied().filter(|ms| ms.is_finite()).fold(0.0, f64::max),
        heard_ms.len()
    );
    for fault in report["faults"].as_array().into_iter().flatten() {
        println!("  fault {} x{}, recovered: {}", fault["kind"], fault["count"], fault["recovered"]);
    }
}

fn start(report: &Path, port: u16) -> Child {
    let binary = std::env::var_os("HALATION_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_halation").into());
    Command::new(binary)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["play", "--headless", "--size", "320x180", "--fps", "30", "--audio", "none", "--link", "off"])
        .args(["--prolink", "off", "--osc", &format!("127.0.0.1:{port}"), "--warm-up", "15", "--report"])
        .arg(report)
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts")
}

fn message(address: &str, argument: OscType) -> Vec<u8> {
    let message = OscMessage { addr: address.into(), args: vec![argument] };
    rosc::encoder::encode(&OscPacket::Message(message)).expect("encodes")
}

/// What `address` is, if the answer comes within `patience`.
fn ask(socket: &UdpSocket, port: u16, address: &str, patience: Duration) -> Option<f32> {
    let _ = socket.send_to(&message(address, OscType::String("?".into())), ("127.0.0.1", port));
    socket.set_read_timeout(Some(patience)).expect("a timeout");
    let mut buffer = [0; 256];
    let size = socket.recv(&mut buffer).ok()?;
    match rosc::decoder::decode_udp(&buffer[..size]).ok()?.1 {
        OscPacket::Message(message) => message.args.first()?.clone().float(),
        OscPacket::Bundle(_) => None,
    }
}

fn wait_for_hands(port: u16, play: &mut Child) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    while ask(&socket, port, "/master/fade", Duration::from_millis(200)).is_none() {
        assert!(play.try_wait().expect("a process").is_none(), "it left");
    }
}

/// Sends `addresses` in turn until then; how many were sent.
fn send_all(addresses: &[String], port: u16, until: Instant) -> u64 {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let messages: Vec<Vec<u8>> = addresses.iter().map(|address| message(address, OscType::Float(0.4))).collect();
    let (began, mut sent) = (Instant::now(), 0u64);
    while Instant::now() < until && !messages.is_empty() {
        let due = (began.elapsed().as_secs_f64() * f64::from(PER_S)) as u64;
        while sent < due {
            let _ = socket.send_to(&messages[sent as usize % messages.len()], ("127.0.0.1", port));
            sent += 1;
        }
        std::thread::sleep(Duration::from_micros(500));
    }
    sent
}

/// Turns a knob again and again; how long after each turn it was known, in ms, infinite when it never was.
fn turn_the_knob(port: u16, until: Instant) -> Vec<f64> {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let mut heard_ms = Vec::new();
    for k in 0.. {
        if Instant::now() >= until {
            break;
        }
        let (turned, value) = (Instant::now(), 1.0 + (k % 100) as f32 * 0.1);
        let _ = socket.send_to(&message("/master/fade", OscType::Float(value)), ("127.0.0.1", port));
        let mut known = f64::INFINITY;
        while turned.elapsed() < KNOB_EVERY {
            if ask(&socket, port, "/master/fade", Duration::from_millis(20)) == Some(value) {
                known = turned.elapsed().as_secs_f64() * 1000.0;
                break;
            }
        }
        heard_ms.push(known);
        std::thread::sleep(KNOB_EVERY.saturating_sub(turned.elapsed()));
    }
    heard_ms
}
