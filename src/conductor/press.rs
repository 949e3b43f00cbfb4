//! What is pressed, by a hand or by self-play, and what follows from it.

use super::auto::{self, Wish};
use super::quantise::Press;
use super::{Conductor, MOST_LATENCY_S};
use crate::audio::Features;
use crate::param;
use crate::units::Seconds;

impl Conductor {
    /// The drawbars stand where a pressed slot puts them.
    pub(super) fn draw_only(&mut self, slot: usize) {
        for (k, weight) in param::PROMPT_WEIGHTS.into_iter().enumerate() {
            self.hands.base[weight] = f32::from(u8::from(k + 1 == slot));
        }
        self.drawn = false;
    }

    /// Takes over what `bank` (1-based) brings along when a hand lets it sound.
    fn enter_bank(&mut self, bank: usize) {
        if bank != self.mix.bank() {
            self.hands.bring(&[]);
            self.take_values_of(bank);
        }
    }

    pub(super) fn take_values_of(&mut self, bank: usize) {
        if let Some(bank) = self.texts.read().banks.get(bank - 1) {
            bank.values.iter().for_each(|(id, value)| self.hands.suggest(*id, *value));
        }
    }

    /// Gives what hands touched back to the show: `id`, or everything. What was played rather than set, the mix and the
    /// tempo, stays where it is until the show says otherwise.
    pub(super) fn release(&mut self, id: Option<param::Id>, at: Seconds) {
        for id in param::Id::all().filter(|candidate| id.is_none_or(|id| id == *candidate)) {
            let played = param::PROMPT_WEIGHTS.contains(&id)
                || matches!(id, param::PROMPT_BANK | param::PROMPT_SLOT | param::TEMPO_BPM);
            let value = if played { self.hands.base[id] } else { self.suggestion(id) };
            let before = self.hands.base[id];
            if self.hands.release(id, value) && self.hands.base[id] != before {
                self.after_change(id, at);
                if id.row().class == param::Class::NextImage {
                    self.changed_image(at);
                }
            }
        }
    }

    /// What the show says of `id`: the bank that sounds, else the show, else the table.
    fn suggestion(&self, id: param::Id) -> f32 {
        let texts = self.texts.read();
        let bank = texts.banks.get(self.mix.bank() - 1).map_or(&[][..], |bank| &bank.values);
        let said = |values: &[(param::Id, f32)]| values.iter().rev().find(|(said, _)| *said == id).map(|(_, v)| *v);
        said(bank).or_else(|| said(&self.suggested)).unwrap_or_else(|| id.row().default_value())
    }

    /// Does what was pressed, at `beats`; it may be shown at once.
    pub(super) fn obey(&mut self, press: Press, at: Seconds, beats: f64) {
        let id = match press {
            Press::Slot { bank, slot } => {
                self.draw_only(slot);
                self.enter_bank(bank);
                self.press(bank, slot, beats);
                param::PROMPT_SLOT
            }
            Press::Cut => param::DREAM_CUT,
        };
        self.auto.give_way(beats);
        self.pressed(id, at);
        self.show_from(None);
    }

    /// Glides the mix to `slot` of `bank`.
    fn press(&mut self, bank: usize, slot: usize, beats: f64) {
        self.mix.press(bank, slot, beats, f64::from(self.hands.led_of(param::PROMPT_GLIDE)));
        self.snapshot.slot = slot;
    }

    /// `id` was pressed. What waits for its beat still does.
    pub(super) fn pressed(&mut self, id: param::Id, at: Seconds) {
        self.triggers[id.index()] = self.triggers[id.index()].wrapping_add(1);
        self.snapshot.event += 1;
        self.snapshot.event_at = at;
        self.changed_image(at);
    }

    /// What was just pressed may be shown from beat `due` on; `None` is at once.
    fn show_from(&mut self, due: Option<f64>) {
        let Some(due) = due else {
            self.snapshot.due_beats = f64::NEG_INFINITY;
            return;
        };
        let shown = self.tempo.clock().time_of(due);
        self.snapshot.image_event_at = shown.after(f64::from(self.snapshot.effective[param::TEMPO_OFFSET]) / 1000.0);
        self.snapshot.due_event = self.snapshot.event;
        self.snapshot.due_beats = due;
    }

