use std::sync::Mutex;

use super::backend::{BackendError, MidiSource};
use super::message::{Parsed, Wire, parse};
use super::*;
use crate::control::mapping::Mapping;
use crate::param::{self, Change, Event, Id, Turn};

mod buttons;
mod gestures;
mod messages;

/// A driver whose ports the test plugs in and out; what is played on a port goes straight to ours.
#[derive(Clone, Default)]
struct Bench(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    ports: Vec<String>,
    gone: bool,
    refuses: bool,
    connected: Vec<(String, usize)>,
}

impl Backend for Bench {
    fn name(&self) -> &'static str {
        "bench"
    }

    fn sources(&mut self) -> Result<Vec<MidiSource>, BackendError> {
        let state = self.0.lock().expect("lock");
        if state.gone {
            return Err(BackendError::Lost("the bench went away".into()));
        }
        Ok(state.ports.iter().map(|name| MidiSource { id: name.clone(), name: name.clone() }).collect())
    }

    fn connect(&mut self, source: &MidiSource, port_index: usize) -> Result<(), String> {
        let mut state = self.0.lock().expect("lock");
        if state.refuses {
            return Err("busy".into());
        }
        state.connected.push((source.id.clone(), port_index));
        Ok(())
    }

    fn disconnect(&mut self, source: &MidiSource, _inlet: usize) {
        self.0.lock().expect("lock").connected.retain(|(id, _)| *id != source.id);
    }
}

struct Rig {
    bench: Bench,
    midi: Midi,
    watcher: PortWatcher,
}

impl Rig {
    fn new(ports: &[&str]) -> Self {
        Self::with(ports, Library::shipped())
    }

    fn with(ports: &[&str], library: Library) -> Self {
        let bench = Bench::default();
        let config = MidiConfig { library: Arc::new(library), ..MidiConfig::default() };
        let (midi, watcher) = Midi::with_backends(&config, |_| vec![Box::new(bench.clone())]);
        let mut rig = Self { bench, midi, watcher };
        rig.ports(ports);
        rig
    }

    /// Plugs in exactly these and lets the watcher look twice.
    fn ports(&mut self, ports: &[&str]) {
        self.bench.0.lock().expect("lock").ports = ports.iter().map(ToString::to_string).collect();
        self.watcher.scan();
        self.watcher.scan();
    }

    fn play(&self, port: &str, bytes: &[u8]) {
        let state = self.bench.0.lock().expect("lock");
        let port_index = state.connected.iter().find(|(id, _)| id == port).expect("connected").1;
        self.midi.midi_ports.receive(port_index, self.midi.midi_ports.now_us(), bytes);
    }

    fn inputs(&mut self) -> Vec<ControlInput> {
        let mut inputs = Vec::new();
        self.midi.drain(Seconds(100.0), &mut |input| inputs.push(input));
        inputs
    }

    fn changes(&mut self) -> Vec<(Id, Change)> {
        let event = |input| match input {
            ControlInput::Event(Event { id, change, .. }) => Some((id, change)),
            _ => None,
        };
        self.inputs().into_iter().filter_map(event).collect()
    }

    /// The only change, a knob's.
    fn knob(&mut self) -> (Id, Turn) {
        match self.changes().as_slice() {
            [(id, Change::Knob(turn))] => (*id, *turn),
            other => panic!("{other:?}"),
        }
    }
}

const MIX: &str = "MIDI Mix:out";
const NANO: &str = "nanoKONTROL2 MIDI 1";
const APC: &str = "APC40 mkII:out";

