//! One picture per text, made before it is wanted: a pressed pad shows it in the next displayed frame.
//!
//! Written by the generator, read by the renderer's side; neither waits for the other.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::{Bank, Banks, Picture, SLOTS};

/// A picture of one text, made from noise alone.
pub struct Still {
    /// sRGB, RGBA, 8 bit, row by row from the top left.
    pub pixels: Arc<[u8]>,
    pub width_px: u32,
    pub height_px: u32,
    pub seed: u64,
    /// Denoising calls it was made with.
    pub steps: u32,
}

impl Still {
    #[must_use]
    pub fn new(picture: &Picture, seed: u64, steps: usize) -> Self {
        let (width_px, height_px) = (picture.width_px as u32, picture.height_px as u32);
        Self { pixels: picture.to_rgba(), width_px, height_px, seed, steps: steps as u32 }
    }

    #[must_use]
    pub fn picture(&self) -> Picture {
        Picture::from_rgba(self.width_px as usize, self.height_px as usize, &self.pixels)
    }
}

/// A text without a still, where it stands, and the heat at which it is heard alone: 0 or 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Missing {
    pub text: Arc<str>,
    /// Bank and slot, from 0.
    pub place: (usize, usize),
    pub heat: f32,
}

/// The heat at which a slot's other text is heard alone.
#[must_use]
pub fn other_heat(heat: f32) -> f32 {
    f32::from(heat < 0.5)
}

/// The shared board. Clones share it.
#[derive(Clone, Default)]
pub struct Stills(Arc<ArcSwap<HashMap<Arc<str>, Arc<Still>>>>);

impl Stills {
    /// The still of `bank` and `slot` (from 0): of the calm text, from heat 0.5 on of the peak text. The other one
    /// stands in while there is only that.
    #[must_use]
    pub fn get(&self, banks: &Banks, place: (usize, usize), heat: f32) -> Option<Arc<Still>> {
        self.own(banks, place, heat).or_else(|| self.own(banks, place, other_heat(heat)))
    }

    /// The same, but never the other text's.
    #[must_use]
    pub fn own(&self, banks: &Banks, (bank, slot): (usize, usize), heat: f32) -> Option<Arc<Still>> {
        self.0.load().get(banks.slot(bank, slot)?.text(heat)).cloned()
    }

    /// Lays stills on the board; those of texts that are no longer in `banks` leave it.
    pub fn put(&self, banks: &Banks, new: impl IntoIterator<Item = (Arc<str>, Still)>) {
        let texts: HashSet<&Arc<str>> = banks.texts().collect();
        let new: Vec<_> = new.into_iter().map(|(text, still)| (text, Arc::new(still))).collect();
        // Two threads may lay stills at a time while a show is opened.
        self.0.rcu(|board| {
            let mut board = (**board).clone();
            board.extend(new.iter().cloned());
            board.retain(|text, _| texts.contains(text));
            board
        });
    }

    /// The text whose still should be made next: first that of `here` (bank and slot from 0) at `heat`, then its bank's,
    /// then the other banks'. `seed_of` tells the seed a text's still should have, `waits` which ones to leave alone for
    /// now.
    #[must_use]
    pub fn missing(
        &self,
        banks: &Banks,
        here: (usize, usize),
        heat: f32,
        seed_of: impl Fn(&str) -> u64,
        waits: impl Fn(&Arc<str>) -> bool,
    ) -> Option<Missing> {
        let (count, board) = (banks.banks.len(), self.0.load());
        let near = 1.0 - other_heat(heat);
        let first = here.0.min(count.saturating_sub(1));
        let all = (0..count).map(|k| (first + k) % count).flat_map(|bank| {
            let slots = move || (0..SLOTS).map(move |k| (here.1 + k) % SLOTS);
            [near, 1.0 - near].into_iter().flat_map(move |heat| slots().map(move |slot| ((bank, slot), heat)))
        });
        let of_text = all.filter_map(|(place, heat)| {
            Some(Missing { text: banks.slot(place.0, place.1)?.text(heat).clone(), place, heat })
        });
        let is_good = |text: &Arc<str>| board.get(text).is_some_and(|still| still.seed == seed_of(text));
        of_text.into_iter().find(|one| !is_good(&one.text) && !waits(&one.text))
    }

    /// How many of the texts of `banks` have their still, and how many there are.
    #[must_use]
    pub fn progress(&self, banks: &Banks) -> (usize, usize) {
        let board = self.0.load();
        let texts: HashSet<&Arc<str>> = banks.banks.iter().flat_map(Bank::texts).collect();
        (texts.iter().filter(|text| board.contains_key(**text)).count(), texts.len())
    }
}
