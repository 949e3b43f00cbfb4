//! The packed matrix product: fixed weights times a matrix that is packed, panel by panel, as it is
//! needed.
//!
//! Weights lie in blocks of sixteen rows, `[block][k]`[`Row`]; the other side comes in panels of
//! sixteen columns, `[k]`[`Row`]. One 16×16 tile of the result is kept in registers over all of k: sixteen
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

/// Rows of panels packed at a time (512 KiB).
const PANEL_ROWS: usize = 8 * 1024;

/// Rows of weights fetched ahead of their use.
#[cfg(target_arch = "x86_64")]
const AHEAD: usize = 48;

/// Sixteen floats, on a cache line of their own.
#[derive(Clone, Copy)]
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
    pub fn new(weights: &[f32], rows: usize, k: usize) -> Self {
        let mut data = vec![Row::ZERO; rows.div_ceil(TILE) * k];
        for (row, values) in weights.chunks_exact(k.max(1)).take(rows).enumerate() {
            for (column, &value) in data[row / TILE * k..][..k].iter_mut().zip(values) {
                column.0[row % TILE] = value;
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

    fn block(&self, block: usize, k: &Range<usize>) -> &[Row] {
        &self.data[block * self.k + k.start..][..k.len()]
    }
}

thread_local! {
    /// Panels, reused from call to call; grows to the largest product of the network.
    static PANELS: RefCell<Vec<Row>> = const { RefCell::new(Vec::new()) };
}

/// Multiplies all of `weights` with `panels` panels.
///
/// `pack(panel, k, out)` fills `out`, `k.len()` long, with that panel's rows `k`, unused columns
/// zero. `store(block, panel, tile)` gets each finished tile exactly once, from several threads.
pub fn product(
    weights: &Packed,
    panels: usize,
    pack: impl Fn(usize, Range<usize>, &mut [Row]) + Sync,
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
    buffer: &mut Vec<Row>,
    pack: &impl Fn(usize, Range<usize>, &mut [Row]),
    store: &impl Fn(usize, usize, &Tile),
) {
    let stretches = weights.k.div_ceil(MAX_K).max(1);
    let longest = weights.k.div_ceil(stretches);
    let group = (PANEL_ROWS / longest.max(1)).max(1);
    let mut partial = vec![ZERO_TILE; if stretches > 1 { blocks.len() * group } else { 0 }];
    for first in panels.clone().step_by(group) {
        let group = first..(first + group).min(panels.end);
        for stretch in 0..stretches {
            let k = stretch * longest..((stretch + 1) * longest).min(weights.k);
            // Without any weights (k = 0) the tiles are stored all the same, as zeros.
            buffer.resize(buffer.len().max(group.len() * k.len().max(1)), Row::ZERO);
            for (panel, out) in group.clone().zip(buffer.chunks_exact_mut(k.len().max(1))) {
                pack(panel, k.clone(), out);
            }
            for block in blocks.clone() {
                let a = weights.block(block, &k);
                for (panel, b) in group.clone().zip(buffer.chunks_exact(k.len().max(1))) {
                    let kept = (block - blocks.start) * group.len() + panel - first;
                    let mut tile = if stretch > 0 { partial[kept] } else { ZERO_TILE };
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

/// `tile[r][c] += Σ_k a[k][r] · b[k][c]`; `a` and `b` are of the same length.
pub fn multiply(a: &[Row], b: &[Row], tile: &mut Tile) {
    match super::cpu() {
        // SAFETY: the processor has AVX-512.
        #[cfg(target_arch = "x86_64")]
        super::Cpu::Avx512 => unsafe { multiply_avx512(a, b, tile) },
        // SAFETY: the processor has AVX2 and FMA.
        #[cfg(target_arch = "x86_64")]
        super::Cpu::Avx2 => unsafe { multiply_avx2(a, b, tile) },
        super::Cpu::Plain => rows_of_four(a, b, tile, |x, y, sum| x * y + sum),
    }
}

/// Written out because the compiler, left alone, spills the accumulators: twenty times slower.
/// (`_mm512_loadu_ps` would go through memory with debug assertions on, as they are in our profile.)
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn multiply_avx512(a: &[Row], b: &[Row], tile: &mut Tile) {
    use std::arch::x86_64::{__m512, _MM_HINT_T0, _mm_prefetch, _mm512_fmadd_ps, _mm512_set1_ps};
    // SAFETY: a row is 64 bytes of floats, aligned, and so is a vector; any bits are valid in both.
    let vector = |row: Row| unsafe { std::mem::transmute::<Row, __m512>(row) };
    let mut sums = tile.map(vector);
    for (a, b) in a.iter().zip(b) {
        // Weights stream through once; the hardware's own prefetching stops at each page.
        _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(a).wrapping_add(AHEAD).cast());
        let columns = vector(*b);
        for (sum, &a) in sums.iter_mut().zip(&a.0) {
            *sum = _mm512_fmadd_ps(_mm512_set1_ps(a), columns, *sum);
        }
    }
    // SAFETY: as above.
    *tile = sums.map(|sum| unsafe { std::mem::transmute::<__m512, Row>(sum) });
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn multiply_avx2(a: &[Row], b: &[Row], tile: &mut Tile) {
    rows_of_four(a, b, tile, |x, y, sum| x.mul_add(y, sum));
}

/// Four rows at a time: eight 8-wide accumulators, which is what sixteen registers can hold.
#[inline(always)]
fn rows_of_four(a: &[Row], b: &[Row], tile: &mut Tile, fused: impl Fn(f32, f32, f32) -> f32) {
    for four in 0..TILE / 4 {
        let mut sums = [[0.0f32; TILE]; 4];
        for (a, b) in a.iter().zip(b) {
            for (row, sum) in sums.iter_mut().enumerate() {
                for (sum, &b) in sum.iter_mut().zip(&b.0) {
                    *sum = fused(a.0[four * 4 + row], b, *sum);
                }
            }
        }
        for (row, sum) in tile[four * 4..].iter_mut().zip(sums) {
            for (value, sum) in row.0.iter_mut().zip(sum) {
                *value += sum;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every variant this processor can run gives the plain sum, tails and long stretches included.
    #[test]
    fn products_are_plain_sums() {
        for (rows, k, columns) in [(1, 1, 1), (16, 3, 16), (17, 40, 50), (3, 2500, 20), (40, 7, 2)] {
            let value = |i: usize| ((i * 7919 + 13) % 101) as f32 / 50.0 - 1.0;
            let weights: Vec<f32> = (0..rows * k).map(value).collect();
            let other = |row: usize, column: usize| if column < columns { value(row * 31 + column * 17) } else { 0.0 };
            let made = std::sync::Mutex::new(vec![f32::NAN; rows * columns]);
            let pack = |panel: usize, k: Range<usize>, out: &mut [Row]| {
                for (row, out) in k.zip(out) {
                    out.0 = std::array::from_fn(|column| other(row, panel * TILE + column));
                }
            };
            let store = |block: usize, panel: usize, tile: &Tile| {
                let mut made = made.lock().unwrap();
                for row in block * TILE..rows.min(block * TILE + TILE) {
                    for column in panel * TILE..columns.min(panel * TILE + TILE) {
                        made[row * columns + column] = tile[row % TILE].0[column % TILE];
                    }
                }
            };
            product(&Packed::new(&weights, rows, k), columns.div_ceil(TILE), pack, store);
            for (i, got) in made.into_inner().unwrap().into_iter().enumerate() {
                let (row, column) = (i / columns, i % columns);
                let want: f64 = (0..k).map(|j| f64::from(weights[row * k + j]) * f64::from(other(j, column))).sum();
                assert!((f64::from(got) - want).abs() < 1e-3, "{rows} {k} {columns}: {got} {want}");
            }
        }
    }

    #[test]
    fn all_variants_agree() {
        let rows = |seed: usize| -> Vec<Row> {
            (0..100)
                .map(|k| Row(std::array::from_fn(|i| ((k * 31 + i * 17 + seed) % 23) as f32 / 11.0 - 1.0)))
                .collect()
        };
        let (a, b) = (rows(1), rows(5));
        let (mut best, mut plain) = (ZERO_TILE, ZERO_TILE);
        multiply(&a, &b, &mut best);
        rows_of_four(&a, &b, &mut plain, |x, y, sum| x * y + sum);
        let close =
            |x: &Tile, y: &Tile| x.iter().zip(y).all(|(x, y)| x.0.iter().zip(y.0).all(|(x, y)| (x - y).abs() < 1e-4));
        assert!(close(&best, &plain));
        #[cfg(target_arch = "x86_64")]
        if super::super::cpu() != super::super::Cpu::Plain {
            let mut avx2 = ZERO_TILE;
            // SAFETY: every level above plain has AVX2 and FMA.
            unsafe { multiply_avx2(&a, &b, &mut avx2) };
            assert!(close(&avx2, &plain));
        }
    }
}
