//! Noise for the fed-back picture: without some, a picture that feeds on itself loses detail image by image.
//!
//! Counter-based: any element can be made alone, and the same build makes the same values. Runs on the generator's
//! thread, on the picture an image starts from.

use std::f32::consts::TAU;

mod perlin;

pub use perlin::Perlin;

/// Deforum's amounts are shares of pictures in −1..1; ours are in 0..1.
const HALF_RANGE: f32 = 0.5;

/// What the noise looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum NoiseKind {
    /// The same everywhere (Deforum: uniform).
    #[default]
    Gaussian,
    /// Stronger and weaker by (1 + field)/2. `field_seed` selects the field: kept while the seed of the noise changes,
    /// the field can move with the camera.
    Perlin { perlin: Perlin, field_seed: u64 },
}

/// Standard normal noise `[3, height, width]`.
#[must_use]
pub fn gaussian(seed: u64, [height, width]: [usize; 2]) -> Vec<f32> {
    let count = 3 * height * width;
    let key = scrambled(seed, 0);
    let mut noise = Vec::with_capacity(count.next_multiple_of(2));
    for pair in 0..count.div_ceil(2) as u64 {
        noise.extend(box_muller(scrambled(key, pair)));
    }
    noise.truncate(count);
    noise
}

/// Adds `amount` times noise to a planar picture `[3, height, width]` of nominally 0..1. The unit of `amount` is
/// Deforum's: 1 is a deviation of 0.5. The noise of each channel has the mean zero, so brightness and contrast stay;
/// values may end up a little outside 0..1. `at` gives for a pixel's centre (across, down, in pixels) the point of the
/// field it shows, in pictures: x/width, y/height for a camera at rest. Amount 0, or a picture of another size, changes
/// nothing.
pub fn add_noise(
    rgb: &mut [f32],
    size: [usize; 2],
    amount: f32,
    kind: NoiseKind,
    seed: u64,
    at: impl Fn(f64, f64) -> (f64, f64),
) {
    let plane = size.iter().product::<usize>();
    if plane == 0 || rgb.len() != 3 * plane || amount == 0.0 || !amount.is_finite() {
        return;
    }
    let noise = shaped(size, kind, seed, at);
    for (values, noise) in rgb.chunks_exact_mut(plane).zip(noise.chunks_exact(plane)) {
        let mean = (noise.iter().map(|value| f64::from(*value)).sum::<f64>() / plane as f64) as f32;
        for (value, noise) in values.iter_mut().zip(noise) {
            *value += HALF_RANGE * amount * (noise - mean);
        }
    }
}

/// Noise of `kind`, `[3, height, width]`; the field is the same in all channels.
fn shaped(size: [usize; 2], kind: NoiseKind, seed: u64, at: impl Fn(f64, f64) -> (f64, f64)) -> Vec<f32> {
    let [height, width] = size;
    let mut noise = gaussian(seed, size);
    if let NoiseKind::Perlin { perlin, field_seed } = kind {
        let mut field = perlin.field(field_seed);
        let mut strength = Vec::with_capacity(height * width);
        for row in 0..height {
            strength.extend((0..width).map(|column| {
                let (x, y) = at(column as f64 + 0.5, row as f64 + 0.5);
                0.5 * (field.value(x, y) + 1.0)
            }));
        }
        for plane in noise.chunks_exact_mut(strength.len().max(1)) {
            plane.iter_mut().zip(&strength).for_each(|(value, strength)| *value *= strength);
        }
    }
    noise
}

/// The halves of a uniform word to two independent normal numbers (Box and Muller).
fn box_muller(word: u64) -> [f32; 2] {
    // 24 bits each, as many as a float holds, and never zero: the largest number is 5.9.
    let unit = |bits: u32| ((bits >> 8) as f32 + 0.5) / 16_777_216.0;
    let radius = (-2.0 * unit((word >> 32) as u32).ln()).sqrt();
    let (sin, cos) = (TAU * unit(word as u32)).sin_cos();
    [radius * cos, radius * sin]
}

