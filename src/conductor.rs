//! Events, features and tempo in; one snapshot out. Knows neither devices nor the GPU.
//!
//! Stepped at 500 Hz or more by the conductor thread, or by the stepped runner. In steady state a step
//! allocates nothing. The snapshot goes to the generator, the renderer and feedback, newest wins.
//!
//! Each step goes through [`ORDER`]: what stands further down is laid over what stands above it.
//!
//! ```
//! use halation::audio::Features;
//! use halation::conductor::{Conductor, Settings};
//! use halation::dream::{Banks, TextBoard};
//! use halation::param::{self, Change, Event, Origin};
//! use halation::tempo::Tempo;
//! use halation::units::{Bpm, Seconds};
//!
//! let texts = TextBoard::new(Banks::default());
//! let mut conductor = Conductor::new(&Settings::default(), texts, Tempo::new(Bpm(120.0)));
//! let (id, change) = (param::DREAM_STRENGTH, Change::Set(0.8));
//! conductor.apply(&Event { at: Seconds(0.0), origin: Origin::Osc, id, change });
//! let snapshot = conductor.step(Seconds(0.002), &Features::default());
//! assert_eq!(snapshot.base[id], 0.8);
//! ```

mod accepted;
mod auto;
mod base;
mod cameras;
mod changeover;
mod deck_follower;
mod events;
mod fader;
mod launch;
mod launch_quantizer;
mod layers;
mod looks;
mod mix;
mod modulate;
mod momentary;
mod schedule;
mod scheduled;
mod smoothing;
mod suggestions;
mod transport;

use std::sync::Arc;

use crate::audio::{Features, TempoFeed};
use crate::dream::TextBoard;
use crate::param::{self, Id, Snapshot, Values};
use crate::tempo::{Beat, Clock, Collection, DeckPlace, Tempo};
use crate::units::{BEATS_PER_BAR, Seconds};

pub(crate) use base::EventCounts;
pub use looks::{LOOKS, Look, Shelf};
pub(crate) use modulate::{Combine, Curve, FIRED, FormSignal, Mode, RouteTrigger, TURN_BEATS, Wave};
pub use modulate::{Route, Signal};
pub(crate) use schedule::{Schedules, Timeline};

use accepted::Accepted;
use auto::Auto;
use cameras::Cameras;
use deck_follower::DeckFollower;
use fader::Fader;
use launch_quantizer::LaunchQuantizer;
use layers::Layers;
use mix::Mix;
use modulate::Pulses;

/// What a step does, in this order. A test of the layers goes through it.
const ORDER: [fn(&mut Conductor, &mut Step<'_>); 11] = [
    Conductor::follow_tempo, // the clock, from the ears and by itself
    Conductor::launch_due,   // slots and cuts that waited for the grid
    Conductor::play_itself,  // self-play's launches, and what its banks suggest
    Conductor::recall,       // a look on its way moves base values
    Conductor::lead,         // hand, suggestion → unmodulated; smoothed
    Conductor::schedule,     // written values: exact, over what is smoothed
    Conductor::modulate,     // decks, sound and beat move either
    Conductor::blend,        // drawbars, glide and walk: the slots' shares
    Conductor::travel,       // the cameras, at the effective motion
    Conductor::fade,         // blackout
    Conductor::publish,      // the snapshot
];

/// What a show brings to the conductor.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Values the show starts from; other parameters start at their defaults.
    pub values: Vec<(Id, f32)>,
    /// Values that are exact, neither smoothed nor moved by self-play, until a hand touches them.
    pub schedule: Schedules,
    pub routes: Vec<Route>,
}

impl Settings {
    /// Every parameter as the show starts.
    #[must_use]
    pub fn starting_values(&self) -> Values {
        let mut values = Values::default();
        for (id, value) in &self.values {
            values[*id] = *value;
        }
        values
    }
}

/// The state between the control inputs and everything that follows the snapshot.
pub struct Conductor {
    layers: Layers,
    launches: LaunchQuantizer,
    mix: Mix,
    cameras: Cameras,
    fader: Fader,
    auto: Auto,
    tempo: Tempo,
    ears: TempoFeed,
    decks: DeckFollower,
    texts: TextBoard,
    /// What the show says of parameters, as last adopted.
    show_values: Vec<(Id, f32)>,
    accepted: Accepted,
    last: Option<Seconds>,
    snapshot: Snapshot,
}

/// One step on its way through [`ORDER`].
struct Step<'a> {
    now: Seconds,
    features: &'a Features,
    elapsed_s: f64,
    /// The beat at `now`.
    beat: Beat,
    unmodulated: Values,
    effective: Values,
}

