//! Images that are held larger than they came.

use super::*;

const SIDE: u32 = 32;

/// A dark and a bright part, the border between them at a slope.
fn slope() -> Vec<u8> {
    let grey = |i: u32| if i % SIDE > 8 + i / (2 * SIDE) { 200 } else { 40 };
    (0..SIDE * SIDE).flat_map(|i| [grey(i), grey(i), grey(i), 255]).collect()
}

fn rig(upscale: u32, upscale_frames: u32) -> Option<Rig> {
    let side = 2 * SIDE;
    let config = RenderConfig { width_px: side, height_px: side, flash_limiter: false, ..Default::default() };
    Rig::with(RenderConfig { upscale, upscale_frames, ..config })
}

/// The same picture with a sharper edge, and never more than what was in it.
#[test]
fn held_larger_an_image_is_the_same_picture_without_ringing() {
    let mut shown = Vec::new();
    for upscale in [1, 2] {
        let Some(mut rig) = rig(upscale, 1) else { return };
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

#[test]
fn an_image_of_the_stream_may_take_some_frames_and_a_cut_takes_one() {
    let Some(mut rig) = rig(2, 3) else { return };
    rig.image(Arrival::Cut, SIDE, SIDE, &slope());
    rig.draw();
    assert_eq!(rig.renderer.shown().sequence, 1);
    rig.look.morph_speed = MORPH_SPEED_CUT;
    rig.image(Arrival::Stream, SIDE, SIDE, &slope());
    let mut sequences = || {
        rig.draw();
        rig.renderer.shown().sequence
    };
    assert_eq!([sequences(), sequences(), sequences()], [1, 1, 2]);
    // A cut overtakes an image on its way, which is never seen.
    rig.image(Arrival::Stream, SIDE, SIDE, &slope());
    rig.draw();
    rig.image(Arrival::Cut, SIDE, SIDE, &slope());
    let after: Vec<u64> = (0..4)
        .map(|_| {
            rig.draw();
            rig.renderer.shown().sequence
        })
        .collect();
    assert_eq!(after, [4; 4]);
}
