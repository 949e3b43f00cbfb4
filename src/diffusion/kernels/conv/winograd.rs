//! Winograd's algorithm for 3×3 convolutions, F(4×4, 3×3): a tile of 4×4 output pixels takes 36 multiplications for
//! each pair of channels instead of 144.
//!
//! Sixteen tiles make a panel. Their 6×6 inputs, transformed, are 36 columns of the product's panels; 36 small products
//! with the transformed weights, transformed back, are the sums. In f32 that loses about two of the 24 bits.

use std::cell::Cell;

use super::{Finish, Geometry, enlarge};
use crate::diffusion::kernels::share::{Share, each};
use crate::diffusion::kernels::tile::{Panel, Row, TILE, Tile, ZERO_TILE, multiply};
use crate::diffusion::kernels::{buffers, multiversion, pointwise};

/// Output pixels along a tile, and what they see.
const OUT: usize = 4;
const IN: usize = 6;
const PLACES: usize = IN * IN;

/// Rows from one place to the next in `sums`: one more than a tile has, so that they do not share lines of the cache.
const APART: usize = TILE + 1;

/// The weights of a convolution, transformed: `[block of sixteen outputs][place][input]`.
pub struct Winograd {
    rows: usize,
    channels: usize,
    weights: Vec<Row>,
}

impl Winograd {
    /// `None` for so few channels that the transforms cost more than they save, or so many that four times the memory
    /// is too much.
    pub fn read(rows: usize, channels: usize, numbers: impl Fn(usize, &mut [f32])) -> Option<Self> {
        if !(16..=256).contains(&channels) || !(16..=128).contains(&rows) {
            return None;
        }
        let mut weights = vec![Row::ZERO; rows.div_ceil(TILE) * PLACES * channels];
        for row in 0..rows {
            for channel in 0..channels {
                let mut kernel = [0.0; 9];
                numbers((row * channels + channel) * 9, &mut kernel);
                for (place, value) in transformed(&kernel).into_iter().enumerate() {
                    weights[(row / TILE * PLACES + place) * channels + channel].0[row % TILE] = value;
                }
            }
        }
        Some(Self { rows, channels, weights })
    }

    /// Whether this convolution divides into tiles and panels.
    pub fn fits(&self, geometry: &Geometry) -> bool {
        let Geometry { kernel, stride, before, after, .. } = *geometry;
        let (height, width) = geometry.output();
        let tiles = (height / OUT) * (width / OUT);
        let same = (kernel, stride, before, after) == (3, 1, 1, 1);
        same && height.is_multiple_of(OUT) && width.is_multiple_of(OUT) && tiles > 0 && tiles.is_multiple_of(TILE)
    }

    /// `x` is `[batch, channels, height, width]`; returns `[batch, rows, output]`.
    pub fn convolve(&self, x: &[f32], geometry: &Geometry, finish: Finish<'_>) -> Vec<f32> {
        let (height, width) = geometry.output();
        let pixels = height * width;
        let (blocks, panels) = (self.rows.div_ceil(TILE), geometry.batch * pixels / (OUT * OUT * TILE));
        let mut out = buffers::take(geometry.batch * self.rows * pixels);
        let job = Job { winograd: self, x, geometry: *geometry, finish, out: Share::new(&mut out) };
        if panels >= 2 * rayon::current_num_threads() {
            each(panels, |panel| {
                let mut scratch = SCRATCH.take();
                scratch.places.resize(PLACES * self.apart(), Row::ZERO);
                let Scratch { seen, places, sums } = &mut scratch;
                (0..self.channels).for_each(|channel| job.see(panel, channel, seen, places));
                (0..blocks).for_each(|block| job.make(panel, block, places, sums));
                SCRATCH.set(scratch);
            });
        } else {
            let size = PLACES * self.apart();
            let mut places = vec![Row::ZERO; panels * size];
            let mut seen = [[Row::ZERO; IN]; IN];
            for (panel, places) in places.chunks_exact_mut(size).enumerate() {
                (0..self.channels).for_each(|channel| job.see(panel, channel, &mut seen, places));
            }
            each(panels * blocks, |task| {
                let (panel, block) = (task / blocks, task % blocks);
                let mut scratch = SCRATCH.take();
                job.make(panel, block, &places[panel * size..][..size], &mut scratch.sums);
                SCRATCH.set(scratch);
            });
        }
        out
    }

    /// Rows from one place to the next of a panel: an odd number, for the same reason as [`APART`].
    fn apart(&self) -> usize {
        self.channels | 1
    }
}

/// G·g·Gᵀ, in f64.
fn transformed(kernel: &[f32; 9]) -> [f32; PLACES] {
    let g = |[a, b, c]: [f64; 3]| {
        let (even, odd) = (a / 24.0 + c / 6.0, b / 12.0);
        [a / 4.0, -(a + b + c) / 6.0, -(a - b + c) / 6.0, even + odd, even - odd, c]
    };
    let value = |row: usize, column: usize| f64::from(kernel[row * 3 + column]);
    let columns: [[f64; IN]; 3] = std::array::from_fn(|column| g(std::array::from_fn(|row| value(row, column))));
    let rows: [[f64; IN]; IN] = std::array::from_fn(|row| g(std::array::from_fn(|column| columns[column][row])));
    std::array::from_fn(|place| rows[place / IN][place % IN] as f32)
}

