//! The step of the conductor that plays the show's schedules, and hands that take parameters out of them.

use std::sync::Arc;

use super::launch::ANY_SLOT;
use super::layers::Layers;
use super::transport::Wishes;
use super::{Conductor, Step, bars};
use crate::param::{self, Id, Values};
use crate::schedule::{Schedule, TextSchedule};
use crate::units::Seconds;

impl Conductor {
    /// Schedules `id`, also from under a hand; a reload of the show brings the show's schedules back.
    pub(crate) fn schedule_parameter(&mut self, id: Id, schedule: Arc<Schedule>) {
        let Layers { base, schedule: layer, .. } = &mut self.layers;
        layer.patch(id, Some(schedule));
        let stands = base.values[id];
        if base.release(id, stands) {
            layer.gave_back(id, stands);
        }
    }

    /// Schedules the texts of the slot that sounds.
    pub(crate) fn schedule_texts(&mut self, texts: Arc<TextSchedule>) {
        self.layers.schedule.patch_texts(texts);
    }

    /// MIDI controllers that schedules ask for, a bit each.
    #[must_use]
    pub fn scheduled_controllers(&self) -> u128 {
        self.layers.schedule.controllers()
    }

    /// The last value of the MIDI controller `number`, 0..1, for schedules that ask for it.
    pub fn hear_controller(&mut self, number: u8, value: f32) {
        self.layers.schedule.hear_controller(number, value);
    }

    pub(super) fn schedule(&mut self, step: &mut Step<'_>) {
        let clock = self.tempo.clock();
        let music = clock.at(self.snapshot.music_at(step.now));
        // What images obey is told as it will be when an image that is asked for now gets to the wall.
        let on_wall = clock.at(self.music_on_wall(ANY_SLOT, step.now));
        let Layers { base, schedule, .. } = &mut self.layers;
        let rewinds = self.accepted.triggers[param::SCHEDULE_REWIND.index()];
        let wishes = Wishes { rewinds, sets: schedule.position_sets };
        schedule.transport.step(&music, step.elapsed_s, &step.unmodulated, wishes);
        let runs = step.unmodulated.on(param::SCHEDULE_RUN);
        let rate = if runs { f64::from(step.unmodulated[param::SCHEDULE_RATE]) } else { 0.0 };
        schedule.step(&music, rate * (on_wall.beats - music.beats).max(0.0), step.features);
        schedule.write(base, &mut step.unmodulated);
        schedule.write(base, &mut step.effective);
        step.effective[param::SCHEDULE_POSITION] = bars(schedule.transport.position().0) as f32;
        self.follow_prompts(step);
    }

    /// A hand is on `id`: what its schedule plays is what the hand begins with, so that nothing jumps.
    pub(super) fn take_out(&mut self, id: Id) {
        let Layers { base, schedule, smoothing, .. } = &mut self.layers;
        if let Some(playing) = schedule.playing(id, base) {
            base.values[id] = playing;
            smoothing.jump_one(id, playing);
        }
    }

    /// Base values as they play: what is scheduled has its schedule's value, unless a hand is on it.
    pub(super) fn playing_values(&self) -> Values {
        let Layers { base, schedule, .. } = &self.layers;
        let mut values = base.values;
        for id in schedule.ids() {
            values[id] = schedule.playing(id, base).unwrap_or(values[id]);
        }
        values
    }

    /// Frees `id` from its schedule, or everything: it stays where it is and goes to its base value as smoothly as from a hand.
    pub(super) fn free(&mut self, id: Option<Id>) {
        let Layers { base, schedule, smoothing, .. } = &mut self.layers;
        for scheduled in schedule.ids().filter(|scheduled| id.is_none_or(|id| id == *scheduled)) {
            if let Some(playing) = schedule.playing(scheduled, base) {
                smoothing.jump_one(scheduled, playing);
            }
        }
        match id {
            Some(param::PROMPT_TEXT) => schedule.clear_texts(),
            Some(id) => schedule.patch(id, None),
            None => schedule.clear(),
        }
    }

    /// Prompts that are scheduled: a slot, a text of it that has become due, or the weights.
    fn follow_prompts(&mut self, step: &Step<'_>) {
        let Layers { base, schedule, .. } = &self.layers;
        let [bank, slot] = [param::PROMPT_BANK, param::PROMPT_SLOT].map(|id| schedule.playing(id, base));
        let weighs = param::PROMPT_WEIGHTS.iter().any(|id| schedule.playing(*id, base).is_some());
        let pressed = base.is_touched(param::PROMPT_SLOT);
        if let Some(slot) = slot.map(|slot| slot.max(1.0) as usize) {
            let banks = self.mix.playable(self.texts.read().banks.len()).max(1);
            let bank = bank.map_or(self.mix.bank(), |bank| (bank.max(1.0) as usize).min(banks));
            if (bank, slot) != (self.mix.bank(), self.mix.slot()) {
                // Not launched as by a hand: the picture goes on from where it is, and no still takes its place.
                self.glide_to(bank, slot, step.beat.beats);
                self.changes_image(step.now);
            }
        }
        if let Some(text) = self.layers.schedule.new_text() {
            self.rewrite(&text);
            self.changes_image(step.now);
        }
        // A pad that was pressed, and a show that takes over, have the mix to themselves.
        if weighs && !pressed && self.mix.gliding() == 0.0 && !self.mix.takes_over() {
            self.mix.drawbars_moved = true;
        }
    }

    /// Whether a schedule chooses the slots: then self-play does not.
    pub(super) fn slots_are_scheduled(&self) -> bool {
        let Layers { base, schedule, .. } = &self.layers;
        let mut ids = param::PROMPT_WEIGHTS.into_iter().chain([param::PROMPT_SLOT]);
        ids.any(|id| schedule.playing(id, base).is_some())
    }

    /// A scheduled prompt counts as an event that images take into account.
    fn changes_image(&mut self, now: Seconds) {
        self.accepted.count(now);
        self.accepted.changes_image(now);
    }
}
