//! The virtual camera as mathematics: from a movement of content to the map that samples a picture.
//!
//! Pure functions without state or GPU. The renderer calls them once per displayed frame and hands the maps to the
//! shaders; the generator calls [`warp()`] on the last image before it denoises again. Both sample alike: in linear
//! light, bilinear, mirrored at the edges.
//!
//! Movements come from [`Pose::since`](crate::frame::Pose::since), in *picture heights* about the centre, x right and y
//! down, so that a movement means the same for the 128-pixel image and for the wall that shows it.

pub(crate) mod srgb;
mod warp;

#[cfg(test)]
mod tests;

pub(crate) use srgb::{linear_from_srgb, linear_from_srgb8, srgb_from_linear, srgb8_from_linear};
pub(crate) use warp::warp;

use crate::frame::Affine;

/// Zoom further than this from where an image was made shows nothing but one blurred texel (or a carpet of
/// mirrored copies), so the map stops there and its numbers stay finite however long the generator stalls.
const ZOOM_LIMIT: f64 = 256.0;

/// `moved` with its scale limited to [`ZOOM_LIMIT`] times larger or smaller; identity when it is not finite.
#[must_use]
pub fn visible(moved: Affine) -> Affine {
    let scale = moved.scale();
    let by = scale.clamp(1.0 / ZOOM_LIMIT, ZOOM_LIMIT) / scale;
    let limited = if by == 1.0 { moved } else { moved.then(Affine::rotation([0.0; 2], 0.0, by)) };
    if limited.is_finite() { limited } else { Affine::IDENTITY }
}

/// `moved`, or if it moves the upper edge of a picture further than `most`, such a part of it. Zoom, turn and shift are
/// in picture heights at that edge, half a height from the centre, and add up.
#[must_use]
pub fn at_most(moved: Affine, most: f64) -> Affine {
    let (octaves, turns, [x, y]) = (moved.scale().log2(), moved.turns(), moved.shift());
    let edge = 0.5 * (octaves.abs() * std::f64::consts::LN_2 + turns.abs() * std::f64::consts::TAU) + x.hypot(y);
    // Also false when a number is not finite.
    if edge <= most || !edge.is_finite() {
        return moved;
    }
    let part = most / edge;
    Affine::rotation([0.0; 2], part * turns, (part * octaves).exp2()).then(Affine::translation(part * x, part * y))
}

/// Where the content of a `width_px` × `height_px` picture moves when it is `moved`, in picture heights: pixels to
/// pixels, x right and y down as images are stored, pixel centres at halves. Numerically OpenCV's forward 2×3 matrix.
#[must_use]
pub fn content_map(moved: Affine, width_px: u32, height_px: u32) -> Affine {
    let (w, h) = (f64::from(width_px), f64::from(height_px));
    let about_centre = Affine::translation(-w / 2.0, -h / 2.0).then(visible(moved).in_units(h));
    about_centre.then(Affine::translation(w / 2.0, h / 2.0))
}

/// How a picture lies on the wall before it moves, in wall heights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    /// Extent of the texture that holds the picture.
    pub width: f64,
    pub height: f64,
    /// What a picture height is, in wall heights: the unit of content's movements.
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

    /// For every point of the wall the point of the texture seen there after content `moved` (in wall heights about the
    /// centre): texture coordinates to texture coordinates, both 0..1 from the top left, as shaders sample.
    #[must_use]
    pub fn sampling_map(&self, moved: Affine, wall_aspect: f64) -> Affine {
        let heights_from_wall = Affine([[wall_aspect, 0.0, -wall_aspect / 2.0], [0.0, 1.0, -0.5]]);
        let texture_from_heights = Affine([[1.0 / self.width, 0.0, 0.5], [0.0, 1.0 / self.height, 0.5]]);
        let backwards = visible(moved).inverse().unwrap_or(Affine::IDENTITY);
        heights_from_wall.then(backwards).then(texture_from_heights)
    }
}