#[test]
fn garbage_is_counted_and_never_panics() {
    let (queue, _receiver) = rt::queue(8);
    let midi_ports = MidiPorts::new(queue, None);
    let mut bytes = [0u8; 5];
    for length in 0..=4 {
        for status in 0..=255 {
            for data in [0, 1, 0x7F, 0x80, 0xFF] {
                bytes[0] = status;
                bytes[1..].fill(data);
                midi_ports.receive(usize::from(status) % 10, 0, &bytes[..length]);
            }
        }
    }
    assert!(midi_ports.garbage.load(Ordering::Relaxed) > 1000);
    for garbage in [
        &[][..],
        &[0x90],
        &[0x90, 1],
        &[0xB0, 1],
        &[0xB0, 0x80, 1],
        &[0xF0, 1, 0x90, 3],
        &[0xF4],
        &[0xF2, 1],
        &[5, 6, 7],
    ] {
        assert_eq!(parse(garbage), Parsed::Garbage, "{garbage:?}");
    }
    for unused in [&[0xFE][..], &[0xFF], &[0xF1, 3], &[0xF0, 1, 2, 0xF7], &[0xF0, 1]] {
        assert_eq!(parse(unused), Parsed::Unused, "{unused:?}");
    }
    assert_eq!(parse(&[0x83, 60, 64]), Parsed::Wire(Wire::Note { channel: 3, number: 60, velocity: 0 }));
    assert_eq!(parse(&[0xF2, 1, 2]), Parsed::Wire(Wire::Clock(ClockMessage::SongPosition(257))));
}

#[test]
fn knobs_are_newest_wins_and_pads_queue() {
    let mut rig = Rig::new(&[MIX]);
    for value in 0..=127 {
        rig.play(MIX, &[0xB0, 16, value]);
    }
    rig.play(MIX, &[0x90, 4, 127]);
    rig.play(MIX, &[0x80, 4, 0]);
    rig.play(MIX, &[0x90, 7, 127]);
    let changes = rig.changes();
    assert_eq!(changes[0], (param::PROMPT_SLOT, Change::Set(2.0)));
    assert_eq!(changes[1], (param::PROMPT_SLOT, Change::Release(2.0)));
    assert_eq!(changes[2], (param::PROMPT_SLOT, Change::Set(3.0)));
    assert_eq!(changes[3], (param::DREAM_STRENGTH, Change::Knob(Turn { lowest: 0.0, ..Turn::first(1.0) })));
    assert_eq!(changes.len(), 4);
    assert!(rig.changes().is_empty());
    assert_eq!(rig.midi.counts().events, 4);
    assert_eq!(rig.midi.counts().received, 131);
}

#[test]
fn a_full_queue_loses_its_oldest_but_never_a_release() {
    let mut rig = Rig::new(&[MIX]);
    rig.play(MIX, &[0x90, 1, 127]);
    rig.play(MIX, &[0x80, 1, 0]);
    assert_eq!(rig.changes(), [(param::PROMPT_SLOT, Change::Set(1.0)), (param::PROMPT_SLOT, Change::Release(1.0))]);
    rig.play(MIX, &[0x90, 4, 127]);
    let _ = rig.inputs();
    rig.play(MIX, &[0x80, 4, 0]);
    for _ in 0..QUEUE + 9 {
        rig.play(MIX, &[0xF8]);
    }
    let inputs = rig.inputs();
    assert_eq!(inputs.len(), QUEUE + 1);
    let release = Change::Release(2.0);
    assert!(matches!(&inputs[0], ControlInput::Event(event) if event.change == release), "{:?}", inputs[0]);
    assert_eq!(rig.midi.counts().dropped, 10);
}

#[test]
fn clock_passes_through_with_its_time() {
    let mut rig = Rig::new(&["Sequencer"]);
    for byte in [0xFA, 0xF8, 0xFB, 0xFC] {
        rig.play("Sequencer", &[byte]);
    }
    rig.midi.midi_ports.receive(0, 0, &[0xF2, 4, 0]);
    let age_s = rig.midi.midi_ports.now_us() as f64 * 1e-6;
    let inputs = rig.inputs();
    let messages: Vec<ClockMessage> = inputs
        .iter()
        .filter_map(|i| match i {
            ControlInput::Clock { message, port: 0, .. } => Some(*message),
            _ => None,
        })
        .collect();
    use ClockMessage::*;
    assert_eq!(messages, [Start, Tick, Continue, Stop, SongPosition(4)]);
    let Some(ControlInput::Clock { at, .. }) = inputs.last() else { panic!("no clock") };
    assert!(at.0 <= 100.0 - age_s, "stamped at the start, dated back {} s", 100.0 - at.0);
}

