//! Where content lies in space before the camera: the part of a movement that may bend straight pictures into depth.
//!
//! A picture is a plane at depth 1: its point (x, y), in picture heights about its centre, x right and y down, is
//! (x, y, 1) in space, and with a depth z of its own (x·z, y·z, z). It is seen at (X/Z, Y/Z). An affine map of space moves it.
//! Such maps compose exactly, plane movements, turns of the camera and flights past what is near among them.

use serde::{Deserialize, Serialize};

use super::Affine;

/// Maps (X, Y, Z) to three sums a·X + b·Y + c·Z + t, stored as rows `[a, b, c, t]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Space(pub [[f64; 4]; 3]);

/// Less than this in front of the camera counts as this: what lies behind it is never seen.
pub const NEAREST: f64 = 1e-3;

impl Space {
    pub const IDENTITY: Self = Self([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]);

    /// This map followed by `next`.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        let [u, v, w] = self.0;
        Self(next.0.map(|[p, q, r, s]| {
            let mut row: [f64; 4] = std::array::from_fn(|k| p * u[k] + q * v[k] + r * w[k]);
            row[3] += s;
            row
        }))
    }

    /// The way back, or nothing when the map flattens space.
    #[must_use]
    pub fn inverse(self) -> Option<Self> {
        let [[a, b, c, t], [d, e, f, u], [g, h, i, v]] = self.0;
        let (ca, cb, cc) = (e * i - f * h, c * h - b * i, b * f - c * e);
        let det = a * ca + d * cb + g * cc;
        if !det.is_normal() {
            return None;
        }
        let linear = [
            [ca, cb, cc],
            [f * g - d * i, a * i - c * g, c * d - a * f],
            [d * h - e * g, b * g - a * h, a * e - b * d],
        ];
        Some(Self(linear.map(|[p, q, r]| {
            let [p, q, r] = [p / det, q / det, r / det];
            [p, q, r, -(p * t + q * u + r * v)]
        })))
    }

    /// What it does to the plane at depth 1 near the middle: the affine map that touches it there.
    #[must_use]
    pub fn at_centre(self) -> Affine {
        let [[a, b, c, t], [d, e, f, u], [g, h, i, v]] = self.0;
        let (x, y, z) = (c + t, f + u, (i + v).max(NEAREST));
        let slope = |by: f64, at: f64, along: f64| (by * z - at * along) / (z * z);
        Affine([[slope(a, x, g), slope(b, x, h), x / z], [slope(d, y, g), slope(e, y, h), y / z]])
    }

    /// Where it moves the point (x, y) of the picture that lies at depth `z`.
    #[must_use]
    pub fn apply(self, [x, y]: [f64; 2], z: f64) -> [f64; 2] {
        let [px, py, pz] = self.0.map(|[a, b, c, t]| (a * x + b * y + c) * z + t);
        [px, py].map(|part| part / pz.max(NEAREST))
    }

    /// Whether it moves everything as an affine map of the plane does, whatever the depth.
    #[must_use]
    pub fn is_plane(self) -> bool {
        let [[.., t], [.., u], [g, h, i, v]] = self.0;
        [g, h, v, t, u] == [0.0; 5] && i == 1.0
    }

    #[must_use]
    pub fn is_finite(self) -> bool {
        self.0.iter().flatten().all(|value| value.is_finite())
    }

    /// The same map of pictures measured in units `unit` times smaller.
    #[must_use]
    pub fn in_units(self, unit: f64) -> Self {
        let [[a, b, c, t], [d, e, f, u], [g, h, i, v]] = self.0;
        Self([[a, b, c * unit, t * unit], [d, e, f * unit, u * unit], [g / unit, h / unit, i, v]])
    }

    /// So much of the way from rest to this map, 0..1, straight from one to the other.
    #[must_use]
    pub fn part(self, share: f64) -> Self {
        let rest = Self::IDENTITY.0;
        Self(std::array::from_fn(|r| std::array::from_fn(|k| rest[r][k] + share * (self.0[r][k] - rest[r][k]))))
    }
}

/// A movement in the plane of the picture. It shifts what is near and what is far alike.
impl From<Affine> for Space {
    fn from(Affine([[a, b, x], [d, e, y]]): Affine) -> Self {
        Self([[a, b, x, 0.0], [d, e, y, 0.0], [0.0, 0.0, 1.0, 0.0]])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: Space = Space([[1.1, 0.2, -0.1, 0.05], [-0.1, 0.9, 0.2, 0.1], [0.15, -0.05, 1.05, -0.02]]);

    fn near(a: Space, b: Space) -> bool {
        a.0.iter().flatten().zip(b.0.iter().flatten()).all(|(a, b)| (a - b).abs() < 1e-12)
    }

    #[test]
    fn there_and_back_is_where_it_was() {
        assert!(near(ANY.then(ANY.inverse().unwrap()), Space::IDENTITY));
        assert!(Space([[1.0; 4]; 3]).inverse().is_none());
        let [x, y] = ANY.then(ANY).apply([0.3, -0.2], 1.5);
        let once = ANY.0.map(|[a, b, c, t]| (a * 0.3 - b * 0.2 + c) * 1.5 + t);
        let twice = ANY.0.map(|[a, b, c, t]| a * once[0] + b * once[1] + c * once[2] + t);
        assert!((x - twice[0] / twice[2]).abs() < 1e-12 && (y - twice[1] / twice[2]).abs() < 1e-12);
    }

    #[test]
    fn units_only_rename() {
        let [x, y] = ANY.apply([0.3, -0.2], 1.4);
        let [u, v] = ANY.in_units(7.0).apply([2.1, -1.4], 1.4);
        assert!((7.0 * x - u).abs() < 1e-12 && (7.0 * y - v).abs() < 1e-12);
    }

    #[test]
    fn the_middle_tells_scale_turn_and_shift() {
        let plane = Affine::rotation([0.1, 0.2], 0.1, 1.5);
        assert_eq!(Space::from(plane).at_centre(), plane);
        let (touch, step) = (ANY.at_centre(), 1e-6);
        for toward in [[step, 0.0], [0.0, step]] {
            let (a, b) = (touch.apply(toward), ANY.apply(toward, 1.0));
            assert!((a[0] - b[0]).abs() < 1e-10 && (a[1] - b[1]).abs() < 1e-10);
        }
    }
}
