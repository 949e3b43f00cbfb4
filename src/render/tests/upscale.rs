//! Images that are held larger than they came.

use super::*;

const SIDE: u32 = 32;

/// A dark and a bright part, the border between them at a slope.
fn slope() -> Vec<u8> {
    let grey = |i: u32| if i % SIDE > 8 + i / (2 * SIDE) { 200 } else { 40 };
    (0..SIDE * SIDE).flat_map(|i| [grey(i), grey(i), grey(i), 255]).collect()
}

fn rig(upscale: u32) -> Option<Rig> {
    let side = 2 * SIDE;
    let config = RenderConfig { width_px: side, height_px: side, flash_limiter: false, ..Default::default() };
    Rig::with(RenderConfig { upscale, ..config })
}

/// The same picture with a sharper edge, and never more than what was in it.
#[test]
fn held_larger_an_image_is_the_same_picture_without_ringing() {
    let mut shown = Vec::new();
    for upscale in [1, 2] {
        let Some(mut rig) = rig(upscale) else { return };
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
