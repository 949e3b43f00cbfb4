//! Automatic gain: maps a level in dB to 0..1 by what is loud and quiet for this material.
//!
//! Percentiles instead of a peak follower, so that one loud event (a dropped microphone) does not set the range.
//! `observe` is simply not called while the gate is closed: silence never teaches it anything.

const BIN_DB: f32 = 0.5;
pub(super) const BINS: usize = 200;
const BOTTOM_DB: f32 = -100.0;
/// The statistics are looked at this often; in between, levels are only counted.
const REVIEW_S: f32 = 0.08;
/// Bounds on the width of the range in dB.
const NARROWEST_DB: f32 = 9.0;
const WIDEST_DB: f32 = 24.0;
/// How fast the range may move, in dB/s: up, down, and either way while settling.
const UP: f32 = 1.0;
const DOWN: f32 = 0.25;
const SETTLING: f32 = 20.0;

#[derive(Clone, Copy, Debug)]
pub(super) struct GainConfig {
    /// Memory of the statistics, and the shorter one used for the first `settle_s` of sound.
    pub memory_s: f32,
    pub first_memory_s: f32,
    pub settle_s: f32,
    /// The top of the range never goes below this: what is quieter is not made to fill the range.
    pub lowest_top_db: f32,
    /// Where the top of the range starts out.
    pub first_top_db: f32,
}

pub(super) struct AutoGain {
    config: GainConfig,
    learned: Learned,
    since_review_s: f32,
}

/// What is worth keeping of an automatic gain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Learned {
    /// Seconds heard per half decibel, fading.
    pub histogram: [f32; BINS],
    pub heard_s: f32,
    pub bottom_db: f32,
    pub top_db: f32,
}

impl Default for Learned {
    fn default() -> Self {
        Self { histogram: [0.0; BINS], heard_s: 0.0, bottom_db: BOTTOM_DB, top_db: BOTTOM_DB + WIDEST_DB }
    }
}

impl Learned {
    /// Whether a gain could have learned this.
    pub fn is_sane(&self) -> bool {
        let seconds = self.histogram.iter().chain([&self.heard_s]);
        let range_db = self.top_db - self.bottom_db;
        seconds.into_iter().all(|s| s.is_finite() && *s >= 0.0)
            && (NARROWEST_DB - 0.1..=WIDEST_DB + 0.1).contains(&range_db)
            && (BOTTOM_DB..=20.0).contains(&self.top_db)
    }
}

impl AutoGain {
    pub fn new(config: GainConfig) -> Self {
        let (bottom_db, top_db) = (config.first_top_db - WIDEST_DB, config.first_top_db);
        Self { config, learned: Learned { bottom_db, top_db, ..Learned::default() }, since_review_s: 0.0 }
    }

    pub fn learned(&self) -> Learned {
        self.learned
    }

    /// Goes on from what was learned before.
    pub fn remember(&mut self, learned: &Learned) {
        self.learned = *learned;
    }

    /// Learns from one hop of `dt` seconds at `db`. Not to be called in silence.
    pub fn observe(&mut self, db: f32, dt: f32) {
        let bin = ((db - BOTTOM_DB) / BIN_DB).clamp(0.0, (BINS - 1) as f32) as usize;
        self.learned.histogram[bin] += dt;
        self.learned.heard_s += dt;
        self.since_review_s += dt;
        if self.since_review_s >= REVIEW_S {
            self.review(self.since_review_s);
            self.since_review_s = 0.0;
        }
    }

    fn review(&mut self, dt: f32) {
        let settling = self.learned.heard_s < self.config.settle_s;
        let memory_s = if settling { self.config.first_memory_s } else { self.config.memory_s };
        let keep = (-dt / memory_s).exp();
        self.learned.histogram.iter_mut().for_each(|weight| *weight *= keep);
        let top = self.percentile(0.95).max(self.config.lowest_top_db);
        let bottom = self.percentile(0.10).clamp(top - WIDEST_DB, top - NARROWEST_DB);
        let (up, down) = if settling { (SETTLING, SETTLING) } else { (UP, DOWN) };
        self.learned.top_db += (top - self.learned.top_db).clamp(-down * dt, up * dt);
        self.learned.bottom_db += (bottom - self.learned.bottom_db).clamp(-down * dt, up * dt);
        self.learned.bottom_db =
            self.learned.bottom_db.clamp(self.learned.top_db - WIDEST_DB, self.learned.top_db - NARROWEST_DB);
    }

    fn percentile(&self, share: f32) -> f32 {
        let total: f32 = self.learned.histogram.iter().sum();
        let mut below = 0.0;
        let bin = self.learned.histogram.iter().position(|weight| {
            below += weight;
            below >= share * total
        });
        BOTTOM_DB + (bin.unwrap_or(BINS - 1) as f32 + 0.5) * BIN_DB
    }

    /// Where `db` lies in the learned range, 0..1.
    pub fn level(&self, db: f32) -> f32 {
        ((db - self.learned.bottom_db) / (self.learned.top_db - self.learned.bottom_db)).clamp(0.0, 1.0)
    }

    /// The learned top of the range.
    pub fn top_db(&self) -> f32 {
        self.learned.top_db
    }

    /// How much of the first `over_s` seconds of sound has been heard, 0..1.
    pub fn confidence(&self, over_s: f32) -> f32 {
        (self.learned.heard_s / over_s).min(1.0)
    }
}
