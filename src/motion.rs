//! The virtual camera as mathematics: from a difference of poses to the map that moves a picture.
//!
//! Pure functions without state, threads or GPU. The renderer calls it once per displayed frame and hands
//! the maps to the shaders; the generator calls [`warp_planar`] on the last image before it denoises again.
//!
//! The movement is Deforum's 2D camera: a shift first, then rotation and zoom about the centre,
//! `p' = s·R(θ)·(p + t)`, which in pixels is the matrix of OpenCV's `getRotationMatrix2D` times a translation.
//! Pictures are compared in *picture heights* with x to the right and y up, so that a movement means the same
//! for the 128-pixel image and for the wall that shows it.

mod affine;
mod srgb;
mod warp;

#[cfg(test)]
mod tests;

pub use affine::Affine;
pub use srgb::{linear_from_srgb8, srgb8_from_linear};
pub use warp::{Border, SizeMismatch, warp_planar, warp_rgba};

use crate::frame::Pose;

/// Zoom further than this from where an image was made shows nothing but one blurred texel (or a carpet of
/// mirrored copies), so the map stops there and its numbers stay finite however long the generator stalls.
const ZOOM_LIMIT_OCTAVES: f64 = 8.0;

/// How many times larger things appear after `delta`: 2 to the octaves.
#[must_use]
pub fn scale_of(delta: Pose) -> f64 {
    finite(delta.zoom_octaves).clamp(-ZOOM_LIMIT_OCTAVES, ZOOM_LIMIT_OCTAVES).exp2()
}

/// Where the content of a `width_px` × `height_px` picture moves under `delta`: pixels to pixels, x right and
/// y *down* as images are stored, pixel centres at halves. Numerically OpenCV's forward 2×3 matrix.
#[must_use]
pub fn content_map(delta: Pose, width_px: u32, height_px: u32) -> Affine {
    let (w, h) = (f64::from(width_px), f64::from(height_px));
    movement(delta, h, [w / 2.0, h / 2.0])
}

/// How a picture lies on the wall before it moves, in wall heights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    /// Extent of the texture that holds the picture.
    pub width: f64,
    pub height: f64,
    /// The height one unit of [`Pose::x`] and [`Pose::y`] stands for.
    pub picture_height: f64,
}

impl Placement {
    /// A picture of `image_aspect` (width / height) centred on the wall and large enough to cover all of it.
    #[must_use]
    pub fn cover(image_aspect: f64, wall_aspect: f64) -> Self {
        let height = (wall_aspect / image_aspect).max(1.0);
        Self { width: height * image_aspect, height, picture_height: height }
    }

    /// A texture that is exactly the wall (what was drawn before), moving with pictures of `picture_height`.
    #[must_use]
    pub fn whole_wall(wall_aspect: f64, picture_height: f64) -> Self {
        Self { width: wall_aspect, height: 1.0, picture_height }
    }

    /// For every point of the wall the point of the texture seen there after the camera moved by `delta`:
    /// texture coordinates to texture coordinates, both 0..1 from the top left, as shaders sample.
    #[must_use]
    pub fn sampling_map(&self, delta: Pose, wall_aspect: f64) -> Affine {
        let heights_from_wall = Affine([[wall_aspect, 0.0, -wall_aspect / 2.0], [0.0, 1.0, -0.5]]);
        let texture_from_heights = Affine([[1.0 / self.width, 0.0, 0.5], [0.0, 1.0 / self.height, 0.5]]);
        let backwards = movement(delta, self.picture_height, [0.0, 0.0]).inverse().unwrap_or(Affine::IDENTITY);
        heights_from_wall.then(backwards).then(texture_from_heights)
    }
}

/// The movement itself, in coordinates with y down where a picture is `picture_height` units high.
fn movement(delta: Pose, picture_height: f64, centre: [f64; 2]) -> Affine {
    Affine::translation(finite(delta.x) * picture_height, -finite(delta.y) * picture_height).then(Affine::rotation(
        centre,
        finite(delta.turns),
        scale_of(delta),
    ))
}

fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { 0.0 }
}
