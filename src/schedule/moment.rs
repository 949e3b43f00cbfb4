//! One moment of the show, as expressions see it: all variables with their values.
//!
//! The thread that owns the clock keeps one [`Moment`], sets what changed, and calls [`Moment::derive`] once per tick;
//! schedules read it. About 1.4 kB, no allocation.

use super::variable::{CLOCK, SLOTS, Variable};

/// Beats in a bar: what `bar`, `bar_phase` and keys in bars go by.
pub const BEATS_PER_BAR: f64 = 4.0;

/// Frames, beats and events are compared as they were counted: this much rounding is forgiven.
const ROUNDING: f64 = 1e-9;

/// The values of all variables at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    values: [f64; SLOTS],
    /// Where frames go by beats and not by seconds: how many make one.
    frames_per_beat: Option<f64>,
}

/// Whatever gives a program its variables.
pub(super) trait Reads {
    fn read(&self, slot: usize) -> f64;
}

impl Reads for Moment {
    fn read(&self, slot: usize) -> f64 {
        self.values.get(slot).copied().unwrap_or(f64::NAN)
    }
}

impl Default for Moment {
    fn default() -> Self {
        Moment::new()
    }
}

impl Moment {
    /// Frame 0 of a run without end: 15 frames per second, 120 beats per minute, silence.
    pub fn new() -> Self {
        let mut moment = Moment { values: [0.0; SLOTS], frames_per_beat: None };
        moment.set(Variable::Fps, 15.0);
        moment.set(Variable::Bpm, 120.0);
        moment.set(Variable::MaxF, f64::INFINITY);
        moment.derive(&[]);
        moment
    }

    /// Sets one variable, in the unit of its line in [`VARIABLES`](super::VARIABLES).
    pub fn set(&mut self, variable: Variable, value: f64) {
        if let Some(place) = self.values.get_mut(variable.slot()) {
            *place = value;
        }
    }

    /// The value of one variable.
    pub fn get(&self, variable: Variable) -> f64 {
        self.read(variable.slot())
    }

    /// Lets frames go by beats, so many to one, whatever the tempo; with `None` they go by seconds.
    pub fn set_frames_per_beat(&mut self, frames: Option<f64>) {
        self.frames_per_beat = frames;
    }

    /// Sets frame and beat of a run that keeps its tempo: beat 0 is at `beat_offset_s`. Studio's formula, its offset
    /// mended (it takes seconds from beats). Call [`Self::derive`] afterwards.
    pub fn set_frame(&mut self, frame: f64) {
        self.set(Variable::T, frame);
        let seconds = ratio(frame, self.get(Variable::Fps)) - self.get(Variable::BeatOffsetS);
        self.set(Variable::Beat, seconds * self.get(Variable::Bpm) / 60.0);
    }

    /// Fills what follows from `t`, `fps`, `bpm`, `beat`, `max_f`, `beat_offset_s` and the times of `events` (seconds,
    /// ascending).
    pub fn derive(&mut self, events: &[f64]) {
        let clock = self.clock(self.get(Variable::T), self.get(Variable::Beat));
        for (place, value) in self.values.iter_mut().zip(clock) {
            *place = value;
        }
        self.set(Variable::MaxFrames, self.get(Variable::MaxF) + 1.0);
        self.set(Variable::BeatOffsetF, self.get(Variable::BeatOffsetS) * self.get(Variable::Fps));
        self.derive_events(events);
    }

    /// The variables that follow from frame and beat, in the order of their slots. The formulas are Studio's.
    fn clock(&self, t: f64, beat: f64) -> [f64; CLOCK] {
        let (fps, beats_per_second) = (self.get(Variable::Fps), self.get(Variable::Bpm) / 60.0);
        let phase = beat - beat.floor();
        let bar = beat / BEATS_PER_BAR;
        let since = ratio(phase, beats_per_second);
        let until = ratio(1.0 - phase, beats_per_second);
        let frames_to_go = self.get(Variable::MaxF) - t;
        let seconds_to_go = ratio(frames_to_go, fps);
        [
            t,
            t,
            ratio(t, fps),
            beat,
            beat.floor(),
            bar.floor(),
            phase,
            bar - bar.floor(),
            phase,
            whole(until * fps),
            whole(since * fps),
            until,
            since,
            frames_to_go,
            seconds_to_go * beats_per_second,
            seconds_to_go,
        ]
    }

