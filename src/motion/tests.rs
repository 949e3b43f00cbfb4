use super::*;
use crate::frame::{Motion, Pose};
use crate::motion::srgb::srgb8_from_linear;

fn close(a: Affine, b: [[f64; 3]; 2], tolerance: f64) {
    for (got, want) in a.0.iter().flatten().zip(b.iter().flatten()) {
        assert!((got - want).abs() < tolerance, "{a:?} is not {b:?}");
    }
}

/// Both computed with OpenCV's own rotation matrix, from Deforum's recipe: a frame's shift, then turn and zoom.
#[test]
fn golden_matrices() {
    let step = Affine::translation(10.0 / 512.0, -3.0 / 512.0).then(Affine::rotation([0.0; 2], 5.0 / 360.0, 1.04));
    let golden = [[1.036_042, 0.090_642, -22.342_722], [-0.090_642, 1.036_042, 9.962_921]];
    close(content_map(step, 512, 512), golden, 2e-6);

    let off_centre = Affine::rotation([768.0 * 0.25, 512.0 * 0.75], -30.0 / 360.0, 0.98);
    close(off_centre, [[0.848_705, -0.49, 217.208_66], [0.49, 0.848_705, -35.982_68]], 6e-6);
}

#[test]
fn directions() {
    let centre = [160.0, 90.0];
    let map = |motion: Motion| content_map(motion.flow(1.0), 320, 180);
    close(map(Motion::default()), Affine::IDENTITY.0, 1e-12);
    let right_and_up = map(Motion { x: 0.5, y: 0.25, ..Motion::default() }).apply(centre);
    assert_eq!(right_and_up, [250.0, 45.0], "x is right, y is up, both in picture heights");
    let [x, y] = map(Motion { zoom_octaves: 1.0, ..Motion::default() }).apply([170.0, 90.0]);
    assert!((x - 180.0).abs() < 1e-9 && (y - 90.0).abs() < 1e-9, "one octave doubles the distance from the centre");
    let [x, y] = map(Motion { turns: 0.25, ..Motion::default() }).apply([170.0, 90.0]);
    assert!((x - 160.0).abs() < 1e-9 && (y - 80.0).abs() < 1e-9, "a quarter turn lifts the right side to the top");
}

#[test]
fn inverse_undoes() {
    let map = content_map(Motion { zoom_octaves: 0.7, turns: 0.13, x: 0.2, y: -0.4 }.flow(1.0), 300, 200);
    close(map.then(map.inverse().unwrap()), Affine::IDENTITY.0, 1e-9);
    assert!(Affine([[1.0, 2.0, 0.0], [2.0, 4.0, 0.0]]).inverse().is_none());
}

#[test]
fn wild_movements_stay_finite() {
    let motion = Motion { zoom_octaves: 3.0, x: 0.5, ..Motion::default() };
    let far = (0..20).fold(Pose::default(), |pose, _| pose.travelled(motion, 1.0).settled());
    for wild in [far.since(Pose::default()), Pose::default().since(far), Affine::IDENTITY.in_units(f64::INFINITY)] {
        let map = Placement::cover(1.0, 16.0 / 9.0).sampling_map(wild, 16.0 / 9.0);
        assert!(map.is_finite() && visible(wild).scale() <= 256.0 + 1e-9, "{wild:?}");
    }
    assert_eq!(visible(Affine::rotation([0.0; 2], 0.1, 2.0)), Affine::rotation([0.0; 2], 0.1, 2.0));
}

#[test]
fn placement_covers_the_wall() {
    let wide = 16.0 / 9.0;
    let square = Placement::cover(1.0, wide);
    assert!((square.width - wide).abs() < 1e-12 && (square.height - wide).abs() < 1e-12);
    // At rest the middle stays, the left edge of the wall is the left edge of the picture, top and bottom are cut.
    let rest = square.sampling_map(Affine::IDENTITY, wide);
    assert_eq!(rest.apply([0.5, 0.5]), [0.5, 0.5]);
    let [left, top] = rest.apply([0.0, 0.0]);
    assert!(left.abs() < 1e-12 && (top - (0.5 - 0.5 / wide)).abs() < 1e-12);
    let tall = Placement::cover(3.0, wide);
    assert!((tall.height - 1.0).abs() < 1e-12 && tall.width > wide);
    // A picture and what was drawn of it move alike.
    let moved = Motion { zoom_octaves: 0.3, turns: 0.05, x: 0.1, y: 0.2 }.flow(1.0).in_units(square.picture_height);
    let drawn = Placement::whole_wall(wide, square.picture_height).sampling_map(moved, wide);
    for point in [[0.1, 0.9], [0.7, 0.2]] {
        let [a, b] = [square.sampling_map(moved, wide).apply(point), rest.apply(drawn.apply(point))];
        assert!((a[0] - b[0]).abs() < 1e-9 && (a[1] - b[1]).abs() < 1e-9, "{a:?} {b:?}");
    }
}

