//! Attention of every head, without ever holding the whole score matrix.
//!
//! With tokens last, a head's queries, keys and values are `[depth, tokens]` as they lie. Sixteen
//! queries at a time: scores come out as `[keys][16]`, softmax runs down the keys for sixteen lanes
//! at once, and the result already has the shape of the next product's panel. Keys and values are taken in stretches
//! that stay in the second-level cache for all queries of a block; where a later stretch holds a higher score than those
//! before, what was summed so far is scaled down.

use std::cell::Cell;

use rayon::prelude::*;

use super::pointwise::exp;
use super::share::{Share, each};
use super::tile::{Panel, Row, TILE, Tile, ZERO_TILE, multiply};
use super::{buffers, multiversion};

/// Keys of a stretch.
const KEYS: usize = 256;

/// Panels of sixteen queries that one task takes.
const PANELS: usize = 4;

/// Sizes of one attention. `channels = heads · depth`.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    pub batch: usize,
    pub heads: usize,
    pub depth: usize,
    pub queries: usize,
    pub keys: usize,
    /// A query sees only keys up to its own place.
    pub causal: bool,
}

/// softmax(qᵀk/√depth)·v. `q` is `[batch, channels, queries]`, `k` and `v` are
/// `[batch, channels, keys]`; returns `[batch, channels, queries]`.
pub fn attention(q: &[f32], k: &[f32], v: &[f32], sizes: Sizes) -> Vec<f32> {
    let Sizes { batch, heads, depth, queries, keys, .. } = sizes;
    let all = batch * heads;
    assert!(q.len() == all * depth * queries && k.len() == all * depth * keys && v.len() == k.len());
    let mut out = buffers::take(q.len());
    if out.is_empty() || keys == 0 {
        out.fill(0.0);
        return out;
    }
    let (packed_keys, packed_values) = (pack_keys(k, &sizes), pack_values(v, &sizes));
    let (per_keys, per_values) = (packed_keys.len() / all, packed_values.len() / all);
    let share = Share::new(&mut out);
    let blocks = queries.div_ceil(PANELS * TILE);
    each(all * blocks, |index| {
        let (head, first) = (index / blocks, index % blocks * PANELS * TILE);
        let head_keys = &packed_keys[head * per_keys..][..per_keys];
        let head_values = &packed_values[head * per_values..][..per_values];
        let q = &q[head * depth * queries..][..depth * queries];
        let mut scratch = SCRATCH.take();
        scratch.attend(q, head_keys, head_values, first, &sizes);
        scratch.store(first, &sizes, |row, count| {
            // SAFETY: these queries of this head belong to this task alone.
            unsafe { share.part((head * depth + row) * queries + count.start, count.len()) }
        });
        SCRATCH.set(scratch);
    });
    out
}

/// `[head][block of sixteen keys][depth]`.
fn pack_keys(k: &[f32], sizes: &Sizes) -> Vec<Row> {
    let Sizes { depth, keys, .. } = *sizes;
    let blocks = keys.div_ceil(TILE);
    let mut packed = vec![Row::ZERO; k.len() / keys * blocks];
    fill(&mut packed, depth, |index, out| {
        columns(&k[index / blocks * depth * keys..][..depth * keys], keys, index % blocks * TILE, 1.0, out);
    });
    packed
}

/// `[head][block of sixteen values' rows][keys]`.
fn pack_values(v: &[f32], sizes: &Sizes) -> Vec<Row> {
    let Sizes { batch, heads, depth, keys, .. } = *sizes;
    let blocks = depth.div_ceil(TILE);
    let mut packed = vec![Row::ZERO; batch * heads * blocks * keys];
    fill(&mut packed, keys, |index, out| {
        let first = index % blocks * TILE;
        let rows = v[(index / blocks * depth + first) * keys..].chunks_exact(keys).take(TILE.min(depth - first));
        for (row, values) in rows.enumerate() {
            for (out, &value) in out.iter_mut().zip(values) {
                out.0[row] = value;
            }
        }
    });
    packed
}

/// Calls `task` with all pieces of `len` rows, on all threads of the pool.
fn fill(packed: &mut [Row], len: usize, task: impl Fn(usize, &mut [Row]) + Sync + Send) {
    let one = |(index, out): (usize, &mut [Row])| task(index, out);
    if rayon::current_num_threads() == 1 {
        packed.chunks_exact_mut(len).enumerate().for_each(one);
    } else {
        packed.par_chunks_exact_mut(len).enumerate().for_each(one);
    }
}

/// Copies columns `first..first + 16` of `[rows, columns]`, zero beyond the edge.
fn columns(x: &[f32], width: usize, first: usize, scale: f32, out: &mut [Row]) {
    let count = TILE.min(width - first);
    for (row, out) in x.chunks_exact(width).zip(out) {
        *out = Row::ZERO;
        for (out, &x) in out.0.iter_mut().zip(&row[first..first + count]) {
            *out = x * scale;
        }
    }
}

/// A task's memory, kept from call to call.
#[derive(Default)]
struct Scratch {
    /// `[panel][depth]`.
    queries: Vec<Row>,
    /// Of one panel and one stretch, `[keys]`.
    scores: Vec<Tile>,
    /// Weighted values so far, `[panel][block of depth]`.
    sums: Vec<Tile>,
    softmax: [Softmax; PANELS],
}

