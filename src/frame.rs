//! The one type that the generator makes and the renderer shows, and the camera pose they share.
//!
//! A `Frame` is plain, serialisable data: the generator may later run on another machine.

mod affine;
mod movement;
mod pose;
mod space;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub(crate) use affine::Affine;
pub(crate) use movement::{Flip, Lens, Motion};
pub(crate) use pose::Pose;
pub(crate) use space::{NEAREST, Space};

use crate::units::Seconds;

/// How a frame came to be, and so how the playhead takes it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Arrival {
    /// The next image of the stream: morph to it.
    Stream,
    /// A cut, the earlier image after a rejection, panic, or a pad without glide: show it alone in the next frame.
    Cut,
    /// A pad's still: begin in the next displayed frame and take this long. Images of the stream that arrive
    /// meanwhile take its place without starting again.
    Glide { seconds: f32 },
}

/// One picture on its way to the wall.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Frame {
    /// sRGB, RGBA, 8 bit, row by row from the top left: `width * height * 4` bytes. Alpha is how near a point is, when
    /// `deep`: 255 lies at depth 1, 0 at depth 2.
    pub pixels: Arc<[u8]>,
    pub deep: bool,
    pub width_px: u32,
    pub height_px: u32,
    /// Counts up from 1 over everything the generator has sent.
    pub sequence: u64,
    /// Show time at which the generator read the snapshot this image was made from.
    pub asked_at_s: f64,
    /// Show time at which the image was complete.
    pub made_at_s: f64,
    /// The beat at which it is expected on the wall.
    pub beat: f64,
    /// The content camera's pose that the picture stands for.
    pub pose: Pose,
    /// Strength used, 0..1.
    pub strength: f32,
    pub steps: u32,
    pub seed: u64,
    /// Bank and slot of the heaviest prompt, 1-based.
    pub bank: u16,
    pub slot: u16,
    pub arrival: Arrival,
    /// The newest control event this image takes into account (`param::Snapshot::image_event`).
    pub event: u64,
}

impl Frame {
    #[must_use]
    pub fn made_at(&self) -> Seconds {
        Seconds(self.made_at_s)
    }
}
