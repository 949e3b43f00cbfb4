//! The packed matrix product: fixed weights times a matrix that is packed, panel by panel, as it is
//! needed.
//!
//! Weights lie in blocks of sixteen rows, `[block][k][16]`; the other side comes in panels of
//! sixteen columns, `[k][16]`. One 16×16 tile of the result is kept in registers over all of k: sixteen
//! AVX-512 accumulators, each step one load and sixteen broadcast multiply-adds. Weights live in
//! memory in exactly the order the inner loop reads them.

use std::cell::RefCell;
use std::ops::Range;

use rayon::prelude::*;

/// Rows of a weight block, and columns of a panel.
pub const TILE: usize = 16;

/// The longest stretch of k multiplied before partial sums are put aside: a weight block and a few
/// panels of it stay in a 1–2 MiB second-level cache.
const MAX_K: usize = 2304;

/// Floats of panels packed at a time (512 KiB).
const PANEL_FLOATS: usize = 128 * 1024;

/// Sums of one tile, row-major.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub struct Tile(pub [f32; TILE * TILE]);

impl Tile {
    pub const ZERO: Self = Self([0.0; TILE * TILE]);

    pub fn row(&self, row: usize) -> &[f32; TILE] {
        let (rows, _) = self.0.as_chunks::<TILE>();
        &rows[row]
    }
}

/// A weight matrix `[rows, k]` in the order the product reads it; the last block is filled up with
/// zeros.
pub struct Packed {
    rows: usize,
    k: usize,
    data: Vec<f32>,
}

