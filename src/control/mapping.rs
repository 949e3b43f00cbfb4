//! Mapping files: which knob, fader or pad of a controller plays which parameter.
//!
//! Read at start and when a show is edited; shared read-only with the MIDI watcher and the conductor.
//! The format is described in `mappings/controllers/generic.toml`.

mod encoding;
pub(crate) mod learn;
mod library;
mod lights;
mod mistake;
mod parse;
mod parse_lights;
mod read;
mod signal;

use std::collections::HashMap;

use crate::control::controllers::{CONTROLLERS, ControllerSet, FINE, PITCH_BEND, Swept, insert};
use crate::control::port_name::normalised;
use crate::param::{Id, Turn};
pub(super) use encoding::Encoding;
pub(crate) use library::Library;
pub(super) use lights::{Glow, Lights, Role, is_knob};
pub(crate) use mistake::MappingError;
pub(crate) use signal::Signal;
pub(super) use signal::{Kind, Message};

/// One controller's mapping.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// The device, for people.
    pub name: String,
    /// Its file, or the name of a shipped one.
    pub file: String,
    /// Normalised parts of port names this mapping is for; empty fits any port.
    pub ports: Vec<String>,
    pub(super) bindings: Vec<Binding>,
    /// How many of them, the first, are the file's own and not of what it extends.
    own: usize,
    pub(super) shifts: Vec<Shift>,
    /// Places in `bindings` by kind and number of the message.
    places: HashMap<(Kind, u16), Vec<usize>>,
    /// Normalised parts of port names that this mapping fits and leaves alone.
    skipped: Vec<String>,
    pub(super) lights: Lights,
}

/// The controllers that make up an NRPN: the number's halves, the value's, and a step up and down.
pub(super) const NRPN_CONTROLLERS: [u8; 6] = [99, 98, 6, 38, 96, 97];

/// A button that switches to the second layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shift {
    pub signal: Signal,
    /// Not while it is held: a press switches, the next one back.
    pub latches: bool,
}

/// One control of the device and what it does.
#[derive(Clone, Debug)]
pub(super) struct Binding {
    signal: Signal,
    /// Plays only while a shift button is held.
    pub shift: bool,
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

    /// Whether it plays on the layer that is on. What shift does not redefine keeps its meaning.
    pub fn is_on_layer(&self, shifted: bool) -> bool {
        self.shift == shifted || (shifted && !self.layered)
    }

    /// Whether `message` plays this binding.
    pub fn plays(&self, message: Message, shifted: bool) -> bool {
        self.is_on_layer(shifted) && self.hears(message)
    }

    /// The turn of a knob from position `from` (0..1, `None` when unknown) through the values `swept`. `newest` gives
    /// the newest value, 0..127, of a controller on the same channel: the other half of a 14-bit knob.
    pub fn turn(&self, message: Message, swept: Swept, newest: &dyn Fn(u8) -> u8, from: Option<f32>) -> Turn {
        if !self.signal.fine {
            let position = |value: u8| f32::from(value) / 127.0;
            return way(from, position(swept.lowest), position(swept.highest), position(swept.value));
        }
        let coarse = self.signal.number as u8;
        let half = |number| u16::from(newest(number));
        let to = fine_position(half(coarse), half(coarse + FINE));
        if message.number != self.signal.number {
            return way(from, to, to, to);
        }
        // The fine halves at the coarse extremes are unknown, so the sweep is taken as no wider than is certain.
        way(from, fine_position(swept.lowest.into(), 127).min(to), fine_position(swept.highest.into(), 0).max(to), to)
    }

    /// A knob or fader of seven bits: what an endless encoder may be taken for.
    pub fn is_coarse_knob(&self) -> bool {
        self.signal.is_coarse() && matches!(self.action, Action::Knob { .. })
    }
}

/// Position 0..1 of the two halves of a 14-bit value.
fn fine_position(coarse: u16, fine: u16) -> f32 {
    f32::from(coarse << 7 | fine) / 16383.0
}

pub(super) fn way(from: Option<f32>, lowest: f32, highest: f32, to: f32) -> Turn {
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
    /// Where the control would stand, 0..1, for the parameter at `travel`: the inverse of [`Self::travel`].
    pub fn position(&self, travel: f32) -> f32 {
        let length = self.ends.1 - self.ends.0;
        if length == 0.0 { 0.0 } else { ((travel - self.ends.0) / length).clamp(0.0, 1.0) }
    }

    pub fn travel(&self, position: f32) -> f32 {
        self.ends.0 + (self.ends.1 - self.ends.0) * position
    }
}

