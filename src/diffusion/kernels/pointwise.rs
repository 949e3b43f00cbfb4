//! Activations and sums, one pass each, vectorised by the compiler from plain code.

use super::share::pieces;
use super::{buffers, multiversion};

/// eˣ to about 2·10⁻⁷ relative, without branches so that loops over it vectorise.
///
/// 2ⁿ·e^r with |r| ≤ ln 2 / 2, Cephes' polynomial for e^r. Arguments are clamped to ±87; NaN stays NaN, so that
/// a non-finite result is found at the end of the network.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // Adding and taking away 1.5·2²³ rounds to the nearest integer.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 87.0);
    let rounded = x * std::f32::consts::LOG2_E + ROUND;
    let n = rounded - ROUND;
    // ln 2 in two parts: n times the first is exact.
    let r = x - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let p = 1.987_569_2e-4;
    let p = p * r + 1.398_2e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_5e-1;
    let p = p * r + 0.5;
    let p = p * r * r + r + 1.0;
    // Near `ROUND` one step of the bits is one whole number. For NaN the bits are meaningless, but p is NaN.
    let n = rounded.to_bits().wrapping_sub(ROUND.to_bits());
    p * f32::from_bits(n.wrapping_add(127) << 23)
}

/// The larger of x and 0. Not `max`, which makes 0 of NaN.
#[inline(always)]
pub fn relu(x: f32) -> f32 {
    if x < 0.0 { 0.0 } else { x }
}

/// x·σ(x).
#[inline(always)]
pub fn silu(x: f32) -> f32 {
    x / (1.0 + exp(-x))
}

/// x·σ(1.702 x), CLIP's first activation.
#[inline(always)]
pub fn quick_gelu(x: f32) -> f32 {
    x / (1.0 + exp(-1.702 * x))
}

/// Exact GELU, x·Φ(x), with erf from Abramowitz and Stegun 7.1.26 (absolute error 1.5·10⁻⁷).
#[inline(always)]
pub fn gelu(x: f32) -> f32 {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let p = ((((1.061_405_4 * t - 1.453_152) * t + 1.421_413_7) * t - 0.284_496_74) * t + 0.254_829_6) * t;
    let erf = 1.0 - p * exp(-z * z);
    0.5 * x * (1.0 + erf.copysign(x))
}

multiversion! {
    pub fn silu_all(values: &mut [f32]) {
        for value in values {
            *value = silu(*value);
        }
    }
}

multiversion! {
    pub fn quick_gelu_all(values: &mut [f32]) {
        for value in values {
            *value = quick_gelu(*value);
        }
    }
}

multiversion! {
    pub fn gelu_all(values: &mut [f32]) {
        for value in values {
            *value = gelu(*value);
        }
    }
}

multiversion! {
    /// `out = value · gelu(gate)`.
    pub fn geglu(value: &[f32], gate: &[f32], out: &mut [f32]) {
        for ((out, &value), &gate) in out.iter_mut().zip(value).zip(gate) {
            *out = value * gelu(gate);
        }
    }
}

/// `all` of `x`.
pub fn mapped(x: &[f32], all: impl Fn(&mut [f32]) + Sync + Send) -> Vec<f32> {
    let mut out = buffers::take(x.len());
    pieces(&mut out, |at, out| {
        out.copy_from_slice(&x[at..at + out.len()]);
        all(out);
    });
    out
}

/// For each stretch of `2 · half`: its first half times the GELU of its second.
pub fn gated(x: &[f32], half: usize) -> Vec<f32> {
    let mut out = buffers::take(x.len() / 2);
    for (x, out) in x.chunks_exact(2 * half.max(1)).zip(out.chunks_exact_mut(half.max(1))) {
        let (value, gate) = x.split_at(half);
        pieces(out, |at, out| geglu(&value[at..], &gate[at..], out));
    }
    out
}

/// The `parts` parts of `first` and `second` in turn, each copied on all threads.
pub fn interleaved(first: &[f32], second: &[f32], parts: usize) -> Vec<f32> {
    let mut out = buffers::take(first.len() + second.len());
    let (one, other) = (first.len() / parts.max(1), second.len() / parts.max(1));
    for (part, out) in out.chunks_exact_mut((one + other).max(1)).enumerate() {
        let (left, right) = out.split_at_mut(one);
        pieces(left, |at, out| out.copy_from_slice(&first[part * one + at..][..out.len()]));
        pieces(right, |at, out| out.copy_from_slice(&second[part * other + at..][..out.len()]));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_close_and_saturates() {
        for i in -8600..8600 {
            let x = i as f32 * 0.01;
            let want = f64::from(x).exp();
            assert!((f64::from(exp(x)) / want - 1.0).abs() < 4e-7, "{x}");
        }
        assert!(exp(-1e9) < 1e-37 && exp(1e9).is_finite());
    }

    #[test]
    fn what_is_no_number_stays_none() {
        let broken = [f32::NAN, -f32::NAN, f32::from_bits(0x7F80_0001), f32::from_bits(0xFFFF_FFFF)];
        for x in broken {
            assert!(exp(x).is_nan() && silu(x).is_nan() && quick_gelu(x).is_nan() && gelu(x).is_nan());
            assert!(relu(x).is_nan());
        }
        for all in [silu_all, quick_gelu_all, gelu_all] {
            let mut values: Vec<f32> = (0..64).map(|i| broken[i % 4]).collect();
            all(&mut values);
            assert!(values.iter().all(|v| v.is_nan()));
        }
        assert!(exp(f32::INFINITY).is_finite() && exp(f32::NEG_INFINITY) >= 0.0);
        assert_eq!((relu(-2.0), relu(2.0)), (0.0, 2.0));
    }

    #[test]
    fn gelu_and_silu_match_their_definitions() {
        // Φ from a table: x·Φ(x) at 1, −1, 2, 0.5.
        for (x, want) in [(1.0, 0.841_344_7), (-1.0, -0.158_655_25), (2.0, 1.954_499_7), (0.5, 0.345_731_2f32)] {
            assert!((gelu(x) - want).abs() < 4e-7, "{x}: {}", gelu(x));
        }
        assert!((silu(1.0) - 0.731_058_6).abs() < 2e-7);
        assert!((quick_gelu(1.0) - 0.845_795_8).abs() < 1e-6);
    }
}
