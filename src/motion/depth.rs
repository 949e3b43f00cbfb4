//! How far away each point of a picture is, without a network: from its place, or from its light. Generator's thread.
//!
//! Nearness is what travels with a picture, one byte a pixel: 255 lies at depth 1, 0 at depth 2, as Deforum maps MiDaS's
//! estimate. Depths further apart would tear the picture.

/// How coarse a picture's light tells of depth: pixels are gathered in blocks of a twelfth of its height, and between the
/// blocks the depth runs smoothly, so that it does not follow every line that is drawn.
const BLOCKS: usize = 12;

/// The depth, 1 to 2, of a nearness of 0..1.
#[must_use]
pub fn of_nearness(nearness: f32) -> f64 {
    2.0 - f64::from(nearness)
}

/// A tunnel: the middle far away, the edges near. `[height, width]`.
#[must_use]
pub fn radial([height, width]: [usize; 2]) -> Vec<u8> {
    let half = [width as f32 / 2.0, height as f32 / 2.0];
    let corner = half[0].hypot(half[1]).max(1.0);
    let near = |at: usize| {
        let away = (at % width.max(1)) as f32 + 0.5 - half[0];
        let down = (at / width.max(1)) as f32 + 0.5 - half[1];
        (255.0 * away.hypot(down) / corner).round() as u8
    };
    (0..height * width).map(near).collect()
}

/// What is bright is near: `luma` are `[height, width]` values of 0..1. The whole range is used, as Deforum uses it.
#[must_use]
pub fn of_light(luma: &[f32], [height, width]: [usize; 2]) -> Vec<u8> {
    let block = (height / BLOCKS).max(1);
    let size = [height.div_ceil(block), width.div_ceil(block)];
    let mut coarse = vec![(0.0f32, 0.0f32); size[0] * size[1]];
    for (at, value) in luma.iter().enumerate().take(height * width) {
        let (row, column) = (at / width / block, at % width / block);
        let (sum, count) = &mut coarse[row * size[1] + column];
        (*sum, *count) = (*sum + value, *count + 1.0);
    }
    let coarse: Vec<f32> = coarse.iter().map(|(sum, count)| sum / count.max(1.0)).collect();
    normalized(&coarse, size, [height, width])
}

/// Any estimate of nearness, `[rows, columns]`, over its whole range and in the size of the picture. One that is the same
/// everywhere, or not finite, is flat.
#[must_use]
pub fn normalized(estimate: &[f32], [rows, columns]: [usize; 2], [height, width]: [usize; 2]) -> Vec<u8> {
    let low = estimate.iter().copied().fold(f32::INFINITY, f32::min);
    let high = estimate.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let range = high - low;
    let usable = estimate.len() == rows * columns && range > 1e-6 && range.is_finite();
    if !usable || estimate.iter().any(|value| !value.is_finite()) {
        return vec![255; height * width];
    }
    let tap = |k: usize, count: usize, of: usize| {
        let at = ((k as f32 + 0.5) * of as f32 / count as f32 - 0.5).clamp(0.0, of as f32 - 1.0);
        (at as usize, (at as usize + 1).min(of - 1), at.fract())
    };
    let near = |at: usize| {
        let (top, bottom, down) = tap(at / width, height, rows);
        let (left, right, along) = tap(at % width, width, columns);
        let row = |row: usize| {
            let (a, b) = (estimate[row * columns + left], estimate[row * columns + right]);
            a + (b - a) * along
        };
        let value = row(top) + (row(bottom) - row(top)) * down;
        (255.0 * (value - low) / range).round() as u8
    };
    (0..height * width).map(near).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tunnel_is_far_in_its_middle() {
        let near = radial([4, 6]);
        assert!(near[0] > near[7] && near[7] > near[8], "{near:?}");
        assert!(near[0] > 200 && near[8] < 60);
    }

    #[test]
    fn what_is_bright_is_near_and_what_is_even_is_flat() {
        let luma: Vec<f32> = (0..96 * 48).map(|at| if at % 96 < 48 { 0.2 } else { 0.7 }).collect();
        let near = of_light(&luma, [48, 96]);
        assert_eq!((near[24 * 96], near[24 * 96 + 95]), (0, 255));
        assert_eq!(of_light(&[0.4; 64], [8, 8]), [255; 64]);
        assert_eq!(normalized(&[0.0, f32::NAN], [1, 2], [1, 2]), [255; 2]);
    }
}
