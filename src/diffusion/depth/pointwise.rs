//! Passes over every number between the matrix products, on the thread that runs the network. Written as plain loops
//! over the last dimension, which the compiler makes vectors of.

use candle_core::{CpuStorage, CustomOp1, InplaceOp1, Layout, Result, Shape, bail};

/// What follows the bias.
#[derive(Clone, Copy, Debug)]
pub enum Then {
    Nothing,
    Relu,
    Gelu,
}

/// Adds a bias per channel to `[channels, pixels …]`, then the activation, in place.
pub struct Finish {
    /// One number per channel.
    pub bias: Vec<f32>,
    pub then: Then,
}

impl Finish {
    /// One channel's, or a part of it.
    pub fn run(&self, bias: f32, row: &mut [f32]) {
        match self.then {
            Then::Nothing => row.iter_mut().for_each(|x| *x += bias),
            Then::Relu => row.iter_mut().for_each(|x| *x = relu(*x + bias)),
            Then::Gelu => row.iter_mut().for_each(|x| *x = gelu(*x + bias)),
        }
    }
}

impl InplaceOp1 for Finish {
    fn name(&self) -> &'static str {
        "bias-and-activation"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let values = numbers_mut(storage, layout)?;
        let pixels = values.len() / self.bias.len().max(1);
        for (row, &bias) in values.chunks_exact_mut(pixels.max(1)).zip(&self.bias) {
            self.run(bias, row);
        }
        Ok(())
    }
}

/// Softmax down the second dimension from the end, in place: `[heads, keys, queries]`, each query's keys sum to 1. For
/// that way round the queries lie side by side.
pub struct SoftmaxOfKeys;

impl InplaceOp1 for SoftmaxOfKeys {
    fn name(&self) -> &'static str {
        "softmax-of-keys"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let (_, keys, queries) = layout.shape().dims3()?;
        let (mut highest, mut sums) = (vec![0.0f32; queries], vec![0.0f32; queries]);
        for head in numbers_mut(storage, layout)?.chunks_exact_mut((keys * queries).max(1)) {
            highest.fill(f32::NEG_INFINITY);
            for row in head.chunks_exact(queries) {
                highest.iter_mut().zip(row).for_each(|(highest, &x)| *highest = highest.max(x));
            }
            sums.fill(0.0);
            for row in head.chunks_exact_mut(queries) {
                for ((x, highest), sum) in row.iter_mut().zip(&highest).zip(&mut sums) {
                    *x = exp(*x - highest);
                    *sum += *x;
                }
            }
            sums.iter_mut().for_each(|sum| *sum = sum.recip());
            for row in head.chunks_exact_mut(queries) {
                row.iter_mut().zip(&sums).for_each(|(x, factor)| *x *= factor);
            }
        }
        Ok(())
    }
}

/// Layer norm of `[channels, tokens]` over the channels.
pub struct Normalise {
    /// Factor and summand per channel, after the normalisation.
    pub gain: Vec<f32>,
    pub offset: Vec<f32>,
    pub eps: f32,
}

impl CustomOp1 for Normalise {
    fn name(&self) -> &'static str {
        "normalise"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (channels, tokens) = layout.shape().dims2()?;
        let x = numbers(storage, layout)?;
        let (mut means, mut factors) = (vec![0.0f32; tokens], vec![0.0f32; tokens]);
        for row in x.chunks_exact(tokens.max(1)) {
            means.iter_mut().zip(row).for_each(|(mean, x)| *mean += x);
        }
        means.iter_mut().for_each(|mean| *mean /= channels as f32);
        for row in x.chunks_exact(tokens.max(1)) {
            for ((factor, x), mean) in factors.iter_mut().zip(row).zip(&means) {
                *factor += (x - mean) * (x - mean);
            }
        }
        factors.iter_mut().for_each(|square| *square = (*square / channels as f32 + self.eps).sqrt().recip());
        let mut out = Vec::with_capacity(x.len());
        for ((row, gain), offset) in x.chunks_exact(tokens.max(1)).zip(&self.gain).zip(&self.offset) {
            let scaled = row.iter().zip(&means).zip(&factors);
            out.extend(scaled.map(|((x, mean), factor)| (x - mean) * factor * gain + offset));
        }
        Ok((CpuStorage::F32(out), layout.shape().clone()))
    }
}

/// The numbers of a contiguous f32 tensor.
pub fn numbers<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let (CpuStorage::F32(values), Some((from, to))) = (storage, layout.contiguous_offsets()) else {
        bail!("the depth network needs contiguous tensors in 32 bits, not {layout:?}")
    };
    values.get(from..to).map_or_else(|| bail!("a tensor of the depth network ends before its shape does"), Ok)
}

fn numbers_mut<'a>(storage: &'a mut CpuStorage, layout: &Layout) -> Result<&'a mut [f32]> {
    let (CpuStorage::F32(values), Some((from, to))) = (storage, layout.contiguous_offsets()) else {
        bail!("the depth network needs contiguous tensors in 32 bits, not {layout:?}")
    };
    values.get_mut(from..to).map_or_else(|| bail!("a tensor of the depth network ends before its shape does"), Ok)
}

/// Not `max`, which would make 0 of NaN, and a flat picture of a failure.
#[inline(always)]
fn relu(x: f32) -> f32 {
    if x < 0.0 { 0.0 } else { x }
}

/// x·Φ(x), the exact GELU of Hendrycks and Gimpel (2016), not the approximation by tanh.
#[inline(always)]
pub fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2))
}

/// The error function as an odd rational function, by our own least-squares fit on -4..4, beyond which it is 1 in 32
/// bits. Off by at most 5e-7.
#[inline(always)]
pub fn erf(x: f32) -> f32 {
    let bounded = x.clamp(-4.0, 4.0);
    let s = bounded * bounded;
    let above = 1.986_806e-6f32;
    let above = above * s + 2.845_606e-4;
    let above = above * s + 3.883_153_3e-3;
    let above = above * s + 5.310_116e-2;
    let above = above * s + 0.193_540_73;
    let above = above * s + std::f32::consts::FRAC_2_SQRT_PI;
    let below = 3.742_015e-5f32;
    let below = below * s + 1.185_523_3e-3;
    let below = below * s + 1.520_687_2e-2;
    let below = below * s + 0.115_348_2;
    let below = below * s + 0.504_853_55;
    let below = below * s + 1.0;
    bounded * above / below
}

/// e^x for x ≤ 0, as softmax needs it: 2^n times a Taylor series of the rest, ln 2 taken in two parts so that nothing
/// is lost (Cody and Waite, 1980). Right to about 2e-7 of the result; below -87 it stays at e^-87, and NaN stays NaN.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // Adding and subtracting 1.5 · 2^23 rounds to a whole number.
    const ROUND: f32 = 12_582_912.0;
    let x = if x < -87.0 { -87.0 } else { x };
    let rounded = x * std::f32::consts::LOG2_E + ROUND;
    let n = rounded - ROUND;
    let r = (x - n * 0.693_359_4) + n * 2.121_944_4e-4;
    let series = 1.0 / 720.0 * r + 1.0 / 120.0;
    let series = series * r + 1.0 / 24.0;
    let series = series * r + 1.0 / 6.0;
    let series = series * r + 0.5;
    let series = series * r + 1.0;
    let series = series * r + 1.0;
    // The whole number lies in the lowest bits; shifted to the exponent, what else is there falls off.
    series * f32::from_bits(rounded.to_bits().wrapping_add(127) << 23)
}
