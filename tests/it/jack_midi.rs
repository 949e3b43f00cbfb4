//! Controllers over a real JACK server (`jackd` with the dummy driver): found by name, played, pulled out, plugged
//! in again, and the server itself killed and restarted.
//!
//! The scenario runs in a child process with a server of its own.
#![cfg(feature = "jack")]

use std::sync::mpsc;
use std::time::{Duration, Instant};

use halation::control::midi::{Port, list};
use halation::control::{ClockMessage, ControlConfig, ControlInput, Controls, MidiConfig, Newest};
use halation::param::{self, Change, Event, Id, Turn};
use halation::units::Seconds;

use crate::alone::{self, Running, in_child, installed};

/// More than anything here takes, on any machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn jack_controllers() {
    if installed("jackd") {
        in_child("jack_midi::inside_a_private_server");
    }
}

#[test]
#[ignore = "jack_controllers runs it with a JACK server of its own"]
fn inside_a_private_server() {
    if alone::folder().is_none() {
        return;
    }
    let mut stage = Stage::new();
    assert!(stage.ports().is_empty(), "no server yet");

    let jackd = server();
    let apc = Controller::new("APC40 mkII");
    stage.meet(&apc, "Akai APC40 mkII");
    assert_eq!(stage.ports()[0].driver, "JACK");
    knobs_pads_and_clock(&mut stage, &apc);
    pickup(&mut stage, &apc);

    let mix = Controller::new("MIDI Mix");
    stage.meet(&mix, "Akai MIDImix");
    let shown = list(&MidiConfig { client_name: "Halation list".into(), ..config() });
    assert!(shown.iter().any(|port| port.mapping == "Akai MIDImix"), "{shown:?}");

    // Each hears what is sent to it, and nothing else.
    let sender = stage.controls.midi().expect("MIDI").sender();
    let ports = stage.ports();
    for (controller, name, message) in
        [(&apc, "Akai APC40 mkII", [0x90, 32, 5]), (&mix, "Akai MIDImix", [0x90, 1, 127])]
    {
        let port = ports.iter().position(|port| port.mapping == name).expect("it plays");
        assert!(sender.send(port, &message), "{name} listens");
        assert_eq!(controller.lights.recv_timeout(PATIENCE).as_deref(), Ok(&message[..]), "{name}");
    }
    assert!(apc.lights.try_recv().is_err() && mix.lights.try_recv().is_err());
    assert!(!sender.send(7, &[0x90, 1, 1]) && !sender.send(0, &[0; 65]), "nobody there; too long");

    // Pulled out: the other one plays on. Plugged in again: to be picked up anew.
    mix.play(&[0xB0, 16, 100]);
    stage.knob(param::DREAM_STRENGTH, 100.0 / 127.0);
    drop(mix);
    stage.wait("the MIDImix to go", |stage| !stage.plays_as("Akai MIDImix"));
    apc.play(&[0x90, 6, 127]);
    stage.event("slot 7", |event| event.id == param::PROMPT_SLOT && event.change == Change::Set(7.0));
    let mix = Controller::new("MIDI Mix");
    stage.meet(&mix, "Akai MIDImix");
    mix.play(&[0xB0, 16, 101]);
    assert_eq!(stage.knob(param::DREAM_STRENGTH, 101.0 / 127.0).from, None, "takeover starts anew");
    let counts = stage.controls.midi().expect("MIDI").counts();
    assert_eq!((counts.ports_lost, counts.drivers_lost), (1, 0));

    // The server dies and comes back.
    drop(jackd);
    stage.wait("the loss", |stage| stage.ports().is_empty());
    drop((apc, mix));
    assert_eq!(stage.controls.midi().expect("MIDI").counts().drivers_lost, 1);
    let jackd = server();
    let apc = Controller::new("APC40 mkII");
    stage.meet(&apc, "Akai APC40 mkII");
    assert_eq!(stage.controls.midi().expect("MIDI").counts().drivers_found, 1);
    apc.play(&[0x90, 0, 1]);
    stage.event("slot 1", |event| event.id == param::PROMPT_SLOT && event.change == Change::Set(1.0));

    garbage(&mut stage, &apc);
    assert!(stage.controls.close(PATIENCE));
    drop(apc);
    drop(jackd);
}

