//! Which beat of a bar of four the newest one is.
//!
//! Every beat speaks for each of the four places: by how likely the network finds a downbeat there (it tells backbeats,
//! breaks and chords; where every beat is struck alike it knows half a bar at best), and by what changed. For that, a
//! beat is compared with those one and two bars before it, which play the same: chords and new parts come in on the one,
//! fills come on the four and are over on the one. What all beats say is gathered by Bayes' rule, and slowly forgotten.

use super::sight::{BANDS, INPUTS};

/// The bands that hear bass and chords, from the lowest, up to about 500 Hz.
const LOW_BANDS: usize = 14;
/// Beats that a beat is compared with.
const LAGS: [usize; 2] = [4, 8];
const HISTORY: usize = 9;
/// The first beats of a run are left out: the levels still settle.
const SETTLE_BEATS: usize = 2;
/// The mean change is over so many changes; one counts at most for so many mean ones.
const CHANGES: f32 = 32.0;
const LARGEST_CHANGE: f32 = 6.0;
/// Changes smaller than this are none.
const LEAST_CHANGE: f32 = 1e-3;
/// What a likelihood of the network is never below, and the mean of its logarithm.
const LEAST_LIKELY: f32 = 0.03;
const USUAL_LOG: f32 = -1.73;

/// By how much the network's logarithm, and mean changes, speak for the four places: multinomial logistic regression on
/// the tuned-on kinds and the drops; with each kind left out in turn, 0.95 of what was told of it with 0.7 was right.
const HINT: [f32; 4] = [0.97, -0.72, 0.38, -0.63];
const SPEAKS: [[f32; 4]; 4] = [
    // Bass and chords differ from those of one and two bars ago by more than the beat before did, and by less; and the
    // bands above them.
    [0.11, -0.13, -0.12, 0.13],
    [0.20, -0.11, -0.10, 0.02],
    [0.00, -0.07, 0.04, 0.02],
    [0.06, 0.08, -0.11, -0.03],
];
/// A beat weighs so much: those of a loop say the same again and again.
const TRUST: f32 = 0.35;
/// What is kept from beat to beat, and from one that nobody is sure of: half of it after 25 bars, and after two beats.
const KEPT: f32 = 0.993;
const KEPT_UNSURE: f32 = 0.7;

pub struct Bar {
    /// The number of the newest beat.
    beat: usize,
    /// Sure beats in a row.
    run: usize,
    /// How far the logarithms speak for the newest beat being the first, second, third or fourth.
    places: [f32; 4],
    /// The likeliest place of the newest beat, 0 to 3, and how likely it is.
    likeliest: (u8, f32),
    change: Change,
    /// Levels of the last beats, by their number.
    history: [[f32; BANDS]; HISTORY],
    /// Sum and count of the levels in the newest beat.
    sum: [f32; BANDS],
    frames: f32,
}

/// How much beats change, against the mean.
#[derive(Default)]
struct Change {
    /// How much the beat before differed from those [`LAGS`] before it, in the low bands and the others.
    differed: [[Option<f32>; 2]; 2],
    /// Of each lag, each as in [`SPEAKS`], and over how many beats.
    mean: [[f32; 4]; 2],
    count: f32,
}

impl Default for Bar {
    fn default() -> Self {
        Self {
            beat: 0,
            run: 0,
            places: [0.0; 4],
            likeliest: (0, 0.25),
            change: Change::default(),
            history: [[0.0; BANDS]; HISTORY],
            sum: [0.0; BANDS],
            frames: 0.0,
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
        self.places.iter_mut().for_each(|place| *place *= kept);
        for (speaks, change) in SPEAKS.into_iter().zip(self.newest_change()) {
            self.speak(speaks, change);
        }
        self.places.rotate_right(1);
        self.beat += 1;
        (self.sum, self.frames) = ([0.0; BANDS], 0.0);
        self.decide();
    }

    /// The newest beat is a downbeat with so much likelihood, 0..1, if it is a beat.
    pub fn hear(&mut self, downbeat: f32) {
        self.speak(HINT, (downbeat.clamp(0.0, 1.0) + LEAST_LIKELY).ln() - USUAL_LOG);
        self.decide();
    }

    /// The likeliest place of the newest beat, 0 to 3, and how likely it is, 0..1.
    pub fn place(&self) -> (u8, f32) {
        self.likeliest
    }

    fn speak(&mut self, speaks: [f32; 4], times: f32) {
        self.places.iter_mut().zip(speaks).for_each(|(place, speaks)| *place += TRUST * speaks * times);
    }

    fn decide(&mut self) {
        let best = (0..4).max_by(|a, b| self.places[*a].total_cmp(&self.places[*b])).unwrap_or(0);
        let all: f32 = self.places.iter().map(|place| (place - self.places[best]).exp()).sum();
        self.likeliest = (best as u8, 1.0 / all);
    }

    /// What changed in the newest beat, as in [`SPEAKS`], in mean changes.
    fn newest_change(&mut self) -> [f32; 4] {
        let now = &self.history[self.beat % HISTORY];
        let differ = LAGS.map(|lag| {
            let then = &self.history[(self.beat + HISTORY - lag) % HISTORY];
            (self.run >= lag + SETTLE_BEATS).then(|| {
                [0..LOW_BANDS, LOW_BANDS..BANDS].map(|bands| {
                    let count = bands.len() as f32;
                    bands.map(|band| (now[band] - then[band]).abs()).sum::<f32>() / count
                })
            })
        });
        self.change.step(differ)
    }
}

impl Change {
    /// The next beat differs so much from those [`LAGS`] before it, in the low bands and the others.
    fn step(&mut self, differ: [Option<[f32; 2]>; 2]) -> [f32; 4] {
        let mut changes = [[0.0f32; 4]; 2];
        for (lag, change) in changes.iter_mut().enumerate() {
            for range in 0..2 {
                let now = differ[lag].map(|both| both[range]);
                let before = std::mem::replace(&mut self.differed[lag][range], now);
                let more = now.zip(before).map_or(0.0, |(now, before)| now - before);
                change[2 * range] = more.max(0.0);
                change[2 * range + 1] = (-more).max(0.0);
            }
        }
        if changes.iter().flatten().all(|change| *change == 0.0) {
            return [0.0; 4];
        }
        self.count = (self.count + 1.0).min(CHANGES);
        let mut out = [0.0; 4];
        for (mean, change) in self.mean.iter_mut().zip(changes) {
            for ((mean, change), out) in mean.iter_mut().zip(change).zip(&mut out) {
                *mean += (change - *mean) / self.count;
                *out += (change / (*mean + LEAST_CHANGE)).min(LARGEST_CHANGE);
            }
        }
        out
    }
}
