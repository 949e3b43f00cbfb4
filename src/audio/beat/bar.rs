//! Which beat of a bar of four the newest one is: from what the network says about downbeats, and from where the
//! harmony changes.
//!
//! The network tells backbeats and breaks; where every beat is struck alike it knows half a bar at best. There the
//! harmony decides: a beat is compared with the beats one and two bars before it, which play the same drums, and where
//! that difference begins or ends, a bar begins. Both are gathered over many bars, place by place.

use super::sight::INPUTS;

/// The bands that hear bass and chords, from the lowest, up to about 500 Hz.
const BANDS: usize = 14;
/// Beats that a beat is compared with.
const LAGS: [usize; 2] = [4, 8];
const HISTORY: usize = 9;
/// How much the newest bar weighs in the mean of what the network says.
const NEWEST: f32 = 0.25;
/// What is kept of the changes from beat to beat: a quarter of it after 23 bars.
const KEPT: f32 = 0.985;
/// How much the two weigh, as powers, and what is never taken for less likely. Tuned on the tuned-on kinds.
const NETWORK_WEIGHT: f32 = 1.2;
const CHANGE_WEIGHT: f32 = 3.3;
const LEAST_LIKELY: f32 = 0.02;
const LEAST_CHANGE: f32 = 0.05;
/// One change counts at most this many times the mean one; before there were any, so many mean ones were everywhere.
const LARGEST_CHANGE: f32 = 6.0;
const FIRST_CHANGES: f32 = 2.0;
/// The mean change is over so many beats.
const CHANGES: f32 = 20.0;
/// The first beats of a run are left out: the levels still settle.
const SETTLE_BEATS: usize = 2;
/// What is left of all changes after a beat that nobody is sure of.
const KEPT_UNSURE: f32 = 0.7;

pub struct Bar {
    /// The number of the newest beat; what follows is by its number modulo four.
    beat: usize,
    /// Sure beats in a row.
    run: usize,
    /// How likely the network finds a downbeat there.
    likely: [f32; 4],
    /// How much the harmony changed there.
    change: [f32; 4],
    /// The mean one, and over how many.
    mean_change: f32,
    changes: f32,
    /// Levels of the last beats, by their number.
    history: [[f32; BANDS]; HISTORY],
    /// Sum and count of the levels in the newest beat.
    sum: [f32; BANDS],
    frames: f32,
    /// How much the beat before differed from those [`LAGS`] before it.
    differed: [Option<f32>; 2],
}

impl Default for Bar {
    fn default() -> Self {
        Self {
            beat: 0,
            run: 0,
            likely: [0.25; 4],
            change: [0.0; 4],
            mean_change: 0.0,
            changes: 0.0,
            history: [[0.0; BANDS]; HISTORY],
            sum: [0.0; BANDS],
            frames: 0.0,
            differed: [None; 2],
        }
    }
}

impl Bar {
    /// What the network sees of the newest frames.
    pub fn see(&mut self, seen: &[f32; INPUTS]) {
        self.sum.iter_mut().zip(seen).for_each(|(sum, level)| *sum += level);
        self.frames += 1.0;
    }

    /// The next beat has come, of which the tracker is `sure` or not.
    pub fn pass(&mut self, sure: bool) {
        let frames = self.frames.max(1.0);
        self.history[self.beat % HISTORY] = self.sum.map(|sum| sum / frames);
        self.run = if sure { self.run + 1 } else { 0 };
        let kept = if sure { KEPT } else { KEPT_UNSURE };
        self.change.iter_mut().for_each(|change| *change *= kept);
        let change = self.newest_change();
        if change > 0.0 {
            self.changes = (self.changes + 1.0).min(CHANGES);
            let largest = if self.changes > 1.0 { LARGEST_CHANGE * self.mean_change } else { change };
            let change = change.min(largest);
            self.mean_change += (change - self.mean_change) / self.changes;
            self.change[self.beat % 4] += change;
        }
        self.beat += 1;
        (self.sum, self.frames) = ([0.0; BANDS], 0.0);
    }

    /// How much the newest beat changed: by how much more, or less, it differs from those one and two bars before than
    /// the beat before it did.
    fn newest_change(&mut self) -> f32 {
        let mut change = 0.0;
        for (lag, differed) in LAGS.into_iter().zip(&mut self.differed) {
            if self.run < lag + SETTLE_BEATS {
                *differed = None;
                continue;
            }
            let (then, now) = (&self.history[(self.beat - lag) % HISTORY], &self.history[self.beat % HISTORY]);
            let differs = now.iter().zip(then).map(|(a, b)| (a - b).abs()).sum::<f32>() / BANDS as f32;
            change += differed.replace(differs).map_or(0.0, |before| (differs - before).powi(2));
        }
        change
    }

    /// The newest beat is a downbeat with so much likelihood, 0..1, if it is a beat.
    pub fn hear(&mut self, downbeat: f32) {
        let likely = &mut self.likely[self.beat % 4];
        *likely += (downbeat.clamp(0.0, 1.0) - *likely) * NEWEST;
    }

    /// The likeliest place of the newest beat, 0 to 3, and how likely it is, 0..1.
    pub fn place(&self) -> (u8, f32) {
        let first = FIRST_CHANGES * self.mean_change;
        let all = self.change.iter().sum::<f32>() + 4.0 * first;
        let weight = |k: usize| {
            let change = if all > 0.0 { (self.change[k] + first) / all } else { 0.25 };
            (self.likely[k] + LEAST_LIKELY).powf(NETWORK_WEIGHT) * (change + LEAST_CHANGE).powf(CHANGE_WEIGHT)
        };
        let weights: [f32; 4] = std::array::from_fn(weight);
        let best = (0..4).max_by(|a, b| weights[*a].total_cmp(&weights[*b])).unwrap_or(0);
        (((self.beat + 4 - best) % 4) as u8, weights[best] / weights.iter().sum::<f32>())
    }
}
