//! The lights of every controller that is known by name, as a foreign JACK client of that name sees them: the bytes that the
//! makers' documents ask for. And controllers that come and go, two alike among them.
//!
//! The scenarios run in a child process with a server of their own.
#![cfg(feature = "jack")]

use std::collections::HashMap;
use std::time::Duration;

use halation::param::{self, Change, Snapshot, Values};
use halation::tempo::{Beat, Tempo};
use halation::units::{Bpm, Seconds};

use crate::alone::{self, in_child, installed};
use crate::jack_midi::{Controller, PATIENCE, Stage, server};
use crate::learn;

/// What a device must be told: at its start, and while slot 3 of bank 1 plays, slot 5 waits, blackout is on and strength
/// stands in the middle.
struct Device {
    port: &'static str,
    mapping: &'static str,
    opens: &'static [&'static [u8]],
    /// In both halves of the beat.
    steady: &'static [&'static [u8]],
    /// Slot 5 in the first half of the beat, and in the second.
    blinks: (&'static [u8], &'static [u8]),
    closes: &'static [&'static [u8]],
}

/// From the tables of Akai, Novation, Behringer, Korg and DJ TechTools for their devices.
/// mappings' comments has them.
const DEVICES: [Device; 12] = [
    Device {
        port: "APC40 mkII",
        mapping: "Akai APC40 mkII",
        opens: &[&[0xF0, 0x47, 0x7F, 0x29, 0x60, 0, 4, 0x41, 9, 0, 5, 0xF7], &[0xB0, 24, 2], &[0xB0, 28, 3]],
        steady: &[&[0x90, 2, 21], &[0x90, 15, 5], &[0x90, 81, 127], &[0x90, 0, 23], &[0xB0, 48, 0]],
        blinks: (&[0x90, 4, 21], &[0x90, 4, 23]),
        closes: &[&[0xF0, 0x47, 0x7F, 0x29, 0x60, 0, 4, 0x40, 9, 0, 5, 0xF7], &[0x90, 2, 0]],
    },
    Device {
        port: "APC mini mk2 Control",
        mapping: "Akai APC mini mk2",
        opens: &[],
        steady: &[&[0x96, 2, 21], &[0x96, 15, 5], &[0x90, 107, 1], &[0x96, 0, 23], &[0x90, 101, 0]],
        blinks: (&[0x96, 4, 21], &[0x96, 4, 23]),
        closes: &[&[0x96, 2, 0]],
    },
    Device {
        port: "APC MINI",
        mapping: "Akai APC mini",
        opens: &[],
        steady: &[&[0x90, 2, 1], &[0x90, 15, 3], &[0x90, 71, 1]],
        blinks: (&[0x90, 4, 1], &[0x90, 4, 0]),
        closes: &[&[0x90, 2, 0]],
    },
    Device {
        port: "MIDI Mix",
        mapping: "Akai MIDImix",
        opens: &[],
        steady: &[&[0x90, 7, 127], &[0x90, 24, 127], &[0x90, 1, 0]],
        blinks: (&[0x90, 13, 127], &[0x90, 13, 0]),
        closes: &[&[0x90, 7, 0]],
    },
    Device {
        port: "nanoKONTROL2",
        mapping: "Korg nanoKONTROL2",
        opens: &[],
        steady: &[&[0xB0, 34, 127], &[0xB0, 55, 127], &[0xB0, 32, 0]],
        blinks: (&[0xB0, 36, 127], &[0xB0, 36, 0]),
        closes: &[&[0xB0, 34, 0]],
    },
    Device {
        port: "LPD8 mk2",
        mapping: "Akai LPD8 mk2",
        opens: &[],
        steady: &[],
        blinks: (&lpd8_mk2(true), &lpd8_mk2(false)),
        closes: &[],
    },
    Device {
        port: "LPD8",
        mapping: "Akai LPD8",
        opens: &[],
        steady: &[&[0x90, 38, 127], &[0x90, 36, 0]],
        blinks: (&[0x90, 40, 127], &[0x90, 40, 0]),
        closes: &[&[0x90, 38, 0]],
    },
    Device {
        port: "Launchpad Mini MK3 MIDI 2",
        mapping: "Novation Launchpad Mini MK3",
        opens: &[&[0xF0, 0, 0x20, 0x29, 2, 0x0D, 0x0E, 1, 0xF7]],
        steady: &[&[0x90, 13, 21], &[0x90, 28, 5], &[0x90, 11, 23], &[0xB0, 91, 1]],
        blinks: (&[0x90, 15, 21], &[0x90, 15, 23]),
        closes: &[&[0x90, 13, 0], &[0xF0, 0, 0x20, 0x29, 2, 0x0D, 0x0E, 0, 0xF7]],
    },
    Device {
        port: "Launchpad X LPX MIDI",
        mapping: "Novation Launchpad X",
        opens: &[&[0xF0, 0, 0x20, 0x29, 2, 0x0C, 0x0E, 1, 0xF7]],
        steady: &[&[0x90, 13, 21], &[0x90, 28, 5]],
        blinks: (&[0x90, 15, 21], &[0x90, 15, 23]),
        closes: &[&[0x90, 13, 0], &[0xF0, 0, 0x20, 0x29, 2, 0x0C, 0x0E, 0, 0xF7]],
    },
    Device {
        port: "Launch Control XL",
        mapping: "Novation Launch Control XL",
        opens: &[&[0xF0, 0, 0x20, 0x29, 2, 0x11, 0x77, 8, 0xF7]],
        // The knobs of the three rows in the first two columns, focus 3, control 8.
        steady: &[&[0x98, 13, 60], &[0x98, 29, 60], &[0x98, 14, 63], &[0x98, 15, 62], &[0x98, 43, 60], &[0x98, 92, 15]],
        blinks: (&[0x98, 57, 60], &[0x98, 57, 28]),
        closes: &[&[0x98, 43, 12]],
    },
    Device {
        port: "X-TOUCH MINI",
        mapping: "Behringer X-Touch Mini",
        opens: &[&[0xBA, 127, 1], &[0xB0, 127, 1]],
        steady: &[&[0xB0, 48, 6], &[0x90, 40, 127], &[0x90, 95, 127], &[0x90, 89, 0]],
        blinks: (&[0x90, 42, 127], &[0x90, 42, 0]),
        closes: &[&[0x90, 40, 0], &[0xB0, 127, 0]],
    },
    Device {
        port: "Midi Fighter Twister",
        mapping: "DJ TechTools Midi Fighter Twister",
        opens: &[],
        steady: &[&[0xB0, 0, 64], &[0xB1, 2, 50], &[0xB1, 15, 85], &[0xB1, 0, 40]],
        blinks: (&[0xB1, 4, 50], &[0xB1, 4, 40]),
        closes: &[&[0xB1, 2, 0], &[0xB0, 0, 0]],
    },
];

