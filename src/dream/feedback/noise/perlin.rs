//! Gradient noise (Perlin, "Improving noise", 2002) at any point of an endless plane.

use std::f64::consts::TAU;
use std::sync::LazyLock;

use super::scrambled;

/// Most octaves: further ones are finer than pixels.
const MOST_OCTAVES: u32 = 8;

/// Cells beyond it have no numbers.
const FARTHEST: f64 = 1e15;

/// Unit vectors all around.
static DIRECTIONS: LazyLock<[[f32; 2]; 256]> = LazyLock::new(|| {
    std::array::from_fn(|code| {
        let (sin, cos) = (code as f64 / 256.0 * TAU).sin_cos();
        [cos as f32, sin as f32]
    })
});

/// A smooth field: lattice noise summed over octaves, each of twice the frequency. The defaults are Deforum's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Perlin {
    /// 1..=8; others are limited.
    pub octaves: u32,
    /// Amplitude of an octave relative to the one before.
    pub persistence: f32,
    /// Lattice cells of the first octave across and down one picture.
    pub cells: [f32; 2],
}

impl Default for Perlin {
    fn default() -> Self {
        Self { octaves: 4, persistence: 0.5, cells: [8.0, 8.0] }
    }
}

impl Perlin {
    /// The field of `seed` at a point that stands in pictures from the top left: 0..1 is the picture before any camera
    /// moved. About −1..1 for one octave, deviation 0.35; 0 where a coordinate is not finite, or farther than any
    /// camera gets.
    #[cfg(test)]
    pub fn value(&self, seed: u64, x: f64, y: f64) -> f32 {
        self.field(seed).value(x, y)
    }

    /// The field of `seed`, quick where one point follows another.
    #[must_use]
    pub fn field(&self, seed: u64) -> Field {
        let [across, down] = self.cells.map(f64::from);
        let mut scale = 1.0;
        let mut amplitude = std::f32::consts::SQRT_2;
        let octave = |number: u32| {
            let octave = Octave {
                key: scrambled(seed, u64::from(number)),
                scale,
                amplitude,
                cell: None,
                corners: [[0.0; 2]; 4],
            };
            scale *= 2.0;
            amplitude *= self.persistence;
            octave
        };
        Field { cells: [across, down], octaves: (0..self.octaves.clamp(1, MOST_OCTAVES)).map(octave).collect() }
    }
}

/// A field that remembers the lattice cells of its last point.
#[derive(Clone, Debug)]
pub struct Field {
    cells: [f64; 2],
    octaves: Vec<Octave>,
}

impl Field {
    /// As [`Perlin::value`].
    pub fn value(&mut self, x: f64, y: f64) -> f32 {
        let [across, down] = self.cells;
        let (x, y) = (x * across, y * down);
        // False for what is not a number, too.
        if x.abs() < FARTHEST && y.abs() < FARTHEST {
            let part = |octave: &mut Octave| octave.amplitude * octave.value(x * octave.scale, y * octave.scale);
            self.octaves.iter_mut().map(part).sum()
        } else {
            0.0
        }
    }
}

#[derive(Clone, Debug)]
struct Octave {
    key: u64,
    scale: f64,
    amplitude: f32,
    cell: Option<(i64, i64)>,
    /// Gradients at the cell's corners: top left, top right, bottom left, bottom right.
    corners: [[f32; 2]; 4],
}

impl Octave {
    /// At a point in lattice cells.
    fn value(&mut self, x: f64, y: f64) -> f32 {
        let cell = (floor(x), floor(y));
        if self.cell != Some(cell) {
            self.enter(cell);
        }
        let (x, y) = ((x - cell.0 as f64) as f32, (y - cell.1 as f64) as f32);
        let [a, b, c, d] = self.corners;
        let dot = |[u, v]: [f32; 2], x: f32, y: f32| u * x + v * y;
        let (across, down) = (fade(x), fade(y));
        let upper = mix(dot(a, x, y), dot(b, x - 1.0, y), across);
        let lower = mix(dot(c, x, y - 1.0), dot(d, x - 1.0, y - 1.0), across);
        mix(upper, lower, down)
    }

    /// Looks up the gradients around `cell`.
    fn enter(&mut self, cell: (i64, i64)) {
        let directions = &*DIRECTIONS;
        let at = |right: i64, below: i64| {
            let (x, y) = (cell.0.wrapping_add(right), cell.1.wrapping_add(below));
            directions[usize::from(scrambled(scrambled(self.key, x as u64), y as u64) as u8)]
        };
        self.corners = [at(0, 0), at(1, 0), at(0, 1), at(1, 1)];
        self.cell = Some(cell);
    }
}

/// The largest whole number up to `x`; `f64::floor` is a call on the oldest x86-64.
fn floor(x: f64) -> i64 {
    let whole = x as i64;
    whole - i64::from(whole as f64 > x)
}

/// 6t⁵ − 15t⁴ + 10t³: from 0 to 1 with no slope and no curvature at either end.
fn fade(t: f32) -> f32 {
    t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
}

fn mix(a: f32, b: f32, part: f32) -> f32 {
    a + (b - a) * part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_is_smooth_bounded_seeded_and_endless() {
        let perlin = Perlin { octaves: 1, ..Perlin::default() };
        let (mut most, mut sum, mut squares) = (0.0_f32, 0.0_f64, 0.0_f64);
        for k in 0..40_000 {
            let (x, y) = ((k % 200) as f64 * 0.0171 - 1.3, (k / 200) as f64 * 0.0171 - 2.0);
            let value = perlin.value(3, x, y);
            assert!((value - perlin.value(3, x + 1e-7, y)).abs() < 1e-5, "no step anywhere");
            most = most.max(value.abs());
            sum += f64::from(value);
            squares += f64::from(value * value);
        }
        let deviation = (squares / 40_000.0).sqrt();
        assert!(most <= 1.0 && (sum / 40_000.0).abs() < 0.05 && (deviation - 0.35).abs() < 0.05, "{most} {deviation}");
        assert_ne!(perlin.value(3, 0.3, 0.3), perlin.value(4, 0.3, 0.3));
        assert_ne!(perlin.value(3, 0.3, 0.3), perlin.value(3, 1.3, 0.3), "does not repeat from picture to picture");
        assert!(perlin.value(3, 1e15, -1e15).is_finite());
        for odd in [f64::NAN, f64::INFINITY, -1e308] {
            assert!(Perlin { cells: [100.0, 8.0], ..perlin }.value(3, odd, 0.5).is_finite());
        }
    }

    /// On lattice points gradient noise is zero; halfway along an edge it is the mean of the two gradients' parts.
    #[test]
    fn one_cell_is_as_the_formula_has_it() {
        let perlin = Perlin { octaves: 1, persistence: 0.5, cells: [1.0, 1.0] };
        assert_eq!(perlin.value(5, 2.0, -3.0), 0.0);
        let mut field = perlin.field(5);
        field.value(0.5, 0.0);
        let [[left, _], [right, _], ..] = field.octaves[0].corners;
        assert!((field.value(0.5, 0.0) - 2.0_f32.sqrt() * (0.5 * left - 0.5 * right) * 0.5).abs() < 1e-6);
        let four = Perlin { octaves: 4, ..perlin };
        let apart: Vec<f32> = (0..4).map(|n| Perlin { octaves: n + 1, ..perlin }.value(5, 0.37, 0.21)).collect();
        assert_eq!(four.value(5, 0.37, 0.21), apart[3], "octaves add up");
        assert!((apart[1] - apart[0]).abs() <= 0.5 && (apart[3] - apart[2]).abs() <= 0.125);
    }
}
