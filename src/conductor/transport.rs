//! Where the schedules are: the transport that a hand runs, rewinds and loops, in step with the music's beats.

use crate::param::{self, Values};
use crate::tempo::Beat;
use crate::units::BEATS_PER_BAR;

/// A resync moves the bar by no more than this.
const HALF_BAR: f64 = BEATS_PER_BAR / 2.0;

/// How often its triggers had fired when last looked.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Fired {
    rewinds: u32,
    resyncs: u32,
}

/// The position along the schedules. Stepped by the conductor; allocates nothing.
#[derive(Default)]
pub struct Transport {
    beats: f64,
    seconds: f64,
    /// The music's beat at the last step; none before the first.
    music: Option<f64>,
    fired: Fired,
    /// What the hand set as the position, in bars, when last looked.
    set_bars: f32,
}

impl Transport {
    /// Beats since the schedules began, and seconds.
    pub fn position(&self) -> (f64, f64) {
        (self.beats, self.seconds)
    }

    /// Another show's schedules begin at the next step.
    pub fn begin(&mut self) {
        self.music = None;
    }

    /// Moves on with the music to `beat`. `values` are the unmodulated ones; `triggers` count what was fired.
    pub fn step(&mut self, beat: &Beat, elapsed_s: f64, values: &Values, triggers: &[u32; param::COUNT]) {
        let count = |id: param::Id| triggers[id.index()];
        let fired = Fired { rewinds: count(param::SCHEDULE_REWIND), resyncs: count(param::TEMPO_RESYNC) };
        let before = std::mem::replace(&mut self.fired, fired);
        let set_bars = values[param::SCHEDULE_POSITION];
        let was_set = std::mem::replace(&mut self.set_bars, set_bars) != set_bars;
        match self.music.replace(beat.beats) {
            // The beat that the music is in is the schedules' first.
            None => self.go_to(beat.phase + f64::from(beat.beat_in_bar), beat),
            Some(_) if fired.rewinds != before.rewinds => self.go_to(beat.phase, beat),
            Some(_) if was_set => self.go_to(f64::from(set_bars) * BEATS_PER_BAR, beat),
            Some(last) if values.on(param::SCHEDULE_RUN) => {
                let rate = f64::from(values[param::SCHEDULE_RATE]);
                self.beats += rate * (beat.beats - last).max(0.0);
                self.seconds += rate * elapsed_s;
            }
            Some(_) => {}
        }
        if fired.resyncs != before.resyncs {
            self.follow_bar(beat);
        }
        let bars = f64::from(values[param::SCHEDULE_LOOP]);
        if bars > 0.0 && self.beats >= bars * BEATS_PER_BAR {
            self.go_to(self.beats.rem_euclid(bars * BEATS_PER_BAR), beat);
        }
    }

    /// Is at `beats` at once, and at the second that is at this tempo.
    fn go_to(&mut self, beats: f64, beat: &Beat) {
        (self.beats, self.seconds) = (beats, beats / beat.bpm.beats_per_second());
    }

    /// The one of the bar was moved: the schedules' bars go with it, the shorter way.
    fn follow_bar(&mut self, beat: &Beat) {
        let off = beat.bar_phase() * BEATS_PER_BAR - self.beats.rem_euclid(BEATS_PER_BAR);
        let nearer = (off + HALF_BAR).rem_euclid(BEATS_PER_BAR) - HALF_BAR;
        let there = self.beats + nearer;
        self.go_to(if there < 0.0 { there + BEATS_PER_BAR } else { there }, beat);
    }
}