/// The 6×6 pixels that each of sixteen tiles sees.
type Seen = [[Row; IN]; IN];

/// A task's memory, kept from call to call.
struct Scratch {
    seen: Seen,
    /// `[place][channel]`.
    places: Vec<Row>,
    /// `[place][output]`.
    sums: Vec<Row>,
}

impl Default for Scratch {
    fn default() -> Self {
        Self { seen: [[Row::ZERO; IN]; IN], places: Vec::new(), sums: Vec::new() }
    }
}

thread_local! {
    static SCRATCH: Cell<Scratch> = Cell::default();
}

/// One convolution under way.
struct Job<'a> {
    winograd: &'a Winograd,
    x: &'a [f32],
    geometry: Geometry,
    finish: Finish<'a>,
    out: Share<'a>,
}

/// Tiles of a panel that lie side by side.
struct Run {
    /// First of them in the panel, and how many.
    lane: usize,
    count: usize,
    /// First output pixel.
    y: usize,
    x: usize,
}

impl Job<'_> {
    /// Image, and the runs of tiles of a panel.
    fn runs(&self, panel: usize) -> (usize, impl Iterator<Item = Run>) {
        let (height, width) = self.geometry.output();
        let (per_row, per_image) = (width / OUT, height * width / (OUT * OUT * TILE));
        let first = panel % per_image * TILE;
        let mut lane = 0;
        let runs = std::iter::from_fn(move || {
            let tile = first + lane;
            let count = (per_row - tile % per_row).min(TILE - lane);
            let run = Run { lane, count, y: tile / per_row * OUT, x: tile % per_row * OUT };
            lane += count;
            (count > 0).then_some(run)
        });
        (panel / per_image, runs)
    }

    /// Transforms what a panel sees of a channel.
    fn see(&self, panel: usize, channel: usize, seen: &mut Seen, places: &mut [Row]) {
        let Geometry { channels, height, width, .. } = self.geometry;
        let (image, runs) = self.runs(panel);
        let plane = &self.x[(image * channels + channel) * height * width..][..height * width];
        for run in runs {
            gather(plane, &self.geometry, &run, seen);
        }
        transform(seen, self.winograd.apart(), &mut places[channel..]);
    }

    /// Makes a panel's pixels of one block of outputs.
    fn make(&self, panel: usize, block: usize, places: &[Row], sums: &mut Vec<Row>) {
        let Winograd { rows, channels, weights, .. } = self.winograd;
        let weights = &weights[block * PLACES * channels..][..PLACES * channels];
        let count = (rows - block * TILE).min(TILE);
        sums.resize(PLACES * APART, Row::ZERO);
        let pairs = weights.chunks_exact(*channels).zip(places.chunks_exact(self.winograd.apart()));
        for ((weights, seen), sums) in pairs.zip(sums.chunks_exact_mut(APART)) {
            let Some(tile) = sums.first_chunk_mut::<TILE>() else { return };
            let tile: &mut Tile = tile;
            *tile = ZERO_TILE;
            multiply(weights, Panel::Packed(&seen[..*channels]), count, tile);
        }
        for row in 0..count {
            let mut lines = [[0.0; OUT * TILE]; OUT];
            transform_back(sums, row, &mut lines);
            self.store(panel, block * TILE + row, &lines);
        }
    }

    fn store(&self, panel: usize, row: usize, lines: &[[f32; OUT * TILE]; OUT]) {
        let (height, width) = self.geometry.output();
        let (image, runs) = self.runs(panel);
        let channel = image * self.winograd.rows + row;
        let Finish { bias, shift, residual, relu } = self.finish;
        let offset = bias.map_or(0.0, |bias| bias[row]) + shift.map_or(0.0, |shift| shift[channel]);
        for Run { lane, count, y, x } in runs {
            for (down, line) in lines.iter().enumerate() {
                let (at, len) = ((channel * height + y + down) * width + x, count * OUT);
                let residual = residual.map_or(&[][..], |residual| &residual[at..at + len]);
                // SAFETY: a panel's pixels of an output are made once.
                let out = unsafe { self.out.part(at, len) };
                finish_line(&line[lane * OUT..][..len], offset, residual, relu, out);
            }
        }
    }
}

multiversion! {
    /// Fetches what the tiles of a run see of a channel.
    fn gather(plane: &[f32], geometry: &Geometry, run: &Run, seen: &mut Seen) {
        let &Run { lane, count, y, x } = run;
        let (inner_height, inner_width) = geometry.enlarged();
        for (down, seen) in seen.iter_mut().enumerate() {
            let mut line = [0.0; OUT * TILE + 2];
            // Row and pixel −1 are border, as are those beyond the image.
            let inner = (y + down).wrapping_sub(1);
            if inner < inner_height {
                let from = &plane[inner * geometry.height / inner_height * geometry.width..][..geometry.width];
                let (first, skipped) = (x.saturating_sub(1), usize::from(x == 0));
                let end = (OUT * count + 2).min(inner_width + 1 - x);
                enlarge(from, inner_width, first, &mut line[skipped..end]);
            }
            if count == TILE {
                spread(&line, seen);
            } else {
                for (right, seen) in seen.iter_mut().enumerate() {
                    for (tile, out) in seen.0[lane..lane + count].iter_mut().enumerate() {
                        *out = line[tile * OUT + right];
                    }
                }
            }
        }
    }
}

