//! The computer's keyboard: its keys 1 to 8 are the first row of pads. Called by whoever has the keyboard, on any thread.

use super::ControlInput;
use crate::param::{self, Change, Event, Origin};
use crate::rt;
use crate::units::Seconds;

/// The way of the keys to the conductor.
#[derive(Clone)]
pub struct Keys(pub(super) rt::Sender<ControlInput>);

impl Keys {
    /// `key` was pressed at `at`, or let go; repeats of a held key are not told. False when no pad is on that key.
    pub fn press(&self, key: char, pressed: bool, at: Seconds) -> bool {
        let Some(slot @ 1..=8) = key.to_digit(10) else { return false };
        let slot = slot as f32;
        let change = if pressed { Change::Set(slot) } else { Change::Release(slot) };
        self.0.send(ControlInput::Event(Event { at, origin: Origin::Keyboard, id: param::PROMPT_SLOT, change }));
        true
    }
}
