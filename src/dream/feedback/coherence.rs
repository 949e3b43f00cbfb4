//! Colour coherence: moves the colours of the fed-back picture towards those of a reference, by mean and deviation in
//! OKLab (Reinhard et al., "Color transfer between images", 2001, in a newer space).
//!
//! Without it every pass through VAE and denoiser shifts the palette a little. Unlike a histogram match the map is
//! smooth, so small pictures do not flicker. Runs on the generator's thread, on the picture an image starts from.

mod oklab;

/// How much narrower or wider than it is a picture's range of colours may be made.
const NARROWEST: f32 = 0.5;
const WIDEST: f32 = 2.0;
/// Below it a deviation is that of a plain colour, whose ratio to another one says nothing.
const LEAST_DEVIATION: f32 = 1e-4;
/// Pixels converted at a time: their three planes stay in the first cache.
const BLOCK: usize = 256;

/// The colours of a picture in OKLab: lightness (0..1) and the axes a (green to red) and b (blue to yellow).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Statistics {
    pub mean: [f32; 3],
    /// Standard deviation.
    pub deviation: [f32; 3],
}

impl Statistics {
    /// Those of a planar sRGB picture `[3, height, width]` of nominally 0..1; of one that is empty or of another size,
    /// zeros.
    #[must_use]
    pub fn of(rgb: &[f32], [height, width]: [usize; 2]) -> Self {
        let plane = height * width;
        if plane == 0 || rgb.len() != 3 * plane {
            return Self::default();
        }
        let (red, others) = rgb.split_at(plane);
        let (green, blue) = others.split_at(plane);
        // Sum and sum of squares, in f64 so that their difference stays accurate.
        let mut sums = [[0.0_f64; 2]; 3];
        let mut lab = [[0.0_f32; BLOCK]; 3];
        for ((red, green), blue) in red.chunks(BLOCK).zip(green.chunks(BLOCK)).zip(blue.chunks(BLOCK)) {
            for (copy, values) in lab.iter_mut().zip([red, green, blue]) {
                copy.iter_mut().zip(values).for_each(|(copy, value)| *copy = *value);
            }
            oklab::lab_from_srgb(lab.each_mut().map(|plane| &mut plane[..]));
            for (sums, values) in sums.iter_mut().zip(&lab) {
                for value in values.iter().take(red.len()) {
                    let value = f64::from(*value);
                    sums[0] += value;
                    sums[1] += value * value;
                }
            }
        }
        let count = plane as f64;
        let mean = sums.map(|[sum, _]| (sum / count) as f32);
        let variance = |[sum, squares]: [f64; 2]| squares / count - (sum / count) * (sum / count);
        Self { mean, deviation: sums.map(|pair| variance(pair).max(0.0).sqrt() as f32) }
    }

    /// On the way to `other`: `share` 0 is this, 1 the other. Called once per image it is a moving average, the
    /// reference that follows the prompts without drifting along.
    #[must_use]
    pub fn towards(&self, other: &Self, share: f32) -> Self {
        let mix = |here: [f32; 3], there: [f32; 3]| {
            let [x, y, z] = here;
            let [u, v, w] = there;
            [x + share * (u - x), y + share * (v - y), z + share * (w - z)]
        };
        Self { mean: mix(self.mean, other.mean), deviation: mix(self.deviation, other.deviation) }
    }
}

