//! Events of the performer and launches of self-play, and what follows from them.

use std::sync::Arc;

use super::auto::{AutoContext, Wish};
use super::base::trigger_amount;
use super::launch::{ANY_SLOT, Launch};
use super::launch_quantizer::Due;
use super::layers::Layers;
use super::looks::{LOOKS, Stored};
use super::momentary::ReturnTo;
use super::{Conductor, Step};
use crate::param::{self, Change, Class, Event, Id, Kind};
use crate::tempo;
use crate::units::{Bpm, Seconds};

impl Conductor {
    /// Applies one change that came from a control input.
    pub fn apply(&mut self, event: &Event) {
        let (id, at) = (event.id, event.at);
        let accepted = match (&event.change, id.row().kind) {
            (Change::Text(text), Kind::Text) if id == param::PROMPT_TEXT => {
                // Until the next release what the hand wrote stays.
                self.layers.schedule.holds_texts = true;
                self.rewrite(text);
                true
            }
            (Change::Release(slot), _) => {
                if id == param::PROMPT_SLOT {
                    self.let_go(*slot, at);
                }
                false
            }
            (Change::Text(name), _) if id == param::PARAM_RELEASE => {
                let named = param::by_name_or_address(name);
                named.map(|named| self.release(Some(named), at)).is_ok()
            }
            (Change::Text(name), _) if id == param::SCHEDULE_CLEAR => {
                let named = param::by_name_or_address(name);
                named.map(|named| self.free(Some(named))).is_ok()
            }
            (change, Kind::Trigger) => trigger_amount(change).map(|amount| self.fire(id, amount, at)).is_some(),
            (change, _) => {
                self.take_out(id);
                let changed = self.layers.base.change(id, change, at);
                if changed {
                    self.after_change(id, at);
                }
                changed
            }
        };
        if accepted {
            self.count(id, at);
        }
    }

    /// The heaviest slot of the sounding bank is "the current slot": for `prompt.text`, its query, and panic.
    pub(super) fn rewrite(&mut self, text: &Arc<str>) {
        self.snapshot.texts_revision = self.texts.rewrite(self.mix.bank() - 1, self.mix.heaviest(), text);
    }

    /// Remembers that the newest snapshot obeys one more event.
    fn count(&mut self, id: Id, at: Seconds) {
        // Launches are counted when they are obeyed, which may be later.
        if matches!(id, param::PROMPT_SLOT | param::DREAM_CUT) {
            return;
        }
        self.accepted.count(at);
        let changes_image = matches!(id, param::DREAM_REJECT | param::MASTER_PANIC)
            || (id.row().class == Class::NextImage && id != param::PROMPT_BANK);
        if changes_image {
            self.accepted.changes_image(at);
        }
    }

    /// What follows from a changed base value.
    pub(super) fn after_change(&mut self, id: Id, at: Seconds) {
        let base = &self.layers.base.values;
        let beats = self.tempo.clock().at(at).beats;
        match id {
            param::PROMPT_SLOT => {
                let (bank, slot) = self.bank_and_slot();
                self.press(bank, slot, at);
            }
            param::SCHEDULE_POSITION => self.layers.schedule.position_sets += 1,
            param::TEMPO_BPM => drop(self.tempo.set_bpm(at, Bpm(f64::from(base[id])))),
            param::TEMPO_HOLD => self.tempo.hold(at, base.on(id)),
            param::TEMPO_SOURCE => self.tempo.listen_to(at, chosen_source(base.whole(id))),
            param::PROMPT_BANK => self.auto.back_off(beats),
            param::SCENE_MORPH => {
                let ends = [param::SCENE_FROM, param::SCENE_TO].map(|id| base.whole(id));
                let part = base[param::SCENE_MORPH];
                let Layers { looks, base, .. } = &mut self.layers;
                looks.morph(ends, part, base, at);
            }
            weight if param::PROMPT_WEIGHTS.contains(&weight) => {
                self.mix.drawbars_moved = true;
                self.auto.back_off(beats);
            }
            _ => {}
        }
    }

