//! Where finished frames go beside the display: files, films, other programs. None of them can make the wall wait.

use std::sync::Arc;

use crate::render::ReadbackFrame;
use crate::units::Seconds;

/// Takes finished frames with the time at which they were shown. Called on the main thread; what takes time happens on a
/// thread of the sink's own. Dropping a sink ends it: it keeps what it has, within a deadline.
pub trait Sink {
    /// Whether it would take frame `index`, shown at `at`: reading a frame back is work that nobody should do in vain.
    fn wants(&self, index: u64, at: Seconds) -> bool;

    /// Takes a frame that it wants, and leaves others. False when it had to drop it: it is slow, and its queue is full.
    fn accept(&mut self, frame: &Arc<ReadbackFrame>) -> bool;

    /// Frames accepted that could not be written after all, since the last call.
    fn take_failures(&mut self) -> u64;
}

/// All sinks of a wall. Opened before the wall is, so that what cannot be written is found out first.
pub type Sinks = Vec<Box<dyn Sink>>;
