//! What a hand does to a parameter, on its way to the conductor.

use std::sync::Arc;

use super::Id;
use crate::units::Seconds;

/// Where an event came from: takeover, access and the report depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    Midi,
    Osc,
    Show,
}

/// One physical control, so that takeover can remember where it stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ControlKey(pub u32);

/// The change asked for. Values out of range are clamped and counted by the conductor.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// To this value, in the parameter's unit. For a trigger: fire with this amount.
    Set(f32),
    /// To this position of a 0..1 fader that has no takeover (OSC `"a"`-less faders, buttons).
    Travel(f32),
    /// A hardware knob or fader now stands at this position 0..1; pickup takeover applies.
    Knob {
        control: ControlKey,
        travel: f32,
    },
    /// By this amount, in the parameter's unit.
    Add(f32),
    /// By this factor.
    Multiply(f32),
    /// By this many encoder steps.
    Steps(f32),
    /// Off becomes on, on becomes off.
    Toggle,
    Text(Arc<str>),
    /// The button that set this value was let go; 0 when the sender does not say which.
    Release(f32),
}

/// A change to one parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub at: Seconds,
    pub origin: Origin,
    pub id: Id,
    pub change: Change,
}
