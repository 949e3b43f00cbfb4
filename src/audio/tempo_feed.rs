//! Passes the beats and drops that were heard on to the beat clock. Stepped by whoever owns the clock: the conductor,
//! or `halation listen`.

use super::features::Features;
use crate::tempo::{ClockSource, Sighting, Tempo};
use crate::units::{Bpm, Seconds};

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
            let at = Seconds(heard.time_s - f64::from(pulse.age_s));
            let bpm = Bpm(f64::from(pulse.bpm()));
            tempo.sight(
                now,
                ClockSource::Audio,
                &Sighting { at, bpm, beat_in_bar: None, confidence: pulse.confidence },
            );
        }
        self.beats = pulse.count;
        let drops = heard.passage.drops;
        // Nothing else that is heard says where the bar begins.
        if drops != self.drops {
            tempo.hear_the_one(now);
        }
        self.drops = drops;
    }
}