/// What a knob does that does not stand where its parameter does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takeover {
    /// Nothing until it meets the value.
    Pickup,
    /// The value jumps to it.
    Immediate,
    /// The value moves with it, in proportion to the way that is left.
    Scaled,
}

/// What a control does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Action {
    /// Absolute position.
    Knob {
        takeover: Takeover,
    },
    /// How hard a pad is hit sets the value.
    Velocity,
    /// Brings back the look of this number; with shift, held for a second, stores it.
    Look(f32),
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

impl Mapping {
    /// Places of the bindings that listen for a number like `message`'s, on whatever channel.
    pub(super) fn places(&self, message: Message) -> &[usize] {
        self.places.get(&(message.kind, message.number)).map_or(&[], Vec::as_slice)
    }

    /// Controllers whose every message counts: buttons and encoder steps, not positions.
    pub(super) fn queued_controllers(&self) -> ControllerSet {
        let mut set: ControllerSet = [0; CONTROLLERS / 64];
        let mut queue = |signal: &Signal, number: u8| match signal.channel {
            Some(channel) => insert(&mut set, channel, number),
            None => (0..16).for_each(|channel| insert(&mut set, channel, number)),
        };
        let counting = self.bindings.iter().filter(|binding| !matches!(binding.action, Action::Knob { .. }));
        let signals = counting.map(|binding| &binding.signal).chain(self.shifts.iter().map(|shift| &shift.signal));
        for signal in signals.filter(|signal| signal.kind == Kind::Controller && signal.number <= PITCH_BEND.into()) {
            queue(signal, signal.number as u8);
        }
        // Of an NRPN the order counts.
        for binding in self.bindings.iter().filter(|binding| binding.signal.kind == Kind::Nrpn) {
            NRPN_CONTROLLERS.iter().for_each(|number| queue(&binding.signal, *number));
        }
        set
    }

    /// Whether this mapping is meant for the port called `name`.
    #[must_use]
    pub fn fits(&self, name: &str) -> bool {
        let name = normalised(name);
        self.ports.is_empty() || self.ports.iter().any(|part| name.contains(part))
    }

    /// `signal` on every channel, where this mapping of a known device hears its control on every channel.
    pub(crate) fn on_its_channels(&self, signal: Signal) -> Signal {
        let any = |binding: &Binding| binding.signal.channel.is_none() && binding.signal.overlaps(signal);
        let everywhere = !self.ports.is_empty() && self.bindings.iter().any(any);
        Signal { channel: signal.channel.filter(|_| !everywhere), ..signal }
    }

    /// Whether the port called `name`, which it fits, is one of the device's others, to be left alone.
    #[must_use]
    pub fn leaves_alone(&self, name: &str) -> bool {
        let name = normalised(name);
        self.skipped.iter().any(|part| name.contains(part))
    }

    /// Lays `self` over `under`: what both bind is `self`'s, and lights and other ports are `under`'s where `self` has none.
    fn over(mut self, under: &Mapping) -> Self {
        let own = self.bindings.clone();
        let taken =
            |theirs: &&Binding| !own.iter().any(|own| own.shift == theirs.shift && own.signal.overlaps(theirs.signal));
        self.bindings.extend(under.bindings.iter().filter(taken).cloned());
        if self.shifts.is_empty() {
            self.shifts.clone_from(&under.shifts);
        }
        if self.skipped.is_empty() {
            self.skipped.clone_from(&under.skipped);
        }
        self.lights.fill_from(&under.lights);
        self.settled()
    }

    /// With all that follows from its bindings worked out.
    fn settled(mut self) -> Self {
        let shifted: Vec<Signal> =
            self.bindings.iter().filter(|binding| binding.shift).map(|binding| binding.signal).collect();
        for binding in &mut self.bindings {
            // A first-layer binding that shift redefines is layered too.
            binding.layered = binding.shift || shifted.iter().any(|signal| signal.overlaps(binding.signal));
        }
        self.places.clear();
        for (place, Binding { signal, .. }) in self.bindings.iter().enumerate() {
            for number in signal.numbers() {
                self.places.entry((signal.kind, number)).or_default().push(place);
            }
        }
        self.lights.settle(&self.bindings);
        self
    }

    /// Every parameter some control plays.
    pub fn targets(&self) -> impl Iterator<Item = Id> {
        self.bindings.iter().flat_map(|binding| &binding.targets).map(|target| target.id)
    }
}

#[cfg(test)]
mod tests;
