//! The packed matrix product: fixed weights times a matrix that is made ready, panel by panel, as it is
//! needed.
//!
//! Weights lie in blocks of sixteen rows, `[block][k]`[`Row`]; the other side comes in panels of
//! sixteen columns ([`Panel`]). A 16×16 tile of the result is summed over stretches of k short enough for
//! block and panel to stay in the first-level cache. Weights live in memory in exactly the order the inner
//! loop reads them.

mod multiply;

use std::cell::Cell;
use std::mem::MaybeUninit;
use std::ops::Range;

use rayon::prelude::*;

use super::{pages, share::each};
pub use multiply::{Panel, multiply};

/// Rows of a weight block, and columns of a panel.
pub const TILE: usize = 16;

/// The longest stretch of k multiplied before partial sums are put aside.
const MAX_K: usize = 320;

/// Columns of weights that are brought into their order together.
const STRETCH: usize = 64;

/// Rows of panels packed at a time (256 KiB): half of the smallest second-level cache we expect.
const PANEL_ROWS: usize = 4 * 1024;

/// Sixteen floats, on a cache line of their own.
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C, align(64))]
pub struct Row(pub [f32; TILE]);

impl Row {
    pub const ZERO: Self = Self([0.0; TILE]);
}

/// Sums of one tile.
pub type Tile = [Row; TILE];

pub const ZERO_TILE: Tile = [Row::ZERO; TILE];

/// A weight matrix `[rows, k]` in the order the product reads it; the last block is filled up with
/// zeros.
pub struct Packed {
    rows: usize,
    k: usize,
    data: Vec<Row>,
}

impl Packed {
    /// `weights` is `[rows, k]`, row-major.
    #[cfg(test)]
    pub fn new(weights: &[f32], rows: usize, k: usize) -> Self {
        Self::read(rows, k, |at, out| out.copy_from_slice(&weights[at..][..out.len()]))
    }

    /// Of weights `[rows, k]`, row-major, that `numbers(at, out)` reads, from the `at`th on, on all threads of the pool.
    pub fn read(rows: usize, k: usize, numbers: impl Fn(usize, &mut [f32]) + Sync) -> Self {
        let count = rows.div_ceil(TILE) * k;
        let mut data: Vec<Row> = Vec::with_capacity(count);
        pages::enlarge(data.spare_capacity_mut());
        let pack = |(block, out): (usize, &mut [MaybeUninit<Row>])| {
            for (stretch, out) in out.chunks_mut(STRETCH).enumerate() {
                let mut values = [[0.0; STRETCH]; TILE];
                for (row, values) in (block * TILE..rows).zip(&mut values) {
                    numbers(row * k + stretch * STRETCH, &mut values[..out.len()]);
                }
                for (column, out) in out.iter_mut().enumerate() {
                    out.write(Row(std::array::from_fn(|row| values[row][column])));
                }
            }
        };
        // The system clears fresh pages for the thread that writes to them first: all threads share that work here.
        data.spare_capacity_mut()[..count].par_chunks_mut(k.max(1)).enumerate().for_each(pack);
        // SAFETY: all of it was written above.
        unsafe { data.set_len(count) };
        Self { rows, k, data }
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn k(&self) -> usize {
        self.k
    }

    fn block(&self, block: usize, k: &Range<usize>) -> &[Row] {
        &self.data[block * self.k + k.start..][..k.len()]
    }
}

/// The other side of a product: its columns, sixteen at a time.
pub trait Columns: Sync {
    /// How many of `panels`, from their first, are made ready together for a stretch of `k` rows; at least one.
    fn together(&self, panels: Range<usize>, k: usize) -> usize;

    /// Puts what weight rows `k` see at `panels` into `buffer`, which is as the stretch of k before left it.
    fn prepare(&self, panels: Range<usize>, k: Range<usize>, buffer: &mut Vec<Row>);

    /// One of the panels that were prepared last, the `index`th of those from `first` on.
    fn panel<'a>(&'a self, first: usize, index: usize, k: Range<usize>, buffer: &'a [Row]) -> Panel<'a>;
}

/// Columns copied, panel by panel: `pack(panel, k, out)` fills `out`, `k.len()` long, unused columns zero.
pub struct Copied<F>(pub F);

impl<F: Fn(usize, Range<usize>, &mut [Row]) + Sync> Columns for Copied<F> {
    fn together(&self, panels: Range<usize>, k: usize) -> usize {
        (PANEL_ROWS / k.max(1)).clamp(1, panels.len())
    }

    fn prepare(&self, panels: Range<usize>, k: Range<usize>, buffer: &mut Vec<Row>) {
        buffer.resize(buffer.len().max(panels.len() * k.len()), Row::ZERO);
        for (panel, out) in panels.zip(buffer.chunks_exact_mut(k.len().max(1))) {
            self.0(panel, k.clone(), out);
        }
    }

