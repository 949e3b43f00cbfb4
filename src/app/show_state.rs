//! The newest state of the show, as the wall needs it: written by the conductor, read once per displayed frame.

use crate::audio::SoundShape;
use crate::param::Snapshot;
use crate::tempo::Clock;

#[derive(Clone, Copy, Debug)]
pub struct ShowState {
    pub snapshot: Snapshot,
    pub clock: Clock,
    pub sound: SoundShape,
}