    /// A hand pressed the pad of `slot`: launched now, or at the next line of the grid.
    fn press(&mut self, bank: usize, slot: usize, at: Seconds) {
        let launch = Launch::Slot { bank, slot };
        let weights = param::PROMPT_WEIGHTS.map(|w| self.layers.base.values[w]);
        let back = ReturnTo { bank: self.mix.bank(), slot: self.mix.slot(), weights };
        self.launches.momentary.press(launch, at, back);
        self.launch(launch, at);
    }

    fn launch(&mut self, launch: Launch, at: Seconds) {
        let clock = self.tempo.clock();
        let beat = clock.at(at);
        self.auto.back_off(beat.beats);
        if !self.launches.add(launch, self.grid(), &beat, &clock.at(self.music_on_wall(launch, at))) {
            self.obey(launch, at, beat.beats);
        }
    }

    fn fire(&mut self, id: Id, amount: f32, at: Seconds) {
        if id == param::DREAM_CUT {
            self.launch(Launch::Cut, at);
            return;
        }
        self.accepted.fire(id);
        match id {
            param::TEMPO_TAP => self.tempo.tap(at),
            param::TEMPO_RESYNC => self.tempo.resync(at),
            param::TEMPO_NUDGE => self.tempo.nudge(at, f64::from(amount) * 10.0),
            param::TEMPO_DOUBLE => self.tempo.double(at),
            param::TEMPO_HALVE => self.tempo.halve(at),
            param::MASTER_PANIC => self.panic(),
            param::PARAM_RELEASE => self.release(None, at),
            param::SCHEDULE_CLEAR => self.free(None),
            param::SCENE_STORE => self.store(amount, at),
            param::DREAM_KEEP => self.keep(),
            param::SCENE_RECALL | param::SCENE_BACK => self.recall_look(id, amount, at),
            _ => {}
        }
    }

    fn store(&mut self, number: f32, at: Seconds) {
        let playing = self.playing_values();
        match self.layers.looks.store(number.max(0.0) as usize, &playing, at) {
            Stored::Yes => {}
            Stored::Asks => tracing::info!("look {number} is taken: store it once more within four seconds"),
            Stored::No => tracing::warn!("there is no look {number}: they go from 1 to {LOOKS}"),
        }
    }

    fn keep(&mut self) {
        let playing = self.playing_values();
        match self.layers.looks.keep(&playing) {
            Some(number) => tracing::info!("this picture is kept as look {number}"),
            None => {
                tracing::warn!("all {LOOKS} looks are taken: store over one, or empty one in the file beside the show")
            }
        }
    }

    /// Recalls look `number`, or what played before the last one.
    fn recall_look(&mut self, id: Id, number: f32, at: Seconds) {
        let (base, beats) = (self.playing_values(), self.tempo.clock().at(at).beats);
        let how = (f64::from(base[param::SCENE_FADE]), base.whole(param::SCENE_MASK));
        let launch = match id {
            param::SCENE_BACK => self.layers.looks.back(&base, at, beats),
            _ => self.layers.looks.recall(number.max(0.0) as usize, &base, at, beats, how),
        };
        if id == param::SCENE_RECALL && !self.layers.looks.holds(number.max(0.0) as usize) {
            tracing::info!("look {number} is empty; they go from 1 to {LOOKS}");
        }
        let Some((bank, slot)) = launch else { return };
        self.layers.base.set(param::PROMPT_BANK, bank as f32);
        if (self.mix.bank(), self.mix.slot()) != (bank, slot) {
            self.layers.base.set(param::PROMPT_SLOT, slot as f32);
            self.launch(Launch::Slot { bank, slot }, at);
        }
    }

    /// Gives what hands touched back to the show: `id`, or everything. What was played rather than set, the mix and the
    /// tempo, stays where it is until the show says otherwise.
    fn release(&mut self, id: Option<Id>, at: Seconds) {
        if id.is_none_or(|id| id == param::PROMPT_TEXT) {
            self.layers.schedule.holds_texts = false;
        }
        for id in Id::all().filter(|candidate| id.is_none_or(|id| id == *candidate)) {
            let played = param::PROMPT_WEIGHTS.contains(&id)
                || matches!(id, param::PROMPT_BANK | param::PROMPT_SLOT | param::TEMPO_BPM | param::SCHEDULE_POSITION);
            let before = self.layers.base.values[id];
            let value = if played { before } else { self.show_value(id) };
            let released = self.layers.base.release(id, value);
            if released {
                self.layers.schedule.gave_back(id, before);
            }
            if released && self.layers.base.values[id] != before {
                self.after_change(id, at);
                if id.row().class == Class::NextImage {
                    self.accepted.changes_image(at);
                }
            }
        }
    }

