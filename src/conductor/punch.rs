//! Punch-in: a pad that is held plays its slot only as long as the finger stays.

use super::Conductor;
use super::quantise::Press;
use crate::param;
use crate::units::Seconds;

/// A finger that stays this long means to come back. Shorter presses stay.
const HOLD_S: f64 = 0.5;

/// The newest pressed pad, and what sounded before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    press: Press,
    at: Seconds,
    bank: usize,
    slot: usize,
    /// The drawbars, which may have mixed several slots.
    weights: [f32; 8],
}

impl Conductor {
    /// Remembers where to return to when `press` turns out to be held.
    pub(super) fn hold(&mut self, press: Press, at: Seconds) {
        let weights = param::PROMPT_WEIGHTS.map(|w| self.hands.base[w]);
        self.held = Some(Held { press, at, bank: self.mix.bank(), slot: self.snapshot.slot, weights });
    }

    /// The pad of `slot` was let go; 0 is whichever was pressed last. Goes back when it was held and is what sounds;
    /// true when it did.
    pub(super) fn let_go(&mut self, slot: f32, at: Seconds) -> bool {
        let own =
            |held: &mut Held| matches!(held.press, Press::Slot { slot: n, .. } if slot == 0.0 || n as f32 == slot);
        let Some(held) = self.held.take_if(own) else { return false };
        let sounds = Press::Slot { bank: self.mix.bank(), slot: self.snapshot.slot };
        let home = Press::Slot { bank: held.bank, slot: held.slot };
        if at.since(held.at) < HOLD_S || held.press != sounds || home == sounds {
            return false;
        }
        // A press that waits for its beat is newer than the finger that goes.
        self.waiting.clear();
        self.hands.set(param::PROMPT_SLOT, held.slot as f32);
        self.obey(home, at, self.tempo.clock().at(at).beats);
        if self.place().0 == held.bank && held.weights.iter().filter(|w| **w > 0.0).count() > 1 {
            for (id, weight) in param::PROMPT_WEIGHTS.into_iter().zip(held.weights) {
                self.hands.base[id] = weight;
            }
            self.drawn = true;
        }
        true
    }
}
