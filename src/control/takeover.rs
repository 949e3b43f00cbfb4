//! Pickup takeover: a knob that does not stand where its parameter stands must not make it jump.
//!
//! The rule is Mixxx's (`softtakeover`): a control takes over when it comes near the value or sweeps across it.
//! Called by the conductor for every [`Change::Knob`](crate::param::Change::Knob); pure state, no clock.

use super::midi::INLETS;
use crate::param::{ControlKey, Row};
use crate::units::Seconds;

/// A control nearer than this to its target, in travel 0..1, cannot make a visible jump.
const NEAR: f32 = 3.0 / 128.0;

/// A control that was accepted this recently is being moved: its next value may be far.
const MOVING_S: f64 = 0.050;

/// Where one control stands in relation to one parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Takeover {
    previous: Option<f32>,
    accepted_at: Option<Seconds>,
    accepted_travel: Option<f32>,
}

impl Takeover {
    /// Whether the control, now at `new`, may set the parameter, whose base stands at `target` (both travel 0..1).
    ///
    /// The first value only tells where the control stands. Later ones are refused when they are far from the
    /// target and either the control has not been accepted for 50 ms, or it was far on the same side already.
    pub fn accept(&mut self, target: f32, new: f32, now: Seconds) -> bool {
        let Some(previous) = self.previous.replace(new) else {
            return false;
        };
        let far = |travel: f32| (target - travel).abs() > NEAR;
        let late = self.accepted_at.is_none_or(|at| now.since(at) > MOVING_S);
        let same_side = (target - previous) * (target - new) > 0.0;
        let refused = far(new) && (late || (same_side && far(previous)));
        if !refused {
            self.accepted_at = Some(now);
            self.accepted_travel = Some(new);
        }
        !refused
    }

    /// From now on the control has to be picked up again: another layer, another device.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

/// Targets one mapping may have on one inlet.
pub const TARGETS: usize = 512;

/// The takeover state of every control that can exist, so that the conductor never allocates one.
///
/// A [`ControlKey`] that comes back after a layer switch or a replug carries a new epoch and starts anew.
pub struct Takeovers(Vec<(Option<ControlKey>, Takeover)>);

impl Default for Takeovers {
    fn default() -> Self {
        Self(vec![(None, Takeover::default()); INLETS * TARGETS])
    }
}

impl Takeovers {
    /// Whether `control`, now at `travel`, may set the parameter `row`, whose base value is `base`.
    ///
    /// Where many positions mean the same value (whole numbers, choices, detents), a position that already
    /// means `base` is no jump, and a base this control set itself stands where the control left it.
    pub fn accept(&mut self, control: ControlKey, row: &Row, base: f32, travel: f32, now: Seconds) -> bool {
        let place = key::place(control);
        let Some((owner, takeover)) = self.0.get_mut(place) else {
            return false;
        };
        if *owner != Some(control) {
            *owner = Some(control);
            takeover.reset();
        }
        let means_base = |travel: f32| row.at_travel(travel) == row.clamp(base);
        let target = match takeover.accepted_travel {
            _ if means_base(travel) => travel,
            Some(left) if means_base(left) => left,
            _ => row.travel_of(base),
        };
        takeover.accept(target, travel, now)
    }
}

/// How a [`ControlKey`] is packed: inlet (4 bits), epoch (16), target (12).
pub(super) mod key {
    use super::{ControlKey, INLETS, TARGETS};

    pub fn pack(inlet: u8, epoch: u16, target: u16) -> ControlKey {
        ControlKey(u32::from(inlet & 0xF) << 28 | u32::from(epoch) << 12 | u32::from(target & 0xFFF))
    }

    pub fn place(key: ControlKey) -> usize {
        let inlet = (key.0 >> 28) as usize % INLETS;
        inlet * TARGETS + (key.0 & 0xFFF) as usize % TARGETS
    }
}

#[cfg(test)]
mod tests;
