//! Convolution without packing: bands of a few bordered rows of all channels, small enough for the second-level cache,
//! in which sixteen neighbouring output pixels of one row see sixteen neighbouring floats for every weight.

use std::ops::Range;

use super::{Geometry, Place};
use crate::diffusion::kernels::tile::{Columns, Panel, Row, TILE};

/// More channels than this serve enough blocks of weights for packed panels to be the better choice.
const MAX_CHANNELS: usize = 128;

/// Floats of a band (256 KiB).
const BAND: usize = 64 * 1024;

/// Panels of a band, whose partial sums may have to be kept: 1 KiB for each of them and sixteen rows of weights.
const MAX_PANELS: usize = 64;

/// The bands of one input.
///
/// A band is `[channels][rows][stride][pitch]`: with stride 2 the even pixels of a row come first, then the odd ones.
/// Its panels count through its rows; bands count down the image, then across.
pub struct Bands<'a> {
    x: &'a [f32],
    geometry: Geometry,
    /// Height and width of the output.
    height: usize,
    width: usize,
    shape: Shape,
    /// Floats of a band's channel.
    plane: usize,
    /// Where each weight row begins to read, for the first pixel of a band.
    offsets: Vec<usize>,
}

/// How many output rows a band has, how many panels each of them, and the floats that a row of them reads for each phase
/// of the stride.
#[derive(Clone, Copy)]
struct Shape {
    rows: usize,
    across: usize,
    pitch: usize,
}

impl Shape {
    /// The one that copies the fewest floats for each output pixel.
    fn best(geometry: &Geometry, height: usize, per_row: usize) -> Option<Self> {
        let Geometry { channels, kernel, stride, .. } = *geometry;
        let shapes =
            (1..=per_row.min(MAX_PANELS)).filter(|across| per_row.is_multiple_of(*across)).filter_map(|across| {
                let pitch = ((across * TILE - 1) * stride + kernel).div_ceil(stride);
                let fitting = (BAND / (channels * stride * pitch)).checked_sub(kernel)? / stride + 1;
                Some(Self { rows: fitting.min(MAX_PANELS / across).min(height), across, pitch })
            });
        shapes.min_by_key(|shape| (shape.copied(geometry), shape.rows))
    }

    /// Floats of a channel for 4096 output pixels; memory that is read in short pieces counts as more.
    fn copied(&self, geometry: &Geometry) -> usize {
        const PIECE: usize = 400;
        let rows = (self.rows - 1) * geometry.stride + geometry.kernel;
        rows * geometry.stride * (self.pitch + PIECE) * 4096 / (self.rows * self.across * TILE)
    }
}

impl<'a> Bands<'a> {
    /// `None` where packing is better, or the only way.
    pub fn new(x: &'a [f32], geometry: &Geometry) -> Option<Self> {
        let Geometry { channels, kernel, stride, enlarge, .. } = *geometry;
        let (height, width) = geometry.output();
        if stride > 1 && enlarge.is_some() {
            return None;
        }
        if kernel == 1 || !width.is_multiple_of(TILE) || width == 0 || !(1..=MAX_CHANNELS).contains(&channels) {
            return None;
        }
        let shape = Shape::best(geometry, height, width / TILE)?;
        let row = stride * shape.pitch;
        // Not a multiple of 4 KiB, which would put all channels into the same few lines of the first-level cache.
        let plane = (((shape.rows - 1) * stride + kernel) * row).next_multiple_of(2 * TILE) + TILE;
        let offset = |channel: usize, down: usize, right: usize| {
            channel * plane + down * row + right % stride * shape.pitch + right / stride
        };
        let taps = |channel: usize| (0..kernel * kernel).map(move |tap| offset(channel, tap / kernel, tap % kernel));
        let offsets = (0..channels).flat_map(taps).collect();
        Some(Self { x, geometry: *geometry, height, width, shape, plane, offsets })
    }