    fn panel<'a>(&'a self, _first: usize, index: usize, k: Range<usize>, buffer: &'a [Row]) -> Panel<'a> {
        Panel::Packed(&buffer[index * k.len()..][..k.len()])
    }
}

/// Where a product's tiles go, from several threads.
pub trait Output: Sync {
    /// Takes the finished tiles of a block of weights and of the panels from `first` on; each tile comes exactly once.
    fn store(&self, block: usize, first: usize, tiles: &[Tile]);
}

/// What a thread needs for its part of a product, kept from call to call; grows to the largest of the network.
#[derive(Default)]
struct Scratch {
    columns: Vec<Row>,
    /// Sums over the stretches of k so far, `[block][panel]`.
    partial: Vec<Tile>,
}

thread_local! {
    static SCRATCH: Cell<Scratch> = Cell::default();
}

/// Multiplies all of `weights` with `panels` panels of `columns`.
pub fn product(weights: &Packed, panels: usize, columns: &impl Columns, output: &impl Output) {
    let blocks = weights.rows.div_ceil(TILE);
    let (down, across) = split(weights, blocks, panels, columns);
    let part = |i: usize, parts: usize, of: usize| i * of / parts..(i + 1) * of / parts;
    each(across * down, |i| {
        let (blocks, panels) = (part(i / across, down, blocks), part(i % across, across, panels));
        let mut scratch = SCRATCH.take();
        region(weights, blocks, panels, columns, &mut scratch, output);
        SCRATCH.set(scratch);
    });
}

/// Into how many parts the weights and the panels are divided.
///
/// Where there is more of the weights than of the other side, each thread reads its share of them and all panels;
/// otherwise all weights, and of the panels as many at a time as it makes ready together.
fn split(weights: &Packed, blocks: usize, panels: usize, columns: &impl Columns) -> (usize, usize) {
    let threads = rayon::current_num_threads();
    if threads == 1 || panels == 0 {
        return (1, 1);
    }
    if blocks > panels {
        let down = threads.min(blocks);
        return (down, (threads / down).min(panels).max(1));
    }
    let groups = panels.div_ceil(columns.together(0..panels, longest(weights)));
    let across = groups.next_multiple_of(threads).min(panels);
    (if across < threads { (threads / across).min(blocks).max(1) } else { 1 }, across)
}

/// Rows of a stretch of k.
fn longest(weights: &Packed) -> usize {
    weights.k.div_ceil(weights.k.div_ceil(MAX_K).max(1))
}

/// The part of a product that one thread makes.
fn region(
    weights: &Packed,
    blocks: Range<usize>,
    panels: Range<usize>,
    columns: &impl Columns,
    scratch: &mut Scratch,
    output: &impl Output,
) {
    // Without any weights (k = 0) the tiles are stored all the same, as zeros.
    let stretches = weights.k.div_ceil(MAX_K).max(1);
    let longest = longest(weights);
    let Scratch { columns: buffer, partial } = scratch;
    let mut first = panels.start;
    while first < panels.end {
        let count = columns.together(first..panels.end, longest);
        let kept = if stretches > 1 { blocks.len() } else { 1 };
        partial.resize(partial.len().max(kept * count), ZERO_TILE);
        for stretch in 0..stretches {
            let k = stretch * longest..((stretch + 1) * longest).min(weights.k);
            columns.prepare(first..first + count, k.clone(), buffer);
            for block in blocks.clone() {
                let (a, rows) = (weights.block(block, &k), weights.rows - block * TILE);
                let tiles = &mut partial[(block - blocks.start) % kept * count..][..count];
                for (panel, tile) in tiles.iter_mut().enumerate() {
                    if stretch == 0 {
                        *tile = ZERO_TILE;
                    }
                    multiply(a, columns.panel(first, panel, k.clone(), buffer), rows, tile);
                }
                if stretch + 1 == stretches {
                    output.store(block, first, tiles);
                }
            }
        }
        first += count;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    struct Made {
        rows: usize,
        columns: usize,
        values: Mutex<Vec<f32>>,
    }

    impl Output for Made {
        fn store(&self, block: usize, first: usize, tiles: &[Tile]) {
            let mut values = self.values.lock().unwrap();
            for row in block * TILE..self.rows.min(block * TILE + TILE) {
                for column in first * TILE..self.columns.min((first + tiles.len()) * TILE) {
                    let tile = &tiles[column / TILE - first];
                    let value = &mut values[row * self.columns + column];
                    assert!(value.is_nan());
                    *value = tile[row % TILE].0[column % TILE];
                }
            }
        }
    }

    /// Every variant this processor can run gives the plain sum, tails and long stretches included.
    #[test]
    fn products_are_plain_sums() {
        for (rows, k, columns) in [(1, 1, 1), (16, 3, 16), (17, 40, 50), (3, 2500, 20), (40, 7, 2)] {
            let value = |i: usize| ((i * 7919 + 13) % 101) as f32 / 50.0 - 1.0;
            let weights: Vec<f32> = (0..rows * k).map(value).collect();
            let other = |row: usize, column: usize| if column < columns { value(row * 31 + column * 17) } else { 0.0 };
            let pack = |panel: usize, k: Range<usize>, out: &mut [Row]| {
                for (row, out) in k.zip(out) {
                    out.0 = std::array::from_fn(|column| other(row, panel * TILE + column));
                }
            };
            let made = Made { rows, columns, values: Mutex::new(vec![f32::NAN; rows * columns]) };
            product(&Packed::new(&weights, rows, k), columns.div_ceil(TILE), &Copied(pack), &made);
            for (i, got) in made.values.into_inner().unwrap().into_iter().enumerate() {
                let (row, column) = (i / columns, i % columns);
                let want: f64 = (0..k).map(|j| f64::from(weights[row * k + j]) * f64::from(other(j, column))).sum();
                assert!((f64::from(got) - want).abs() < 1e-3, "{rows} {k} {columns}: {got} {want}");
            }
        }
    }
}
