//! Numbers that carry their unit. Every room may use them; they know nothing of any room.

/// Show time in seconds since the instrument started, on a monotonic clock.
///
/// Virtual in stepped play, wall time otherwise; no room asks the operating system itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Seconds(pub f64);

impl Seconds {
    /// The time `s` seconds after this one.
    #[must_use]
    pub fn after(self, s: f64) -> Self {
        Self(self.0 + s)
    }

    /// Seconds elapsed from `earlier` to this time; negative when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> f64 {
        self.0 - earlier.0
    }
}

/// Tempo in beats (quarter notes) per minute.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Bpm(pub f64);

impl Bpm {
    /// Beats that pass in one second.
    #[must_use]
    pub fn beats_per_second(self) -> f64 {
        self.0 / 60.0
    }
}

/// Beats in a bar. Club music is in four; nothing here needs another metre yet.
pub const BEATS_PER_BAR: f64 = 4.0;

/// Amplitude ratio of a level in decibels.
#[must_use]
pub fn db_to_gain(db: f32) -> f32 {
    10f32.powf(db / 20.0)
}
