use super::deforum::{Frame3d, content_of, frame_2d, offset_3d, perspective_flip};
use super::*;
use crate::frame::{Flip, Lens, Motion, Pose};
use crate::motion::srgb::srgb8_from_linear;

fn close(a: Affine, b: [[f64; 3]; 2], tolerance: f64) {
    for (got, want) in a.0.iter().flatten().zip(b.iter().flatten()) {
        assert!((got - want).abs() < tolerance, "{a:?} is not {b:?}");
    }
}

/// The golden values of Deforum itself, see `tests/reference/deforum_geometry.py`.
fn golden() -> serde_json::Value {
    serde_json::from_str(include_str!("../../tests/fixtures/motion/geometry.json")).unwrap()
}

fn numbers(value: &serde_json::Value) -> Vec<f64> {
    match value {
        serde_json::Value::Array(parts) => parts.iter().flat_map(numbers).collect(),
        value => vec![value.as_f64().unwrap()],
    }
}

#[test]
fn golden_frames_in_the_plane() {
    let golden = golden();
    for case in golden["plane"].as_array().unwrap() {
        let n = |key: &str| case[key].as_f64().unwrap();
        let frame = frame_2d([n("W"), n("H")], n("angle"), n("zoom"), [n("cx"), n("cy")], [n("tx"), n("ty")]);
        for (got, want) in frame.0.iter().flatten().zip(numbers(&case["m"])) {
            assert!((got - want).abs() < 1e-5 * want.abs().max(1.0), "{case}: {frame:?}");
        }
    }
}