/// Three planes of smooth light and shadow.
fn smooth(width: usize, height: usize) -> Vec<f32> {
    let wave = |x: usize, y: usize| 0.5 + 0.5 * (x as f32 * 0.11).sin() * (y as f32 * 0.07).cos();
    let plane: Vec<f32> = (0..height).flat_map(|y| (0..width).map(move |x| wave(x, y))).collect();
    plane.repeat(3)
}

#[test]
fn standing_still_is_exact() {
    let mut moved = smooth(24, 16);
    warp(&mut moved, [16, 24], content_map(Affine::IDENTITY, 24, 16)).unwrap();
    assert_eq!(moved, smooth(24, 16));
}

#[test]
fn whole_pixel_shifts_and_borders() {
    let codes = [10u8, 60, 120, 250];
    let shift = |x| {
        let mut moved = codes.map(|code| f32::from(code) / 255.0).repeat(3);
        warp(&mut moved, [1, 4], Affine::translation(x, 0.0)).unwrap();
        let code = |value: f32| (value * 255.0).round() as u8;
        <[u8; 4]>::try_from(moved[4..8].iter().map(|v| code(*v)).collect::<Vec<_>>()).unwrap()
    };
    assert_eq!(shift(2.0), [60, 10, 10, 60]);
    assert_eq!(shift(-9.0), [60, 120, 250, 250]);
    // Half of black and half of white is half the light and not half the code.
    let half = |a: u8, b: u8| srgb8_from_linear(0.5 * (linear_from_srgb8(a) + linear_from_srgb8(b)));
    assert_eq!(shift(0.5), [10, half(10, 60), half(60, 120), half(120, 250)]);
}

#[test]
fn there_and_back() {
    let (w, h) = (64, 48);
    let map = content_map(Motion { zoom_octaves: 0.2, turns: 0.03, x: 0.05, y: -0.02 }.flow(1.0), 64, 48);
    let (picture, mut moved) = (smooth(w, h), smooth(w, h));
    warp(&mut moved, [h, w], map).unwrap();
    warp(&mut moved, [h, w], map.inverse().unwrap()).unwrap();
    for y in 16..32 {
        for x in 22..42 {
            let at = y * w + x;
            assert!((picture[at] - moved[at]).abs() < 0.01, "({x}, {y}): {} became {}", picture[at], moved[at]);
        }
    }
}

#[test]
fn wrong_sizes_are_errors() {
    assert!(warp(&mut [0.0; 4], [2, 2], Affine::IDENTITY).is_err());
    assert!(warp(&mut [], [0, 0], Affine::IDENTITY).is_err());
}

#[test]
fn srgb_codes_survive() {
    for code in 0..=255 {
        assert_eq!(srgb8_from_linear(linear_from_srgb8(code)), code);
    }
    assert!((0..=100).all(|k| (srgb_from_linear(linear_from_srgb(k as f32 / 100.0)) - k as f32 / 100.0).abs() < 1e-6));
    assert_eq!(srgb8_from_linear(0.5), 188);
    assert_eq!(srgb8_from_linear(f32::NAN), 0);
}

#[test]
fn a_movement_is_shortened_to_what_may_be_moved_and_no_more() {
    let near = |a: Affine, b: Affine| a.0.iter().flatten().zip(b.0.iter().flatten()).all(|(a, b)| (a - b).abs() < 1e-9);
    let small = Affine::rotation([0.0; 2], 0.002, 1.01).then(Affine::translation(0.001, -0.002));
    assert_eq!(at_most(small, 0.1), small);
    assert_eq!(at_most(small, 0.0), Affine::IDENTITY);
    let zoom = |octaves: f64| Affine::rotation([0.0; 2], 0.0, octaves.exp2());
    let half_ln2 = 0.5 * std::f64::consts::LN_2;
    assert!(near(at_most(zoom(-2.0), half_ln2), zoom(-1.0)), "out as well as in");
    let turn = |turns: f64| Affine::rotation([0.0; 2], turns, 1.0);
    assert!(near(at_most(turn(-0.2), 0.05 * std::f64::consts::TAU), turn(-0.1)));
    assert!(near(at_most(Affine::translation(0.3, 0.4), 0.1), Affine::translation(0.06, 0.08)));
    let broken = Affine::translation(f64::NAN, 0.0);
    assert!(!at_most(broken, 0.1).is_finite(), "left to `visible`");
}
