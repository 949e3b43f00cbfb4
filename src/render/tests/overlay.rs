//! The overlay: where it lies, what it leaves alone, and that the flash limiter sees it.

use image::{Rgba, RgbaImage};

use super::*;
use crate::motion::{linear_from_srgb8, srgb_from_linear};
use crate::render::overlay::{OverlayImage, OverlayLook};
use crate::render::tests::effects::twin;

const SIZE: [u32; 2] = [64, 36];

/// Hidden colour, half of an orange, and all of it, in columns; a wide band in the middle of the wall.
fn logo() -> RgbaImage {
    RgbaImage::from_fn(32, 6, |x, _| match x {
        0..8 => Rgba([0, 255, 0, 0]),
        8..16 => Rgba([255, 120, 0, 128]),
        _ => Rgba([255, 120, 0, 255]),
    })
}

fn rig(images: &[RgbaImage], flash_limiter: bool) -> Option<Rig> {
    let overlays = images.iter().map(OverlayImage::new).collect();
    let [width_px, height_px] = SIZE;
    let mut rig = Rig::with(RenderConfig { width_px, height_px, flash_limiter, overlays, ..Default::default() })?;
    rig.image(Arrival::Cut, SIZE[0], SIZE[1], &noise(SIZE[0], SIZE[1]));
    Some(rig)
}

/// With the same dither in every frame.
fn drawn(rig: &mut Rig) -> Vec<u8> {
    rig.renderer.dither_frame = 0;
    rig.draw()
}

fn pixel(drawn: &[u8], [x, y]: [u32; 2]) -> [u8; 3] {
    let at = 4 * (y * SIZE[0] + x) as usize;
    [drawn[at], drawn[at + 1], drawn[at + 2]]
}

/// 8 bits of a wall of `below` with so much of `color` in linear light over it.
fn mixed(below: [u8; 3], color: [u8; 3], alpha: f32) -> [f32; 3] {
    let mix = |c: usize| linear_from_srgb8(below[c]) * (1.0 - alpha) + linear_from_srgb8(color[c]) * alpha;
    [0, 1, 2].map(|c| 255.0 * srgb_from_linear(mix(c)))
}

#[test]
fn it_lies_whole_in_the_middle_and_leaves_the_rest_alone() {
    let Some(mut rig) = rig(&[logo(), RgbaImage::from_pixel(2, 2, Rgba([0, 0, 0, 255]))], false) else { return };
    let bare = drawn(&mut rig);
    rig.look.overlay = OverlayLook { index: 0, level: 0.75, mask: false };
    let wall = drawn(&mut rig);
    // 64 x 12 pixels on this wall, from row 12 to row 24; filters blend its borders.
    for y in 0..SIZE[1] {
        for x in 0..SIZE[0] {
            let at = [x, y];
            let alpha = match (x, y) {
                (18..30, 14..22) => 0.75 * 128.0 / 255.0,
                (34..64, 14..22) => 0.75,
                (..14, _) | (_, ..10 | 26..) => 0.0,
                _ => continue,
            };
            let (want, got) = (mixed(pixel(&bare, at), [255, 120, 0], alpha), pixel(&wall, at));
            let most = if alpha == 0.0 { 0.0 } else { 2.0 + f32::from(DECODE) };
            let off = (0..3).map(|c| (want[c].round() - f32::from(got[c])).abs()).fold(0.0, f32::max);
            assert!(off <= most, "{at:?}: {got:?} and not {want:?}");
        }
    }
    // None of it: the bytes of a wall without one.
    rig.look.overlay.level = 0.0;
    assert_eq!(drawn(&mut rig), bare);
}

#[test]
fn no_effect_touches_it_but_the_master_does() {
    let Some(mut rig) = rig(&[RgbaImage::from_pixel(64, 36, Rgba([200, 60, 30, 255]))], false) else { return };
    rig.look.overlay = OverlayLook { index: 0, level: 1.0, mask: false };
    rig.look.effects.mirror.amount = 1.0;
    rig.look.effects.invert = 1.0;
    rig.look.effects.dots = 1.0;
    rig.look.effects.grain = 1.0;
    rig.look.effects.strobe_gain = 0.0;
    (rig.look.hue_degrees, rig.look.saturation) = (120.0, 0.0);
    let near = |drawn: Vec<u8>, want: [u8; 3]| {
        drawn.chunks(4).all(|p| (0..3).all(|c| p[c].abs_diff(want[c]) <= DECODE)).then_some(()).ok_or(drawn)
    };
    assert_eq!(near(rig.draw(), [200, 60, 30]), Ok(()));
    rig.look.brightness = 0.5;
    let half = [200, 60, 30].map(|code| srgb8_from_linear(0.5 * linear_from_srgb8(code)));
    assert_eq!(near(rig.draw(), half), Ok(()));
    rig.look.blackout = 1.0;
    assert_eq!(near(rig.draw(), [0; 3]), Ok(()));
}