/// All eight pads in one message: the third is on, the fifth in one half of the beat.
const fn lpd8_mk2(lit: bool) -> [u8; 56] {
    let mut all = [0; 56];
    let (head, on, dim) = ([0xF0, 0x47, 0x7F, 0x4C, 6, 0, 0x30], [0, 0x20, 1, 0x7F, 0, 0x40], [0, 0, 0, 0x18, 0, 4]);
    let mut k = 0;
    while k < 7 {
        all[k] = head[k];
        k += 1;
    }
    let mut k = 0;
    while k < 48 {
        let pad = k / 6;
        all[7 + k] = if pad == 2 || (pad == 4 && lit) { on[k % 6] } else { dim[k % 6] };
        k += 1;
    }
    all[55] = 0xF7;
    all
}

#[test]
fn every_known_controller_shows_what_plays() {
    if installed("jackd") {
        in_child("controller_lights::on_a_private_server");
    }
}

#[test]
#[ignore = "every_known_controller_shows_what_plays runs it with a JACK server of its own"]
fn on_a_private_server() {
    if alone::folder().is_none() {
        return;
    }
    let jackd = server();
    let mut stage = Stage::new();
    for device in &DEVICES {
        let foreign = Controller::new(device.port);
        stage.wait(device.mapping, |stage| stage.plays_as(device.mapping));
        let mut seen = Seen::default();
        let (first, second) = (state(0.25), state(0.75));
        stage.wait("its lights", |stage| {
            stage.controls.paint(stage.now(), &first.0, first.1);
            seen.look(&foreign);
            device.opens.iter().chain(device.steady).all(|message| seen.shows(message)) && seen.shows(device.blinks.0)
        });
        stage.wait("the second half of the beat", |stage| {
            stage.controls.paint(stage.now(), &second.0, second.1);
            seen.look(&foreign);
            device.steady.iter().all(|message| seen.shows(message)) && seen.shows(device.blinks.1)
        });
        // What does not change is not sent again.
        stage.wait("silence", |stage| {
            let before = seen.count;
            for _ in 0..20 {
                stage.controls.paint(stage.now(), &second.0, second.1);
                std::thread::sleep(Duration::from_millis(6));
            }
            seen.look(&foreign);
            seen.count == before
        });
        drop(foreign);
        stage.wait("it to go", |stage| !stage.plays_as(device.mapping));
    }
    come_and_go(&mut stage);
    learn::a_controller_nobody_knows_learns_its_eight_knobs();
    let foreign: Vec<Controller> = DEVICES.iter().skip(6).take(6).map(|device| Controller::new(device.port)).collect();
    let devices = &DEVICES[6..];
    stage.wait("all of them", |stage| devices.iter().all(|device| stage.plays_as(device.mapping)));
    let (snapshot, beat) = state(0.25);
    let mut seen: Vec<Seen> = devices.iter().map(|_| Seen::default()).collect();
    stage.wait("their lights", |stage| {
        stage.controls.paint(stage.now(), &snapshot, beat);
        seen.iter_mut().zip(&foreign).for_each(|(seen, foreign)| seen.look(foreign));
        seen.iter().zip(devices).all(|(seen, device)| device.steady.iter().all(|message| seen.shows(message)))
    });
    // The show ends: lights out, and each device as it was.
    assert!(stage.controls.close(PATIENCE));
    for ((seen, foreign), device) in seen.iter_mut().zip(&foreign).zip(devices) {
        seen.look(foreign);
        for message in device.closes {
            assert!(seen.shows(message), "{} is told {message:02X?} at the end; saw {:02X?}", device.port, seen.newest);
        }
    }
    drop(foreign);
    drop(jackd);
}