impl Packed {
    /// `weights` is `[rows, k]`, row-major.
    pub fn new(weights: &[f32], rows: usize, k: usize) -> Self {
        let mut data = vec![0.0; rows.div_ceil(TILE) * k * TILE];
        for (row, values) in weights.chunks_exact(k.max(1)).take(rows).enumerate() {
            let block = &mut data[row / TILE * k * TILE..][..k * TILE];
            for (column, &value) in block.chunks_exact_mut(TILE).zip(values) {
                column[row % TILE] = value;
            }
        }
        Self { rows, k, data }
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn k(&self) -> usize {
        self.k
    }

    fn block(&self, block: usize, k: &Range<usize>) -> &[f32] {
        &self.data[(block * self.k + k.start) * TILE..][..k.len() * TILE]
    }
}

thread_local! {
    /// Panels, reused from call to call; grows to the largest product of the network.
    static PANELS: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Multiplies all of `weights` with `panels` panels.
///
/// `pack(panel, k, out)` fills `out`, `[k.len()][16]`, with that panel's rows `k`, unused columns
/// zero. `store(block, panel, tile)` gets each finished tile exactly once, from several threads.
pub fn product(
    weights: &Packed,
    panels: usize,
    pack: impl Fn(usize, Range<usize>, &mut [f32]) + Sync,
    store: impl Fn(usize, usize, &Tile) + Sync,
) {
    let blocks = weights.rows.div_ceil(TILE);
    let threads = rayon::current_num_threads();
    let columns = panels.min(threads).max(1);
    let rows = (threads / columns).clamp(1, blocks.max(1));
    let part = |i: usize, parts: usize, of: usize| i * of / parts..(i + 1) * of / parts;
    let task = |i: usize| {
        let (row, column) = (part(i / columns, rows, blocks), part(i % columns, columns, panels));
        PANELS.with_borrow_mut(|buffer| region(weights, row, column, buffer, &pack, &store));
    };
    if rows * columns == 1 {
        task(0);
    } else {
        (0..rows * columns).into_par_iter().for_each(task);
    }
}

/// The part of a product that one thread makes.
fn region(
    weights: &Packed,
    blocks: Range<usize>,
    panels: Range<usize>,
    buffer: &mut Vec<f32>,
    pack: &impl Fn(usize, Range<usize>, &mut [f32]),
    store: &impl Fn(usize, usize, &Tile),
) {
    let stretches = weights.k.div_ceil(MAX_K).max(1);
    let longest = weights.k.div_ceil(stretches);
    let group = (PANEL_FLOATS / (longest * TILE).max(1)).max(1);
    let mut partial = vec![Tile::ZERO; if stretches > 1 { blocks.len() * group } else { 0 }];
    for first in panels.clone().step_by(group) {
        let group = first..(first + group).min(panels.end);
        for stretch in 0..stretches {
            let k = stretch * longest..((stretch + 1) * longest).min(weights.k);
            buffer.resize(buffer.len().max(group.len() * k.len() * TILE), 0.0);
            for (panel, out) in group.clone().zip(buffer.chunks_exact_mut(k.len().max(1) * TILE)) {
                pack(panel, k.clone(), out);
            }
            for block in blocks.clone() {
                let a = weights.block(block, &k);
                for (panel, b) in group.clone().zip(buffer.chunks_exact(k.len().max(1) * TILE)) {
                    let kept = (block - blocks.start) * group.len() + panel - first;
                    let mut tile = if stretch > 0 { partial[kept] } else { Tile::ZERO };
                    multiply(a, b, &mut tile);
                    if stretch + 1 == stretches {
                        store(block, panel, &tile);
                    } else {
                        partial[kept] = tile;
                    }
                }
            }
        }
    }
}

/// `tile[r][c] += Σ_k a[k][r] · b[k][c]`; `a` and `b` are `[k][16]` of the same length.
pub fn multiply(a: &[f32], b: &[f32], tile: &mut Tile) {
    assert_eq!(a.len(), b.len());
    match super::cpu() {
        // SAFETY: the processor has AVX-512, and both slices are read up to their equal lengths.
        #[cfg(target_arch = "x86_64")]
        super::Cpu::Avx512 => unsafe { multiply_avx512(a, b, tile) },
        // SAFETY: the processor has AVX2 and FMA.
        #[cfg(target_arch = "x86_64")]
        super::Cpu::Avx2 => unsafe { multiply_avx2(a, b, tile) },
        super::Cpu::Plain => rows_of_four(a, b, tile, |x, y, sum| x * y + sum),
    }
}

/// Written out because the compiler, left alone, spills the accumulators: twenty times slower.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn multiply_avx512(a: &[f32], b: &[f32], tile: &mut Tile) {
    use std::arch::x86_64::{_mm512_fmadd_ps, _mm512_loadu_ps, _mm512_set1_ps, _mm512_setzero_ps, _mm512_storeu_ps};
    let mut sums = [_mm512_setzero_ps(); TILE];
    let (a, _) = a.as_chunks::<TILE>();
    let (b, _) = b.as_chunks::<TILE>();
    for (a, b) in a.iter().zip(b) {
        // SAFETY: `b` is sixteen floats long.
        let b = unsafe { _mm512_loadu_ps(b.as_ptr()) };
        for (sum, &a) in sums.iter_mut().zip(a) {
            *sum = _mm512_fmadd_ps(_mm512_set1_ps(a), b, *sum);
        }
    }
    let (rows, _) = tile.0.as_chunks_mut::<TILE>();
    for (row, sum) in rows.iter_mut().zip(sums) {
        // SAFETY: `row` is sixteen floats long.
        unsafe {
            let before = _mm512_loadu_ps(row.as_ptr());
            _mm512_storeu_ps(row.as_mut_ptr(), std::arch::x86_64::_mm512_add_ps(before, sum));
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn multiply_avx2(a: &[f32], b: &[f32], tile: &mut Tile) {
    rows_of_four(a, b, tile, |x, y, sum| x.mul_add(y, sum));
}

/// Four rows at a time: eight 8-wide accumulators, which is what sixteen registers can hold.
#[inline(always)]
fn rows_of_four(a: &[f32], b: &[f32], tile: &mut Tile, fused: impl Fn(f32, f32, f32) -> f32) {
    let (a, _) = a.as_chunks::<TILE>();
    let (b, _) = b.as_chunks::<TILE>();
    let (rows, _) = tile.0.as_chunks_mut::<TILE>();
    for four in 0..TILE / 4 {
        let mut sums = [[0.0f32; TILE]; 4];
        for (a, b) in a.iter().zip(b) {
            for (row, sum) in sums.iter_mut().enumerate() {
                for (sum, &b) in sum.iter_mut().zip(b) {
                    *sum = fused(a[four * 4 + row], b, *sum);
                }
            }
        }
        for (row, sum) in rows[four * 4..].iter_mut().zip(sums) {
            for (value, sum) in row.iter_mut().zip(sum) {
                *value += sum;
            }
        }
    }
}