    /// Obeys what has waited for the grid, so early that it can be on the wall at its beat.
    pub(super) fn obey_waiting(&mut self, now: Seconds) {
        let clock = self.tempo.clock();
        let (beat, wall) = (clock.at(now), clock.at(self.wall(now)));
        while let Some((press, due)) = self.waiting.due(self.grid(), &beat, &wall) {
            // The mix is what the generator works on: for it the press is now.
            self.obey(press, now, beat.beats);
            self.show_from(due);
        }
    }

    /// Whether `press` waits for a line of the grid.
    pub(super) fn waits(&mut self, press: Press, at: Seconds) -> bool {
        let clock = self.tempo.clock();
        self.waiting.add(press, self.grid(), &clock.at(at), &clock.at(self.wall(at)))
    }

    /// The choice of `prompt.quantise`.
    fn grid(&self) -> usize {
        self.hands.led_of(param::PROMPT_QUANTISE).round() as usize
    }

    /// The moment of the music that an image asked for at `now` will be shown at.
    fn wall(&self, now: Seconds) -> Seconds {
        self.snapshot.music_at(now.after(self.image_latency_s))
    }

    /// How long an image takes from the snapshot it obeys to the wall, as measured there.
    pub fn set_image_latency(&mut self, seconds: f64) {
        self.image_latency_s = seconds.clamp(0.0, MOST_LATENCY_S);
    }

    /// Lets self-play press, when it is on.
    pub(super) fn play_itself(&mut self, now: Seconds, heard: &Features) {
        let banks = self.texts.read();
        let clock = self.tempo.clock();
        let moment = auto::Moment {
            now_s: now.0,
            beat: clock.at(now),
            wall: clock.at(self.wall(now)),
            phrase: self.phrases.at(now, self.wall(now), &clock),
            passage: heard.passage,
            energy: heard.energy_long,
            banks: &banks,
            bank: self.mix.bank(),
            slot: self.snapshot.slot.max(1),
        };
        let Some(wish) = self.auto.step(self.hands.base[param::SCENE_AUTO], &moment) else { return };
        let Wish { bank, slot, due_beats, cut } = wish;
        if bank != self.mix.bank() {
            self.hands.bring(banks.banks.get(bank - 1).map_or(&[], |bank| &bank.values));
        }
        self.press(bank, slot, moment.beat.beats);
        self.pressed(param::PROMPT_SLOT, now);
        if cut {
            self.pressed(param::DREAM_CUT, now);
        }
        self.show_from(due_beats);
    }

    /// Back to a plain picture; the tempo is kept.
    pub(super) fn panic(&mut self) {
        use param::*;
        for id in [MOTION_ZOOM, MOTION_ROTATE, MOTION_X, MOTION_Y, AUDIO_REACT, LOOK_FEEDBACK, PROMPT_WALK] {
            self.hands.set(id, 0.0);
            self.smooth[id] = 0.0;
        }
        for id in [MASTER_FREEZE, MASTER_BLACKOUT, DREAM_HOLD] {
            self.hands.set(id, 0.0);
        }
        self.hands.set(MASTER_BRIGHTNESS, 1.0);
        self.smooth[MASTER_BRIGHTNESS] = 1.0;
        self.blackout = 0.0;
        let (bank, slot) = (self.mix.bank(), self.mix.heaviest() + 1);
        self.hands.set(PROMPT_SLOT, slot as f32);
        self.draw_only(slot);
        self.mix.jump(bank, slot);
        self.snapshot.slot = slot;
        self.snapshot.due_beats = f64::NEG_INFINITY;
        self.waiting.clear();
        self.fingers.lift_all();
        let beats = self.tempo.clock().at(self.last.unwrap_or_default()).beats;
        self.auto.give_way(beats);
    }
}
