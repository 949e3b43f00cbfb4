//! From one show to the next while the music plays: the picture glides, values travel, the clock and the room stay.

use super::looks::{self, Look, Shelf};
use super::{Conductor, Settings};
use crate::param::{self, Id, Values};
use crate::units::Seconds;

impl Conductor {
    /// Takes over another show at `at`, within `show.fade`: its first slot is launched, its values come as a look does, its
    /// routes and looks take the place of those before. Its `new_banks` banks stand first on the board by now, those of the
    /// show before behind them. Tempo, master and gain belong to the room and stay.
    pub fn change_over(&mut self, settings: &Settings, new_banks: usize, shelf: &Shelf, at: Seconds) {
        let start = settings.starting_values();
        // The fade of the show that goes: whoever asked for the change has it under the hand.
        let (beats, length) = (self.tempo.clock().at(at).beats, self.layers.base.values[param::SHOW_FADE]);
        self.mix.move_banks(new_banks);
        self.launches.clear();
        self.launches.momentary.clear();
        self.layers.suggestions.replace(&[]);
        // What only the show before said ends with it; what both leave alone stays as the hands have it.
        let names = |values: &[(Id, f32)], id: Id| values.iter().any(|(named, _)| *named == id);
        for id in Id::all().filter(|id| !belongs_to_the_room(*id) && !looks::belongs(*id)) {
            if names(&settings.values, id) || names(&self.show_values, id) {
                self.layers.base.give(id, start[id]);
            }
        }
        self.show_values.clone_from(&settings.values);
        self.layers.schedule.replace(&settings.schedule);
        self.layers.schedule.transport.begin();
        self.layers.modulation.replace(&settings.routes);
        let bank = start.whole(param::PROMPT_BANK).clamp(1, new_banks.max(1));
        let slot = start.whole(param::PROMPT_SLOT).max(1);
        let look = self.opening_look(&start, bank);
        let base = self.layers.base.values;
        self.layers.looks.fill(shelf);
        self.layers.looks.open(look, &base, at, beats, f64::from(length));
        self.layers.base.give(param::PROMPT_BANK, bank as f32);
        self.layers.base.give(param::PROMPT_SLOT, slot as f32);
        self.draw_only(slot);
        self.mix.press(bank, slot, beats, f64::from(length));
        self.auto.begin_anew(new_banks);
        self.launched(param::PROMPT_SLOT, at);
        self.show_from(None);
        self.snapshot.texts_revision = self.texts.read().revision;
    }

    /// The show that takes over was edited, and has `now` banks instead of `before`.
    pub fn recount_banks(&mut self, before: usize, now: usize) {
        self.mix.recount(before, now);
    }

    /// Nothing of the show before is left: its banks are off the board.
    pub fn settle(&mut self) {
        self.mix.settle();
    }

    /// What the show opens with: its values, and over them those of its first bank.
    pub(super) fn opening_look(&self, start: &Values, bank: usize) -> Look {
        let mut values: Vec<(Id, f32)> = Id::all().map(|id| (id, start[id])).collect();
        if let Some(bank) = self.texts.read().banks.get(bank - 1) {
            values.extend(&bank.values);
        }
        Look::from_values(&values)
    }
}

/// What no show changes while music plays.
fn belongs_to_the_room(id: Id) -> bool {
    let group = id.row().id.split('.').next().unwrap_or_default();
    ["tempo", "master"].contains(&group) || id == param::AUDIO_GAIN
}
