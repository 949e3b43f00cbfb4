//! Control events: changes of parameters on their way to the conductor.

use std::sync::Arc;

use super::Id;
use crate::units::Seconds;

/// Where an event came from: takeover, access and the report depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    Midi,
    Keyboard,
    Osc,
    Show,
}

/// The movement of a hardware knob or fader since its last message, in travel 0..1 of the parameter it plays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Turn {
    /// Where it stood before; `None` when nobody knows, because it was just plugged in.
    pub from: Option<f32>,
    /// The ends of what it passed through, including positions of messages that were merged into this one.
    pub lowest: f32,
    pub highest: f32,
    /// Where it stands now.
    pub to: f32,
    /// The least and the most it can reach: a mapping may give it a part of the range.
    pub reach: (f32, f32),
}

impl Turn {
    /// A control heard for the first time.
    #[must_use]
    pub fn first(to: f32) -> Self {
        Self { from: None, lowest: to, highest: to, to, reach: (0.0, 1.0) }
    }

    /// The straight way from where it stood.
    #[must_use]
    pub fn between(from: f32, to: f32) -> Self {
        Self { from: Some(from), lowest: from.min(to), highest: from.max(to), ..Self::first(to) }
    }

    /// Whether `travel` lies on the way.
    #[must_use]
    pub fn passes(&self, travel: f32) -> bool {
        (self.lowest..=self.highest).contains(&travel)
    }

    /// The same way in the travel that `map` makes of each position; `map` is monotone.
    #[must_use]
    pub fn mapped(&self, map: impl Fn(f32) -> f32) -> Self {
        let ordered = |a: f32, b: f32| (a.min(b), a.max(b));
        let (lowest, highest) = ordered(map(self.lowest), map(self.highest));
        let reach = ordered(map(self.reach.0), map(self.reach.1));
        Self { from: self.from.map(&map), lowest, highest, to: map(self.to), reach }
    }
}

/// The change asked for. Values out of range are clamped and counted by the conductor.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// To this value, in the parameter's unit. For a trigger: fire with this amount.
    Set(f32),
    /// To this position of a 0..1 fader that has no takeover (OSC `"a"`-less faders, buttons).
    Normalized(f32),
    /// A hardware knob or fader moved; soft takeover applies.
    Knob(Turn),
    /// A hardware knob or fader moved, and the value goes with it, in proportion to the way that is left for both.
    Scaled(Turn),
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
