//! Passes the beats and drops that were heard on to the beat clock. Stepped by whoever owns the clock: the conductor,
//! or `halation listen`.

use super::features::Features;
use crate::tempo::{ClockSource, Sighting, Tempo};
use crate::units::{Bpm, Seconds};

/// From this likelihood on the clock is told which beat of the bar it is.
const SURE_OF_BAR: f32 = 0.7;

/// The counts of beats and drops that were passed on already.
#[derive(Clone, Copy, Debug, Default)]
pub struct TempoFeed {
    beats: u64,
    drops: u64,
}

impl TempoFeed {
    /// Tells `tempo` of a beat that was found since the last call, and of a drop: it begins a bar and a phrase.
    pub fn step(&mut self, now: Seconds, heard: &Features, tempo: &mut Tempo) {
        let pulse = &heard.pulse;
        if pulse.count != self.beats && pulse.is_sure() {
            // The beat that was passed may still be a little ahead on the line.
            let ahead = pulse.age_s > 0.5 * pulse.period_s;
            let at = Seconds(heard.time_s - f64::from(pulse.age_s - if ahead { pulse.period_s } else { 0.0 }));
            let bpm = Bpm(f64::from(pulse.bpm()));
            let beat_in_bar = (pulse.bar_confidence >= SURE_OF_BAR).then_some(pulse.beat_in_bar);
            let sighting = Sighting { at, bpm, beat_in_bar, confidence: pulse.confidence };
            tempo.sight(now, ClockSource::Audio, &sighting);
        }
        self.beats = pulse.count;
        let drops = heard.passage.drops;
        // What begins the music anew begins a phrase.
        if drops != self.drops {
            tempo.hear_the_one(now);
        }
        self.drops = drops;
    }
}
