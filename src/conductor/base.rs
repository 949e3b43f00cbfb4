//! The bottom layer: the base value of every parameter, as the controls set it. Clamps values to their ranges, counts
//! what was clamped or held back, and applies soft takeover (pickup) to knobs.

use crate::param::{COUNT, Change, Id, Kind, Turn, Values, WaitingKnob, takeover};
use crate::units::Seconds;

/// What happened to events, for the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventCounts {
    pub clamped: u64,
    pub held_by_takeover: u64,
}

/// Before every show.
const NEVER: Seconds = Seconds(f64::NEG_INFINITY);

/// Base values, and which of them a hand has touched.
pub struct BaseValues {
    pub values: Values,
    pub counts: EventCounts,
    touched: [bool; COUNT],
    /// When a hand touched it last.
    touched_at: [Seconds; COUNT],
    /// The knob that was held back last, until it is taken or another hand sets its parameter.
    pub waiting: Option<WaitingKnob>,
}

impl Default for BaseValues {
    fn default() -> Self {
        Self {
            values: Values::default(),
            counts: EventCounts::default(),
            touched: [false; COUNT],
            touched_at: [NEVER; COUNT],
            waiting: None,
        }
    }
}

impl BaseValues {
    /// Whether a hand has set `id` since it was last released.
    pub fn is_touched(&self, id: Id) -> bool {
        self.touched[id.index()]
    }

    /// Sets a value on behalf of the show, unless a hand has touched it.
    pub fn suggest(&mut self, id: Id, value: f32) {
        if !self.is_touched(id) {
            self.values[id] = id.row().clamp(value);
        }
    }

    /// Sets a value on behalf of a show that opens: no hand has touched it any more.
    pub fn give(&mut self, id: Id, value: f32) {
        self.touched[id.index()] = false;
        self.values[id] = id.row().clamp(value);
    }

    /// Sets a value on behalf of a hand (panic).
    pub fn set(&mut self, id: Id, value: f32) {
        self.waiting.take_if(|waiting| waiting.id == id);
        self.touched[id.index()] = true;
        self.values[id] = id.row().clamp(value);
    }

    /// Sets a value on behalf of a look, which a hand asked for.
    pub fn move_to(&mut self, id: Id, value: f32) {
        self.touched[id.index()] = true;
        self.values[id] = id.row().clamp(value);
    }

    /// Whether a hand moved `id` after `since`.
    pub fn was_touched_after(&self, id: Id, since: Seconds) -> bool {
        self.touched_at[id.index()].0 >= since.0
    }

    /// Forgets that a hand touched `id`, which then has `value`; false when none had.
    pub fn release(&mut self, id: Id, value: f32) -> bool {
        if std::mem::take(&mut self.touched[id.index()]) {
            self.values[id] = id.row().clamp(value);
            return true;
        }
        false
    }

    /// Remembers that a knob does nothing yet; false, for [`Self::change`].
    fn hold_back(&mut self, id: Id, turn: &Turn, at: Seconds) -> bool {
        self.counts.held_by_takeover += 1;
        self.waiting = Some(WaitingKnob { id, below: turn.to < id.row().normalized(self.values[id]), at });
        false
    }

    /// Applies a change that came at `at`; false when takeover holds it back or it makes no sense for this kind.
    pub fn change(&mut self, id: Id, change: &Change, at: Seconds) -> bool {
        let row = id.row();
        let now = self.values[id];
        let wanted = match *change {
            Change::Set(value) => value,
            Change::Normalized(travel) => row.plain(travel),
            Change::Knob(turn) => {
                if !takeover::accepts(row, now, &turn) {
                    return self.hold_back(id, &turn, at);
                }
                row.plain(turn.to)
            }
            Change::Scaled(turn) => match takeover::scaled(row, now, &turn) {
                Some(travel) if matches!(row.kind, Kind::Float { .. }) => row.plain(travel),
                _ if takeover::accepts(row, now, &turn) => row.plain(turn.to),
                _ => return self.hold_back(id, &turn, at),
            },
            Change::Add(amount) => now + amount,
            Change::Multiply(factor) => now * factor,
            Change::Steps(steps) => now + steps * row.step,
            Change::Toggle if now > row.range().0 => row.range().0,
            Change::Toggle => row.range().1,
            Change::Text(_) | Change::Release(_) => return false,
        };
        let (min, max) = row.range();
        if !(min..=max).contains(&wanted) {
            self.counts.clamped += 1;
        }
        if wanted.is_nan() {
            return false;
        }
        self.touched_at[id.index()] = at;
        self.set(id, wanted);
        true
    }
}

/// The amount a trigger fires with, or `None` for a release.
pub fn trigger_amount(change: &Change) -> Option<f32> {
    let amount = match *change {
        Change::Set(value) | Change::Normalized(value) | Change::Add(value) => value,
        Change::Knob(turn) | Change::Scaled(turn) => turn.to,
        Change::Steps(steps) => steps,
        Change::Toggle | Change::Multiply(_) => 1.0,
        Change::Text(_) | Change::Release(_) => return None,
    };
    (amount != 0.0 && amount.is_finite()).then_some(amount)
}
