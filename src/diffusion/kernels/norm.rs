//! Group norm (with or without SiLU after it) and layer norm over channels, two passes each.

use rayon::prelude::*;

use super::multiversion;
use super::pointwise::silu;

/// The shape of a `[batch, channels, pixels]` tensor.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub batch: usize,
    pub channels: usize,
    pub pixels: usize,
}

impl Shape {
    pub fn elements(&self) -> usize {
        self.batch * self.channels * self.pixels
    }
}

/// Scale and offset per channel, or per batch element and channel, and the constant under the root.
pub struct Affine<'a> {
    pub weight: &'a [f32],
    pub bias: &'a [f32],
    pub eps: f32,
}

/// Group norm; `with_silu` applies SiLU to the result in the same pass.
pub fn group_norm(x: &[f32], shape: Shape, groups: usize, affine: &Affine<'_>, with_silu: bool) -> Vec<f32> {
    let per_group = shape.channels / groups.max(1);
    let run = (per_group * shape.pixels).max(1);
    let mut out = vec![0.0; shape.elements()];
    let one = |(index, (x, out)): (usize, (&[f32], &mut [f32]))| {
        // Gains for one batch element serve all of them.
        let first = index * per_group % affine.weight.len().max(1);
        let weight = &affine.weight[first..first + per_group];
        let bias = &affine.bias[first..first + per_group];
        group(x, out, shape.pixels, weight, bias, affine.eps, with_silu);
    };
    if rayon::current_num_threads() == 1 {
        x.chunks_exact(run).zip(out.chunks_exact_mut(run)).enumerate().for_each(one);
    } else {
        x.par_chunks_exact(run).zip(out.par_chunks_exact_mut(run)).enumerate().for_each(one);
    }
    out
}

/// Sixteen running sums, so that the compiler may use vectors and long sums lose little.
#[inline(always)]
fn lanes(x: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let mut sums = [0.0f32; 16];
    let (chunks, rest) = x.as_chunks::<16>();
    for chunk in chunks {
        for (sum, &x) in sums.iter_mut().zip(chunk) {
            *sum += term(x);
        }
    }
    for (sum, &x) in sums.iter_mut().zip(rest) {
        *sum += term(x);
    }
    sums.iter().sum()
}

multiversion! {
    fn group(x: &[f32], out: &mut [f32], pixels: usize, weight: &[f32], bias: &[f32], eps: f32, with_silu: bool) {
        let count = x.len() as f32;
        let mean = lanes(x, |x| x) / count;
        let variance = lanes(x, |x| (x - mean) * (x - mean)) / count;
        let scale = 1.0 / (variance + eps).sqrt();
        let channels = x.chunks_exact(pixels.max(1)).zip(out.chunks_exact_mut(pixels.max(1)));
        for ((x, out), (&weight, &bias)) in channels.zip(weight.iter().zip(bias)) {
            let gain = weight * scale;
            let offset = bias - mean * gain;
            if with_silu {
                for (out, &x) in out.iter_mut().zip(x) {
                    *out = silu(x * gain + offset);
                }
            } else {
                for (out, &x) in out.iter_mut().zip(x) {
                    *out = x * gain + offset;
                }
            }
        }
    }
}

/// Layer norm of each pixel over its channels.
pub fn layer_norm(x: &[f32], shape: Shape, affine: &Affine<'_>) -> Vec<f32> {
    let run = (shape.channels * shape.pixels).max(1);
    let mut out = vec![0.0; shape.elements()];
    let mut moments = vec![0.0; shape.pixels * 2];
    for (x, out) in x.chunks_exact(run).zip(out.chunks_exact_mut(run)) {
        pixel_norm(x, out, &mut moments, affine.weight, affine.bias, affine.eps);
    }
    out
}

multiversion! {
    fn pixel_norm(x: &[f32], out: &mut [f32], moments: &mut [f32], weight: &[f32], bias: &[f32], eps: f32) {
        let pixels = moments.len() / 2;
        let (means, scales) = moments.split_at_mut(pixels);
        let count = weight.len() as f32;
        means.fill(0.0);
        scales.fill(0.0);
        for x in x.chunks_exact(pixels) {
            for (mean, &x) in means.iter_mut().zip(x) {
                *mean += x;
            }
        }
        means.iter_mut().for_each(|mean| *mean /= count);
        for x in x.chunks_exact(pixels) {
            for ((square, &mean), &x) in scales.iter_mut().zip(means.iter()).zip(x) {
                *square += (x - mean) * (x - mean);
            }
        }
        scales.iter_mut().for_each(|scale| *scale = 1.0 / (*scale / count + eps).sqrt());
        for ((x, out), (&weight, &bias)) in x.chunks_exact(pixels).zip(out.chunks_exact_mut(pixels)).zip(weight.iter().zip(bias)) {
            for (((out, &x), &mean), &scale) in out.iter_mut().zip(x).zip(means.iter()).zip(scales.iter()) {
                *out = (x - mean) * scale * weight + bias;
            }
        }
    }
}