    /// Image, first row, first panel of the row.
    fn at(&self, panel: usize) -> (usize, usize, usize) {
        let across = self.shape.across;
        let (strip, inside) = (panel / (across * self.height), panel % (across * self.height));
        let strips = self.width / (across * TILE);
        (strip / strips, inside / across, strip % strips * across + inside % across)
    }

    pub fn place(&self, panel: usize) -> Place {
        let (image, y, across) = self.at(panel);
        Place { image, first: y * self.width + across * TILE, count: TILE }
    }

    /// Writes bordered row `y` of `from`, `[height, width]`, from bordered pixel `left` on, to `out`.
    fn row(&self, from: &[f32], y: usize, left: usize, out: &mut [f32]) {
        let Geometry { height, width, before, stride, .. } = self.geometry;
        let (inner_height, inner_width) = self.geometry.enlarged();
        if !(before..before + inner_height).contains(&y) {
            out.fill(0.0);
            return;
        }
        let from = &from[(y - before) * height / inner_height * width..][..width];
        if stride == 1 {
            let (zeros, rest) = out.split_at_mut(before.saturating_sub(left).min(out.len()));
            let first = left.saturating_sub(before);
            let (inner, beyond) = rest.split_at_mut(rest.len().min(inner_width.saturating_sub(first)));
            zeros.fill(0.0);
            beyond.fill(0.0);
            super::enlarge(from, inner_width, first, inner);
            return;
        }
        for (phase, out) in out.chunks_exact_mut(self.shape.pitch).enumerate() {
            let zeros = before.saturating_sub(left + phase).div_ceil(stride).min(out.len());
            let (zeros, rest) = out.split_at_mut(zeros);
            let first = left + phase + zeros.len() * stride - before;
            let from = from.get(first..).unwrap_or_default();
            let (inner, beyond) = rest.split_at_mut(rest.len().min(from.len().div_ceil(stride)));
            zeros.fill(0.0);
            beyond.fill(0.0);
            inner.iter_mut().zip(from.iter().step_by(stride)).for_each(|(out, &x)| *out = x);
        }
    }
}

impl Columns for Bands<'_> {
    fn together(&self, panels: Range<usize>, _k: usize) -> usize {
        let Shape { rows, across, .. } = self.shape;
        let inside = panels.start % (across * self.height);
        let end = ((inside / across + rows) * across).min(across * self.height);
        (end - inside).min(panels.len())
    }

    fn prepare(&self, panels: Range<usize>, k: Range<usize>, buffer: &mut Vec<Row>) {
        if k.start > 0 || panels.is_empty() {
            return;
        }
        let Geometry { channels, height, width, kernel, stride, .. } = self.geometry;
        buffer.resize(buffer.len().max((channels * self.plane).div_ceil(TILE)), Row::ZERO);
        let (image, top, across) = self.at(panels.start);
        let (_, last, _) = self.at(panels.end - 1);
        let rows = (last - top) * stride + kernel;
        let left = across / self.shape.across * self.shape.across * TILE * stride;
        let planes = self.x.chunks_exact(height * width).skip(image * channels).take(channels);
        let floats: &mut [f32] = bytemuck::cast_slice_mut(buffer);
        for (from, out) in planes.zip(floats.chunks_exact_mut(self.plane)) {
            for (y, out) in out.chunks_exact_mut(stride * self.shape.pitch).take(rows).enumerate() {
                self.row(from, top * stride + y, left, out);
            }
        }
    }

    fn panel<'a>(&'a self, first: usize, index: usize, k: Range<usize>, buffer: &'a [Row]) -> Panel<'a> {
        let Shape { across, pitch, .. } = self.shape;
        let panel = first % across + index;
        let at = panel / across * self.geometry.stride * self.geometry.stride * pitch + panel % across * TILE;
        let floats: &[f32] = bytemuck::cast_slice(buffer);
        Panel::Direct { floats: &floats[at..], offsets: &self.offsets[k] }
    }
}
