//! Numbers for frames, over everybody who makes them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Numbers frames in the order they are made, over the generator and the stills board.
#[derive(Clone, Default)]
pub struct Sequence(Arc<AtomicU64>);

impl Sequence {
    /// The next number, from 1.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}
