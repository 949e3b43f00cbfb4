//! The virtual camera as mathematics: from a movement of content to the map that samples a picture.
//!
//! Pure functions without state or GPU. The renderer calls them once per displayed frame and hands the maps to the
//! shaders; the generator calls [`warp()`] on the last image before it denoises again. Both sample alike: in linear
//! light, bilinear, and beyond the edges as the [`Border`] says.
//!
//! Movements come from [`Pose::since`](crate::frame::Pose::since), in *picture heights* about the centre, x right and y
//! down, so that a movement means the same for the 128-pixel image and for the wall that shows it.

pub(crate) mod deforum;
pub(crate) mod depth;
mod sampling;
pub(crate) mod srgb;
mod warp;

#[cfg(test)]
mod tests;

pub(crate) use sampling::{Placement, SamplingMap};
pub(crate) use srgb::{linear_from_srgb, linear_from_srgb8, srgb_from_linear, srgb8_from_linear};
pub(crate) use warp::{Border, Moving, exposed, warp};

use crate::frame::{Affine, Space};

/// Zoom further than this from where an image was made shows nothing but one blurred texel (or a carpet of
/// mirrored copies), so the map stops there and its numbers stay finite however long the generator stalls.
const ZOOM_LIMIT: f64 = 256.0;

/// A picture that turned away further than this, as the slope with which its far edge shrinks, would come from behind: the
/// camera stops looking aside there until another image comes.
const TURN_LIMIT: f64 = 1.2;

/// `moved` with its scale in the middle limited to [`ZOOM_LIMIT`] times larger or smaller, and how far it turns away to
/// [`TURN_LIMIT`]; at rest when it is not finite.
#[must_use]
pub fn visible(moved: Space) -> Space {
    let [.., [g, h, i, v]] = moved.0;
    let (away, depth) = (g.hypot(h), i + v);
    let slope = if depth > 0.0 { away / depth } else { f64::INFINITY };
    let moved = if slope > TURN_LIMIT { moved.part(turn_share(moved)) } else { moved };
    let scale = moved.at_centre().scale();
    let by = scale.clamp(1.0 / ZOOM_LIMIT, ZOOM_LIMIT) / scale;
    let limited = if by == 1.0 { moved } else { moved.then(Affine::rotation([0.0; 2], 0.0, by).into()) };
    if limited.is_finite() { limited } else { Space::IDENTITY }
}

/// How much of the straight way from rest to `moved` turns no further than [`TURN_LIMIT`].
fn turn_share(moved: Space) -> f64 {
    let slope = |share: f64| {
        let [.., [g, h, i, v]] = moved.part(share).0;
        if i + v > 0.0 { g.hypot(h) / (i + v) } else { f64::INFINITY }
    };
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..30 {
        let middle = 0.5 * (low + high);
        if slope(middle) > TURN_LIMIT { high = middle } else { low = middle }
    }
    low
}

/// `moved`, in so many octaves less that it is zoomed by no more than one: for patterns that look alike at every octave.
#[must_use]
pub fn within_an_octave(moved: Space) -> Space {
    let octaves = moved.at_centre().scale().log2().floor();
    let by = if octaves.is_finite() { (-octaves).exp2() } else { return Space::IDENTITY };
    moved.then(Affine::rotation([0.0; 2], 0.0, by).into())
}

/// `moved`, or if it moves the upper edge of a picture further than `most`, such a part of it. Zoom, turn, shift and what
/// bends straight lines are in picture heights at that edge, half a height from the centre, and add up.
#[must_use]
pub fn at_most(moved: Space, most: f64) -> Space {
    let touch = moved.at_centre();
    let (octaves, turns, [x, y]) = (touch.scale().log2(), touch.turns(), touch.shift());
    let [.., [g, h, _, _]] = moved.0;
    let edge = 0.5 * (octaves.abs() * std::f64::consts::LN_2 + turns.abs() * std::f64::consts::TAU) + x.hypot(y);
    let edge = edge + 0.25 * g.hypot(h);
    // Also false when a number is not finite.
    if edge <= most || !edge.is_finite() {
        return moved;
    }
    let part = most / edge;
    if !moved.is_plane() {
        return moved.part(part);
    }
    let turned = Affine::rotation([0.0; 2], part * turns, (part * octaves).exp2());
    turned.then(Affine::translation(part * x, part * y)).into()
}
