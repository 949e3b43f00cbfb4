//! Looks: what plays, stored in one of sixteen places and brought back over some beats. A parameter that a hand touches
//! meanwhile stays with the hand.

use super::base::BaseValues;
use crate::param::{self, COUNT, Id, Kind, Values};
use crate::units::Seconds;

/// Looks that can be stored, numbered from 1.
pub const LOOKS: usize = 16;

/// A parameter that was touched so short before a look is recalled is left to the hand.
const TOUCHED_S: f64 = 0.5;
/// Within this time a look that is taken must be stored a second time.
const SURE_S: f64 = 4.0;

/// Base values, none for parameters that the look leaves alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    values: [Option<f32>; COUNT],
    /// The noise that pictures grow from, where the look was kept for its picture.
    pub seed: Option<u64>,
}

impl Look {
    /// Of everything that belongs to a look.
    fn of(values: &Values) -> Self {
        let mut look = Self { values: [None; COUNT], seed: None };
        Id::all().filter(|id| belongs(*id)).for_each(|id| look.values[id.index()] = Some(values[id]));
        look
    }

    /// Of some values; those that belong to no look are left out.
    #[must_use]
    pub fn from_values(values: &[(Id, f32)]) -> Self {
        let mut look = Self { values: [None; COUNT], seed: None };
        for (id, value) in values.iter().filter(|(id, _)| belongs(*id)) {
            look.values[id.index()] = Some(id.row().clamp(*value));
        }
        look
    }

    /// The same, with the noise of a kept picture.
    #[must_use]
    pub fn with_seed(self, seed: Option<u64>) -> Self {
        Self { seed, ..self }
    }

    /// What it holds, in the table's order.
    pub fn values(&self) -> impl Iterator<Item = (Id, f32)> {
        Id::all().filter_map(|id| Some((id, self.values[id.index()]?)))
    }

    fn get(&self, id: Id) -> Option<f32> {
        self.values[id.index()]
    }
}

/// All sixteen, from the first.
pub type Shelf = [Option<Look>; LOOKS];

/// Whether `id` is part of looks: what the picture is made of and how it moves and looks, not the clock, the master or the room.
pub fn belongs(id: Id) -> bool {
    let row = id.row();
    let group = row.id.split('.').next().unwrap_or_default();
    let plays = ["prompt", "dream", "morph", "motion", "look", "route", "feedback", "guide", "mask"].contains(&group)
        || id == param::AUDIO_REACT;
    // Gestures are no look.
    let gesture = matches!(id, param::DREAM_HOLD | param::LOOK_LOOP | param::PROMPT_QUANTISE);
    plays && !gesture && !matches!(row.kind, Kind::Trigger | Kind::Text)
}

/// Whether `scene.mask` lets a look move `id`.
fn is_let(id: Id, mask: usize) -> bool {
    let groups: &[&str] = match mask {
        1 => &["look", "morph"],
        2 => &["motion"],
        3 => &["dream", "prompt"],
        _ => return true,
    };
    groups.iter().any(|group| id.row().id.split('.').next() == Some(*group))
}

/// Bank, slot and drawbars are launched, not moved.
fn is_launched(id: Id) -> bool {
    matches!(id, param::PROMPT_BANK | param::PROMPT_SLOT) || param::PROMPT_WEIGHTS.contains(&id)
}

/// On the way to a look.
struct Fade {
    to: Look,
    from: Values,
    began_beats: f64,
    length_beats: f64,
    since: Seconds,
    mask: usize,
    /// A show opens: its values are nobody's hand.
    opens: bool,
}

/// What happened to a wish to store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    Yes,
    /// It is taken: once more within four seconds.
    Asks,
    /// There is no such place.
    No,
}

pub struct Looks {
    shelf: Shelf,
    /// Counts what was stored, for whoever keeps it.
    pub revision: u64,
    fade: Option<Fade>,
    /// What played before the newest recall.
    before: Option<Look>,
    /// The look recalled or stored last, from 1; 0 is none.
    current: usize,
    asked: Option<(usize, Seconds)>,
    /// The seed that a look brought last, and how often one did.
    pub seed: (u32, u64),
    /// Of the picture on the wall.
    pub shown_seed: u64,
}

impl Default for Looks {
    fn default() -> Self {
        Self {
            shelf: [None; LOOKS],
            revision: 0,
            fade: None,
            before: None,
            current: 0,
            asked: None,
            seed: (0, 0),
            shown_seed: 0,
        }
    }
}

impl Looks {
    pub fn fill(&mut self, shelf: &Shelf) {
        self.shelf = *shelf;
    }

    pub fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// Whether look `number`, from 1, is taken.
    pub fn holds(&self, number: usize) -> bool {
        number.checked_sub(1).and_then(|place| self.shelf.get(place)).is_some_and(Option::is_some)
    }

    /// What controllers show of them.
    pub fn shown(&self, now: Seconds) -> param::LooksShown {
        let bit = |(place, look): (usize, &Option<Look>)| u16::from(look.is_some()) << place;
        let asked = self.asked.filter(|(_, at)| now.since(*at) <= SURE_S).map(|(number, _)| number as u8);
        let taken = self.shelf.iter().enumerate().map(bit).sum();
        param::LooksShown { taken, current: self.current as u8, asked }
    }