impl Conductor {
    #[must_use]
    pub fn new(settings: &Settings, texts: TextBoard, tempo: Tempo) -> Self {
        let mut new = Self {
            layers: Layers::default(),
            launches: LaunchQuantizer::default(),
            mix: Mix::default(),
            cameras: Cameras::default(),
            fader: Fader::default(),
            auto: Auto::default(),
            tempo,
            ears: TempoFeed::default(),
            decks: DeckFollower::default(),
            texts,
            show_values: Vec::new(),
            accepted: Accepted::default(),
            last: None,
            snapshot: Snapshot::default(),
        };
        new.adopt(settings);
        // The slot that a show opens with was pressed by nobody.
        new.auto.come_back();
        let drawn = settings.values.iter().any(|(id, _)| param::PROMPT_WEIGHTS.contains(id));
        if !drawn {
            let (bank, slot) = new.bank_and_slot();
            new.take_values_of(bank);
            new.mix.jump(bank, slot);
        }
        new.layers.smoothing.jump(&new.layers.base.values);
        new
    }

    /// Takes over a (re)loaded show. Values a hand has touched since the start stay as they are.
    pub fn adopt(&mut self, settings: &Settings) {
        let told = |id: &Id| settings.values.iter().any(|(told, _)| told == id);
        let gone = std::mem::take(&mut self.show_values).into_iter().filter(|(id, _)| !told(id));
        let gone: Vec<(Id, f32)> = gone.map(|(id, _)| (id, id.row().default_value())).collect();
        for (id, value) in gone.iter().chain(&settings.values) {
            let before = self.layers.base.values[*id];
            self.layers.base.suggest(*id, *value);
            if self.layers.base.values[*id] != before {
                self.after_change(*id, self.last.unwrap_or_default());
            }
        }
        if self.layers.looks.opens() {
            let look = self.opening_look(&settings.starting_values(), self.mix.bank());
            self.layers.looks.reopen(look);
        }
        self.show_values.clone_from(&settings.values);
        self.layers.schedule.replace(&settings.schedule);
        self.layers.modulation.replace(&settings.routes);
        self.auto.prepare(self.texts.read().banks.len());
        self.snapshot.texts_revision = self.texts.read().revision;
    }

    /// Bank and slot under the hand, both from 1; past the last bank there is the last bank.
    fn bank_and_slot(&self) -> (usize, usize) {
        let base = &self.layers.base.values;
        let banks = self.mix.playable(self.texts.read().banks.len()).max(1);
        (base.whole(param::PROMPT_BANK).clamp(1, banks), base.whole(param::PROMPT_SLOT).max(1))
    }

    /// The writer of the clock, for sources that are not parameters (MIDI clock).
    pub fn tempo_mut(&mut self) -> &mut Tempo {
        &mut self.tempo
    }

    /// Sets the route at `place`, from 0, or removes it; a reload of the show brings the show's routes back.
    pub fn patch(&mut self, place: usize, route: Option<Route>) {
        self.layers.modulation.patch(place, route);
    }

    /// The seed of the picture that the wall shows.
    pub fn set_shown_seed(&mut self, seed: u64) {
        self.layers.looks.shown_seed = seed;
    }

    /// Share of the wall that the flash limiter holds, in percent.
    pub fn set_held_percent(&mut self, percent: u8) {
        self.snapshot.held_percent = percent;
    }

    /// Width of the pictures by their height: what the camera's centre is a part of.
    pub fn set_picture_aspect(&mut self, aspect: f64) {
        self.cameras.aspect = aspect;
    }

    /// How long an image takes from the snapshot it obeys to the wall, as measured there, and a cut, in seconds.
    pub fn set_image_latency(&mut self, usual_s: f64, cut_s: f64) {
        self.launches.set_image_latency(usual_s, cut_s);
    }

    /// The tracks whose phrases are known.
    pub fn know(&mut self, collection: Arc<Collection>) {
        self.decks.know(collection);
    }

    /// The leading deck told where it is.
    pub fn hear_deck(&mut self, at: Seconds, place: Option<DeckPlace>) {
        self.decks.hear(at, place, &self.tempo);
    }

    /// The leading deck told how far through its track it is, 0 to 1.
    pub fn hear_deck_position(&mut self, at: Seconds, share: f32) {
        self.decks.hear_position(at, share);
    }

    #[must_use]
    pub fn clock(&self) -> Clock {
        self.tempo.clock()
    }

    /// The state as of the last step.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Numbers for the report: clamped, refused by takeover.
    #[must_use]
    pub fn counts(&self) -> EventCounts {
        self.layers.base.counts
    }

    /// Moves everything on to `now` and returns the state the other rooms should obey.
    pub fn step(&mut self, now: Seconds, features: &Features) -> &Snapshot {
        let elapsed_s = self.last.map_or(0.0, |last| now.since(last)).max(0.0);
        self.last = Some(now);
        let (beat, values) = (self.tempo.clock().at(now), self.layers.base.values);
        let mut step = Step { now, features, elapsed_s, beat, unmodulated: values, effective: values };
        for go in ORDER {
            go(self, &mut step);
        }
        &self.snapshot
    }