/// Takes `amount` (0..1) of the difference between the colours `from`, which are the picture's own, and `to` away.
/// Planar sRGB `[3, height, width]`; values end up in 0..1, colours out of gamut lose chroma and keep their hue. Amount
/// 0, or a picture of another size, changes nothing.
pub fn transfer(rgb: &mut [f32], [height, width]: [usize; 2], from: &Statistics, to: &Statistics, amount: f32) {
    let plane = height * width;
    if plane == 0 || rgb.len() != 3 * plane || amount.is_nan() || amount <= 0.0 {
        return;
    }
    let amount = amount.min(1.0);
    let mut moves = [(1.0, 0.0); 3];
    let own = from.mean.iter().zip(&from.deviation);
    let goal = to.mean.iter().zip(&to.deviation);
    for ((scale, shift), ((mean, deviation), (to_mean, to_deviation))) in moves.iter_mut().zip(own.zip(goal)) {
        let ratio = (to_deviation.max(LEAST_DEVIATION) / deviation.max(LEAST_DEVIATION)).clamp(NARROWEST, WIDEST);
        *scale = 1.0 + amount * (ratio - 1.0);
        *shift = mean + amount * (to_mean - mean) - *scale * mean;
    }
    let (red, others) = rgb.split_at_mut(plane);
    let (green, blue) = others.split_at_mut(plane);
    let blocks = red.chunks_mut(BLOCK).zip(green.chunks_mut(BLOCK)).zip(blue.chunks_mut(BLOCK));
    for ((x, y), z) in blocks {
        oklab::lab_from_srgb([&mut *x, &mut *y, &mut *z]);
        for (values, (scale, shift)) in [&mut *x, &mut *y, &mut *z].into_iter().zip(moves) {
            values.iter_mut().for_each(|value| *value = *value * scale + shift);
        }
        oklab::srgb_from_lab([x, y, z]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: [usize; 2] = [180, 320];

    /// A picture of smooth colours and some texture, of the given levels.
    fn picture(low: f32, high: f32) -> Vec<f32> {
        let [h, w] = SIZE;
        let value = |at: usize| {
            let (c, y, x) = (at / (h * w), at / w % h, at % w);
            let wave = (x as f32 * 0.031 + c as f32 * 2.1).sin() * (y as f32 * 0.047 + c as f32).cos();
            low + (high - low) * (0.5 + 0.45 * wave + 0.05 * ((x * 7 + y * 13 + c * 5) % 11) as f32 / 11.0)
        };
        (0..3 * h * w).map(value).collect()
    }

    fn off(a: &Statistics, b: &Statistics) -> f32 {
        let pairs = a.mean.iter().zip(&b.mean).chain(a.deviation.iter().zip(&b.deviation));
        pairs.fold(0.0, |most, (a, b)| most.max((a - b).abs()))
    }

    #[test]
    fn the_full_amount_reaches_the_reference_and_none_changes_nothing() {
        let (reference, mut rgb) = (picture(0.25, 0.7), picture(0.3, 0.85));
        let (from, to) = (Statistics::of(&rgb, SIZE), Statistics::of(&reference, SIZE));
        assert!(off(&from, &to) > 0.05);
        let before = rgb.clone();
        transfer(&mut rgb, SIZE, &from, &to, 0.0);
        transfer(&mut rgb, SIZE, &from, &to, f32::NAN);
        transfer(&mut rgb, [7, 7], &from, &to, 1.0);
        assert_eq!(rgb, before);
        transfer(&mut rgb, SIZE, &from, &to, 1.0);
        assert!(off(&Statistics::of(&rgb, SIZE), &to) < 0.004, "{:?} {to:?}", Statistics::of(&rgb, SIZE));
        let mut half = before.clone();
        transfer(&mut half, SIZE, &from, &to, 0.5);
        assert!(off(&Statistics::of(&half, SIZE), &from.towards(&to, 0.5)) < 0.004);
        let mut same = before.clone();
        transfer(&mut same, SIZE, &from, &from, 1.0);
        assert!(same.iter().zip(&before).all(|(a, b)| (a - b).abs() < 1e-3), "its own colours leave it as it is");
    }

    #[test]
    fn a_palette_moves_without_the_picture_flattening_or_bursting() {
        let mut grey = vec![0.5; 3 * SIZE[0] * SIZE[1]];
        let from = Statistics::of(&grey, SIZE);
        assert!(from.deviation.iter().all(|d| *d < 1e-4) && (from.mean[0] - 0.598).abs() < 1e-3, "{from:?}");
        let red = Statistics { mean: [0.6, 0.2, 0.1], deviation: [0.3, 0.1, 0.1] };
        transfer(&mut grey, SIZE, &from, &red, 1.0);
        let after = Statistics::of(&grey, SIZE);
        assert!((after.mean[1] - 0.2).abs() < 0.02 && after.deviation[0] < 1e-3, "{after:?}");
        let mut loud = picture(0.0, 1.0);
        let from = Statistics::of(&loud, SIZE);
        transfer(&mut loud, SIZE, &from, &Statistics { mean: [0.9, 0.3, -0.3], deviation: [1.0; 3] }, 1.0);
        assert!(loud.iter().all(|value| (0.0..=1.0).contains(value)));
    }

    #[test]
    fn a_moving_reference_arrives() {
        let goal = Statistics { mean: [0.5, 0.1, -0.1], deviation: [0.2, 0.1, 0.05] };
        let mut reference = Statistics::default();
        for _ in 0..200 {
            reference = reference.towards(&goal, 0.1);
        }
        assert!(off(&reference, &goal) < 1e-4);
        assert_eq!(Statistics::of(&[], [0, 0]), Statistics::default());
    }
}
