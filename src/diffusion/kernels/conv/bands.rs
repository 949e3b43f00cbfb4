//! Convolution without packing: bands of a few bordered rows of all channels, small enough for the second-level cache,
//! in which sixteen neighbouring output pixels of one row see sixteen neighbouring floats for every weight.

use std::ops::Range;

use super::Geometry;
use crate::diffusion::kernels::tile::{Columns, Panel, Row, TILE};

/// More channels than this serve enough blocks of weights for packed panels to be the better choice.
const MAX_CHANNELS: usize = 128;

/// Floats of a band (256 KiB).
const BAND: usize = 64 * 1024;

/// Output rows of a band whose partial sums are kept (1 KiB for sixteen pixels and rows of weights).
const MAX_PANELS: usize = 32;

/// The bands of one input.
///
/// A band is `[channels][rows][stride][pitch]`: with stride 2 the even pixels of a row come first, then the odd ones.
pub struct Bands<'a> {
    x: &'a [f32],
    geometry: Geometry,
    /// Panels in a row of the output, and in an image.
    per_row: usize,
    per_image: usize,
    /// Output rows that a band serves.
    rows: usize,
    /// Floats of a bordered row's part for each phase of the stride, and of a band's channel.
    pitch: usize,
    plane: usize,
    /// Where each weight row begins to read, for the first pixel of a band.
    offsets: Vec<usize>,
}

impl<'a> Bands<'a> {
    /// `None` where packing is better, or the only way.
    pub fn new(x: &'a [f32], geometry: &Geometry) -> Option<Self> {
        let Geometry { channels, kernel, stride, .. } = *geometry;
        let (height, width) = geometry.output();
        if kernel == 1 || !width.is_multiple_of(TILE) || width == 0 || !(1..=MAX_CHANNELS).contains(&channels) {
            return None;
        }
        let pitch = geometry.padded().1.div_ceil(stride);
        let row = stride * pitch;
        let per_row = width / TILE;
        let fitting = (BAND / (channels * row)).saturating_sub(kernel - 1) / stride;
        let rows = fitting.min(MAX_PANELS.div_ceil(per_row)).clamp(1, height);
        // Not a multiple of 4 KiB, which would put all channels into the same few lines of the first-level cache.
        let plane = (((rows - 1) * stride + kernel) * row).next_multiple_of(2 * TILE) + TILE;
        let offset = |channel: usize, down: usize, right: usize| {
            channel * plane + down * row + right % stride * pitch + right / stride
        };
        let taps = |channel: usize| (0..kernel * kernel).map(move |tap| offset(channel, tap / kernel, tap % kernel));
        let offsets = (0..channels).flat_map(taps).collect();
        Some(Self { x, geometry: *geometry, per_row, per_image: per_row * height, rows, pitch, plane, offsets })
    }

    /// Writes bordered row `y` of `from`, `[height, width]`, to `out`.
    fn row(&self, from: &[f32], y: usize, out: &mut [f32]) {
        let Geometry { height, width, before, stride, .. } = self.geometry;
        let (inner_height, inner_width) = self.geometry.enlarged();
        if !(before..before + inner_height).contains(&y) {
            out.fill(0.0);
            return;
        }
        let from = &from[(y - before) * height / inner_height * width..][..width];
        if stride == 1 {
            let (left, rest) = out.split_at_mut(before);
            let (inner, right) = rest.split_at_mut(inner_width);
            left.fill(0.0);
            right.fill(0.0);
            super::enlarge(from, inner);
            return;
        }
        for (phase, out) in out.chunks_exact_mut(self.pitch).enumerate() {
            for (x, out) in out.iter_mut().enumerate() {
                let x = (x * stride + phase).wrapping_sub(before);
                *out = if x < inner_width { from[x * width / inner_width] } else { 0.0 };
            }
        }
    }
}

impl Columns for Bands<'_> {
    fn together(&self, panels: Range<usize>, _k: usize) -> usize {
        let first = panels.start % self.per_image;
        let end = ((first / self.per_row + self.rows) * self.per_row).min(self.per_image);
        (end - first).min(panels.len())
    }

    fn prepare(&self, panels: Range<usize>, k: Range<usize>, buffer: &mut Vec<Row>) {
        if k.start > 0 {
            return;
        }
        let Geometry { channels, height, width, kernel, stride, .. } = self.geometry;
        buffer.resize(buffer.len().max((channels * self.plane).div_ceil(TILE)), Row::ZERO);
        let (image, first) = (panels.start / self.per_image, panels.start % self.per_image);
        let top = first / self.per_row;
        let rows = (first + panels.len()).div_ceil(self.per_row) - top;
        let (top, rows) = (top * stride, (rows - 1) * stride + kernel);
        let planes = self.x.chunks_exact(height * width).skip(image * channels).take(channels);
        let floats: &mut [f32] = bytemuck::cast_slice_mut(buffer);
        for (from, out) in planes.zip(floats.chunks_exact_mut(self.plane)) {
            for (y, out) in out.chunks_exact_mut(stride * self.pitch).take(rows).enumerate() {
                self.row(from, top + y, out);
            }
        }
    }

    fn panel<'a>(&'a self, first: usize, index: usize, k: Range<usize>, buffer: &'a [Row]) -> Panel<'a> {
        let (first, panel) = (first % self.per_image, first % self.per_image + index);
        let down = panel / self.per_row - first / self.per_row;
        let at = down * self.geometry.stride * self.geometry.stride * self.pitch + panel % self.per_row * TILE;
        let floats: &[f32] = bytemuck::cast_slice(buffer);
        Panel::Direct { floats: &floats[at..], offsets: &self.offsets[k] }
    }
}
