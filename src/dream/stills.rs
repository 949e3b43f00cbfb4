//! One picture per slot, made in the background: a pressed pad shows it in the next displayed frame.
//!
//! Written by the generator, read by the renderer's side; neither waits for the other.

use std::sync::Arc;

use arc_swap::ArcSwap;

use super::{Banks, SLOTS, Slot};
use crate::frame::Frame;

struct Still {
    slot: Slot,
    seed: u64,
    frame: Arc<Frame>,
}

/// The shared board. Clones share it.
#[derive(Clone, Default)]
pub struct Stills(Arc<ArcSwap<Vec<Option<Arc<Still>>>>>);

impl Stills {
    /// The still of `bank` and `slot` (from 0), if it was made for the text the slot has now.
    #[must_use]
    pub fn get(&self, banks: &Banks, bank: usize, slot: usize) -> Option<Arc<Frame>> {
        let bank = bank.min(banks.banks.len().saturating_sub(1));
        let still = self.0.load().get(bank * SLOTS + slot)?.clone()?;
        (banks.slot(bank, slot)? == &still.slot).then(|| still.frame.clone())
    }

    /// Lays a still on the board.
    pub fn put(&self, bank: usize, slot: usize, text: Slot, seed: u64, frame: Arc<Frame>) {
        let mut all = (**self.0.load()).clone();
        let place = bank * SLOTS + slot;
        if all.len() <= place {
            all.resize(place + 1, None);
        }
        all[place] = Some(Arc::new(Still { slot: text, seed, frame }));
        self.0.store(Arc::new(all));
    }

    /// The slot whose still should be made next: first `here` (bank and slot from 0), then its bank, then the others.
    /// `seed_of` tells the seed each still should have, `waits` which ones to leave alone for now.
    #[must_use]
    pub fn missing(
        &self,
        banks: &Banks,
        here: (usize, usize),
        seed_of: impl Fn(usize, usize) -> u64,
        waits: impl Fn(usize, usize) -> bool,
    ) -> Option<(usize, usize)> {
        let count = banks.banks.len();
        let all = self.0.load();
        let good = |bank: usize, slot: usize| {
            let still = all.get(bank * SLOTS + slot).and_then(Option::as_ref);
            still.is_some_and(|s| banks.slot(bank, slot) == Some(&s.slot) && s.seed == seed_of(bank, slot))
        };
        let bank = here.0.min(count.saturating_sub(1));
        let banks_in_turn = (0..count).map(|k| (bank + k) % count);
        banks_in_turn
            .flat_map(|b| (0..SLOTS).map(move |s| (b, (here.1 + s) % SLOTS)))
            .find(|&(b, s)| !good(b, s) && !waits(b, s))
    }

    /// How many slots of `banks` have their still, and how many there are.
    #[must_use]
    pub fn progress(&self, banks: &Banks) -> (usize, usize) {
        let total = banks.banks.len() * SLOTS;
        let made = (0..total).filter(|k| self.get(banks, k / SLOTS, k % SLOTS).is_some()).count();
        (made, total)
    }
}