#[test]
fn a_knob_says_where_it_stood_on_whatever_layer() {
    let mut rig = Rig::new(&[NANO]);
    let at = |value: u8| f32::from(value) / 127.0;
    rig.play(NANO, &[0xB0, 16, 64]);
    assert_eq!(rig.knob(), (param::DREAM_STRENGTH, Turn::first(at(64))));
    rig.play(NANO, &[0xB0, 60, 127]);
    rig.play(NANO, &[0xB0, 16, 80]);
    assert_eq!(rig.knob(), (param::LOOK_HALATION, Turn::between(at(64), at(80))));
    rig.play(NANO, &[0xB0, 60, 0]);
    rig.play(NANO, &[0xB0, 16, 90]);
    assert_eq!(rig.knob(), (param::DREAM_STRENGTH, Turn::between(at(80), at(90))));
}

#[test]
fn a_momentary_pad_is_let_go_and_two_taps_latch_it() {
    let mut rig = Rig::new(&[NANO]);
    let mut tap = || {
        rig.play(NANO, &[0xB0, 50, 127]);
        rig.play(NANO, &[0xB0, 50, 0]);
        rig.changes()
    };
    let [on, off] = [1.0, 0.0].map(|value| (param::LOOK_STROBE, Change::Set(value)));
    assert_eq!(tap(), [on.clone(), off.clone()], "as long as the finger stays");
    assert_eq!(tap(), std::slice::from_ref(&on), "a second tap soon after latches");
    assert_eq!(tap(), [on.clone(), off.clone()], "and the next lets go");
    assert_eq!(tap(), [on, off], "it was no first tap of two");
}

#[test]
fn what_a_knob_passes_between_two_looks_is_not_lost() {
    let mut rig = Rig::new(&[NANO]);
    let at = |value: u8| f32::from(value) / 127.0;
    rig.play(NANO, &[0xB0, 16, 30]);
    rig.knob();
    for value in [40, 100, 50] {
        rig.play(NANO, &[0xB0, 16, value]);
    }
    let expected = Turn { highest: at(100), ..Turn::between(at(30), at(50)) };
    assert_eq!(rig.knob(), (param::DREAM_STRENGTH, expected));
    rig.play(NANO, &[0xB0, 16, 51]);
    assert_eq!(rig.knob().1, Turn::between(at(50), at(51)), "the next way begins anew");
}

#[test]
fn faders_on_other_channels_are_other_faders() {
    let mut rig = Rig::new(&[APC]);
    let at = |value: u8| f32::from(value) / 127.0;
    rig.play(APC, &[0xB0, 7, 127]);
    rig.knob();
    rig.play(APC, &[0xB1, 7, 64]);
    assert_eq!(rig.knob(), (param::PROMPT_WEIGHT_2, Turn::first(at(64))));
    rig.play(APC, &[0xB0, 7, 110]);
    assert_eq!(rig.knob(), (param::PROMPT_WEIGHT_1, Turn::between(at(127), at(110))));
    // Nor does a pad's release on one channel let go of another's.
    rig.play(APC, &[0x90, 0, 127]);
    rig.play(APC, &[0x81, 0, 0]);
    rig.play(APC, &[0x80, 0, 0]);
    assert_eq!(rig.changes(), [(param::PROMPT_SLOT, Change::Set(1.0)), (param::PROMPT_SLOT, Change::Release(1.0))]);
}

fn own(control: &str) -> Library {
    let text = format!("name = \"Own\"\nshift = [{{ note = 1 }}]\ncontrol = [{control}]");
    Library::with([Mapping::parse("own.toml", &text).expect("parses")])
}

#[test]
fn fourteen_bits_come_from_two_controllers() {
    let mut rig = Rig::with(&["x"], own("{ cc14 = 3, target = \"dream.strength\", takeover = \"jump\" }"));
    rig.play("x", &[0xB2, 3, 64]);
    rig.play("x", &[0xB2, 35, 1]);
    let expected = Change::Normalized(f32::from(64u16 << 7 | 1) / 16383.0);
    assert_eq!(rig.changes().last(), Some(&(param::DREAM_STRENGTH, expected)));
}

