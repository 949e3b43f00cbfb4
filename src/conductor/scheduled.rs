//! The step of the conductor that plays the show's schedules, and hands that take parameters out of them.

use std::sync::Arc;

use super::launch::ANY_SLOT;
use super::layers::Layers;
use super::{Conductor, Step, bars};
use crate::param::{self, Id};
use crate::units::Seconds;

impl Conductor {
    pub(super) fn schedule(&mut self, step: &mut Step<'_>) {
        let clock = self.tempo.clock();
        let music = clock.at(self.snapshot.music_at(step.now));
        // What images obey is told as it will be when an image that is asked for now gets to the wall.
        let on_wall = clock.at(self.music_on_wall(ANY_SLOT, step.now));
        let Layers { base, schedule, .. } = &mut self.layers;
        schedule.transport.step(&music, step.elapsed_s, &step.unmodulated, &self.accepted.triggers);
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

    /// Prompts that are scheduled: a text that has become due, a slot, or the weights.
    fn follow_prompts(&mut self, step: &Step<'_>) {
        if let Some(text) = self.layers.schedule.new_text() {
            let text: Arc<str> = text.into();
            self.rewrite(&text);
            self.changes_image(step.now);
        }
        let Layers { base, schedule, .. } = &self.layers;
        let [bank, slot] = [param::PROMPT_BANK, param::PROMPT_SLOT].map(|id| schedule.playing(id, base));
        let weighs = param::PROMPT_WEIGHTS.iter().any(|id| schedule.playing(*id, base).is_some());
        if let Some(slot) = slot.map(|slot| slot.max(1.0) as usize) {
            let banks = self.mix.playable(self.texts.read().banks.len()).max(1);
            let bank = bank.map_or(self.mix.bank(), |bank| (bank.max(1.0) as usize).min(banks));
            if (bank, slot) != (self.mix.bank(), self.mix.slot()) {
                // Not launched as by a hand: the picture goes on from where it is, and no still takes its place.
                self.draw_only(slot);
                self.glide_to(bank, slot, step.beat.beats);
                self.changes_image(step.now);
            }
        }
        if weighs {
            self.mix.drawbars_moved = true;
        }
    }

    /// A scheduled prompt counts as an event that images take into account.
    fn changes_image(&mut self, now: Seconds) {
        self.accepted.count(now);
        self.accepted.changes_image(now);
    }
}
