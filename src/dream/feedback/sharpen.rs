//! Unsharp mask and contrast of the fed-back picture, and what an amount per image is at another speed.
//!
//! Every pass through VAE and denoiser wears detail; these bring some of it back. Runs on the generator's thread, on
//! the picture an image starts from.

/// Widest blur, in pixels: beyond it a mask sharpens nothing, and costs.
const MOST_SIGMA: f32 = 16.0;

/// Weights of a Gaussian over `taps` pixels (an odd number; an even one is raised), summing to 1. Where `sigma`, in
/// pixels, is not positive it follows from the number of taps as OpenCV has it.
#[must_use]
pub fn gaussian_kernel(taps: usize, sigma: f32) -> Vec<f32> {
    let taps = taps | 1;
    let radius = (taps / 2) as f64;
    let sigma = if sigma > 0.0 { f64::from(sigma) } else { 0.3 * (radius - 1.0) + 0.8 };
    let weight = |tap: usize| (-0.5 * ((tap as f64 - radius) / sigma).powi(2)).exp();
    let sum: f64 = (0..taps).map(weight).sum();
    (0..taps).map(|tap| (weight(tap) / sum) as f32).collect()
}

/// Sharpens a planar picture `[3, height, width]` of nominally 0..1 by `amount` times its difference from its blur over
/// 2⌈2σ⌉ + 1 pixels, `sigma` in pixels. Where that difference is below `threshold` (in 0..1; Deforum's is in 8-bit
/// levels) a value is kept. Values end up in 0..1. Amount 0, a sigma that is not positive, or another size changes
/// nothing.
pub fn unsharp(rgb: &mut [f32], size: [usize; 2], amount: f32, sigma: f32, threshold: f32) {
    if sigma > 0.0 {
        let sigma = sigma.min(MOST_SIGMA);
        let taps = 2 * (2.0 * sigma).ceil() as usize + 1;
        unsharp_with(rgb, size, &gaussian_kernel(taps, sigma), amount, threshold);
    }
}

/// [`unsharp`] with the blur's weights given: an odd number, summing to 1.
pub fn unsharp_with(rgb: &mut [f32], [height, width]: [usize; 2], kernel: &[f32], amount: f32, threshold: f32) {
    let plane = height * width;
    if plane == 0 || rgb.len() != 3 * plane || kernel.is_empty() || amount == 0.0 || !amount.is_finite() {
        return;
    }
    for values in rgb.chunks_exact_mut(plane) {
        let soft = blurred(values, width, kernel);
        for (value, soft) in values.iter_mut().zip(&soft) {
            let difference = *value - soft;
            let sharp = *value + amount * difference;
            *value = if difference.abs() < threshold { *value } else { sharp }.clamp(0.0, 1.0);
        }
    }
}

/// A plane of rows of `width` blurred by `kernel` across and down; mirrored about the pixels at its edges (OpenCV's
/// `BORDER_REFLECT_101`).
fn blurred(plane: &[f32], width: usize, kernel: &[f32]) -> Vec<f32> {
    let radius = kernel.len() / 2;
    let height = plane.len() / width.max(1);
    let mut across = vec![0.0; plane.len()];
    let mut padded = vec![0.0; width + 2 * radius];
    for (row, out) in plane.chunks_exact(width).zip(across.chunks_exact_mut(width)) {
        for (at, value) in padded.iter_mut().enumerate() {
            *value = row.get(mirrored(at as isize - radius as isize, width)).copied().unwrap_or(0.0);
        }
        // The windows are the row moved by one pixel each.
        for (weight, moved) in kernel.iter().zip(padded.windows(width)) {
            add(out, *weight, moved);
        }
    }
    let mut down = vec![0.0; plane.len()];
    for (y, out) in down.chunks_exact_mut(width).enumerate() {
        for (tap, weight) in kernel.iter().enumerate() {
            let from = mirrored((y + tap) as isize - radius as isize, height);
            if let Some(row) = across.chunks_exact(width).nth(from) {
                add(out, *weight, row);
            }
        }
    }
    down
}