    /// What the show says of `id`: the bank that sounds, else the show, else the table.
    fn show_value(&self, id: Id) -> f32 {
        let texts = self.texts.read();
        let bank = texts.banks.get(self.mix.bank() - 1).map_or(&[][..], |bank| &bank.values);
        let said = |values: &[(Id, f32)]| values.iter().rev().find(|(said, _)| *said == id).map(|(_, v)| *v);
        said(bank).or_else(|| said(&self.show_values)).unwrap_or_else(|| id.row().default_value())
    }

    /// The pad of `slot` was let go; 0 is whichever was pressed last.
    fn let_go(&mut self, slot: f32, at: Seconds) {
        let sounding = Launch::Slot { bank: self.mix.bank(), slot: self.mix.slot() };
        let Some(back) = self.launches.momentary.release(slot, at, sounding) else { return };
        // Pending launches are cancelled, so that they do not override the return.
        self.launches.clear();
        self.layers.base.set(param::PROMPT_SLOT, back.slot as f32);
        self.obey(back.launch(), at, self.tempo.clock().at(at).beats);
        if self.bank_and_slot().0 == back.bank && back.weights.iter().filter(|w| **w > 0.0).count() > 1 {
            for (id, weight) in param::PROMPT_WEIGHTS.into_iter().zip(back.weights) {
                self.layers.base.values[id] = weight;
            }
            self.mix.drawbars_moved = true;
        }
    }

    /// Does what was launched, at `beats`; it may be shown at once.
    fn obey(&mut self, launch: Launch, at: Seconds, beats: f64) {
        let id = match launch {
            Launch::Slot { bank, slot } => {
                self.draw_only(slot);
                if bank != self.mix.bank() {
                    // The performer chose this bank: suggestions end, and the bank's values become base values.
                    self.layers.suggestions.replace(&[]);
                    self.take_values_of(bank);
                }
                self.glide_to(bank, slot, beats);
                param::PROMPT_SLOT
            }
            Launch::Cut => param::DREAM_CUT,
        };
        self.auto.back_off(beats);
        self.launched(id, at);
        self.show_from(None);
    }

    /// The drawbars stand where a pressed slot puts them.
    pub(super) fn draw_only(&mut self, slot: usize) {
        for (k, weight) in param::PROMPT_WEIGHTS.into_iter().enumerate() {
            self.layers.base.values[weight] = f32::from(u8::from(k + 1 == slot));
        }
        self.mix.drawbars_moved = false;
    }

    /// The values that `bank` (from 1) brings along become base values, where no hand has touched.
    pub(super) fn take_values_of(&mut self, bank: usize) {
        if let Some(bank) = self.texts.read().banks.get(bank - 1) {
            bank.values.iter().for_each(|(id, value)| self.layers.base.suggest(*id, *value));
        }
    }

    pub(super) fn glide_to(&mut self, bank: usize, slot: usize, beats: f64) {
        self.mix.press(bank, slot, beats, f64::from(self.layers.played(param::PROMPT_GLIDE)));
    }

    /// Counts the launch of `id` as an accepted event that changes the image. Pending launches stay pending.
    pub(super) fn launched(&mut self, id: Id, at: Seconds) {
        self.accepted.fire(id);
        self.accepted.count(at);
        self.accepted.changes_image(at);
    }

    /// What was just launched may be shown from beat `due` on; `None` is at once.
    pub(super) fn show_from(&mut self, due: Option<f64>) {
        let Some(beats) = due else {
            self.launches.due.beats = f64::NEG_INFINITY;
            return;
        };
        let shown = self.tempo.clock().time_of(beats);
        let offset_s = f64::from(self.snapshot.effective[param::TEMPO_OFFSET]) / 1000.0;
        self.accepted.image_event_at = shown.after(offset_s);
        self.launches.due = Due { event: self.accepted.event, beats };
    }

