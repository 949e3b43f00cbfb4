//! The straight line through points, by least squares: MIDI ticks and bare beats over their numbers.

/// A line that passes (`x`, `y`): the middle of its points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StraightLine {
    pub x: f64,
    pub y: f64,
    /// Of y over x.
    pub slope: f64,
    /// Root of the mean square by which the points are off it.
    pub scatter: f64,
}

impl StraightLine {
    /// The line through `points` (x, y); `None` for fewer than two different x.
    #[must_use]
    pub fn through(points: &[(f64, f64)]) -> Option<Self> {
        let (first, n) = (points.first()?, points.len() as f64);
        // From the first point on: sums of large numbers would cost digits.
        let sum = points.iter().fold((0.0, 0.0), |sum, p| (sum.0 + p.0 - first.0, sum.1 + p.1 - first.1));
        let (x, y) = (first.0 + sum.0 / n, first.1 + sum.1 / n);
        let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
        for point in points {
            let (dx, dy) = (point.0 - x, point.1 - y);
            (xx, xy, yy) = (xx + dx * dx, xy + dx * dy, yy + dy * dy);
        }
        let slope = xy / xx;
        slope.is_finite().then(|| Self { x, y, slope, scatter: ((yy - slope * xy).max(0.0) / n).sqrt() })
    }

    #[must_use]
    pub fn at(&self, x: f64) -> f64 {
        self.y + self.slope * (x - self.x)
    }

    /// The x at which it is `y`.
    #[must_use]
    pub fn reaches(&self, y: f64) -> f64 {
        self.x + (y - self.y) / self.slope
    }
}
