//! Convolutions and linear layers as packed products.
//!
//! The input is copied once with its border of zeros (and, where asked, enlarged on the way); after
//! that a panel of sixteen output pixels is a few straight copies per weight row. A linear layer over
//! `[batch, channels, tokens]` is the convolution of width one.

use std::cell::Cell;
use std::ops::Range;

use rayon::prelude::*;

use super::pointwise;
use super::tile::{Packed, Row, TILE, Tile, product};

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
            if inner_width == geometry.width {
                inner.copy_from_slice(x);
            } else if inner_width == 2 * geometry.width {
                for (pair, &x) in inner.chunks_exact_mut(2).zip(x) {
                    pair.fill(x);
                }
            } else {
                for (column, out) in inner.iter_mut().enumerate() {
                    *out = x[column * geometry.width / inner_width];
                }
            }
        }
    };
    let (from, to) = (geometry.height * geometry.width, height * width);
    if rayon::current_num_threads() == 1 {
        x.chunks_exact(from).zip(out.chunks_exact_mut(to)).for_each(one);
    } else {
        x.par_chunks_exact(from).zip(out.par_chunks_exact_mut(to)).for_each(one);
    }
}

/// The result while several threads write disjoint tiles of it.
struct Shared(*mut f32);

// SAFETY: `product` hands every tile to `store` once, and tiles do not overlap.
unsafe impl Sync for Shared {}

fn over_bordered(weights: &Packed, x: &[f32], geometry: &Geometry, finish: Finish<'_>) -> Vec<f32> {
    let (height, width) = geometry.output();
    let (pixels, rows) = (height * width, weights.rows());
    let per_image = pixels.div_ceil(TILE);
    let mut out: Vec<f32> = Vec::with_capacity(geometry.batch * rows * pixels);
    let shared = Shared(out.as_mut_ptr());
    let shared = &shared;
    let taps = Taps::new(geometry);
    let place = |panel: usize| {
        let (image, first) = (panel / per_image, panel % per_image * TILE);
        (image, first, TILE.min(pixels - first))
    };
    let pack = |panel: usize, k: Range<usize>, to: &mut [Row]| {
        let (image, first, count) = place(panel);
        let size = taps.plane * geometry.channels;
        taps.pack(&x[image * size..][..size], first..first + count, k, to);
    };
    let store = |block: usize, panel: usize, tile: &Tile| {
        let (image, first, count) = place(panel);
        for (row, sums) in (block * TILE..rows).zip(tile) {
            let channel = image * rows + row;
            let at = channel * pixels + first;
            let mut sums = sums.0;
            finish.apply(&mut sums, row, channel, at, count);
            // SAFETY: `at + count` is at most `(channel + 1) · pixels`, within the capacity.
            unsafe { std::ptr::copy_nonoverlapping(sums.as_ptr(), shared.0.add(at), count) };
        }
    };
    product(weights, geometry.batch * per_image, pack, store);
    // SAFETY: the tiles of all blocks and panels cover every element, and `product` makes them all.
    unsafe { out.set_len(geometry.batch * rows * pixels) };
    out
}

impl Finish<'_> {
    #[inline(always)]
    fn apply(&self, sums: &mut [f32; TILE], row: usize, channel: usize, at: usize, count: usize) {
        let offset = self.bias.map_or(0.0, |bias| bias[row]) + self.shift.map_or(0.0, |shift| shift[channel]);
        for sum in sums.iter_mut() {
            *sum += offset;
        }
        if let Some(residual) = self.residual {
            pointwise::add_tile(sums, &residual[at..at + count]);
        }
        if self.relu {
            for sum in sums.iter_mut() {
                *sum = pointwise::relu(*sum);
            }
        }
    }
}

/// Where the kernel's weights fall in a bordered plane.
struct Taps {
    /// Floats in a bordered plane, and in one of its rows.
    plane: usize,
    pitch: usize,
    stride: usize,
    /// Width of the result.
    width: usize,
    /// Offset of each kernel weight, in the order of the weights.
    offsets: Vec<usize>,
}

impl Taps {
    fn new(geometry: &Geometry) -> Self {
        let (height, pitch) = geometry.padded();
        let side = geometry.kernel;
        let offsets = (0..side * side).map(|tap| tap / side * pitch + tap % side).collect();
        let (_, width) = geometry.output();
        Self { plane: height * pitch, pitch, stride: geometry.stride, width, offsets }
    }

    /// Fills `to`, `k.len()` long, with what weight rows `k` see at these output pixels.
    fn pack(&self, image: &[f32], pixels: Range<usize>, k: Range<usize>, to: &mut [Row]) {
        let mut at = [0; TILE];
        let (mut y, mut x) = (pixels.start / self.width, pixels.start % self.width);
        for at in at.iter_mut().take(pixels.len()) {
            *at = (y * self.pitch + x) * self.stride;
            x += 1;
            if x == self.width {
                (x, y) = (0, y + 1);
            }
        }
        // Offsets only grow, so a run of n pixels lies straight when its ends are n − 1 apart.
        let runs = |n: usize| at.chunks_exact(n).all(|run| run[n - 1] == run[0] + n - 1);
        match pixels.len() {
            TILE if runs(16) => self.copy_runs::<16>(image, &at, k, to),
            TILE if runs(8) => self.copy_runs::<8>(image, &at, k, to),
            TILE if runs(4) => self.copy_runs::<4>(image, &at, k, to),
            TILE => self.copy_runs::<1>(image, &at, k, to),
            count => {
                for (from, to) in self.sources(k).zip(to) {
                    *to = Row::ZERO;
                    for (to, &at) in to.0.iter_mut().zip(&at[..count]) {
                        *to = image[from + at];
                    }
                }
            }
        }
    }

    /// Start of each weight row's view of the image.
    fn sources(&self, k: Range<usize>) -> impl Iterator<Item = usize> {
        let taps = self.offsets.len();
        let (mut channel, mut tap) = (k.start / taps * self.plane, k.start % taps);
        k.map(move |_| {
            let from = channel + self.offsets[tap];
            tap += 1;
            if tap == taps {
                (channel, tap) = (channel + self.plane, 0);
            }
            from
        })
    }

    fn copy_runs<const RUN: usize>(&self, image: &[f32], at: &[usize; TILE], k: Range<usize>, to: &mut [Row]) {
        for (from, to) in self.sources(k).zip(to) {
            for (to, at) in to.0.chunks_exact_mut(RUN).zip(at.iter().step_by(RUN)) {
                to.copy_from_slice(&image[from + at..][..RUN]);
            }
        }
    }
}
