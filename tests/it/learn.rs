//! Learning, as it is done at a controller that nobody knows: with `halation learn`, and over OSC while a show plays.
//!
//! A scenario of [`crate::controller_lights`], which brings the server.
#![cfg(feature = "jack")]

use std::io::{BufRead, BufReader};
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::jack_midi::{Controller, PATIENCE};
use crate::support::{halation, scratch};

/// `halation learn` without a name, then one pad more; and `halation midi` beside it knows at once.
pub fn a_controller_nobody_knows_learns_its_eight_knobs() {
    let home = scratch("learn");
    let run = |arguments: &[&str]| {
        let mut command = halation();
        command.args(arguments).env("XDG_CONFIG_HOME", &home).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the binary runs");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
        (child, lines)
    };
    let foreign = Controller::new("Odd Box");
    let (mut watching, mut messages) = run(&["midi", "--duration", "60"]);
    let (mut learning, mut answers) = run(&["learn", "--duration", "30"]);
    let mut said = |part: &str| {
        let found = answers.find(|line| line.contains(part));
        found.unwrap_or_else(|| panic!("learn never says {part}"))
    };
    said("dream.strength: turn its knob");
    said("Odd Box");
    for (k, id) in ["dream.strength", "dream.steps", "morph.speed", "prompt.glide"].into_iter().enumerate() {
        turn_left(&foreign, 33 + k as u8);
        let line = said(&format!("plays {id}: written to"));
        assert!(line.contains(&format!("cc = {}, channel = 1 of", 33 + k)), "{line}");
    }
    for (k, id) in ["motion.zoom", "motion.rotate", "look.trails", "audio.react"].into_iter().enumerate() {
        // Endless encoders, which say nothing of where they stand.
        for _ in 0..12 {
            foreign.play(&[0xB0, 40 + k as u8, 127]);
        }
        let line = said(&format!("plays {id}: written to"));
        assert!(line.contains(&format!("cc = {}, channel = 1 of", 40 + k)), "{line}");
    }
    said("It counts at once");
    assert!(learning.wait().expect("it ends").success());
    let (mut learning, mut answers) = run(&["learn", "prompt.slot=3", "--duration", "30"]);
    // Again and again: what is played while JACK sorts its graph may be lost.
    let (pressing, messages_in) = (Arc::new(AtomicBool::new(true)), foreign.messages.clone());
    let finger = std::thread::spawn({
        let pressing = pressing.clone();
        move || {
            while pressing.load(Ordering::Relaxed) && messages_in.send(vec![0x90, 70, 100]).is_ok() {
                std::thread::sleep(Duration::from_millis(100));
            }
        }
    });
    let learnt = answers.any(|line| line.contains("note = 70, channel = 1 of") && line.contains("prompt.slot"));
    pressing.store(false, Ordering::Relaxed);
    finger.join().expect("it ends");
    assert!(learnt, "a pad is learnt");
    assert!(learning.wait().expect("it ends").success());

    let folder = home.join("halation/controllers");
    let file = std::fs::read_dir(&folder).expect("written").next().expect("one file").expect("readable").path();
    let text = std::fs::read_to_string(&file).expect("readable");
    assert!(text.contains("extends = \"generic\"") && text.contains("encoding = \"twos-complement\""), "{text}");
    // Who listens meanwhile looks again every second.
    let play = || {
        foreign.play(&[0xB0, 34, 1]);
        foreign.play(&[0x90, 70, 100]);
    };
    let mut known = false;
    for line in messages.by_ref() {
        known |= line.contains("CC 34") && line.contains("dream.steps");
        if known && line.contains("note 70") && line.contains("prompt.slot = 3") {
            break;
        }
        play();
    }
    assert!(known, "`halation midi` knows what was learnt");
    ask_to_leave(&mut watching);
    a_show_that_plays_learns(&home, &foreign, &file);
}

/// A JACK client that is killed can take the server with it.
fn ask_to_leave(child: &mut Child) {
    let asked = Command::new("kill").arg(child.id().to_string()).status();
    assert!(asked.expect("kill runs").success() && child.wait().expect("it ends").success());
}

/// `/learn look.hue` over OSC while a show plays: the next knob of the controller is taught, into the same `file`.
fn a_show_that_plays_learns(home: &Path, foreign: &Controller, file: &Path) {
    let port = UdpSocket::bind("127.0.0.1:0").and_then(|s| s.local_addr()).expect("a port").port();
    let mut play = halation();
    play.args([
        "play",
        "--headless",
        "--size",
        "64x64",
        "--fps",
        "20",
        "--audio",
        "none",
        "--link",
        "off",
        "--web",
        "off",
    ]);
    play.args(["--prolink", "off", "--osc", &format!("127.0.0.1:{port}")]).env("XDG_CONFIG_HOME", home);
    let mut play = play.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary runs");
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let name = rosc::OscType::String("look.hue".into());
    let message = rosc::OscMessage { addr: "/learn".into(), args: vec![name] };
    let packet = rosc::encoder::encode(&rosc::OscPacket::Message(message)).expect("encodes");
    let until = Instant::now() + PATIENCE;
    while !std::fs::read_to_string(file).expect("readable").contains("target = \"look.hue\"") {
        assert!(Instant::now() < until, "nothing was learnt");
        socket.send_to(&packet, ("127.0.0.1", port)).expect("sent");
        turn_left(foreign, 55);
        std::thread::sleep(Duration::from_millis(1000));
    }
    ask_to_leave(&mut play);
    let text = std::fs::read_to_string(file).expect("readable");
    assert!(text.contains("cc = 55") && text.contains("dream.strength"), "{text}");
}

/// Again and again, because some of it may be lost while JACK sorts its graph.
fn turn_left(foreign: &Controller, number: u8) {
    for value in [90, 88, 87, 85, 84, 82] {
        foreign.play(&[0xB0, number, value]);
    }
}
