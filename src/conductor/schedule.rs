//! The layer between smoothing and modulation: values that the show schedules. They are exact and not smoothed. A
//! parameter that the performer touches leaves the schedule until `param.release`, which brings it back in a glide.

use std::sync::Arc;

use super::base::BaseValues;
use super::transport::Transport;
use crate::audio::Features;
use crate::param::{Class, Id, Kind, Row, ScheduleFrame, Values};
use crate::schedule::{Moment, Schedule, TextSchedule, Variable};
use crate::tempo::Beat;

/// How long a parameter takes from where a hand left it back to its schedule, in beats.
const RETURN_BEATS: f64 = 2.0;
/// A velocity may be scheduled so many times faster than a hand can set it: a beat's push lasts a moment.
const REACH: f32 = 8.0;

/// What the frames of schedules are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timeline {
    /// So many to a beat; without it they are `fps` a second.
    pub frames_per_beat: Option<f64>,
    /// Frames a second: those of the file that the schedules come from, for `sec` and `fps` in expressions.
    pub fps: f64,
    /// After so many it begins again; 0 goes on for ever.
    pub frames: f64,
    /// `s` in expressions.
    pub seed: f64,
}

impl Default for Timeline {
    fn default() -> Self {
        Self { frames_per_beat: None, fps: 15.0, frames: 0.0, seed: 1.0 }
    }
}

/// What a show schedules.
#[derive(Clone, Debug, Default)]
pub struct Schedules {
    pub timeline: Timeline,
    pub parameters: Vec<(Id, Arc<Schedule>)>,
    /// Texts of the slot that sounds.
    pub texts: Option<Arc<TextSchedule>>,
    /// Seconds of events that expressions ask for, ascending.
    pub events: Arc<[f64]>,
}

/// One parameter that follows its schedule.
struct Following {
    id: Id,
    schedule: Arc<Schedule>,
    /// The last value that was a number.
    value: f32,
    /// Where a hand left it, and the beat at which it was given back.
    back_from: Option<(f32, f64)>,
}

/// The schedules that play. Stepped by the conductor; allocates only when they are replaced.
#[derive(Default)]
pub struct ScheduleLayer {
    following: Vec<Following>,
    texts: Option<Arc<TextSchedule>>,
    /// Which text is due.
    text: Option<usize>,
    events: Arc<[f64]>,
    timeline: Timeline,
    /// Now, for what the wall obeys; and when an image that is asked for now gets to the wall, for what images obey.
    moment: Moment,
    on_wall: Moment,
    controllers: u128,
    pub transport: Transport,
    /// How often a hand said where they shall be.
    pub position_sets: u32,
    /// A hand wrote a text, which stays until it is given back.
    pub holds_texts: bool,
    beats: f64,
}

impl ScheduleLayer {
    /// Plays these from now on. A parameter that was scheduled before goes on from where it is.
    pub fn replace(&mut self, schedules: &Schedules) {
        let before = std::mem::take(&mut self.following);
        let kept = |id: Id| before.iter().find(|following| following.id == id);
        self.following = schedules
            .parameters
            .iter()
            .map(|(id, schedule)| {
                let (value, back_from) = kept(*id).map_or((id.row().default_value(), None), |f| (f.value, f.back_from));
                Following { id: *id, schedule: schedule.clone(), value, back_from }
            })
            .collect();
        if self.texts.as_deref() != schedules.texts.as_deref() {
            (self.texts, self.text) = (schedules.texts.clone(), None);
        }
        (self.events, self.timeline) = (schedules.events.clone(), schedules.timeline);
        let unique = unique(schedules.timeline.seed);
        for moment in [&mut self.moment, &mut self.on_wall] {
            moment.set(Variable::Unique, unique);
        }
        self.look_for_controllers();
    }

    /// MIDI controllers that are asked for, a bit each.
    pub fn controllers(&self) -> u128 {
        self.controllers
    }

    fn look_for_controllers(&mut self) {
        let asked = |number: &u8| {
            let variable = Variable::Controller(*number);
            self.following.iter().any(|following| following.schedule.uses(variable))
        };
        self.controllers = (0..128).filter(asked).fold(0, |bits, number| bits | 1 << number);
    }

    /// Schedules one parameter, or with `None` frees it.
    pub fn patch(&mut self, id: Id, schedule: Option<Arc<Schedule>>) {
        let place = self.following.iter().position(|following| following.id == id);
        match (place, schedule) {
            (Some(place), Some(schedule)) => self.following[place].schedule = schedule,
            (Some(place), None) => drop(self.following.swap_remove(place)),
            (None, Some(schedule)) => {
                self.following.push(Following { id, schedule, value: id.row().default_value(), back_from: None });
            }
            (None, None) => {}
        }
        self.look_for_controllers();
    }

    /// Schedules the texts, also where a hand wrote one.
    pub fn patch_texts(&mut self, texts: Arc<TextSchedule>) {
        (self.texts, self.text, self.holds_texts) = (Some(texts), None, false);
    }

    /// Frees every parameter and text.
    pub fn clear(&mut self) {
        self.following.clear();
        (self.texts, self.text, self.controllers) = (None, None, 0);
    }

    /// Frees the texts.
    pub fn clear_texts(&mut self) {
        (self.texts, self.text) = (None, None);
    }

    /// Every parameter that follows a schedule.
    pub fn ids(&self) -> impl Iterator<Item = Id> {
        self.following.iter().map(|following| following.id)
    }