/// Two equal controllers and a third come and go fifty times: each time the one that came is painted, and no value jumps
/// whatever its knobs stand at.
fn come_and_go(stage: &mut Stage) {
    let names = ["APC MINI", "APC MINI-2", "MIDI Mix"];
    let slot_3: [&[u8]; 3] = [&[0x90, 2, 1], &[0x90, 2, 1], &[0x90, 7, 127]];
    let strength: [u8; 3] = [48, 48, 16];
    let (snapshot, beat) = state(0.25);
    let mut there: HashMap<usize, Controller> = HashMap::new();
    // A fixed sequence that looks like chance.
    let mut chance = 12_345_u32;
    let mut before_kib = 0;
    for round in 0..50 {
        if round == 10 {
            before_kib = resident_kib();
        }
        chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let which = (chance >> 16) as usize % 3;
        if there.remove(&which).is_some() {
            let left = there.len();
            stage.wait("it to go", |stage| stage.ports().len() == left);
        }
        let foreign = Controller::new(names[which]);
        let all = there.len() + 1;
        stage.wait("it to come", |stage| stage.ports().len() == all);
        let mut seen = Seen::default();
        stage.wait("its lights", |stage| {
            stage.controls.paint(stage.now(), &snapshot, beat);
            seen.look(&foreign);
            seen.shows(slot_3[which])
        });
        // Its knob stands far from the value: what it sends must be held back.
        stage.heard.clear();
        stage.wait("its knob", |stage| {
            foreign.play(&[0xB0, strength[which], 127]);
            !stage.heard.is_empty()
        });
        let first = stage.event("its knob", |event| event.id == param::DREAM_STRENGTH);
        let Change::Knob(turn) = first.change else { panic!("{first:?} is no knob's") };
        assert_eq!(turn.from, None, "round {round}: nobody knows where a knob stands that was just plugged in");
        assert!(!param::takeover::accepts(param::DREAM_STRENGTH.row(), 0.5, &turn), "round {round}: {turn:?}");
        there.insert(which, foreign);
    }
    let grown_kib = resident_kib() - before_kib;
    println!("forty plug-ins: {grown_kib} KiB more memory");
    // Libraries on both sides of the cable are in this one process.
    assert!(grown_kib < 4096, "{grown_kib} KiB more after forty plug-ins");
    drop(there);
    stage.wait("all of them to go", |stage| stage.ports().is_empty());
}

/// Memory that this process has, in KiB.
fn resident_kib() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line");
    line.split_whitespace().next().and_then(|kib| kib.parse().ok()).expect("a number")
}

/// Slot 3 of bank 1 plays, slot 5 waits, blackout is on and strength stands in the middle; `phase` of a beat.
fn state(phase: f64) -> (Snapshot, Beat) {
    let mut base = Values::default();
    base[param::MASTER_BLACKOUT] = 1.0;
    base[param::DREAM_STRENGTH] = 0.5;
    base[param::PROMPT_SLOT] = 5.0;
    let pending = param::Pending { slot: Some((1, 5)), cut: false };
    let snapshot = Snapshot { base, slot: 3, pending, ..Snapshot::default() };
    let clock = Tempo::new(Bpm(120.0)).clock();
    (snapshot, clock.at(Seconds(phase * 0.5)))
}

/// What a device was told: the newest message to each of its lights, and how many in all.
#[derive(Default)]
struct Seen {
    newest: HashMap<Vec<u8>, Vec<u8>>,
    count: usize,
}

impl Seen {
    fn look(&mut self, foreign: &Controller) {
        for message in foreign.lights.try_iter() {
            // System exclusive is known by its first bytes.
            let address = message[..message.len().min(if message[0] == 0xF0 { 7 } else { 2 })].to_vec();
            self.newest.insert(address, message);
            self.count += 1;
        }
    }

    fn shows(&self, message: &[u8]) -> bool {
        self.newest.values().any(|seen| seen == message)
    }
}
