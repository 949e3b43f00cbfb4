//! Attention of every head, without ever holding the whole score matrix.
//!
//! With tokens last, a head's queries, keys and values are `[depth, tokens]` as they lie. Sixteen
//! queries at a time: scores come out as `[keys][16]`, softmax runs down the keys for sixteen lanes
//! at once, and the result already has the shape of the next product's panel.

use rayon::prelude::*;

use super::multiversion;
use super::pointwise::exp;
use super::tile::{Row, TILE, ZERO_TILE, multiply};

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
    let mut out = vec![0.0; batch * heads * depth * queries];
    if out.is_empty() || keys == 0 {
        return out;
    }
    let one = |(index, out): (usize, &mut [f32])| {
        let q = &q[index * depth * queries..][..depth * queries];
        let k = &k[index * depth * keys..][..depth * keys];
        let v = &v[index * depth * keys..][..depth * keys];
        head(q, k, v, out, &sizes);
    };
    if rayon::current_num_threads() == 1 {
        out.chunks_exact_mut(depth * queries).enumerate().for_each(one);
    } else {
        out.par_chunks_exact_mut(depth * queries).enumerate().for_each(one);
    }
    out
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

fn head(q: &[f32], k: &[f32], v: &[f32], out: &mut [f32], sizes: &Sizes) {
    let Sizes { depth, queries, keys, causal, .. } = *sizes;
    let key_blocks = keys.div_ceil(TILE);
    let depth_blocks = depth.div_ceil(TILE);
    let mut packed_keys = vec![Row::ZERO; key_blocks * depth];
    for (block, out) in packed_keys.chunks_exact_mut(depth).enumerate() {
        columns(k, keys, block * TILE, 1.0, out);
    }
    let mut packed_values = vec![Row::ZERO; depth_blocks * keys];
    for (row, values) in v.chunks_exact(keys).enumerate() {
        for (out, &value) in packed_values[row / TILE * keys..][..keys].iter_mut().zip(values) {
            out.0[row % TILE] = value;
        }
    }
    let scale = 1.0 / (depth as f32).sqrt();
    let mut panel = vec![Row::ZERO; depth];
    let mut scores = vec![Row::ZERO; key_blocks * TILE];
    for first in (0..queries).step_by(TILE) {
        columns(q, queries, first, scale, &mut panel);
        for (keys, scores) in packed_keys.chunks_exact(depth).zip(scores.chunks_exact_mut(TILE)) {
            let mut tile = ZERO_TILE;
            multiply(keys, &panel, &mut tile);
            scores.copy_from_slice(&tile);
        }
        let scores = &mut scores[..keys];
        if causal {
            for (key, lanes) in scores.iter_mut().enumerate() {
                let hidden = key.saturating_sub(first).min(TILE);
                lanes.0[..hidden].fill(f32::NEG_INFINITY);
            }
        }
        softmax(scores);
        for (block, values) in packed_values.chunks_exact(keys).enumerate() {
            let mut tile = ZERO_TILE;
            multiply(values, scores, &mut tile);
            let count = TILE.min(queries - first);
            for (out, sums) in out.chunks_exact_mut(queries).skip(block * TILE).zip(&tile) {
                out[first..first + count].copy_from_slice(&sums.0[..count]);
            }
        }
    }
}

multiversion! {
    /// Softmax down the keys, for each of sixteen columns.
    fn softmax(scores: &mut [Row]) {
        let mut highest = [f32::NEG_INFINITY; TILE];
        for row in scores.iter() {
            for (highest, &score) in highest.iter_mut().zip(&row.0) {
                *highest = if score > *highest { score } else { *highest };
            }
        }
        let mut sums = [0.0f32; TILE];
        for row in scores.iter_mut() {
            for ((score, sum), &highest) in row.0.iter_mut().zip(&mut sums).zip(&highest) {
                *score = exp(*score - highest);
                *sum += *score;
            }
        }
        let scales = sums.map(|sum| 1.0 / sum);
        for row in scores {
            for (score, &scale) in row.0.iter_mut().zip(&scales) {
                *score *= scale;
            }
        }
    }
}
