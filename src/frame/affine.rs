//! A 2×3 matrix: the part of a plane movement that keeps straight lines straight and parallels parallel.

use serde::{Deserialize, Serialize};

/// Maps `(x, y)` to `(a·x + b·y + c, d·x + e·y + f)`, stored as rows `[a, b, c]`, `[d, e, f]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Affine(pub [[f64; 3]; 2]);

impl Affine {
    pub const IDENTITY: Self = Self([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);

    #[must_use]
    pub fn translation(x: f64, y: f64) -> Self {
        Self([[1.0, 0.0, x], [0.0, 1.0, y]])
    }

    /// Rotation by `turns` (anticlockwise to the eye, in coordinates with y down) and scaling about `centre`:
    /// OpenCV's `getRotationMatrix2D(centre, 360·turns, scale)`.
    #[must_use]
    pub fn rotation(centre: [f64; 2], turns: f64, scale: f64) -> Self {
        let (sin, cos) = (std::f64::consts::TAU * turns).sin_cos();
        let (a, b) = (scale * cos, scale * sin);
        let [x, y] = centre;
        Self([[a, b, (1.0 - a) * x - b * y], [-b, a, b * x + (1.0 - a) * y]])
    }

    /// This map followed by `next`.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        let [[a, b, c], [d, e, f]] = self.0;
        Self(next.0.map(|[p, q, r]| [p * a + q * d, p * b + q * e, p * c + q * f + r]))
    }

    /// The way back, or nothing when the map flattens the plane.
    #[must_use]
    pub fn inverse(self) -> Option<Self> {
        let [[a, b, c], [d, e, f]] = self.0;
        let det = a * e - b * d;
        if !det.is_normal() {
            return None;
        }
        let (ia, ib, id, ie) = (e / det, -b / det, -d / det, a / det);
        Some(Self([[ia, ib, -(ia * c + ib * f)], [id, ie, -(id * c + ie * f)]]))
    }

    /// How many times larger it makes things, in the mean over all directions.
    #[must_use]
    pub fn scale(self) -> f64 {
        let [[a, b, _], [d, e, _]] = self.0;
        (a * e - b * d).abs().sqrt()
    }

    /// How far it turns, in turns, -0.5 to 0.5, anticlockwise positive as in [`Self::rotation`].
    #[must_use]
    pub fn turns(self) -> f64 {
        let [[a, b, _], [d, e, _]] = self.0;
        (b - d).atan2(a + e) / std::f64::consts::TAU
    }

    /// Where it moves the origin.
    #[must_use]
    pub fn shift(self) -> [f64; 2] {
        self.0.map(|[.., shift]| shift)
    }

    #[must_use]
    pub fn is_finite(self) -> bool {
        self.0.iter().flatten().all(|value| value.is_finite())
    }

    /// The same map of a plane measured in units `unit` times smaller.
    #[must_use]
    pub fn in_units(self, unit: f64) -> Self {
        Self(self.0.map(|[a, b, shift]| [a, b, shift * unit]))
    }

    #[must_use]
    pub fn apply(self, [x, y]: [f64; 2]) -> [f64; 2] {
        self.0.map(|[a, b, c]| a * x + b * y + c)
    }

    /// The rows as WGSL takes them, padded to `vec4f`.
    #[must_use]
    pub fn rows_f32(self) -> [[f32; 4]; 2] {
        self.0.map(|[a, b, c]| [a as f32, b as f32, c as f32, 0.0])
    }
}