/// The `counter`-th word of the sequence of `key` (SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom
/// number generators", 2014).
fn scrambled(key: u64, counter: u64) -> u64 {
    let mut z = key.wrapping_add(counter.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: [usize; 2] = [90, 160];
    const PLANE: usize = SIZE[0] * SIZE[1];

    fn rest(x: f64, y: f64) -> (f64, f64) {
        (x / SIZE[1] as f64, y / SIZE[0] as f64)
    }

    fn mean_of_product(a: &[f32], b: &[f32]) -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>() / a.len() as f64
    }

    #[test]
    fn splitmix_is_its_authors() {
        assert_eq!(
            [0, 1, 2].map(|k| scrambled(0, k)),
            [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F]
        );
    }

    #[test]
    fn noise_is_normal_repeatable_and_seeded() {
        let (a, b) = (gaussian(7, SIZE), gaussian(8, SIZE));
        assert_eq!((a.len(), &a), (3 * PLANE, &gaussian(7, SIZE)));
        assert_eq!(gaussian(7, [1, 7]).len(), 21);
        let ones = vec![1.0; a.len()];
        assert!(mean_of_product(&a, &ones).abs() < 0.02 && (mean_of_product(&a, &a) - 1.0).abs() < 0.02);
        assert!(mean_of_product(&a, &b).abs() < 0.02 && mean_of_product(&a[1..], &a).abs() < 0.02);
        let fourth = a.iter().map(|v| f64::from(*v).powi(4)).sum::<f64>() / a.len() as f64;
        assert!((fourth - 3.0).abs() < 0.15, "{fourth}");
    }

    #[test]
    fn added_noise_keeps_the_mean_of_each_channel() {
        for kind in [NoiseKind::Gaussian, NoiseKind::Perlin { perlin: Perlin::default(), field_seed: 1 }] {
            let mut rgb = vec![0.5; 3 * PLANE];
            add_noise(&mut rgb, SIZE, 0.1, kind, 3, rest);
            for plane in rgb.chunks(PLANE) {
                let mean = plane.iter().map(|v| f64::from(*v)).sum::<f64>() / PLANE as f64;
                assert!((mean - 0.5).abs() < 1e-7, "{mean}");
            }
            let spread: Vec<f32> = rgb.iter().map(|v| v - 0.5).collect();
            let deviation = mean_of_product(&spread, &spread).sqrt();
            let goal = if kind == NoiseKind::Gaussian { 0.05 } else { 0.028 };
            assert!((deviation - goal).abs() < 0.004, "{kind:?}: {deviation}");
        }
    }

    #[test]
    fn the_field_moves_with_the_camera() {
        let kind = NoiseKind::Perlin { perlin: Perlin::default(), field_seed: 9 };
        let strength = |at: &dyn Fn(f64, f64) -> (f64, f64)| {
            let (shaped, plain) = (shaped(SIZE, kind, 4, at), gaussian(4, SIZE));
            shaped.iter().zip(plain).take(PLANE).map(|(a, b)| a / b).collect::<Vec<_>>()
        };
        let (still, moved) = (strength(&rest), strength(&|x, y| rest(x - 10.0, y)));
        for (a, b) in still.chunks(SIZE[1]).zip(moved.chunks(SIZE[1])) {
            assert!(a.iter().zip(&b[10..]).all(|(a, b)| (a - b).abs() < 1e-4), "ten pixels to the right");
        }
    }

    #[test]
    fn nothing_is_done_to_what_does_not_fit() {
        let mut rgb = vec![0.5; 12];
        for (size, amount) in [([2, 2], 0.0), ([2, 2], f32::NAN), ([3, 2], 0.1), ([0, 0], 0.1)] {
            add_noise(&mut rgb, size, amount, NoiseKind::Gaussian, 1, |x, y| (x, y));
        }
        assert_eq!(rgb, [0.5; 12]);
        let kind = NoiseKind::Perlin { perlin: Perlin::default(), field_seed: 0 };
        add_noise(&mut rgb, [2, 2], 0.1, kind, 1, |_, _| (f64::NAN, f64::INFINITY));
        assert!(rgb.iter().all(|value| value.is_finite()));
    }
}
