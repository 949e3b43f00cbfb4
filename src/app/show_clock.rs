//! The monotonic show clock: seconds since the start, from the operating system's monotonic clock.

use std::time::Instant;

use crate::units::Seconds;

/// Gives the show time. Copies share one start.
#[derive(Clone, Copy, Debug)]
pub struct ShowClock(Instant);

impl ShowClock {
    /// Show time 0 is now.
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    #[must_use]
    pub fn now(&self) -> Seconds {
        Seconds(self.0.elapsed().as_secs_f64())
    }
}
