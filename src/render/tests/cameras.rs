//! The two cameras on the wall: content and view, trails that follow them, and a wall that is frozen meanwhile.

use super::*;
use crate::frame::Motion;
use crate::motion::{content_map, warp};

/// A square picture of `side` pixels moved on the CPU, as it is fed back.
fn twin(picture: &[u8], side: usize, moved: Affine) -> Vec<u8> {
    let plane = |channel| picture.chunks(4).map(move |pixel| f32::from(pixel[channel]) / 255.0);
    let mut planes: Vec<f32> = (0..3).flat_map(plane).collect();
    warp(&mut planes, [side, side], content_map(moved, side as u32, side as u32)).unwrap();
    let code = |at: usize| (planes[at] * 255.0).round() as u8;
    let area = side * side;
    (0..area).flat_map(|at| [code(at), code(area + at), code(2 * area + at), 255]).collect()
}

#[test]
fn camera_moves_pictures_as_its_twin_does() {
    let Some(mut rig) = Rig::new(96, 96) else { return };
    let picture = waves(96);
    let start = Pose::default().travelled(Motion { zoom_octaves: 3.0, turns: 0.4, x: 1.0, y: -2.0 }, 1.0);
    rig.look.content = start;
    rig.image(Arrival::Cut, 96, 96, &picture);
    assert_eq!(far_apart(&rig.draw(), &picture, DECODE), 0, "an image is right at its own pose");
    for motion in [
        Motion { zoom_octaves: 0.5, ..Motion::default() },
        Motion { zoom_octaves: -0.7, turns: 0.08, x: 0.1, y: 0.05 },
        Motion { x: -0.25, y: 0.5, ..Motion::default() },
    ] {
        rig.look.content = start.travelled(motion, 1.0);
        let drawn = rig.draw();
        let outliers = far_apart(&drawn, &twin(&picture, 96, motion.flow(1.0)), 1);
        assert!(outliers < 60, "{motion:?}: {outliers} values differ by more than 1/255");
    }
}

#[test]
fn the_wall_is_the_view_of_the_moved_content() {
    let Some(mut rig) = Rig::new(96, 96) else { return };
    let picture = waves(96);
    let (content, view) = (Motion { turns: 0.1, ..Motion::default() }, Affine::translation(0.125, 0.0));
    rig.look.trails_half_life_beats = 1.0;
    rig.image(Arrival::Cut, 96, 96, &picture);
    let rest = rig.draw();
    rig.look.content = rig.look.content.travelled(content, 1.0);
    rig.look.view = view;
    rig.look.beats += 20.0;
    let drawn = rig.draw();
    let outliers = far_apart(&drawn, &twin(&picture, 96, content.flow(1.0).then(view)), 2);
    assert!(outliers < 60, "{outliers} values differ");
    // Back at rest, the view has left nothing behind.
    (rig.look.content, rig.look.view) = (Pose::default(), Affine::IDENTITY);
    rig.look.beats += 20.0;
    assert_eq!(far_apart(&rig.draw(), &rest, 1), 0);
}

#[test]
fn trails_follow_the_camera() {
    let Some(mut rig) = Rig::new(64, 64) else { return };
    rig.look.trails_half_life_beats = 1e6;
    let mut dot = [0, 0, 0, 255].repeat(64 * 64);
    dot[4 * (32 * 64 + 32)..][..3].fill(255);
    rig.image(Arrival::Cut, 64, 64, &dot);
    rig.draw();
    rig.look.content = rig.look.content.moved(Affine::translation(10.0 / 64.0, 0.0));
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
