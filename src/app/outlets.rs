//! Where what is new of another show reaches the threads that use it.

use std::sync::Arc;

use crossbeam_channel::Receiver;

use crate::dream::Dreamer;
use crate::render::OverlayImage;

/// The ends at which the generator and the wall are handed what is new.
pub struct ChangeoverOutlets {
    pub dreamers: Receiver<Box<Dreamer>>,
    pub overlays: Receiver<Arc<[OverlayImage]>>,
}
