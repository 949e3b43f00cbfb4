//! The warp on the CPU: samples as `shaders/canvas.wgsl` does, in linear light, bilinear, row by row on all threads of
//! the current rayon pool.

use rayon::prelude::*;

use super::{linear_from_srgb, srgb_from_linear};
use crate::frame::Affine;

/// The buffer handed in does not hold the picture it is said to hold.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a {width}x{height} picture needs {expected} values, there are {found}")]
pub struct SizeMismatch {
    pub width: usize,
    pub height: usize,
    pub expected: usize,
    pub found: usize,
}

/// Moves a planar sRGB picture `[3, height, width]` of nominally 0..1 by `content` (see [`super::content_map`]). When
/// `content` is the identity the picture is not changed at all.
///
/// # Errors
/// When there are not `3 * height * width` values, or the picture is empty.
pub fn warp(picture: &mut [f32], [height, width]: [usize; 2], content: Affine) -> Result<(), SizeMismatch> {
    let plane = height * width;
    if plane == 0 || picture.len() != 3 * plane {
        return Err(SizeMismatch { width, height, expected: 3 * plane, found: picture.len() });
    }
    if content == Affine::IDENTITY {
        return Ok(());
    }
    let light: Vec<f32> = picture.par_iter().map(|value| linear_from_srgb(*value)).collect();
    let backwards = content.inverse().unwrap_or(Affine::IDENTITY);
    let (red, others) = picture.split_at_mut(plane);
    let (green, blue) = others.split_at_mut(plane);
    let rows = red.par_chunks_mut(width).zip(green.par_chunks_mut(width)).zip(blue.par_chunks_mut(width));
    rows.enumerate().for_each(|(row, ((red, green), blue))| {
        for column in 0..width {
            // Pixel centres lie at halves.
            let taps = taps(backwards.apply([column as f64 + 0.5, row as f64 + 0.5]), [height, width]);
            let sampled = |channel: usize| {
                let light = &light[channel * plane..][..plane];
                srgb_from_linear(taps.iter().map(|&(at, weight)| light[at] * weight).sum())
            };
            (red[column], green[column], blue[column]) = (sampled(0), sampled(1), sampled(2));
        }
    });
    Ok(())
}

/// The four pixels around `point`, in pixels from the top left, and their bilinear weights, which sum to one.
fn taps(point: [f64; 2], [height, width]: [usize; 2]) -> [(usize, f32); 4] {
    // Texel `floor(x)` of the coordinate shifted to centres is the left neighbour.
    let [x, y] = point.map(|v| v - 0.5);
    let (left, top) = (x.floor(), y.floor());
    let (fx, fy) = ((x - left) as f32, (y - top) as f32);
    let [x0, x1] = [0, 1].map(|step| mirrored(left as i64 + step, width));
    let [y0, y1] = [0, 1].map(|step| mirrored(top as i64 + step, height) * width);
    [(y0 + x0, (1.0 - fx) * (1.0 - fy)), (y0 + x1, fx * (1.0 - fy)), (y1 + x0, (1.0 - fx) * fy), (y1 + x1, fx * fy)]
}

/// The texel of a row of `count` that stands at `index`: beyond its edges a picture is mirrored, again and again, as
/// WebGPU's `mirror-repeat` does on the wall. `count` is not zero.
fn mirrored(index: i64, count: usize) -> usize {
    let folded = index.rem_euclid(2 * count as i64) as usize;
    folded.min(2 * count - 1 - folded)
}
