//! Seeded noise. Counter-based: any element can be made alone, and the same build makes the same
//! bytes on any number of threads.

use std::f64::consts::{FRAC_PI_2, TAU};

/// `count` standard normal numbers. One seed's shorter run is the start of its longer one.
pub fn normal(seed: u64, count: usize) -> Vec<f32> {
    let mut out = Vec::with_capacity(count.next_multiple_of(4));
    for block in 0..count.div_ceil(4) as u64 {
        let [a, b, c, d] = philox(block, seed);
        out.extend(box_muller(a, b));
        out.extend(box_muller(c, d));
    }
    out.truncate(count);
    out
}

/// Noise on the way from one seed's to another's: `x` 0 is the first, 1 the second. Cosine and sine
/// weights keep the deviation at 1 all the way, which a straight mix does not.
pub fn between(seed_a: u64, seed_b: u64, x: f64, count: usize) -> Vec<f32> {
    let (to, from) = (x.clamp(0.0, 1.0) * FRAC_PI_2).sin_cos();
    let mix = |(a, b): (f32, f32)| (from * f64::from(a) + to * f64::from(b)) as f32;
    normal(seed_a, count).into_iter().zip(normal(seed_b, count)).map(mix).collect()
}

/// Two uniform words to two independent normal numbers.
fn box_muller(a: u32, b: u32) -> [f32; 2] {
    let unit = |word: u32| (f64::from(word) + 0.5) / 4_294_967_296.0;
    let radius = (-2.0 * unit(a).ln()).sqrt();
    let (sin, cos) = (TAU * unit(b)).sin_cos();
    [(radius * cos) as f32, (radius * sin) as f32]
}

/// Philox 4×32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
fn philox(counter: u64, key: u64) -> [u32; 4] {
    let mut x = [counter as u32, (counter >> 32) as u32, 0, 0];
    let mut key = [key as u32, (key >> 32) as u32];
    for _ in 0..10 {
        let high = |product: u64| (product >> 32) as u32;
        let (p0, p1) = (0xD251_1F53 * u64::from(x[0]), 0xCD9E_8D57 * u64::from(x[2]));
        x = [high(p1) ^ x[1] ^ key[0], p1 as u32, high(p0) ^ x[3] ^ key[1], p0 as u32];
        key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn philox_matches_its_authors_vectors() {
        assert_eq!(philox(0, 0), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
    }

    #[test]
    fn noise_is_normal_repeatable_and_seeded() {
        let a = normal(7, 40_001);
        assert_eq!(a.len(), 40_001);
        assert_eq!(a[..100], normal(7, 100));
        let b = normal(8, 40_001);
        let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| f64::from(x * y)).sum::<f64>() / x.len() as f64;
        let mean = a.iter().map(|&x| f64::from(x)).sum::<f64>() / a.len() as f64;
        assert!(mean.abs() < 0.02 && (dot(&a, &a) - 1.0).abs() < 0.03 && dot(&a, &b).abs() < 0.02);
        let neighbours = dot(&a[..40_000], &a[1..]);
        assert!(neighbours.abs() < 0.02);
    }

    #[test]
    fn travel_keeps_the_deviation() {
        for x in [0.0, 0.3, 0.5, 1.0] {
            let n = between(1, 2, x, 40_000);
            let power = n.iter().map(|&x| f64::from(x * x)).sum::<f64>() / n.len() as f64;
            assert!((power - 1.0).abs() < 0.03, "{x}: {power}");
        }
        assert_eq!(between(1, 2, 0.0, 64), normal(1, 64));
    }
}
