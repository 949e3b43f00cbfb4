//! A user's own mapping, as `halation learn` writes it: a small file that is laid over the shipped mapping of its device.

use std::fmt::Write as _;

use super::{Binding, Mapping, Signal};
use crate::control::port_name::normalised;
use crate::param;

/// One control of a device and what it shall play.
pub struct Learnt<'a> {
    pub signal: Signal,
    /// `mode = …` and the like, as a mapping writes it; empty for a knob.
    pub how: &'a str,
    pub target: param::Id,
}

/// The text of the user's mapping for the device at `port` once it knows `learnt`: `before` with it, or a new one that
/// `extends` a shipped mapping. A control that plays something else in `before` plays this instead.
///
/// # Errors
/// Why `before` cannot take it, with the lines to write by hand.
pub fn with_learnt(before: Option<&str>, port: &str, extends: &str, learnt: &Learnt<'_>) -> Result<String, String> {
    let port = device_part(&normalised(port));
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let mut text = match before {
        Some(text) => without(text, learnt.signal),
        None => format!(
            "# Written by `halation learn`; edit it as you like. The format is described in mappings/controllers/generic.toml.\n\
             name = {}\nports = [{}]\nextends = \"{extends}\"\n",
            quoted(&format!("{port}, as learnt")),
            quoted(&port),
        ),
    };
    let mut control = format!("\n[[control]]\n{}\n", learnt.signal.to_string().replace(", ", "\n"));
    if !learnt.how.is_empty() {
        let _ = writeln!(control, "{}", learnt.how.replace(", ", "\n"));
    }
    let _ = writeln!(control, "target = \"{}\"", learnt.target.row().id);
    text.push_str(&control);
    match Mapping::parse("the learnt mapping", &text) {
        Ok(_) => Ok(text),
        Err(error) => Err(format!("{error}; write it into the file by hand:{control}")),
    }
}

/// What of a normalised port name stays on another socket and another day: JACK puts the device's name behind its own and a
/// number (`system:midi capture 1 alsa pcm:odd box/midi capture 1`, `a2j:odd box [20] (capture): …`).
fn device_part(port: &str) -> String {
    let behind = |mark: &str| port.split_once(mark).map(|(_, rest)| rest);
    let device = behind("alsa pcm:").and_then(|rest| rest.split('/').next());
    let device = device.or_else(|| behind("a2j:").and_then(|rest| rest.split(" [").next()));
    device.unwrap_or(port).trim().to_owned()
}

/// `text` without what it says of the control that sends `signal`.
fn without(text: &str, signal: Signal) -> String {
    let Ok(mapping) = Mapping::parse("", text) else { return text.to_owned() };
    let is_its = |binding: &&Binding| !binding.shift && binding.signal.overlaps(signal);
    let own = mapping.bindings.iter().take(mapping.own);
    let from: Vec<usize> = own.filter(is_its).map(|binding| binding.line).collect();
    let mut kept = String::new();
    let mut leaving = false;
    for (line, number) in text.lines().zip(1..) {
        let header = line.trim_start().starts_with("[[");
        if header {
            leaving = from.contains(&number);
        }
        if !leaving {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::mapping::{Action, Kind, Message};

    fn signal(number: u16) -> Signal {
        Signal { kind: Kind::Controller, number, channel: Some(0), fine: false }
    }

    fn learn(before: Option<&str>, number: u16, how: &str, target: param::Id) -> Result<String, String> {
        with_learnt(before, "Odd Box:Odd Box MIDI 1 20:0", "generic", &Learnt { signal: signal(number), how, target })
    }

    #[test]
    fn what_is_learnt_plays_and_the_newest_counts() {
        let text = learn(None, 33, "", param::DREAM_STRENGTH).expect("a new file");
        let text = learn(Some(&text), 34, "mode = \"toggle\"", param::MASTER_FREEZE).expect("one more");
        let text = learn(Some(&text), 33, "", param::LOOK_HUE).expect("instead");
        let mapping = Mapping::parse("mine", &text).expect("parses");
        assert!(mapping.fits("Odd Box:Odd Box MIDI 1 24:0") && !mapping.fits("Other Box"), "{text}");
        let plays = |number| {
            let places = mapping.places(Message::controller(0, number)).iter();
            let bindings: Vec<&Binding> = places.map(|place| &mapping.bindings[*place]).collect();
            bindings.iter().map(|binding| (binding.targets[0].id, binding.action)).collect::<Vec<_>>()
        };
        assert_eq!(plays(34), [(param::MASTER_FREEZE, Action::Toggle)]);
        assert_eq!(plays(33).iter().map(|(id, _)| *id).collect::<Vec<_>>(), [param::LOOK_HUE], "{text}");
        assert_eq!(plays(16)[0].0, param::DREAM_STRENGTH, "what was not learnt is the generic mapping's");
    }

    #[test]
    fn names_of_ports_are_those_of_devices() {
        let device = |name: &str| device_part(&normalised(name));
        assert_eq!(device("system:midi_capture_1 alsa_pcm:Odd-Box/midi_capture_1"), "odd box");
        assert_eq!(device("a2j:Odd Box [20] (capture): Odd Box MIDI 1"), "odd box");
        assert_eq!(device("Odd Box:Odd Box MIDI 1 20:0"), "odd box midi 1");
        let learnt = Learnt { signal: signal(1), how: "", target: param::LOOK_HUE };
        let text = with_learnt(None, "Odd \"Box\" \\ 2", "generic", &learnt).expect("quoted");
        assert!(Mapping::parse("mine", &text).expect("parses").fits("Odd \"Box\" \\ 2"), "{text}");
    }

    #[test]
    fn a_file_that_cannot_take_it_says_what_to_write() {
        let by_hand = "name = \"mine\"\ncontrol = [\n  { cc = 1, target = \"look.hue\" },\n]\n";
        let says = learn(Some(by_hand), 33, "", param::DREAM_STRENGTH).expect_err("two ways to write controls");
        assert!(says.contains("by hand") && says.contains("cc = 33"), "{says}");
    }
}
