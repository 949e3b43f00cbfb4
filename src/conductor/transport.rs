//! Where the schedules are: the transport that a hand runs, rewinds and loops, in step with the music's bars.

use crate::param::{self, Values};
use crate::tempo::Beat;
use crate::units::BEATS_PER_BAR;

/// The one of the bar has moved when it lies further from where it was than this, in beats.
const MOVED: f64 = 0.01;

/// How often its triggers had fired when last looked.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Wishes {
    /// `schedule.rewind`, and how often `schedule.position` was set.
    pub rewinds: u32,
    pub sets: u32,
}

/// The position along the schedules. Stepped by the conductor; allocates nothing.
#[derive(Default)]
pub struct Transport {
    beats: f64,
    seconds: f64,
    /// The music's beat at the last step, and where in a bar of beats its one lies; none before the first.
    music: Option<(f64, f64)>,
    wishes: Wishes,
    loop_beats: f64,
}

impl Transport {
    /// Beats since the schedules began, and seconds.
    pub fn position(&self) -> (f64, f64) {
        (self.beats, self.seconds)
    }

    /// The position `beats` later, as far as the loop lets it.
    pub fn ahead(&self, beats: f64, beat: &Beat) -> (f64, f64) {
        let there = self.beats + beats;
        if self.loop_beats > 0.0 && there >= self.loop_beats {
            let wrapped = there.rem_euclid(self.loop_beats);
            return (wrapped, wrapped / beat.bpm.beats_per_second());
        }
        (there, self.seconds + beats / beat.bpm.beats_per_second())
    }

    /// Another show's schedules begin at the next step.
    pub fn begin(&mut self) {
        self.music = None;
    }

    /// Moves on with the music to `beat`. `values` are the unmodulated ones.
    pub fn step(&mut self, beat: &Beat, elapsed_s: f64, values: &Values, wishes: Wishes) {
        let before = std::mem::replace(&mut self.wishes, wishes);
        let one = (beat.beats - f64::from(beat.beat_in_bar) - beat.phase).rem_euclid(BEATS_PER_BAR);
        let set_beats = f64::from(values[param::SCHEDULE_POSITION]) * BEATS_PER_BAR;
        let (runs, rate) = (values.on(param::SCHEDULE_RUN), f64::from(values[param::SCHEDULE_RATE]));
        match self.music.replace((beat.beats, one)) {
            // The beat that the music is in is the schedules' first, unless the show says where to begin.
            None => self.go_to(set_beats + f64::from(beat.beat_in_bar) + beat.phase, beat),
            Some(_) if wishes.rewinds != before.rewinds => self.go_to(beat.phase, beat),
            Some(_) if wishes.sets != before.sets => self.go_to(set_beats, beat),
            Some((last, last_one)) if runs => {
                self.beats += rate * (beat.beats - last).max(0.0);
                self.seconds += rate * elapsed_s;
                if rate == 1.0 {
                    self.follow_bar(one - last_one, beat);
                }
            }
            Some(_) => {}
        }
        self.loop_beats = f64::from(values[param::SCHEDULE_LOOP]) * BEATS_PER_BAR;
        if self.loop_beats > 0.0 && self.beats >= self.loop_beats {
            self.go_to(self.beats.rem_euclid(self.loop_beats), beat);
        }
    }

    /// Is at `beats` at once, and at the second that is at this tempo.
    fn go_to(&mut self, beats: f64, beat: &Beat) {
        (self.beats, self.seconds) = (beats, beats / beat.bpm.beats_per_second());
    }

    /// The one of the music's bar went `by` beats on: the schedules' bars go with it, the shorter way and never before 0.
    fn follow_bar(&mut self, by: f64, beat: &Beat) {
        let half = BEATS_PER_BAR / 2.0;
        // A one that comes later leaves less of the bar behind us.
        let nearer = half - (by + half).rem_euclid(BEATS_PER_BAR);
        if nearer.abs() < MOVED {
            return;
        }
        let by = if self.beats + nearer < 0.0 { nearer + BEATS_PER_BAR } else { nearer };
        self.beats += by;
        self.seconds += by / beat.bpm.beats_per_second();
    }
}
