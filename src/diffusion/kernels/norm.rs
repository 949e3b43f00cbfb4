//! Group norm (with or without SiLU after it) and layer norm over channels: mean, deviation, result.

use rayon::prelude::*;

use super::pointwise::silu;
use super::share::{Share, each};
use super::{buffers, multiversion};

/// Pixels whose channels are normalised together: three passes over what fits the second-level cache.
const PIXELS: usize = 64;

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
pub struct ScaleShift<'a> {
    pub weight: &'a [f32],
    pub bias: &'a [f32],
    pub eps: f32,
}

/// Group norm; `with_silu` applies SiLU to the result in the same pass.
pub fn group_norm(x: &[f32], shape: Shape, groups: usize, affine: &ScaleShift<'_>, with_silu: bool) -> Vec<f32> {
    let per_group = shape.channels / groups.max(1);
    let run = (per_group * shape.pixels).max(1);
    let mut out = buffers::take(shape.elements());
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
pub fn layer_norm(x: &[f32], shape: Shape, affine: &ScaleShift<'_>) -> Vec<f32> {
    let Shape { batch, channels, pixels } = shape;
    assert_eq!(x.len(), shape.elements());
    let mut out = buffers::take(shape.elements());
    let share = Share::new(&mut out);
    let per_image = pixels.div_ceil(PIXELS);
    each(batch * per_image, |index| {
        let (image, first) = (index / per_image, index % per_image * PIXELS);
        let count = PIXELS.min(pixels - first);
        let run = |channel: usize| (image * channels + channel) * pixels + first;
        let (mut means, mut scales) = ([0.0; PIXELS], [0.0; PIXELS]);
        let (means, scales) = (&mut means[..count], &mut scales[..count]);
        moments(&x[run(0)..], pixels, channels, affine.eps, means, scales);
        for (channel, (&weight, &bias)) in affine.weight.iter().zip(affine.bias).enumerate() {
            // SAFETY: these pixels belong to this piece alone.
            let out = unsafe { share.part(run(channel), count) };
            normalise(&x[run(channel)..], means, scales, weight, bias, out);
        }
    });
    out
}

multiversion! {
    /// Mean and 1 / deviation over the channels, which lie `pitch` apart, for as many pixels as `means` holds zeros.
    fn moments(x: &[f32], pitch: usize, channels: usize, eps: f32, means: &mut [f32], scales: &mut [f32]) {
        let count = channels as f32;
        for x in x.chunks(pitch).take(channels) {
            for (mean, &x) in means.iter_mut().zip(x) {
                *mean += x;
            }
        }
        means.iter_mut().for_each(|mean| *mean /= count);
        for x in x.chunks(pitch).take(channels) {
            for ((square, &mean), &x) in scales.iter_mut().zip(means.iter()).zip(x) {
                *square += (x - mean) * (x - mean);
            }
        }
        scales.iter_mut().for_each(|scale| *scale = 1.0 / (*scale / count + eps).sqrt());
    }
}

multiversion! {
    fn normalise(x: &[f32], means: &[f32], scales: &[f32], weight: f32, bias: f32, out: &mut [f32]) {
        for (((out, &x), &mean), &scale) in out.iter_mut().zip(x).zip(means).zip(scales) {
            *out = (x - mean) * scale * weight + bias;
        }
    }
}
