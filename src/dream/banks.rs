//! Prompt banks: eight slots a bank, each with a calm and a peak text.
//!
//! Written by the conductor (`prompt.text`) and by a show reload; read by the generator and by OSC queries.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arc_swap::ArcSwap;

use crate::audio::Section;
use crate::param::Id;
use crate::tempo::PhraseKind;

/// Slots in a bank.
pub const SLOTS: usize = 8;

/// One prompt: its calm text (`prompt.heat` 0) and its peak text (1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    pub calm: Arc<str>,
    pub peak: Arc<str>,
}

impl Slot {
    /// A slot that says the same at every heat.
    #[must_use]
    pub fn plain(text: impl Into<Arc<str>>) -> Self {
        let calm: Arc<str> = text.into();
        Self { peak: calm.clone(), calm }
    }

    /// The text whose still is shown at `heat`: from 0.5 on the peak text.
    #[must_use]
    pub fn text(&self, heat: f32) -> &Arc<str> {
        if heat < 0.5 { &self.calm } else { &self.peak }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Bank {
    pub name: Arc<str>,
    pub slots: [Slot; SLOTS],
    /// Sections of the music in which self-play chooses this bank.
    pub sections: Vec<Section>,
    /// Kinds of phrases in which self-play chooses it, where the DJ's phrases are known.
    pub phrases: Vec<PhraseKind>,
    /// Values set when the bank becomes active, for parameters that the performer has not touched.
    pub values: Vec<(Id, f32)>,
    /// Its colours from dark to bright, sRGB, for `look.palette`; none: those of the pictures.
    pub palette: Vec<[u8; 3]>,
}

impl Bank {
    /// Every text of every slot, calm and peak.
    pub fn texts(&self) -> impl Iterator<Item = &Arc<str>> {
        self.slots.iter().flat_map(|slot| [&slot.calm, &slot.peak])
    }
}

/// All banks of a show, and the negative prompt.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Banks {
    pub banks: Vec<Bank>,
    pub negative: Arc<str>,
    /// Counts up with every change of any text.
    pub revision: u64,
}

impl Banks {
    /// Every text of every slot, calm and peak, and the negative.
    pub fn texts(&self) -> impl Iterator<Item = &Arc<str>> {
        self.banks.iter().flat_map(Bank::texts).chain([&self.negative])
    }

    /// The slot at `bank` and `slot`, both counted from 0; past the end the last one.
    #[must_use]
    pub fn slot(&self, bank: usize, slot: usize) -> Option<&Slot> {
        let bank = self.banks.get(bank.min(self.banks.len().saturating_sub(1)))?;
        bank.slots.get(slot.min(SLOTS - 1))
    }
}

/// The banks, shared by all threads. Reads never wait; an old version is freed with its last reader.
#[derive(Clone)]
pub struct TextBoard(Arc<Board>);

struct Board {
    banks: ArcSwap<Banks>,
    /// The banks as the show file has them: a slot that differs from it was rewritten while playing.
    written: ArcSwap<Banks>,
    /// Active bank and slot, from 0: `bank * SLOTS + slot`.
    sounding: AtomicUsize,
}

impl TextBoard {
    #[must_use]
    pub fn new(banks: Banks) -> Self {
        let written = ArcSwap::from_pointee(banks.clone());
        Self(Arc::new(Board { banks: ArcSwap::from_pointee(banks), written, sounding: AtomicUsize::new(0) }))
    }

    /// The texts as they are now.
    #[must_use]
    pub fn read(&self) -> Arc<Banks> {
        self.0.banks.load_full()
    }

    /// Sets the active bank and slot, counted from 0.
    pub fn sound(&self, bank: usize, slot: usize) {
        self.0.sounding.store(bank * SLOTS + slot.min(SLOTS - 1), Ordering::Relaxed);
    }

    /// The calm text of the active slot.
    #[must_use]
    pub fn sounding(&self) -> Arc<str> {
        let place = self.0.sounding.load(Ordering::Relaxed);
        self.read().slot(place / SLOTS, place % SLOTS).map_or_else(|| "".into(), |s| s.calm.clone())
    }

    /// Takes over an edited show. A slot rewritten while playing stays, unless the edit touched that very slot.
    pub fn reload(&self, mut banks: Banks) -> u64 {
        self.keep_rewritten(&mut banks);
        self.replace(banks)
    }

    /// Puts slots that were rewritten while playing into `banks`, an edit of the show's, where it left them alone.
    fn keep_rewritten(&self, banks: &mut Banks) {
        let (now, before) = (self.read(), self.0.written.load_full());
        self.0.written.store(Arc::new(banks.clone()));
        for (bank, edited) in banks.banks.iter_mut().enumerate() {
            for (slot, edited) in edited.slots.iter_mut().enumerate() {
                let known = |banks: &Banks| banks.banks.get(bank).map(|b| b.slots[slot].clone());
                if let (Some(live), Some(old)) = (known(&now), known(&before))
                    && *edited == old
                {
                    *edited = live;
                }
            }
        }
    }

    /// Takes over an edit of a show that has just taken over: the banks behind its own, of which there were `before`, stay.
    pub fn reload_before(&self, mut banks: Banks, before: usize) -> u64 {
        self.keep_rewritten(&mut banks);
        banks.banks.extend(self.read().banks.iter().skip(before).cloned());
        self.replace(banks)
    }

    /// Lays the banks of another show before those that are there, which stay for as long as they are left in the mix.
    pub fn lay_before(&self, mut banks: Banks) -> u64 {
        self.0.written.store(Arc::new(banks.clone()));
        banks.banks.extend(self.read().banks.iter().cloned());
        self.replace(banks)
    }

    /// Takes all banks but the first `count` off the board.
    pub fn keep_first(&self, count: usize) -> u64 {
        let mut banks = (*self.read()).clone();
        banks.banks.truncate(count);
        self.replace(banks)
    }

    /// Replaces every text. Revision keeps counting up.
    fn replace(&self, mut banks: Banks) -> u64 {
        banks.revision = self.read().revision + 1;
        let revision = banks.revision;
        self.0.banks.store(Arc::new(banks));
        revision
    }

    /// Rewrites one slot, calm and peak; counted from 0.
    pub fn rewrite(&self, bank: usize, slot: usize, text: &Arc<str>) -> u64 {
        let mut banks = (*self.read()).clone();
        let last = banks.banks.len().saturating_sub(1);
        if let Some(place) = banks.banks.get_mut(bank.min(last)).and_then(|b| b.slots.get_mut(slot)) {
            *place = Slot::plain(text.clone());
        }
        self.replace(banks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn banks(texts: [&str; 2]) -> Banks {
        let slots = std::array::from_fn(|k| Slot::plain(texts[k.min(1)]));
        Banks {
            banks: vec![Bank {
                name: "a".into(),
                slots,
                sections: vec![],
                phrases: vec![],
                values: vec![],
                palette: vec![],
            }],
            negative: "".into(),
            revision: 0,
        }
    }

    #[test]
    fn an_edit_keeps_what_was_rewritten_elsewhere() {
        let board = TextBoard::new(banks(["one", "two"]));
        board.rewrite(0, 0, &"live".into());
        board.reload(banks(["one", "new"]));
        let read = board.read();
        assert_eq!((&*read.banks[0].slots[0].calm, &*read.banks[0].slots[1].calm), ("live", "new"));
        board.reload(banks(["edited", "new"]));
        assert_eq!(&*board.read().banks[0].slots[0].calm, "edited");
    }
}
