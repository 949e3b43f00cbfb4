//! Mapping files: which knob, fader or pad of a controller plays which parameter.
//!
//! Read at start and when a show is edited; shared read-only with the MIDI watcher and the conductor.
//! The format is described in `mappings/controllers/generic.toml`.

mod library;
mod mistake;
mod parse;
mod read;

use std::collections::HashMap;

use crate::control::controllers::{ControllerSet, Swept, insert};
use crate::control::port_name::normalised;
use crate::param::{Id, Turn};
pub(crate) use library::Library;
pub(crate) use mistake::MappingError;

/// One controller's mapping.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// The device, for people.
    pub name: String,
    /// Normalised parts of port names this mapping is for; empty fits any port.
    pub ports: Vec<String>,
    pub(super) bindings: Vec<Binding>,
    pub(super) shifts: Vec<Signal>,
    /// Places in `bindings` by kind and number of the message.
    places: HashMap<(Kind, u8), Vec<usize>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Note,
    Controller,
}

/// What arrives: a note or controller number on a channel, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Message {
    kind: Kind,
    channel: u8,
    number: u8,
}

impl Message {
    pub fn note(channel: u8, number: u8) -> Self {
        Self { kind: Kind::Note, channel, number }
    }

    pub fn controller(channel: u8, number: u8) -> Self {
        Self { kind: Kind::Controller, channel, number }
    }
}

/// What a binding listens for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Signal {
    kind: Kind,
    number: u8,
    /// From 0; `None` hears every channel.
    channel: Option<u8>,
    /// A 14-bit controller: the fine half arrives on `number + 32`.
    fine: bool,
}

/// Distance of a 14-bit controller's fine half from its coarse half, in controller numbers.
const FINE: u8 = 32;

impl Signal {
    pub fn matches(self, message: Message) -> bool {
        self.kind == message.kind
            && (self.number == message.number || (self.fine && self.number + FINE == message.number))
            && self.channel.is_none_or(|channel| channel == message.channel)
    }

    /// Whether one message could mean both.
    fn overlaps(self, other: Self) -> bool {
        let channels = match (self.channel, other.channel) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        };
        let numbers = |signal: Self| [Some(signal.number), signal.fine.then_some(signal.number + FINE)];
        let shared = numbers(self).into_iter().flatten().any(|number| numbers(other).contains(&Some(number)));
        self.kind == other.kind && channels && shared
    }
}

/// One control of the device and what it does.
#[derive(Clone, Debug)]
pub(super) struct Binding {
    signal: Signal,
    /// Plays only while a shift button is held.
    shift: bool,
    /// The same control means something else on the other layer.
    pub layered: bool,
    pub action: Action,
    pub targets: Vec<Target>,
    line: usize,
}

impl Binding {
    /// Whether `message` is of this binding's control, on whatever layer.
    pub fn hears(&self, message: Message) -> bool {
        self.signal.matches(message)
    }

    /// Whether `message` plays this binding. What shift does not redefine keeps its meaning.
    pub fn plays(&self, message: Message, shifted: bool) -> bool {
        (self.shift == shifted || (shifted && !self.layered)) && self.hears(message)
    }

    /// The turn of a knob from position `from` (0..1, `None` when unknown) through the values `swept`. `newest` gives
    /// the newest value, 0..127, of a controller on the same channel: the other half of a 14-bit knob.
    pub fn turn(&self, message: Message, swept: Swept, newest: &dyn Fn(u8) -> u8, from: Option<f32>) -> Turn {
        if !self.signal.fine {
            let position = |value: u8| f32::from(value) / 127.0;
            return way(from, position(swept.lowest), position(swept.highest), position(swept.value));
        }
        let half = |number| u16::from(newest(number));
        let position = |coarse: u16, fine: u16| f32::from(coarse << 7 | fine) / 16383.0;
        let to = position(half(self.signal.number), half(self.signal.number + FINE));
        if message.number != self.signal.number {
            return way(from, to, to, to);
        }
        // The fine halves at the coarse extremes are unknown, so the sweep is taken as no wider than is certain.
        way(from, position(swept.lowest.into(), 127).min(to), position(swept.highest.into(), 0).max(to), to)
    }

