//! The mix of the eight slots: pressed, drawn by hand, or walking by itself.

use super::bars;

const SLOTS: usize = 8;
const NOTHING: [f32; SLOTS] = [0.0; SLOTS];
/// The largest share of its time that the walk spends between two slots.
const MOST_GLIDE: f64 = 0.5;

/// Who moves the mix.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mover {
    /// A pressed slot: from `Mix::from` to the slot, `begun` beats, over `glide` beats.
    Glide { begun: f64, glide: f64 },
    /// The eight drawbars.
    Drawbars,
    /// The walk (`prompt.walk`), at this place on the ring of slots: the whole part is the slot, the fraction the share
    /// of its time that is over.
    Walk { place: f64 },
}

pub struct Mix {
    mover: Mover,
    /// A drawbar moved since the last step. Several may move between two steps, so the next step applies them together.
    pub drawbars_moved: bool,
    /// The slot last pressed, 1-based.
    slot: usize,
    /// The bank that sounds; it follows `prompt.bank` only when a slot is pressed or a drawbar moved.
    bank: usize,
    /// While a glide crosses banks: the bank it comes from, and what is left of it.
    old_bank: usize,
    old: [f32; SLOTS],
    from: [f32; SLOTS],
    goal: [f32; SLOTS],
    now: [f32; SLOTS],
    gliding: f32,
    beats: Option<f64>,
    /// While a show takes over: how many banks are its own. Those behind them only fade.
    own_banks: Option<usize>,
}

impl Default for Mix {
    fn default() -> Self {
        let first = one(0);
        Self {
            mover: Mover::Glide { begun: 0.0, glide: 0.0 },
            drawbars_moved: false,
            slot: 1,
            bank: 1,
            old_bank: 1,
            old: NOTHING,
            from: first,
            goal: first,
            now: first,
            gliding: 0.0,
            beats: None,
            own_banks: None,
        }
    }
}

impl Mix {
    /// Glides to `slot` of `bank` (both 1-based) over `glide` beats.
    pub fn press(&mut self, bank: usize, slot: usize, beats: f64, glide: f64) {
        if bank != self.bank {
            self.leave_bank(bank);
        }
        self.slot = slot;
        self.from = self.now;
        self.goal = one(slot.saturating_sub(1));
        self.mover = Mover::Glide { begun: beats, glide };
    }

    /// Makes `bank` the sounding one. Two banks can sound at a time: back to the one being left, its remaining
    /// shares go on from where they are; to a third, the heavier of the two stays behind.
    fn leave_bank(&mut self, bank: usize) {
        let sum = |shares: &[f32; SLOTS]| shares.iter().sum::<f32>();
        if bank == self.old_bank {
            std::mem::swap(&mut self.old, &mut self.now);
            self.old_bank = self.bank;
        } else {
            if sum(&self.now) >= sum(&self.old) {
                (self.old_bank, self.old) = (self.bank, self.now);
            }
            self.now = NOTHING;
        }
        self.bank = bank;
    }

    /// So many banks were put before all others.
    pub fn move_banks(&mut self, new: usize) {
        self.bank += new;
        self.old_bank += new;
        self.own_banks = Some(new);
    }

    /// The show that takes over was edited: it had `before` banks and has `now`.
    pub fn recount(&mut self, before: usize, now: usize) {
        self.own_banks = Some(now);
        if self.old_bank > before {
            self.old_bank = self.old_bank - before + now;
        }
        self.bank = self.bank.min(now.max(1));
    }

    /// The banks of the show before are gone.
    pub fn settle(&mut self) {
        self.own_banks = None;
    }

    /// How many banks may be played, of `all` on the board.
    pub fn playable(&self, all: usize) -> usize {
        self.own_banks.unwrap_or(all).min(all)
    }

    /// Whether banks of a show before still fade.
    pub fn takes_over(&self) -> bool {
        self.own_banks.is_some()
    }

    /// How long the glide under way takes altogether, in beats; 0 without one.
    pub fn glide_beats(&self) -> f64 {
        if let Mover::Glide { glide, .. } = self.mover { glide } else { 0.0 }
    }

