//! Composition of pictures that are larger than the model was trained at, or of another shape.
//!
//! A model that saw squares of one size fills a wide picture with two eyes, or with one stretched across it. So what is
//! drawn anew is first composed at the size the model knows, then widened, and drawn once more at full size from there: one
//! object stays one. Widening stretches the middle less than the sides, where mostly ground is: to 16:9 by a third.

use super::Picture;

/// Strength from which an image is composed first; below it, it has the layout of the one it starts from.
pub const FROM: f32 = 0.7;
/// Strength of the run at full size: it draws what was stretched anew and keeps the layout.
pub const STRENGTH: f32 = 0.6;
/// How much less than evenly the middle is stretched, as a share of the stretching; and the most that is, for at 1.57
/// the outermost column would be stretched without end.
const MIDDLE: f64 = 0.45;
const MOST: f64 = 1.46;

/// Whether pictures of `size_px` are composed at `native_px` squared first.
#[must_use]
pub fn is_needed(size_px: (usize, usize), native_px: usize) -> bool {
    size_px.0.max(size_px.1) > native_px
}

/// `picture` in the shape of a square, as [`widened`] takes it apart again.
#[must_use]
pub fn narrowed(picture: &Picture, side_px: usize) -> Picture {
    let [across, down] = angles(picture.width_px, picture.height_px);
    picture.resampled(side_px, side_px, |u| outwards(u, across), |v| outwards(v, down))
}

/// A square `picture` as large and wide as a picture of `size_px`.
#[must_use]
pub fn widened(picture: &Picture, (width_px, height_px): (usize, usize)) -> Picture {
    let [across, down] = angles(width_px, height_px);
    picture.resampled(width_px, height_px, |u| inwards(u, across), |v| inwards(v, down))
}

/// Angles of the sine that stretches each direction; 0 is not at all.
fn angles(width_px: usize, height_px: usize) -> [f64; 2] {
    let aspect = width_px as f64 / height_px as f64;
    [aspect, 1.0 / aspect].map(|longer| {
        // Solves a / sin a = slope by the first terms of its series, 1 + a² / 6 + 7 a⁴ / 360.
        let slope = (1.0 + MIDDLE * (longer - 1.0)).clamp(1.0, MOST);
        let (square, linear) = (7.0 / 360.0, 1.0 / 6.0);
        ((-linear + (linear * linear + 4.0 * square * (slope - 1.0)).sqrt()) / (2.0 * square)).max(0.0).sqrt()
    })
}

/// From a place in a wide picture to the square one, both -1 to 1.
fn inwards(at: f64, angle: f64) -> f64 {
    if angle > 0.0 { (at * angle).sin() / angle.sin() } else { at }
}

/// The way back.
fn outwards(at: f64, angle: f64) -> f64 {
    if angle > 0.0 { (at * angle.sin()).clamp(-1.0, 1.0).asin() / angle } else { at }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disc_stays_nearly_round_and_the_way_back_is_the_way_back() {
        let side = 64;
        let rgb = (0..3 * side * side).map(|i| {
            let (x, y) = ((i % side) as f32 - 31.5, (i / side % side) as f32 - 31.5);
            f32::from(x.hypot(y) < 14.0)
        });
        let disc = Picture::new(side, side, rgb.collect());
        let wide = widened(&disc, (114, 64));
        let lit = |picture: &Picture, row: bool| {
            let (w, h) = (picture.width_px, picture.height_px);
            let at = |k| if row { h / 2 * w + k } else { k * w + w / 2 };
            (0..if row { w } else { h }).filter(|k| picture.plane(0)[at(*k)] > 0.5).count() as f64
        };
        let stretched = lit(&wide, true) / lit(&wide, false);
        assert!((1.2..1.4).contains(&stretched), "{stretched}");
        let back = narrowed(&wide, side);
        let off = back.rgb.iter().zip(&disc.rgb).map(|(a, b)| (a - b).abs()).sum::<f32>() / disc.rgb.len() as f32;
        assert!(off < 0.02, "{off}");
        assert_eq!(widened(&disc, (64, 64)), disc);
        for size in [(4000, 8), (8, 4000)] {
            assert!(widened(&disc, size).rgb.iter().all(|v| v.is_finite()));
        }
    }

    #[test]
    fn only_what_is_larger_than_the_model_knows_is_composed() {
        assert!(is_needed((384, 216), 256) && is_needed((216, 384), 256));
        assert!(!is_needed((256, 256), 256) && !is_needed((512, 288), 512));
    }
}
