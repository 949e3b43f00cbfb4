//! The two cameras on the wall: content and view, trails that follow them, and a wall that is frozen meanwhile.

use super::*;
use crate::frame::{Flip, Lens, Motion, Space};
use crate::motion::{Border, Moving, warp};

/// A square picture of `side` pixels moved on the CPU, as it is fed back.
fn twin(picture: &[u8], side: usize, moved: Space, border: Border) -> Vec<u8> {
    let plane = |channel| picture.chunks(4).map(move |pixel| f32::from(pixel[channel]) / 255.0);
    let mut planes: Vec<f32> = (0..3).flat_map(plane).collect();
    let near: Vec<u8> = picture.chunks(4).map(|pixel| pixel[3]).collect();
    let deep = near.iter().any(|near| *near != 255);
    let moving = Moving { moved, border, nearness: deep.then_some(&near[..]) };
    warp(&mut planes, [side, side], &moving).unwrap();
    let code = |at: usize| (planes[at] * 255.0).round() as u8;
    let area = side * side;
    (0..area).flat_map(|at| [code(at), code(area + at), code(2 * area + at), 255]).collect()
}

/// The same with hills and valleys in its alpha.
fn hilly(mut picture: Vec<u8>, side: u32) -> Vec<u8> {
    for (at, pixel) in picture.chunks_exact_mut(4).enumerate() {
        let (x, y) = (at as u32 % side, at as u32 / side);
        pixel[3] = (127.0 + 127.0 * (x as f32 * 0.13).sin() * (y as f32 * 0.11).cos()) as u8;
    }
    picture
}

fn motions() -> [(&'static str, Motion); 5] {
    let still = Motion::default();
    let flip = Flip { theta: 0.1, phi: 0.2, gamma: -0.15, focal: 2.3 };
    let lens = Lens { centre: [0.2, -0.3], focal: 0.7 };
    [
        ("zoom", Motion { zoom_octaves: 0.5, lens, ..still }),
        ("out", Motion { zoom_octaves: -0.7, turns: 0.08, x: 0.1, y: 0.05, ..still }),
        ("shift", Motion { x: -0.25, y: 0.5, ..still }),
        ("flight", Motion { dolly: 0.3, pan: 0.2, tilt: -0.1, x: 0.1, turns: 0.02, lens, ..still }),
        ("flip", Motion { flip, ..still }),
    ]
}

#[test]
fn camera_moves_pictures_as_its_twin_does() {
    let Some(mut rig) = Rig::new(96, 96) else { return };
    let start =
        Pose::default().travelled(Motion { zoom_octaves: 3.0, turns: 0.4, x: 1.0, y: -2.0, ..Motion::default() }, 1.0);
    for picture in [waves(96), hilly(waves(96), 96)] {
        (rig.look.content, rig.look.border) = (start, Border::default());
        rig.image(Arrival::Cut, 96, 96, &picture);
        let flat: Vec<u8> = picture.chunks(4).flat_map(|p| [p[0], p[1], p[2], 255]).collect();
        assert_eq!(far_apart(&rig.draw(), &flat, DECODE), 0, "an image is right at its own pose");
        for (name, motion) in motions() {
            for border in [Border::Replicate, Border::Wrap, Border::Mirror, Border::Fill] {
                (rig.look.content, rig.look.border) = (start.travelled(motion, 1.0), border);
                let outliers = far_apart(&rig.draw(), &twin(&picture, 96, motion.flow(1.0), border), 2);
                // A thousandth of 96 x 96 x 3 values.
                assert!(outliers <= 27, "{name}, {border:?}: {outliers} values differ by more than 2/255");
            }
        }
    }
}

#[test]
fn the_wall_is_the_view_of_the_moved_content() {
    let Some(mut rig) = Rig::new(96, 96) else { return };
    let picture = waves(96);
    let (content, view) = (Motion { turns: 0.1, pan: 0.1, ..Motion::default() }, Affine::translation(0.125, 0.0));
    rig.look.trails_half_life_beats = 1.0;
    rig.image(Arrival::Cut, 96, 96, &picture);
    let rest = rig.draw();
    rig.look.content = rig.look.content.travelled(content, 1.0);
    rig.look.view = view;
    rig.look.beats += 20.0;
    let drawn = rig.draw();
    let moved = content.flow(1.0).then(view.into());
    let outliers = far_apart(&drawn, &twin(&picture, 96, moved, Border::Mirror), 2);
    assert!(outliers < 60, "{outliers} values differ");
    // Back at rest, the view has left nothing behind.
    (rig.look.content, rig.look.view) = (Pose::default(), Affine::IDENTITY);
    rig.look.beats += 20.0;
    assert_eq!(far_apart(&rig.draw(), &rest, 1), 0);
}

#[test]
fn an_image_keeps_its_depth_when_a_new_one_comes_in_the_middle_of_a_fade() {
    let Some(mut rig) = Rig::new(96, 96) else { return };
    let picture = hilly(waves(96), 96);
    rig.image(Arrival::Cut, 96, 96, &picture);
    rig.draw();
    // Both of a fade are the same, and so is what is caught of it: one image, moved.
    rig.image(Arrival::Stream, 96, 96, &picture);
    rig.draw();
    rig.image(Arrival::Stream, 96, 96, &picture);
    let motion = Motion { x: 0.15, dolly: 0.2, ..Motion::default() };
    rig.draw();
    rig.look.content = rig.look.content.travelled(motion, 1.0);
    let outliers = far_apart(&rig.draw(), &twin(&picture, 96, motion.flow(1.0), Border::Mirror), 4);
    assert!(outliers < 96 * 96 * 3 / 100, "{outliers} values differ");
}

#[test]
fn trails_follow_the_camera() {
    let Some(mut rig) = Rig::new(64, 64) else { return };
    rig.look.trails_half_life_beats = 1e6;
    let mut dot = [0, 0, 0, 255].repeat(64 * 64);
    dot[4 * (32 * 64 + 32)..][..3].fill(255);
    rig.image(Arrival::Cut, 64, 64, &dot);
    rig.draw();
    rig.look.content = rig.look.content.moved(Affine::translation(10.0 / 64.0, 0.0).into());
    rig.grey(Arrival::Cut, 0);
    let drawn = rig.draw();
    assert_eq!(drawn[4 * (32 * 64 + 42)], 255, "the dot's trail moved ten pixels to the right");
    assert_eq!(drawn[4 * (32 * 64 + 32)], 0);
}

#[test]
fn freeze_holds_everything_and_lets_go_without_a_jump() {
    let Some(mut rig) = Rig::new(64, 64) else { return };
    rig.look.trails_half_life_beats = 4.0;
    rig.image(Arrival::Cut, 64, 64, &waves(64));
    let before = rig.draw();
    rig.look.freeze = true;
    rig.grey(Arrival::Stream, 0);
    for _ in 0..5 {
        rig.look.content = rig.look.content.travelled(Motion { zoom_octaves: 0.5, ..Motion::default() }, 1.0);
        rig.look.beats += 1.0;
        assert_eq!(rig.draw(), before);
    }
    rig.look.freeze = false;
    assert_eq!(far_apart(&rig.draw(), &before, 2), 0, "what the camera did meanwhile does not count");
    rig.look.beats += 8.0;
    assert!(far_apart(&rig.draw(), &before, 2) > 1000, "and then it goes on");
}
