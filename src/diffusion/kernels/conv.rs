//! Convolutions and linear layers as packed products.
//!
//! Where rows of output pixels divide into panels of sixteen and there are few channels, panels are read from a few
//! bordered rows of the image at a time ([`Bands`]). Otherwise the input is copied once with its border of zeros (and,
//! where asked, enlarged on the way); after that a panel is a few straight copies per weight row. A linear layer over
//! `[batch, channels, tokens]` is a convolution with a 1×1 kernel. [`Winograd`] is another algorithm for the same sums,
//! for the shapes that it fits.

mod bands;
mod taps;
mod winograd;

use std::cell::Cell;
use std::ops::Range;

use rayon::prelude::*;

use super::share::Share;
use super::tile::{Columns, Copied, Output, Packed, Row, TILE, Tile, product};
use super::{buffers, multiversion, pointwise};
use bands::Bands;
use taps::Taps;
pub use winograd::Winograd;

/// Where a convolution reads: size of the input, kernel, stride, borders of zeros.
#[derive(Clone, Copy, Debug)]
pub struct Geometry {
    pub batch: usize,
    pub channels: usize,
    pub height: usize,
    pub width: usize,
    /// Square kernel.
    pub kernel: usize,
    pub stride: usize,
    /// Zeros above and to the left.
    pub before: usize,
    /// Zeros below and to the right.
    pub after: usize,
    /// Enlarge to this height and width (nearest neighbour) before the convolution.
    pub enlarge: Option<(usize, usize)>,
}

impl Geometry {
    /// A linear layer over `pixels` pixels.
    pub fn linear(batch: usize, channels: usize, pixels: usize) -> Self {
        Self { batch, channels, height: 1, width: pixels, kernel: 1, stride: 1, before: 0, after: 0, enlarge: None }
    }

    fn enlarged(&self) -> (usize, usize) {
        self.enlarge.unwrap_or((self.height, self.width))
    }

    fn padded(&self) -> (usize, usize) {
        let (height, width) = self.enlarged();
        (height + self.before + self.after, width + self.before + self.after)
    }

    /// Height and width of the result.
    pub fn output(&self) -> (usize, usize) {
        let (height, width) = self.padded();
        let along = |size: usize| size.saturating_sub(self.kernel) / self.stride + 1;
        (along(height), along(width))
    }
}

/// What happens to a sum before it is stored, in this order.
#[derive(Clone, Copy, Default)]
pub struct Finish<'a> {
    /// Per output channel.
    pub bias: Option<&'a [f32]>,
    /// Per batch element and output channel.
    pub shift: Option<&'a [f32]>,
    /// Shaped like the output.
    pub residual: Option<&'a [f32]>,
    pub relu: bool,
}

thread_local! {
    /// The bordered copy of the input, reused from call to call.
    static BORDERED: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
}

/// Convolves `x`, `[batch, channels, height, width]`; returns `[batch, weights.rows(), output]`.
pub fn convolve(weights: &Packed, x: &[f32], geometry: &Geometry, finish: Finish<'_>) -> Vec<f32> {
    assert_eq!(weights.k(), geometry.channels * geometry.kernel * geometry.kernel);
    assert_eq!(x.len(), geometry.batch * geometry.channels * geometry.height * geometry.width);
    if let Some(bands) = Bands::new(x, geometry) {
        return over_columns(weights, &bands, |panel| bands.place(panel), geometry, finish);
    }
    if geometry.before + geometry.after == 0 && geometry.enlarge.is_none() {
        return over_bordered(weights, x, geometry, finish);
    }
    let mut bordered = BORDERED.take();
    border(x, geometry, &mut bordered);
    let out = over_bordered(weights, &bordered, geometry, finish);
    BORDERED.set(bordered);
    out
}

/// Copies `x` with its zeros around, enlarged if asked.
fn border(x: &[f32], geometry: &Geometry, out: &mut Vec<f32>) {
    let (height, width) = geometry.padded();
    let (inner_height, inner_width) = geometry.enlarged();
    let planes = geometry.batch * geometry.channels;
    out.resize(planes * height * width, 0.0);
    let one = |(x, out): (&[f32], &mut [f32])| {
        for (row, out) in out.chunks_exact_mut(width).enumerate() {
            if !(geometry.before..geometry.before + inner_height).contains(&row) {
                out.fill(0.0);
                continue;
            }
            let from = (row - geometry.before) * geometry.height / inner_height * geometry.width;
            let x = &x[from..from + geometry.width];
            let (left, rest) = out.split_at_mut(geometry.before);
            let (inner, right) = rest.split_at_mut(inner_width);
            left.fill(0.0);
            right.fill(0.0);
            enlarge(x, inner_width, 0, inner);
        }
    };
    let (from, to) = (geometry.height * geometry.width, height * width);
    if rayon::current_num_threads() == 1 {
        x.chunks_exact(from).zip(out.chunks_exact_mut(to)).for_each(one);
    } else {
        x.par_chunks_exact(from).zip(out.par_chunks_exact_mut(to)).for_each(one);
    }
}

