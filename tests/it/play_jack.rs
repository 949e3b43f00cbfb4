//! The running instrument under a performer's hands: a JACK controller, with OSC asking what it did.

use std::net::UdpSocket;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rosc::{OscMessage, OscPacket, OscType};

use crate::alone::{self, Running, in_child, installed};
use crate::support::{brightest, frames, halation, report, scratch};

const PATIENCE: Duration = Duration::from_secs(90);

#[test]
fn a_controller_plays_the_instrument() {
    if installed("jackd") {
        in_child("play_jack::inside");
    }
}

/// The running binary, and an OSC peer that asks it questions.
struct Show {
    child: Child,
    socket: UdpSocket,
}

impl Drop for Show {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

impl Show {
    fn ask(&self, address: &str) -> Option<OscType> {
        let question = OscMessage { addr: address.into(), args: vec![OscType::String("?".into())] };
        self.socket.send(&rosc::encoder::encode(&OscPacket::Message(question)).unwrap()).ok()?;
        let mut answer = [0; 1024];
        let length = self.socket.recv(&mut answer).ok()?;
        match rosc::decoder::decode_udp(&answer[..length]).ok()?.1 {
            OscPacket::Message(m) if m.addr == address => m.args.into_iter().next(),
            _ => None,
        }
    }

    /// The value of `address`; one answer in time is not certain on a busy machine.
    fn value(&self, address: &str) -> f64 {
        (0..100).find_map(|_| self.number(address)).expect("an answer")
    }

    fn number(&self, address: &str) -> Option<f64> {
        match self.ask(address)? {
            OscType::Float(v) => Some(f64::from(v)),
            OscType::Int(v) => Some(f64::from(v)),
            _ => None,
        }
    }

    /// Repeats `hand` until `address` has the value wanted.
    fn until(&self, address: &str, wanted: f64, mut hand: impl FnMut()) {
        let began = Instant::now();
        loop {
            hand();
            std::thread::sleep(Duration::from_millis(30));
            let value = self.number(address);
            if value.is_some_and(|v| (v - wanted).abs() < 0.02) {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{address} is {value:?}, not {wanted}");
        }
    }
}

#[test]
#[ignore = "a_controller_plays_the_instrument runs it with a JACK server of its own"]
fn inside() {
    if alone::folder().is_none() {
        return;
    }
    // Synchronous: a pad that is pressed once must not be lost because the machine is busy.
    let _jackd = Running::jackd(48_000, &["-S"]);
    let folder = scratch("play-jack");
    let (captures, file) = (folder.join("frames"), folder.join("report.json"));
    let port = UdpSocket::bind("127.0.0.1:0").and_then(|s| s.local_addr()).unwrap().port();
    let child = halation()
        .args(["play", "--headless", "--size", "160x96", "--fps", "10", "--audio", "none", "--capture-every", "1"])
        .args(["--osc", &format!("127.0.0.1:{port}"), "--capture", captures.to_str().unwrap()])
        .args(["--report", file.to_str().unwrap()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(("127.0.0.1", port)).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let mut show = Show { child, socket };

    let (hand, _client) = controller();
    show.until("/prompt/slot", 1.0, || ());
    // Pad 3 of a generic controller, until the instrument has found the controller.
    show.until("/prompt/slot", 3.0, || hand.send([0x90, 38, 100]).unwrap());
    assert_eq!(show.value("/prompt/weight/3"), 1.0);
    // Takeover: knob 1 stands far below the show's strength of 0.45, so it must wait until it has come by.
    for value in [5, 10] {
        let _ = hand.send([0xB0, 16, value]);
        std::thread::sleep(Duration::from_millis(150));
    }
    assert!((show.value("/dream/strength") - 0.45).abs() < 1e-3, "the knob has not been picked up yet");
    for value in (10..=100).step_by(2) {
        let _ = hand.send([0xB0, 16, value]);
        std::thread::sleep(Duration::from_millis(80));
    }
    show.until("/dream/strength", 100.0 / 127.0, || {
        let _ = hand.send([0xB0, 16, 100]);
    });
    // The picture follows: blackout from the last pad, and back.
    let blackout = |on: &str| {
        let began = Instant::now();
        while show.ask("/master/blackout") != Some(OscType::String(on.into())) {
            assert!(began.elapsed() < PATIENCE, "blackout never went {on}");
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_millis(600));
    };
    let _ = hand.send([0x90, 51, 100]);
    blackout("on");
    let _ = hand.send([0x90, 51, 100]);
    blackout("off");
    let _ = Command::new("kill").arg(show.child.id().to_string()).status();
    assert!(show.child.wait().unwrap().success(), "SIGTERM leaves cleanly");

    let report = report(&file);
    assert_eq!(report["params"]["prompt.slot"].as_i64(), Some(3));
    assert!((report["params"]["dream.strength"].as_f64().unwrap() - 100.0 / 127.0).abs() < 0.01);
    let bright: Vec<u8> = frames(&captures).iter().map(brightest).collect();
    let dark = bright.iter().position(|b| *b == 0).expect("a black frame");
    let light = dark + bright[dark..].iter().position(|b| *b > 40).expect("the show comes back");
    assert!(bright[dark..light].iter().all(|b| *b == 0), "nothing between black and the show: {bright:?}");
}

/// A JACK client with one MIDI output; what is sent to the channel is played.
fn controller() -> (std::sync::mpsc::SyncSender<[u8; 3]>, impl Sized) {
    let began = Instant::now();
    let client = loop {
        match jack::Client::new("Some Controller", jack::ClientOptions::NO_START_SERVER) {
            Ok((client, _)) => break client,
            Err(e) => assert!(began.elapsed() < PATIENCE, "no JACK server: {e}"),
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    let mut port = client.register_port("midi out", jack::MidiOut::default()).expect("a port");
    let (hand, played) = std::sync::mpsc::sync_channel::<[u8; 3]>(64);
    let process = jack::contrib::ClosureProcessHandler::new(move |_: &jack::Client, scope: &jack::ProcessScope| {
        let mut writer = port.writer(scope);
        while let Ok(bytes) = played.try_recv() {
            let _ = writer.write(&jack::RawMidi { time: 0, bytes: &bytes });
        }
        jack::Control::Continue
    });
    (hand, client.activate_async((), process).expect("an active client"))
}
