//! Everything that can go wrong in one running show, as `make bench` prints it.
//!
//! The JACK server killed and started again, ten thousand hostile OSC datagrams, MIDI garbage, the show file
//! cut short and restored, the graphics device destroyed, the generator panicking, weights that give NaN, the terminal
//! paused. The wall must keep moving, the report must name the faults, and memory must end within 32 MiB of where it
//! started. Then a second show, in full screen, whose projector is unplugged twice.

use std::io::{PipeReader, Read, Write};
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

const SERVER: &str = "halation-torture";
const SECONDS: u64 = 85;
/// From here on memory should not grow: model loaded, stills made.
const SETTLED_S: u64 = 30;

fn main() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("torture");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    let (show, report) = (folder.join("show.toml"), folder.join("report.json"));
    let good = std::fs::read_to_string(root().join("mappings/shows/first-light.toml")).expect("the shipped show");
    std::fs::write(&show, &good).expect("a show");
    let mut jack = start_jack();
    let port = UdpSocket::bind("127.0.0.1:0").and_then(|s| s.local_addr()).map(|a| a.port()).expect("a port");
    let (read, terminal) = std::io::pipe().expect("a pipe");
    let full = full_end(&terminal);
    let paused = Arc::new(AtomicBool::new(false));
    let log = std::fs::File::create(folder.join("said.log")).expect("a log");
    let reader = std::thread::spawn({
        let paused = paused.clone();
        move || copy(read, log, &paused)
    });
    let began = Instant::now();
    let mut play = Command::new(env!("CARGO_BIN_EXE_halation"))
        .current_dir(root())
        .env("JACK_DEFAULT_SERVER", SERVER)
        .env("JACK_NO_START_SERVER", "1")
        .args(["play", show.to_str().expect("a plain path"), "--headless", "--size", "320x180", "--fps", "30"])
        .args(["--audio", "jack", "--osc", &format!("127.0.0.1:{port}"), "--duration", &SECONDS.to_string()])
        .args(["--debug-fault", "device@45", "--debug-fault", "generator@50", "--debug-fault", "nan@55", "--report"])
        .arg(&report)
        .stderr(terminal)
        .spawn()
        .expect("the binary starts");
    let wait_until = |s: u64| std::thread::sleep(Duration::from_secs(s).saturating_sub(began.elapsed()));
    wait_until(SETTLED_S);
    let before = memory_mib(play.id());
    println!("killing the JACK server");
    // The hard way: a server that crashed does not say goodbye.
    if let Some(jack) = &mut jack {
        let _ = jack.kill();
        let _ = jack.wait();
    }
    println!("sending 10 000 hostile datagrams");
    hostile(port);
    wait_until(38);
    std::fs::write(&show, &good[..good.len() / 3]).expect("a broken show");
    wait_until(41);
    std::fs::write(&show, &good).expect("a show");
    jack = start_jack();
    println!("JACK is back; MIDI garbage; then device and generator");
    wait_until(43);
    midi_garbage();
    wait_until(62);
    println!("pausing the terminal for ten seconds");
    paused.store(true, Ordering::Relaxed);
    fill(full);
    wait_until(70);
    println!("  hands are served: {}", is_answered(port));
    wait_until(72);
    paused.store(false, Ordering::Relaxed);
    wait_until(SECONDS - 5);
    let after = memory_mib(play.id());
    let status = play.wait().expect("a process");
    if let Some(jack) = &mut jack {
        // Asked politely it gives its place in JACK's registry back.
        let _ = Command::new("kill").arg(jack.id().to_string()).status();
        let _ = jack.wait();
    }
    drop(reader.join());
    println!("exit {status}");
    println!(
        "memory {before:.0} MiB at {SETTLED_S} s, {after:.0} MiB at the end: {:+.0} MiB   (bar +32)",
        after - before
    );
    tell(&report);
    projector(&folder);
}

fn tell(report: &Path) {
    let report: Value = serde_json::from_str(&std::fs::read_to_string(report).expect("a report")).expect("JSON");
    println!(
        "frames presented {}, interval max {} ms",
        report["frames"]["presented"], report["frames"]["interval_ms"]["max"]
    );
    for fault in report["faults"].as_array().into_iter().flatten() {
        println!("fault {} x{}, recovered: {}", fault["kind"], fault["count"], fault["recovered"]);
    }
}

/// Another way to the same pipe that never waits.
fn full_end(pipe: &std::io::PipeWriter) -> Option<std::fs::File> {
    #[cfg(target_os = "linux")]
    {
        use std::os::fd::AsRawFd;
        use std::os::unix::fs::OpenOptionsExt;
        let path = format!("/proc/self/fd/{}", pipe.as_raw_fd());
        std::fs::OpenOptions::new().write(true).custom_flags(libc::O_NONBLOCK).open(path).ok()
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = pipe;
        None
    }
}

/// Writes until nothing more fits, as a terminal after Ctrl-S.
fn fill(pipe: Option<std::fs::File>) {
    let Some(mut pipe) = pipe else { return };
    while pipe.write(&[b' '; 512]).is_ok() {}
}

