//! Where on its target the wall is, at which size it is drawn, and the test card.

use super::*;

/// A wall drawn at `canvas`, shown on a target of `size` as `fit` says.
fn shown(canvas: [u32; 2], size: [u32; 2], fit: &Fit, config: RenderConfig, pixels: &[u8]) -> Option<Vec<[u8; 3]>> {
    let mut rig =
        Rig::with(RenderConfig { width_px: canvas[0], height_px: canvas[1], flash_limiter: false, ..config })?;
    rig.readback = Readback::new(&rig.gpu, size[0], size[1]);
    rig.image(Arrival::Cut, canvas[0], canvas[1], pixels);
    rig.now = rig.now.after(FRAME_S);
    rig.renderer.compose(&rig.gpu, rig.now, &rig.look);
    rig.renderer.finish(&rig.gpu, &rig.readback.view, fit);
    assert!(rig.readback.request(&rig.gpu, 0, rig.now));
    let mut still = None;
    rig.readback.drain(&rig.gpu, |s| still = Some(s));
    assert_eq!(rig.gpu.errors(), 0);
    Some(still.expect("a drawn frame can be read").rgba.chunks(4).map(|p| [p[0], p[1], p[2]]).collect())
}

/// A picture whose quarters are red, green, blue and white, from the top left clockwise.
fn quarters(width: u32, height: u32) -> Vec<u8> {
    let colour = |x: u32, y: u32| match (x < width / 2, y < height / 2) {
        (true, true) => [255, 0, 0, 255],
        (false, true) => [0, 255, 0, 255],
        (false, false) => [0, 0, 255, 255],
        (true, false) => [255, 255, 255, 255],
    };
    (0..height).flat_map(|y| (0..width).flat_map(move |x| colour(x, y))).collect()
}

/// The middle of each quarter of a region, from the top left clockwise.
fn middles(pixels: &[[u8; 3]], target_width: u32, region: Region) -> [[u8; 3]; 4] {
    let Region { x, y, width, height } = region;
    let at = |dx: u32, dy: u32| pixels[((y + dy) * target_width + x + dx) as usize];
    let (left, right, top, bottom) = (width / 4, 3 * width / 4, height / 4, 3 * height / 4);
    [at(left, top), at(right, top), at(right, bottom), at(left, bottom)]
}

const RED: [u8; 3] = [255, 0, 0];
const GREEN: [u8; 3] = [0, 255, 0];
const BLUE: [u8; 3] = [0, 0, 255];
const WHITE: [u8; 3] = [255, 255, 255];

#[test]
fn a_region_holds_the_wall_and_nothing_else_is_lit() {
    let region = Region { x: 7, y: 5, width: 32, height: 16 };
    // Pixel by pixel, and drawn at half the size.
    for canvas in [[32, 16], [16, 8]] {
        let fit = Fit { region, quarter_turns: 0 };
        let pixels = quarters(canvas[0], canvas[1]);
        let Some(drawn) = shown(canvas, [64, 32], &fit, RenderConfig::default(), &pixels) else { return };
        assert_eq!(middles(&drawn, 64, region), [RED, GREEN, BLUE, WHITE], "{canvas:?}");
        for (k, pixel) in drawn.iter().enumerate() {
            let (x, y) = (k as u32 % 64, k as u32 / 64);
            let inside = (7..39).contains(&x) && (5..21).contains(&y);
            assert_eq!(*pixel != [0; 3], inside, "{x}, {y}");
        }
    }
}

#[test]
fn quarter_turns_are_clockwise() {
    for (quarter_turns, expected) in
        [(1, [WHITE, RED, GREEN, BLUE]), (2, [BLUE, WHITE, RED, GREEN]), (3, [GREEN, BLUE, WHITE, RED])]
    {
        let fit = Fit::within(None, quarter_turns, 32, 48);
        let canvas = fit.canvas_px([1000, 1000], 8192);
        let pixels = quarters(canvas[0], canvas[1]);
        let Some(drawn) = shown(canvas, [32, 48], &fit, RenderConfig::default(), &pixels) else { return };
        assert_eq!(middles(&drawn, 32, fit.region), expected, "{quarter_turns} quarter turns");
    }
}

#[test]
fn the_test_card_is_exact_to_the_pixel_whatever_is_drawn() {
    let region = Region { x: 3, y: 2, width: 40, height: 24 };
    let fit = Fit { region, quarter_turns: 0 };
    let config = RenderConfig { test_card: true, ..RenderConfig::default() };
    let Some(drawn) = shown([16, 8], [64, 32], &fit, config, &quarters(16, 8)) else { return };
    let card = crate::render::card::card(40, 24);
    for y in 0..24 {
        for x in 0..40 {
            let expected = &card[4 * (y * 40 + x)..][..3];
            let pixel = drawn[(y + 2) * 64 + x + 3];
            let near = pixel.iter().zip(expected).all(|(a, b)| a.abs_diff(*b) <= DECODE);
            assert!(near, "{x}, {y}: {pixel:?}, not {expected:?}");
        }
    }
    assert_eq!((drawn[0], drawn[2 * 64 + 2], drawn[2 * 64 + 3]), ([0; 3], [0; 3], WHITE));
}