    /// Is at `slot` of `bank` (both 1-based) at once.
    pub fn jump(&mut self, bank: usize, slot: usize) {
        self.press(bank, slot, f64::NEG_INFINITY, 0.0);
        self.old = NOTHING;
        self.now = self.goal;
        self.gliding = 0.0;
    }

    /// Follows the drawbars of `bank` (1-based); when all are zero the last mix stays.
    pub fn drawbars(&mut self, bank: usize, weights: [f32; SLOTS]) {
        let sum: f32 = weights.iter().sum();
        if sum > 0.0 {
            self.old = NOTHING;
            self.bank = bank;
            self.goal = weights.map(|w| w / sum);
        } else if self.old.iter().sum::<f32>() > 0.0 {
            // A glide between banks ends where it was going: half of it is no mix to stay at.
            return;
        } else if self.mover != Mover::Drawbars {
            self.goal = self.now;
        }
        self.mover = Mover::Drawbars;
    }

    /// Moves on to `beats`; `walk` is in slots per bar. It rests on each slot, then glides to the next over `glide` beats,
    /// or over [`MOST_GLIDE`] of its time if that is less. A touched drawbar suspends the walk until a slot is pressed.
    pub fn step(&mut self, beats: f64, walk: f64, glide: f64) {
        let since = self.beats.map_or(0.0, |last| (beats - last).max(0.0));
        self.beats = Some(beats);
        self.gliding = 0.0;
        match self.mover {
            Mover::Drawbars => self.now = self.goal,
            Mover::Glide { begun, glide } => {
                let t = if glide > 0.0 { ((beats - begun) / glide).clamp(0.0, 1.0) as f32 } else { 1.0 };
                self.now = blend(&self.from, &self.goal, t);
                self.gliding = 1.0 - t;
                // Shares always sum to 1 over both banks: what has not arrived is still where it was.
                let arrived: f32 = self.now.iter().sum();
                let left: f32 = self.old.iter().sum();
                if left > 0.0 {
                    self.old = self.old.map(|w| w / left * (1.0 - arrived).max(0.0));
                }
                if t >= 1.0 && walk > 0.0 {
                    self.mover = Mover::Walk { place: self.heaviest() as f64 };
                }
            }
            Mover::Walk { place } if walk > 0.0 => {
                let place = (place + bars(since) * walk).rem_euclid(SLOTS as f64);
                self.mover = Mover::Walk { place };
                let slot = place.floor() as usize % SLOTS;
                let gliding = (bars(glide) * walk).clamp(0.0, MOST_GLIDE);
                let left = 1.0 - place.fract();
                let part = if left < gliding { (1.0 - left / gliding) as f32 } else { 0.0 };
                let eased = part * part * (3.0 - 2.0 * part);
                self.now = blend(&one(slot), &one((slot + 1) % SLOTS), eased);
            }
            // The walk was switched off: it waits where it is.
            Mover::Walk { .. } => {}
        }
    }

    /// Shares of the sounding bank's slots. With [`Mix::old`] they sum to 1.
    pub fn shares(&self) -> [f32; SLOTS] {
        self.now
    }

    /// The sounding bank, 1-based.
    pub fn bank(&self) -> usize {
        self.bank
    }

    /// The slot last pressed, 1-based.
    pub fn slot(&self) -> usize {
        self.slot
    }

    /// While a glide crosses banks: the bank it comes from and what is left of its slots.
    pub fn old(&self) -> (usize, [f32; SLOTS]) {
        (self.old_bank, self.old)
    }

    /// Position of the heaviest slot of the sounding bank, from 0.
    pub fn heaviest(&self) -> usize {
        let shares = if self.gliding > 0.0 { &self.goal } else { &self.now };
        (0..SLOTS).fold(0, |best, k| if shares[k] > shares[best] { k } else { best })
    }

    /// 1 as a glide starts, 0 when it has arrived.
    pub fn gliding(&self) -> f32 {
        self.gliding
    }
}

fn one(slot: usize) -> [f32; SLOTS] {
    std::array::from_fn(|k| if k == slot { 1.0 } else { 0.0 })
}

fn blend(a: &[f32; SLOTS], b: &[f32; SLOTS], t: f32) -> [f32; SLOTS] {
    std::array::from_fn(|k| a[k] + (b[k] - a[k]) * t)
}
