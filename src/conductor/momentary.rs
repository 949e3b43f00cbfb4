//! Momentary pads: a pad that is held plays its slot only as long as the finger stays.

use super::launch::Launch;
use crate::units::Seconds;

/// A pad held for this long, in seconds, means to come back. Shorter presses stay.
const HOLD_S: f64 = 0.5;

/// Pads that are followed at once.
const PADS: usize = 8;

/// A pad under a finger.
#[derive(Clone, Copy, Debug)]
struct Held {
    launch: Launch,
    at: Seconds,
    back: ReturnTo,
}

/// What sounded before a pad was pressed. Bank and slot count from 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ReturnTo {
    pub bank: usize,
    pub slot: usize,
    /// The drawbars, which may have mixed several slots.
    pub weights: [f32; 8],
}

impl ReturnTo {
    pub fn launch(&self) -> Launch {
        Launch::Slot { bank: self.bank, slot: self.slot }
    }
}

/// Pads under fingers, the newest last.
#[derive(Debug)]
pub(super) struct Momentary(Vec<Held>);

impl Default for Momentary {
    fn default() -> Self {
        Self(Vec::with_capacity(PADS))
    }
}

impl Momentary {
    /// No pad is held any more.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// A pad was pressed; `back` is where to return to should it turn out to be held.
    pub fn press(&mut self, launch: Launch, at: Seconds, back: ReturnTo) {
        // A sender that tells of no releases presses the same pad again and again.
        self.0.retain(|other| other.launch != launch);
        if self.0.len() == PADS {
            self.0.remove(0);
        }
        self.0.push(Held { launch, at, back });
    }

    /// The pad of `slot` was let go; 0 is whichever was pressed last. Where to return to, when it was held and is what
    /// sounds.
    pub fn release(&mut self, slot: f32, at: Seconds, sounding: Launch) -> Option<ReturnTo> {
        let Held { launch, at: pressed, back } = self.lift(slot, at)?;
        let held = at.since(pressed) >= HOLD_S && launch == sounding && back.launch() != sounding;
        held.then_some(back)
    }

    /// Its pad, when no other finger came after it; one that did returns to where this one would have, had it been
    /// held.
    fn lift(&mut self, slot: f32, at: Seconds) -> Option<Held> {
        let is = |held: &Held| matches!(held.launch, Launch::Slot { slot: n, .. } if slot == 0.0 || n as f32 == slot);
        let place = self.0.iter().rposition(is)?;
        let lifted = self.0.remove(place);
        let Some(after) = self.0.get_mut(place) else { return Some(lifted) };
        if lifted.launch == after.back.launch() && at.since(lifted.at) >= HOLD_S {
            after.back = lifted.back;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_pad_returns_and_a_tapped_one_stays() {
        let slot = |slot| Launch::Slot { bank: 1, slot };
        let from = |slot| ReturnTo { bank: 1, slot, weights: [0.0; 8] };
        let mut pads = Momentary::default();
        pads.press(slot(3), Seconds(0.0), from(1));
        assert_eq!(pads.release(3.0, Seconds(0.2), slot(3)), None);
        pads.press(slot(4), Seconds(1.0), from(3));
        assert_eq!(pads.release(4.0, Seconds(2.0), slot(4)), Some(from(3)));
        pads.press(slot(5), Seconds(3.0), from(3));
        pads.press(slot(6), Seconds(4.0), from(5));
        assert_eq!(pads.release(5.0, Seconds(4.5), slot(6)), None, "another pad sounds");
        assert_eq!(
            pads.release(0.0, Seconds(5.0), slot(6)),
            Some(from(3)),
            "and returns to where the first would have"
        );
    }
}