#[test]
fn through_a_mask_the_wall_is_seen() {
    let light = RgbaImage::from_fn(64, 36, |x, _| if x < 32 { Rgba([255; 4]) } else { Rgba([0, 0, 0, 255]) });
    let Some(mut rig) = rig(&[logo(), light], false) else { return };
    let bare = drawn(&mut rig);
    rig.look.overlay = OverlayLook { index: 0, level: 1.0, mask: true };
    let wall = drawn(&mut rig);
    for at in [[4, 4], [60, 30], [5, 18]] {
        assert_eq!(pixel(&wall, at), [0; 3], "{at:?}: outside");
    }
    assert_eq!(pixel(&wall, [50, 18]), pixel(&bare, [50, 18]), "inside, and none of the logo's own colour");
    // Without alpha its light opens.
    rig.look.overlay.index = 1;
    let wall = drawn(&mut rig);
    assert_eq!((pixel(&wall, [10, 5]), pixel(&wall, [50, 5])), (pixel(&bare, [10, 5]), [0; 3]));
}

/// On a target larger than the canvas it has the target's pixels, and it turns with the wall.
#[test]
fn it_stays_sharp_and_turns_with_the_wall() {
    let sharp = RgbaImage::from_fn(64, 36, |x, y| if x < 16 && y < 9 { Rgba([255; 4]) } else { Rgba([0; 4]) });
    let Some(mut rig) = rig(&[sharp], false) else { return };
    rig.image(Arrival::Cut, 8, 8, &[0, 0, 0, 255].repeat(64));
    rig.look.overlay = OverlayLook { index: 0, level: 1.0, mask: false };
    // The corner of the wall that is white, on a target of twice its size: left, top, right, bottom.
    for (quarter_turns, size, [left, top, right, bottom]) in [
        (0, [128, 72], [0, 0, 32, 18]),
        (1, [72, 128], [54, 0, 72, 32]),
        (2, [128, 72], [96, 54, 128, 72]),
        (3, [72, 128], [0, 96, 18, 128]),
    ] {
        rig.renderer.compose(&rig.gpu, rig.now, &rig.look);
        let mut readback = Readback::new(&rig.gpu, size[0], size[1]);
        let fit = Fit { quarter_turns, ..Fit::whole(size[0], size[1]) };
        rig.renderer.finish(&rig.gpu, &readback.view, &fit);
        assert!(readback.request(&rig.gpu, 0, rig.now));
        let mut drawn = Vec::new();
        readback.drain(&rig.gpu, |frame| drawn = frame.rgba.clone());
        let red = |x: u32, y: u32| drawn[4 * (y * size[0] + x) as usize];
        for (y, x) in (0..size[1]).flat_map(|y| (0..size[0]).map(move |x| (y, x))) {
            let margin = |at: u32, edge: u32| at.abs_diff(edge) < 2 || (at + 1).abs_diff(edge) < 2;
            if margin(x, left) || margin(x, right) || margin(y, top) || margin(y, bottom) {
                continue;
            }
            let inside = (left..right).contains(&x) && (top..bottom).contains(&y);
            assert_eq!(red(x, y), if inside { 255 } else { 0 }, "{quarter_turns} turns: {x}, {y}");
        }
    }
}

/// A logo that flashes is held as a picture is.
#[test]
fn the_flash_limiter_sees_it() {
    let flashes = |flash_limiter| {
        let mut rig = rig(&[RgbaImage::from_pixel(4, 4, Rgba([255; 4]))], flash_limiter)?;
        rig.image(Arrival::Cut, 8, 8, &[0, 0, 0, 255].repeat(64));
        let levels = (0..96).map(|frame| {
            rig.look.overlay = OverlayLook { index: 0, level: f32::from(u8::from(frame % 4 < 2)), mask: false };
            twin::luma(pixel(&rig.draw(), [32, 18]).map(linear_from_srgb8))
        });
        let levels: Vec<f32> = levels.collect();
        // Rises by a tenth in the last second of three.
        Some(levels[64..].windows(2).filter(|pair| pair[1] - pair[0] >= 0.1).count())
    };
    let Some(free) = flashes(false) else { return };
    let held = flashes(true).expect("the same device");
    assert!(free >= 7 && held <= 3, "{free} flashes a second, {held} of them are let through");
}
