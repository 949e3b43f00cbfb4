use super::*;

fn close(a: Affine, b: [[f64; 3]; 2], tolerance: f64) {
    for (got, want) in a.0.iter().flatten().zip(b.iter().flatten()) {
        assert!((got - want).abs() < tolerance, "{a:?} is not {b:?}");
    }
}

/// Both computed with OpenCV's own rotation matrix, from Deforum's recipe.
#[test]
fn golden_matrices() {
    let delta = Pose { zoom_octaves: 1.04f64.log2(), turns: 5.0 / 360.0, x: 10.0 / 512.0, y: 3.0 / 512.0 };
    let golden = [[1.036_042, 0.090_642, -22.342_722], [-0.090_642, 1.036_042, 9.962_921]];
    close(content_map(delta, 512, 512), golden, 2e-6);

    let off_centre = Affine::rotation([768.0 * 0.25, 512.0 * 0.75], -30.0 / 360.0, 0.98);
    close(off_centre, [[0.848_705, -0.49, 217.208_66], [0.49, 0.848_705, -35.982_68]], 6e-6);
}

#[test]
fn directions() {
    let centre = [160.0, 90.0];
    let map = |pose| content_map(pose, 320, 180);
    close(map(Pose::default()), Affine::IDENTITY.0, 1e-12);
    let right_and_up = map(Pose { x: 0.5, y: 0.25, ..Pose::default() }).apply(centre);
    assert_eq!(right_and_up, [250.0, 45.0], "x is right, y is up, both in picture heights");
    let zoomed = map(Pose { zoom_octaves: 1.0, ..Pose::default() }).apply([170.0, 90.0]);
    assert_eq!(zoomed, [180.0, 90.0], "one octave doubles the distance from the centre");
    let [x, y] = map(Pose { turns: 0.25, ..Pose::default() }).apply([170.0, 90.0]);
    assert!((x - 160.0).abs() < 1e-9 && (y - 80.0).abs() < 1e-9, "a quarter turn lifts the right side to the top");
}

#[test]
fn inverse_undoes() {
    let map = content_map(Pose { zoom_octaves: 0.7, turns: 0.13, x: 0.2, y: -0.4 }, 300, 200);
    close(map.then(map.inverse().unwrap()), Affine::IDENTITY.0, 1e-9);
    assert!(Affine([[1.0, 2.0, 0.0], [2.0, 4.0, 0.0]]).inverse().is_none());
}

#[test]
fn wild_poses_stay_finite() {
    let wild = Pose { zoom_octaves: 1e9, turns: f64::NAN, x: f64::INFINITY, y: 0.0 };
    let map = Placement::cover(1.0, 16.0 / 9.0).sampling_map(wild, 16.0 / 9.0);
    assert!(map.0.iter().flatten().all(|v| v.is_finite()));
    assert!((scale_of(wild) - 256.0).abs() < 1e-9);
    assert!((scale_of(Pose { zoom_octaves: -1.0, ..Pose::default() }) - 0.5).abs() < 1e-12);
}

#[test]
fn placement_covers_the_wall() {
    let wide = 16.0 / 9.0;
    let square = Placement::cover(1.0, wide);
    assert!((square.width - wide).abs() < 1e-12 && (square.height - wide).abs() < 1e-12);
    // At rest the middle stays, the left edge of the wall is the left edge of the picture, top and bottom are cut.
    let rest = square.sampling_map(Pose::default(), wide);
    assert_eq!(rest.apply([0.5, 0.5]), [0.5, 0.5]);
    let [left, top] = rest.apply([0.0, 0.0]);
    assert!(left.abs() < 1e-12 && (top - (0.5 - 0.5 / wide)).abs() < 1e-12);
    let tall = Placement::cover(3.0, wide);
    assert!((tall.height - 1.0).abs() < 1e-12 && tall.width > wide);
    // A picture and what was drawn of it move alike.
    let delta = Pose { zoom_octaves: 0.3, turns: 0.05, x: 0.1, y: 0.2 };
    let drawn = Placement::whole_wall(wide, square.picture_height).sampling_map(delta, wide);
    for point in [[0.1, 0.9], [0.7, 0.2]] {
        let [a, b] = [square.sampling_map(delta, wide).apply(point), rest.apply(drawn.apply(point))];
        assert!((a[0] - b[0]).abs() < 1e-9 && (a[1] - b[1]).abs() < 1e-9, "{a:?} {b:?}");
    }
}

fn smooth(width: usize, height: usize) -> Vec<f32> {
    let wave = |x: usize, y: usize| (x as f32 * 0.11).sin() * (y as f32 * 0.07).cos();
    (0..height).flat_map(|y| (0..width).map(move |x| wave(x, y))).collect()
}

#[test]
fn standing_still_is_exact() {
    let picture = smooth(24, 16);
    let mut moved = vec![0.0; picture.len()];
    warp_planar(&picture, [1, 16, 24], content_map(Pose::default(), 24, 16), Border::Mirror, &mut moved).unwrap();
    assert_eq!(picture, moved);

    let rgba: Vec<u8> = (0..=255).flat_map(|v| [v, 255 - v, v / 2, 255]).collect();
    let mut moved = vec![0; rgba.len()];
    warp_rgba(&rgba, [16, 16], Affine::IDENTITY, Border::Wrap, &mut moved).unwrap();
    assert_eq!(rgba, moved);
}

#[test]
fn whole_pixel_shifts_and_borders() {
    let picture: Vec<f32> = vec![1.0, 2.0, 3.0, 4.0];
    let shift = |x, border| {
        let mut moved = vec![0.0; 4];
        warp_planar(&picture, [1, 1, 4], Affine::translation(x, 0.0), border, &mut moved).unwrap();
        moved
    };
    assert_eq!(shift(1.0, Border::Wrap), [4.0, 1.0, 2.0, 3.0]);
    assert_eq!(shift(2.0, Border::Mirror), [2.0, 1.0, 1.0, 2.0]);
    assert_eq!(shift(-9.0, Border::Mirror), [2.0, 3.0, 4.0, 4.0]);
    assert_eq!(shift(0.5, Border::Mirror), [1.0, 1.5, 2.5, 3.5]);
}

#[test]
fn there_and_back() {
    let (w, h) = (64, 48);
    let picture = smooth(w, h);
    let map = content_map(Pose { zoom_octaves: 0.2, turns: 0.03, x: 0.05, y: -0.02 }, 64, 48);
    let (mut there, mut back) = (vec![0.0; w * h], vec![0.0; w * h]);
    warp_planar(&picture, [1, h, w], map, Border::Mirror, &mut there).unwrap();
    warp_planar(&there, [1, h, w], map.inverse().unwrap(), Border::Mirror, &mut back).unwrap();
    for y in 16..32 {
        for x in 22..42 {
            let at = y * w + x;
            assert!((picture[at] - back[at]).abs() < 0.01, "({x}, {y}): {} became {}", picture[at], back[at]);
        }
    }
}

#[test]
fn wrong_sizes_are_errors() {
    let mut target = [0.0; 3];
    assert!(warp_planar(&[0.0; 4], [1, 2, 2], Affine::IDENTITY, Border::Mirror, &mut target).is_err());
    assert!(warp_rgba(&[], [0, 0], Affine::IDENTITY, Border::Mirror, &mut []).is_err());
}

#[test]
fn srgb_codes_survive() {
    for code in 0..=255 {
        assert_eq!(srgb8_from_linear(linear_from_srgb8(code)), code);
    }
    assert_eq!(srgb8_from_linear(0.5), 188);
    assert_eq!(srgb8_from_linear(f32::NAN), 0);
}
