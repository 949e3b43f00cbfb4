//! Events, features and tempo in; one snapshot out. Knows neither devices nor the GPU.
//!
//! Stepped at 500 Hz or more by the conductor thread, or by the stepped runner. In steady state a step
//! allocates nothing. The snapshot goes to the generator, the renderer and feedback, newest wins.

mod auto;
mod base;
mod camera;
mod mix;
mod modulate;
mod press;
mod punch;
mod quantise;
mod track;

use crate::audio::{Features, TempoFeed};
use crate::dream::TextBoard;
use crate::param::{self, COUNT, Change, Event, Id, Kind, Snapshot, Values};
use crate::tempo::{self, Clock, Phrases, Tempo};
use crate::units::{BEATS_PER_BAR, Bpm, Seconds};

pub use base::Counts;
pub use modulate::{Combine, Curve, FormSignal, Mode, Moment, Route, Shape, Signal, TURN_BEATS, Wave};

use auto::Auto;
use base::Hands;
use camera::Camera;
use mix::Mix;
use modulate::Pulses;
use punch::Fingers;
use quantise::{Press, Waiting};

/// No more than this is asked for ahead of its beat: a slower generator is late.
const MOST_LATENCY_S: f64 = 4.0;

/// What a show brings to the conductor.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Values the show starts from; other parameters start at their defaults.
    pub values: Vec<(Id, f32)>,
    pub routes: Vec<Route>,
}

/// The state between the hands and everybody who obeys them.
pub struct Conductor {
    hands: Hands,
    smooth: Values,
    triggers: [u32; COUNT],
    /// Parameters the show gives a value, and which.
    suggested: Vec<(Id, f32)>,
    routes: Vec<Route>,
    texts: TextBoard,
    tempo: Tempo,
    mix: Mix,
    camera: Camera,
    blackout: f32,
    /// A drawbar moved since the last step. Eight of them may move at once, so they are heard together.
    drawn: bool,
    ears: TempoFeed,
    phrases: Phrases,
    /// The phrase that sounds, and how many have begun.
    phrase: Option<(u32, usize)>,
    phrases_begun: u64,
    /// How far through its track the leading deck last said that it was.
    needle: Option<(Seconds, f32)>,
    waiting: Waiting,
    fingers: Fingers,
    auto: Auto,
    /// How long an image takes from the question to the wall.
    image_latency_s: f64,
    last: Option<Seconds>,
    snapshot: Snapshot,
}

impl Conductor {
    #[must_use]
    pub fn new(settings: &Settings, texts: TextBoard, tempo: Tempo) -> Self {
        let mut new = Self {
            hands: Hands::default(),
            smooth: Values::default(),
            triggers: [0; COUNT],
            suggested: Vec::new(),
            routes: Vec::new(),
            texts,
            tempo,
            mix: Mix::default(),
            camera: Camera::default(),
            blackout: 0.0,
            drawn: false,
            ears: TempoFeed::default(),
            phrases: Phrases::default(),
            phrase: None,
            phrases_begun: 0,
            needle: None,
            waiting: Waiting::default(),
            fingers: Fingers::default(),
            auto: Auto::default(),
            image_latency_s: 0.0,
            last: None,
            snapshot: Snapshot::default(),
        };
        new.adopt(settings);
        new.smooth = new.hands.base;
        let drawn = settings.values.iter().any(|(id, _)| param::PROMPT_WEIGHTS.contains(id));
        if !drawn {
            let (bank, slot) = new.place();
            new.take_values_of(bank);
            new.smooth = new.hands.base;
            new.mix.jump(bank, slot);
            new.snapshot.slot = slot;
        }
        new
    }

    /// Takes over a (re)loaded show. Values a hand has touched since the start stay as they are.
    pub fn adopt(&mut self, settings: &Settings) {
        let told = |id: &Id| settings.values.iter().any(|(told, _)| told == id);
        let gone = std::mem::take(&mut self.suggested).into_iter().filter(|(id, _)| !told(id));
        let gone: Vec<(Id, f32)> = gone.map(|(id, _)| (id, id.row().default_value())).collect();
        for (id, value) in gone.iter().chain(&settings.values) {
            let before = self.hands.base[*id];
            self.hands.suggest(*id, *value);
            if self.hands.base[*id] != before {
                self.after_change(*id, self.last.unwrap_or_default());
            }
        }
        self.suggested.clone_from(&settings.values);
        let mut playing = std::mem::replace(&mut self.routes, settings.routes.clone());
        for route in &mut self.routes {
            // Wherever it stands in the show by now.
            if let Some(place) = playing.iter().position(|before| route.is_like(before)) {
                *route = playing.remove(place);
            }
        }
        self.auto.prepare(self.texts.read().banks.len());
        self.snapshot.texts_revision = self.texts.read().revision;
    }

