//! Numbers for frames, over everybody who makes them, and which of them the wall has got.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Numbers frames in the order they are made, over the generator and the stills board.
#[derive(Clone, Default)]
pub struct Sequence(Arc<Numbers>);

struct Numbers {
    made: AtomicU64,
    seen: AtomicU64,
    /// The seed of what was seen last.
    seed: AtomicU64,
}

impl Default for Numbers {
    /// As long as no wall says otherwise, what is made is seen.
    fn default() -> Self {
        Self { made: AtomicU64::new(0), seen: AtomicU64::new(u64::MAX), seed: AtomicU64::new(0) }
    }
}

impl Sequence {
    /// The next number, from 1.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.0.made.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Frame `number`, grown from `seed`, goes to the wall; called by the wall's side alone.
    pub fn show(&self, number: u64, seed: u64) {
        self.0.seen.store(number, Ordering::Relaxed);
        self.0.seed.store(seed, Ordering::Relaxed);
    }

    /// The seed of the newest frame that went to the wall.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.0.seed.load(Ordering::Relaxed)
    }

    /// The newest frame that went to the wall; frames with a larger number wait.
    #[must_use]
    pub fn seen(&self) -> u64 {
        self.0.seen.load(Ordering::Relaxed)
    }
}