/// What a terminal does: shows everything, unless it is paused.
fn copy(mut from: PipeReader, mut to: std::fs::File, paused: &AtomicBool) {
    let mut buffer = [0; 4096];
    loop {
        while paused.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(20));
        }
        match from.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(size) => drop(to.write_all(&buffer[..size])),
        }
    }
}

fn is_answered(port: u16) -> bool {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.set_read_timeout(Some(Duration::from_millis(100))).expect("a timeout");
    let _ = socket.send_to(b"/dream/strength\0,s\0\0?\0\0\0", ("127.0.0.1", port));
    socket.recv(&mut [0; 256]).is_ok()
}

/// Full screen on the second monitor of an X server, whose cable comes out twice.
fn projector(folder: &Path) {
    const DISPLAY: &str = ":97";
    let config = root().join("tests/fixtures/screens/two_screens_xorg.conf");
    let server = Command::new("Xorg")
        .args([DISPLAY, "-noreset", "-nolisten", "tcp", "-logfile"])
        .arg(folder.join("xorg.log"))
        .arg("-config")
        .arg(config)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut server) = server else { return println!("no Xorg here: the projector stays plugged in") };
    std::thread::sleep(Duration::from_secs(3));
    let xrandr = |args: &[&str]| drop(Command::new("xrandr").args(args).env("DISPLAY", DISPLAY).output());
    let plug = || xrandr(&["--output", "DUMMY1", "--mode", "640x480", "--right-of", "DUMMY0"]);
    xrandr(&["--addmode", "DUMMY1", "640x480"]);
    plug();
    let report = folder.join("projector.json");
    let mut play = Command::new(env!("CARGO_BIN_EXE_halation"))
        .current_dir(root())
        .env("DISPLAY", DISPLAY)
        .env_remove("WAYLAND_DISPLAY")
        .args(["play", "--monitor", "2", "--size", "320x240", "--fps", "30", "--audio", "none", "--osc", "off"])
        .args(["--duration", "25", "--warm-up", "5", "--report"])
        .arg(&report)
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    for _ in 0..2 {
        std::thread::sleep(Duration::from_secs(8));
        println!("unplugging the projector");
        xrandr(&["--output", "DUMMY1", "--off"]);
        std::thread::sleep(Duration::from_secs(2));
        plug();
    }
    println!("exit {}", play.wait().expect("a process"));
    let _ = Command::new("kill").arg(server.id().to_string()).status();
    let _ = server.wait();
    tell(&report);
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn start_jack() -> Option<Child> {
    let server = Command::new("jackd")
        .args(["-r", "-n", SERVER, "-d", "dummy", "-r", "48000", "-p", "256"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok();
    std::thread::sleep(Duration::from_secs(1));
    server
}

/// Resident memory of a process, in MiB; 0 where the system does not say.
fn memory_mib(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").trim().parse::<f64>().unwrap_or(0.0) / 1024.0
}

/// Nested bundles, oversized packets, wrong tags, random bytes.
fn hostile(port: u16) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let mut nested = Vec::new();
    while nested.len() < 64_000 {
        nested.extend(b"#bundle\0\0\0\0\0\0\0\0\x01");
        nested.extend((64_000u32.saturating_sub(nested.len() as u32)).to_be_bytes());
    }
    let mut state = 1u64;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as u32
    };
    for k in 0..10_000u32 {
        let packet: Vec<u8> = match k % 5 {
            0 => nested[..(random() as usize % nested.len()).max(1)].to_vec(),
            1 => (0..random() % 200).map(|_| random() as u8).collect(),
            2 => b"/dream/strength\0,f\0\0\x7f\xc0\0\0".to_vec(),
            3 => format!("/no/such/{}\0\0\0\0,i\0\0\0\0\0\x01", random()).into_bytes(),
            _ => b"/motion/zoom\0\0\0\0,sf\0+\0\0\0\x7f\x80\0\0".to_vec(),
        };
        let _ = socket.send_to(&packet, ("127.0.0.1", port));
    }
}

/// Half messages, sysex without an end and reserved bytes, from a JACK client.
fn midi_garbage() {
    #[cfg(feature = "jack")]
    {
        // SAFETY: before any thread of ours that reads the environment.
        unsafe { std::env::set_var("JACK_DEFAULT_SERVER", SERVER) };
        let Ok((client, _)) = jack::Client::new("garbage", jack::ClientOptions::NO_START_SERVER) else { return };
        let Ok(mut out) = client.register_port("out", jack::MidiOut::default()) else { return };
        let mut k = 0u8;
        let process = jack::contrib::ClosureProcessHandler::new(move |_: &jack::Client, scope: &jack::ProcessScope| {
            let mut writer = out.writer(scope);
            for time in 0..8 {
                k = k.wrapping_add(37);
                let bytes = [k, 0xF0, 0xF5, 0x90, k];
                let _ = writer.write(&jack::RawMidi { time, bytes: &bytes[..1 + usize::from(k % 5)] });
            }
            jack::Control::Continue
        });
        let Ok(active) = client.activate_async((), process) else { return };
        std::thread::sleep(Duration::from_secs(5));
        drop(active.deactivate());
    }
}