    /// Applies one change by a hand.
    pub fn apply(&mut self, event: &Event) {
        let id = event.id;
        let accepted = match (&event.change, id.row().kind) {
            (Change::Text(text), Kind::Text) if id == param::PROMPT_TEXT => {
                self.rewrite(text);
                true
            }
            (Change::Release(value), _) => {
                if id == param::PROMPT_SLOT {
                    self.let_go(*value, event.at);
                }
                false
            }
            (Change::Text(name), _) if id == param::PARAM_RELEASE => match param::by_name_or_address(name) {
                Ok(named) => {
                    self.release(Some(named), event.at);
                    true
                }
                Err(_) => false,
            },
            (change, Kind::Trigger) => match base::trigger_amount(change) {
                Some(amount) => {
                    self.fire(id, amount, event.at);
                    true
                }
                None => false,
            },
            (change, _) => self.hands.change(id, change) && self.after_change(id, event.at),
        };
        if accepted {
            self.count(id, event.at);
        }
    }

    /// The heaviest slot of the sounding bank is "the current slot": for `prompt.text`, its query, and panic.
    fn rewrite(&mut self, text: &std::sync::Arc<str>) {
        self.snapshot.texts_revision = self.texts.rewrite(self.mix.bank() - 1, self.mix.heaviest(), text);
    }

    /// Bank and slot under the hand, both from 1; past the last bank there is the last bank.
    fn place(&self) -> (usize, usize) {
        let base = &self.hands.base;
        let banks = self.texts.read().banks.len().max(1);
        (base.whole(param::PROMPT_BANK).clamp(1, banks), base.whole(param::PROMPT_SLOT).max(1))
    }

    /// Remembers that the newest snapshot obeys one more event.
    fn count(&mut self, id: Id, at: Seconds) {
        // Counted when they are obeyed, which may be later.
        if matches!(id, param::PROMPT_SLOT | param::DREAM_CUT) {
            return;
        }
        self.snapshot.event += 1;
        self.snapshot.event_at = at;
        let changes_image = matches!(id, param::DREAM_REJECT | param::MASTER_PANIC)
            || (id.row().class == param::Class::NextImage && id != param::PROMPT_BANK);
        if changes_image {
            self.changed_image(at);
        }
    }

    fn changed_image(&mut self, at: Seconds) {
        self.snapshot.image_event = self.snapshot.event;
        self.snapshot.image_event_at = at;
    }

    /// What follows from a changed value. Always true, so that it chains.
    fn after_change(&mut self, id: Id, at: Seconds) -> bool {
        let base = self.hands.base;
        let beats = self.tempo.clock().at(at).beats;
        match id {
            param::PROMPT_SLOT => {
                let (bank, slot) = self.place();
                let press = Press::Slot { bank, slot };
                self.hold(press, at);
                self.auto.give_way(beats);
                if !self.waits(press, at) {
                    self.obey(press, at, beats);
                }
            }
            param::TEMPO_BPM => {
                self.tempo.set_bpm(at, Bpm(f64::from(base[id])));
            }
            param::TEMPO_HOLD => self.tempo.hold(at, base.on(id)),
            param::TEMPO_SOURCE => self.tempo.listen_to(at, chosen_source(base.whole(id))),
            param::PROMPT_BANK => self.auto.give_way(beats),
            weight if param::PROMPT_WEIGHTS.contains(&weight) => {
                self.drawn = true;
                self.auto.give_way(beats);
            }
            _ => {}
        }
        true
    }

    fn fire(&mut self, id: Id, amount: f32, at: Seconds) {
        if id == param::DREAM_CUT {
            let beats = self.tempo.clock().at(at).beats;
            self.auto.give_way(beats);
            if !self.waits(Press::Cut, at) {
                self.obey(Press::Cut, at, beats);
            }
            return;
        }
        self.triggers[id.index()] = self.triggers[id.index()].wrapping_add(1);
        match id {
            param::TEMPO_TAP => self.tempo.tap(at),
            param::TEMPO_RESYNC => self.tempo.resync(at),
            param::TEMPO_NUDGE => self.tempo.nudge(at, f64::from(amount) * 10.0),
            param::TEMPO_DOUBLE => self.tempo.double(at),
            param::TEMPO_HALVE => self.tempo.halve(at),
            param::MASTER_PANIC => self.panic(),
            param::PARAM_RELEASE => self.release(None, at),
            _ => {}
        }
    }

    /// The writer of the clock, for sources that are not parameters (MIDI clock).
    pub fn tempo_mut(&mut self) -> &mut Tempo {
        &mut self.tempo
    }

