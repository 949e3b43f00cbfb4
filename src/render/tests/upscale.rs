//! Images that are held larger than they came.

use super::*;

const SIDE: u32 = 32;

/// A dark and a bright part, the border between them at a slope.
fn slope() -> Vec<u8> {
    let grey = |i: u32| if i % SIDE > 8 + i / (2 * SIDE) { 200 } else { 40 };
    (0..SIDE * SIDE).flat_map(|i| [grey(i), grey(i), grey(i), 255]).collect()
}

/// A square wall of `side` pixels, on which images are held `upscale` times larger.
fn rig(side: u32, upscale: u32) -> Option<Rig> {
    let config = RenderConfig { width_px: side, height_px: side, flash_limiter: false, ..Default::default() };
    Rig::with(RenderConfig { upscale, ..config })
}

/// The same picture with a sharper edge, and never more than what was in it.
#[test]
fn held_larger_an_image_is_the_same_picture_without_ringing() {
    let mut shown = Vec::new();
    for upscale in [1, 2] {
        let Some(mut rig) = rig(2 * SIDE, upscale) else { return };
        rig.image(Arrival::Cut, SIDE, SIDE, &slope());
        shown.push(rig.draw());
    }
    let [soft, sharp] = [&shown[0], &shown[1]];
    let off = soft.iter().zip(sharp).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / soft.len() as f64;
    assert!(off < 6.0, "the same picture: {off}");
    let between = |picture: &[u8]| picture.chunks_exact(4).filter(|p| (60..180).contains(&p[0])).count();
    assert!(between(sharp) < between(soft), "{} pixels between dark and bright, {}", between(sharp), between(soft));
    assert!(sharp.chunks_exact(4).all(|p| (38..=202).contains(&p[0])), "nothing rings");
}

/// Brightness at a place 0..1 of the wall: rings, a disc and a line, edges as sharp as they come.
fn drawn(u: f64, v: f64) -> f64 {
    let far = |x: f64, y: f64| (u - x).hypot(v - y);
    let rings = f64::from(far(0.3, 0.4) < 0.28 && (far(0.3, 0.4) * 16.0).fract() < 0.5);
    let disc = f64::from(far(0.75, 0.35) < 0.16) * 0.6;
    let line = f64::from((v - 0.85 + 0.2 * u).abs() < 0.03) * 0.8;
    rings.max(disc).max(line)
}

/// [`drawn`] with `side` pixels a side, each the mean of the places in it; grey levels.
fn sampled(side: u32) -> Vec<f64> {
    const PLACES: u32 = 8;
    let at = |pixel: u32, part: u32| (f64::from(pixel) + (f64::from(part) + 0.5) / f64::from(PLACES)) / f64::from(side);
    let pixel = |x, y| {
        let places = (0..PLACES * PLACES).map(|k| drawn(at(x, k % PLACES), at(y, k / PLACES)));
        255.0 * places.sum::<f64>() / f64::from(PLACES * PLACES)
    };
    (0..side * side).map(|i| pixel(i % side, i / side)).collect()
}

/// Mean difference to the right neighbour of the strongest tenth, and peak signal-to-noise ratio in dB against `truth`.
fn judged(picture: &[f64], truth: &[f64]) -> (f64, f64) {
    let error = picture.iter().zip(truth).map(|(a, b)| (a - b).powi(2)).sum::<f64>() / truth.len() as f64;
    let mut steps: Vec<f64> = picture.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
    steps.sort_by(f64::total_cmp);
    let strongest = &steps[steps.len() * 9 / 10..];
    (strongest.iter().sum::<f64>() / strongest.len() as f64, 10.0 * (255.0 * 255.0 / error).log10())
}

/// As near to what was drawn as bicubic, and no sharper than it.
#[test]
fn a_drawn_picture_comes_back_as_well_as_from_bicubic_scaling() {
    let (large, truth) = (4 * SIDE, sampled(4 * SIDE));
    let Some(mut rig) = rig(large, 4) else { return };
    let levels = sampled(SIDE).into_iter().map(|level| level.round() as u8).collect();
    let small = image::GrayImage::from_raw(SIDE, SIDE, levels).unwrap();
    let rgba: Vec<u8> = small.iter().flat_map(|&level| [level, level, level, 255]).collect();
    rig.image(Arrival::Cut, SIDE, SIDE, &rgba);
    let ours: Vec<f64> = rig.draw().chunks_exact(4).map(|pixel| f64::from(pixel[0])).collect();
    let bicubic = image::imageops::resize(&small, large, large, image::imageops::FilterType::CatmullRom);
    let bicubic: Vec<f64> = bicubic.iter().map(|&level| f64::from(level)).collect();
    let ((edges, psnr_db), (_, bicubic_db)) = (judged(&ours, &truth), judged(&bicubic, &truth));
    assert!(psnr_db > bicubic_db - 0.3, "{psnr_db:.2} dB, bicubic {bicubic_db:.2} dB");
    let of_truth = edges / judged(&truth, &truth).0;
    assert!(of_truth < 1.1, "edges {of_truth:.2} of the drawn ones");
}
