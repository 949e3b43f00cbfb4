//! Settings of the generator that are fixed when it is made.

use std::path::PathBuf;
use std::sync::Arc;

use super::pace::Cost;
use super::still_files::StillFiles;
use super::{Overlay, Picture, Sequence, Stills, TextBoard};

/// Given when it is made; all else comes with snapshots.
pub struct DreamConfig {
    /// Size of the pictures; both multiples of the model's `latent_scale`.
    pub width_px: usize,
    pub height_px: usize,
    pub texts: TextBoard,
    pub stills: Stills,
    /// Where stills are read from, and kept for later shows.
    pub still_files: Option<StillFiles>,
    pub sequence: Sequence,
    /// What `dream.source = image` starts from.
    pub image: Option<Picture>,
    /// What `overlay.mode = melt` lays into what images start from.
    pub overlays: Arc<[Overlay]>,
    /// The folder in which the depth model's lies.
    pub models: Option<PathBuf>,
    /// What `guide.slot` chooses from.
    pub guides: Arc<[Picture]>,
    /// What may change of a picture, `[height, width]` of 0..1; all of it without one.
    pub mask: Option<Arc<[f32]>>,
    /// Whether feedback is kept from drifting in colour and sharpness.
    pub drift_correction: bool,
    /// Cost of an image in virtual time, where it cannot be measured; `None` measures it.
    pub cost: Option<Cost>,
}