/// Every fourth pixel of a line, from each of six on.
#[inline(always)]
fn spread(line: &[f32; OUT * TILE + 2], out: &mut [Row; IN]) {
    let [o0, o1, o2, o3, o4, o5] = out;
    for (tile, quad) in line.as_chunks::<OUT>().0.iter().enumerate() {
        (o0.0[tile], o1.0[tile], o2.0[tile], o3.0[tile]) = (quad[0], quad[1], quad[2], quad[3]);
    }
    // The first two of the next tile.
    o4.0[..TILE - 1].copy_from_slice(&o0.0[1..]);
    o5.0[..TILE - 1].copy_from_slice(&o1.0[1..]);
    (o4.0[TILE - 1], o5.0[TILE - 1]) = (line[OUT * TILE], line[OUT * TILE + 1]);
}

/// Bᵀ·d for sixteen tiles.
#[inline(always)]
fn before(d: [&Row; IN]) -> [Row; IN] {
    let [d0, d1, d2, d3, d4, d5] = d.map(|row| &row.0);
    let mut out = [Row::ZERO; IN];
    for i in 0..TILE {
        let (even, odd) = (d4[i] - 4.0 * d2[i], d3[i] - 4.0 * d1[i]);
        let (near, far) = (d4[i] - d2[i], 2.0 * (d3[i] - d1[i]));
        out[0].0[i] = 4.0 * d0[i] - 5.0 * d2[i] + d4[i];
        out[1].0[i] = even + odd;
        out[2].0[i] = even - odd;
        out[3].0[i] = near + far;
        out[4].0[i] = near - far;
        out[5].0[i] = 4.0 * d1[i] - 5.0 * d3[i] + d5[i];
    }
    out
}

multiversion! {
    /// Bᵀ·d·B, place after place `apart` rows away.
    fn transform(seen: &Seen, apart: usize, out: &mut [Row]) {
        let mut half = [[Row::ZERO; IN]; IN];
        for (column, half) in half.iter_mut().enumerate() {
            *half = before(std::array::from_fn(|row| &seen[row][column]));
        }
        for row in 0..IN {
            let made = before(std::array::from_fn(|column| &half[column][row]));
            for (column, made) in made.into_iter().enumerate() {
                out[(row * IN + column) * apart] = made;
            }
        }
    }
}

/// Aᵀ·m for sixteen tiles.
#[inline(always)]
fn after(m: [&Row; IN], out: [&mut Row; OUT]) {
    let [m0, m1, m2, m3, m4, m5] = m.map(|row| &row.0);
    let [o0, o1, o2, o3] = out.map(|row| &mut row.0);
    for i in 0..TILE {
        let (sum, difference) = (m1[i] + m2[i], m1[i] - m2[i]);
        let (far_sum, far_difference) = (m3[i] + m4[i], m3[i] - m4[i]);
        o0[i] = m0[i] + sum + far_sum;
        o1[i] = difference + 2.0 * far_difference;
        o2[i] = sum + 4.0 * far_sum;
        o3[i] = difference + 8.0 * far_difference + m5[i];
    }
}

multiversion! {
    /// Aᵀ·m·A of one output, as lines of pixels.
    fn transform_back(sums: &[Row], row: usize, lines: &mut [[f32; OUT * TILE]; OUT]) {
        let mut half = [[Row::ZERO; IN]; OUT];
        for column in 0..IN {
            let [h0, h1, h2, h3] = &mut half;
            let into = [h0, h1, h2, h3].map(|row| &mut row[column]);
            after(std::array::from_fn(|place| &sums[(place * IN + column) * APART + row]), into);
        }
        for (half, line) in half.iter().zip(lines) {
            let mut pixels = [Row::ZERO; OUT];
            after(half.each_ref(), pixels.each_mut());
            let [p0, p1, p2, p3] = &pixels;
            for (tile, quad) in line.as_chunks_mut::<OUT>().0.iter_mut().enumerate() {
                *quad = [p0.0[tile], p1.0[tile], p2.0[tile], p3.0[tile]];
            }
        }
    }
}

multiversion! {
    /// `residual` is as long as the line, or empty.
    fn finish_line(line: &[f32], offset: f32, residual: &[f32], relu: bool, out: &mut [f32]) {
        let finish = |sum: f32| if relu { pointwise::relu(sum) } else { sum };
        if residual.is_empty() {
            out.iter_mut().zip(line).for_each(|(out, &sum)| *out = finish(sum + offset));
        } else {
            let line = line.iter().zip(residual);
            out.iter_mut().zip(line).for_each(|(out, (&sum, &residual))| *out = finish(sum + offset + residual));
        }
    }
}