    /// Obeys pending launches so early that they can be on the wall at their beat.
    pub(super) fn launch_due(&mut self, step: &mut Step<'_>) {
        let clock = self.tempo.clock();
        let [slot, cut] = [ANY_SLOT, Launch::Cut].map(|launch| clock.at(self.music_on_wall(launch, step.now)));
        while let Some((launch, due)) = self.launches.step(self.grid(), &step.beat, [&slot, &cut]) {
            // The generator works from the mix, so the mix changes now, ahead of the beat at which the image is shown.
            self.obey(launch, step.now, step.beat.beats);
            self.show_from(due);
        }
    }

    /// The choice of `prompt.quantise`.
    fn grid(&self) -> usize {
        self.layers.played(param::PROMPT_QUANTISE).round() as usize
    }

    /// The moment of the music that `launch`, asked for at `now`, will be shown at.
    pub(super) fn music_on_wall(&self, launch: Launch, now: Seconds) -> Seconds {
        self.snapshot.music_at(self.launches.on_wall(launch, now))
    }

    /// Lets self-play launch, when it is on.
    pub(super) fn play_itself(&mut self, step: &mut Step<'_>) {
        let banks = self.texts.read();
        let (clock, on_wall) = (self.tempo.clock(), self.music_on_wall(ANY_SLOT, step.now));
        let context = AutoContext {
            now_s: step.now.0,
            beat: step.beat,
            wall: clock.at(on_wall),
            phrase: self.decks.phrase_at(step.now, on_wall, &clock),
            passage: step.features.passage,
            energy: step.features.energy_long,
            banks: &banks,
            bank: self.mix.bank(),
            slot: self.mix.slot().max(1),
        };
        // While a show takes over, its opening picture is what is meant; the music is followed all the same.
        let takes_over = self.mix.takes_over();
        let amount = if takes_over { 0.0 } else { self.layers.base.values[param::SCENE_AUTO] };
        let not_ours = takes_over || self.slots_are_scheduled();
        let Some(wish) = self.auto.step(amount, &context).filter(|_| !not_ours) else { return };
        let Wish { bank, slot, due_beats, cut } = wish;
        if bank != self.mix.bank() {
            self.layers.suggestions.replace(banks.banks.get(bank - 1).map_or(&[], |bank| &bank.values));
        }
        self.glide_to(bank, slot, step.beat.beats);
        self.launched(param::PROMPT_SLOT, step.now);
        if cut {
            self.launched(param::DREAM_CUT, step.now);
        }
        self.show_from(due_beats);
    }

    /// Back to a plain picture; the tempo is kept.
    fn panic(&mut self) {
        use param::*;
        let still = [MOTION_KICK, AUDIO_REACT, LOOK_TRAILS, PROMPT_WALK, FEEDBACK_NOISE, FEEDBACK_SHARPEN, GUIDE_PULL];
        for id in still.into_iter().chain(MOTION_VELOCITIES).chain(LOOK_AMOUNTS) {
            self.layers.base.set(id, 0.0);
            self.layers.smoothing.jump_one(id, 0.0);
        }
        for id in [MASTER_FREEZE, MASTER_BLACKOUT, DREAM_HOLD, LOOK_LOOP] {
            self.layers.base.set(id, 0.0);
        }
        self.layers.base.set(MASTER_BRIGHTNESS, 1.0);
        self.layers.smoothing.jump_one(MASTER_BRIGHTNESS, 1.0);
        self.fader.0 = 0.0;
        let (bank, slot) = (self.mix.bank(), self.mix.heaviest() + 1);
        self.layers.base.set(PROMPT_SLOT, slot as f32);
        self.draw_only(slot);
        self.mix.jump(bank, slot);
        self.launches.clear();
        self.launches.momentary.clear();
        self.layers.looks.stop();
        self.show_from(None);
        self.auto.back_off(self.tempo.clock().at(self.last.unwrap_or_default()).beats);
    }
}

/// The source that a value of `tempo.source` names; `None` is the best one.
fn chosen_source(choice: usize) -> Option<tempo::ClockSource> {
    use tempo::ClockSource::{Audio, Link, Midi, Osc, ProLink, Tap};
    [None, Some(Tap), Some(Audio), Some(Midi), Some(Osc), Some(Link), Some(ProLink)].get(choice).copied().flatten()
}
