//! Self-play: sections choose the bank, phrases the slot, a drop cuts.
//!
//! Pure, stepped by the conductor on every tick. It only launches slots and cuts; parameters that the performer has
//! touched stay where they are, and a touched pad pauses it for sixteen bars.

use crate::audio::{Passage, Section};
use crate::dream::{Bank, Banks};
use crate::tempo::{Beat, PhraseNow};

const SLOTS: usize = 8;
/// A slot does not come back within this time, unless its bank has no more than a few.
const REST_S: f64 = 600.0;
const FEW: usize = 4;
/// Beats for which self-play pauses after an action of the performer.
const AWAY_BEATS: f64 = 64.0;
/// Bars a slot stays at full self-play; twice and four times that at less. They are counted as the clock counts bars, which
/// begins anew where the music does.
const PHRASE_BARS: i64 = 8;
/// A phrase that ends sooner after a change of section changes nothing.
const SETTLE_BARS: i64 = 3;

/// What self-play wants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Wish {
    /// Bank and slot, both from 1.
    pub bank: usize,
    pub slot: usize,
    /// The beat at which it shall be on the wall; `None` is now.
    pub due_beats: Option<f64>,
    /// A new seed with it.
    pub cut: bool,
}

/// What self-play remembers.
#[derive(Clone, Debug, Default)]
pub(super) struct Auto {
    section: Section,
    drops: u64,
    /// Bar in which the section began, and the last phrase served.
    turned_bar: i64,
    phrase: i64,
    /// The phrase of the DJ's track last served: its number and the phrase's.
    served: Option<(u32, usize)>,
    /// Paused until this beat.
    away_until_beats: Option<f64>,
    /// When each slot of each bank was last played.
    played_s: Vec<[Option<f64>; SLOTS]>,
    thrown: u64,
}

/// The instant of a step.
#[derive(Clone, Copy)]
pub(super) struct AutoContext<'a> {
    pub now_s: f64,
    pub beat: Beat,
    /// The beat it will be when an image asked for now is on the wall.
    pub wall: Beat,
    /// The phrase of the DJ's track when that image is on the wall, if it is known.
    pub phrase: Option<PhraseNow>,
    pub passage: Passage,
    /// Energy over a minute.
    pub energy: f32,
    pub banks: &'a Banks,
    /// What sounds now, from 1.
    pub bank: usize,
    pub slot: usize,
}

impl Auto {
    /// Makes room for `banks` banks, so that steps need not.
    pub fn prepare(&mut self, banks: usize) {
        self.played_s.resize(banks, [None; SLOTS]);
    }

    /// Another show plays: none of its slots has been seen.
    pub fn begin_anew(&mut self, banks: usize) {
        self.played_s.clear();
        self.prepare(banks);
    }

    /// Pauses self-play for [`AWAY_BEATS`] after an action of the performer at `beats`.
    pub fn back_off(&mut self, beats: f64) {
        self.away_until_beats = Some(beats + AWAY_BEATS);
    }

    #[cfg(test)]
    pub fn is_away(&self) -> bool {
        self.away_until_beats.is_some()
    }

    /// Ends the pause.
    pub fn come_back(&mut self) {
        self.away_until_beats = None;
    }

    /// What to launch now, if anything; `amount` is 0..1 of `scene.auto`, and at 0 nothing is launched.
    pub fn step(&mut self, amount: f32, at: &AutoContext<'_>) -> Option<Wish> {
        self.note(at);
        let dropped = std::mem::replace(&mut self.drops, at.passage.drops) != at.passage.drops;
        let before = std::mem::replace(&mut self.section, at.passage.section);
        let turned = before != self.section && !(before == Section::Drop && self.section == Section::Groove);
        let rarer = ((1.0 - amount.clamp(0.0, 1.0)) * 2.0).round() as u32;
        let phrase = at.wall.bar.div_euclid(PHRASE_BARS << rarer);
        if turned || dropped {
            (self.turned_bar, self.phrase) = (at.beat.bar, phrase);
        }
        if amount <= 0.0 || self.away_until_beats.is_some_and(|until| at.beat.beats < until) {
            return None;
        }
        self.away_until_beats = None;
        if turned || dropped {
            let bank = self.bank_for(self.section, at);
            // In silence the current slot stays.
            let wanted = self.section != Section::Silence && (dropped || bank != at.bank);
            return if wanted { self.wish(bank, None, dropped, at) } else { None };
        }
        let begins = std::mem::replace(&mut self.phrase, phrase) != phrase;
        if let Some(phrase) = &at.phrase {
            return self.with_phrase(phrase, 1 << rarer, at);
        }
        // A break is one picture.
        if !begins || self.section == Section::Break || at.wall.bar - self.turned_bar < SETTLE_BARS {
            return None;
        }
        let due = at.wall.beats - f64::from(at.wall.beat_in_bar) - at.wall.phase;
        self.wish(self.bank_for(self.section, at), Some(due), false, at)
    }

