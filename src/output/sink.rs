//! Where finished frames go beside the display: files, films, other programs. Live, no sink blocks the render loop.

use std::sync::Arc;

use crate::render::ReadbackFrame;
use crate::units::Seconds;

/// Takes finished frames with the time at which they were shown. Called on the main thread; what takes time happens on
/// a thread of the sink's own. Dropping a sink ends it: it writes what it has, within a deadline.
pub trait Sink {
    /// Whether it would take frame `index`, shown at `at`. Asked first, because a readback is costly.
    fn wants(&self, index: u64, at: Seconds) -> bool;

    /// A frame is shown at `at`: what is heard now belongs to it. Called for every frame, wanted or not.
    fn shown(&mut self, _at: Seconds) {}

    /// Takes a frame that it wants, and leaves others. False when it had to drop it: it is slow, and its queue is full.
    fn accept(&mut self, frame: &Arc<ReadbackFrame>) -> bool;

    /// Frames accepted that could not be written after all, since the last call.
    fn take_failures(&mut self) -> u64;
}

/// All sinks of a wall. Opened before it, so that a path that cannot be written is an error at the start.
pub type Sinks = Vec<Box<dyn Sink>>;