thread_local! {
    static SCRATCH: Cell<Scratch> = Cell::default();
}

impl Scratch {
    /// A block of queries against all keys of its head.
    fn attend(&mut self, q: &[f32], keys: &[Row], values: &[Row], first: usize, sizes: &Sizes) {
        let depth = sizes.depth;
        let blocks = depth.div_ceil(TILE);
        let panels = (sizes.queries - first).div_ceil(TILE).min(PANELS);
        self.queries.resize(PANELS * depth, Row::ZERO);
        self.scores.resize(KEYS / TILE, ZERO_TILE);
        self.sums.clear();
        self.sums.resize(panels * blocks, ZERO_TILE);
        self.softmax = [Softmax::NEW; PANELS];
        let scale = 1.0 / (depth as f32).sqrt();
        for (panel, out) in self.queries.chunks_exact_mut(depth).take(panels).enumerate() {
            columns(q, sizes.queries, first + panel * TILE, scale, out);
        }
        for start in (0..sizes.keys).step_by(KEYS) {
            let count = KEYS.min(sizes.keys - start);
            let panels = self.queries.chunks_exact(depth).zip(self.sums.chunks_exact_mut(blocks));
            for (panel, ((queries, sums), softmax)) in panels.zip(&mut self.softmax).enumerate() {
                let keys = keys[start / TILE * depth..].chunks_exact(depth);
                for (scores, keys) in self.scores.iter_mut().take(count.div_ceil(TILE)).zip(keys) {
                    *scores = ZERO_TILE;
                    multiply(keys, Panel::Packed(queries), TILE, scores);
                }
                let scores = &mut self.scores.as_flattened_mut()[..count];
                if sizes.causal {
                    hide(scores, start, first + panel * TILE);
                }
                let scales = softmax.step(scores);
                for (block, (sums, values)) in sums.iter_mut().zip(values.chunks_exact(sizes.keys)).enumerate() {
                    if start > 0 {
                        scale_columns(sums, &scales);
                    }
                    let rows = depth - block * TILE;
                    multiply(&values[start..start + count], Panel::Packed(scores), rows, sums);
                }
            }
        }
    }

    /// Writes the finished block; `out(row, queries)` is where row `row` of the head holds those queries.
    fn store<'a>(&mut self, first: usize, sizes: &Sizes, out: impl Fn(usize, std::ops::Range<usize>) -> &'a mut [f32]) {
        let blocks = sizes.depth.div_ceil(TILE);
        for (panel, (sums, softmax)) in self.sums.chunks_exact_mut(blocks).zip(&self.softmax).enumerate() {
            let first = first + panel * TILE;
            let queries = first..(first + TILE).min(sizes.queries);
            let scales = softmax.sums.map(|sum| 1.0 / sum);
            for (block, sums) in sums.iter_mut().enumerate() {
                scale_columns(sums, &scales);
                for (row, sums) in (block * TILE..sizes.depth).zip(sums) {
                    out(row, queries.clone()).copy_from_slice(&sums.0[..queries.len()]);
                }
            }
        }
    }
}

/// Hides from each query of a panel, the first being `query`, the keys after its own place; `scores` begin at key `start`.
fn hide(scores: &mut [Row], start: usize, query: usize) {
    for (key, lanes) in (start..).zip(scores) {
        let hidden = key.saturating_sub(query).min(TILE);
        lanes.0[..hidden].fill(f32::NEG_INFINITY);
    }
}

/// A softmax down the keys under way, for each of sixteen columns.
#[derive(Clone, Copy)]
struct Softmax {
    highest: [f32; TILE],
    /// Of e^(score − highest).
    sums: [f32; TILE],
}

impl Softmax {
    const NEW: Self = Self { highest: [f32::NEG_INFINITY; TILE], sums: [0.0; TILE] };

    /// Makes e^(score − highest) of the scores; returns what sums made with the `highest` before must be scaled with.
    fn step(&mut self, scores: &mut [Row]) -> [f32; TILE] {
        let mut scales = [0.0; TILE];
        step(scores, &mut self.highest, &mut self.sums, &mut scales);
        scales
    }
}

impl Default for Softmax {
    fn default() -> Self {
        Self::NEW
    }
}

multiversion! {
    fn step(scores: &mut [Row], highest: &mut [f32; TILE], sums: &mut [f32; TILE], scales: &mut [f32; TILE]) {
        let before = *highest;
        for row in scores.iter() {
            for (highest, &score) in highest.iter_mut().zip(&row.0) {
                *highest = if score > *highest { score } else { *highest };
            }
        }
        for (((scale, sum), &before), &highest) in scales.iter_mut().zip(&mut *sums).zip(&before).zip(&*highest) {
            *scale = exp(before - highest);
            *sum *= *scale;
        }
        let (highest, mut added) = (*highest, [0.0; TILE]);
        for row in scores {
            for ((score, sum), &highest) in row.0.iter_mut().zip(&mut added).zip(&highest) {
                *score = exp(*score - highest);
                *sum += *score;
            }
        }
        sums.iter_mut().zip(added).for_each(|(sum, added)| *sum += added);
    }
}

multiversion! {
    fn scale_columns(tile: &mut Tile, scales: &[f32; TILE]) {
        for row in tile {
            row.0.iter_mut().zip(scales).for_each(|(sum, &scale)| *sum *= scale);
        }
    }
}

#[cfg(test)]
mod tests;
