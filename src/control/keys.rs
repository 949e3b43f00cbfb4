//! The computer's keyboard: its keys 1 to 8 are the first row of pads. Called by whoever has the keyboard, on any thread.

use super::ControlInput;
use crate::param::{self, Change, Event, Origin};
use crate::rt;
use crate::units::Seconds;

/// The way of the keys to the conductor.
#[derive(Clone)]
pub struct Keys(pub(super) rt::Sender<ControlInput>);

impl Keys {
    /// The key of `slot` was pressed where nobody says when it is let go.
    pub fn tap(&self, slot: u8, at: Seconds) {
        self.0.send(ControlInput::Event(Event {
            at,
            origin: Origin::Keyboard,
            id: param::PROMPT_SLOT,
            change: Change::Set(f32::from(slot)),
        }));
    }

    /// The key of `slot`, 1 to 8, was pressed at `at`, or let go; repeats of a held key are not told.
    pub fn press(&self, slot: u8, pressed: bool, at: Seconds) {
        let slot = f32::from(slot);
        let change = if pressed { Change::Set(slot) } else { Change::Release(slot) };
        self.0.send(ControlInput::Event(Event { at, origin: Origin::Keyboard, id: param::PROMPT_SLOT, change }));
    }
}
