//! Punch-in: a pad that is held plays its slot only as long as the finger stays.

use super::Conductor;
use super::quantise::Press;
use crate::param;
use crate::units::Seconds;

/// A finger that stays this long means to come back. Shorter presses stay.
const HOLD_S: f64 = 0.5;

/// Fingers that are followed at once.
const FINGERS: usize = 8;

/// A pad under a finger.
#[derive(Clone, Copy, Debug)]
struct Held {
    press: Press,
    at: Seconds,
    home: Home,
}

/// What sounded before a pad was pressed.
#[derive(Clone, Copy, Debug)]
struct Home {
    bank: usize,
    slot: usize,
    /// The drawbars, which may have mixed several slots.
    weights: [f32; 8],
}

/// Pads under fingers, the newest last.
#[derive(Debug)]
pub(super) struct Fingers(Vec<Held>);

impl Default for Fingers {
    fn default() -> Self {
        Self(Vec::with_capacity(FINGERS))
    }
}

impl Fingers {
    pub fn lift_all(&mut self) {
        self.0.clear();
    }

    fn put(&mut self, held: Held) {
        // A sender that tells of no releases presses the same pad again and again.
        self.0.retain(|other| other.press != held.press);
        if self.0.len() == FINGERS {
            self.0.remove(0);
        }
        self.0.push(held);
    }

    /// The finger on the pad of `slot` goes, 0 is the newest. Its pad, when no other finger came after it; one that did
    /// goes home to where this one would have, had it been held.
    fn lift(&mut self, slot: f32, at: Seconds) -> Option<Held> {
        let is = |held: &Held| matches!(held.press, Press::Slot { slot: n, .. } if slot == 0.0 || n as f32 == slot);
        let place = self.0.iter().rposition(is)?;
        let lifted = self.0.remove(place);
        let Some(after) = self.0.get_mut(place) else { return Some(lifted) };
        let from_here = lifted.press == Press::Slot { bank: after.home.bank, slot: after.home.slot };
        if from_here && at.since(lifted.at) >= HOLD_S {
            after.home = lifted.home;
        }
        None
    }
}

impl Conductor {
    /// Remembers where to return to when `press` turns out to be held.
    pub(super) fn hold(&mut self, press: Press, at: Seconds) {
        let weights = param::PROMPT_WEIGHTS.map(|w| self.hands.base[w]);
        let home = Home { bank: self.mix.bank(), slot: self.snapshot.slot, weights };
        self.fingers.put(Held { press, at, home });
    }

    /// The pad of `slot` was let go; 0 is whichever was pressed last. Goes back when it was held and is what sounds;
    /// true when it did.
    pub(super) fn let_go(&mut self, slot: f32, at: Seconds) -> bool {
        let Some(Held { press, at: pressed, home }) = self.fingers.lift(slot, at) else { return false };
        let sounds = Press::Slot { bank: self.mix.bank(), slot: self.snapshot.slot };
        let back = Press::Slot { bank: home.bank, slot: home.slot };
        if at.since(pressed) < HOLD_S || press != sounds || back == sounds {
            return false;
        }
        // A press that waits for its beat is newer than the finger that goes.
        self.waiting.clear();
        self.hands.set(param::PROMPT_SLOT, home.slot as f32);
        self.obey(back, at, self.tempo.clock().at(at).beats);
        if self.place().0 == home.bank && home.weights.iter().filter(|w| **w > 0.0).count() > 1 {
            for (id, weight) in param::PROMPT_WEIGHTS.into_iter().zip(home.weights) {
                self.hands.base[id] = weight;
            }
            self.drawn = true;
        }
        true
    }
}