    /// A knob or fader of seven bits: what an endless encoder may be taken for.
    pub fn is_coarse_knob(&self) -> bool {
        !self.signal.fine && matches!(self.action, Action::Knob { .. })
    }
}

fn way(from: Option<f32>, lowest: f32, highest: f32, to: f32) -> Turn {
    let from_or = from.unwrap_or(to);
    Turn { from, lowest: lowest.min(from_or), highest: highest.max(from_or), ..Turn::first(to) }
}

/// One parameter a control plays.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub id: Id,
    /// Travel of the parameter at the control's two ends.
    ends: (f32, f32),
}

impl Target {
    pub fn travel(&self, position: f32) -> f32 {
        self.ends.0 + (self.ends.1 - self.ends.0) * position
    }
}

/// What a control does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Action {
    /// Absolute position; with `pickup` it must meet the value before it moves it.
    Knob {
        pickup: bool,
    },
    /// Endless encoder.
    Relative(Encoding),
    Set(f32),
    Trigger(f32),
    Toggle,
    /// One value while pressed, another after. What `latches` stays pressed after two quick taps, until the next.
    Hold {
        pressed: f32,
        released: f32,
        latches: bool,
    },
}

impl Action {
    pub fn is_button(self) -> bool {
        !matches!(self, Self::Knob { .. } | Self::Relative(_))
    }
}

/// How an endless encoder writes its steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// 1–63 up, 65–127 down: bit 6 is the sign.
    SignedBit,
    /// 1–63 up, 127–64 down.
    TwosComplement,
    /// 65–127 up, 63–0 down: 64 is rest.
    BinOffset,
}

impl Encoding {
    /// As mapping files write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::SignedBit => "signed-bit",
            Self::TwosComplement => "twos-complement",
            Self::BinOffset => "bin-offset",
        }
    }

    pub fn steps(self, value: u8) -> i8 {
        let value = (value & 0x7F) as i8;
        match self {
            Self::SignedBit if value > 64 => 64 - value,
            Self::SignedBit => value % 64,
            // 7-bit sign extension: -128 does not fit, so in two steps.
            Self::TwosComplement if value >= 64 => value - 64 - 64,
            Self::TwosComplement => value,
            Self::BinOffset => value - 64,
        }
    }
}

impl Mapping {
    /// Places of the bindings that listen for a number like `message`'s, on whatever channel.
    pub(super) fn places(&self, message: Message) -> &[usize] {
        self.places.get(&(message.kind, message.number)).map_or(&[], Vec::as_slice)
    }

    /// Controllers whose every message counts: buttons and encoder steps, not positions.
    pub(super) fn queued_controllers(&self) -> ControllerSet {
        let mut set = ControllerSet::default();
        let counting = self.bindings.iter().filter(|binding| !matches!(binding.action, Action::Knob { .. }));
        let signals = counting.map(|binding| &binding.signal).chain(&self.shifts);
        for signal in signals.filter(|signal| signal.kind == Kind::Controller) {
            match signal.channel {
                Some(channel) => insert(&mut set, channel, signal.number),
                None => (0..16).for_each(|channel| insert(&mut set, channel, signal.number)),
            }
        }
        set
    }

    /// Whether this mapping is meant for the port called `name`.
    #[must_use]
    pub fn fits(&self, name: &str) -> bool {
        let name = normalised(name);
        self.ports.is_empty() || self.ports.iter().any(|part| name.contains(part))
    }

    /// Every parameter some control plays.
    pub fn targets(&self) -> impl Iterator<Item = Id> {
        self.bindings.iter().flat_map(|binding| &binding.targets).map(|target| target.id)
    }
}

#[cfg(test)]
mod tests;
