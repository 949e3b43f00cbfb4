//! One controller being played: its mapping, which buttons are down, which layer is on.
//!
//! Called by the conductor through [`Midi::drain`](super::Midi::drain); does not allocate.

use std::sync::Arc;

use super::inlet::Table;
use super::message::Wire;
use crate::control::Input;
use crate::control::mapping::{Action, Binding, Mapping, Message, Target};
use crate::control::takeover::key;
use crate::param::{Change, Event, Origin};
use crate::units::Seconds;

/// From here on a controller used as a button is pressed.
const PRESSED: u8 = 64;

pub struct Surface {
    inlet: u8,
    mapping: Arc<Mapping>,
    /// Of the knobs that mean the same on both layers; new at every plug.
    epoch: u16,
    /// Of the knobs that mean something else when shifted; new at every layer switch too.
    layer_epoch: u16,
    /// Which shift buttons are held, by place in the mapping.
    shifts: u32,
    /// Which bindings' buttons are held, by place in the mapping.
    down: Vec<bool>,
}

impl Surface {
    pub fn new(inlet: u8, mapping: Arc<Mapping>, epoch: u16) -> Self {
        let down = vec![false; mapping.bindings.len()];
        // A start of its own for every plug: what the last one left behind is not met again by counting on.
        let layer_epoch = epoch.wrapping_mul(257).wrapping_add(0x4000);
        Self { inlet, mapping, epoch, layer_epoch, shifts: 0, down }
    }

    /// Plays one message; `table` knows the other half of 14-bit controllers.
    pub fn play(&mut self, at: Seconds, wire: Wire, table: &Table, out: &mut impl FnMut(Input)) {
        match wire {
            Wire::Clock(message) => out(Input::Clock { at, port: self.inlet, message }),
            Wire::Note { channel, number, velocity } => {
                self.button(at, Message::note(channel, number), velocity > 0, false, out);
            }
            Wire::Controller { channel, number, value } => {
                let message = Message::controller(channel, number);
                self.button(at, message, value >= PRESSED, true, out);
                self.turn(at, message, value, table, out);
            }
        }
    }

    /// Lets go of everything held: the device went away with a finger on it.
    pub fn unplug(&mut self, at: Seconds, out: &mut impl FnMut(Input)) {
        for place in 0..self.down.len() {
            self.release(at, place, out);
        }
    }

    /// A button or pad. With `edges`, repeats of the same state mean nothing: controllers may send those.
    fn button(&mut self, at: Seconds, message: Message, pressed: bool, edges: bool, out: &mut impl FnMut(Input)) {
        if let Some(shift) = self.mapping.shifts.iter().position(|signal| signal.matches(message)) {
            self.shift(shift, pressed);
        }
        let mapping = self.mapping.clone();
        if !pressed {
            // The layer may have changed since the press: whoever was pressed is released.
            for &place in mapping.places(message) {
                self.release(at, place, out);
            }
            return;
        }
        let shifted = self.shifts != 0;
        for &place in mapping.places(message) {
            let binding = &mapping.bindings[place];
            let is_down = &mut self.down[place];
            if !binding.plays(message, shifted) || !binding.action.is_button() || (edges && *is_down) {
                continue;
            }
            *is_down = true;
            let change = match binding.action {
                Action::Set(value) | Action::Trigger(value) | Action::Hold { pressed: value, .. } => Change::Set(value),
                Action::Toggle => Change::Toggle,
                Action::Knob { .. } | Action::Relative(_) => continue,
            };
            send(at, binding, out, |_| change.clone());
        }
    }

    fn release(&mut self, at: Seconds, place: usize, out: &mut impl FnMut(Input)) {
        if !std::mem::take(&mut self.down[place]) {
            return;
        }
        let binding = &self.mapping.bindings[place];
        match binding.action {
            Action::Hold { released, .. } => send(at, binding, out, |_| Change::Set(released)),
            Action::Set(value) => send(at, binding, out, |_| Change::Release(value)),
            _ => {}
        }
    }

    fn shift(&mut self, button: usize, pressed: bool) {
        let before = self.shifts;
        let bit = 1 << (button % 32);
        self.shifts = if pressed { before | bit } else { before & !bit };
        if (before != 0) != (self.shifts != 0) {
            self.layer_epoch = self.layer_epoch.wrapping_add(1);
        }
    }

    /// A knob, fader or encoder.
    fn turn(&mut self, at: Seconds, message: Message, value: u8, table: &Table, out: &mut impl FnMut(Input)) {
        let shifted = self.shifts != 0;
        for &place in self.mapping.places(message) {
            let binding = &self.mapping.bindings[place];
            if !binding.plays(message, shifted) {
                continue;
            }
            match binding.action {
                Action::Knob { pickup } => {
                    let position = binding.position(message, value, table);
                    let epoch = if binding.layered { self.layer_epoch } else { self.epoch };
                    send(at, binding, out, |target| {
                        let travel = target.travel(position);
                        let control = key::pack(self.inlet, epoch, target.number);
                        if pickup { Change::Knob { control, travel } } else { Change::Travel(travel) }
                    });
                }
                Action::Relative(encoding) => {
                    let steps = encoding.steps(value);
                    if steps != 0 {
                        send(at, binding, out, |_| Change::Steps(f32::from(steps)));
                    }
                }
                _ => {}
            }
        }
    }
}

/// Sends a change to every target of `binding`.
fn send(at: Seconds, binding: &Binding, out: &mut impl FnMut(Input), change: impl Fn(&Target) -> Change) {
    for target in &binding.targets {
        out(Input::Event(Event { at, origin: Origin::Midi, id: target.id, change: change(target) }));
    }
}