/// Writes pixels `first..` of row `x`, enlarged to `width` pixels by nearest neighbour.
fn enlarge(x: &[f32], width: usize, first: usize, out: &mut [f32]) {
    if width == x.len() {
        out.copy_from_slice(&x[first..first + out.len()]);
    } else if width == 2 * x.len() {
        let (odd, pairs) = out.split_at_mut((first % 2).min(out.len()));
        odd.fill(x[first / 2]);
        for (pair, &x) in pairs.chunks_mut(2).zip(&x[first.div_ceil(2)..]) {
            pair.fill(x);
        }
    } else {
        for (column, out) in (first..).zip(out) {
            *out = x[column * x.len() / width];
        }
    }
}

fn over_bordered(weights: &Packed, x: &[f32], geometry: &Geometry, finish: Finish<'_>) -> Vec<f32> {
    let taps = Taps::new(geometry);
    let (height, width) = geometry.output();
    let per_image = (height * width).div_ceil(TILE);
    let place = |panel: usize| {
        let (image, first) = (panel / per_image, panel % per_image * TILE);
        Place { image, first, count: TILE.min(height * width - first) }
    };
    let size = taps.plane * geometry.channels;
    let pack = |panel: usize, k: Range<usize>, to: &mut [Row]| {
        let Place { image, first, count } = place(panel);
        taps.pack(&x[image * size..][..size], first..first + count, k, to);
    };
    over_columns(weights, &Copied(pack), place, geometry, finish)
}

/// The output pixels of a panel.
struct Place {
    image: usize,
    first: usize,
    count: usize,
}

fn over_columns(
    weights: &Packed,
    columns: &impl Columns,
    place: impl Fn(usize) -> Place + Sync,
    geometry: &Geometry,
    finish: Finish<'_>,
) -> Vec<f32> {
    let (height, width) = geometry.output();
    let (pixels, rows) = (height * width, weights.rows());
    let mut out = buffers::take(geometry.batch * rows * pixels);
    let result = Sums { out: Share::new(&mut out), place, pixels, rows, finish };
    product(weights, geometry.batch * pixels.div_ceil(TILE), columns, &result);
    out
}

/// `[batch, rows, pixels]` under way.
struct Sums<'a, P> {
    out: Share<'a>,
    place: P,
    pixels: usize,
    rows: usize,
    finish: Finish<'a>,
}

impl<P: Fn(usize) -> Place + Sync> Output for Sums<'_, P> {
    /// Row by row, over all panels that lie side by side: the rows are far apart in memory.
    fn store(&self, block: usize, first: usize, tiles: &[Tile]) {
        let mut tiles = tiles;
        let mut panel = first;
        while !tiles.is_empty() {
            let Place { image, first, mut count } = (self.place)(panel);
            let next = |(i, count): (usize, usize)| {
                let next = (self.place)(panel + i);
                (next.image == image && next.first == first + count).then_some(count + next.count)
            };
            let mut side_by_side = 1;
            while side_by_side < tiles.len()
                && let Some(longer) = next((side_by_side, count))
            {
                (side_by_side, count) = (side_by_side + 1, longer);
            }
            let (run, rest) = tiles.split_at(side_by_side);
            self.store_run(block, image, first, count, run);
            (tiles, panel) = (rest, panel + side_by_side);
        }
    }
}

impl<P> Sums<'_, P> {
    fn store_run(&self, block: usize, image: usize, first: usize, count: usize, tiles: &[Tile]) {
        let Finish { bias, shift, residual, relu } = self.finish;
        for row in (block * TILE..self.rows).take(TILE) {
            let channel = image * self.rows + row;
            let at = channel * self.pixels + first;
            let offset = bias.map_or(0.0, |bias| bias[row]) + shift.map_or(0.0, |shift| shift[channel]);
            let residual = residual.map_or(&[][..], |residual| &residual[at..at + count]);
            // SAFETY: `product` hands out every tile once, and tiles do not overlap.
            let out = unsafe { self.out.part(at, count) };
            finish_row(tiles, row % TILE, offset, residual, relu, out);
        }
    }
}

multiversion! {
    /// Finishes one row of the tiles of neighbouring panels; `residual` is as long as `out`, or empty.
    fn finish_row(tiles: &[Tile], row: usize, offset: f32, residual: &[f32], relu: bool, out: &mut [f32]) {
        let finish = |sum: f32| if relu { pointwise::relu(sum) } else { sum };
        for (i, (tile, out)) in tiles.iter().zip(out.chunks_mut(TILE)).enumerate() {
            let sums = &tile[row].0;
            match (out.first_chunk_mut::<TILE>(), residual.get(i * TILE..).and_then(<[f32]>::first_chunk::<TILE>)) {
                (Some(out), Some(residual)) => {
                    *out = std::array::from_fn(|at| finish(sums[at] + offset + residual[at]));
                }
                (Some(out), None) => *out = std::array::from_fn(|at| finish(sums[at] + offset)),
                _ => {
                    let residual = residual.get(i * TILE..).unwrap_or_default();
                    for (at, (out, &sum)) in out.iter_mut().zip(sums).enumerate() {
                        *out = finish(sum + offset + residual.get(at).copied().unwrap_or(0.0));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