#[test]
fn ports_come_and_go() {
    let mut rig = Rig::new(&[]);
    rig.bench.0.lock().expect("lock").ports = vec![MIX.into()];
    assert!(rig.watcher.scan(), "waits for a second look");
    assert!(rig.midi.ports().is_empty());
    assert!(!rig.watcher.scan());
    assert_eq!(rig.midi.ports(), [Port { name: MIX.into(), driver: "bench", mapping: "Akai MIDImix".into() }]);
    rig.play(MIX, &[0xB0, 16, 1]);
    rig.knob();

    rig.ports(&[APC]);
    assert_eq!(rig.midi.ports().len(), 1);
    rig.ports(&[APC, MIX]);
    rig.play(MIX, &[0xB0, 16, 2]);
    assert_eq!(rig.knob().1.from, None, "a device that comes back is picked up again");
    let counts = rig.midi.counts();
    assert_eq!((counts.ports_found, counts.ports_lost), (3, 1));
}

#[test]
fn the_same_port_is_never_lost_without_need() {
    let mut rig = Rig::new(&[MIX]);
    for _ in 0..10 {
        assert!(!rig.watcher.scan());
    }
    assert_eq!(rig.midi.counts().ports_found, 1);
    assert_eq!(rig.bench.0.lock().expect("lock").connected.len(), 1);
}

#[test]
fn a_lost_driver_is_counted_and_comes_back() {
    let mut rig = Rig::new(&[MIX]);
    rig.bench.0.lock().expect("lock").gone = true;
    rig.watcher.scan();
    rig.watcher.scan();
    assert!(rig.midi.ports().is_empty());
    rig.bench.0.lock().expect("lock").gone = false;
    rig.watcher.scan();
    rig.watcher.scan();
    assert_eq!(rig.midi.ports().len(), 1);
    let counts = rig.midi.counts();
    assert_eq!((counts.drivers_lost, counts.drivers_found, counts.ports_lost), (1, 1, 1));
}

#[test]
fn a_port_that_refuses_is_tried_again_when_it_reappears() {
    let mut rig = Rig::new(&[]);
    rig.bench.0.lock().expect("lock").refuses = true;
    rig.ports(&[MIX]);
    rig.bench.0.lock().expect("lock").refuses = false;
    assert!(!rig.watcher.scan(), "not hammered");
    assert!(rig.midi.ports().is_empty());
    rig.ports(&[]);
    rig.ports(&[MIX]);
    assert_eq!(rig.midi.ports().len(), 1);
}

#[test]
fn more_controllers_than_inlets_are_left_alone() {
    let names: Vec<String> = (0..PORTS + 2).map(|k| format!("port {k}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let rig = Rig::new(&names);
    assert_eq!(rig.midi.ports().len(), PORTS);
}

#[test]
fn an_edited_library_reaches_connected_ports() {
    let mut rig = Rig::new(&["x"]);
    rig.midi.set_library(Arc::new(own("{ cc = 9, target = \"dream.strength\", takeover = \"jump\" }")));
    rig.watcher.scan();
    rig.play("x", &[0xB0, 9, 127]);
    assert_eq!(rig.changes(), [(param::DREAM_STRENGTH, Change::Normalized(1.0))]);
    assert_eq!(rig.midi.ports()[0].mapping, "Own");
}

#[test]
fn hearing_and_draining_do_not_allocate() {
    let mut rig = Rig::new(&[MIX, NANO, APC]);
    let _ = rig.inputs();
    let mut heard = 0;
    assert_no_alloc::assert_no_alloc(|| {
        for value in 0..=127 {
            for port_index in 0..3 {
                let stamp = rig.midi.midi_ports.now_us();
                rig.midi.midi_ports.receive(port_index, stamp, &[0xB0, 16, value]);
                rig.midi.midi_ports.receive(port_index, stamp, &[0x90, 1, value]);
                rig.midi.midi_ports.receive(port_index, stamp, &[0xB0, 41, value]);
                rig.midi.midi_ports.receive(port_index, stamp, &[0xF8]);
            }
            rig.midi.drain(Seconds(1.0), &mut |_| heard += 1);
        }
    });
    assert!(heard > 128 * 3 * 2, "{heard}");
}