/// `out += weight * values`.
fn add(out: &mut [f32], weight: f32, values: &[f32]) {
    for (out, value) in out.iter_mut().zip(values) {
        *out += weight * value;
    }
}

/// The pixel of a row of `count` that stands at `index` when it is mirrored about its first and last pixel.
fn mirrored(index: isize, count: usize) -> usize {
    let last = count.saturating_sub(1) as isize;
    if last == 0 {
        return 0;
    }
    let folded = index.rem_euclid(2 * last);
    folded.min(2 * last - folded) as usize
}

/// Multiplies all values by `amount` and clamps them to 0..1: about black, as Deforum's contrast, so it is a brightness
/// too. (Deforum's webui casts to bytes without clamping and wraps around: not repeated here.)
pub fn contrast(rgb: &mut [f32], amount: f32) {
    if amount == 1.0 || !amount.is_finite() {
        return;
    }
    for value in rgb {
        *value = (*value * amount).clamp(0.0, 1.0);
    }
}

/// The part of something, `amount` (up to 1) per `reference_s` seconds, that is due after `dt_s` seconds:
/// 1 − (1−a)^(dt/ref). So feedback is as strong per second whatever the generator's speed.
#[must_use]
pub fn per_interval(amount: f32, dt_s: f32, reference_s: f32) -> f32 {
    if amount.is_nan() { 0.0 } else { 1.0 - factor_per_interval(1.0 - amount.min(1.0), dt_s, reference_s) }
}

