//! The innermost loops: sixteen rows of weights times a panel of sixteen columns, once for each kind of processor.
//!
//! Sums go on from what the tile holds, in the order of k, so that a product cut into stretches of k gives the bytes of
//! one that was not.

use super::{Row, TILE, Tile};
use crate::diffusion::kernels::{Cpu, cpu};

/// Rows of weights fetched ahead of their use.
#[cfg(target_arch = "x86_64")]
const AHEAD: usize = 48;

/// Sixteen columns of the other side, one row of them for each k.
#[derive(Clone, Copy)]
pub enum Panel<'a> {
    /// One after the other.
    Packed(&'a [Row]),
    /// Where they lie in an image: those of k begin at `floats[offsets[k]]`.
    Direct { floats: &'a [f32], offsets: &'a [usize] },
}

/// `tile[r][c] += Σ_k a[k][r] · b[k][c]` for the first `rows` rows (and any others); `a` and `b` are of the same length.
pub fn multiply(a: &[Row], b: Panel<'_>, rows: usize, tile: &mut Tile) {
    match b {
        Panel::Packed(b) => with_columns(a, b.iter().map(|row| &row.0), rows, tile),
        Panel::Direct { floats, offsets } => {
            with_columns(a, offsets.iter().map(|&at| sixteen(&floats[at..])), rows, tile);
        }
    }
}

#[inline(always)]
fn sixteen(floats: &[f32]) -> &[f32; TILE] {
    match floats.first_chunk() {
        Some(sixteen) => sixteen,
        None => panic!("a panel reaches over the end of its image"),
    }
}

#[inline(always)]
fn with_columns<'a>(a: &[Row], b: impl Iterator<Item = &'a [f32; TILE]> + Clone, rows: usize, tile: &mut Tile) {
    match cpu() {
        // SAFETY: the processor has AVX-512.
        #[cfg(target_arch = "x86_64")]
        Cpu::Avx512 => unsafe { avx512(a, b, rows, tile) },
        // SAFETY: the processor has AVX2 and FMA.
        #[cfg(target_arch = "x86_64")]
        Cpu::Avx2 => unsafe { avx2(a, b, rows, tile) },
        Cpu::Plain => plain(a, b, rows, tile),
    }
}

/// Sixteen accumulators (or, for the few rows at the end of a matrix, as few as there are).
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn avx512<'a>(a: &[Row], b: impl Iterator<Item = &'a [f32; TILE]>, rows: usize, tile: &mut Tile) {
    match rows {
        0..=4 => rows_avx512::<4>(a, b, tile),
        5..=8 => rows_avx512::<8>(a, b, tile),
        _ => rows_avx512::<TILE>(a, b, tile),
    }
}

/// Written out because the compiler, left alone, spills the accumulators: twenty times slower.
/// (`_mm512_loadu_ps` would go through memory with debug assertions on, as they are in our profile.)
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
#[inline]
fn rows_avx512<'a, const ROWS: usize>(a: &[Row], b: impl Iterator<Item = &'a [f32; TILE]>, tile: &mut Tile) {
    use std::arch::x86_64::{__m512, _MM_HINT_T0, _mm_prefetch, _mm512_fmadd_ps, _mm512_set1_ps};
    // SAFETY: both are sixteen floats, and any bits are valid in both.
    let vector = |row: [f32; TILE]| unsafe { std::mem::transmute::<[f32; TILE], __m512>(row) };
    let mut sums: [__m512; ROWS] = std::array::from_fn(|row| vector(tile[row].0));
    for (a, b) in a.iter().zip(b) {
        // Weights stream through once; the hardware's own prefetching stops at each page.
        _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(a).wrapping_add(AHEAD).cast());
        let columns = vector(*b);
        for (sum, &a) in sums.iter_mut().zip(&a.0) {
            *sum = _mm512_fmadd_ps(_mm512_set1_ps(a), columns, *sum);
        }
    }
    for (row, sum) in tile.iter_mut().zip(sums) {
        // SAFETY: as above.
        row.0 = unsafe { std::mem::transmute::<__m512, [f32; TILE]>(sum) };
    }
}