    fn follow_tempo(&mut self, step: &mut Step<'_>) {
        self.ears.step(step.now, step.features, &mut self.tempo);
        self.tempo.step(step.now);
        step.beat = self.tempo.clock().at(step.now);
    }

    /// The looks, and how often one was stored: a change is worth keeping.
    #[must_use]
    pub fn looks(&self) -> (&Shelf, u64) {
        (self.layers.looks.shelf(), self.layers.looks.revision)
    }

    /// Fills the sixteen places with looks that were kept.
    pub fn fill_looks(&mut self, shelf: &Shelf) {
        self.layers.looks.fill(shelf);
    }

    fn recall(&mut self, step: &mut Step<'_>) {
        let Layers { looks, base, .. } = &mut self.layers;
        looks.step(base, step.beat.beats);
    }

    fn lead(&mut self, step: &mut Step<'_>) {
        step.unmodulated = self.layers.suggestions.over_all(&self.layers.base);
        step.effective = self.layers.smoothing.step(&step.unmodulated, step.elapsed_s);
    }

    fn modulate(&mut self, step: &mut Step<'_>) {
        let music = self.snapshot.music_at(step.now);
        let deck = self.decks.step(step.now, music, &mut self.tempo);
        let pulses = Pulses { heard: step.features, beat: self.tempo.clock().at(music), deck };
        let modulation = &mut self.layers.modulation;
        modulation.step(&pulses, step.elapsed_s);
        let [cuts, hits] = FIRED.map(|trigger| modulation.fires(trigger, &step.effective));
        // `tempo.offset` shifts the time of the music: a route that moved it could make that time run backwards.
        let offset_ms = step.effective[param::TEMPO_OFFSET];
        modulation.move_values(&mut step.effective);
        step.effective[param::TEMPO_OFFSET] = offset_ms;
        if cuts {
            // A cut by a route neither pauses self-play nor changes the beat from which a launch is shown.
            self.launched(param::DREAM_CUT, step.now);
        }
        if hits {
            self.accepted.fire(param::LOOK_HIT);
        }
    }

    fn blend(&mut self, step: &mut Step<'_>) {
        if std::mem::take(&mut self.mix.drawbars_moved) {
            let weights = param::PROMPT_WEIGHTS.map(|w| step.unmodulated[w]);
            self.mix.drawbars(self.bank_and_slot().0, weights);
        }
        // Self-play chooses the slots: the walk rests while it is on.
        let itself = self.layers.base.values[param::SCENE_AUTO] > 0.0;
        let walk = if itself { 0.0 } else { step.effective[param::PROMPT_WALK] };
        self.mix.step(step.beat.beats, f64::from(walk), f64::from(step.effective[param::PROMPT_GLIDE]));
        for (id, share) in param::PROMPT_WEIGHTS.into_iter().zip(self.mix.shares()) {
            step.effective[id] = share;
        }
        step.effective[param::PROMPT_SLOT] = (self.mix.heaviest() + 1) as f32;
        self.texts.sound(self.mix.bank() - 1, self.mix.heaviest());
    }

    fn travel(&mut self, step: &mut Step<'_>) {
        self.cameras.step(step.beat.beats, &step.effective);
    }

    fn fade(&mut self, step: &mut Step<'_>) {
        self.fader.step(&step.unmodulated, step.elapsed_s, step.beat.bpm);
        step.effective[param::TEMPO_BPM] = step.beat.bpm.0 as f32;
    }

    fn publish(&mut self, step: &mut Step<'_>) {
        let (old_bank, old_mix) = self.mix.old();
        self.snapshot = Snapshot {
            time: step.now,
            base: self.layers.base.values,
            unmodulated: step.unmodulated,
            effective: step.effective,
            triggers: self.accepted.triggers,
            kept_seed: self.layers.looks.seed,
            held_percent: self.snapshot.held_percent,
            content: self.cameras.content,
            content_motion: self.cameras.motion,
            view: self.cameras.view,
            bank: self.mix.bank(),
            slot: self.mix.slot(),
            due_event: self.launches.due.event,
            due_beats: self.launches.due.beats,
            pending: self.launches.pending(),
            waiting: self.layers.base.waiting,
            looks: self.layers.looks.shown(step.now),
            mix: self.mix.shares(),
            old_bank,
            old_mix,
            gliding: self.mix.gliding(),
            glide_beats: self.mix.glide_beats() as f32,
            blackout: self.fader.0,
            event: self.accepted.event,
            event_at: self.accepted.event_at,
            image_event: self.accepted.image_event,
            image_event_at: self.accepted.image_event_at,
            texts_revision: self.snapshot.texts_revision,
            frame: self.layers.schedule.frame(),
        };
    }
}

/// Bars that `beats` are.
fn bars(beats: f64) -> f64 {
    beats / BEATS_PER_BAR
}

#[cfg(test)]
mod tests;
