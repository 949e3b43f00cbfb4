//! How long an image takes from the snapshot it obeys to the wall: measured there, used by the conductor to ask in time
//! for what shall land on a beat.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Smoothing factors for latencies above and below the estimate. It rises fast and falls slowly, because an image that
/// is early can be held back and a late one cannot.
const UP: f64 = 0.5;
const DOWN: f64 = 0.05;

/// Smoothed latencies in seconds; 0 before the first. One writer, the wall; any reader.
#[derive(Clone, Debug, Default)]
pub struct ImageLatency {
    /// Of the images of the stream.
    pub usual: Latency,
    /// Of cuts, which are drawn from noise and may be composed first.
    pub cut: Latency,
}

/// Of one kind of images.
#[derive(Clone, Debug, Default)]
pub struct Latency(Arc<AtomicU64>);

impl Latency {
    /// Takes in one measured latency, in seconds.
    pub fn note(&self, seconds: f64) {
        let usual = self.seconds();
        let share = if seconds > usual { UP } else { DOWN };
        let next = if usual == 0.0 { seconds } else { usual + share * (seconds - usual) };
        self.0.store(next.to_bits(), Ordering::Relaxed);
    }

    /// The smoothed latency.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        f64::from_bits(self.0.load(Ordering::Relaxed))
    }
}
