//! The bottom layer: what the hands set. Clamps, counts, and lets knobs pick up softly.

use crate::control::takeover;
use crate::param::{COUNT, Change, Id, Values};

/// What happened to events, for the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub clamped: u64,
    pub held_by_takeover: u64,
}

/// Base values, what self-play lays over them, and what is needed to change them well.
pub struct Hands {
    pub base: Values,
    /// What self-play brought along: it counts where no hand has touched.
    brought: [Option<f32>; COUNT],
    pub counts: Counts,
    touched: [bool; COUNT],
}

impl Default for Hands {
    fn default() -> Self {
        let (base, counts) = (Values::default(), Counts::default());
        Self { base, brought: [None; COUNT], counts, touched: [false; COUNT] }
    }
}

impl Hands {
    /// Sets a value that no hand has touched yet.
    pub fn suggest(&mut self, id: Id, value: f32) {
        if !self.touched[id.index()] {
            self.base[id] = id.row().clamp(value);
        }
    }

    /// Self-play brings these values and no others; the base stays as it is.
    pub fn bring(&mut self, values: &[(Id, f32)]) {
        self.brought = [None; COUNT];
        for (id, value) in values {
            self.brought[id.index()] = Some(id.row().clamp(*value));
        }
    }

    /// What is played by: what self-play brought where no hand has touched, else the base.
    pub fn led(&self) -> Values {
        let mut led = self.base;
        Id::all().for_each(|id| led[id] = self.led_of(id));
        led
    }

    /// The one value of [`Hands::led`].
    pub fn led_of(&self, id: Id) -> f32 {
        self.brought[id.index()].filter(|_| !self.touched[id.index()]).unwrap_or(self.base[id])
    }

    /// Sets a value on behalf of a hand (panic).
    pub fn set(&mut self, id: Id, value: f32) {
        self.touched[id.index()] = true;
        self.base[id] = id.row().clamp(value);
    }

    /// Forgets that a hand touched `id`, which then has `value`; false when none had.
    pub fn release(&mut self, id: Id, value: f32) -> bool {
        if std::mem::take(&mut self.touched[id.index()]) {
            self.base[id] = id.row().clamp(value);
            return true;
        }
        false
    }

    /// Applies a change; false when takeover holds it back or it makes no sense for this kind.
    pub fn change(&mut self, id: Id, change: &Change) -> bool {
        let row = id.row();
        let now = self.base[id];
        let wanted = match *change {
            Change::Set(value) => value,
            Change::Travel(travel) => row.at_travel(travel),
            Change::Knob(turn) => {
                if !takeover::accepts(row, now, &turn) {
                    self.counts.held_by_takeover += 1;
                    return false;
                }
                row.at_travel(turn.to)
            }
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
        let value = row.clamp(wanted);
        self.touched[id.index()] = true;
        self.base[id] = value;
        true
    }
}

/// The amount a trigger fires with, or `None` for a release.
pub fn trigger_amount(change: &Change) -> Option<f32> {
    let amount = match *change {
        Change::Set(value) | Change::Travel(value) | Change::Add(value) => value,
        Change::Knob(turn) => turn.to,
        Change::Steps(steps) => steps,
        Change::Toggle | Change::Multiply(_) => 1.0,
        Change::Text(_) | Change::Release(_) => return None,
    };
    (amount != 0.0 && amount.is_finite()).then_some(amount)
}
