//! The warp on the CPU: samples as `shaders/canvas.wgsl` does, in linear light, bilinear, row by row on all threads of
//! the current rayon pool.

use rayon::prelude::*;

use super::{SamplingMap, depth, linear_from_srgb, srgb_from_linear};
use crate::frame::Space;

use super::Placement;

/// The buffer handed in does not hold the picture it is said to hold.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a {width}x{height} picture needs {expected} values, there are {found}")]
pub struct SizeMismatch {
    pub width: usize,
    pub height: usize,
    pub expected: usize,
    pub found: usize,
}

/// What a picture shows beyond its edges. The values are those of `motion.border`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Border {
    /// Its edge, on and on.
    Replicate,
    /// The picture again.
    Wrap,
    /// The picture mirrored, again and again.
    #[default]
    Mirror,
    /// Mirrored until it is made anew: what the camera exposes grows from noise.
    Fill,
}

impl Border {
    /// By its name as a value of `motion.border`.
    #[must_use]
    pub fn of(name: &str) -> Self {
        match name {
            "replicate" => Self::Replicate,
            "wrap" => Self::Wrap,
            "fill" => Self::Fill,
            _ => Self::Mirror,
        }
    }

    /// The texel of a row of `count` that stands at `index`, as WebGPU's address modes do. `count` is not zero.
    fn texel(self, index: i64, count: usize) -> usize {
        let period = count as i64;
        match self {
            Self::Replicate => index.clamp(0, period - 1) as usize,
            Self::Wrap => index.rem_euclid(period) as usize,
            Self::Mirror | Self::Fill => {
                let folded = index.rem_euclid(2 * period) as usize;
                folded.min(2 * count - 1 - folded)
            }
        }
    }
}

/// How content moved since the picture, and what else decides where it is sampled.
#[derive(Clone, Copy, Debug)]
pub struct Moving<'a> {
    /// In picture heights about the centre.
    pub moved: Space,
    pub border: Border,
    /// How near each pixel is, 0..255; none: all alike.
    pub nearness: Option<&'a [u8]>,
}

impl Moving<'_> {
    /// Where the picture is sampled, in pixels from the top left, for the middle of pixel (`column`, `row`).
    fn sampled(&self, map: &SamplingMap, [height, width]: [usize; 2], [column, row]: [usize; 2]) -> [f64; 2] {
        let size = [width as f64, height as f64];
        let wall = [(column as f64 + 0.5) / size[0], (row as f64 + 0.5) / size[1]];
        let at = match self.nearness {
            Some(near) => map.apply_deep(wall, |at| {
                let taps = self.taps([at[0] * size[0], at[1] * size[1]], [height, width]);
                let nearness: f32 = taps.iter().map(|&(at, weight)| f32::from(near[at]) * weight).sum();
                depth::of_nearness(nearness / 255.0)
            }),
            None => map.apply(wall, 1.0),
        };
        [at[0] * size[0], at[1] * size[1]]
    }

    /// The four pixels around `point`, in pixels from the top left, and their bilinear weights, which sum to one.
    fn taps(&self, point: [f64; 2], [height, width]: [usize; 2]) -> [(usize, f32); 4] {
        // Texel `floor(x)` of the coordinate shifted to centres is the left neighbour.
        let [x, y] = point.map(|v| v - 0.5);
        let (left, top) = (x.floor(), y.floor());
        let (fx, fy) = ((x - left) as f32, (y - top) as f32);
        let [x0, x1] = [0, 1].map(|step| self.border.texel((left as i64).saturating_add(step), width));
        let [y0, y1] = [0, 1].map(|step| self.border.texel((top as i64).saturating_add(step), height) * width);
        [(y0 + x0, (1.0 - fx) * (1.0 - fy)), (y0 + x1, fx * (1.0 - fy)), (y1 + x0, (1.0 - fx) * fy), (y1 + x1, fx * fy)]
    }

    fn map(&self, [height, width]: [usize; 2]) -> SamplingMap {
        let aspect = width as f64 / height as f64;
        Placement::cover(aspect, aspect).sampling_map(self.moved, aspect)
    }
}

/// Moves a planar sRGB picture `[3, height, width]` of nominally 0..1. When nothing moved the picture is not changed at all.
///
/// # Errors
/// When there are not `3 * height * width` values, or as many of nearness as pixels, or the picture is empty.
pub fn warp(picture: &mut [f32], [height, width]: [usize; 2], moving: &Moving<'_>) -> Result<(), SizeMismatch> {
    let plane = height * width;
    if plane == 0 || picture.len() != 3 * plane {
        return Err(SizeMismatch { width, height, expected: 3 * plane, found: picture.len() });
    }
    if let Some(near) = moving.nearness.filter(|near| near.len() != plane) {
        return Err(SizeMismatch { width, height, expected: plane, found: near.len() });
    }
    if moving.moved == Space::IDENTITY {
        return Ok(());
    }
    let light: Vec<f32> = picture.par_iter().map(|value| linear_from_srgb(*value)).collect();
    let map = moving.map([height, width]);
    let (red, others) = picture.split_at_mut(plane);
    let (green, blue) = others.split_at_mut(plane);
    let rows = red.par_chunks_mut(width).zip(green.par_chunks_mut(width)).zip(blue.par_chunks_mut(width));
    rows.enumerate().for_each(|(row, ((red, green), blue))| {
        for column in 0..width {
            let taps = moving.taps(moving.sampled(&map, [height, width], [column, row]), [height, width]);
            let sampled = |channel: usize| {
                let light = &light[channel * plane..][..plane];
                srgb_from_linear(taps.iter().map(|&(at, weight)| light[at] * weight).sum())
            };
            (red[column], green[column], blue[column]) = (sampled(0), sampled(1), sampled(2));
        }
    });
    Ok(())
}

/// Which pixels of a picture that moves show what lay beyond its edges; empty when none does, or it did not move.
#[must_use]
pub fn exposed([height, width]: [usize; 2], moving: &Moving<'_>) -> Vec<bool> {
    let fits = moving.nearness.is_none_or(|near| near.len() == height * width);
    if moving.moved == Space::IDENTITY || height * width == 0 || !fits {
        return Vec::new();
    }
    let map = moving.map([height, width]);
    let beyond = |at: usize| {
        let [x, y] = moving.sampled(&map, [height, width], [at % width, at / width]);
        !(0.0..=width as f64).contains(&x) || !(0.0..=height as f64).contains(&y)
    };
    let all: Vec<bool> = (0..height * width).map(beyond).collect();
    if all.contains(&true) { all } else { Vec::new() }
}
