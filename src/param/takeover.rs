//! Soft takeover (pickup): a knob that does not stand where its parameter stands must not make it jump.
//!
//! A control whose last position *is* the value owns it, and every position it moves to is taken, however far and
//! however late. A control that stands elsewhere (the other layer, another hand, a new show, just plugged in) is held
//! back until it comes near the value or passes it. Stateless: where a control stood before comes with its message
//! ([`Turn`]). Called by the conductor for every [`Change::Knob`](crate::param::Change::Knob).

use super::{Row, Turn};

/// A control nearer than this to the value, in travel 0..1, cannot make a visible jump (Mixxx's threshold).
pub const NEAR: f32 = 3.0 / 128.0;

/// Whether a control that moves as `turn` says may set the parameter `row`, whose base value is `base`.
///
/// Where many positions mean the same value (whole numbers, choices, detents), each of them is the value.
#[must_use]
pub fn accepts(row: &Row, base: f32, turn: &Turn) -> bool {
    let base = row.clamp(base);
    let is_value = |travel: f32| row.plain(travel) == base;
    if is_value(turn.to) || turn.from.is_some_and(is_value) {
        return true;
    }
    // A control that cannot reach the value catches it at its own nearest end.
    let target = row.normalized(base).clamp(turn.reach.0, turn.reach.1);
    (target - turn.to).abs() <= NEAR || turn.passes(target)
}

/// Where the value goes, as travel 0..1, when a control of scaled takeover moves as `turn` says: from where it is towards
/// the end that the control nears, and both get there together. `None` while it is not known where the control stood.
///
/// Steps of whole numbers and choices would be lost on the way: those parameters use [`accepts`].
#[must_use]
pub fn scaled(row: &Row, base: f32, turn: &Turn) -> Option<f32> {
    let (from, (low, high)) = (turn.from?, turn.reach);
    let value = row.normalized(base);
    let end = if turn.to > from { high } else { low };
    let left = end - from;
    if turn.to == from {
        return Some(value);
    }
    if left == 0.0 || (turn.to - end).abs() < f32::EPSILON {
        return Some(end);
    }
    Some(value + (end - value) * ((turn.to - from) / left).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests;