    /// Plugs a route in at `place`, from 0, or pulls it out; those between are filled with routes that do nothing. A
    /// reload of the show brings its own back.
    pub fn patch(&mut self, place: usize, route: Option<Route>) {
        let nothing = Route::new(modulate::Signal::One, param::MOTION_ZOOM, 0.0);
        if self.routes.len() <= place {
            self.routes.resize(place + 1, nothing);
        }
        self.routes[place] = route.unwrap_or(nothing);
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
    pub fn counts(&self) -> Counts {
        self.hands.counts
    }

    /// Moves everything on to `now` and returns the state the other rooms should obey.
    pub fn step(&mut self, now: Seconds, features: &Features) -> &Snapshot {
        self.ears.step(now, features, &mut self.tempo);
        self.tempo.step(now);
        self.obey_waiting(now);
        self.play_itself(now, features);
        let beat = self.tempo.clock().at(now);
        let elapsed = self.last.map_or(0.0, |last| now.since(last)).max(0.0);
        self.last = Some(now);
        let led = self.hands.led();
        self.follow(&led, elapsed);
        let mut effective = self.smooth;
        let music = self.snapshot.music_at(now);
        let phrase = self.follow_phrases(now, music);
        let (beat_of_music, phrases_begun) = (self.tempo.clock().at(music), self.phrases_begun);
        let track = self.through_track(now, phrase.as_ref());
        let pulses = Pulses { heard: features, beat: beat_of_music, phrase, phrases_begun, track };
        for (place, route) in self.routes.iter_mut().enumerate() {
            route.step(&pulses, elapsed, place);
        }
        if modulate::cuts(&self.routes, &effective) {
            // Not a hand: self-play goes on, and what is to be seen from its beat on still is.
            self.pressed(param::DREAM_CUT, now);
        }
        modulate::apply(&self.routes, &mut effective);
        // The hand alone moves the clock, and slowly: no route may turn it back.
        effective[param::TEMPO_OFFSET] = self.smooth[param::TEMPO_OFFSET];
        if std::mem::take(&mut self.drawn) {
            self.mix.drawbars(self.place().0, param::PROMPT_WEIGHTS.map(|w| led[w]));
        }
        // Self-play chooses the slots: the walk rests while it is on.
        let walk = if self.hands.base[param::SCENE_AUTO] > 0.0 { 0.0 } else { effective[param::PROMPT_WALK] };
        self.mix.step(beat.beats, f64::from(walk));
        for (id, share) in param::PROMPT_WEIGHTS.into_iter().zip(self.mix.shares()) {
            effective[id] = share;
        }
        effective[param::PROMPT_SLOT] = (self.mix.heaviest() + 1) as f32;
        self.texts.sound(self.mix.bank() - 1, self.mix.heaviest());
        let push = effective[param::PROMPT_PUSH] * self.mix.gliding();
        effective[param::DREAM_STRENGTH] += push * (1.0 - effective[param::DREAM_STRENGTH]);
        effective[param::TEMPO_BPM] = beat.bpm.0 as f32;
        self.camera.step(beat.beats, &effective);
        self.fade(&led, elapsed, beat.bpm);
        self.publish(now, led, effective)
    }

    /// One-pole smoothing towards what leads: state(t) = led + (state − led)·e^(−t/τ).
    fn follow(&mut self, led: &Values, elapsed_s: f64) {
        for id in Id::all() {
            let tau = id.row().smoothing_s;
            self.smooth[id] = if tau > 0.0 {
                let gap = self.smooth[id] - led[id];
                let rest = gap * (-elapsed_s as f32 / tau).exp();
                // Arrive exactly, so that a control at rest is exactly where the hand left it.
                let (min, max) = id.row().range();
                if rest.abs() < 1e-4 * (max - min) { led[id] } else { led[id] + rest }
            } else {
                led[id]
            };
        }
    }

    fn fade(&mut self, led: &Values, elapsed_s: f64, bpm: Bpm) {
        let goal = if led.on(param::MASTER_BLACKOUT) { 1.0 } else { 0.0 };
        let beats = f64::from(led[param::MASTER_FADE]);
        let travel = if beats > 0.0 { (elapsed_s * bpm.beats_per_second() / beats) as f32 } else { 1.0 };
        self.blackout += (goal - self.blackout).clamp(-travel, travel);
    }

    fn publish(&mut self, now: Seconds, led: Values, effective: Values) -> &Snapshot {
        let s = &mut self.snapshot;
        s.time = now;
        s.base = self.hands.base;
        s.led = led;
        s.effective = effective;
        s.triggers = self.triggers;
        s.pose = self.camera.pose;
        s.pose_rate = self.camera.rate;
        s.bank = self.mix.bank();
        s.mix = self.mix.shares();
        (s.old_bank, s.old_mix) = self.mix.old();
        s.gliding = self.mix.gliding();
        s.blackout = self.blackout;
        s
    }
}

/// The source that a value of `tempo.source` names; `None` is the best one.
fn chosen_source(choice: usize) -> Option<tempo::Source> {
    use tempo::Source::{Audio, Link, Midi, Osc, ProLink, Tap};
    [None, Some(Tap), Some(Audio), Some(Midi), Some(Osc), Some(Link), Some(ProLink)].get(choice).copied().flatten()
}

/// Bars that `beats` are.
fn bars(beats: f64) -> f64 {
    beats / BEATS_PER_BAR
}

#[cfg(test)]
mod tests;