/// Six, five and five rows: a multiply-add takes five cycles and two can begin in each, so ten accumulators or more
/// keep them coming, and twelve with a row of columns are what sixteen registers hold.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2<'a>(a: &[Row], b: impl Iterator<Item = &'a [f32; TILE]> + Clone, rows: usize, tile: &mut Tile) {
    rows_avx2::<0, 6>(a, b.clone(), tile);
    if rows > 6 {
        rows_avx2::<6, 5>(a, b.clone(), tile);
    }
    if rows > 11 {
        rows_avx2::<11, 5>(a, b, tile);
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
#[inline]
fn rows_avx2<'a, const FIRST: usize, const ROWS: usize>(
    a: &[Row],
    b: impl Iterator<Item = &'a [f32; TILE]>,
    tile: &mut Tile,
) {
    use std::arch::x86_64::{__m256, _MM_HINT_T0, _mm_prefetch, _mm256_fmadd_ps, _mm256_set1_ps};
    // SAFETY: both are sixteen floats, and any bits are valid in both.
    let vectors = |row: [f32; TILE]| unsafe { std::mem::transmute::<[f32; TILE], [__m256; 2]>(row) };
    let mut sums: [[__m256; 2]; ROWS] = std::array::from_fn(|row| vectors(tile[FIRST + row].0));
    for (a, b) in a.iter().zip(b) {
        if FIRST == 0 {
            _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(a).wrapping_add(AHEAD).cast());
        }
        let columns = vectors(*b);
        for (sums, &a) in sums.iter_mut().zip(&a.0[FIRST..]) {
            let a = _mm256_set1_ps(a);
            sums[0] = _mm256_fmadd_ps(a, columns[0], sums[0]);
            sums[1] = _mm256_fmadd_ps(a, columns[1], sums[1]);
        }
    }
    for (row, sums) in tile[FIRST..].iter_mut().zip(sums) {
        // SAFETY: as above.
        row.0 = unsafe { std::mem::transmute::<[__m256; 2], [f32; TILE]>(sums) };
    }
}

/// Four rows at a time, sixteen 4-wide accumulators: for NEON, which has thirty-two registers and always fuses.
#[inline(always)]
fn plain<'a>(a: &[Row], b: impl Iterator<Item = &'a [f32; TILE]> + Clone, rows: usize, tile: &mut Tile) {
    let fused = |x: f32, y: f32, sum: f32| if cfg!(target_arch = "aarch64") { x.mul_add(y, sum) } else { x * y + sum };
    for (four, tile) in tile.chunks_exact_mut(4).take(rows.div_ceil(4)).enumerate() {
        let mut sums: [[f32; TILE]; 4] = std::array::from_fn(|row| tile[row].0);
        for (a, b) in a.iter().zip(b.clone()) {
            for (row, sum) in sums.iter_mut().enumerate() {
                for (sum, &b) in sum.iter_mut().zip(b) {
                    *sum = fused(a.0[four * 4 + row], b, *sum);
                }
            }
        }
        for (row, sums) in tile.iter_mut().zip(sums) {
            row.0 = sums;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::kernels::tile::ZERO_TILE;

    fn rows(seed: usize, count: usize) -> Vec<Row> {
        (0..count).map(|k| Row(std::array::from_fn(|i| ((k * 31 + i * 17 + seed) % 23) as f32 / 11.0 - 1.0))).collect()
    }

    fn close(x: &Tile, y: &Tile, rows: usize) -> bool {
        x.iter().zip(y).take(rows).all(|(x, y)| x.0.iter().zip(y.0).all(|(x, y)| (x - y).abs() < 1e-4))
    }

    /// Every variant this processor can run, for every number of rows.
    #[test]
    fn all_variants_agree() {
        let (a, b) = (rows(1, 100), rows(5, 100));
        let columns = || b.iter().map(|row| &row.0);
        for count in 1..=TILE {
            let (mut best, mut want) = (ZERO_TILE, ZERO_TILE);
            multiply(&a, Panel::Packed(&b), count, &mut best);
            plain(&a, columns(), count, &mut want);
            assert!(close(&best, &want, count), "{count}");
            #[cfg(target_arch = "x86_64")]
            if cpu() != Cpu::Plain {
                let mut made = ZERO_TILE;
                // SAFETY: every level above plain has AVX2 and FMA.
                unsafe { avx2(&a, columns(), count, &mut made) };
                assert!(close(&made, &want, count), "{count}");
            }
        }
    }

    #[test]
    fn stretches_of_k_and_columns_in_place_give_the_same_bytes() {
        let (a, b) = (rows(1, 777), rows(5, 777));
        let (mut whole, mut parts, mut direct) = (ZERO_TILE, ZERO_TILE, ZERO_TILE);
        multiply(&a, Panel::Packed(&b), TILE, &mut whole);
        for (a, b) in a.chunks(256).zip(b.chunks(256)) {
            multiply(a, Panel::Packed(b), TILE, &mut parts);
        }
        // The columns lie there backwards, one float off any alignment.
        let mut floats = vec![0.0];
        b.iter().rev().for_each(|row| floats.extend(row.0));
        let offsets: Vec<usize> = (0..b.len()).rev().map(|k| 1 + k * TILE).collect();
        multiply(&a, Panel::Direct { floats: &floats, offsets: &offsets }, TILE, &mut direct);
        let bits = |tile: &Tile| tile.map(|row| row.0.map(f32::to_bits));
        assert_eq!(bits(&whole), bits(&parts));
        assert_eq!(bits(&whole), bits(&direct));
    }
}