    /// Stores what plays in place `number`.
    pub fn store(&mut self, number: usize, base: &Values, at: Seconds) -> Stored {
        let Some(place) = number.checked_sub(1).and_then(|place| self.shelf.get_mut(place)) else { return Stored::No };
        let sure = self.asked.take().is_some_and(|(asked, since)| asked == number && at.since(since) <= SURE_S);
        if place.is_some() && !sure {
            self.asked = Some((number, at));
            return Stored::Asks;
        }
        *place = Some(Look::of(base));
        (self.revision, self.current) = (self.revision + 1, number);
        Stored::Yes
    }

    /// Keeps what plays, with the seed of its picture, in the first empty place; its number.
    pub fn keep(&mut self, base: &Values) -> Option<usize> {
        let place = self.shelf.iter().position(Option::is_none)?;
        let mut look = Look::of(base).with_seed(Some(self.shown_seed));
        // That seed is meant, and not the sequence that led to it.
        look.values[param::DREAM_SEED.index()] = None;
        self.shelf[place] = Some(look);
        (self.revision, self.current) = (self.revision + 1, place + 1);
        Some(place + 1)
    }

    /// Begins to bring back look `number`; the bank and slot to launch, when it names them.
    pub fn recall(
        &mut self,
        number: usize,
        base: &Values,
        at: Seconds,
        beats: f64,
        (length_beats, mask): (f64, usize),
    ) -> Option<(usize, usize)> {
        let to = (*number.checked_sub(1).and_then(|place| self.shelf.get(place))?)?;
        self.current = number;
        self.begin(to, base, at, beats, (length_beats, mask))
    }

    /// Undoes the newest recall; doing it again brings the look back.
    pub fn back(&mut self, base: &Values, at: Seconds, beats: f64) -> Option<(usize, usize)> {
        let to = self.before.take()?;
        self.current = 0;
        self.begin(to, base, at, beats, (0.0, 0))
    }

    fn begin(&mut self, to: Look, base: &Values, at: Seconds, beats: f64, how: (f64, usize)) -> Option<(usize, usize)> {
        let (length_beats, mask) = how;
        self.before = Some(Look::of(base));
        if let Some(seed) = to.seed.filter(|_| is_let(param::DREAM_SEED, mask)) {
            self.seed = (self.seed.0 + 1, seed);
        }
        self.fade = Some(Fade { to, from: *base, began_beats: beats, length_beats, since: at, mask, opens: false });
        let number = |id| to.get(id).filter(|_| is_let(id, mask)).map(|value| value as usize);
        number(param::PROMPT_BANK).zip(number(param::PROMPT_SLOT))
    }

    /// Another show opens with `to`, within `length_beats`.
    pub fn open(&mut self, to: Look, base: &Values, at: Seconds, beats: f64, length_beats: f64) {
        (self.before, self.current, self.asked) = (None, 0, None);
        let (from, began_beats) = (*base, beats);
        self.fade = Some(Fade { to, from, began_beats, length_beats, since: at, mask: 0, opens: true });
    }

    /// Whether a show opens at the moment.
    pub fn opens(&self) -> bool {
        self.fade.as_ref().is_some_and(|fade| fade.opens)
    }

    /// The show that opens was edited: it opens with `to`.
    pub fn reopen(&mut self, to: Look) {
        if let Some(fade) = self.fade.as_mut().filter(|fade| fade.opens) {
            fade.to = to;
        }
    }

    /// Moves base values on towards the look, at `beats`.
    pub fn step(&mut self, base: &mut BaseValues, beats: f64) {
        let Some(fade) = &self.fade else { return };
        let part = if fade.length_beats > 0.0 { (beats - fade.began_beats) / fade.length_beats } else { 1.0 };
        let part = part.clamp(0.0, 1.0) as f32;
        for (id, goal) in fade.to.values() {
            if !is_launched(id) && is_let(id, fade.mask) && !base.was_touched_after(id, fade.since.after(-TOUCHED_S)) {
                let value = between(id, fade.from[id], goal, part);
                if fade.opens {
                    base.give(id, value);
                } else {
                    base.move_to(id, value);
                }
            }
        }
        if part >= 1.0 {
            self.fade = None;
        }
    }

    /// What lies between two looks, for parameters that both hold: 0 is the first, 1 the second.
    pub fn morph(&self, ends: [usize; 2], part: f32, base: &mut BaseValues, now: Seconds) {
        let look = |number: usize| number.checked_sub(1).and_then(|place| *self.shelf.get(place)?);
        let (Some(from), Some(to)) = (look(ends[0]), look(ends[1])) else { return };
        for (id, first) in from.values() {
            let free = !is_launched(id) && !base.was_touched_after(id, now.after(-TOUCHED_S));
            if let Some(second) = to.get(id).filter(|_| free) {
                base.move_to(id, between(id, first, second, part));
            }
        }
    }

    /// Stays where it is (panic).
    pub fn stop(&mut self) {
        self.fade = None;
    }
}

/// From `first` to `second`, even for the hand: on the travel of a fader. Choices and whole numbers change half-way.
fn between(id: Id, first: f32, second: f32, part: f32) -> f32 {
    let row = id.row();
    if part >= 1.0 {
        return second;
    }
    if !matches!(row.kind, Kind::Float { .. }) {
        return if part < 0.5 { first } else { second };
    }
    let (from, to) = (row.normalized(first), row.normalized(second));
    row.plain(from + (to - from) * part)
}
