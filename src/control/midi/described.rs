//! One message in words, and what it plays: for `halation midi`.

use super::message::{ClockMessage, Parsed, Wire, parse};
use crate::control::controllers::{PITCH_BEND, PRESSURE};
use crate::control::mapping::{Action, Binding, Mapping, Message};

/// `bytes` in words, and what they play through `mapping`; `None` for what says nothing, such as a clock's ticks.
#[must_use]
pub fn describe(bytes: &[u8], mapping: &Mapping) -> Option<String> {
    let (words, message) = match parse(bytes) {
        Parsed::Wire(wire) => in_words(wire)?,
        Parsed::Unused => return None,
        Parsed::Garbage => return Some(format!("{bytes:02X?} is no MIDI message")),
    };
    let Some(message) = message else { return Some(words) };
    let bindings = mapping.places(message).iter().map(|place| &mapping.bindings[*place]);
    let heard: Vec<String> = bindings.filter(|binding| binding.hears(message)).map(meaning).collect();
    let shift = mapping.shifts.iter().any(|shift| shift.signal.matches(message));
    let plays = match (heard.is_empty(), shift) {
        (_, true) => "shift".to_owned(),
        (true, false) => "nothing: `halation learn PARAMETER` gives it something".to_owned(),
        (false, false) => heard.join("; "),
    };
    Some(format!("{words:34} {plays}"))
}

/// The message as it is said, and as mappings know it.
fn in_words(wire: Wire) -> Option<(String, Option<Message>)> {
    Some(match wire {
        Wire::Note { channel, number, velocity } => {
            let said = format!("note {number} channel {} velocity {velocity}", channel + 1);
            (said, Some(Message::note(channel, number)))
        }
        Wire::Controller { channel, number: PRESSURE, value } => {
            let said = format!("pressure channel {} value {value}", channel + 1);
            (said, Some(Message::controller(channel, PRESSURE)))
        }
        Wire::Controller { channel, number, value } => {
            let said = format!("CC {number} channel {} value {value}", channel + 1);
            (said, Some(Message::controller(channel, number)))
        }
        Wire::Program { channel, number } => {
            let said = format!("program {number} channel {}", channel + 1);
            (said, Some(Message::program(channel, number)))
        }
        Wire::Bend { channel, low, high } => {
            let value = u16::from(high) << 7 | u16::from(low);
            let said = format!("pitch bend channel {} value {value}", channel + 1);
            (said, Some(Message::controller(channel, PITCH_BEND)))
        }
        Wire::Clock(ClockMessage::Tick) => return None,
        Wire::Clock(message) => (format!("clock: {message:?}").to_lowercase(), None),
    })
}

fn meaning(binding: &Binding) -> String {
    let targets: Vec<&str> = binding.targets.iter().map(|target| target.id.row().id).collect();
    let does = match binding.action {
        Action::Knob { .. } => String::new(),
        Action::Relative(encoding) => format!(", endless ({})", encoding.name()),
        Action::Set(value) => format!(" = {value}"),
        Action::Trigger(_) => ", fires".into(),
        Action::Toggle => ", on and off".into(),
        Action::Hold { latches: true, .. } => ", while pressed; two taps latch".into(),
        Action::Hold { .. } => ", while pressed".into(),
        Action::Look(number) => format!(" {number}; with shift, held for a second, stores it"),
        Action::Velocity => ", by how hard it is hit".into(),
    };
    let layer = if binding.shift { "with shift " } else { "" };
    format!("{layer}{}{does}", targets.join(", "))
}