fn knobs_pads_and_clock(stage: &mut Stage, apc: &Controller) {
    apc.play(&[0xB0, 16, 64]);
    stage.knob(param::DREAM_STRENGTH, 64.0 / 127.0);
    apc.play(&[0xB3, 7, 127]);
    stage.knob(param::PROMPT_WEIGHT_4, 1.0);
    let pressed = stage.now();
    apc.play(&[0x90, 2, 127]);
    apc.play(&[0x80, 2, 0]);
    let event = stage.event("slot 3", |event| event.id == param::PROMPT_SLOT);
    assert_eq!(event.change, Change::Set(3.0));
    // One period of 256 frames earlier at most: that is when JACK says it happened.
    assert!(event.at.since(pressed) > -0.1 && event.at.0 <= stage.now().0, "{event:?}");
    apc.play(&[0x90, 98, 127]);
    apc.play(&[0x90, 8, 127]);
    stage.event("shift pad 9", |event| event.id == param::MASTER_PANIC);
    apc.play(&[0x90, 98, 0]);
    apc.play(&[0xB0, 13, 127]);
    stage.event("tempo knob", |event| event.id == param::TEMPO_BPM && event.change == Change::Steps(-1.0));
    apc.play(&[0xFA]);
    apc.play(&[0xF8]);
    for expected in [ClockMessage::Start, ClockMessage::Tick] {
        stage.input("clock", |input| matches!(input, ControlInput::Clock { message, .. } if *message == expected));
    }
}

/// Sweeps the master fader up from below: it must move nothing until it meets the brightness.
fn pickup(stage: &mut Stage, apc: &Controller) {
    let row = param::MASTER_BRIGHTNESS.row();
    let base = 0.5;
    let mut first = None;
    for value in (0..=100).step_by(2) {
        apc.play(&[0xB0, 14, value]);
        let travel = f32::from(value) / 127.0;
        let turn = stage.knob(param::MASTER_BRIGHTNESS, travel);
        if first.is_none() && param::takeover::accepts(row, base, &turn) {
            first = Some(travel);
        }
    }
    let first = first.expect("picked up");
    assert!((first - base).abs() < 3.0 / 128.0, "picked up at {first}");
}

fn garbage(stage: &mut Stage, apc: &Controller) {
    let before = stage.controls.counts().malformed;
    for bytes in [&[0xF0, 1, 2, 3, 0xF7][..], &[0xF4], &[0x90, 200, 200], &[0xB0, 1], &[0xFE], &[17]] {
        apc.play(bytes);
    }
    apc.play(&[0x90, 1, 1]);
    stage.event("slot 2 after the garbage", |event| event.change == Change::Set(2.0));
    assert!(stage.controls.counts().malformed > before);
}

fn config() -> MidiConfig {
    MidiConfig { client_name: "Halation test".into(), scan_every: Duration::from_millis(100), ..MidiConfig::default() }
}

/// A conductor's view of the controls.
pub struct Stage {
    pub controls: Controls,
    started: Instant,
    pub heard: Vec<ControlInput>,
}

impl Stage {
    pub fn new() -> Self {
        let controls =
            Controls::open(ControlConfig { midi: Some(config()), ..ControlConfig::default() }, Newest::still())
                .expect("no OSC to fail");
        Self { controls, started: Instant::now(), heard: Vec::new() }
    }

    pub fn now(&self) -> Seconds {
        Seconds(self.started.elapsed().as_secs_f64())
    }

    pub fn ports(&self) -> Vec<Port> {
        self.controls.midi().expect("MIDI").ports()
    }

    pub fn plays_as(&self, mapping: &str) -> bool {
        self.ports().iter().any(|port| port.mapping == mapping)
    }

