//! The status line: once a second, one line in the terminal with what a performer wants to know.

use std::fmt::Write as _;

use crate::audio::Features;
use crate::param::{self, Snapshot};
use crate::telemetry::Fault;
use crate::tempo::Clock;

/// What the line says besides the snapshot.
pub struct Facts<'a> {
    pub images_per_s: f64,
    pub stills: (usize, usize),
    pub faults: &'a [Fault],
}

/// The line for this moment.
#[must_use]
pub fn line(snapshot: &Snapshot, clock: &Clock, features: &Features, facts: &Facts<'_>) -> String {
    let e = &snapshot.effective;
    let beat = clock.at(snapshot.time);
    let mut text = format!("{}.{}", snapshot.bank, heaviest(snapshot) + 1);
    if snapshot.gliding > 0.0 {
        let beats = f64::from(snapshot.gliding * snapshot.base[param::PROMPT_GLIDE]);
        let _ = write!(text, " -> {} in {beats:.1} beats", snapshot.base.whole(param::PROMPT_SLOT));
    }
    let _ = write!(
        text,
        " | strength {:.2} steps {} | {:.1} images/s | {:.1} bpm {} | in {:.0} dB energy {:.2}",
        e[param::DREAM_STRENGTH],
        e.whole(param::DREAM_STEPS),
        facts.images_per_s,
        beat.bpm.0,
        beat.source.name(),
        features.level_dbfs.max(-99.0),
        features.energy,
    );
    if facts.stills.0 < facts.stills.1 {
        let _ = write!(text, " | stills {}/{}", facts.stills.0, facts.stills.1);
    }
    for fault in facts.faults {
        let healed = if fault.recovered { "" } else { "!" };
        let _ = write!(text, " | {} {}{healed}", fault.kind.name(), fault.count);
    }
    text
}

fn heaviest(snapshot: &Snapshot) -> usize {
    let mix = &snapshot.mix;
    (0..mix.len()).fold(0, |best, k| if mix[k] > mix[best] { k } else { best })
}