    /// A slot for each of the DJ's phrases, or for each `every` of them, and the bank that the show means for its kind.
    fn with_phrase(&mut self, phrase: &PhraseNow, every: usize, at: &AutoContext<'_>) -> Option<Wish> {
        let key = Some((phrase.track_id, phrase.index));
        let before = std::mem::replace(&mut self.served, key);
        if before == key || before.is_none() || !phrase.index.is_multiple_of(every) {
            return None;
        }
        self.wish(self.bank_for(self.section, at), Some(phrase.begins_beats), false, at)
    }

    fn note(&mut self, at: &AutoContext<'_>) {
        if let Some(slots) = self.played_s.get_mut(at.bank - 1) {
            slots[(at.slot - 1) % SLOTS] = Some(at.now_s);
        }
    }

    /// A rested slot of `bank`, or of another that is meant for the same passage. When all have been seen, the picture
    /// that is there stays, at a drop with a new seed; only a bank of a few slots shows them again before.
    fn wish(&mut self, bank: usize, due_beats: Option<f64>, cut: bool, at: &AutoContext<'_>) -> Option<Wish> {
        // A change of phrase spares one rested slot for the start of the next section.
        let spared = usize::from(due_beats.is_some());
        let others = meant(self.section, at).filter(|other| *other != bank);
        let mut banks = std::iter::once(bank).chain(others);
        let found = banks.find_map(|bank| Some((bank, self.rested_slot(bank, spared, at)?)));
        let few = || (texts(bank, at) <= FEW).then(|| (bank, self.longest_away(bank, at)));
        let (bank, slot) = found.or_else(few).or(cut.then_some((at.bank, at.slot)))?;
        Some(Wish { bank, slot, due_beats, cut })
    }

    /// The bank that the show means for the passage; of several, the energy chooses, calm ones first. Where the show
    /// says nothing, the one that sounds.
    fn bank_for(&self, section: Section, at: &AutoContext<'_>) -> usize {
        let place = (at.energy.clamp(0.0, 0.999) * meant(section, at).count() as f32) as usize;
        meant(section, at).nth(place).unwrap_or(at.bank)
    }

    /// The slots of a bank that could be pressed, from 0, and how long each has been away.
    fn candidates<'a>(&self, bank: usize, at: &'a AutoContext<'a>) -> impl Iterator<Item = (usize, f64)> + use<'a> {
        let played = self.played_s.get(bank - 1).copied().unwrap_or_default();
        let here = (bank == at.bank).then_some(at.slot - 1);
        let has_text = move |k: &usize| at.banks.slot(bank - 1, *k).is_some_and(|slot| !slot.calm.is_empty());
        let free = (0..SLOTS).filter(has_text).filter(move |k| Some(*k) != here);
        free.map(move |k| (k, played[k].map_or(f64::INFINITY, |s| at.now_s - s)))
    }

    /// One of the slots that have rested, by chance, when there are more than `spared`; from 1.
    fn rested_slot(&mut self, bank: usize, spared: usize, at: &AutoContext<'_>) -> Option<usize> {
        let rested = || self.candidates(bank, at).filter(|(_, away_s)| *away_s >= REST_S);
        let count = Some(rested().count()).filter(|count| *count > spared)?;
        let by_chance = (super::modulate::dice(self.thrown + 1) * count as f32) as usize;
        let chosen = rested().nth(by_chance.min(count - 1)).map(|(k, _)| k + 1);
        self.thrown += 1;
        chosen
    }

    fn longest_away(&self, bank: usize, at: &AutoContext<'_>) -> usize {
        let longest = self.candidates(bank, at).max_by(|a, b| a.1.total_cmp(&b.1));
        longest.map_or(if bank == at.bank { at.slot } else { 1 }, |(k, _)| k + 1)
    }
}

/// Slots of a bank that say something.
fn texts(bank: usize, at: &AutoContext<'_>) -> usize {
    (0..SLOTS).filter(|k| at.banks.slot(bank - 1, *k).is_some_and(|slot| !slot.calm.is_empty())).count()
}

/// The banks, from 1, that the show means for the phrase's kind, or else for `section`.
fn meant<'a>(section: Section, at: &'a AutoContext<'a>) -> impl Iterator<Item = usize> + use<'a> {
    let kind = at.phrase.map(|phrase| phrase.kind);
    let phrased = at.banks.banks.iter().any(|bank| kind.is_some_and(|kind| bank.phrases.contains(&kind)));
    let fits = move |bank: &Bank| match kind {
        Some(kind) if phrased => bank.phrases.contains(&kind),
        _ => bank.sections.contains(&section),
    };
    at.banks.banks.iter().enumerate().filter(move |(_, bank)| fits(bank)).map(|(k, _)| k + 1)
}

#[cfg(test)]
mod tests;