    /// Ticks until `done`.
    pub fn wait(&mut self, what: &str, mut done: impl FnMut(&mut Self) -> bool) {
        let until = Instant::now() + PATIENCE;
        loop {
            let (now, heard) = (self.now(), &mut self.heard);
            self.controls.drain(now, &mut |input| heard.push(input));
            if done(self) {
                return;
            }
            assert!(Instant::now() < until, "waited for {what}; heard {:?}, ports {:?}", self.heard, self.ports());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Waits for a controller to play as `mapping`, and to be heard: what it sends while JACK sorts its graph anew, for
    /// some periods after a port was connected, may be lost.
    fn meet(&mut self, controller: &Controller, mapping: &str) {
        self.wait(mapping, |stage| stage.plays_as(mapping));
        self.heard.clear();
        self.wait("a tick of it", |stage| {
            controller.play(&[0xF8]);
            !stage.heard.is_empty()
        });
        self.heard.clear();
    }

    /// Takes the next input that `fits`, and everything before it.
    fn input(&mut self, what: &str, fits: impl Fn(&ControlInput) -> bool) -> ControlInput {
        let mut found = None;
        self.wait(what, |stage| {
            let place = stage.heard.iter().position(&fits);
            found = place.and_then(|place| stage.heard.drain(..=place).next_back());
            found.is_some()
        });
        found.expect("waited for it")
    }

    pub fn event(&mut self, what: &str, fits: impl Fn(&Event) -> bool) -> Event {
        match self.input(what, |input| matches!(input, ControlInput::Event(event) if fits(event))) {
            ControlInput::Event(event) => event,
            _ => unreachable!("asked for an event"),
        }
    }

    /// The next position of a knob that plays `id`, which must be `expected`.
    fn knob(&mut self, id: Id, expected: f32) -> Turn {
        let event = self.event(id.row().id, |event| event.id == id);
        match event.change {
            Change::Knob(turn) if (turn.to - expected).abs() < 1e-6 => turn,
            _ => panic!("{event:?} is not {expected}"),
        }
    }
}

/// Synchronous: the server waits for a client that is late, rather than lose what its ports held.
pub fn server() -> Running {
    Running::jackd(48_000, &["-S"])
}

/// A controller: a JACK client with one MIDI output, which sends what it is told, one message a period.
pub struct Controller {
    pub messages: mpsc::Sender<Vec<u8>>,
    /// What its lights were told.
    pub lights: mpsc::Receiver<Vec<u8>>,
    _client: jack::AsyncClient<(), Device>,
}

struct Device {
    port: jack::Port<jack::MidiOut>,
    messages: mpsc::Receiver<Vec<u8>>,
    lights: jack::Port<jack::MidiIn>,
    seen: mpsc::Sender<Vec<u8>>,
}

impl jack::ProcessHandler for Device {
    fn process(&mut self, _: &jack::Client, scope: &jack::ProcessScope) -> jack::Control {
        for light in self.lights.iter(scope) {
            let _ = self.seen.send(light.bytes.to_vec());
        }
        let mut writer = self.port.writer(scope);
        if let Ok(bytes) = self.messages.try_recv() {
            let _ = writer.write(&jack::RawMidi { time: 0, bytes: &bytes });
        }
        jack::Control::Continue
    }
}

impl Controller {
    /// Waits for the server to answer.
    pub fn new(name: &str) -> Self {
        jack::set_logger(jack::LoggerType::None);
        let until = Instant::now() + PATIENCE;
        let client = loop {
            match jack::Client::new(name, jack::ClientOptions::NO_START_SERVER) {
                Ok((client, _)) => break client,
                Err(error) => assert!(Instant::now() < until, "jackd does not answer: {error}"),
            }
            std::thread::sleep(Duration::from_millis(50));
        };
        let port = client.register_port("out", jack::MidiOut::default()).expect("port");
        let listens = client.register_port("in", jack::MidiIn::default()).expect("port");
        let (messages, receiver) = mpsc::channel();
        let (seen, lights) = mpsc::channel();
        let device = Device { port, messages: receiver, lights: listens, seen };
        let client = client.activate_async((), device).expect("active");
        Self { messages, lights, _client: client }
    }

    pub fn play(&self, bytes: &[u8]) {
        self.messages.send(bytes.to_vec()).expect("sent");
    }
}