#[test]
fn golden_flips() {
    let golden = golden();
    for case in golden["flip"].as_array().unwrap() {
        let n = |key: &str| case[key].as_f64().unwrap();
        let (size, turns) = ([n("W"), n("H")], [n("theta"), n("phi"), n("gamma")]);
        let flip = perspective_flip(size, turns, n("fv"), false).unwrap();
        let wanted = numbers(&case["m"]);
        // OpenCV takes the corners as 32-bit numbers; seen nearly from its edge, a plane makes much of that.
        let steep = wanted[..2].iter().chain(&wanted[3..5]).fold(1.0, |most: f64, value| most.max(value.abs()));
        for (got, want) in flip.iter().flatten().zip(wanted) {
            assert!((got - want).abs() < 1e-5 * want.abs().max(1.0) * steep, "{case}: {flip:?}");
        }
    }
    let rest = perspective_flip([512.0, 300.0], [0.0; 3], 53.0, true).unwrap();
    let still = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let far = rest.iter().flatten().zip(still.iter().flatten()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(far < 1e-9, "and unlike upstream nothing moves at rest");
}

#[test]
fn golden_flights() {
    let golden = golden();
    let points = numbers(&golden["points"]);
    for case in golden["space"].as_array().unwrap() {
        let three = |key: &str| <[f64; 3]>::try_from(numbers(&case[key])).unwrap();
        let (fov, aspect) = (case["fov"].as_f64().unwrap(), case["aspect"].as_f64().unwrap());
        let frame = Frame3d { translation: three("t"), rotation: three("r"), fov, aspect };
        let mut wanted = numbers(&case["off"]).into_iter();
        for point in points.chunks(2) {
            for z in numbers(&golden["zs"]) {
                let [x, y] = offset_3d(&frame, [point[0], point[1]], z);
                let want = [wanted.next().unwrap(), wanted.next().unwrap()];
                let far = (x - want[0]).abs().max((y - want[1]).abs());
                assert!(far < 1e-5 * want[0].abs().max(want[1].abs()).max(1.0), "{case} {point:?} {z}");
            }
        }
    }
}

/// What the wall plays is the limit of many short Deforum frames: its velocities are the slopes of their matrices.
#[test]
fn velocities_are_those_of_short_frames() {
    let (size, step) = ([320.0, 180.0], 1e-5);
    let points = [[-0.6, -0.3], [0.5, 0.2], [0.1, -0.4], [0.0, 0.0]];
    let slope = |moved: Space, at: [f64; 2]| {
        let [x, y] = moved.apply(at, 1.0);
        [(x - at[0]) / step, (y - at[1]) / step]
    };
    let alike = |motion: Motion, frame: Space, what: &str| {
        for at in points {
            let (ours, theirs) = (slope(motion.flow(step), at), slope(frame, at));
            let far = (ours[0] - theirs[0]).hypot(ours[1] - theirs[1]);
            assert!(far < 1e-4, "{what} at {at:?}: {ours:?}, Deforum {theirs:?}");
        }
    };
    let in_plane = frame_2d(size, 20.0 * step, 1.0 + 0.3 * step, [0.25, 0.75], [18.0 * step, -9.0 * step]);
    let lens = Lens { centre: [-0.25 * 320.0 / 180.0, 0.25], ..Lens::default() };
    let plane = Motion {
        turns: 20.0 / 360.0,
        zoom_octaves: 0.3 / std::f64::consts::LN_2,
        x: 0.1,
        y: 0.05,
        lens,
        ..Motion::default()
    };
    alike(plane, content_of(size, [in_plane.0[0], in_plane.0[1], [0.0, 0.0, 1.0]]).unwrap(), "2D");

    let turns = [30.0, 20.0, -10.0].map(|a| a * step);
    let turned = content_of(size, perspective_flip(size, turns, 53.0, true).unwrap()).unwrap();
    let [theta, phi, gamma] = [30.0f64, 20.0, -10.0].map(f64::to_radians);
    let focal = 320f64.hypot(180.0) / 180.0 / (2.0 * (53f64 / 2.0).to_radians().sin());
    let flip = Motion { flip: Flip { theta, phi, gamma, focal }, ..Motion::default() };
    alike(flip, Space(turned.0.map(|row| row.map(|value| value / turned.0[2][2]))), "flip");
}

/// A flight as Deforum's: its field of view is an amplification, and our camera that sees 90 degrees is the same one.
#[test]
fn flights_are_those_of_short_frames() {
    let (step, near) = (1e-6, 1.0 / (70f64 / 2.0).to_radians().tan());
    let frame = Frame3d {
        translation: [30.0, -20.0, 40.0].map(|t: f64| t * step),
        rotation: [10.0, -6.0, 15.0].map(|r: f64| r * step),
        fov: 70.0,
        aspect: 1.0,
    };
    let [tilt, pan, roll] = [10.0f64, -6.0, 15.0].map(|degrees| near * degrees.to_radians());
    let motion = Motion {
        x: -30.0 / 200.0 * near / 2.0,
        y: 20.0 / 200.0 * near / 2.0,
        dolly: 40.0 / 200.0 * near,
        tilt,
        pan,
        turns: roll / std::f64::consts::TAU,
        lens: Lens { focal: 0.5, ..Lens::default() },
        ..Motion::default()
    };
    for (point, z) in [([0.5, 0.25], 1.0), ([-0.7, 0.6], 1.0), ([0.5, 0.25], 2.0), ([0.2, -0.8], 1.5)] {
        // Deforum takes a point's place for its place in space, whatever its depth; so do depths here, as far as they shift.
        let theirs = offset_3d(&frame, point, z).map(|part| part / step);
        let [x, y] = point.map(|part: f64| part / 2.0);
        let ours = motion.flow(step).apply([x, y], z);
        let ours = [(ours[0] - x) * 2.0 / step, (ours[1] - y) * 2.0 / step];
        if z == 1.0 {
            let far = (ours[0] - theirs[0]).hypot(ours[1] - theirs[1]);
            assert!(far < 1e-4, "{point:?}: {ours:?}, Deforum {theirs:?}");
        }
    }
}

/// Where `moved` puts a point of a picture of 320 x 180 pixels, in pixels.
fn moved_px(moved: Space, [x, y]: [f64; 2]) -> [f64; 2] {
    let [u, v] = moved.apply([(x - 160.0) / 180.0, (y - 90.0) / 180.0], 1.0);
    [u * 180.0 + 160.0, v * 180.0 + 90.0]
}

#[test]
fn directions() {
    let moved = |motion: Motion, at: [f64; 2]| moved_px(motion.flow(1.0), at);
    let near = |a: [f64; 2], b: [f64; 2]| (a[0] - b[0]).hypot(a[1] - b[1]) < 1e-9;
    assert!(near(moved(Motion::default(), [7.0, 8.0]), [7.0, 8.0]));
    let right_and_up = moved(Motion { x: 0.5, y: 0.25, ..Motion::default() }, [160.0, 90.0]);
    assert!(near(right_and_up, [250.0, 45.0]), "x is right, y is up, both in picture heights");
    let zoom = Motion { zoom_octaves: 1.0, ..Motion::default() };
    assert!(near(moved(zoom, [170.0, 90.0]), [180.0, 90.0]), "an octave doubles the distance from the centre");
    let turn = Motion { turns: 0.25, ..Motion::default() };
    assert!(near(moved(turn, [170.0, 90.0]), [160.0, 80.0]), "a quarter turn lifts the right side to the top");
    // About the upper left corner.
    let lens = Lens { centre: [-160.0 / 180.0, -0.5], ..Lens::default() };
    assert!(near(moved(Motion { lens, ..zoom }, [10.0, 20.0]), [20.0, 40.0]), "zoom about another centre");
    assert!(
        moved(Motion { pan: 0.1, ..Motion::default() }, [160.0, 90.0])[0] < 155.0,
        "looking right, content goes left"
    );
    assert!(moved(Motion { tilt: 0.1, ..Motion::default() }, [160.0, 90.0])[1] > 95.0, "looking up, content goes down");
    assert!(moved(Motion { dolly: 0.1, ..Motion::default() }, [170.0, 90.0])[0] > 171.0, "flying in, content grows");
}

#[test]
fn inverse_undoes() {
    let turned = Affine::rotation([3.0, -2.0], 0.13, 1.6);
    close(turned.then(turned.inverse().unwrap()), Affine::IDENTITY.0, 1e-9);
    assert!(Affine([[1.0, 2.0, 0.0], [2.0, 4.0, 0.0]]).inverse().is_none());
}

#[test]
fn wild_movements_stay_finite() {
    let motion = Motion { zoom_octaves: 3.0, x: 0.5, ..Motion::default() };
    let far = (0..20).fold(Pose::default(), |pose, _| pose.travelled(motion, 1.0).settled());
    for wild in [far.since(Pose::default()), Pose::default().since(far), Space::IDENTITY.in_units(f64::INFINITY)] {
        let map = Placement::cover(1.0, 16.0 / 9.0).sampling_map(wild, 16.0 / 9.0);
        assert!(map.is_finite() && visible(wild).at_centre().scale() <= 256.0 + 1e-6, "{wild:?}");
    }
    let usual = Affine::rotation([0.0; 2], 0.1, 2.0).into();
    assert_eq!(visible(usual), usual);
}

#[test]
fn placement_covers_the_wall() {
    let wide = 16.0 / 9.0;
    let square = Placement::cover(1.0, wide);
    assert!((square.width - wide).abs() < 1e-12 && (square.height - wide).abs() < 1e-12);
    // At rest the middle stays, the left edge of the wall is the left edge of the picture, top and bottom are cut.
    let rest = square.plane_map(Affine::IDENTITY, wide);
    assert_eq!(rest.apply([0.5, 0.5]), [0.5, 0.5]);
    let [left, top] = rest.apply([0.0, 0.0]);
    assert!(left.abs() < 1e-12 && (top - (0.5 - 0.5 / wide)).abs() < 1e-12);
    let tall = Placement::cover(3.0, wide);
    assert!((tall.height - 1.0).abs() < 1e-12 && tall.width > wide);
    // A picture and what was drawn of it move alike.
    let moved = Motion { zoom_octaves: 0.3, turns: 0.05, x: 0.1, y: 0.2, pan: 0.1, ..Motion::default() }
        .flow(1.0)
        .in_units(square.picture_height);
    let drawn = Placement::whole_wall(wide, square.picture_height).sampling_map(moved, wide);
    let seen = square.sampling_map(moved, wide);
    for point in [[0.1, 0.9], [0.7, 0.2]] {
        let [a, b] = [seen.apply(point, 1.0), rest.apply(drawn.apply(point, 1.0))];
        assert!((a[0] - b[0]).abs() < 1e-9 && (a[1] - b[1]).abs() < 1e-9, "{a:?} {b:?}");
    }
}

fn moving(moved: Space) -> Moving<'static> {
    Moving { moved, border: Border::default(), nearness: None }
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
    warp(&mut moved, [16, 24], &moving(Space::IDENTITY)).unwrap();
    assert_eq!(moved, smooth(24, 16));
    assert!(exposed([16, 24], &moving(Space::IDENTITY)).is_empty());
}

