//! What Deforum does to one frame, in its own numbers: for reports that are compared with it, and as the measure of the
//! camera's velocities, which are the limit of many such frames. `halation schedule` prints these.

use std::f64::consts::PI;

use crate::frame::Affine;
#[cfg(test)]
use crate::frame::Space;

/// The forward matrix of a 2D frame of `[width, height]` pixels: first a shift in pixels, then turned by `angle` degrees
/// anticlockwise and made `zoom` times larger about `centre`, which is in parts of the size.
#[must_use]
pub fn frame_2d([width, height]: [f64; 2], angle: f64, zoom: f64, centre: [f64; 2], shift: [f64; 2]) -> Affine {
    let turned = Affine::rotation([width * centre[0], height * centre[1]], angle / 360.0, zoom);
    Affine::translation(shift[0], shift[1]).then(turned)
}

/// The homography of the perspective flip, divided by its last element: a plane of `[width, height]` pixels that turns by
/// `theta`, `phi` and `gamma` degrees before a camera that sees `fv` degrees. Nothing where the plane is seen from its edge.
///
/// `mended`, it turns about the picture's middle and is at rest where every angle is 0. Upstream turns about the middle of the
/// square that its camera sees, from one unit too far away, which shrinks a picture of 512 pixels by 0.12 % a frame.
#[must_use]
pub fn perspective_flip(
    [width, height]: [f64; 2],
    [theta, phi, gamma]: [f64; 3],
    fv: f64,
    mended: bool,
) -> Option<[[f64; 3]; 3]> {
    let (diagonal, half) = (width.hypot(height), fv.to_radians() / 2.0);
    let (side, away) = (diagonal / half.cos(), diagonal / (2.0 * half.sin()));
    let turn = turned_about([phi, gamma, theta].map(f64::to_radians));
    let too_far = if mended { 0.0 } else { 1.0 };
    // The plane's points about its middle, y down, seen from `away`; what is seen fills −1..1 of a square `side` wide.
    let seen = |x: f64, y: f64| {
        let p = turn.map(|[a, b, _]| a * x + b * y);
        [p[0], p[1]].map(|part| part / (half.tan() * (away - p[2] + too_far)) * side / 2.0)
    };
    let middle = if mended { [width / 2.0, height / 2.0] } else { [side / 2.0; 2] };
    let corner = |x: f64, y: f64| {
        let [u, v] = seen(x, y);
        ([x + middle[0], y + middle[1]], [u + middle[0], v + middle[1]])
    };
    let (w, h) = (width / 2.0, height / 2.0);
    homography([corner(-w, -h), corner(w, -h), corner(-w, h), corner(w, h)])
}

/// Rx·Ry·Rz of three angles in radians.
fn turned_about([x, y, z]: [f64; 3]) -> [[f64; 3]; 3] {
    let ((sx, cx), (sy, cy), (sz, cz)) = (x.sin_cos(), y.sin_cos(), z.sin_cos());
    [
        [cy * cz, -cy * sz, sy],
        [cx * sz + sx * sy * cz, cx * cz - sx * sy * sz, -sx * cy],
        [sx * sz - cx * sy * cz, sx * cz + cx * sy * sz, cx * cy],
    ]
}

/// The projective map that takes four points to four others, its last element 1; nothing when they lie on a line.
fn homography(pairs: [([f64; 2], [f64; 2]); 4]) -> Option<[[f64; 3]; 3]> {
    let mut rows: Vec<[f64; 9]> = Vec::with_capacity(8);
    for ([x, y], [u, v]) in pairs {
        rows.push([x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y, u]);
        rows.push([0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y, v]);
    }
    for k in 0..8 {
        let pivot = (k..8).max_by(|a, b| rows[*a][k].abs().total_cmp(&rows[*b][k].abs()))?;
        rows.swap(k, pivot);
        let lead = rows[k];
        if !lead[k].is_normal() {
            return None;
        }
        for (_, row) in rows.iter_mut().enumerate().filter(|(at, _)| *at != k) {
            let by = row[k] / lead[k];
            row.iter_mut().zip(lead).for_each(|(value, lead)| *value -= by * lead);
        }
    }
    let found: [f64; 8] = std::array::from_fn(|k| rows[k][8] / rows[k][k]);
    Some([[found[0], found[1], found[2]], [found[3], found[4], found[5]], [found[6], found[7], 1.0]])
}

/// A frame of 3D motion.
#[derive(Clone, Copy, Debug)]
pub struct Frame3d {
    /// Deforum's `translation_x`, `_y`, `_z`: two hundredths of half a picture.
    pub translation: [f64; 3],
    /// `rotation_3d_x`, `_y`, `_z`, in degrees.
    pub rotation: [f64; 3],
    /// Degrees.
    pub fov: f64,
    pub aspect: f64,
}

/// How far the point (x, y), each −1..1 over the picture, at depth `z` moves in that frame, in the same units.
#[must_use]
pub fn offset_3d(frame: &Frame3d, [x, y]: [f64; 2], z: f64) -> [f64; 2] {
    let Frame3d { translation: [tx, ty, tz], rotation, fov, aspect } = *frame;
    let turn = turned_about(rotation.map(f64::to_radians));
    let shift = [-tx / 200.0, ty / 200.0, -tz / 200.0];
    // A row vector times the matrix.
    let to: [f64; 3] = std::array::from_fn(|k| x * turn[0][k] + y * turn[1][k] + z * turn[2][k] + shift[k]);
    let upright = 1.0 / (fov * PI / 360.0).tan();
    [upright / aspect * (to[0] / to[2] - x / z), upright * (to[1] / to[2] - y / z)]
}

/// For tests: a homography of pixels as a movement of content, in picture heights about the centre.
#[cfg(test)]
#[must_use]
pub fn content_of([width, height]: [f64; 2], map: [[f64; 3]; 3]) -> Option<Space> {
    let pixels = Space(map.map(|[a, b, c]| [a, b, c, 0.0]));
    let into = Affine([[height, 0.0, width / 2.0], [0.0, height, height / 2.0]]);
    Some(Space::from(into).then(pixels).then(Space::from(into.inverse()?)))
}