/// The same for a factor (contrast, zoom), `factor` per `reference_s` seconds: c^(dt/ref). A factor below 0 counts as
/// 0; with a reference that is not positive the factor is due once per image.
#[must_use]
pub fn factor_per_interval(factor: f32, dt_s: f32, reference_s: f32) -> f32 {
    if reference_s > 0.0 { factor.max(0.0).powf(dt_s.max(0.0) / reference_s) } else { factor }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_is_deforums() {
        let golden = [0.054489, 0.244201, 0.40262, 0.244201, 0.054489];
        let kernel = gaussian_kernel(5, 1.0);
        assert!(kernel.iter().zip(golden).all(|(a, b)| (a - b).abs() < 1e-6), "{kernel:?}");
        assert_eq!(gaussian_kernel(0, 1.0), [1.0]);
        assert!((gaussian_kernel(5, 0.0)[2] - 0.375).abs() < 0.02, "1.1 pixels for five taps");
    }

    #[test]
    fn an_edge_is_steepened_and_a_plain_stays() {
        let row = [0.25, 0.25, 0.25, 0.25, 0.75, 0.75, 0.75, 0.75];
        let mut rgb: Vec<f32> = std::iter::repeat_n(row, 3 * 4).flatten().collect();
        unsharp(&mut rgb, [4, 8], 1.0, 1.0, 0.0);
        assert!((rgb[0] - 0.25).abs() < 1e-6 && rgb[3] < 0.12 && rgb[4] > 0.88, "{:?}", &rgb[..8]);
        assert!(rgb.iter().all(|value| (0.0..=1.0).contains(value)));
        let mut kept: Vec<f32> = std::iter::repeat_n(row, 3 * 4).flatten().collect();
        unsharp(&mut kept, [4, 8], 1.0, 1.0, 0.1);
        assert_eq!((kept[2], kept[3] < 0.12), (0.25, true), "below the threshold nothing changes");
    }

    #[test]
    fn pictures_smaller_than_the_kernel_and_wrong_sizes_do_no_harm() {
        for size in [[1, 1], [1, 2], [2, 1], [3, 2], [0, 5]] {
            let mut rgb = vec![0.5; 3 * size[0] * size[1]];
            unsharp(&mut rgb, size, 2.0, 5.0, 0.0);
            assert!(rgb.iter().all(|value| (value - 0.5).abs() < 1e-5));
        }
        let mut rgb = vec![0.1, 0.2, 0.3, 0.4];
        unsharp(&mut rgb, [2, 2], 1.0, 1.0, 0.0);
        unsharp(&mut rgb, [1, 1], 1.0, f32::NAN, 0.0);
        contrast(&mut rgb, f32::NAN);
        assert_eq!(rgb, [0.1, 0.2, 0.3, 0.4]);
        assert_eq!([-2, -1, 0, 1, 2, 3, 4].map(|at| mirrored(at, 3)), [2, 1, 0, 1, 2, 1, 0]);
    }

    #[test]
    fn contrast_is_a_clamped_factor() {
        let mut rgb = vec![0.9, 0.5, 0.0];
        contrast(&mut rgb, 1.2);
        assert_eq!(rgb, [1.0, 0.6, 0.0]);
    }

    #[test]
    fn amounts_are_the_same_per_second_at_any_speed() {
        let quarter = per_interval(0.4, 0.25, 1.0);
        assert!(((1.0 - quarter).powi(4) - 0.6).abs() < 1e-6);
        assert!((per_interval(0.4, 1.0, 1.0) - 0.4).abs() < 1e-6);
        assert_eq!((per_interval(1.0, 0.1, 1.0), per_interval(0.4, 0.0, 1.0)), (1.0, 0.0));
        assert!((factor_per_interval(1.21, 0.5, 1.0) - 1.1).abs() < 1e-6);
        assert!((per_interval(0.4, 3.0, 0.0) - 0.4).abs() < 1e-6 && per_interval(f32::NAN, 1.0, 1.0) == 0.0);
    }

    /// OpenCV's blur of the fixture's picture on floats, and Deforum's sharpened ones of 8 bits.
    #[test]
    fn blur_and_mask_are_opencvs_and_deforums() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/motion/color_match.json");
        let fixture: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let planes = |text: &serde_json::Value| {
            let bytes = base64::decode(text.as_str().unwrap()).unwrap();
            let channel = |c: usize| bytes.iter().skip(c).step_by(3).map(|level| f32::from(*level)).collect::<Vec<_>>();
            [channel(0), channel(1), channel(2)]
        };
        let (before, soft8) = (planes(&fixture["a"]), planes(&fixture["blur8"]));
        for (c, plane) in before.iter().enumerate() {
            let soft = blurred(plane, 32, &gaussian_kernel(5, 1.0));
            for (at, soft) in soft.iter().take(128).enumerate() {
                let goal = fixture["blur"][3 * at + c].as_f64().unwrap();
                assert!((f64::from(*soft) - goal).abs() < 1e-3, "{soft} {goal}");
            }
        }
        for case in fixture["unsharp"].as_array().unwrap() {
            let (amount, threshold) = (case["amount"].as_f64().unwrap() as f32, case["threshold"].as_f64().unwrap());
            let mut rgb: Vec<f32> = before.iter().flatten().map(|level| level / 255.0).collect();
            unsharp(&mut rgb, [32, 32], amount, 1.0, threshold as f32 / 255.0);
            let goal = planes(&case["out"]).concat();
            let inputs = before.iter().flatten().zip(soft8.iter().flatten());
            for ((new, goal), (old, soft)) in rgb.iter().zip(goal).zip(inputs) {
                // Upstream's difference wraps in 8 bits, so it keeps no value that is darker than its blur; and its
                // blur is computed in bytes, up to a level off.
                let wraps = threshold > 0.0 && old < soft;
                let near = f64::from((old - soft).abs() - threshold as f32).abs() <= 1.1;
                assert!(wraps || near || (new * 255.0 - goal).abs() <= 0.51 + 1.1 * amount, "{new} {goal}");
            }
        }
    }
}