#[test]
fn whole_pixel_shifts_and_borders() {
    let codes = [10u8, 60, 120, 250];
    let shift = |x: f64, border| {
        let mut moved = codes.map(|code| f32::from(code) / 255.0).repeat(3);
        let moving = Moving { border, ..moving(Affine::translation(x, 0.0).into()) };
        warp(&mut moved, [1, 4], &moving).unwrap();
        let code = |value: f32| (value * 255.0).round() as u8;
        <[u8; 4]>::try_from(moved[4..8].iter().map(|v| code(*v)).collect::<Vec<_>>()).unwrap()
    };
    assert_eq!(shift(2.0, Border::Mirror), [60, 10, 10, 60]);
    assert_eq!(shift(-9.0, Border::Fill), [60, 120, 250, 250]);
    assert_eq!(shift(2.0, Border::Replicate), [10, 10, 10, 60]);
    assert_eq!(shift(-9.0, Border::Replicate), [250; 4]);
    assert_eq!(shift(2.0, Border::Wrap), [120, 250, 10, 60]);
    // Half of black and half of white is half the light and not half the code.
    let half = |a: u8, b: u8| srgb8_from_linear(0.5 * (linear_from_srgb8(a) + linear_from_srgb8(b)));
    assert_eq!(shift(0.5, Border::Mirror), [10, half(10, 60), half(60, 120), half(120, 250)]);
}

