//! The noise gate: decides when there is nothing to hear, so that hum and hiss do not move the pictures.

/// Quieter than this is silence on any rig.
const LOWEST_DBFS: f32 = -60.0;
/// No noise floor above this is believed: it would be quiet music.
const HIGHEST_FLOOR_DBFS: f32 = -48.0;
/// The gate stands this far above the learned noise floor, and opens this much higher than it closes.
const MARGIN_DB: f32 = 6.0;
const HYSTERESIS_DB: f32 = 3.0;
/// Silence must last this long: longer than a beat of the slowest music.
const HANG_S: f32 = 1.5;
/// Noise is what stays within this range for this long; music does not.
const STEADY_DB: f32 = 4.0;
const STEADY_S: f32 = 3.0;
/// The range of recent levels closes in with this time constant: longer than a beat.
const FORGET_S: f32 = 1.0;

pub(super) struct Gate {
    floor_dbfs: f32,
    /// Range of recent levels.
    low_dbfs: f32,
    high_dbfs: f32,
    steady_s: f32,
    quiet_s: f32,
    closed: bool,
}

impl Gate {
    pub fn new() -> Self {
        Self {
            floor_dbfs: super::FLOOR_DB,
            low_dbfs: super::FLOOR_DB,
            high_dbfs: super::FLOOR_DB,
            steady_s: 0.0,
            quiet_s: HANG_S,
            closed: true,
        }
    }

    /// One hop of `dt` seconds at a smoothed input level; true while silent.
    pub fn step(&mut self, level_dbfs: f32, dt: f32) -> bool {
        self.learn_floor(level_dbfs, dt);
        let threshold_dbfs = (self.floor_dbfs + MARGIN_DB).max(LOWEST_DBFS);
        if level_dbfs < threshold_dbfs {
            self.quiet_s += dt;
            self.closed |= self.quiet_s >= HANG_S;
        } else {
            self.quiet_s = 0.0;
            self.closed &= level_dbfs < threshold_dbfs + HYSTERESIS_DB;
        }
        self.closed
    }

    fn learn_floor(&mut self, level_dbfs: f32, dt: f32) {
        let forgotten = dt / FORGET_S;
        self.high_dbfs = level_dbfs.max(self.high_dbfs + forgotten * (level_dbfs - self.high_dbfs));
        self.low_dbfs = level_dbfs.min(self.low_dbfs + forgotten * (level_dbfs - self.low_dbfs));
        // Sound quieter than the floor disproves it.
        self.floor_dbfs = self.floor_dbfs.min(level_dbfs);
        let steady = self.high_dbfs - self.low_dbfs < STEADY_DB && self.high_dbfs < HIGHEST_FLOOR_DBFS;
        self.steady_s = if steady { self.steady_s + dt } else { 0.0 };
        if self.steady_s >= STEADY_S {
            self.floor_dbfs = level_dbfs;
        }
    }
}