    /// The last value of the MIDI controller `number`, 0..1.
    pub fn hear_controller(&mut self, number: u8, value: f32) {
        for moment in [&mut self.moment, &mut self.on_wall] {
            moment.set(Variable::Controller(number), f64::from(value));
        }
    }

    /// Where the schedules are.
    pub fn frame(&self) -> ScheduleFrame {
        let get = |variable| self.on_wall.get(variable);
        ScheduleFrame {
            t: get(Variable::T),
            max_f: get(Variable::MaxF),
            fps: get(Variable::Fps),
            seed: get(Variable::S),
            beat: get(Variable::Beat),
            bpm: get(Variable::Bpm),
        }
    }

    /// Moves everything on to `beat`, the music's. An image that is asked for now gets to the wall `ahead` beats later.
    pub fn step(&mut self, beat: &Beat, ahead: f64, heard: &Features) {
        let (beats, seconds) = self.transport.position();
        self.beats = beat.beats;
        let timeline = self.timeline;
        tell(&mut self.moment, &timeline, beat, (beats, seconds), heard);
        let later = self.transport.ahead(ahead, beat);
        tell(&mut self.on_wall, &timeline, beat, later, heard);
        self.moment.derive(&self.events);
        self.on_wall.derive(&self.events);
        for following in &mut self.following {
            let next_image = following.id.row().class == Class::NextImage;
            let moment = if next_image { &self.on_wall } else { &self.moment };
            let value = following.schedule.at(moment) as f32;
            if value.is_finite() {
                following.value = reach(following.id.row(), value);
            }
            if following.back_from.is_some_and(|(_, since)| beat.beats - since >= RETURN_BEATS) {
                following.back_from = None;
            }
        }
    }

    /// Writes what is scheduled, and not under a hand, over `values`.
    pub fn write(&self, base: &BaseValues, values: &mut Values) {
        for following in self.following.iter().filter(|following| !base.is_touched(following.id)) {
            values[following.id] = following.now(self.beats);
        }
    }

    /// The value that the schedule of `id` plays, unless a hand has taken it out.
    pub fn playing(&self, id: Id, base: &BaseValues) -> Option<f32> {
        let following = self.following.iter().find(|following| following.id == id)?;
        (!base.is_touched(id)).then(|| id.row().clamp(following.now(self.beats)))
    }

    /// A hand gave `id` back, which stood at `value`.
    pub fn gave_back(&mut self, id: Id, value: f32) {
        let since = self.beats;
        if let Some(following) = self.following.iter_mut().find(|following| following.id == id) {
            following.back_from = Some((value, since));
        }
    }

    /// The text that has become due since the last call.
    pub fn new_text(&mut self) -> Option<Arc<str>> {
        let texts = self.texts.as_ref().filter(|_| !self.holds_texts)?;
        let due = texts.index_at(&self.on_wall);
        if self.text.replace(due) == Some(due) { None } else { texts.shared(due) }
    }
}

impl Following {
    /// The value at `beats`: the schedule's, or on the way back to it.
    fn now(&self, beats: f64) -> f32 {
        let Some((from, since)) = self.back_from else { return self.value };
        if !matches!(self.id.row().kind, Kind::Float { .. }) {
            return self.value;
        }
        let part = ((beats - since) / RETURN_BEATS).clamp(0.0, 1.0) as f32;
        from + (self.value - from) * part * part * (3.0 - 2.0 * part)
    }
}

/// `value` in what a schedule may reach of `row`.
fn reach(row: &Row, value: f32) -> f32 {
    let by = if row.unit.ends_with("/bar") { REACH } else { 1.0 };
    let (min, max) = row.range();
    let scheduled = value.clamp(min * by, max * by);
    if matches!(row.kind, Kind::Float { .. }) { scheduled } else { scheduled.round() }
}

/// Tells `moment` where the schedules are, `beats` and `seconds` after they began.
fn tell(moment: &mut Moment, timeline: &Timeline, beat: &Beat, (beats, seconds): (f64, f64), heard: &Features) {
    let Timeline { frames_per_beat, fps, frames, seed } = *timeline;
    let frame = frames_per_beat.map_or(seconds * fps, |per_beat| beats * per_beat);
    let wrapped = if frames > 0.0 { frame.rem_euclid(frames) } else { frame };
    let [kick, snare, hat] = heard.drums.map(|drum| drum.level);
    moment.set_frames_per_beat(frames_per_beat);
    for (variable, value) in [
        (Variable::T, wrapped),
        (Variable::Beat, beats),
        (Variable::Bpm, beat.bpm.0),
        (Variable::Fps, fps),
        (Variable::S, seed),
        (Variable::MaxF, if frames > 0.0 { frames - 1.0 } else { f64::INFINITY }),
        (Variable::Energy, heard.energy.into()),
        (Variable::Low, heard.low.into()),
        (Variable::Mid, heard.mid.into()),
        (Variable::High, heard.high.into()),
        (Variable::Kick, heard.kick.into()),
        (Variable::Snare, snare.into()),
        (Variable::Hat, hat.into()),
        (Variable::Onset, kick.max(snare).max(hat).into()),
        (Variable::Build, heard.passage.build.into()),
    ] {
        moment.set(variable, value);
    }
}

/// One number for a whole run, 0 to 999999, that nobody foresees: the same for the same seed, so that a night can be replayed.
fn unique(seed: f64) -> f64 {
    (seed.to_bits().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f64 % 1_000_000.0
}