#[test]
fn what_the_camera_exposes_is_known() {
    let right = moving(Affine::translation(0.5, 0.0).into());
    let fresh = exposed([4, 4], &right);
    assert_eq!(fresh, [true, true, false, false].repeat(4), "two of four columns came in from the left");
    assert!(
        exposed([4, 4], &moving(Affine::rotation([0.0; 2], 0.0, 1.5).into())).is_empty(),
        "zooming in shows nothing new"
    );
}

#[test]
fn what_is_far_moves_less() {
    // The left half near, the right half far, and a dot in each.
    let (mut picture, mut near) = (vec![0.0f32; 3 * 40 * 20], vec![255u8; 40 * 20]);
    for (_, near) in near.iter_mut().enumerate().filter(|(at, _)| at % 40 >= 20) {
        *near = 0;
    }
    for plane in picture.chunks_exact_mut(800) {
        (plane[10 * 40 + 8], plane[10 * 40 + 28]) = (1.0, 1.0);
    }
    let moved = Motion { x: 0.2, ..Motion::default() }.flow(1.0);
    warp(&mut picture, [20, 40], &Moving { nearness: Some(&near), ..moving(moved) }).unwrap();
    let brightest =
        |columns: std::ops::Range<usize>| columns.max_by(|a, b| picture[400 + a].total_cmp(&picture[400 + b]));
    assert_eq!((brightest(0..20), brightest(22..40)), (Some(12), Some(30)), "four pixels, and two");
}

#[test]
fn there_and_back() {
    let (w, h) = (64, 48);
    let there = Motion { zoom_octaves: 0.2, turns: 0.03, x: 0.05, y: -0.02, tilt: 0.05, ..Motion::default() }.flow(1.0);
    let (picture, mut moved) = (smooth(w, h), smooth(w, h));
    warp(&mut moved, [h, w], &moving(there)).unwrap();
    warp(&mut moved, [h, w], &moving(there.inverse().unwrap())).unwrap();
    for y in 16..32 {
        for x in 22..42 {
            let at = y * w + x;
            assert!((picture[at] - moved[at]).abs() < 0.01, "({x}, {y}): {} became {}", picture[at], moved[at]);
        }
    }
}

#[test]
fn wrong_sizes_are_errors() {
    let rest = moving(Space::IDENTITY);
    assert!(warp(&mut [0.0; 4], [2, 2], &rest).is_err());
    assert!(warp(&mut [], [0, 0], &rest).is_err());
    assert!(warp(&mut [0.0; 12], [2, 2], &Moving { nearness: Some(&[0]), ..rest }).is_err());
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
    let near = |a: Space, b: Space| a.0.iter().flatten().zip(b.0.iter().flatten()).all(|(a, b)| (a - b).abs() < 1e-9);
    let small = Space::from(Affine::rotation([0.0; 2], 0.002, 1.01).then(Affine::translation(0.001, -0.002)));
    assert_eq!(at_most(small, 0.1), small);
    assert_eq!(at_most(small, 0.0), Space::IDENTITY);
    let zoom = |octaves: f64| Space::from(Affine::rotation([0.0; 2], 0.0, octaves.exp2()));
    let half_ln2 = 0.5 * std::f64::consts::LN_2;
    assert!(near(at_most(zoom(-2.0), half_ln2), zoom(-1.0)), "out as well as in");
    let turn = |turns: f64| Space::from(Affine::rotation([0.0; 2], turns, 1.0));
    assert!(near(at_most(turn(-0.2), 0.05 * std::f64::consts::TAU), turn(-0.1)));
    assert!(near(at_most(Affine::translation(0.3, 0.4).into(), 0.1), Affine::translation(0.06, 0.08).into()));
    let bent = at_most(Motion { pan: 0.5, ..Motion::default() }.flow(1.0), 0.02);
    assert!(at_most(bent, 0.0205) == bent && bent != Space::IDENTITY, "what bends straight lines is shortened, too");
    let broken = Affine::translation(f64::NAN, 0.0).into();
    assert!(!at_most(broken, 0.1).is_finite(), "left to `visible`");
}
