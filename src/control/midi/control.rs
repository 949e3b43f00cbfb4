//! What is known of one control under one binding: whether it is down, tapped twice or held, where it stands, what it is.

use super::endless::{self, Endless};
use crate::control::controllers::Swept;
use crate::units::Seconds;

/// The state of one control under one binding.
#[derive(Clone, Default)]
pub struct Control {
    /// Since when the button is down.
    pub down: Option<Seconds>,
    pub tapping: Tapping,
    pub storing: Storing,
    /// It gave its parameter back, and *back* is still held.
    pub given_back: bool,
    /// Where the knob stands, 0..1, on whatever layer it was moved; `None` until it is.
    pub position: Option<f32>,
    pub endless: Endless,
}

/// A look is stored by a pad that is held with shift, and a taken one by a second press soon after.
#[derive(Clone, Default)]
pub struct Storing {
    pub since: Option<Seconds>,
    stored: Option<Seconds>,
}

/// A look's pad is held this long, with shift, to store it; and so soon a second press counts.
const STORE_S: f64 = 1.0;
const AGAIN_S: f64 = 4.0;

impl Storing {
    /// Pressed with shift; true when that stores at once.
    pub fn press(&mut self, at: Seconds) -> bool {
        let again = self.stored.take().is_some_and(|stored| at.since(stored) <= AGAIN_S);
        self.since = (!again).then_some(at);
        again
    }

    /// True once, when it has been held long enough.
    pub fn is_due(&mut self, now: Seconds) -> bool {
        let due = self.since.take_if(|since| now.since(*since) >= STORE_S).is_some();
        if due {
            self.stored = Some(now);
        }
        due
    }
}

/// Two taps in a row latch a momentary button.
#[derive(Clone, Default)]
pub struct Tapping {
    last: Option<Seconds>,
    pub latched: bool,
}

/// The second tap comes this soon.
const TWO_TAPS_S: f64 = 0.4;

impl Tapping {
    pub fn press(&mut self, at: Seconds) {
        let soon = self.last.take().is_some_and(|last| at.since(last) <= TWO_TAPS_S);
        if std::mem::replace(&mut self.latched, soon) {
            // The tap that ends a latch is no first one.
            self.latched = false;
        } else if !soon {
            self.last = Some(at);
        }
    }
}

impl Control {
    /// Whether the value of a coarse knob that just came is an encoder's first step back and not a position. `found` is told
    /// what the knob turned out to be.
    pub fn turns_back(&mut self, swept: Swept, found: impl FnOnce(endless::Kind)) -> bool {
        if self.endless.hear(swept.value) {
            found(self.endless.kind());
        }
        self.endless.turns_back()
    }
}