    /// Events count by the frame in which they fall; one on the running frame is still to come. Where there is none on
    /// a side, the run's end stands in. Studio's rules; its beats and seconds since the last event are mended (they
    /// counted to the next).
    fn derive_events(&mut self, events: &[f64]) {
        let (t, fps) = (self.get(Variable::T), self.get(Variable::Fps));
        let frame = |seconds: &f64| whole(seconds * fps);
        let passed = events.partition_point(|seconds| frame(seconds) < t - ROUNDING);
        let next = events.get(passed).map_or(self.get(Variable::MaxF), frame);
        let before = passed.checked_sub(1).and_then(|last| events.get(last)).map_or(0.0, frame);
        let (until, since) = (next - t, t - before);
        let way = until + since;
        let progress = if way > 0.0 { since / way } else { 1.0 };
        let beats_per_second = self.get(Variable::Bpm) / 60.0;
        for (variable, value) in [
            (Variable::EventsPassed, passed as f64),
            (Variable::EventsToGo, (events.len() - passed) as f64),
            (Variable::EventsTotal, events.len() as f64),
            (Variable::ProgressUntilNextEvent, progress),
            (Variable::FramesUntilNextEvent, until),
            (Variable::BeatsUntilNextEvent, ratio(until, fps) * beats_per_second),
            (Variable::SecondsUntilNextEvent, ratio(until, fps)),
            (Variable::FramesSincePrevEvent, since),
            (Variable::BeatsSincePrevEvent, ratio(since, fps) * beats_per_second),
            (Variable::SecondsSincePrevEvent, ratio(since, fps)),
        ] {
            self.set(variable, value);
        }
    }

    /// Beats in one frame at the running tempo.
    pub(super) fn beats_per_frame(&self) -> f64 {
        if let Some(frames) = self.frames_per_beat {
            return ratio(1.0, frames);
        }
        ratio(self.get(Variable::Bpm) / 60.0, self.get(Variable::Fps))
    }

    /// Frames in so many beats at the running tempo.
    pub(super) fn frames_in(&self, beats: f64) -> f64 {
        ratio(beats, self.beats_per_frame())
    }

    /// This moment moved by so many beats, as far as the clock goes.
    pub(super) fn moved(&self, beats: f64) -> Elsewhen<'_> {
        self.elsewhen(self.get(Variable::T) + self.frames_in(beats), self.get(Variable::Beat) + beats)
    }

    /// This moment with another frame and beat.
    pub(super) fn elsewhen(&self, t: f64, beat: f64) -> Elsewhen<'_> {
        Elsewhen { moment: self, clock: self.clock(t, beat) }
    }
}

/// `a / b`, or 0 where nothing moves.
fn ratio(a: f64, b: f64) -> f64 {
    if b == 0.0 { 0.0 } else { a / b }
}

fn whole(frames: f64) -> f64 {
    (frames + ROUNDING).floor()
}

/// A moment seen from another time: only what follows from the clock differs.
pub(super) struct Elsewhen<'a> {
    moment: &'a Moment,
    clock: [f64; CLOCK],
}

impl Reads for Elsewhen<'_> {
    fn read(&self, slot: usize) -> f64 {
        self.clock.get(slot).copied().unwrap_or_else(|| self.moment.read(slot))
    }
}

/// A moment with the value of a schedule as `v`.
pub(super) struct Valued<'a> {
    pub moment: &'a Moment,
    pub value: f64,
}

impl Reads for Valued<'_> {
    fn read(&self, slot: usize) -> f64 {
        if slot == Variable::V.slot() { self.value } else { self.moment.read(slot) }
    }
}

/// What key expressions see: a run's facts, nothing else.
pub(super) struct Nothing;

impl Reads for Nothing {
    fn read(&self, _: usize) -> f64 {
        f64::NAN
    }
}
